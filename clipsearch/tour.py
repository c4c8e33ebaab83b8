"""The tour: the search on sample photos, in the window, or printed where there is no display."""

import os
import sys
from pathlib import Path

from clipsearch.cli import output
from clipsearch.cli.hits import as_dict
from clipsearch.core.library import Library
from clipsearch.core.query import Query
from clipsearch.core.samples import copy_samples
from clipsearch.core.types import Hit
from clipsearch.errors import InputError
from clipsearch.settings import Settings, cache_folder

QUERIES = ("a cat", "a cup of coffee", "a rocket launch")
PICTURE = "clipsearch-tour.png"
_HITS_SHOWN = 3


def run(settings: Settings, library: Path | None, *, headless: bool, as_json: bool) -> int:
    """Index the sample photos in a library of their own, and show them.

    Without a display, or if asked: prints the hits of three queries and writes
    ``clipsearch-tour.png``, a picture of the real window, into the current folder.

    Returns:
        The exit code.

    Raises:
        InputError: The sample photos are not installed, or the picture cannot be written.
    """
    if not headless and not _has_display():
        output.notice("There is no display here: the tour goes on without a window.")
        headless = True
    photos = copy_samples(cache_folder() / "samples")
    root = library or cache_folder() / "tour-library"
    if not headless:
        from clipsearch import app

        return app.run(root, settings, index_first=[photos])
    _run_headless(Library(root, settings), photos, settings, as_json=as_json)
    return 0


def _run_headless(library: Library, photos: Path, settings: Settings, *, as_json: bool) -> None:
    with output.progress_bar("indexing the sample photos") as progress:
        library.open()
        report = library.index([photos], progress=progress)
    hits = {words: library.search(Query.of(words, k=_HITS_SHOWN)) for words in QUERIES}
    picture = _save_picture(library, settings)
    library.close()
    if as_json:
        output.print_json(
            {
                "photos": report.added + report.unchanged,
                "queries": [_as_dict(words, found) for words, found in hits.items()],
                "picture": str(picture),
            }
        )
        return
    rows = [
        (words if place == 0 else "", f"{hit.score:.3f}", hit.photo.path.name)
        for words, found in hits.items()
        for place, hit in enumerate(found)
    ]
    output.print_table(["query", "score", "photo"], rows)
    output.print_line(f"The window, with the hits for '{QUERIES[0]}': {picture}")


def _as_dict(words: str, hits: list[Hit]) -> dict[str, object]:
    return {"query": words, "hits": [as_dict(hit) for hit in hits]}


def _save_picture(library: Library, settings: Settings) -> Path:
    # Before Qt is imported: it needs no display to render into a picture.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from clipsearch.gui.snapshot import save_picture_of_window

    picture = Path.cwd() / PICTURE
    if not os.access(picture.parent, os.W_OK):
        raise InputError(f"{picture} cannot be written: start the tour in a folder of yours.")
    save_picture_of_window(library, settings, QUERIES[0], picture)
    return picture


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
