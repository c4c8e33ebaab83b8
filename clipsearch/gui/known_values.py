"""The values that the library's photos can be filtered by, read in the background when asked."""

from PySide6.QtCore import QObject, Signal

from clipsearch.gui.contracts import PhotoLibrary
from clipsearch.gui.jobs import JobRunner, Lane


class KnownValues(QObject):
    """Reads the values when they are wanted and may have changed. GUI thread only."""

    read = Signal(object)
    """The `FilterValues`."""
    failed = Signal(object)
    """The exception: the library cannot be read."""

    def __init__(
        self, library: PhotoLibrary, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        """Read nothing yet."""
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._is_current = False

    def doubt(self) -> None:
        """The library may have changed: read it again when somebody wants the values."""
        self._is_current = False

    def want(self) -> None:
        """Read the values, unless they have been read and nothing has changed since."""
        if self._is_current:
            return
        self._is_current = True
        # Beside the queries: the model may be being loaded in their lane.
        job = self._runner.submit(Lane.THUMBNAILS, self._library.filter_values, topic="values")
        job.succeeded.connect(self.read)
        job.failed.connect(self._fail)

    def _fail(self, error: Exception) -> None:
        self._is_current = False
        self.failed.emit(error)
