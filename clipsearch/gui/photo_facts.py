"""What is known of a photo, in a few words each."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from clipsearch.core.types import Photo
from clipsearch.gui.duplicate_choices import Choice
from clipsearch.gui.work import size


def _tr(text: str) -> str:
    return QCoreApplication.translate("PhotoFacts", text)


def pixels(photo: Photo) -> str:
    """Width and height: ``4000 x 3000``, with the proper sign."""
    return f"{photo.width} \u00d7 {photo.height}"


def file_size(photo: Photo) -> str:
    """``2.3 MB``."""
    return size(photo.state.size)


def folder(photo: Photo) -> str:
    """The folder, the whole path."""
    return str(photo.path.parent)


def date(photo: Photo) -> str:
    """When it was taken; without that, when the file was last written, and that in words."""
    taken = photo.metadata.taken_at if photo.metadata is not None else None
    if taken is not None:
        return _formatted(taken)
    written = datetime.fromtimestamp(photo.state.modified_ns / 1e9)
    return _tr("file of {date}").format(date=_formatted(written))


def merit_words(choice: Choice) -> str:
    """Why a group's keeper is kept."""
    merits = {
        "pixels": _tr("most pixels"),
        "sharpness": _tr("sharpest"),
        "bytes": _tr("largest file"),
        "sidecar": _tr("has a sidecar file"),
        "name": _tr("no copy by its name"),
        "short path": _tr("shortest path"),
        "age": _tr("oldest file"),
        "first path": _tr("first by name"),
    }
    merit = choice.group.merit
    return merits[merit] if choice.is_proposed and merit is not None else _tr("your choice")


def fate(choice: Choice, place: int) -> str:
    """What becomes of a photo of a group."""
    if place == choice.kept:
        return _tr("Keep: {reason}").format(reason=merit_words(choice))
    return _tr("To the bin") if choice.is_going(place) else _tr("Stays")


def day(moment: datetime) -> str:
    """A day as the user writes it."""
    return QLocale().toString(
        QDate(moment.year, moment.month, moment.day), QLocale.FormatType.ShortFormat
    )


def _formatted(moment: datetime) -> str:
    # With seconds: they are what tells the shots of a burst apart.
    return f"{day(moment)} {moment:%H:%M:%S}"
