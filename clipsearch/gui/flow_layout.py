"""A layout that goes on in the next row where a row is full, as words do."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

_SPACING = 6


class FlowLayout(QLayout):
    """Lays widgets out from left to right, each as wide as it likes, in as many rows as it takes.

    Where the language runs from right to left, so do the rows.
    """

    def __init__(self, parent: QWidget) -> None:
        """Make an empty layout without margins."""
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Put an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Count of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """An item; ``None`` if there are not so many."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take an item out; ``None`` if there are not so many."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """No direction: what is left of a row stays empty."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrow is high."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Logical pixels that the rows take."""
        heights = [height + _SPACING for height, _ in self._rows(width)]
        return max(0, sum(heights) - _SPACING)

    def sizeHint(self) -> QSize:
        """The size of the largest item: everything else may wrap."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The size of the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, area: QRect) -> None:
        """Put every item into its place."""
        super().setGeometry(area)
        parent = self.parentWidget()
        is_mirrored = parent is not None and parent.isRightToLeft()
        top = area.top()
        for height, row in self._rows(area.width()):
            left = area.left()
            for item, width in row:
                x = area.right() + 1 - (left - area.left()) - width if is_mirrored else left
                middle = top + (height - item.sizeHint().height()) // 2
                item.setGeometry(QRect(x, middle, width, item.sizeHint().height()))
                left += width + _SPACING
            top += height + _SPACING

    def _rows(self, available: int) -> list[tuple[int, list[tuple[QLayoutItem, int]]]]:
        """The height of each row, and its items with their widths."""
        rows: list[tuple[int, list[tuple[QLayoutItem, int]]]] = []
        left = available + 1
        for item in self._items:
            if item.isEmpty():
                continue
            width = min(item.sizeHint().width(), available)
            if left + width > available or not rows:
                rows.append((0, []))
                left = 0
            height, row = rows[-1]
            row.append((item, width))
            rows[-1] = (max(height, item.sizeHint().height()), row)
            left += width + _SPACING
        return rows
