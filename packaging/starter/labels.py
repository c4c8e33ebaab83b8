"""Readable names for the labels of the training sets."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# Folder and index names that nobody would type.
_READABLE: Final = {
    "Faces": "face", "Faces_easy": "human face", "Leopards": "leopard",
    "Motorbikes": "motorbike", "airplanes": "airplane", "car_side": "car from the side",
    "buddha": "buddha statue", "cougar_body": "cougar", "crocodile_head": "head of a crocodile",
    "cougar_face": "face of a cougar", "flamingo_head": "head of a flamingo",
    "garfield": "garfield the cartoon cat", "snoopy": "snoopy the cartoon dog",
    "hawksbill": "hawksbill turtle", "water_lilly": "water lily", "wild_cat": "wildcat",
    "yin_yang": "yin and yang symbol", "cellphone": "cell phone",
    "longsleeve": "long-sleeved shirt", "outwear": "coat", "pants": "pair of trousers",
    "shoes": "pair of shoes", "shorts": "pair of shorts",
    "diningtable": "dining table", "pottedplant": "potted plant", "countertop": "counter top",
    "pictureframe": "picture frame", "tincan": "tin can", "coffeetable": "coffee table",
    "tvmonitor": "television", "windowblind": "window blind", "cabinetry": "cabinet",
    "wastecontainer": "waste bin", "nightstand": "night stand", "remote": "remote control",
    "refridgerator": "refrigerator", "golfcart": "golf cart",
    "salt or pepper shaker": "salt shaker", "tv or monitor": "television",
    "cup or mug": "mug", "swine": "pig", "domestic cat": "cat",
    "head cabbage": "cabbage", "idly": "idli", "chime": "wind chime", "tick": "tick insect",
    "excercise machine": "exercise machine",
}  # fmt: skip
_PHRASES: Final = {
    "sunrise": ("a sunrise", "a sunset", "sunrise sky", "the sun low over the horizon"),
    "cloudy": ("a cloudy sky", "clouds", "clouds in the sky", "an overcast day"),
    "foggy": ("fog", "a foggy day", "mist over the landscape", "a misty road", "a foggy scene"),
    "rainy": ("rain", "a rainy day", "people with umbrellas in the rain", "wet street in the rain"),
    "shine": ("a sunny day", "sunshine", "the sun in a blue sky", "clear blue sky"),
    "frontal": ("the front of a house", "a house", "a house from outside", "a home with a lawn"),
}


@dataclass(frozen=True)
class IndexedPhoto:
    """One line of `labelled/more.jsonl`."""

    image: str
    labels: tuple[str, ...]
    captions: tuple[str, ...]


@dataclass(frozen=True)
class ImageNetClass:
    """One class of the backbone's classifier."""

    names: tuple[str, ...]

    @property
    def first(self) -> str:
        """The name that leads the label."""
        return self.names[0]


def readable(label: str) -> str:
    """Turns a folder or index label into words that somebody would type."""
    return _READABLE.get(label, label.replace("_", " "))


def phrases_of(label: str) -> tuple[str, ...]:
    """Gives ready phrases for a label that is no object name; empty for all others."""
    return _PHRASES.get(label, ())


def imagenet_classes(data: Path) -> list[ImageNetClass]:
    """Reads the 1,001 classes (index 0 is "background") of the backbone's classifier."""
    text = (data / "backbone" / "imagenet_labels_1001.txt").read_text(encoding="utf-8")
    classes = []
    for line in text.splitlines():
        names = tuple(dict.fromkeys(name.strip().lower() for name in line.split(",")))
        classes.append(ImageNetClass(tuple(name for name in names if name)))
    # The label file says "crane" and "maillot" twice: once a bird, once a machine, and so on.
    seen: dict[str, int] = {}
    for index, one in enumerate(classes):
        if one.first in seen and one.names[1:]:
            classes[index] = ImageNetClass((*one.names[1:], one.first))
        seen[one.first] = index
    return classes


def tar_folders(path: Path) -> list[str]:
    """Lists the top folders of a tar: the class labels of the folder-per-class sets."""
    with tarfile.open(path) as archive:
        return sorted({name.split("/")[0] for name in archive.getnames() if "/" in name})


def more_index(data: Path) -> list[IndexedPhoto]:
    """Reads `labelled/more.jsonl`."""
    text = (data / "labelled" / "more.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line]
    return [
        IndexedPhoto(row["image"], tuple(row["labels"]), tuple(row["captions"])) for row in rows
    ]


def object_names(data: Path) -> list[str]:
    """All object names of the labelled sets and of ImageNet, readable, without repeats."""
    names: dict[str, None] = {}
    for tar in ("caltech101.tar", "clothing-train.tar"):
        for label in tar_folders(data / "labelled" / tar):
            if label != "BACKGROUND_Google":
                names[readable(label)] = None
    for row in more_index(data):
        names.update(dict.fromkeys(readable(x) for x in row.labels if not phrases_of(x)))
    for one in imagenet_classes(data)[1:]:
        names.update(dict.fromkeys(one.names))
    return list(names)
