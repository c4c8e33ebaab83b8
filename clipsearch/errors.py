"""What the user or the environment caused, each with a sentence that says what to do.

::

    ClipSearchError
    ├── InputError             a bad option, an empty query, an unreadable captions or labels file
    │   └── QueryError             a query that cannot be read
    ├── ImageError             one picture
    │   ├── UnreadableImage        truncated, not a picture, no permission
    │   ├── UnsupportedImage       a format that no installed reader knows
    │   └── OversizedImage         more pixels than is safe to decode
    ├── LibraryError           the library's folder and what is in it
    │   ├── FolderNotFound         a photo folder that is not there
    │   ├── LibraryBusy            another process is writing to it
    │   ├── LibraryReadOnly        no permission to write
    │   ├── LibraryTooNew          written by a newer clipsearch
    │   ├── IndexDamaged           the derived index cannot be read; it can be rebuilt
    │   ├── LabelsDamaged          the user's own words cannot be read; there are backups
    │   ├── DiskFull               no space left on the disk of the library or the models
    │   └── BinRefused             a file that the system's bin does not take
    ├── ModelError             a model's name, weights or memory
    │   ├── UnknownModel           no such name or path
    │   ├── ModelNotDownloaded     known, but its weights are not on this machine
    │   ├── DownloadFailed         they could not be fetched
    │   └── BrokenCheckpoint       the weights cannot be read or do not fit the model
    └── TrainingError          fine-tuning could not go on

``str(error)`` is the sentence. Anything else that is raised is a bug.
"""

from pathlib import Path


class ClipSearchError(Exception):
    """Base of everything that is not our bug; ``str()`` is a sentence for the user."""


class InputError(ClipSearchError):
    """An argument, option or input file is not usable."""


class QueryError(InputError):
    """A query cannot be read, because of what stands at one place of it."""

    def __init__(self, sentence: str, text: str, position: int) -> None:
        """Say what is wrong and where.

        Args:
            sentence: What is wrong and what to do.
            text: The whole query.
            position: Of the character that is to blame, from 0; the length of ``text`` for its end.
        """
        super().__init__(sentence)
        self.text = text
        self.position = position


class ImageError(ClipSearchError):
    """One picture cannot be used; the others can.

    ``str()`` names the file where it is known; ``reason`` does not, for lists that show the
    path beside it.
    """

    def __init__(self, reason: str, path: Path | None = None) -> None:
        """Say why in plain words, without a full stop: ``the file is cut short``."""
        super().__init__(reason if path is None else f"{path} cannot be used: {reason}.")
        self.reason = reason
        self.path = path


class UnreadableImage(ImageError):
    """The file is truncated, is no picture, or may not be read."""


class UnsupportedImage(ImageError):
    """No installed reader knows the format."""


class OversizedImage(ImageError):
    """The picture declares more pixels than is safe to decode."""


class LibraryError(ClipSearchError):
    """The library cannot do what was asked."""


class FolderNotFound(LibraryError):
    """A photo folder does not exist or is not a folder."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryReadOnly(LibraryError):
    """The library's folder may not be written."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version of clipsearch."""


class IndexDamaged(LibraryError):
    """The derived index cannot be read; it is moved aside and rebuilt."""


class LabelsDamaged(LibraryError):
    """The file with the user's own words cannot be read; dated backups lie beside it."""


class DiskFull(LibraryError):
    """The disk that holds the library, or the models, has no space left."""


class BinRefused(LibraryError):
    """A file could not be moved to the bin; it is where it was, and is never deleted instead."""


class ModelError(ClipSearchError):
    """A model cannot be used."""


class UnknownModel(ModelError):
    """No model has this name, and no checkpoint lies at this path."""


class ModelNotDownloaded(ModelError):
    """The model is known, but its weights are not on this machine."""


class DownloadFailed(ModelError):
    """The weights of a model could not be fetched; a partial file is kept to go on from."""


class BrokenCheckpoint(ModelError):
    """The weights cannot be read, or do not fit the model."""


class TrainingError(ClipSearchError):
    """Fine-tuning cannot go on."""
