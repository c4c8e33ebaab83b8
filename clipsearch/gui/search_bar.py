"""The search field: words that search while typed, and pictures as chips below it."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QImage, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.query import Query
from clipsearch.errors import QueryError
from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.mime import is_welcome

TYPING_PAUSE_MS = 200
"""Milliseconds without a keystroke after which the words are searched."""
CHIP_EDGE = 32
"""Logical pixels of the small picture in a chip."""
_NAME_WIDTH = 180


class SearchField(QLineEdit):
    """A line edit that leaves pictures in the clipboard to the window."""

    picture_pasted = Signal()
    """Paste was asked for while the clipboard holds a picture or files."""
    left_downwards = Signal()
    """The down key: on to the photos."""
    escaped = Signal()
    """The Escape key: away with the search."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take pictures on paste, leave downwards, empty on Escape; else as any line edit."""
        if event.matches(QKeySequence.StandardKey.Paste) and is_welcome(
            QGuiApplication.clipboard().mimeData()
        ):
            self.picture_pasted.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class PictureChip(QFrame):
    """One picture that is searched by; can be taken away."""

    removed = Signal(object)
    """The chip's ``Path``."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        """Make a chip without its picture; `set_picture` brings it."""
        super().__init__(parent)
        self.path = path
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setToolTip(str(path))
        self.setAccessibleName(self.tr("Like the picture {name}").format(name=path.name))
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._picture.setFixedSize(CHIP_EDGE, CHIP_EDGE)
        name = QLabel()
        name.setTextFormat(Qt.TextFormat.PlainText)
        middle = Qt.TextElideMode.ElideMiddle
        name.setText(self.fontMetrics().elidedText(path.name, middle, _NAME_WIDTH))
        self.remove = QToolButton(autoRaise=True)
        self.remove.setIcon(tinted_icon("close", self.palette()))
        self.remove.setToolTip(self.tr("Search without this picture"))
        self.remove.setAccessibleName(self.tr("Search without {name}").format(name=path.name))
        self.remove.clicked.connect(lambda: self.removed.emit(self.path))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 3, 3, 3)
        row.setSpacing(6)
        for widget in (self._picture, name, self.remove):
            row.addWidget(widget)

    def set_picture(self, image: QImage) -> None:
        """Show the picture small, sharp on this screen."""
        ratio = self.devicePixelRatioF()
        edge = QSize(CHIP_EDGE, CHIP_EDGE) * ratio
        pixmap = QPixmap.fromImage(
            image.scaled(
                edge, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        )
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.remove.setIcon(tinted_icon("close", self.palette()))


class SearchBar(QWidget):
    """The query language and pictures; emits one query when typing pauses. GUI thread only."""

    searched = Signal(Query)
    """A new query, possibly empty; never twice the same in a row."""
    misread = Signal(object)
    """The `QueryError` of what is typed, or ``None`` as soon as it can be read again."""
    picture_added = Signal(object)
    """A `PictureChip` that wants its picture."""

    def __init__(self, results: int, parent: QWidget | None = None) -> None:
        """Make an empty field whose queries ask for ``results`` hits."""
        super().__init__(parent)
        self._results = results
        self._query = Query(k=results)
        self._is_misread = False
        self._chips: list[PictureChip] = []
        self.field = SearchField()
        self.field.setPlaceholderText(self.tr("Search your photos, or drop a picture here"))
        self.field.setAccessibleName(self.tr("Search"))
        self.field.setAccessibleDescription(
            self.tr("Describe what is in the photo, or paste a picture to find similar ones.")
        )
        self.field.setClearButtonEnabled(True)
        # Dropped files are the window's: the field would write their addresses into itself.
        self.field.setAcceptDrops(False)
        self.field.escaped.connect(self.clear)
        self._glass = QAction(self.tr("Search now"), self)
        self._glass.triggered.connect(self.search_now)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self, interval=TYPING_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self.search_now)
        self.field.textChanged.connect(lambda: self._pause.start())
        self.field.returnPressed.connect(self.search_now)
        self._arrange()
        self._tint()

    @property
    def query(self) -> Query:
        """What the field and the chips said when they could be read last."""
        return self._query

    @property
    def is_waiting(self) -> bool:
        """Whether typing has not paused long enough yet."""
        return self._pause.isActive()

    @property
    def chips(self) -> tuple[PictureChip, ...]:
        """The pictures that are searched by."""
        return tuple(self._chips)

    def set_words(self, words: str) -> None:
        """Write words into the field and search at once."""
        self.field.setText(words)
        self.search_now()

    def take_focus(self) -> None:
        """Put the cursor into the field, its words selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def type_on(self, text: str) -> None:
        """Go on typing in the field, from wherever the keys were pressed."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.setText(self.field.text() + text)

    def add_picture(self, path: Path) -> None:
        """Search by one more picture."""
        if all(chip.path != path for chip in self._chips):
            self._add_chip(path)
        self.search_now()

    def search_like(self, path: Path) -> None:
        """Search by this picture alone, without words."""
        self.field.clear()
        self._drop_chips()
        self.add_picture(path)

    def remove_picture(self, path: Path) -> None:
        """Search without this picture; the focus stays where it is."""
        self._drop_chips(path)
        self.search_now()

    def clear(self) -> None:
        """Take words and pictures away."""
        self.field.clear()
        self._drop_chips()
        self.search_now()

    def search_now(self) -> None:
        """Do not wait for a pause."""
        from clipsearch.core.query_language import parse_query  # Not before the first paint.

        self._pause.stop()
        try:
            typed = parse_query(self.field.text())
        except QueryError as error:
            # Mostly half a filter: what was found last stays until the rest of it is typed.
            self._set_misread(error)
            return
        self._set_misread(None)
        query = replace(typed, k=self._results).and_like(*(chip.path for chip in self._chips))
        if query != self._query:
            self._query = query
            self.searched.emit(query)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon readable when the colours change."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _arrange(self) -> None:
        font = self.field.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self.field.setFont(font)
        self.field.setMinimumHeight(self.field.sizeHint().height() + 8)
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._tray = QWidget()
        self._tray.setLayout(self._row)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._tray.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self._tray)

    def _set_misread(self, error: QueryError | None) -> None:
        if error is not None or self._is_misread:
            self.misread.emit(error)
        self._is_misread = error is not None

    def _tint(self) -> None:
        self._glass.setIcon(tinted_icon("search", self.palette()))

    def _add_chip(self, path: Path) -> None:
        chip = PictureChip(path)
        chip.removed.connect(self._remove)
        self._chips.append(chip)
        self._row.insertWidget(len(self._chips) - 1, chip)
        self._tray.show()
        self.picture_added.emit(chip)

    def _remove(self, path: Path) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.remove_picture(path)

    def _drop_chips(self, path: Path | None = None) -> None:
        gone = [chip for chip in self._chips if path is None or chip.path == path]
        self._chips = [chip for chip in self._chips if chip not in gone]
        for chip in gone:
            chip.hide()
            chip.deleteLater()
        self._tray.setVisible(bool(self._chips))
