"""Whether deciding by keyboard in review mode ever waits: the stalls of the window's event loop.

Run it with a display, or with ``QT_QPA_PLATFORM=offscreen``::

    uv run python -m benchmarks.reviewing [--photos 1000] [--decisions 100] [--pause 60] [--json]

Drawn photos are indexed with the starter model, then a window of 1180 x 800 goes through all of
them as candidates for one tag. Keys come by themselves, ``pause`` milliseconds apart, two of three
accept, one rejects, and after 25 there is a pause of 2 seconds. The tag is learned from that while
the keys go on (``rankings`` times, ``learned_median_ms`` each), the wall is ranked anew, and in the
pauses the suggestions of the library follow. A timer ticks every millisecond; a stall is the time
between two ticks, so it holds whatever a key, a repaint, a thumbnail or a worker thread took, and
other programs; ``own_max_ms`` is the processor time of the window's own thread between two ticks.
Thumbnails are made from the files at the same time, as they would be the first time; decisions are
written to SQLite, and ``kept`` is what is on the disk in the end.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from benchmarks.common import draw_jpeg, print_figures
from clipsearch.app import create_application
from clipsearch.core.library import Library
from clipsearch.core.suggestions import Reason, Suggestion
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.tagging import TagReport
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.review_page import ReviewPage
from clipsearch.gui.thumbnails import picture_source
from clipsearch.progress import Progress
from clipsearch.settings import Settings

_TAG = "dog"
_SPELL = 25
"""Keys, before a pause in which everything that is suggested follows what was learned."""
_REST_MS = 2000
_PATIENCE_S = 300
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_A, Qt.Key.Key_Delete)


class EveryPhoto:
    """Has every photo reviewed, learned or not; a `clipsearch.gui.label_contracts.Tagger`."""

    def __init__(self, library: Library) -> None:
        """Suggest any tag for these photos, at first in the order of the library."""
        self._library = library
        self.seconds: list[float] = []
        """Of each time that a tag was learned."""

    def suggest(self, *, slider: float, progress: Progress) -> TagReport:
        """See `Tagging.suggest`."""
        return self._library.tagging.suggest(slider=slider, progress=progress)

    def draw_line(self, slider: float) -> None:
        """See `Tagging.draw_line`."""
        self._library.tagging.draw_line(slider)

    def vocabulary(self) -> TagVocabulary:
        """See `Tagging.vocabulary`."""
        return self._library.tagging.vocabulary()

    def counts(self) -> dict[str, int]:
        """See `Tagging.counts`."""
        return self._library.tagging.counts()

    def suggestions_of(self, contents: Collection[str]) -> dict[str, list[Suggestion]]:
        """See `Tagging.suggestions_of`."""
        return self._library.tagging.suggestions_of(contents)

    def candidates(self, tag: str, *, ask: int = 0, keep: bool = True) -> list[Suggestion]:
        """All photos of which nothing is decided, however uncertain."""
        verdicts = {d.content_hash: d.verdict for d in self._library.labels.tags.of_tag(tag)}
        photos = self._library.photos()
        if "accepted" not in verdicts.values():
            reason = Reason("a photo", "", 0.0, 0.0)
            sure = np.linspace(0.99, 0.05, len(photos))
            return [
                Suggestion(photo.content_hash, tag, float(certainty), reason)
                for photo, certainty in zip(photos, sure, strict=True)
                if photo.content_hash not in verdicts
            ]
        start = time.perf_counter()
        lesson = self._library.tagging.learn(tag, ask=ask, keep=keep)
        self.seconds.append(time.perf_counter() - start)
        return [one for one in lesson.candidates(len(photos)) if one.content_hash not in verdicts]


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
    library.tagging.suggest()
    return library


def _measure(library: Library, home: Path, decisions: int, pause: int) -> dict[str, Any]:
    settings = Settings()
    create_application(settings)
    runner = JobRunner()
    tagger = EveryPhoto(library)
    window = MainWindow(
        library,
        picture_source(settings),
        runner,
        settings,
        home / "scratch",
        pace=LatePace(settings),
        make_tagger=lambda: tagger,
    )
    window.resize(1180, 800)
    window.show()
    window.start()
    _wait(lambda: window.is_settled)
    window.labels.reviewing.review(_TAG)
    page = window.labels.reviewing.page
    assert page is not None
    _wait(lambda: page.model.rowCount() > 0)
    started = time.perf_counter()
    ticks = _press_keys(page, decisions, pause)
    seconds = time.perf_counter() - started
    decided = page.model.rowCount() - page.model.count_of(None)
    _wait(lambda: window.is_settled)
    kept = len(library.labels.tags.of_tag(_TAG))
    window.hide()
    runner.close()
    stalls, own = 1000 * np.diff(np.array(ticks), axis=0).T
    return {
        "candidates": page.model.rowCount(),
        "decided": decided,
        "kept": kept,
        "seconds": seconds,
        "rankings": len(tagger.seconds),
        "learned_median_ms": 1000 * statistics.median(tagger.seconds),
        "decisions_in_ten_minutes": round(decided / seconds * 600),
        "stall_max_ms": float(stalls.max()),
        "stall_p99_ms": float(np.percentile(stalls, 99)),
        "stall_median_ms": float(statistics.median(stalls)),
        "stalls_over_50_ms": int((stalls > 50).sum()),
        "own_max_ms": float(own.max()),
    }


def _press_keys(page: ReviewPage, decisions: int, pause: int) -> list[tuple[float, float]]:
    """Press so many keys until all had their effect.

    Returns:
        When the event loop was free, and the processor time of this thread until then, seconds.
    """
    loop, ticks = QEventLoop(), list[tuple[float, float]]()
    left = iter(range(decisions))

    def press() -> None:
        number = next(left, None)
        if number is None:
            loop.quit()
            return
        keys.setInterval(pause if (number + 1) % _SPELL else _REST_MS)
        key = _KEYS[number % len(_KEYS)]
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
            QCoreApplication.postEvent(page.wall, event)

    ticker = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
    ticker.timeout.connect(lambda: ticks.append((time.perf_counter(), time.thread_time())))
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
