"""The entry point: puts command line, window and tour together."""

import multiprocessing
import sys
from pathlib import Path

from clipsearch.settings import Settings


def _open_window(library: Path, settings: Settings) -> int:
    from clipsearch.app import run

    return run(library, settings)


def _tour(settings: Settings, library: Path | None, headless: bool, as_json: bool) -> int:
    from clipsearch.tour import run

    return run(settings, library, headless=headless, as_json=as_json)


def main() -> int:
    """Run the command line; without arguments, the window."""
    # First: a frozen app starts its worker processes through this function too.
    multiprocessing.freeze_support()
    if len(sys.argv) == 1:
        return main_window()
    from clipsearch.cli import Launchers
    from clipsearch.cli import main as run

    return run(Launchers(window=_open_window, tour=_tour))


def main_window() -> int:
    """Open the window without loading the command line, which costs a third of its start."""
    from clipsearch.errors import ClipSearchError
    from clipsearch.settings import default_library, load_settings

    try:
        return _open_window(default_library(), load_settings())
    except ClipSearchError as error:
        from clipsearch.app import report_error

        report_error(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
