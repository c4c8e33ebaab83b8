"""Asks under which name a model of the user's own is to be taken in, and what it is of."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.model_session import Wish

_USUAL = "ViT-B-32"
_WIDTH = 420
"""Logical pixels."""


class ImportDialog(QDialog):
    """A question about one folder or weights file. GUI thread only."""

    def __init__(self, parent: QWidget, path: Path, take: Callable[[Wish], object]) -> None:
        """Ask.

        Args:
            parent: Where the question belongs.
            path: A folder, or a weights file.
            take: Called with what the user wants.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Import a model"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._path = path
        self._take = take
        self._is_file = path.is_file()
        self.name = QLineEdit(path.stem if self._is_file else path.name)
        self.name.setAccessibleName(self.tr("Name of the model"))
        self.name.textChanged.connect(self._enable)
        self.architecture = QComboBox(editable=True, insertPolicy=QComboBox.InsertPolicy.NoInsert)
        self.architecture.setAccessibleName(self.tr("Architecture"))
        self.architecture.currentTextChanged.connect(self._enable)
        self.accept_button = QPushButton(self.tr("Import"))
        self._arrange()
        self._enable()

    def show_architectures(self, names: Sequence[str]) -> None:
        """Offer these; the usual one is chosen."""
        typed = self.architecture.currentText()
        self.architecture.clear()
        self.architecture.addItems(list(names))
        self.architecture.setCurrentText(typed or _USUAL)

    def accept(self) -> None:
        """Tell what the user wants."""
        architecture = self.architecture.currentText() if self._is_file else None
        self._take(Wish(self._path, self.name.text().strip(), architecture))
        super().accept()

    def _enable(self) -> None:
        is_known = self.architecture.findText(
            self.architecture.currentText(), Qt.MatchFlag.MatchFixedString
        )
        has_architecture = not self._is_file or is_known >= 0
        self.accept_button.setEnabled(bool(self.name.text().strip()) and has_architecture)

    def _arrange(self) -> None:
        where = ElidedLabel()
        where.setText(str(self._path))
        where.setToolTip(str(self._path))
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(self.tr("From"), where)
        form.addRow(self.tr("&Name"), self.name)
        if self._is_file:
            form.addRow(self.tr("&Architecture"), self.architecture)
        note = QLabel(self.tr("It is copied once it has proved to load."), wordWrap=True)
        buttons = QDialogButtonBox()
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(note)
        column.addStretch(1)
        column.addWidget(buttons)
        self.resize(_WIDTH, self.sizeHint().height())
