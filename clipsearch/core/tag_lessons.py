"""`TagLesson`: a tag that was learned from the user's answers, as suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.learning import Answers, learn
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.suggestions import Reason, Suggestion, Suggestions
from clipsearch.core.tag_assignment import LEAST_CERTAINTY, NOT_IMPLIED
from clipsearch.core.tag_space import TextEmbedder, name_prompts
from clipsearch.core.tag_verdicts import Verdicts
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.errors import InputError
from clipsearch.ml.tag_certainty import LINE
from clipsearch.progress import no_progress


@dataclass(frozen=True)
class TagLesson:
    """What was learned of one tag.

    Attributes:
        tag: Its name.
        method: ``zero-shot`` where the name alone is better, else what was learned by.
        ranking: How often a photo that has the tag was placed before one of the library, of those
            that were held back while learning; 0.5 is chance.
        positives: Photos of the library that the user gave the tag.
        negatives: Photos that the user denied it.
        contents: Content hashes of the library's photos, once each.
        certainties: ``(C,) float32``: of each of these; the user's own answers are 1 and 0.
        to_ask: Contents whose answer would teach most, the best first.
    """

    tag: str
    method: str
    ranking: float
    positives: int
    negatives: int
    contents: Sequence[str]
    certainties: NDArray[np.float32]
    to_ask: tuple[str, ...]

    @property
    def photos(self) -> int:
        """How many photos belong, by what was learned; copies count once."""
        return int(np.count_nonzero(self.certainties >= LINE))

    def suggestions(self, at_least: int = 0) -> list[Suggestion]:
        """The photos that may have the tag, the most certain first.

        Args:
            at_least: So many of the best, however uncertain they are.
        """
        order = np.argsort(-self.certainties, kind="stable")
        count = int(np.count_nonzero(self.certainties >= LEAST_CERTAINTY))
        return self._suggested(order[: max(count, at_least)])

    def candidates(self, at_least: int) -> list[Suggestion]:
        """Those of `to_ask`, the best first, and then the others of `suggestions`."""
        place = {content: at for at, content in enumerate(self.contents)}
        asked = np.array([place[content] for content in dict.fromkeys(self.to_ask)], np.int64)
        first = set(self.to_ask)
        others = (one for one in self.suggestions(at_least) if one.content_hash not in first)
        return [*self._suggested(asked), *others]

    def _suggested(self, kept: NDArray[np.int64]) -> list[Suggestion]:
        odds = _log_odds(self.certainties[kept]).tolist()
        return [
            Suggestion(
                self.contents[at],
                self.tag,
                float(self.certainties[at]),
                Reason("", "", advantage, 0.0, self.positives),
            )
            for at, advantage in zip(kept.tolist(), odds, strict=True)
        ]


def tag_lesson(
    tag: str,
    vocabulary: TagVocabulary,
    verdicts: Verdicts,
    snapshot: Snapshot,
    rows: TextEmbedder,
    *,
    ask: int = 0,
) -> TagLesson:
    """Learn a tag from what the user said of it.

    Args:
        tag: In the vocabulary or not.
        vocabulary: Says how the tag's name is put to the model.
        verdicts: The user's.
        snapshot: Of the library.
        rows: Embeds texts in the snapshot's space.
        ask: How many photos to propose to ask about.

    Raises:
        InputError: No photo that was given the tag is in the library.
    """
    described = vocabulary[tag] if tag in vocabulary else Tag(tag)
    names = rows.embed(name_prompts(described, vocabulary), progress=no_progress)
    answers = Answers(frozenset(verdicts.accepted(tag)), frozenset(verdicts.rejected(tag)))
    if not answers.accepted:
        raise InputError(
            f"No photo was given the tag '{tag}' yet, so nothing can be learned of it: accept it "
            "for one photo at least."
        )
    view = learn(answers, snapshot, names, ask=ask)
    hashes = snapshot.columns.column("content_hash").to_pylist()
    first: dict[str, int] = {}
    for row, content in enumerate(hashes):
        first.setdefault(content, row)
    return TagLesson(
        tag,
        view.learned.method,
        view.learned.ranking,
        view.learned.positives,
        view.learned.negatives,
        tuple(first),
        view.certainties[np.fromiter(first.values(), np.int64, len(first))],
        tuple(hashes[row] for row in view.to_ask),
    )


def taught(found: Suggestions, lesson: TagLesson) -> Suggestions:
    """Suggestions in which a learned tag goes by what was learned of it.

    Args:
        found: Of the same space; photos that it does not name are left out.
        lesson: Of one of its tags; of another one nothing is changed.
    """
    if lesson.tag not in found.tags:
        return found
    number = list(found.tags).index(lesson.tag)
    place = {content: at for at, content in enumerate(found.contents)}
    known = [one for one in lesson.suggestions() if one.content_hash in place]
    others = np.flatnonzero(found.tag != number)
    count = len(known)
    added = replace(
        found,
        photo=np.array([place[one.content_hash] for one in known], np.int32),
        tag=np.full(count, number, np.int32),
        certainty=np.array([one.certainty for one in known], np.float32),
        text=np.full(count, len(found.texts), np.int32),
        via=np.full(count, NOT_IMPLIED, np.int32),
        advantage=np.array([one.reason.advantage for one in known], np.float32),
        threshold=np.zeros(count, np.float32),
        learned_from=np.full(count, lesson.positives, np.int32),
    )
    return replace(found.rows(others).joined(added), texts=[*found.texts, ""])


def _log_odds(certainties: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = np.clip(certainties, 1e-4, 1 - 1e-4)
    result: NDArray[np.float32] = np.log(inner / (1 - inner)).astype(np.float32)
    return result
