"""Whether deciding by keyboard in review mode ever waits: the stalls of the window's event loop.

Run it with a display, or with ``QT_QPA_PLATFORM=offscreen``::

    uv run python -m benchmarks.reviewing [--photos 1000] [--decisions 100] [--pause 60] [--json]

Drawn photos are indexed with the starter model, then a window of 1180 x 800 goes through all of
them as candidates for one tag. Keys come by themselves, ``pause`` milliseconds apart, two of three
accept, one rejects. A timer ticks every millisecond; a stall is the time between two ticks, so it
holds whatever a key, a repaint, a thumbnail or a worker thread took. Thumbnails are made from the
files at the same time, as they would be the first time; decisions are written to SQLite, and
``kept`` is what is on the disk in the end.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from benchmarks.common import draw_jpeg, print_figures
from clipsearch.app import create_application
from clipsearch.core.library import Library
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tagging import TagReport
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.review_page import ReviewPage
from clipsearch.gui.thumbnails import picture_source
from clipsearch.progress import Progress
from clipsearch.settings import Settings

_PATIENCE_S = 300
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_A, Qt.Key.Key_Delete)


@dataclass(frozen=True)
class Reason:
    """Always the same."""

    text: str = "a photo"
    via: str = ""


@dataclass(frozen=True)
class Suggestion:
    """See `clipsearch.gui.label_contracts.TagSuggestion`."""

    content_hash: str
    tag: str
    certainty: float
    reason: Reason = Reason()


class EveryPhoto:
    """Suggests any tag for every photo of a library; a `clipsearch.gui.label_contracts.Tagger`."""

    def __init__(self, library: Library) -> None:
        """Suggest it for these photos, the first of them being the surest."""
        self._library = library

    def suggest(self, *, slider: float, progress: Progress) -> TagReport:
        """See `Tagging.suggest`."""
        return self._library.tagging.suggest(slider=slider, progress=progress)

    def draw_line(self, slider: float) -> None:
        """See `Tagging.draw_line`."""
        self._library.tagging.draw_line(slider)

    def vocabulary(self) -> TagVocabulary:
        """None."""
        return TagVocabulary(())

    def counts(self) -> dict[str, int]:
        """Of one tag."""
        return {"anything": len(self._library.photos())}

    def suggestions_of(self, contents: Collection[str]) -> dict[str, list[Suggestion]]:
        """One each."""
        return {content: [Suggestion(content, "anything", 0.9)] for content in contents}

    def candidates(self, tag: str, *, ask: int = 0) -> list[Suggestion]:
        """All photos, in one order."""
        photos = self._library.photos()
        sure = np.linspace(0.99, 0.05, len(photos))
        return [
            Suggestion(photo.content_hash, tag, float(certainty))
            for photo, certainty in zip(photos, sure, strict=True)
        ]


@dataclass
class Ticks:
    """When the event loop was free, seconds."""

    at: list[float] = field(default_factory=list)

    def tick(self) -> None:
        """It is free now."""
        self.at.append(time.perf_counter())

    @property
    def stalls_ms(self) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """Milliseconds between two ticks."""
        stalls: np.ndarray[Any, np.dtype[np.float64]] = np.diff(self.at) * 1000
        return stalls


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--pause", type=int, default=60, help="milliseconds between two keys")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        library = _make_library(home, options.photos)
        try:
            figures = _measure(library, home, options.decisions, options.pause)
        finally:
            library.close()
    print_figures(figures, as_json=options.json)


def _make_library(home: Path, photos: int) -> Library:
    os.environ["CLIPSEARCH_HOME"] = str(home)
    folder = home / "photos"
    folder.mkdir()
    for number in range(photos):
        (folder / f"{number:05}.jpg").write_bytes(draw_jpeg(number))
    library = Library(home / "library", Settings())
    library.index([folder])
    return library


def _measure(library: Library, home: Path, decisions: int, pause: int) -> dict[str, Any]:
    settings = Settings()
    create_application(settings)
    runner = JobRunner()
    window = MainWindow(
        library,
        picture_source(settings),
        runner,
        settings,
        home / "scratch",
        pace=LatePace(settings),
        make_tagger=lambda: EveryPhoto(library),
    )
    window.resize(1180, 800)
    window.show()
    window.start()
    _wait(lambda: window.is_settled)
    window.labels.reviewing.review("anything")
    page = window.labels.reviewing.page
    assert page is not None
    _wait(lambda: page.model.rowCount() > 0)
    started = time.perf_counter()
    ticks = _press_keys(page, decisions, pause)
    seconds = time.perf_counter() - started
    decided = page.model.rowCount() - page.model.count_of(None)
    _wait(lambda: window.is_settled)
    kept = len(library.labels.tags.of_tag("anything"))
    window.hide()
    runner.close()
    stalls = ticks.stalls_ms
    return {
        "candidates": page.model.rowCount(),
        "decided": decided,
        "kept": kept,
        "seconds": seconds,
        "decisions_in_ten_minutes": round(decided / seconds * 600),
        "stall_max_ms": float(stalls.max()),
        "stall_p99_ms": float(np.percentile(stalls, 99)),
        "stall_median_ms": float(statistics.median(stalls)),
        "stalls_over_50_ms": int((stalls > 50).sum()),
    }


def _press_keys(page: ReviewPage, decisions: int, pause: int) -> Ticks:
    """Press so many keys, and tell when the event loop was free until all had their effect."""
    loop, ticks = QEventLoop(), Ticks()
    left = iter(range(decisions))

    def press() -> None:
        number = next(left, None)
        if number is None:
            loop.quit()
            return
        key = _KEYS[number % len(_KEYS)]
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.postEvent(page.wall, event)

    ticker = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
    ticker.timeout.connect(ticks.tick)
    keys = QTimer(interval=pause, timerType=Qt.TimerType.PreciseTimer)
    keys.timeout.connect(press)
    ticker.start()
    keys.start()
    loop.exec()
    return ticks


def _wait(is_so: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("The window did not come to rest in five minutes.")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


if __name__ == "__main__":
    main()
