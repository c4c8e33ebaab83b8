"""Shows a file in the platform's file manager."""

import logging
import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from clipsearch.errors import InputError

log = logging.getLogger(__name__)


def show_in_folder(path: Path) -> None:
    """Open the file's folder, with the file selected where the platform can do that.

    Raises:
        InputError: The folder is gone, or no program opens folders.
    """
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} is not there any more: update the library.")
    if sys.platform == "win32":
        shown = QProcess.startDetached("explorer", [f"/select,{path}"])[0]
    elif sys.platform == "darwin":
        shown = QProcess.startDetached("open", ["-R", str(path)])[0]
    else:
        shown = _ask_file_manager(path, "ShowItems")
    if not shown:
        _open_folder(path.parent, f"the photo is in {path.parent}")


def show_folder(folder: Path) -> None:
    """Open a folder.

    Raises:
        InputError: It is not there, or no program opens folders.
    """
    if not folder.is_dir():
        raise InputError(f"The folder {folder} is not there now: connect its drive.")
    is_unix = sys.platform not in {"win32", "darwin"}
    if not (is_unix and _ask_file_manager(folder, "ShowFolders")):
        _open_folder(folder, f"it is {folder}")


def _open_folder(folder: Path, hint: str) -> None:
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        raise InputError(f"No program opens folders here; {hint}.")


def _ask_file_manager(path: Path, what: str) -> bool:
    """Ask over D-Bus, as freedesktop.org's file manager interface describes."""
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, what)
    message.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    answer = bus.call(message, QDBus.CallMode.Block, 1000)
    if answer.type() != QDBusMessage.MessageType.ReplyMessage:
        log.info("No file manager answers on D-Bus: %s", answer.errorMessage())
        return False
    return True
