"""What the tests of watching share: waiting without sleeping on it, and counting threads."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from clipsearch.core.debounce import Patience
from clipsearch.core.watch import FolderWatcher

SOON = 60.0
"""Seconds within which anything that is to happen must have happened."""

QUICK = Patience(quiet=0.2, longest=2.0, resting=0.3)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fails after a generous time."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def gather(watcher: FolderWatcher, *wanted: Path) -> list[frozenset[Path]]:
    """Batches until all wanted places, or folders that they lie in, were handed over."""
    batches: list[frozenset[Path]] = []
    end = time.monotonic() + SOON
    missing = set(wanted)
    while missing:
        assert time.monotonic() < end, f"not handed over: {sorted(missing)[:5]}"
        if batch := watcher.next_batch(0.5):
            batches.append(batch)
            missing = {p for p in missing if batch.isdisjoint({p, *p.parents})}
    return batches


def watch_threads() -> list[str]:
    """Names of threads that watching has started."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("watch-") or type(thread).__module__.startswith("watchdog")
    ]
