"""Takes a picture of the real window with the answer to a query in it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from clipsearch.errors import InputError, LibraryError
from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.fonts import ensure_font
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.theme import apply_theme
from clipsearch.gui.thumbnails import picture_source
from clipsearch.settings import Settings

_PATIENCE_MS = 300_000
_LOOK_MS = 20


def save_picture_of_window(
    library: PhotoLibrary,
    settings: Settings,
    query: str,
    target: Path,
    *,
    size: tuple[int, int] = (1280, 860),
) -> None:
    """Show the window, search, wait until nothing is left to load, and save what is to be seen.

    Works without a screen with ``QT_QPA_PLATFORM=offscreen``. GUI thread only.

    Args:
        library: Already indexed.
        settings: As for the window.
        query: Words to search for.
        target: PNG file to write.
        size: Logical pixels of the window.

    Raises:
        ClipSearchError: The search failed, took too long, or the file cannot be written.
    """
    instance = QApplication.instance()
    app = instance if isinstance(instance, QApplication) else QApplication([])
    ensure_font(app)
    apply_theme(app, settings.theme)
    runner = JobRunner()
    with TemporaryDirectory(prefix="clipsearch-") as scratch:
        window = MainWindow(
            library,
            picture_source(settings),
            runner,
            settings,
            Path(scratch),
            pace=LatePace(settings),
        )
        try:
            window.resize(*size)
            window.show()
            window.start(query=query)
            _wait_for(window)
            _refuse_errors(window)
            if not window.grab().save(str(target), "PNG"):
                raise InputError(
                    f"{target} cannot be written: choose a PNG file in a folder that exists."
                )
        finally:
            # Hidden, not closed: closing remembers the place of the user's own window.
            window.hide()
            runner.close()
            window.deleteLater()
            app.processEvents()


def _wait_for(window: MainWindow) -> None:
    loop = QEventLoop()
    look = QTimer(interval=_LOOK_MS)
    look.timeout.connect(lambda: loop.quit() if window.is_settled else None)
    limit = QTimer(interval=_PATIENCE_MS, singleShot=True)
    limit.timeout.connect(loop.quit)
    look.start()
    limit.start()
    loop.exec()
    if not window.is_settled:
        raise LibraryError("The window took more than five minutes to show the photos: try again.")


def _refuse_errors(window: MainWindow) -> None:
    if window.trouble:
        raise InputError(window.trouble)
