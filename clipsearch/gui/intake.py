"""What comes in by drop or paste: picture files, folders, raw picture data."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal

from clipsearch.errors import InputError
from clipsearch.gui.jobs import JobRunner, Lane
from clipsearch.gui.mime import read_mime, save_picture


class Intake(QObject):
    """Sorts what comes in; GUI thread only."""

    picture = Signal(object)
    """The ``Path`` of a picture to search by."""
    folders = Signal(object)
    """Folders to index, a ``list[Path]``."""
    failed = Signal(object)
    """The exception: it cannot be used."""

    def __init__(self, runner: JobRunner, scratch: Path, parent: QObject | None = None) -> None:
        """Save raw pictures below ``scratch``, in the background."""
        super().__init__(parent)
        self._runner = runner
        self._scratch = scratch

    def take(self, mime: QMimeData) -> bool:
        """Sort the data; tells whether there was anything to use."""
        dropped = read_mime(mime)
        if dropped.folders:
            self.folders.emit(list(dropped.folders))
        for path in dropped.files:
            if path.exists():
                self.picture.emit(path)
            else:
                self.failed.emit(InputError(f"{path} is not there: drop a file that exists."))
        if dropped.picture is not None:
            # Encoding a large screenshot takes a moment: not in the GUI thread.
            job = self._runner.submit(Lane.THUMBNAILS, save_picture, dropped.picture, self._scratch)
            job.succeeded.connect(self.picture)
            job.failed.connect(self.failed)
        return bool(dropped.folders or dropped.files or dropped.picture is not None)
