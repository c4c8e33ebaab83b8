"""Which tags the photos of `benchmarks/labelled_library.py` are known to have, and not to have.

Nobody labelled all photos for all tags, so most pairs are `UNKNOWN` and do not count:

- A photo of Caltech-101 or of clothing shows its class, and what the class implies. It shows none
  of the other animals, plants, vehicles, instruments, tools, weapons, devices, dishes, clothes.
  What cannot be told apart from the class, or is likely to stand beside it, is left out.
- A captioned photo shows what two of its five captions name (the tag, a synonym, or what lies below
  it), and does not show what none names, for tags that captions seldom pass over: animals,
  vehicles, instruments, sports, landscapes, people. Names with several meanings prove nothing.
- What stands around was trained on. It shows none of the animals, instruments, weapons and sports
  that its labels do not name, and nothing counts as found there.
"""

import re
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_library import PEOPLE, UNKNOWN, LabelledPhoto
from clipsearch.core.tag_vocabulary import TagVocabulary

_TAG_OF_CLASS = {
    "bass fish": "fish", "brontosaurus": "dinosaur", "stegosaurus": "dinosaur",
    "hawksbill turtle": "turtle", "garfield the cartoon cat": "cartoon",
    "snoopy the cartoon dog": "cartoon", "okapi": "wild animal", "tick insect": "tick",
    "windsor chair": "chair", "yin and yang symbol": "yin and yang", "human face": "face",
}  # fmt: skip
_OBJECTS = (
    "animal", "vehicle", "musical instrument", "tool", "weapon", "electronics", "food", "plant",
)  # fmt: skip
_EVERYWHERE = (
    "plant", "grass", "tree", "bush", "leaf", "flower", "wildflowers", "seaweed", "driftwood",
    "bare tree", "tree trunk", "moss", "fern", "tree stump",
)  # fmt: skip
_CAPTIONED = (
    "person", "man", "woman", "child", "boy", "girl", "baby", "crowd", "snow", "dancing", "fishing",
    "camping", "reading", "sleeping", "wedding", "concert", "parade", "swimming pool", "playground",
    "slide (playground)", "trampoline", "tent", "skateboard", "surfboard", "bridge", "fountain",
)  # fmt: skip
_VAGUE = ("landscape", "field", "coast", "hill")
# Of what is broad, one kind does not make another one likely.
_BROAD = (
    *_OBJECTS, "person", "pet", "wild animal", "farm animal", "sea animal", "sport", "landscape",
    "sea", "fruit", "vegetables",
)  # fmt: skip
# Not to be told apart, or the one likely to be beside the other.
_CONFUSED = """
water lily, lotus, lily | sailing boat, ferry, ship, boat, fishing boat, cruise ship
wildcat, cougar, leopard, cheetah, lion, tiger | shirt, t-shirt, long-sleeved shirt
coat, long-sleeved shirt, sweater, shirt, suit | dress, skirt | trousers, jeans, shorts
shoes, sneakers, boots, sandals, high heels | hat, cap | crocodile, lizard | dog, dalmatian
insect, bee, fly, mayfly, dragonfly, ant, beetle, tick, spider, grasshopper
antelope, deer, wild animal | emu, ostrich | ibis, heron, stork, crane (bird), flamingo
dolphin, whale, shark | guitar, mandolin, violin, cello | saxophone, clarinet, trumpet, tuba
cup, coffee, tea, drink, food | crab, seafood, lobster, fish dish, shrimp, food
phone, telephone, calculator | laptop, computer, keyboard, monitor | ray, fish, shell, octopus
sunflower, daisy, dandelion | jug, vase, kettle | strawberry, berries, dessert
rooster, chicken, turkey, farm animal | motorcycle, motor racing, motocross, scooter
car, sports car, vintage car, taxi, jeep, police car, van | binoculars, telescope, camera
airplane, fighter jet, propeller plane | wrench, hammer, screwdriver | gun, weapon
bonsai, houseplant | joshua tree, palm tree, cactus | lobster, scorpion | kangaroo, wild animal
beaver, otter, platypus, seal, mouse | panda, bear | ant, spider | llama, camel, sheep
hedgehog, mouse | accordion, piano | gramophone, trumpet | sea horse, dragon
wheelchair, bicycle, tricycle, pram | starfish, coral, sea urchin | octopus, jellyfish
elephant, rhinoceros, hippopotamus
"""


class TagTruth:
    """What is known of photos and the tags of a vocabulary, the one that ships."""

    def __init__(self, vocabulary: TagVocabulary) -> None:
        """Work out which tags can be told from what."""
        self._vocabulary = vocabulary
        self._names = [tag.name for tag in vocabulary.tags]
        self._below = {name: {name, *vocabulary.implying(name)} for name in self._names}
        self._of_word = {
            word: tag.name for tag in reversed(vocabulary.tags) for word in tag.synonyms
        } | {name: name for name in self._names}
        objects = set().union(*(self._below[name] for name in _OBJECTS)) - set(_EVERYWHERE)
        self._clothes = self._below["clothes"]
        self._objects = objects | self._clothes
        self._sports = self._below["sport"] | self._headed("activities")
        landscapes = self._headed("waterside") | self._below["landscape"]
        self._captioned = {
            *_CAPTIONED, *landscapes.difference(_VAGUE), *self._below["sport"],
            *self._below["animal"], *self._below["vehicle"], *self._below["musical instrument"],
        }  # fmt: skip
        self._elsewhere = {
            *self._below["animal"], *self._below["musical instrument"], *self._below["weapon"],
            *self._below["sport"],
        }  # fmt: skip
        self._clear = {n: self._pattern(n, ambiguous=False) for n in self._names}
        self._unclear = {n: self._pattern(n, ambiguous=True) for n in self._names}

    def of(self, photos: list[LabelledPhoto]) -> NDArray[np.int8]:
        """1, 0 or `UNKNOWN` for each photo and tag: ``(N, T)``."""
        truth = np.full((len(photos), len(self._names)), UNKNOWN, np.int8)
        for row, photo in enumerate(photos):
            known = dict(self._known(photo))
            for column, name in enumerate(self._names):
                truth[row, column] = known.get(name, UNKNOWN)
        return truth

    def tag_of_class(self, label: str) -> str | None:
        """The tag that means a class of Caltech-101 or of the clothes; ``None`` if none does."""
        return (
            _TAG_OF_CLASS.get(label) or self._of_word.get(label) or self._of_word.get(label + "s")
        )

    def _known(self, photo: LabelledPhoto) -> Iterator[tuple[str, int]]:
        if photo.source == "captions":
            yield from self._by_captions(photo)
        elif photo.source == "around":
            said = " . ".join(photo.said)
            for name in self._elsewhere:
                near = {name, *self._specific(name)}
                if not any(self._mentions(one, said) for one in near):
                    yield name, 0
        else:
            yield from self._by_class(photo)

    def _by_class(self, photo: LabelledPhoto) -> Iterator[tuple[str, int]]:
        own = {tag for label in photo.labels if (tag := self.tag_of_class(label))}
        shown = own.union(*(self._vocabulary.implied(tag) for tag in own))
        below = set().union(*(self._below[tag] for tag in own))
        yield from ((name, 1) for name in shown)
        absent = set(self._objects)
        if photo.source == "caltech" and not own & self._below["animal"]:
            absent -= self._clothes
        elif photo.source == "caltech":
            absent |= self._sports
        alike = [group for group in _groups() if own & group]
        yield from ((name, 0) for name in absent.difference(shown, below, *alike))

    def _by_captions(self, photo: LabelledPhoto) -> Iterator[tuple[str, int]]:
        captions = [caption.lower() for caption in photo.captions]
        counts = {
            name: (
                sum(bool(self._clear[name].search(one)) for one in captions),
                any(self._unclear[name].search(one) for one in captions),
            )
            for name in self._captioned
        }
        named = {name for name, (clear, unclear) in counts.items() if clear or unclear}
        for name, (clear, _) in counts.items():
            if clear > 1:
                yield name, 1
            elif name not in named and not named & self._specific(name):
                yield name, 0

    def _specific(self, name: str) -> set[str]:
        """The tags above one that are not broad: of a dog, nobody says whether it is a collie."""
        return set(self._vocabulary.implied(name)).difference(_BROAD)

    def _headed(self, heading: str) -> set[str]:
        return {name for name in self._names if heading in self._vocabulary.above(name)}

    def _mentions(self, name: str, text: str) -> bool:
        return bool(self._clear[name].search(text) or self._unclear[name].search(text))

    def _pattern(self, name: str, *, ambiguous: bool) -> re.Pattern[str]:
        """Finds the words for a tag or what lies below it: ``ambiguous`` ones, or the others."""
        below = [self._vocabulary[one] for one in self._below[name]]
        words = {
            word
            for tag in below
            if bool(tag.context) == ambiguous
            for word in (tag.name, *tag.synonyms, *_more_words(tag.name))
        }
        ordered = sorted(words, key=len, reverse=True)
        return re.compile(
            rf"\b(?:{'|'.join(map(re.escape, ordered))})(?:s|es)?\b" if words else "$^"
        )


def _more_words(name: str) -> Collection[str]:
    return {"person": PEOPLE.split(), "man": ["men", "male"]}.get(name, ())


def _groups() -> list[set[str]]:
    lines = _CONFUSED.strip().replace("\n", " | ").split(" | ")
    return [set(line.split(", ")) for line in lines]
