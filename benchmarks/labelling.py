"""How long it takes to keep, read and undo what the user says of very many photos.

``python -m benchmarks.labelling [--photos 1000000] [--decisions 500000] [--tags 600]``
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.common import milliseconds, print_figures
from benchmarks.filtering import photo_columns
from clipsearch.core.facets import Facets
from clipsearch.core.label_exchange import export_labels, import_labels
from clipsearch.core.label_names import now
from clipsearch.core.labels import LabelStore
from clipsearch.core.library_labels import LibraryLabels

_ROUNDS = 7
_SCREEN = 200
"""Photos of which a window asks at once."""
_AT_ONCE = 10_000
_LIGHT = 250_000


def main() -> None:
    """Print milliseconds of each step: the median of several, or of one where it changes much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=500_000)
    parser.add_argument("--tags", type=int, default=600)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    facets = Facets(photo_columns(arguments.photos))
    contents = facets.content_hashes.to_pylist()
    figures: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        store = LabelStore(Path(folder) / "labels.sqlite")
        light = min(_LIGHT, arguments.decisions)
        _fill(store, contents, range(light), arguments.tags)
        figures[f"tags of {light} decisions"] = _median(store.tags.tags)
        _fill(store, contents, range(light, arguments.decisions), arguments.tags)
        figures |= _edits(store, contents)
        figures |= _reads(store, contents, facets)
        figures |= _files(store, Path(folder))
        store.close()
    print_figures({f"{name}_ms": took for name, took in figures.items()}, as_json=arguments.json)


def _fill(store: LabelStore, contents: Sequence[str], numbers: range, tags: int) -> None:
    with store.file.writing() as connection:
        connection.executemany(
            "INSERT INTO tags VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(tag, f"tag {tag}", f"tag {tag}", now()) for tag in range(tags)],
        )
        connection.executemany(
            "INSERT INTO decisions VALUES (?, ?, ?, 'user', ?) ON CONFLICT DO NOTHING",
            sorted(
                (
                    number % tags,
                    contents[number * 7919 % len(contents)],
                    "accepted" if number % 5 else "rejected",
                    now(),
                )
                for number in numbers
            ),
        )


def _edits(store: LabelStore, contents: Sequence[str]) -> dict[str, float]:
    many = contents[:_AT_ONCE]
    return {
        "first edit of the day, with its backup": milliseconds(
            lambda: store.tags.decide("one", contents[:1], "accepted")
        ),
        "one photo accepted": _median(lambda: _toggle(store, contents[:1])) / 2,
        f"{_AT_ONCE} photos accepted": milliseconds(
            lambda: store.tags.decide("many", many, "accepted")
        ),
        "the same undone": milliseconds(store.file.undo),
        "the same redone": milliseconds(store.file.redo),
    }


def _toggle(store: LabelStore, contents: Sequence[str]) -> None:
    store.tags.decide("toggled", contents, "accepted")
    store.tags.decide("toggled", contents, None)


def _reads(store: LabelStore, contents: Sequence[str], facets: Facets) -> dict[str, float]:
    labels = LibraryLabels(store, lambda query: [])
    _ = facets.keywords  # Of the files alone; kept as long as the photos stay.
    number = iter(range(_ROUNDS))

    def after_an_edit() -> None:
        store.tags.decide("toggled", contents[next(number) :][:1], "accepted")
        labels.keywords(facets)

    return {
        f"what is said of {_SCREEN} photos": _median(
            lambda: store.tags.of_photos(contents[:_SCREEN])
        ),
        "tags with their counts": _median(store.tags.tags),
        "an edit, and the tags of all photos after it": _median(after_an_edit),
        "the tags of all photos again": _median(lambda: labels.keywords(facets)),
    }


def _files(store: LabelStore, folder: Path) -> dict[str, float]:
    target = folder / "labels.jsonl"
    (folder / "other").mkdir()
    other = LabelStore(folder / "other" / "labels.sqlite")
    figures = {
        "check at opening": _median(store.file.damage),
        "exported": milliseconds(lambda: export_labels(store.file, target, {})),
        "imported": milliseconds(lambda: import_labels(other.file, target)),
    }
    other.close()
    return figures


def _median(work: Callable[[], object]) -> float:
    return statistics.median(milliseconds(work) for _ in range(_ROUNDS))


if __name__ == "__main__":
    main()
