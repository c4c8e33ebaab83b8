"""How long the filters of a query take over all photos of a library that is made up.

``python -m benchmarks.filtering [--photos 1000000]``
"""

import argparse
import statistics
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.common import milliseconds, print_figures
from clipsearch.core.facets import Facets
from clipsearch.core.filtering import NoLabels, passing
from clipsearch.core.query_language import parse_query

if TYPE_CHECKING:
    import pyarrow as pa

_QUERIES = (
    "in:2012",
    "on:2012-05",
    "camera:d100",
    "lens:50mm",
    "tag:italy",
    "rating:>=4",
    "type:heic",
    "is:portrait",
    "is:duplicate",
    "is:untagged",
    "size:>5MP",
    "near:48.14,11.58,10",
    "in:2012 after:2005 -camera:nikon tag:italy",
)
_ROUNDS = 9


def main() -> None:
    """Print, for each query, milliseconds of the first time and of those that follow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    facets = Facets(photo_columns(arguments.photos))
    figures: dict[str, float] = {}
    for text in _QUERIES:
        filters = parse_query(text).filters
        times = [
            milliseconds(lambda: passing(filters, facets, labels=NoLabels()))  # noqa: B023
            for _ in range(_ROUNDS)
        ]
        figures[f"{text} first_ms"] = times[0]
        figures[f"{text} ms"] = statistics.median(times[1:])
    print_figures(figures, as_json=arguments.json)


def photo_columns(photos: int) -> "pa.Table":
    """Photos of twenty years in eight thousand folders, half of them with metadata."""
    import pyarrow as pa

    rng = np.random.default_rng(7)
    is_unknown = rng.random(photos) < 0.5

    def some(values: list[str]) -> "pa.Array":
        return pa.array(np.array(values, object)[rng.integers(len(values), size=photos)])

    def known(values: object) -> "pa.Array":
        return pa.array(values, mask=is_unknown)

    numbers = range(photos)
    return pa.table(
        {
            "path": [
                f"/home/me/Pictures/{2000 + n % 20}/trip {n % 401}/IMG_{n:07d}."
                f"{'jpg' if n % 3 else 'HEIC'}"
                for n in numbers
            ],
            "content_hash": [f"{n % (photos * 9 // 10 + 1):032x}" for n in numbers],
            "modified_ns": rng.integers(10**18, 16 * 10**17, photos),
            "width": rng.integers(500, 6000, photos).astype(np.int32),
            "height": rng.integers(500, 6000, photos).astype(np.int32),
            "taken_at": known(rng.integers(10**15, 16 * 10**14, photos)).cast(pa.timestamp("us")),
            "camera": some(["Nikon D100", "Canon EOS 5D", "Apple iPhone 12"]),
            "lens": some(["EF50mm f/1.8 II", "18-55mm"]),
            "latitude": known(rng.uniform(-90, 90, photos)),
            "longitude": known(rng.uniform(-180, 180, photos)),
            "rating": known(rng.integers(0, 6, photos).astype(np.int8)),
            "keywords": [[f"Places|Italy|{n % 500}", "family"] if n % 2 else [] for n in numbers],
        }
    )


if __name__ == "__main__":
    main()
