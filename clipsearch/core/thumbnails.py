"""Small pictures for the grid, cached on disk by content; and the large preview, uncached."""

import logging
import os
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

from clipsearch.core.files import write_whole
from clipsearch.core.imaging import MAX_PIXELS, decode, read_photo
from clipsearch.core.types import Photo
from clipsearch.errors import ImageError

_log = logging.getLogger(__name__)

STORED_EDGE = 384
"""Pixels of the long edge of a cached picture."""

_QUALITY = 85
# Scaling down by two or more after a reduced JPEG decode is as good as from the full picture.
_HEADROOM = 2
ENOUGH_EDGE = STORED_EDGE * _HEADROOM * 3 // 4
"""Short edge, in pixels, of a decoded picture that is large enough to be scaled down to a cached
one: the long edge of most photos is a third longer."""

# Seconds between two notes of a cached file's use: pruning needs no better.
_USE_RESOLUTION = 3600.0


class ThumbnailStore:
    """A folder of JPEGs that are made when they are first asked for.

    Keyed by content, so copies and moved photos share one. Everything in it can be deleted at any
    time. Thread-safe.
    """

    def __init__(self, folder: Path, *, max_pixels: int = MAX_PIXELS) -> None:
        """Use a folder, which need not exist yet.

        Args:
            folder: Where the cached pictures lie.
            max_pixels: Larger photos are refused.
        """
        self.folder = folder
        self._max_pixels = max_pixels

    def load(self, photo: Photo, edge: int) -> Image.Image:
        """Return a photo scaled to fit a square; never scaled up.

        Args:
            photo: Its ``content_hash`` finds the cached picture, its ``path`` the original.
            edge: Long edge in pixels; more than `STORED_EDGE` is decoded anew every time.

        Raises:
            ImageError: Nothing is cached and the original cannot be decoded.
        """
        if edge > STORED_EDGE:
            return preview(photo.path, edge, max_pixels=self._max_pixels)
        image = self._cached(photo.content_hash)
        if image is None:
            image = self._make(photo.path)
        return _fit(image, edge)

    def keep(self, image: Image.Image, content_hash: str) -> None:
        """Cache a picture that has been decoded for something else, unless it is cached.

        A small photo is left out: decoding it costs hardly more than decoding a cached one.

        Args:
            image: Upright RGB, with `ENOUGH_EDGE` at least in both edges if the photo has.
            content_hash: Of the photo's file.
        """
        if max(image.size) < STORED_EDGE * _HEADROOM:
            return
        path = self._path(content_hash)
        if not path.exists():
            self._store(_fit(image, STORED_EDGE), path)

    def _path(self, content_hash: str) -> Path:
        # Two levels keep folders small: a million photos make 65,536 folders of 15.
        return self.folder / content_hash[:2] / content_hash[2:4] / f"{content_hash}.jpg"

    def _cached(self, content_hash: str) -> Image.Image | None:
        path = self._path(content_hash)
        try:
            image = decode(path)
        except ImageError:  # not there, or damaged: it is made (again)
            return None
        try:
            if time.time() - path.stat().st_mtime > _USE_RESOLUTION:
                os.utime(path)
        except OSError as error:
            _log.debug("cannot note the use of %s: %s", path, error)
        return image

    def _make(self, path: Path) -> Image.Image:
        photo = read_photo(path, max_pixels=self._max_pixels, min_edge=STORED_EDGE * _HEADROOM)
        image = _fit(photo.image, STORED_EDGE)
        # Under the hash of what was read: the file may have changed since it was indexed.
        self._store(image, self._path(photo.content_hash))
        return image

    def _store(self, image: Image.Image, path: Path) -> None:
        jpeg = BytesIO()
        image.save(jpeg, "JPEG", quality=_QUALITY)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, jpeg.getvalue())
        except OSError as error:  # full or read-only: the window works without a cache
            _log.debug("cannot cache %s: %s", path, error)


def preview(path: Path, edge: int, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode a photo for the large view; nothing is cached.

    Args:
        path: The original.
        edge: Long edge in pixels; smaller photos keep their size.
        max_pixels: Larger photos are refused.

    Raises:
        ImageError: The original cannot be decoded.
    """
    return _fit(decode(path, max_pixels=max_pixels, min_edge=edge * _HEADROOM), edge)


def _fit(image: Image.Image, edge: int) -> Image.Image:
    if max(image.size) <= edge:
        return image
    scale = edge / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
