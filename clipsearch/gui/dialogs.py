"""The dialogs of the window; none of them stops the rest of it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from clipsearch import __version__


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)


def ask_for_folder(parent: QWidget, start: Path, take: Callable[[Path], object]) -> None:
    """Let the user choose a folder of photos.

    Args:
        parent: The window.
        start: The folder to begin in.
        take: Called with the folder that was chosen, if one was.
    """
    dialog = QFileDialog(parent, _tr("Add a folder of photos"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setDirectory(str(start))
    dialog.fileSelected.connect(lambda name: take(Path(name)))
    dialog.open()


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("About clipsearch"))
    box.setText(f"clipsearch {__version__}")
    box.setInformativeText(_tr("Private photo search. Nothing leaves this computer."))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
