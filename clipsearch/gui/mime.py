"""What was dropped or pasted: picture files, folders, or raw picture data."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter

from clipsearch.errors import InputError


@dataclass(frozen=True, slots=True)
class Dropped:
    """The content of a drop or of the clipboard, as far as the window can use it."""

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    picture: QImage | None = None
    """Raw picture data; only if there are neither files nor folders."""


def is_welcome(mime: QMimeData) -> bool:
    """Whether the data may hold files or a picture; looks at no disk."""
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def read_mime(mime: QMimeData) -> Dropped:
    """Sort the data into picture files, folders and raw picture data."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    folders = tuple(path for path in paths if path.is_dir())
    files = tuple(path for path in paths if path not in folders)
    if folders or files:
        return Dropped(files=files, folders=folders)
    image = mime.imageData() if mime.hasImage() else None
    if isinstance(image, QImage) and not image.isNull():
        return Dropped(picture=image)
    return Dropped()


def save_picture(image: QImage, folder: Path) -> Path:
    """Write raw picture data to a file that can be searched by; for a worker thread.

    Args:
        image: The picture; only read.
        folder: Where the file goes; made if it is missing.

    Raises:
        InputError: The picture cannot be encoded, or the folder not written.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise InputError("The pasted picture cannot be read: save it as a file and drop that.")
    data = buffer.data().data()
    # Named by content: the same picture pasted twice is one file and one chip.
    path = folder / f"pasted-{hashlib.sha256(data).hexdigest()[:12]}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"The pasted picture cannot be saved in {folder} ({error.strerror}): "
            "make room there or allow writing."
        ) from error
    return path
