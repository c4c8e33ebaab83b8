"""The dialogs of the window; none of them stops the rest of it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from clipsearch import __version__
from clipsearch.core.types import FolderState


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


def ask_to_remove(parent: QWidget, folder: FolderState, remove: Callable[[], object]) -> None:
    """Ask once whether a folder is to leave the library.

    Args:
        parent: Where the question belongs.
        folder: What is asked about.
        remove: Called if the user wants that.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Remove from the library"))
    # Plain: a folder's name is never taken for HTML.
    box.setTextFormat(Qt.TextFormat.PlainText)
    name = folder.path.name or str(folder.path)
    box.setText(_tr("Remove \u201c{name}\u201d from the library?").format(name=name))
    box.setInformativeText(
        _tr(
            "Its photos leave the library. The files stay where they are, and what you have said "
            "of the photos, such as tags, is kept for when the folder comes back."
        )
    )
    button = box.addButton(_tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    button.clicked.connect(remove)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("About clipsearch"))
    box.setText(f"clipsearch {__version__}")
    box.setInformativeText(_tr("Private photo search. Nothing leaves this computer."))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
