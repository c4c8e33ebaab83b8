"""The texts on which the text tower learns to follow its teacher.

Everything is drawn from files at hand: the system's dictionary, the label names of the
training sets, and the training captions. A group says how often its texts are drawn: captions
and names of things that a photo can show count for more than the dictionary.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from open_clip.tokenizer import SimpleTokenizer

import phrases
from labels import more_index, object_names, phrases_of
from photos import read_captions

if TYPE_CHECKING:
    from collections.abc import Iterable

DICTIONARY: Final = Path("/usr/share/dict/words")
# Share of the drawn texts, by group.
SHARES: Final = {
    "captions": 0.20,
    "caption_parts": 0.20,
    "labels": 0.14,
    "queries": 0.04,
    "nouns": 0.14,
    "combinations": 0.18,
    "words": 0.10,
}


class MissingDictionaryError(RuntimeError):
    """The dictionary of the system is not installed."""


@dataclass(frozen=True)
class Corpus:
    """Distinct texts, and the group of each."""

    texts: list[str]
    groups: list[str]


def build_corpus(data: Path, seed: int) -> Corpus:
    """Collects the distinct texts; the same data and seed give the same list.

    Raises:
        MissingDictionaryError: When `/usr/share/dict/words` is not there.
    """
    rng = random.Random(seed)
    lower, proper, nouns = dictionary()
    names = object_names(data)
    by_photo = read_captions(data / "captions" / "train.tar")
    written = [text for texts in by_photo.values() for text in texts]
    captions = [phrases.tidy(text) for text in written]
    groups: dict[str, Iterable[str]] = {
        "captions": [*captions, *written],
        "labels": _label_texts(names, data, rng),
        "queries": _query_texts(),
        "caption_parts": (part for text in captions for part in _parts(text, rng)),
        "nouns": _noun_texts(nouns, rng),
        "combinations": _combinations(nouns, names, rng),
        "words": [*lower, *proper],
    }
    found: dict[str, str] = {}
    for group, texts in groups.items():
        for text in texts:
            found.setdefault(text, group)  # the more important group comes first and keeps it
    return Corpus(list(found), list(found.values()))


def dictionary() -> tuple[list[str], list[str], list[str]]:
    """Reads lower-case words, proper names (lower-cased), and everyday nouns.

    Raises:
        MissingDictionaryError: When `/usr/share/dict/words` is not there.
    """
    if not DICTIONARY.is_file():
        raise MissingDictionaryError(
            f"{DICTIONARY} is missing: install a dictionary (Debian: apt-get install wamerican)."
        )
    entries = DICTIONARY.read_text(encoding="utf-8").split()
    known = set(entries)
    words = [word for word in entries if word.isalpha() and len(word) > 2]
    lower = [word for word in words if word.islower()]
    # Capitalised entries are names of people and places; all-capital ones are abbreviations.
    proper = [word.lower() for word in words if word[0].isupper() and word[1:].islower()]
    # Two marks of an everyday noun: the dictionary lists its possessive, and CLIP's tokenizer,
    # whose merges come from image captions, knows it as a single token.
    vocabulary = SimpleTokenizer().encoder
    nouns = [w for w in lower if f"{w}'s" in known and f"{w}</w>" in vocabulary]
    return lower, proper, nouns


def _parts(caption: str, rng: random.Random) -> list[str]:
    """Shortens a caption the way people type: keywords, a clause, a few words in a row."""
    words, keywords = caption.split(), phrases.keywords(caption)
    parts = [" ".join(keywords)]
    if len(keywords) > 2:
        chosen = sorted(rng.sample(range(len(keywords)), 2))
        parts.append(" ".join(keywords[i] for i in chosen))
    head = re.split(r" (?:is|are|in|on|with|while|and|at|near|through) ", caption, maxsplit=2)
    parts.append(" ".join(head[0].split()))
    if len(words) > 4:
        start = rng.randrange(len(words) - 3)
        parts.append(" ".join(words[start : start + rng.randint(2, 6)]))
    return [part for part in parts if part]


def _label_texts(names: list[str], data: Path, rng: random.Random) -> list[str]:
    """Object names in every object template and some scenes, and the rough captions."""
    texts = [phrases.fill(t, name) for name in names for t in phrases.OBJECT_TEMPLATES]
    for name in names:
        texts += [phrases.fill(t, name) for t in rng.sample(phrases.SCENE_TEMPLATES, 6)]
        texts += [f"{colour} {name}" for colour in rng.sample(phrases.COLOURS, 3)]
        texts += [f"{count} {phrases.plural(name)}" for count in rng.sample(phrases.COUNTS, 2)]
    for row in more_index(data):
        texts += [caption.lower() for caption in row.captions]
        texts += [phrase for label in row.labels for phrase in phrases_of(label)]
    return texts


def _query_texts() -> list[str]:
    """Occasions, people, activities and places, alone and put together."""
    texts = list(phrases.QUERIES)
    for query in phrases.QUERIES:
        texts += [f"a photo of {query}", f"{query} photo", f"my {query}", f"picture of {query}"]
    texts += phrases.PEOPLE + phrases.ACTIVITIES + phrases.PLACES + phrases.COLOURS
    for who in phrases.PEOPLE:
        texts += [phrases.with_article(who), f"a photo of {phrases.with_article(who)}"]
        texts += [f"{who} {where}" for where in phrases.PLACES]
    return texts


def _noun_texts(nouns: list[str], rng: random.Random) -> list[str]:
    """Everyday nouns, each in a few templates."""
    texts = []
    for noun in nouns:
        texts += [phrases.fill(t, noun) for t in rng.sample(phrases.OBJECT_TEMPLATES, 5)]
        texts += [phrases.fill(t, noun) for t in rng.sample(phrases.SCENE_TEMPLATES, 4)]
    return texts


def _combinations(nouns: list[str], names: list[str], rng: random.Random) -> list[str]:
    """Short queries of two or three ideas; the grammar is that of a search box."""
    things = nouns + 4 * names  # names of things that photos show, more often than other nouns
    pick = rng.choice
    texts = []
    for _ in range(16_000):
        one, two, who = pick(things), pick(things), pick(phrases.PEOPLE)
        doing, where = pick(phrases.ACTIVITIES), pick(phrases.PLACES)
        colour, how = pick(phrases.COLOURS), pick(phrases.ADJECTIVES)
        texts += [
            f"{one} {two}",
            f"{one} and {two}",
            f"{colour} {one}",
            f"{how} {one}",
            f"a {colour} {one} {where}",
            f"{pick(phrases.COUNTS)} {phrases.plural(one)}",
            f"{one} {where}",
            f"{phrases.with_article(one)} on {phrases.with_article(two)}",
            f"{who} {doing}",
            f"{phrases.with_article(who)} {doing} {where}",
            f"{who} with {phrases.with_article(one)}",
            f"{who} {one}",
            f"{who} in {phrases.with_article(f'{colour} {one}')}",
        ]
    return texts
