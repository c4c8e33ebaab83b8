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
from PIL import Image

from labels import more_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clipsearch.ml.augmentation import Augmentation

IMAGE_SIZE: Final = 224
"""Edge in pixels at which whole photos are looked at while the model is built."""
PREPROCESS_CFG: Final[dict[str, Any]] = {
    "size": IMAGE_SIZE,
    "mode": "RGB",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one source.

    Attributes:
        name: Of the set; its features are stored under it.
        keys: Member names in the tar.
        tar: Where the photos are.
        labels: One tuple of raw labels a photo; empty where there are none.
        texts: One tuple of captions a photo; empty where there are none.
        trained: Whether it is for training.
    """

    name: str
    tar: Path
    keys: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    trained: bool


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
        _captioned("flickr", data / "captions" / "train.tar", trained=True),
        _foldered("caltech", labelled / "caltech101.tar", seen, trained=True),
        _foldered("clothing", labelled / "clothing-train.tar", None, trained=True),
        _indexed(data),
        _captioned("flickr-dev", data / "captions" / "dev.tar", trained=False),
        _foldered("caltech-held", labelled / "caltech101.tar", unseen, trained=False),
        _foldered("clothing-held", labelled / "clothing-validation.tar", None, trained=False),
    ]


def _photos_in(tar: Path) -> list[str]:
    """Sorted names of the image members."""
    with tarfile.open(tar) as archive:
        return sorted(name for name in archive.getnames() if name.lower().endswith(".jpg"))


def _captioned(name: str, tar: Path, *, trained: bool) -> PhotoSet:
    captions = read_captions(tar)
    texts = tuple(tuple(lines) for lines in captions.values())
    keys = tuple(f"{key}.jpg" for key in captions)
    return PhotoSet(name, tar, keys, ((),) * len(keys), texts, trained)


def _foldered(name: str, tar: Path, keys: list[str] | None, *, trained: bool) -> PhotoSet:
    found = tuple(_photos_in(tar) if keys is None else keys)
    folders = [key.split("/")[0] for key in found]
    # Caltech's background photos carry no label; they still teach through the posteriors.
    labels = tuple(() if folder == "BACKGROUND_Google" else (folder,) for folder in folders)
    return PhotoSet(name, tar, found, labels, ((),) * len(found), trained)


def _indexed(data: Path) -> PhotoSet:
    rows = more_index(data)
    return PhotoSet(
        "more",
        data / "labelled" / "more.tar",
        keys=tuple(row.image for row in rows),
        labels=tuple(row.labels for row in rows),
        texts=tuple(row.captions for row in rows),
        trained=True,
    )


def read_photos(photos: PhotoSet) -> list[bytes]:
    """The files of a set as they lie in the tar, in order of its keys."""
    wanted, raw = set(photos.keys), {}
    with tarfile.open(photos.tar) as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.name in wanted else None
            if handle is not None:
                raw[member.name] = handle.read()
    return [raw[key] for key in photos.keys]


def batches(
    photos: PhotoSet, batch_size: int = 50, *, size: int = IMAGE_SIZE
) -> Iterator[torch.Tensor]:
    """Decodes the photos into batches, one batch ahead of the caller.

    Yields:
        `(B, 3, size, size)` float32: exactly what open_clip's own preprocess makes of the photos.
    """
    raw = read_photos(photos)
    preprocess = preprocess_at(size)
    starts = range(0, len(raw), batch_size)

    def make(start: int) -> torch.Tensor:
        return torch.stack([preprocess(_decode(file)) for file in raw[start : start + batch_size]])

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(make, starts[0])
        for start in starts[1:]:
            batch = ahead.result()
            ahead = pool.submit(make, start)
            yield batch
        yield ahead.result()


class Views:
    """Random views of photos in memory, small enough to train on."""

    def __init__(self, photos: PhotoSet, size: int, augment: Augmentation) -> None:
        """Reads the files.

        Args:
            photos: The set.
            size: Edge in pixels.
            augment: How far views stray.
        """
        self._raw = read_photos(photos)
        self._augment = augment
        self._preprocess = preprocess_at(size)

    def __len__(self) -> int:
        """Number of photos."""
        return len(self._raw)

    def __call__(self, rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """One view of each of the photos; `(n, 3, size, size)` float32."""
        seeds = torch.randint(2**60, rows.shape, generator=generator).tolist()
        views = [self._view(row, seed) for row, seed in zip(rows.tolist(), seeds, strict=True)]
        return torch.stack(views)

    def _view(self, row: int, seed: int) -> torch.Tensor:
        photo = _decode(self._raw[row])
        view: torch.Tensor = self._preprocess(self._augment(photo, random.Random(seed)))
        return view


def preprocess_at(size: int) -> Any:
    """open_clip's own preprocess at an edge of `size` pixels."""
    return image_transform_v2(PreprocessCfg(**{**PREPROCESS_CFG, "size": size}), is_train=False)


def _decode(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw)).convert("RGB")
