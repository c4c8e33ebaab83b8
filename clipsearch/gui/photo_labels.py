"""What can be said of the photos that are selected: stars, favourites, tags, collections."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QPoint
from PySide6.QtWidgets import QWidget

from clipsearch.gui.actions import Actions
from clipsearch.gui.label_contracts import LabelKeeper
from clipsearch.gui.label_marks import LabelMarks
from clipsearch.gui.label_session import Changed, LabelSession
from clipsearch.gui.label_state import LabelState
from clipsearch.gui.layout import Parts
from clipsearch.gui.message_bar import Subject
from clipsearch.gui.work import number


class PhotoLabels(QObject):
    """Performs the actions of `Actions.of_labels`, from grid and preview. GUI thread only."""

    def __init__(
        self, actions: Actions, parts: Parts, session: LabelSession, window: QWidget
    ) -> None:
        """Connect the actions to what they do."""
        super().__init__(window)
        self._actions = actions
        self._parts = parts
        self._session = session
        self._window = window
        self._collection = ""
        self.marks = LabelMarks(self)
        parts.grid.show_marks(self.marks)
        for stars, action in enumerate(actions.stars):
            action.triggered.connect(partial(self._rate, stars))
        actions.favourite.triggered.connect(self._toggle_favourite)
        # Their keys work where the focus is on a photo: in the grid they stand in the menu, too.
        parts.preview.addAction(actions.favourite)
        parts.preview.addAction(actions.rating.menuAction())
        actions.tag.triggered.connect(self._ask_for_tag)
        actions.collect.triggered.connect(self._ask_for_collection)
        actions.uncollect.triggered.connect(self._uncollect)
        session.read.connect(self._take)
        parts.grid.selectionModel().selectionChanged.connect(self._enable)
        parts.grid.selectionModel().currentChanged.connect(self._enable)
        parts.model.modelReset.connect(self._enable)
        self._enable()

    @property
    def contents(self) -> list[str]:
        """The contents of the photos that the actions are about, each once."""
        if not self._parts.grid.isVisible():
            return []
        photos = self._parts.grid.selected_photos()
        current = self._parts.grid.current_photo()
        if not photos and current is not None:
            photos = [current]
        return list(dict.fromkeys(photo.content_hash for photo in photos))

    def show_collection(self, name: str) -> None:
        """The grid shows this collection, made by hand; empty: none, or something else."""
        self._collection = name
        self._enable()

    def add_to(self, name: str) -> None:
        """Put the photos into a collection, which is made if there is none of this name."""
        job = self._session.change(partial(put_into, name, self.contents))
        words = self.tr("Added {photos} to \u201c{name}\u201d.")
        nothing = self.tr("They are in \u201c{name}\u201d already.")
        job.succeeded.connect(lambda changed: self._report(changed, words, nothing, name))

    def accept_tag(self, name: str) -> None:
        """Give the photos a tag."""
        job = self._session.change(partial(give_tag, name, self.contents))
        words = self.tr("Tagged {photos} \u201c{name}\u201d.")
        nothing = self.tr("They have the tag \u201c{name}\u201d already.")
        job.succeeded.connect(lambda changed: self._report(changed, words, nothing, name))

    def _report(self, changed: Changed, words: str, nothing: str, name: str) -> None:
        """Say how many photos changed; there is nothing to undo if none did."""
        count = changed.answer
        if isinstance(count, int) and count:
            self._tell(words.format(photos=photos_words(count), name=name))
        else:
            self._parts.messages.show_message(nothing.format(name=name), subject=Subject.LABELS)

    def _tell(self, words: str) -> None:
        self._parts.messages.show_message(
            words, subject=Subject.LABELS, action=(self.tr("Undo"), self._actions.undo.trigger)
        )

    def _enable(self) -> None:
        has_photos = self._parts.grid.currentIndex().isValid()
        for action in (*self._actions.of_labels, *self._actions.stars):
            action.setEnabled(has_photos)
        self._actions.uncollect.setEnabled(has_photos and bool(self._collection))

    def _take(self, state: LabelState) -> None:
        self.marks.show(state.stars, state.favourites)

    def _rate(self, stars: int) -> None:
        contents = self.contents
        if contents:
            self.marks.rate(contents, stars)
            self._session.change(lambda labels: labels.ratings.rate(contents, stars))

    def _toggle_favourite(self) -> None:
        contents = self.contents
        if not contents:
            return
        likes = not all(self.marks.is_favourite(content) for content in contents)
        self.marks.set_favourite(contents, likes)
        self._session.change(lambda labels: labels.ratings.set_favourite(contents, likes))

    def _uncollect(self) -> None:
        contents, name = self.contents, self._collection
        if contents and name:
            self._session.change(lambda labels: labels.collections.remove(name, contents))
            words = self.tr("Took {photos} out of \u201c{name}\u201d.")
            self._tell(words.format(photos=photos_words(len(contents)), name=name))

    def _ask_for_tag(self) -> None:
        title = self.tr("Tag {photos}").format(photos=photos_words(len(self.contents)))
        self._ask(title, "tag", self.accept_tag)

    def _ask_for_collection(self) -> None:
        words = self.tr("Add {photos} to a collection")
        self._ask(words.format(photos=photos_words(len(self.contents))), "collection", self.add_to)

    def _ask(self, title: str, kind: str, take: Callable[[str], object]) -> None:
        from clipsearch.gui.name_popup import NamePopup  # Not before the first paint.

        popup = NamePopup(title, kind, self._session.state.values, self._window)
        popup.chosen.connect(take)
        popup.open_at(self._place())

    def _place(self) -> QPoint:
        """Beside the current photo, on the screen."""
        grid = self._parts.grid
        tile = grid.visualRect(grid.currentIndex())
        return grid.viewport().mapToGlobal(tile.center())


def put_into(name: str, contents: Sequence[str], labels: LabelKeeper) -> int:
    """Put photos into a collection, made if need be; for a worker thread.

    Returns:
        How many were not in it.
    """
    if all(one.name.casefold() != name.casefold() for one in labels.collections.all()):
        labels.collections.create(name)
    known = labels.collections.of_photos(contents)
    new = [one for one in contents if not _is_among(name, known.get(one, {}))]
    if new:
        labels.collections.add(name, new)
    return len(new)


def give_tag(name: str, contents: Sequence[str], labels: LabelKeeper) -> int:
    """Give photos a tag; for a worker thread.

    Returns:
        How many did not have it by the user's word.
    """
    known = labels.tags.of_photos(contents)
    given = {
        content: [one.tag for one in decisions if one.verdict == "accepted"]
        for content, decisions in known.items()
    }
    new = [one for one in contents if not _is_among(name, given.get(one, ()))]
    if new:
        labels.tags.decide(name, new, "accepted")
    return len(new)


def _is_among(name: str, names: Iterable[str]) -> bool:
    return name.casefold() in (one.casefold() for one in names)


def photos_words(count: int) -> str:
    """So many photos, in words."""
    one = QCoreApplication.translate("PhotoLabels", "1 photo")
    more = QCoreApplication.translate("PhotoLabels", "{count} photos")
    return one if count == 1 else more.format(count=number(count))
