"""From an error to a sentence that says what to do, in the user's language."""

from PySide6.QtCore import QCoreApplication

from clipsearch import errors


def _tr(text: str) -> str:
    return QCoreApplication.translate("messages", text)


def sentence(error: errors.ClipSearchError) -> str:
    """Put an error into words.

    Args:
        error: What the user or the environment caused. Its own sentence names the file or the
            option and comes first; an error without one gets the sentence of its class.
    """
    own = str(error).strip()
    if own:
        # The reason of an `ImageError` without a path is a part of a sentence.
        return own[0].upper() + own[1:] + ("" if own.endswith((".", "!", "?")) else ".")
    return next(
        (words for kind, words in _sentences() if isinstance(error, kind)),
        _tr("That did not work: try again."),
    )


def _sentences() -> list[tuple[type[errors.ClipSearchError], str]]:
    """Classes of error, the special before the general."""
    return [
        (
            errors.UnsupportedImage,
            _tr("This file is no picture that can be read: use JPEG, PNG, WebP, HEIC or AVIF."),
        ),
        (
            errors.OversizedImage,
            _tr("This picture is too large: use a smaller copy, or raise max_megapixels."),
        ),
        (
            errors.ImageError,
            _tr("This picture cannot be read: check that the file is complete."),
        ),
        (
            errors.FolderNotFound,
            _tr("The folder is not there: connect its drive, or add it where it is now."),
        ),
        (
            errors.LibraryBusy,
            _tr("The library is in use: close the other clipsearch, then try again."),
        ),
        (
            errors.LibraryReadOnly,
            _tr("The library cannot be written: allow writing in its folder."),
        ),
        (
            errors.LibraryTooNew,
            _tr("The library was written by a newer clipsearch: update this one."),
        ),
        (
            errors.DiskFull,
            _tr("The disk of the library is full: make room; finished work is kept."),
        ),
        (
            errors.LibraryError,
            _tr("The library cannot be used: try again, or choose another one."),
        ),
        (
            errors.ModelNotDownloaded,
            _tr("The model is not on this machine: download it, or choose the starter model."),
        ),
        (
            errors.ModelError,
            _tr("The model cannot be used: choose another one."),
        ),
        (
            errors.InputError,
            _tr("This cannot be searched for: check what was typed or dropped."),
        ),
    ]
