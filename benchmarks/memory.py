"""How much memory indexing takes, and whether it grows with the number of photos.

Run it on an otherwise idle machine; 50,000 photos take a quarter of an hour on two cores::

    uv run python -m benchmarks.memory [--photos 50000] [--from 5000] [--json]

Photos are drawn, all different, 640 x 480. A process of its own indexes them with the starter
model; its resident memory is read at every hundredth photo. ``growth`` compares the median over
the last tenth of the photos with that over the tenth before ``--from``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import draw_jpeg, print_figures

_PER_FOLDER = 500
_INDEX = """
import json, sys, psutil
from pathlib import Path
from clipsearch.core.library import Library
from clipsearch.settings import Settings

process, seen = psutil.Process(), {}

def progress(done, total, note=""):
    if total and done % 100 == 0:
        seen[done] = process.memory_info().rss

report = Library(Path(sys.argv[1]), Settings()).index([Path(sys.argv[2])], progress=progress)
print(json.dumps({"rss": seen, "added": report.added, "seconds": report.seconds}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--from", type=int, default=5_000, dest="first")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        figures = _measure(Path(name), options.photos, options.first)
    print_figures(figures, as_json=options.json)


def _measure(folder: Path, photos: int, first: int) -> dict[str, Any]:
    parts = [range(i, min(i + _PER_FOLDER, photos)) for i in range(0, photos, _PER_FOLDER)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_draw, folder / "photos"), parts))
    done = subprocess.run(
        [sys.executable, "-c", _INDEX, str(folder / "library"), str(folder / "photos")],
        env={**os.environ, "CLIPSEARCH_HOME": str(folder / "home")},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout)
    rss = {int(number): size for number, size in found["rss"].items()}
    early = statistics.median(_between(rss, first * 0.9, first))
    late = statistics.median(_between(rss, photos * 0.9, photos))
    index = sum(path.stat().st_size for path in (folder / "library").rglob("*") if path.is_file())
    cache = sum(path.stat().st_size for path in (folder / "home").rglob("*.jpg"))
    return {
        "photos": found["added"],
        "images_per_s": found["added"] / found["seconds"],
        "rss_early_mb": early / 1e6,
        "rss_late_mb": late / 1e6,
        "rss_highest_mb": max(rss.values()) / 1e6,
        "growth": late / early,
        "library_bytes_a_photo": index / found["added"],
        "thumbnail_bytes_a_photo": cache / found["added"],
    }


def _between(rss: dict[int, int], low: float, high: float) -> Iterator[int]:
    return (size for number, size in rss.items() if low <= number <= high)


def _draw(folder: Path, numbers: range) -> None:
    part = folder / f"{numbers.start:07}"
    part.mkdir(parents=True)
    for number in numbers:
        (part / f"{number:07}.jpg").write_bytes(draw_jpeg(number))


if __name__ == "__main__":
    main()
