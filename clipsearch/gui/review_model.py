"""The candidates of a review as photos of a grid, each with what was decided of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from clipsearch.core.label_types import Verdict
from clipsearch.gui.photo_model import CERTAIN_ROLE, PhotoModel, relevance_text
from clipsearch.gui.review import Candidate, Review, ranked_anew

VERDICT_ROLE = Qt.ItemDataRole.UserRole + 20
"""The `Verdict`; ``None`` while nothing is decided."""

_Index = QModelIndex | QPersistentModelIndex


class ReviewModel(PhotoModel):
    """Changes at once when something is decided, before that is written. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._candidates: Sequence[Candidate] = ()
        self._verdicts: list[Verdict | None] = []
        self._counts: Counter[Verdict | None] = Counter()

    def show_review(self, review: Review) -> None:
        """Replace the content."""
        self._candidates = review.candidates
        self._verdicts = [None] * len(self._candidates)
        self._counts = Counter(self._verdicts)
        self.show_hits([one.hit for one in self._candidates])

    def rank_anew(self, found: Sequence[Candidate], held: Collection[int]) -> None:
        """Bring what is undecided into another order; see `ranked_anew`.

        Nothing is reset, so that the selection and the place on the screen stay.

        Args:
            found: The candidates as they are now.
            held: Rows that keep their places; those of which something is decided always do.
        """
        decided = (row for row, verdict in enumerate(self._verdicts) if verdict is not None)
        ranked = ranked_anew(self._candidates, {*held, *decided}, found)
        self._lengthen_or_shorten(ranked)
        self._put(ranked)
        if ranked:
            self.dataChanged.emit(self.index(0), self.index(len(ranked) - 1))

    def content(self, row: int) -> str:
        """The content of a row's photo."""
        return self._candidates[row].content

    def verdict(self, row: int) -> Verdict | None:
        """What was decided of a row."""
        return self._verdicts[row]

    def count_of(self, verdict: Verdict | None) -> int:
        """Of how many rows this was decided; ``None``: of how many nothing."""
        return self._counts[verdict]

    def decide(self, rows: Iterable[int], verdict: Verdict | None) -> None:
        """Decide this of some rows."""
        changed = [row for row in rows if self._verdicts[row] != verdict]
        for row in changed:
            self._counts[self._verdicts[row]] -= 1
            self._counts[verdict] += 1
            self._verdicts[row] = verdict
        if changed:
            self.dataChanged.emit(self.index(min(changed)), self.index(max(changed)))

    def show_verdicts(self, verdicts: Mapping[str, Verdict]) -> int | None:
        """All of this is decided now; returns the first row that is another one than before."""
        first = None
        for row in range(self.rowCount()):
            verdict = verdicts.get(self.content(row))
            if verdict != self._verdicts[row]:
                first = row if first is None else first
                self.decide([row], verdict)
        return first

    def next_undecided(self, row: int) -> int | None:
        """The first row after this one of which nothing is decided, from the top if need be."""
        count = self.rowCount()
        places = (*range(row + 1, count), *range(min(row + 1, count)))
        return next((place for place in places if self._verdicts[place] is None), None)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What the wall, a tooltip or a screen reader asks for."""
        if not index.isValid():
            return None
        if role == VERDICT_ROLE:
            return self._verdicts[index.row()]
        if role == CERTAIN_ROLE:
            return self._verdicts[index.row()] != "rejected"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.reason(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{super().data(index, role)}, {self._spoken_verdict(index.row())}"
        return super().data(index, role)

    def reason(self, row: int) -> str:
        """Why a photo is here, in one line."""
        one = self._candidates[row]
        certainty = relevance_text(one.hit.relevance)
        return f"{one.hit.photo.path.name}  ·  {one.reason}  ·  {certainty}"

    def _lengthen_or_shorten(self, ranked: list[Candidate]) -> None:
        """Let rows come or go at the end; a view must see all others as they were, until then."""
        before, count = list(self._candidates), len(self._candidates)
        self._counts[None] += len(ranked) - count
        if len(ranked) > count:
            self.beginInsertRows(QModelIndex(), count, len(ranked) - 1)
            self._verdicts += [None] * (len(ranked) - count)
            self._put([*before, *ranked[count:]])
            self.endInsertRows()
        elif len(ranked) < count:
            self.beginRemoveRows(QModelIndex(), len(ranked), count - 1)
            del self._verdicts[len(ranked) :]
            self._put(before[: len(ranked)])
            self.endRemoveRows()

    def _put(self, candidates: list[Candidate]) -> None:
        self._candidates = candidates
        self._hits = [one.hit for one in candidates]
        self._photos = [one.hit.photo for one in candidates]

    def _spoken_verdict(self, row: int) -> str:
        words = {
            "accepted": self.tr("accepted"),
            "rejected": self.tr("rejected"),
            None: self.tr("undecided"),
        }
        return words[self._verdicts[row]]
