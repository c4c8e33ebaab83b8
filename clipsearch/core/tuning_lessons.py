"""`gather`: from what the user has said of a library's photos to what a model is to learn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.labelling import Labelling
from clipsearch.core.shots import Shots
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.tag_file import shipped_vocabulary
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tuning_concepts import Taught, captions_of, taught_by
from clipsearch.core.tuning_groups import Groups, alike, group_photos
from clipsearch.core.tuning_photos import Chosen, Found, PhotoFiles, choose
from clipsearch.core.tuning_warnings import (
    Circumstances,
    ConceptSurvey,
    naming_of,
    survey_of,
    warnings_of,
)
from clipsearch.core.tuning_words import unrelated_words
from clipsearch.core.types import Embeddings
from clipsearch.errors import InputError
from clipsearch.ml.dataset import split, to_hold_out
from clipsearch.ml.tuning_types import Concept, Example, Lessons

Embed = Callable[[Sequence[str]], Embeddings]
FindVersions = Callable[[Sequence[int]], list[list[int]]]


@dataclass(frozen=True)
class Gathered:
    """Lessons, where their photos stand in the library, and what the user should know of them.

    Attributes:
        lessons: ``N`` examples of ``C`` concepts: first the photos that show one, concept by
            concept, then hard negatives, then background.
        rows: ``(N,) int64``: of the snapshot.
        names: ``(C, D) float32``, L2-normalised: the concepts' names in its space.
        surveys: ``C``: of each concept.
        warnings: Sentences on the concepts together, and on those that are left out.
    """

    lessons: Lessons
    rows: NDArray[np.int64]
    names: Embeddings
    surveys: tuple[ConceptSurvey, ...]
    warnings: tuple[str, ...]

    @property
    def is_enough(self) -> bool:
        """Whether there is a concept that can be taught and judged; how surely, figures tell."""
        return any(0 < one.held_out < one.photos for one in self.surveys)


def gather(
    labels: Labelling,
    snapshot: Snapshot,
    vocabulary: TagVocabulary,
    embed: Embed,
    versions: FindVersions,
    *,
    collections: Sequence[str] | None = None,
    tags: Sequence[str] = (),
    seed: int = 0,
) -> Gathered:
    """Gather what a model is to learn, and part what will judge it.

    Only photos whose files are there now are taken, one file of each content.

    Args:
        labels: The user's words.
        snapshot: Of the library, in the space of the model that is to learn.
        vocabulary: Says what tags mean.
        embed: Embeds texts in the same space, ``(N, D) float32``, L2-normalised.
        versions: Finds groups of copies and near-duplicates among rows; see `Duplicates.among`.
        collections: Names; ``None`` for all, unless tags are named.
        tags: Names; a tag and a collection of one name are one concept.
        seed: Of the draw of the background and of the split.

    Raises:
        InputError: There is no such collection or tag, or not one photo to learn from.
    """
    files = PhotoFiles(snapshot)
    wanted = taught_by(labels, vocabulary, collections, tags)
    former = labels.former_contents({content for one in wanted for content in one.shown_by})
    found = [
        (one, files.find([content for content in one.shown_by if content not in former]))
        for one in wanted
    ]
    taught = [(one, where) for one, where in found if len(where.here)]
    if not taught:
        raise InputError(
            "There are no photos to learn from: put some into a collection, or accept a tag."
        )
    shown = [where.here for _, where in taught]
    rng = np.random.default_rng(seed)
    chosen = choose([one for one, _ in taught], shown, snapshot, rng)
    groups = _groups(chosen, snapshot, versions)
    lessons = _lessons([one for one, _ in taught], chosen, groups, snapshot, captions_of(labels))
    lessons = _parted(lessons, chosen, seed)
    lessons = replace(lessons, words=unrelated_words(shipped_vocabulary(), lessons.concepts))
    surveys = _surveys(taught, lessons, groups, snapshot, embed, vocabulary)
    left_out = (
        f"'{one.concept.name}' has no photos that can be opened, and is left out."
        for one, where in found
        if not len(where.here)
    )
    names = embed([one.concept.name for one, _ in taught])
    warnings = (*left_out, *warnings_of(lessons))
    return Gathered(lessons, chosen.rows, names, surveys, warnings)


def _groups(chosen: Chosen, snapshot: Snapshot, versions: FindVersions) -> Groups:
    rows = chosen.rows
    place = {row: at for at, row in enumerate(rows.tolist())}
    same = alike(snapshot.embeddings[rows])
    for first, *others in versions(rows.tolist()):
        same += [(place[first], place[other]) for other in others]
    shots = Shots.of(snapshot)
    return group_photos(same, Shots(shots.taken[rows], shots.camera[rows]), chosen.shows)


def _lessons(
    taught: Sequence[Taught],
    chosen: Chosen,
    groups: Groups,
    snapshot: Snapshot,
    captions: Mapping[str, tuple[str, ...]],
) -> Lessons:
    """What was chosen, all of it to teach."""
    contents = snapshot.facets.content_hashes.take(chosen.rows).to_pylist()
    examples = tuple(
        Example(
            path=Path(snapshot.paths[row]),
            content_hash=content,
            group=group,
            concepts=tuple(np.flatnonzero(shows).tolist()),
            rejected=tuple(c for c, one in enumerate(taught) if content in one.rejected),
            captions=captions.get(content, ()),
        )
        for row, content, group, shows in zip(
            chosen.rows.tolist(), contents, groups.numbers.tolist(), chosen.shows, strict=True
        )
    )
    return Lessons(tuple(one.concept for one in taught), examples)


def _parted(lessons: Lessons, chosen: Chosen, seed: int) -> Lessons:
    """Hold photos out, of the background a half."""
    is_hard = np.isin(chosen.rows, chosen.hard)
    is_background = np.isin(chosen.rows, chosen.background)
    labels = np.column_stack([chosen.shows, is_hard, is_background])
    *of_others, of_background = labels.sum(axis=0).tolist()
    wanted = [*map(to_hold_out, of_others), of_background // 2]
    groups = np.array([one.group for one in lessons.examples], np.int64)
    held_out = split(groups, labels, wanted, seed=seed)
    examples = (
        replace(one, is_held_out=is_held_out)
        for one, is_held_out in zip(lessons.examples, held_out.tolist(), strict=True)
    )
    return replace(lessons, examples=tuple(examples))


def _surveys(
    taught: Sequence[tuple[Taught, Found]],
    lessons: Lessons,
    groups: Groups,
    snapshot: Snapshot,
    embed: Embed,
    vocabulary: TagVocabulary,
) -> tuple[ConceptSurvey, ...]:
    found = []
    for number, (one, where) in enumerate(taught):
        shown = snapshot.embeddings[where.here]
        names = embed(_namings(one.concept))
        naming = naming_of(one.concept, names, shown, snapshot.background, vocabulary)
        outing = groups.outings[number]
        known = Circumstances(where.away, where.gone, outing, one.is_found_by_words, naming)
        found.append(survey_of(number, lessons, known))
    return tuple(found)


def _namings(concept: Concept) -> list[str]:
    described = [f"{concept.name}, {concept.description}"] if concept.description else []
    return [concept.name, *described]
