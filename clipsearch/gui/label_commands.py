"""What follows from what in the lists of tags and collections: showing, renaming, deleting."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QInputDialog, QMenu

from clipsearch.core.query import Query
from clipsearch.gui.actions import Actions
from clipsearch.gui.jobs import Job
from clipsearch.gui.label_list import LabelList
from clipsearch.gui.label_panel import LabelPanel
from clipsearch.gui.label_session import Change, LabelSession
from clipsearch.gui.label_state import LabelState
from clipsearch.gui.layout import Parts
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.photo_labels import PhotoLabels

if TYPE_CHECKING:
    from collections.abc import Callable


class LabelCommands(QObject):
    """Ties the lists of tags and collections to search field and grid. GUI thread only."""

    tag_wanted = Signal(str)
    """Show the photos that have this tag."""
    collection_wanted = Signal(str)
    """Show the photos of this collection."""
    review_wanted = Signal(str)
    """Go through what is suggested for this tag."""

    edit_wanted = Signal(str, QPoint)
    """Say what this tag means; at a place on the screen."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LabelSession,
        photos: PhotoLabels,
        panel: LabelPanel,
        parent: QObject,
    ) -> None:
        """Connect everything.

        Args:
            actions: Some of which the lists' menus offer.
            parts: With grid and search field.
            session: Keeps what is said.
            photos: Says it of the photos that are selected.
            panel: With the lists.
            parent: Owns this.
        """
        super().__init__(parent)
        self._actions = actions
        self._parts = parts
        self._session = session
        self._photos = photos
        self._panel = panel
        session.read.connect(self._show)
        panel.tag_chosen.connect(self.tag_wanted)
        panel.collection_chosen.connect(self.collection_wanted)
        for view in (panel.tags, panel.collections):
            view.take_drags_of(parts.grid)
        panel.tags.photos_dropped.connect(photos.accept_tag)
        panel.tags.rows.renamed.connect(self._rename_tag)
        panel.tags.removal_wanted.connect(self._delete_tag)
        panel.tags.menu_wanted.connect(self._open_tag_menu)
        panel.collections.photos_dropped.connect(self._drop_on_collection)
        panel.collections.rows.renamed.connect(self._rename_collection)
        panel.collections.rows.created.connect(self._create_collection)
        panel.collections.itemDelegate().closeEditor.connect(self._forget_dropped)
        panel.collections.removal_wanted.connect(self._delete_collection)
        panel.collections.menu_wanted.connect(self._open_collection_menu)
        parts.search.searched.connect(self._mark)
        self._dropped: list[str] = []

    def _show(self, state: LabelState) -> None:
        self._panel.show_state(state)
        self._mark(self._parts.search.query)

    def _mark(self, query: Query) -> None:
        """Mark the tag or collection that is searched for, if nothing else is."""
        tag, collection = "", ""
        if len(query.filters) == 1 and not query.parts:
            from clipsearch.core import filters  # As above.

            match query.filters[0]:
                case filters.Tag(name=name, negated=False):
                    tag = name
                case filters.Collection(name=name, negated=False):
                    collection = name
        self._panel.show_chosen(tag=tag, collection=collection)
        self._session.chosen_tag = tag
        self._parts.sidebar.list.show_choice(not (tag or collection))
        by_hand = {one.name for one in self._session.state.collections if one.query is None}
        self._photos.show_collection(collection if collection in by_hand else "")

    # Tags

    def _rename_tag(self, old: str, new: str) -> None:
        known = {tag.name.casefold() for tag in self._session.state.tags if tag.is_own}
        if new.casefold() in known and new.casefold() != old.casefold():
            words = self.tr("“{old}” and “{new}” are one tag now.")
            words = words.format(old=old, new=new)
            job = self._do(lambda labels: labels.tags.merge([old], new), words)
        else:
            job = self._do(lambda labels: labels.tags.rename(old, new))
        if self._panel.tags.chosen_name == old:
            job.succeeded.connect(lambda: self.tag_wanted.emit(new))

    def _delete_tag(self, name: str) -> None:
        if not any(tag.name == name and tag.is_own for tag in self._session.state.tags):
            words = self.tr("“{name}” stands in the photos' files: nothing here can delete it.")
            self._parts.messages.show_message(words.format(name=name), subject=Subject.LABELS)
            return
        words = self.tr("Deleted the tag “{name}”.").format(name=name)
        self._do(lambda labels: labels.tags.delete(name), words)
        self._leave(self._panel.tags, name)

    def _open_tag_menu(self, name: str, place: QPoint) -> None:
        menu = QMenu(self._panel)
        menu.addAction(self.tr("&Show Its Photos"), lambda: self.tag_wanted.emit(name))
        if self._session.can_suggest:
            menu.addAction(self.tr("Re&view…"), lambda: self.review_wanted.emit(name))
            menu.addAction(self.tr("&Edit Tag…"), lambda: self.edit_wanted.emit(name, place))
        menu.addSeparator()
        rename = menu.addAction(self.tr("&Rename"), lambda: self._panel.tags.write_anew(name))
        delete = menu.addAction(self.tr("&Delete"), lambda: self._delete_tag(name))
        rename.setShortcut("F2")
        delete.setShortcut("Del")
        is_own = any(tag.name == name and tag.is_own for tag in self._session.state.tags)
        rename.setEnabled(is_own)
        delete.setEnabled(is_own)
        menu.popup(place)

    # Collections

    def _create_collection(self, name: str) -> None:
        contents, self._dropped = self._dropped, []
        self._do(lambda labels: labels.collections.create(name))
        if contents:
            self._do(lambda labels: labels.collections.add(name, contents))

    def _forget_dropped(self) -> None:
        """No name was given after all."""
        self._dropped = []

    def _drop_on_collection(self, name: str) -> None:
        if name:
            self._photos.add_to(name)
        else:
            self._dropped = self._photos.contents
            self._panel.collections.write_new()

    def _rename_collection(self, old: str, new: str) -> None:
        job = self._do(lambda labels: labels.collections.rename(old, new))
        if self._panel.collections.chosen_name == old:
            job.succeeded.connect(lambda: self.collection_wanted.emit(new))

    def _delete_collection(self, name: str) -> None:
        words = self.tr("Deleted the collection “{name}”; its photos stay where they are.")
        self._do(lambda labels: labels.collections.delete(name), words.format(name=name))
        self._leave(self._panel.collections, name)

    def _open_collection_menu(self, name: str, place: QPoint) -> None:
        view = self._panel.collections
        menu = QMenu(self._panel)
        menu.addAction(self.tr("&Show Its Photos"), lambda: self.collection_wanted.emit(name))
        menu.addSeparator()
        menu.addAction(self.tr("&Rename"), lambda: view.write_anew(name)).setShortcut("F2")
        menu.addAction(self.tr("&Note…"), lambda: self._ask_for_note(name))
        delete = menu.addAction(self.tr("&Delete"), lambda: self._delete_collection(name))
        delete.setShortcut("Del")
        menu.popup(place)

    def _ask_for_note(self, name: str) -> None:
        one = next((one for one in self._session.state.collections if one.name == name), None)
        if one is None:
            return
        dialog = QInputDialog(self._panel.window())
        dialog.setWindowTitle(name)
        dialog.setLabelText(self.tr("What is in it, or what it is for:"))
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setTextValue(one.note)
        dialog.textValueSelected.connect(
            lambda note: self._do(lambda labels: labels.collections.describe(name, note=note))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # Both

    def _do(self, change: Change, words: str = "") -> Job:
        """Change something and show it at once, with a way back where that is told."""
        job = self._session.change(change)
        job.succeeded.connect(self._session.look)
        if words:
            job.succeeded.connect(lambda: self._tell(words))
        return job

    def _tell(self, words: str) -> None:
        undo: tuple[str, Callable[[], object]] = (self.tr("Undo"), self._actions.undo.trigger)
        self._parts.messages.show_message(words, subject=Subject.LABELS, action=undo)

    def _leave(self, view: LabelList, name: str) -> None:
        """What is gone is not shown any more."""
        if view.chosen_name == name:
            self._parts.search.clear()
