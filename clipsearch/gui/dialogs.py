"""The dialogs of the window; none of them stops the rest of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QMessageBox, QWidget

from clipsearch import __version__
from clipsearch.core.types import FolderState, Skipped


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialogs", text)


def ask_for_folder(
    parent: QWidget, start: Path, take: Callable[[Path], object], *, title: str = ""
) -> None:
    """Let the user choose a folder.

    Args:
        parent: The window.
        start: The folder to begin in.
        take: Called with the folder that was chosen, if one was.
        title: What the folder is for; photos if not given.
    """
    dialog = QFileDialog(parent, title or _tr("Add a folder of photos"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, start, take)


def ask_for_weights(parent: QWidget, start: Path, take: Callable[[Path], object]) -> None:
    """Let the user choose the weights file of a model.

    Args:
        parent: The window.
        start: The folder to begin in.
        take: Called with the file that was chosen, if one was.
    """
    dialog = QFileDialog(parent, _tr("Import a weights file"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([_tr("Weights (*.safetensors *.pt *.pth *.bin)"), _tr("All files (*)")])
    _open(dialog, start, take)


def ask_where_to_export(parent: QWidget, take: Callable[[Path], object]) -> None:
    """Let the user choose the file that what they said is written into.

    Args:
        parent: The window.
        take: Called with the file that was chosen, if one was.
    """
    title, name = _tr("Export tags and collections"), _tr("my tags.jsonl")
    _ask_where_to_write(parent, title, _tr("Exported tags (*.jsonl)"), name, take)


def ask_where_to_write_vocabulary(parent: QWidget, take: Callable[[Path], object]) -> None:
    """Let the user choose the file that the vocabulary is written into; see above."""
    title, name = _tr("Export the vocabulary"), _tr("my vocabulary.toml")
    _ask_where_to_write(parent, title, _tr("Vocabularies (*.toml)"), name, take)


def ask_what_to_import(parent: QWidget, take: Callable[[Path], object]) -> None:
    """Let the user choose a file that was exported.

    Args:
        parent: The window.
        take: Called with the file that was chosen, if one was.
    """
    title = _tr("Import tags and collections")
    _ask_what_to_read(parent, title, _tr("Exported tags (*.jsonl)"), take)


def ask_for_vocabulary(parent: QWidget, take: Callable[[Path], object]) -> None:
    """Let the user choose a vocabulary; see above."""
    _ask_what_to_read(parent, _tr("Import a vocabulary"), _tr("Vocabularies (*.toml)"), take)


def _ask_where_to_write(
    parent: QWidget, title: str, kind: str, name: str, take: Callable[[Path], object]
) -> None:
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([kind, _tr("All files (*)")])
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    _open(dialog, Path.home(), take)


def _ask_what_to_read(
    parent: QWidget, title: str, kind: str, take: Callable[[Path], object]
) -> None:
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([kind, _tr("All files (*)")])
    _open(dialog, Path.home(), take)


def _open(dialog: QFileDialog, start: Path, take: Callable[[Path], object]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setDirectory(str(start))
    dialog.fileSelected.connect(lambda name: take(Path(name)))
    dialog.open()


def ask(
    parent: QWidget, title: str, question: str, more: str, button: str, act: Callable[[], object]
) -> None:
    """Ask once whether something is to be done.

    Args:
        parent: Where the question belongs.
        title: Of the box.
        question: In one sentence.
        more: What it means.
        button: What the button says that agrees.
        act: Called if the user agrees.
    """
    _question(parent, title, question, more, button, act).open()


def ask_with_choice(
    parent: QWidget,
    title: str,
    question: str,
    more: str,
    choice: str,
    button: str,
    act: Callable[[bool], object],
) -> None:
    """Ask as `ask` does, and whether something is to be done along with it.

    Args:
        parent: Where the question belongs.
        title: Of the box.
        question: In one sentence.
        more: What it means.
        choice: What may be ticked; it is not at first.
        button: What the button says that agrees.
        act: Called if the user agrees, with whether that was ticked.
    """
    tick = QCheckBox(choice)
    box = _question(parent, title, question, more, button, lambda: act(tick.isChecked()))
    box.setCheckBox(tick)
    box.open()


def _question(
    parent: QWidget, title: str, question: str, more: str, button: str, act: Callable[[], object]
) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    # Plain: a name is never taken for HTML.
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(more)
    agree = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    agree.clicked.connect(act)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def show_skipped(parent: QWidget, words: str, skipped: Sequence[Skipped]) -> None:
    """Tell which files were left out, and why.

    Args:
        parent: The window.
        words: What was done, in one sentence.
        skipped: What was left out.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("Skipped files"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(words)
    box.setInformativeText(_tr("The details name every file that was left alone, and why."))
    box.setDetailedText("\n".join(f"{one.path}: {one.reason}" for one in skipped))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def ask_to_remove(parent: QWidget, folder: FolderState, remove: Callable[[], object]) -> None:
    """Ask once whether a folder is to leave the library.

    Args:
        parent: Where the question belongs.
        folder: What is asked about.
        remove: Called if the user wants that.
    """
    name = folder.path.name or str(folder.path)
    ask(
        parent,
        _tr("Remove from the library"),
        _tr("Remove \u201c{name}\u201d from the library?").format(name=name),
        _tr(
            "Its photos leave the library. The files stay where they are, and what you have said "
            "of the photos, such as tags, is kept for when the folder comes back."
        ),
        _tr("Remove"),
        remove,
    )


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("About clipsearch"))
    box.setText(f"clipsearch {__version__}")
    box.setInformativeText(_tr("Private photo search. Nothing leaves this computer."))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
