"""Composition root of the window: settings, logging, library, jobs, window."""

import logging
import logging.handlers
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox

from clipsearch import __version__
from clipsearch.core.types import DuplicateGroup, Removal
from clipsearch.errors import InputError
from clipsearch.gui.contracts import ModelShelf, PhotoLibrary, Watcher
from clipsearch.gui.excepthook import ExceptHook
from clipsearch.gui.fonts import ensure_font
from clipsearch.gui.icons import app_icon
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.late_library import LateLibrary
from clipsearch.gui.late_models import LateModels
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.startup import FirstPaint, StartupReport
from clipsearch.gui.theme import apply_theme
from clipsearch.gui.thumbnails import picture_source
from clipsearch.progress import Progress
from clipsearch.settings import Settings, cache_folder

_LOG_BYTES = 1_000_000
_LOG_FILES = 3


def run(
    library_root: Path,
    settings: Settings,
    *,
    index_first: Sequence[Path] = (),
    query: str = "",
) -> int:
    """Show the window until it is closed.

    Args:
        library_root: Folder of the library; made when something is first indexed.
        settings: Read once.
        index_first: Folders to index at the start.
        query: Words to search for at the start.

    Returns:
        The exit status of the process.

    Raises:
        InputError: The cache folder cannot be written, or the library is a file.
    """
    if library_root.exists() and not library_root.is_dir():
        raise InputError(f"The library {library_root} is a file: name a folder.")
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch_folder = TemporaryDirectory(prefix="pasted-", dir=cache)
    except OSError as error:
        raise InputError(
            f"The cache folder {cache} cannot be written ({error.strerror}): allow writing, "
            "or set CLIPSEARCH_HOME to another folder."
        ) from error
    # Closed in the reverse order: jobs first, since they use the library.
    with (
        scratch_folder as scratch,
        logging_to(cache / "logs"),
        closing(LateLibrary(partial(make_library, library_root, settings))) as library,
        closing(JobRunner()) as runner,
    ):
        with exit_without_display(scratch_folder.cleanup):
            app = create_application(settings)
        window = MainWindow(
            library,
            picture_source(settings),
            runner,
            settings,
            Path(scratch),
            pace=LatePace(settings),
            make_samples=make_samples,
            make_watcher=partial(make_watcher, settings) if settings.watch_folders else None,
            models=LateModels(partial(make_models, library)),
            remove=remove_chosen,
            make_tagger=lambda: library.tagging,
            make_tuner=lambda: library.tuning,
        )
        report = StartupReport.from_environment()
        first_paint = FirstPaint(window)
        if report is not None:
            first_paint.happened.connect(report.painted)
            window.ready.connect(report.ready)
        first_paint.happened.connect(lambda: window.start(index_first=index_first, query=query))
        window.restore_state()
        window.show()
        status = app.exec()
        window.close()
    return status


@contextmanager
def exit_without_display(clean_up: Callable[[], None]) -> Iterator[None]:
    """End with a sentence where Qt finds no display, and would abort the process.

    Args:
        clean_up: Called before the end, since nothing else is.
    """

    def log(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        _log_qt(kind, context, message)
        if kind == QtMsgType.QtFatalMsg:
            clean_up()
            _tell(
                "No window can be opened here: 'clipsearch doctor' says what is missing. "
                "The command line works without one."
            )
            os._exit(2)  # Qt aborts as soon as this returns.

    previous = qInstallMessageHandler(log)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)


def _tell(sentence: str) -> None:
    if sys.stderr is not None:  # None in a process without a console on Windows.
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


def report_error(sentence: str) -> None:
    """Say what keeps the window from opening: on the terminal, and in a box if there is none."""
    _tell(sentence)
    if sys.stderr is None or not sys.stderr.isatty():
        with exit_without_display(lambda: None):
            app = create_application(Settings())
        # Nobody could close the box of a display that nobody sees.
        if app.platformName() not in {"offscreen", "minimal"}:
            QMessageBox.critical(None, "clipsearch", sentence)


def make_library(root: Path, settings: Settings) -> PhotoLibrary:
    """Import and make the library; for a worker thread, after the first paint."""
    from clipsearch.core.library import Library

    return Library(root, settings)


def make_models(library: PhotoLibrary) -> ModelShelf:
    """Import and make the list of models; for a worker thread."""
    from clipsearch.core.models import Models

    return Models(library)


def remove_chosen(
    library: PhotoLibrary, groups: Sequence[DuplicateGroup], *, progress: Progress
) -> Removal:
    """Move duplicates to the bin; for a worker thread."""
    from clipsearch.core import removal

    return removal.remove_chosen(library, groups, progress=progress)


def make_samples() -> Path:
    """Put the sample photos into the cache folder; for a worker thread."""
    from clipsearch.core.samples import copy_samples

    return copy_samples(cache_folder() / "samples")


def make_watcher(settings: Settings, notice: Callable[[str], None]) -> Watcher:
    """Make a watcher of folders that leaves out what the settings say; for a worker thread."""
    from clipsearch.core.ignoring import IgnorePatterns
    from clipsearch.core.watch import FolderWatcher

    return FolderWatcher(notice, ignored=IgnorePatterns(settings.ignore))


def create_application(settings: Settings) -> QApplication:
    """Make the one `QApplication`, named, with its icon and colours."""
    QApplication.setApplicationName("clipsearch")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("clipsearch")
    instance = QApplication.instance()
    app = instance if isinstance(instance, QApplication) else QApplication(sys.argv[:1])
    app.setWindowIcon(app_icon())
    ensure_font(app)
    apply_theme(app, settings.theme)
    # Python sees Ctrl+C only between its own lines, and Qt's loop has none; every batch is
    # committed, so an end at any point loses nothing.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return app


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Write what clipsearch and Qt log to a file that is kept small, and catch bugs."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "clipsearch.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("clipsearch")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    hook = ExceptHook()
    hook.install()
    previous = qInstallMessageHandler(_log_qt)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
        hook.uninstall()
        logger.removeHandler(handler)
        handler.close()


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("clipsearch.qt").log(_LEVELS.get(kind, logging.WARNING), "%s", message)
