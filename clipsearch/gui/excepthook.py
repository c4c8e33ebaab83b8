"""The last resort: a bug is logged and shown with a report that can be copied."""

import logging
import platform
import sys
import threading
import traceback
from types import TracebackType

import PySide6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from clipsearch import __version__

log = logging.getLogger(__name__)


def hand_over(error: Exception) -> None:
    """Give an exception that a job brought to the GUI thread to the excepthook."""
    sys.excepthook(type(error), error, error.__traceback__)


def write_report(error: BaseException) -> str:
    """What a bug report needs: versions, platform and the traceback."""
    trace = "".join(traceback.format_exception(error))
    return (
        f"clipsearch {__version__}\nPython {platform.python_version()}\n"
        f"PySide6 {PySide6.__version__}\n{platform.platform()}\n\n{trace}"
    )


class BugDialog(QDialog):
    """Says that something went wrong, and lets the user copy the report. Not modal."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        """Make the dialog around a report."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.resize(640, 400)
        text = QLabel(
            self.tr(
                "clipsearch made a mistake. Your photos and the library are safe. You can go on; "
                "if it happens again, please send this report. It names files of yours: "
                "look through it before."
            ),
            wordWrap=True,
        )
        self._report = QPlainTextEdit(report, readOnly=True)
        self._report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._report.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(
            self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(self._report, 1)
        column.addWidget(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report.toPlainText())


class ExceptHook(QObject):
    """Receives what nobody caught, from any thread; the dialog opens in the GUI thread."""

    _raised = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        """Make the hook; `install` puts it to work."""
        super().__init__(parent)
        self._dialog: BugDialog | None = None
        self._raised.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over from Python's own hooks."""
        sys.excepthook = self.handle
        threading.excepthook = self._handle_thread

    def uninstall(self) -> None:
        """Give the hooks back to Python."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def handle(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log and show one exception; an interrupt from the terminal quits instead."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.critical("A bug", exc_info=(kind, error, trace))
        self._raised.emit(write_report(error))

    def _handle_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.handle(args.exc_type, args.exc_value, args.exc_traceback)

    def _show(self, report: str) -> None:
        # One dialog: a bug in a paint event would open hundreds.
        if self._dialog is None:
            self._dialog = BugDialog(report, QApplication.activeWindow())
            self._dialog.destroyed.connect(self._forget)
            self._dialog.show()

    def _forget(self) -> None:
        self._dialog = None
