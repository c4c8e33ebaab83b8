"""Brings thumbnails to the grid: asked for by row, decoded in the thumbnails lane, kept in memory.

The pixels on disk are the business of `clipsearch.core.thumbnails`.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QBrush, QImage, QPainter, QPixmap

from clipsearch.core.types import Exposure, Photo
from clipsearch.errors import ClipSearchError
from clipsearch.gui.contracts import PictureSource
from clipsearch.gui.jobs import Job, JobRunner, Lane
from clipsearch.settings import Settings, cache_folder

if TYPE_CHECKING:
    from PIL import Image

    from clipsearch.core.thumbnails import ThumbnailStore

log = logging.getLogger(__name__)

_MEMORY = 192 * 1024 * 1024
"""Bytes of pixmaps. Qt's own QPixmapCache would drop what is on screen after 30 idle seconds."""
_IN_FLIGHT = 4
"""Jobs handed to the lane at once: enough to keep it busy, few enough to follow a scroll."""
_BATCH = 4
"""Thumbnails a job."""
_RADIUS = 5
"""Logical pixels of the rounded corners."""

_Key = tuple[str, int]


def picture_source(settings: Settings) -> PictureSource:
    """Thumbnails from the cache folder, everything else from the originals.

    The decoder is imported by the first thread that needs it, not before the first paint.
    """
    max_pixels = settings.max_megapixels * 1_000_000

    @cache
    def store() -> "ThumbnailStore":
        from clipsearch.core.thumbnails import ThumbnailStore

        return ThumbnailStore(cache_folder() / "thumbnails", max_pixels=max_pixels)

    def preview(path: Path, edge: int) -> "Image.Image":
        from clipsearch.core import thumbnails

        return thumbnails.preview(path, edge, max_pixels=max_pixels)

    def exposure(path: Path) -> Exposure:
        from clipsearch.core import imaging, metadata

        return metadata.read_exposure(imaging.read_file(path).data)

    return PictureSource(
        load=lambda photo, edge: store().load(photo, edge), preview=preview, exposure=exposure
    )


def to_qimage(picture: "Image.Image") -> QImage:
    """Copy an upright RGB picture into a `QImage`; for any thread."""
    data = picture.convert("RGB").tobytes()
    image = QImage(
        data, picture.width, picture.height, picture.width * 3, QImage.Format.Format_RGB888
    )
    # Copies, since the bytes above are freed; and what the screen takes without converting.
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _rounded(image: QImage, radius: float) -> QImage:
    result = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    # A brush, since the edges of a clip path would not be smooth.
    painter.setBrush(QBrush(image))
    painter.drawRoundedRect(result.rect(), radius, radius)
    painter.end()
    return result


def load_preview(source: PictureSource, path: Path, edge: int) -> QImage:
    """Decode one picture for the preview or a chip; for a worker thread."""
    return to_qimage(source.preview(path, edge))


def load_tiles(
    source: PictureSource, photos: Sequence[Photo], edge: int, radius: float
) -> list[tuple[Photo, QImage | None]]:
    """Decode some thumbnails with rounded corners; for a worker thread.

    Args:
        source: Where thumbnails come from.
        photos: Whose.
        edge: Device pixels of the longer edge.
        radius: Device pixels of the corners.

    Returns:
        For each photo its thumbnail, or ``None`` where the file cannot be read any more.
    """
    tiles: list[tuple[Photo, QImage | None]] = []
    for photo in photos:
        try:
            tiles.append((photo, _rounded(to_qimage(source.load(photo, edge)), radius)))
        except ClipSearchError as error:
            log.info("No thumbnail: %s", error)
            tiles.append((photo, None))
    return tiles


class Thumbnails(QObject):
    """The thumbnails of the grid. GUI thread only."""

    loaded = Signal(object)
    """Photos whose thumbnails have arrived, a ``list[Photo]``."""

    def __init__(
        self, source: PictureSource, runner: JobRunner, edge: int, parent: QObject | None = None
    ) -> None:
        """Load thumbnails of ``edge`` logical pixels from ``source``."""
        super().__init__(parent)
        self._source = source
        self._runner = runner
        self.edge = edge
        """Logical pixels of the longer edge."""
        self._ratio = 1.0
        self._kept: OrderedDict[_Key, QPixmap | None] = OrderedDict()
        self._bytes = 0
        self._wanted: list[Photo] = []
        self._in_flight: dict[Job, list[Photo]] = {}

    def another(self, parent: QObject) -> "Thumbnails":
        """The same for another view: each asks for what it shows, and forgets the rest."""
        return Thumbnails(self._source, self._runner, self.edge, parent)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for has arrived."""
        return not self._wanted and not self._in_flight

    def set_ratio(self, ratio: float) -> bool:
        """Follow the screen, and tell whether that changed anything.

        Args:
            ratio: Device pixels a logical pixel.
        """
        if ratio == self._ratio:
            return False
        self._ratio = ratio
        self._kept.clear()
        self._bytes = 0
        return True

    def pixmap(self, photo: Photo) -> QPixmap | None:
        """The thumbnail if it is in memory; asks for nothing."""
        key = _key(photo)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def is_broken(self, photo: Photo) -> bool:
        """Whether the photo was tried and cannot be read."""
        return self._kept.get(_key(photo), False) is None

    def want(self, photos: Sequence[Photo]) -> None:
        """Ask for thumbnails, the most urgent first; forgets what was asked for before."""
        flying = {_key(photo) for batch in self._in_flight.values() for photo in batch}
        self._wanted = [
            photo for photo in photos if _key(photo) not in self._kept and _key(photo) not in flying
        ]
        self._send()

    def _send(self) -> None:
        edge = round(self.edge * self._ratio)
        while self._wanted and len(self._in_flight) < _IN_FLIGHT:
            batch, self._wanted = self._wanted[:_BATCH], self._wanted[_BATCH:]
            job = self._runner.submit(
                Lane.THUMBNAILS, load_tiles, self._source, batch, edge, _RADIUS * self._ratio
            )
            self._in_flight[job] = batch
            job.succeeded.connect(self._keep)
            job.failed.connect(self._log)
            job.finished.connect(self._next)

    def _keep(self, tiles: list[tuple[Photo, QImage | None]]) -> None:
        for photo, image in tiles:
            pixmap = None
            if image is not None:
                pixmap = QPixmap.fromImage(image)
                pixmap.setDevicePixelRatio(self._ratio)
                self._bytes += image.sizeInBytes()
            self._kept[_key(photo)] = pixmap
        self._forget_oldest()
        self.loaded.emit([photo for photo, _ in tiles])

    def _forget_oldest(self) -> None:
        while self._bytes > _MEMORY:
            _, pixmap = self._kept.popitem(last=False)
            if pixmap is not None:
                self._bytes -= pixmap.width() * pixmap.height() * 4

    def _log(self, error: Exception) -> None:
        log.error("Thumbnails could not be loaded", exc_info=error)

    def _next(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._in_flight.pop(job, None)
        self._send()


def _key(photo: Photo) -> _Key:
    return str(photo.path), photo.state.modified_ns
