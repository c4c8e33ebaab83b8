"""How long until the window is painted, against loading the model's libraries first.

Run it with a display, or with ``QT_QPA_PLATFORM=offscreen``::

    uv run --extra samples python -m benchmarks.startup [--runs 7] [--json]

Each run is a new process. ``painted`` and ``ready`` (the first query answers at once) count from
the start of the process; ``eager`` is the time in which a process only imports Qt, torch,
open_clip and LanceDB, which a window that does not put them off would spend before it is painted.
Python keeps its compiled files as it does for users, even where the environment forbids it: to
compile torch and open_clip anew takes four times as long as to import them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clipsearch.core.library import Library
from clipsearch.core.samples import copy_samples
from clipsearch.settings import default_library, load_settings

_EAGER = "import PySide6.QtWidgets, torch, open_clip, lancedb"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLIPSEARCH_HOME"] = home
        _prepare_library(Path(home))
        _start_window(Path(home))  # Warms the disk's cache, makes the measured plan.
        _seconds_of_imports()
        starts = [_start_window(Path(home)) for _ in range(options.runs)]
        eager = [_seconds_of_imports() for _ in range(options.runs)]
    figures = {
        "runs": options.runs,
        "painted_s": statistics.median(start["painted_s"] for start in starts),
        "ready_s": statistics.median(start["ready_s"] for start in starts),
        "eager_imports_s": statistics.median(eager),
    }
    figures["eager_to_painted"] = figures["eager_imports_s"] / figures["painted_s"]
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:18} {value:.3f}\n")


def _prepare_library(home: Path) -> None:
    library = Library(default_library(), load_settings())
    library.index([copy_samples(home / "samples")])
    library.close()


def _start_window(home: Path) -> dict[str, float]:
    report = home / "startup.json"
    environment = os.environ | {
        "CLIPSEARCH_STARTUP_REPORT": str(report),
        "CLIPSEARCH_STARTUP_REPORT_EXIT": "1",
    }
    subprocess.run([sys.executable, "-m", "clipsearch"], env=environment, check=True, timeout=120)
    times: dict[str, float] = json.loads(report.read_text(encoding="utf-8"))
    return times


def _seconds_of_imports() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", _EAGER], check=True, timeout=120)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
