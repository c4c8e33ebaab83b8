"""The line at the foot of the window: what there is, and what is being done."""

import time

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from clipsearch.core.types import LibraryInfo

_MEASURE_S = 1.0
"""Seconds of work before a rate or a time left is worth showing."""
_BAR_WIDTH = 140


class StatusLine(QWidget):
    """Facts at the left, work with its cancel button at the right. GUI thread only."""

    cancelled = Signal()
    """The user wants indexing to stop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the line, without facts or work."""
        super().__init__(parent)
        self._info: LibraryInfo | None = None
        self._hits: int | None = None
        self._is_capped = False
        self._loading = False
        self._started = 0.0
        self._facts = QLabel()
        self._facts.setAccessibleName(self.tr("Library"))
        self._work = QLabel()
        self._work.setAccessibleName(self.tr("Work in progress"))
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setMaximumHeight(10)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setFlat(True)
        self._cancel.setAccessibleDescription(
            self.tr("Stops indexing; what is finished stays in the library.")
        )
        self._cancel.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 10, 3)
        row.setSpacing(10)
        row.addWidget(self._facts)
        row.addStretch(1)
        for widget in (self._work, self._bar, self._cancel):
            row.addWidget(widget)
        # One height whether or not there is work: the grid above does not move.
        self.setFixedHeight(max(self.sizeHint().height(), self._cancel.sizeHint().height() + 6))
        self.end_work()

    @property
    def facts(self) -> str:
        """The left part, as shown."""
        return self._facts.text()

    @property
    def work(self) -> str:
        """The right part, as shown."""
        return self._work.text()

    def set_info(self, info: LibraryInfo) -> None:
        """Show the number of photos, the model and the device."""
        self._info = info
        self._refresh()

    def set_hits(self, hits: int | None, *, is_capped: bool = False) -> None:
        """Show how many photos a query found.

        Args:
            hits: How many; ``None`` when nothing is searched.
            is_capped: Whether they are only as many as the query asked for.
        """
        self._hits, self._is_capped = hits, is_capped
        self._refresh()

    def set_loading(self, loading: bool) -> None:
        """Show that the model is on its way."""
        self._loading = loading
        self._refresh()

    def start_work(self) -> None:
        """Indexing begins."""
        self._started = time.monotonic()
        self._bar.setRange(0, 0)
        self._work.setText(self.tr("Looking for photos…"))
        self._cancel.setEnabled(True)
        for widget in (self._work, self._bar, self._cancel):
            widget.show()

    def move_work(self, done: int, total: int | None, note: str) -> None:
        """Indexing has come this far.

        Args:
            done: Photos finished.
            total: Photos in all; ``None`` while that is not known.
            note: What is being done; shown while there is no total.
        """
        self._bar.setRange(0, total or 0)
        self._bar.setValue(done)
        if total and self._cancel.isEnabled():
            self._work.setText(self._pace(done, total))
        elif note and self._cancel.isEnabled():
            self._work.setText(note)

    def end_work(self) -> None:
        """No work is left."""
        for widget in (self._work, self._bar, self._cancel):
            widget.hide()
        self._work.clear()

    def _stop(self) -> None:
        self._cancel.setEnabled(False)
        self._work.setText(self.tr("Stopping…"))
        self.cancelled.emit()

    def _pace(self, done: int, total: int) -> str:
        elapsed = time.monotonic() - self._started
        count = self.tr("Indexing {done} of {total}").format(
            done=_number(done), total=_number(total)
        )
        if elapsed < _MEASURE_S or done == 0:
            return count
        rate = done / elapsed
        pace = self.tr("{rate}/s").format(
            rate=QLocale().toString(rate, "f", 0 if rate >= 10 else 1)
        )
        return f"{count} · {pace} · {self._left((total - done) / rate)}"

    def _left(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("less than a minute left")
        if seconds < 5400:
            return self.tr("{minutes} min left").format(minutes=round(seconds / 60))
        return self.tr("{hours} h left").format(hours=round(seconds / 3600))

    def _refresh(self) -> None:
        parts = []
        photos = "" if self._info is None else self._photos(self._info.photos)
        if self._hits is None:
            parts.append(photos)
        elif self._is_capped and photos:
            count = _number(self._hits)
            parts.append(self.tr("best {count} of {photos}").format(count=count, photos=photos))
        else:
            parts += [self.tr("{count} found").format(count=_number(self._hits)), photos]
        if self._info is not None:
            parts.append(self._info.model)
        if self._loading:
            parts.append(self.tr("loading the model…"))
        elif self._info is not None and self._info.device:
            parts.append(self._info.device)
        self._facts.setText(" · ".join(part for part in parts if part))
        self._facts.setTextFormat(Qt.TextFormat.PlainText)

    def _photos(self, count: int) -> str:
        if count == 1:
            return self.tr("1 photo")
        return self.tr("{count} photos").format(count=_number(count))


def _number(count: int) -> str:
    return QLocale().toString(count)
