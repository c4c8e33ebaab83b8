"""Asks which backup of the user's words is to be restored."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from clipsearch.core.label_backups import Backup
from clipsearch.gui.photo_facts import day
from clipsearch.gui.popup import Popup
from clipsearch.gui.work import size

_WIDTH, _HEIGHT = 320, 220
"""Logical pixels of the list."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("BackupPopup", text)


def made_words(backup: Backup) -> str:
    """When a backup was made, in the user's time and to the second: several may be of one day."""
    made = backup.made_at.astimezone()
    return f"{day(made)} {made:%H:%M:%S}"


class BackupPopup(Popup):
    """Gives the `Backup` that is chosen."""

    def __init__(self, backups: Sequence[Backup], parent: QWidget) -> None:
        """List the backups, of which there is one at least, with the first one chosen."""
        super().__init__(_tr("Which backup is to be restored?"), _tr("&Restore…"), parent)
        self.setAccessibleName(_tr("Which backup is to be restored?"))
        self._backups = backups
        self.list = QListWidget()
        self.list.setFixedSize(_WIDTH, _HEIGHT)
        self.list.setAccessibleName(_tr("Backups, the latest first"))
        for backup in backups:
            item = QListWidgetItem(f"{made_words(backup)}  ·  {size(backup.size)}")
            item.setToolTip(str(backup.path))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(self.accept)
        self.arrange(self.list)

    def accept(self) -> None:
        """Give the backup and close."""
        self.give(self._backups[self.list.currentRow()])
