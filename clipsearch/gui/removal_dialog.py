"""Asks before files go to the bin, and tells afterwards what became of them: every file by name."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import DuplicateGroup, Removal
from clipsearch.gui.work import number, size


def _tr(text: str) -> str:
    return QCoreApplication.translate("RemovalDialog", text)


def ask_to_bin(
    parent: QWidget, groups: Sequence[DuplicateGroup], remove: Callable[[], object]
) -> QDialog:
    """Ask once whether all photos of some groups but the keepers are to go to the bin.

    Args:
        parent: The window.
        groups: A keeper and what goes in favour of it, each.
        remove: Called if the user wants that.
    """
    going = [photo for group in groups for photo in group.photos[1:]]
    freed = size(sum(photo.state.size for photo in going))
    question = _tr("Move {count} files to the bin?").format(count=number(len(going)))
    if len(going) == 1:
        question = _tr("Move 1 file to the bin?")
    more = _tr(
        "They go to the system's bin ({size}), from which they can be taken back. Of each group "
        "the file named first is kept. A file that has changed since it was indexed stays."
    ).format(size=freed)
    dialog = _dialog(parent, _tr("Move to the bin"), question, more, _listed(groups))
    buttons = QDialogButtonBox()
    agree = buttons.addButton(_tr("Move to the Bin"), QDialogButtonBox.ButtonRole.AcceptRole)
    cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
    agree.setAutoDefault(False)
    cancel.setDefault(True)
    _finish(dialog, buttons)
    cancel.setFocus()
    dialog.accepted.connect(remove)
    return dialog


def show_removal(parent: QWidget, removal: Removal) -> QDialog:
    """List what is in the bin, and what was kept and why."""
    kept = [
        _branch(_tr("Kept: {path}").format(path=one.path), [one.reason]) for one in removal.kept
    ]
    gone = [_branch(_tr("In the bin: {path}").format(path=path), []) for path in removal.removed]
    words = removal_words(removal)
    dialog = _dialog(parent, _tr("Moved to the bin"), words, "", kept + gone)
    _finish(dialog, QDialogButtonBox(QDialogButtonBox.StandardButton.Close))
    return dialog


def removal_words(removal: Removal) -> str:
    """What became of the files, in a sentence or two."""
    gone, kept = len(removal.removed), len(removal.kept)
    words = _tr("1 file is in the bin.") if gone == 1 else _tr("{count} files are in the bin.")
    if not gone:
        words = _tr("Nothing was moved to the bin.")
    words = words.format(count=number(gone))
    if not kept:
        return words
    first = removal.kept[0]
    if kept == 1:
        more = _tr("Kept: {path}, {reason}.").format(
            path=first.path, reason=first.reason.rstrip(".")
        )
    else:
        more = _tr("{count} were kept.").format(count=number(kept))
    return f"{words} {more}"


def _listed(groups: Sequence[DuplicateGroup]) -> list[QTreeWidgetItem]:
    return [
        _branch(
            _tr("Keep: {path}").format(path=group.keeper.path),
            [_tr("To the bin: {path}").format(path=photo.path) for photo in group.photos[1:]],
        )
        for group in groups
    ]


def _branch(words: str, below: Sequence[str]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([words])
    item.addChildren([QTreeWidgetItem([line]) for line in below])
    return item


def _dialog(
    parent: QWidget, title: str, sentence: str, more: str, items: list[QTreeWidgetItem]
) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    head = QLabel(sentence, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    font = head.font()
    font.setBold(True)
    head.setFont(font)
    files = QTreeWidget()
    files.setHeaderHidden(True)
    files.setAccessibleName(_tr("Files"))
    files.setUniformRowHeights(True)
    files.setTextElideMode(Qt.TextElideMode.ElideNone)
    files.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    files.addTopLevelItems(items)
    files.expandAll()
    # Whole paths: long ones are reached by the scroll bar, none is cut off.
    files.header().setStretchLastSection(False)
    files.resizeColumnToContents(0)
    column = QVBoxLayout(dialog)
    column.addWidget(head)
    if more:
        column.addWidget(QLabel(more, wordWrap=True, textFormat=Qt.TextFormat.PlainText))
    column.addWidget(files, 1)
    dialog.resize(720, 460)
    return dialog


def _finish(dialog: QDialog, buttons: QDialogButtonBox) -> None:
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    layout = dialog.layout()
    assert layout is not None
    layout.addWidget(buttons)
    dialog.open()
