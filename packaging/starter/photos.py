"""The training photos: read out of the tars, labelled, and cut into views."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageEnhance

from labels import more_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE_SIZE: Final = 224
PREPROCESS_CFG: Final[dict[str, Any]] = {
    "size": IMAGE_SIZE,
    "mode": "RGB",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}
CROPS: Final = 2


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one source.

    Attributes:
        name: Of the set; its features are stored under it.
        keys: Member names in the tar.
        tar: Where the photos are.
        labels: One tuple of raw labels a photo; empty where there are none.
        texts: One tuple of captions a photo; empty where there are none.
        views: Whether to cut several views (for training) or to take the whole photo alone.
    """

    name: str
    tar: Path
    keys: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    views: bool


def read_captions(tar: Path) -> dict[str, list[str]]:
    """Reads the `KEY.txt` members of a caption tar, one caption a line, in order of the keys."""
    found: dict[str, list[str]] = {}
    with tarfile.open(tar) as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.name.endswith(".txt") else None
            if handle is not None:
                lines = handle.read().decode("utf-8").splitlines()
                found[member.name.removesuffix(".txt")] = [x.strip() for x in lines if x.strip()]
    return dict(sorted(found.items()))


def is_held_back(name: str) -> bool:
    """Whether a Caltech-101 photo belongs to the half that is never trained on."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def photo_sets(data: Path) -> list[PhotoSet]:
    """All sets, those for training first."""
    labelled = data / "labelled"
    caltech = _photos_in(labelled / "caltech101.tar")
    seen = [key for key in caltech if not is_held_back(key)]
    unseen = [key for key in caltech if is_held_back(key)]
    return [
        _captioned("flickr", data / "captions" / "train.tar", views=True),
        _foldered("caltech", labelled / "caltech101.tar", seen, views=True),
        _foldered("clothing", labelled / "clothing-train.tar", None, views=True),
        _indexed(data),
        _captioned("flickr-dev", data / "captions" / "dev.tar", views=False),
        _foldered("caltech-held", labelled / "caltech101.tar", unseen, views=False),
        _foldered("clothing-held", labelled / "clothing-validation.tar", None, views=False),
    ]


def _photos_in(tar: Path) -> list[str]:
    """Sorted names of the image members."""
    with tarfile.open(tar) as archive:
        return sorted(name for name in archive.getnames() if name.lower().endswith(".jpg"))


def _captioned(name: str, tar: Path, *, views: bool) -> PhotoSet:
    captions = read_captions(tar)
    texts = tuple(tuple(lines) for lines in captions.values())
    keys = tuple(f"{key}.jpg" for key in captions)
    return PhotoSet(name, tar, keys, ((),) * len(keys), texts, views)


def _foldered(name: str, tar: Path, keys: list[str] | None, *, views: bool) -> PhotoSet:
    found = tuple(_photos_in(tar) if keys is None else keys)
    folders = [key.split("/")[0] for key in found]
    # Caltech's background photos carry no label; they still teach through the posteriors.
    labels = tuple(() if folder == "BACKGROUND_Google" else (folder,) for folder in folders)
    return PhotoSet(name, tar, found, labels, ((),) * len(found), views)


def _indexed(data: Path) -> PhotoSet:
    rows = more_index(data)
    return PhotoSet(
        "more",
        data / "labelled" / "more.tar",
        keys=tuple(row.image for row in rows),
        labels=tuple(row.labels for row in rows),
        texts=tuple(row.captions for row in rows),
        views=True,
    )


def batches(photos: PhotoSet, seed: int, batch_size: int = 16) -> Iterator[torch.Tensor]:
    """Decodes the photos into batches of views, one batch ahead of the caller.

    Yields:
        `(B, V, 3, 224, 224)` float32: the whole photo and some random crops with changed
        light; or `V = 1`, the whole photo alone. The first view is exactly what
        open_clip's own preprocess makes of the photo.
    """
    with tarfile.open(photos.tar) as archive:
        wanted = set(photos.keys)
        raw = {}
        for member in archive:
            handle = archive.extractfile(member) if member.name in wanted else None
            if handle is not None:
                raw[member.name] = handle.read()
    chunks = [photos.keys[i : i + batch_size] for i in range(0, len(photos.keys), batch_size)]

    def make(chunk: tuple[str, ...]) -> torch.Tensor:
        return torch.stack([_views(raw[key], f"{seed}/{key}", photos.views) for key in chunk])

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(make, chunks[0])
        for chunk in chunks[1:]:
            batch = ahead.result()
            ahead = pool.submit(make, chunk)
            yield batch
        yield ahead.result()


_preprocess = image_transform_v2(PreprocessCfg(**PREPROCESS_CFG), is_train=False)


def _views(raw: bytes, seed: str, several: bool) -> torch.Tensor:
    """Cuts one photo into its views, `(V, 3, 224, 224)` float32."""
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    views = [_preprocess(image)]
    if several:
        rng = random.Random(seed)
        views += [_preprocess(_crop(image, rng)) for _ in range(CROPS)]
    return torch.stack(views)


def _crop(image: Image.Image, rng: random.Random) -> Image.Image:
    """Cuts out 35 to 100 % of the area, mirrors half of the time, changes the light a little."""
    area, aspect = rng.uniform(0.35, 1.0), rng.uniform(0.8, 1.25)
    width = min(image.width, round(image.width * (area * aspect) ** 0.5))
    height = min(image.height, round(image.height * (area / aspect) ** 0.5))
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    image = image.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(rng.uniform(0.8, 1.2))
    return image
