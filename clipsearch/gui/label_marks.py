"""Stars and favourites as they stand on the photos; what the user says shows at once."""

from collections.abc import Collection, Mapping

from PySide6.QtCore import QObject, Signal


class LabelMarks(QObject):
    """Knows the marks of all photos, by their contents. GUI thread only."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Know of no mark yet."""
        super().__init__(parent)
        self._stars: dict[str, int] = {}
        self._favourites: set[str] = set()

    def show(self, stars: Mapping[str, int], favourites: Collection[str]) -> None:
        """These are all marks."""
        if dict(stars) != self._stars or set(favourites) != self._favourites:
            self._stars, self._favourites = dict(stars), set(favourites)
            self.changed.emit()

    def rate(self, contents: Collection[str], stars: int) -> None:
        """Show other stars on some photos."""
        self._stars.update(dict.fromkeys(contents, stars))
        self.changed.emit()

    def set_favourite(self, contents: Collection[str], is_favourite: bool) -> None:
        """Show some photos as favourites, or no more."""
        if is_favourite:
            self._favourites.update(contents)
        else:
            self._favourites.difference_update(contents)
        self.changed.emit()

    def stars(self, content: str) -> int:
        """From -1 (rejected) to 5; 0 without any."""
        return self._stars.get(content, 0)

    def is_favourite(self, content: str) -> bool:
        """Whether it is one of the photos that the user likes best."""
        return content in self._favourites

    def words(self, content: str) -> str:
        """What is painted: a star for each, and a heart; empty for most."""
        stars = self.stars(content)
        said = "\u2715" if stars < 0 else "\u2605" * stars
        return said + (" \u2665" if self.is_favourite(content) else "")
