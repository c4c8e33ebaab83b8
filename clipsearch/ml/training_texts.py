"""Texts to train with: a concept's names in prompts, what it is, and the user's own captions."""

from collections.abc import Sequence

from clipsearch.ml.tuning_types import Concept, Example

TEMPLATES = (
    "a photo of a {}",
    "a picture of a {}",
    "a close-up photo of a {}",
    "a snapshot of a {}, outdoors",
    "a photo that shows a {}",
)
"""How names are put to the model while it learns. Their article is left out where it is wrong."""
_ARTICLE = "a {}"
_DETERMINERS = frozenset(
    ("a", "an", "the", "my", "our", "your", "his", "her", "its", "their", "these", "those", "some")
)


def texts_of(
    concept: Concept, example: Example, templates: Sequence[str] = TEMPLATES
) -> tuple[str, ...]:
    """The texts that tell of a photo that it shows a concept; training draws one at random.

    The name by itself is what will be typed, so it stands there as often as all its templates
    together; so do a synonym, the name with what it is ("Lotte, a sailing boat", which ties a
    name that the model cannot know to a word that it does), and each of the user's captions.

    Args:
        concept: Of which the photo is an example.
        example: With the user's captions.
        templates: Each with ``{}`` where the name goes.

    Returns:
        Texts, some of them several times, the bare name first.
    """
    names = [concept.name, *concept.synonyms]
    if concept.description:
        names.append(f"{concept.name}, {concept.description}")
    often = max(len(templates), 1)
    named = [text for name in names for text in (*[name] * often, *_filled(templates, name))]
    captions = [text for caption in example.captions for text in [caption] * often]
    return (*named, *captions)


def _filled(templates: Sequence[str], name: str) -> list[str]:
    if _takes_article(name):
        return [template.replace("{}", name) for template in templates]
    return [template.replace(_ARTICLE, "{}").replace("{}", name) for template in templates]


def _takes_article(name: str) -> bool:
    """Whether "a" may stand before a name; of "Lotte", "our dog" and "mushrooms", say, it may not.

    A guess: proper names are told by their capital, plurals by their last letter.
    """
    first, last = name.split()[0], name.split(",")[0].split()[-1]
    is_plural = any(word.endswith("s") and not word.endswith("ss") for word in (first, last))
    return not (first.lower() in _DETERMINERS or first[:1].isupper() or is_plural)
