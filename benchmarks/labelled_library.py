"""A library mixed from the shared data's labelled sets, and what is known of its photos.

The starter was trained on half of Caltech-101 (which, the hash of a photo's name says), on
clothing-train, on Flickr8k's training split and on `more.tar`. So queries are judged by the other
half of Caltech-101, clothing-validation and Flickr8k's dev split. A sample of `more.tar` (houses,
weather, dishes, streets) only stands around: it is never what a query is after.

Nobody labelled all photos for all queries. Where a caption or a label leaves it open whether a
photo shows what a query asks for, the photo is left out of that query's count.
"""

import hashlib
import io
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.captions import read_captions

UNKNOWN = -1
"""Instead of 0 and 1, where nobody knows whether a photo shows what a query asks for."""

_READABLE = {
    "Faces": "human face", "Faces_easy": "human face", "Leopards": "leopard",
    "Motorbikes": "motorbike", "airplanes": "airplane", "car_side": "car",
    "buddha": "buddha statue", "cougar_body": "cougar", "cougar_face": "cougar",
    "crocodile_head": "crocodile", "flamingo_head": "flamingo", "rhino": "rhinoceros",
    "garfield": "garfield the cartoon cat", "snoopy": "snoopy the cartoon dog",
    "hawksbill": "hawksbill turtle", "water_lilly": "water lily", "wild_cat": "wildcat",
    "yin_yang": "yin and yang symbol", "cellphone": "cell phone", "bass": "bass fish",
    "tick": "tick insect", "longsleeve": "long-sleeved shirt", "outwear": "coat",
    "pants": "trousers",
}  # fmt: skip
# Not to be told apart, or the one among the other.
_CONFUSED = (
    {"water lily", "lotus"}, {"ketch", "schooner"}, {"lamp", "chandelier"},
    {"wildcat", "cougar", "leopard"}, {"shirt", "t-shirt", "long-sleeved shirt"},
    {"coat", "long-sleeved shirt"}, {"chair", "windsor chair", "wheelchair"},
    {"brontosaurus", "stegosaurus"}, {"crab", "crayfish", "lobster"}, {"dress", "skirt"},
)  # fmt: skip
_CLOTHES = {
    "coat", "dress", "hat", "long-sleeved shirt", "shirt", "shoes", "shorts", "skirt", "t-shirt",
    "trousers",
}  # fmt: skip
PEOPLE = (
    "man woman person people boy girl child kid baby player guy lady couple crowd toddler rider "
    "skier surfer runner climber cyclist biker skateboarder men women children human"
)
# Words of captions that may mean the class; else the words of its name do.
_SAID = {
    "motorbike": "motorcycle motorbike bike", "human face": f"face frontal {PEOPLE}",
    "airplane": "airplane plane aircraft", "ketch": "boat sail sailboat ship",
    "schooner": "boat sail sailboat ship", "ferry": "boat ship ferry", "cell phone": "phone",
    "cup": "cup mug", "lamp": "lamp light", "watch": "watch clock", "electric guitar": "guitar",
    "inline skate": "skate rollerblade skater", "grand piano": "piano",
    "laptop": "laptop computer", "car": "car truck vehicle street road", "stop sign": "sign",
    "wildcat": "cat tiger", "bass fish": "fish", "chair": "chair bench seat",
    "headphone": "headphone earphone", "minaret": "tower mosque", "pagoda": "temple",
    "water lily": "flower lily", "lotus": "flower", "sunflower": "flower sunflower",
    "rooster": "rooster chicken", "pigeon": "pigeon bird", "revolver": "gun revolver",
    "snoopy the cartoon dog": "snoopy", "garfield the cartoon cat": "garfield",
    "tick insect": "insect", "saxophone": "saxophone horn", "yin and yang symbol": "yin",
    "hawksbill turtle": "turtle", "buddha statue": "statue buddha", "ceiling fan": "ceiling",
}  # fmt: skip
_STANDING_AROUND = ("houses", "weather", "foodish", "bernie_voc")
_SHARE_AROUND = 4


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo and what is known of it.

    Attributes:
        source: caltech, clothing, captions or around.
        key: Its name in the source.
        labels: Class names that it shows; complete for caltech and clothing.
        said: In how many captions or labels each word stands.
        captions: What people wrote about it.
        image: RGB.
    """

    source: str
    key: str
    labels: frozenset[str]
    said: Counter[str]
    captions: tuple[str, ...]
    image: Image.Image


def read_photos(data: Path) -> list[LabelledPhoto]:
    """Read the shared data's photos that the starter was not trained on, and some to stand around.

    Args:
        data: The folder of the shared data.
    """
    labelled = data / "labelled"
    return [
        *_foldered("caltech", labelled / "caltech101.tar"),
        *_foldered("clothing", labelled / "clothing-validation.tar"),
        *_captioned(data / "captions" / "dev.tar"),
        *_around(labelled),
    ]


def is_held_back(name: str) -> bool:
    """Whether a photo of Caltech-101 was not trained on, as in packaging/starter/photos.py."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def readable(folder: str) -> str:
    """The class name that a folder of Caltech-101 or the clothes stands for."""
    return _READABLE.get(folder, folder.replace("_", " "))


def pictures_in(tar: Path) -> Iterator[tuple[str, Image.Image]]:
    """Name and picture (RGB) of the JPEGs of a tar."""
    with tarfile.open(tar) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".jpg") else None
            if file is not None:
                yield member.name, Image.open(io.BytesIO(file.read())).convert("RGB")


def draw(name: str, salt: str, of: int) -> int:
    """A number below ``of`` that a name draws, always the same."""
    return hashlib.sha256(f"{salt}/{name}".encode()).digest()[1] % of


def shows_class(name: str, photos: list[LabelledPhoto]) -> NDArray[np.int64]:
    """Whether each photo shows a class of Caltech-101 or the clothes: 1, 0 or `UNKNOWN`."""
    return np.array([_shows_class(name, photo) for photo in photos])


def shows_words(words: str, photos: list[LabelledPhoto]) -> NDArray[np.int64]:
    """Whether each photo shows what two captions of it name with one of the words: 1, 0 or unknown.

    Args:
        words: Apart by spaces, in the singular.
        photos: Those without captions that might show it are unknown.
    """
    mentions = [_mentions(photo, words) for photo in photos]
    return np.array(
        [
            (1 if count > 1 else UNKNOWN if count else 0)
            if photo.source == "captions"
            else (UNKNOWN if count or _may_be_worn(photo, words) else 0)
            for photo, count in zip(photos, mentions, strict=True)
        ]
    )


def _shows_class(name: str, photo: LabelledPhoto) -> int:
    if photo.source in ("caltech", "clothing"):
        if name in photo.labels or (name == "chair" and "windsor chair" in photo.labels):
            return 1
        confused = any(name in group and photo.labels & group for group in _CONFUSED)
        return UNKNOWN if confused or _may_wear(photo, name) else 0
    said = _mentions(photo, _SAID.get(name, name)) or _may_wear(photo, name)
    return UNKNOWN if said else 0


def _may_wear(photo: LabelledPhoto, name: str) -> bool:
    """Whether the photo shows people, and so perhaps this piece of clothing, without a word."""
    return name in _CLOTHES and photo.source != "clothing" and _mentions(photo, PEOPLE) > 0


def _may_be_worn(photo: LabelledPhoto, words: str) -> bool:
    return photo.source == "clothing" and words == PEOPLE


def _mentions(photo: LabelledPhoto, words: str) -> int:
    return sum(photo.said[word] + photo.said[f"{word}s"] for word in words.split())


def _foldered(source: str, tar: Path) -> Iterator[LabelledPhoto]:
    for key, image in pictures_in(tar):
        folder = key.split("/")[0]
        if folder == "BACKGROUND_Google" or (source == "caltech" and not is_held_back(key)):
            continue
        label = readable(folder)
        yield LabelledPhoto(source, key, frozenset([label]), _words([label]), (), image)


def _captioned(tar: Path) -> Iterator[LabelledPhoto]:
    for item in read_captions(tar):
        yield LabelledPhoto(
            "captions", item.name, frozenset(), _words(item.captions), item.captions, item.image
        )


def _around(labelled: Path) -> Iterator[LabelledPhoto]:
    lines = (labelled / "more.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["image"]: row for row in map(json.loads, lines)}
    for key, image in pictures_in(labelled / "more.tar"):
        row = rows[key]
        if row["set"] in _STANDING_AROUND and draw(key, "around", _SHARE_AROUND) == 0:
            said = _words([*row["labels"], *row["captions"]])
            yield LabelledPhoto("around", key, frozenset(), said, (), image)


def _words(texts: list[str] | tuple[str, ...]) -> Counter[str]:
    """In how many of the texts each word stands."""
    return Counter(word for text in texts for word in set(re.findall("[a-z]+", text.lower())))
