"""Reads the photos of a plan of fine-tuning, and leaves out those that are not there any more."""

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from PIL import Image

from clipsearch.core.imaging import read_photo
from clipsearch.errors import ImageError, TrainingError
from clipsearch.ml.tuning_types import Example, Lessons
from clipsearch.progress import Progress

_SPARE = 1.25  # Pixels beyond the model's input, of which training cuts parts.
_LONGEST = 4  # Times the short edge: what is longer is cut at both ends.
_THREADS = 4


@dataclass(frozen=True)
class ReadPhotos:
    """Photos in memory.

    Attributes:
        lessons: Without the examples that cannot be read.
        photos: RGB, one for each example, not much larger than the model's input.
        notices: Sentences on what was left out.
    """

    lessons: Lessons
    photos: list[Image.Image]
    notices: tuple[str, ...]


def read_photos(lessons: Lessons, edge: int, max_pixels: int, progress: Progress) -> ReadPhotos:
    """Read the photos of all examples.

    Args:
        lessons: With the examples.
        edge: Of the model's input, in pixels.
        max_pixels: Larger pictures are left out.
        progress: Photos read; may cancel.

    Raises:
        TrainingError: Those that are left of a concept cannot teach, or cannot judge.
        Cancelled: By ``progress``.
    """

    def read(example: Example) -> Image.Image | str:
        try:
            photo = read_photo(example.path, max_pixels=max_pixels, min_edge=edge)
        except ImageError as error:
            return error.reason
        if photo.content_hash != example.content_hash:
            return "its content has changed"
        return _reduced(photo.image, edge)

    total = len(lessons.examples)
    found = []
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="reading")
    try:
        for done, one in enumerate(pool.map(read, lessons.examples)):
            progress(done, total, "")
            found.append(one)
    finally:
        pool.shutdown(cancel_futures=True)
    missing = {row: one for row, one in enumerate(found) if isinstance(one, str)}
    photos = [one for one in found if not isinstance(one, str)]
    left = without(lessons, missing)
    notices = tuple(
        f"{lessons.examples[row].path} is left out: {reason}." for row, reason in missing.items()
    )
    return ReadPhotos(left, photos, notices)


def without(lessons: Lessons, rows: Collection[int]) -> Lessons:
    """Leave examples out.

    Raises:
        TrainingError: Those that are left of a concept cannot teach, or cannot judge.
    """
    if not rows:
        return lessons
    left = tuple(one for row, one in enumerate(lessons.examples) if row not in rows)
    for number, concept in enumerate(lessons.concepts):
        before, after = (
            {one.is_held_out for one in some if number in one.concepts}
            for some in (lessons.examples, left)
        )
        if before != after:
            raise TrainingError(
                f"Too few photos of '{concept.name}' can still be opened: bring them back, or "
                "drop this run and train again without them."
            )
    return replace(lessons, examples=left)


def _reduced(image: Image.Image, edge: int) -> Image.Image:
    """Cut what is very long, and make smaller what is much larger than the model's input."""
    short = min(image.size)
    width, height = (min(side, _LONGEST * short) for side in image.size)
    if (width, height) != image.size:
        left, top = (image.width - width) // 2, (image.height - height) // 2
        image = image.crop((left, top, left + width, top + height))
    wanted = round(_SPARE * edge)
    if short <= wanted:
        return image
    size = (round(width * wanted / short), round(height * wanted / short))
    return image.resize(size, Image.Resampling.BICUBIC)
