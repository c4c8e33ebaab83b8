"""How soon a watched library knows of what happens in its folders.

Run it on an otherwise idle machine::

    uv run python -m benchmarks.watching [--photos 2000] [--json]

With the starter model loaded, a library is kept as `clipsearch watch` keeps it. Seconds from the
end of the copying (or renaming) until every file is in the index: one photo, many at once, and a
folder renamed, with how many embeddings that took.
"""

import argparse
import os
import shutil
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import draw_jpeg, print_figures
from clipsearch.core.keeping import Keeper
from clipsearch.core.library import Library
from clipsearch.core.types import Embeddings
from clipsearch.ml.encoder import Encoder
from clipsearch.settings import Settings

_ROUNDS = 5
_RENAMED = 500
_PATIENCE_S = 600


class _Counting(Encoder):
    """Counts what it embeds."""

    embedded = 0

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
        self.embedded += len(pixels)
        return super().encode_pixels(pixels)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        os.environ["CLIPSEARCH_HOME"] = str(Path(name) / "home")
        figures = _measure(Path(name), options.photos)
    print_figures(figures, as_json=options.json)


def _measure(folder: Path, many: int) -> dict[str, Any]:
    encoder = _Counting("starter")
    encoder.encode_images([Image.new("RGB", (64, 64))])
    photos, outside = folder / "photos", folder / "outside"
    photos.mkdir()
    outside.mkdir()
    for number in range(many):
        (outside / f"{number:06}.jpg").write_bytes(draw_jpeg(number))
    library = Library(folder / "library", Settings(), load_model=lambda _: encoder)
    ready = threading.Event()
    keeper = Keeper(library, done=lambda *_: None, notice=print)
    thread = threading.Thread(target=keeper.run, args=([photos],), kwargs={"watching": ready.set})
    thread.start()
    try:
        ready.wait(_PATIENCE_S)
        figures = _happen(library, encoder, photos, outside, many)
    finally:
        keeper.stop()
        thread.join()
        library.close()
    return figures


def _happen(
    library: Library, encoder: _Counting, photos: Path, outside: Path, many: int
) -> dict[str, Any]:
    def until(holds: Callable[[], bool]) -> float:
        begun = time.perf_counter()
        while not holds():
            if time.perf_counter() - begun > _PATIENCE_S:
                raise TimeoutError
            time.sleep(0.05)
        return time.perf_counter() - begun

    def count(part: str) -> int:
        return sum(photo.path.parent.name == part for photo in library.photos())

    def holds(part: str, wanted: int) -> bool:
        return count(part) == wanted

    singles = []
    for number in range(_ROUNDS):
        (photos / f"one{number}.jpg").write_bytes(draw_jpeg(10**6 + number))
        singles.append(until(partial(holds, "photos", number + 1)))
    shutil.copytree(outside, photos / "many")
    begun = encoder.embedded
    seconds = until(partial(holds, "many", many))
    embedded = encoder.embedded - begun
    (photos / "old").mkdir()
    for number in range(_RENAMED):
        (photos / "many" / f"{number:06}.jpg").rename(photos / "old" / f"{number:06}.jpg")
    until(lambda: count("old") == _RENAMED and count("many") == many - _RENAMED)
    before = encoder.embedded
    (photos / "old").rename(photos / "new")
    renamed = until(lambda: count("new") == _RENAMED and count("old") == 0)
    return {
        "one_s": statistics.median(singles),
        "one_slowest_s": max(singles),
        "many": many,
        "many_s": seconds,
        "many_embedded": embedded,
        "renamed": _RENAMED,
        "renamed_s": renamed,
        "renamed_embedded": encoder.embedded - before,
    }


if __name__ == "__main__":
    main()
