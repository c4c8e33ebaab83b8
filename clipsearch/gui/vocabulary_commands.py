"""The vocabulary of tags in the window: its files, and what a single tag means."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget

from clipsearch.gui.actions import Actions
from clipsearch.gui.dialogs import ask, ask_for_vocabulary, ask_where_to_write_vocabulary
from clipsearch.gui.jobs import Job
from clipsearch.gui.label_session import Changed, LabelSession, Question
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.work import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipsearch.core.tag_vocabulary import Tag, TagVocabulary


def export_vocabulary(vocabulary: "TagVocabulary", file: Path) -> int:
    """Write a vocabulary over a file; for a worker thread. Returns how many tags it has."""
    from clipsearch.core.tag_file import write_vocabulary  # Not before the first paint.

    write_vocabulary(vocabulary, file, may_replace=True)
    return len(vocabulary.tags)


class VocabularyCommands(QObject):
    """Performs what the menu "Tags" offers for the vocabulary. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        labels: LabelSession,
        window: QWidget,
    ) -> None:
        """Connect the actions; they are there once there are photos.

        Args:
            actions: Of the window.
            parts: Of the window.
            session: Tells when there are photos.
            labels: Reads and writes after what was said until then.
            window: The window.
        """
        super().__init__(window)
        self._actions = actions
        self._parts = parts
        self._labels = labels
        self._window = window
        for action in actions.of_vocabulary:
            action.setVisible(labels.can_suggest)
            action.setEnabled(False)
        actions.import_vocabulary.triggered.connect(
            lambda: ask_for_vocabulary(window, self.import_from)
        )
        actions.export_vocabulary.triggered.connect(
            lambda: ask_where_to_write_vocabulary(window, self.export_to)
        )
        actions.reset_vocabulary.triggered.connect(self._ask_to_reset)
        actions.edit_tag.triggered.connect(self._ask_which)
        session.photos_changed.connect(self._take_photos)

    def import_from(self, file: Path) -> None:
        """Let the library have the tags of a file."""
        job = self._labels.change(lambda labels: labels.vocabulary.import_from(file))
        job.succeeded.connect(self._tell_imported)

    def export_to(self, file: Path) -> None:
        """Write the tags into a file."""
        job = self._ask(lambda library, _: export_vocabulary(library.tagging.vocabulary(), file))
        job.succeeded.connect(lambda tags: self._tell_exported(file, tags))

    def reset(self) -> None:
        """Go back to the tags that ship."""
        job = self._labels.change(lambda labels: labels.vocabulary.reset())
        words = self.tr("The tags that ship are used.")
        job.succeeded.connect(lambda: self._tell_change(words))

    def edit(self, name: str, place: QPoint) -> None:
        """Let the user say what a tag means.

        Args:
            name: Of the tag; the vocabulary need not have it.
            place: On the screen, where to ask.
        """
        job = self._ask(lambda library, _: library.tagging.vocabulary())
        job.succeeded.connect(lambda vocabulary: self._open(name, vocabulary, place))

    def _ask(self, question: Question) -> Job:
        job = self._labels.ask(question, topic="")  # Without a topic nothing overtakes it.
        job.failed.connect(self._labels.failed)
        return job

    def _ask_to_reset(self) -> None:
        ask(
            self._window,
            self.tr("Use the tags that ship"),
            self.tr("Go back to the tags that ship with clipsearch?"),
            self.tr(
                "What you have said of tags in “Edit Tag” and by imported vocabularies is kept as "
                "a backup first. The tags that you gave to photos stay."
            ),
            self.tr("Use Them"),
            self.reset,
        )

    def _ask_which(self) -> None:
        """Edit the tag that is chosen, else let the user choose one."""
        from clipsearch.gui.name_popup import NamePopup  # As above.

        body = self._parts.body
        chosen = self._labels.chosen_tag
        if chosen:
            self.edit(chosen, body.mapToGlobal(QPoint(40, 40)))
            return
        title = self.tr("Which tag is to be edited?")
        popup = NamePopup(title, "tag", self._labels.state.values, self._window)
        popup.ok.setText(self.tr("&Edit\u2026"))
        place = body.mapToGlobal(QPoint(body.width() // 2 - popup.width() // 2, 40))
        popup.chosen.connect(lambda name: self.edit(name, place))
        popup.open_at(place)

    def _open(self, name: str, vocabulary: "TagVocabulary", place: QPoint) -> None:
        from clipsearch.core.tag_vocabulary import Tag  # As above.
        from clipsearch.gui.tag_popup import TagPopup

        key = name.casefold()
        known = (one for one in vocabulary.entries if one.name.casefold() == key)
        tag = next(known, Tag(name))
        popup = TagPopup(tag, vocabulary, self._window)
        popup.chosen.connect(lambda described: self._describe(tag, described))
        popup.open_at(place)

    def _describe(self, before: "Tag", tag: "Tag") -> None:
        if tag == before:
            return
        job = self._labels.change(lambda labels: labels.vocabulary.describe(tag))
        words = self.tr("\u201c{name}\u201d means something else now.").format(name=tag.name)
        job.succeeded.connect(lambda: self._tell_change(words))

    def _tell_imported(self, changed: Changed) -> None:
        tags = int(str(changed.answer))
        words = self.tr("1 tag was read.") if tags == 1 else self.tr("{tags} tags were read.")
        self._tell_change(words.format(tags=number(tags)))

    def _tell_exported(self, file: Path, tags: int) -> None:
        words = self.tr("Exported to {file}: {tags} tags.")
        if tags == 1:
            words = self.tr("Exported to {file}: 1 tag.")
        told = words.format(file=file, tags=number(tags))
        self._parts.messages.show_message(told, subject=Subject.LABELS)

    def _tell_change(self, words: str) -> None:
        """Tell what was changed, what to do for it to be seen, and the way back."""
        words = f"{words} {self.tr('Suggestions follow with “Find Tags in All Photos”.')}"
        undo: tuple[str, Callable[[], object]] = (self.tr("Undo"), self._actions.undo.trigger)
        self._parts.messages.show_message(words, subject=Subject.LABELS, action=undo)

    def _take_photos(self, photos: list[object]) -> None:
        for action in self._actions.of_vocabulary:
            action.setEnabled(bool(photos))
