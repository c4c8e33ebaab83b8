"""What the user should know of concepts before training, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.label_names import key_of, photos
from clipsearch.core.relevance import background_words
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tuning_groups import Outing
from clipsearch.core.types import Embeddings
from clipsearch.ml.background import Background
from clipsearch.ml.fewshot import name_tells
from clipsearch.ml.tag_methods import TagExamples
from clipsearch.ml.tuning_types import Concept, Lessons

FEWEST = 5
"""Photos of a concept below which hardly anything can be learned, and nothing be judged."""
_FEWEST_TELLING = 3  # Photos that say whether a name tells.
_SHARED = 0.5

Naming: TypeAlias = Literal["tells", "means nothing", "means something else", "is not described"]
"""What a name is to the model before training: it finds the concept's photos better than chance
would, alone or with the description; it does not, and is an unknown word, or an everyday one; or
not even with its description."""


@dataclass(frozen=True, slots=True)
class ConceptSurvey:
    """What there is to learn one concept from."""

    name: str
    photos: int
    """That show it and can be opened now."""
    groups: int
    """Of copies, near-duplicates and outings."""
    held_out: int
    """Photos that will judge."""
    captions: int
    """Photos with a caption of the user's."""
    warnings: tuple[str, ...]
    """Sentences."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of a concept's photos."""

    away: int
    """Photos whose files are not there now."""
    gone: int
    """Photos that the library does not hold any more."""
    outing: Outing
    is_found_by_words: bool
    """Whether a smart collection's words chose some of them."""
    naming: Naming


def survey_of(number: int, lessons: Lessons, known: Circumstances) -> ConceptSurvey:
    """Count what there is of a concept, and warn of what will not do.

    Args:
        number: The concept's.
        lessons: With the split.
        known: Of this concept.
    """
    own = [one for one in lessons.examples if number in one.concepts]
    counted = ConceptSurvey(
        name=lessons.concepts[number].name,
        photos=len(own),
        groups=len({one.group for one in own}),
        held_out=sum(one.is_held_out for one in own),
        captions=sum(bool(one.captions) for one in own),
        warnings=(),
    )
    warnings = (*_of_amount(counted), *_of_files(counted, known), *_of_meaning(counted.name, known))
    return replace(counted, warnings=warnings)


def _of_amount(survey: ConceptSurvey) -> list[str]:
    name, count = survey.name, survey.photos
    if survey.groups < 2:
        what = "is 1 photo" if count == 1 else f"are {photos(count)} of one moment or one day"
        return [f"There {what} of '{name}', so none can be held back to judge: add other ones."]
    if not 0 < survey.held_out < count:
        return [
            f"The photos of '{name}' all belong with those of other collections, so they cannot "
            "both teach and judge: add others."
        ]
    if count < FEWEST:
        return [f"'{name}' has only {photos(count)}: add {FEWEST - count} more at least."]
    return []


def _of_files(survey: ConceptSurvey, known: Circumstances) -> list[str]:
    name = survey.name
    found = []
    if known.gone:
        found.append(
            f"The library does not hold {photos(known.gone)} of '{name}' any more: left out."
        )
    if known.away:
        found.append(
            f"There is no file now of {photos(known.away)} of '{name}': connect the drive, or "
            "they are left out."
        )
    if known.outing != "day" and survey.groups > 1:
        found.append(
            f"Most photos of '{name}' were taken on one day, so only shots within the same "
            f"{known.outing} are kept together: what was learned may do worse on other days than "
            "the figures say."
        )
    return found


def _of_meaning(name: str, known: Circumstances) -> list[str]:
    found = []
    if known.is_found_by_words:
        found.append(
            f"The model itself chose photos of '{name}' by words: look through them first, "
            "or it will learn its own mistakes."
        )
    if known.naming == "means nothing":
        found.append(
            f"The name '{name}' means nothing to the model yet: say in the first line of the "
            "collection's note what it is, for example 'a sailing boat'."
        )
    elif known.naming == "means something else":
        found.append(
            f"The model takes '{name}' for something else than what these photos show: describe "
            "it in the first line of the collection's note, or choose a name of its own."
        )
    elif known.naming == "is not described":
        found.append(
            f"Neither the name '{name}' nor its description means these photos to the model: "
            "other words in the collection's note may help."
        )
    return found


def naming_of(
    concept: Concept,
    names: Embeddings,
    shown: Embeddings,
    background: Background,
    vocabulary: TagVocabulary,
) -> Naming:
    """Say what a concept's name is to the model.

    Args:
        concept: The name, and what it is.
        names: ``(T, D)``, L2-normalised: the name, and of a concept that is described, the name
            with the description.
        shown: ``(P, D)``, L2-normalised: its photos.
        background: Of the library.
        vocabulary: Its tags are everyday words too.
    """
    examples = TagExamples(shown, shown[:0])
    if len(shown) < _FEWEST_TELLING or any(name_tells(one, examples, background) for one in names):
        return "tells"
    if concept.description:
        return "is not described"
    is_common = _everyday(concept.name, vocabulary)
    return "means something else" if is_common else "means nothing"


def _everyday(name: str, vocabulary: TagVocabulary) -> bool:
    words = {key_of(word) for word in background_words()}
    tags = {key_of(word) for tag in vocabulary.tags for word in (tag.name, *tag.synonyms)}
    return key_of(name) in words | tags


def warnings_between(lessons: Lessons) -> tuple[str, ...]:
    """Warn of two concepts that share most photos of one of them."""
    shows = np.array(
        [[number in one.concepts for number in range(len(lessons.concepts))]
         for one in lessons.examples]
    )  # fmt: skip
    return tuple(
        sentence
        for one, other in combinations(range(len(lessons.concepts)), 2)
        for sentence in _of_two(lessons.concepts, one, other, shows[:, [one, other]].T)
    )


def _of_two(
    concepts: Sequence[Concept], one: int, other: int, shows: NDArray[np.bool_]
) -> list[str]:
    shared, fewer = int(shows.all(axis=0).sum()), int(shows.sum(axis=1).min())
    if shared <= _SHARED * fewer:
        return []
    return [
        f"'{concepts[one].name}' and '{concepts[other].name}' share {photos(shared)}, most of the "
        "smaller one: they cannot be told apart by these, so train only one of them if that is "
        "what you want."
    ]
