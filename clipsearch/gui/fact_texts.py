"""What the inspector says of a photo, or of several: only what is true of all of them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum, auto
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication, QLocale

from clipsearch.core.types import Metadata, Photo
from clipsearch.errors import ImageError
from clipsearch.gui import photo_facts
from clipsearch.gui.contracts import PhotoLibrary, PictureSource
from clipsearch.gui.work import number, size

_MOST_READ = 1000
"""Photos; of more it takes too long to read what their files say."""
_STARS = 5
_LONGEST_FRACTION = 0.3
"""Seconds; longer exposures are no fractions of a second on a camera's display."""


class Fact(StrEnum):
    """The facts, in the order in which they are shown."""

    SIZE = auto()
    FILE = auto()
    DATE = auto()
    CAMERA = auto()
    LENS = auto()
    EXPOSURE = auto()
    PLACE = auto()
    RATING = auto()
    TITLE = auto()
    DESCRIPTION = auto()
    KEYWORDS = auto()
    FOLDER = auto()
    NOTE = auto()


Facts: TypeAlias = dict[Fact, str]
"""What is known, in the user's words; nothing is empty."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("FactTexts", text)


def label(fact: Fact) -> str:
    """What stands before a fact."""
    return {
        Fact.SIZE: _tr("Size"),
        Fact.FILE: _tr("File"),
        Fact.DATE: _tr("Date"),
        Fact.CAMERA: _tr("Camera"),
        Fact.LENS: _tr("Lens"),
        Fact.EXPOSURE: _tr("Exposure"),
        Fact.PLACE: _tr("Place"),
        Fact.RATING: _tr("Rating"),
        Fact.TITLE: _tr("Title"),
        Fact.DESCRIPTION: _tr("Description"),
        Fact.KEYWORDS: _tr("Keywords"),
        Fact.FOLDER: _tr("Folder"),
        Fact.NOTE: _tr("Note"),
    }[fact]


def facts_at_once(photos: Sequence[Photo]) -> Facts:
    """What needs no reading: of one photo its size; of several nothing, there may be many."""
    return _of_files(photos) if len(photos) == 1 else {}


def read_facts(library: PhotoLibrary, source: PictureSource, photos: Sequence[Photo]) -> Facts:
    """Read what is known of some photos; for a worker thread.

    Args:
        library: Has them.
        source: Reads how a single one was exposed, which the library does not know.
        photos: One at least.

    Raises:
        ClipSearchError: The library cannot be read, or has a photo no more.
    """
    facts = _of_files(photos)
    if len(photos) > _MOST_READ:
        note = _tr("What the files say is told of at most {count} photos.")
        return facts | {Fact.NOTE: note.format(count=number(_MOST_READ))}
    said = library.metadata(*(photo.path for photo in photos))
    facts[Fact.DATE] = _date(photos, said)
    for fact, text in _TEXTS.items():
        facts[fact] = _shared([text(one) for one in said])
    facts[Fact.EXPOSURE] = _exposure(source, photos[0].path) if len(photos) == 1 else ""
    facts[Fact.KEYWORDS] = ", ".join(_shared_keywords(said))
    return {fact: words for fact, words in facts.items() if words}


def _of_files(photos: Sequence[Photo]) -> Facts:
    """What is known of the files, without reading them."""
    total = size(sum(photo.state.size for photo in photos))
    if len(photos) == 1:
        return {Fact.SIZE: _pixels(photos[0]), Fact.FILE: total}
    facts = {
        Fact.SIZE: _shared([_pixels(photo) for photo in photos]),
        Fact.FILE: _tr("{size} together").format(size=total),
        Fact.FOLDER: _folder(photos),
    }
    return {fact: words for fact, words in facts.items() if words}


def _pixels(photo: Photo) -> str:
    millions = QLocale().toString(photo.width * photo.height / 1e6, "f", 1)
    return _tr("{pixels}, {millions} MP").format(
        pixels=photo_facts.pixels(photo), millions=millions
    )


def _folder(photos: Sequence[Photo]) -> str:
    """The folder that holds all photos, if that says anything."""
    # Text, since looking for the parents of many paths takes long.
    folders = {os.path.dirname(photo.path) for photo in photos}
    if len(folders) == 1:
        return folders.pop()
    try:
        shared = os.path.commonpath(folders)
    except ValueError:  # Several drives.
        return ""
    return "" if shared == os.path.dirname(shared) else _tr("below {path}").format(path=shared)


def _date(photos: Sequence[Photo], said: Sequence[Metadata]) -> str:
    if len(photos) == 1:
        return photo_facts.date(replace(photos[0], metadata=said[0]))
    moments = [one.taken_at for one in said if one.taken_at is not None]
    if len(moments) < len(said):
        return ""
    first, last = (photo_facts.day(moment) for moment in (min(moments), max(moments)))
    return first if first == last else _tr("{first} to {last}").format(first=first, last=last)


def _exposure(source: PictureSource, path: Path) -> str:
    try:
        exposure = source.exposure(path)
    except ImageError:  # Its drive may be away.
        return ""
    values = (
        (exposure.seconds, _time),
        (exposure.f_number, lambda number: _tr("f/{number}").format(number=_short(number))),
        (exposure.iso, lambda speed: _tr("ISO {speed}").format(speed=round(speed))),
        (exposure.focal_length, lambda length: _tr("{length} mm").format(length=_short(length))),
    )
    return ", ".join(words(value) for value, words in values if value is not None)


def _time(seconds: float) -> str:
    """As cameras write it: ``1/125 s``, ``2.5 s``."""
    if seconds <= _LONGEST_FRACTION:
        return _tr("1/{part} s").format(part=round(1 / seconds))
    return _tr("{seconds} s").format(seconds=_short(seconds))


def _short(value: float) -> str:
    """With one decimal, if that is not zero."""
    return QLocale().toString(round(value, 1), "g", 6)


def _place(said: Metadata) -> str:
    if said.latitude is None or said.longitude is None:
        return ""
    latitude = _tr("{degrees}° N") if said.latitude >= 0 else _tr("{degrees}° S")
    longitude = _tr("{degrees}° E") if said.longitude >= 0 else _tr("{degrees}° W")
    pairs = ((latitude, said.latitude), (longitude, said.longitude))
    return ", ".join(
        pattern.format(degrees=QLocale().toString(abs(degrees), "f", 4))
        for pattern, degrees in pairs
    )


def _rating(said: Metadata) -> str:
    if said.rating == -1:
        return _tr("rejected")
    stars = said.rating or 0
    return "★" * stars + "☆" * (_STARS - stars) if stars else ""


_TEXTS: dict[Fact, Callable[[Metadata], str]] = {
    Fact.CAMERA: lambda said: said.camera or "",
    Fact.LENS: lambda said: said.lens or "",
    Fact.PLACE: _place,
    Fact.RATING: _rating,
    Fact.TITLE: lambda said: said.title or "",
    Fact.DESCRIPTION: lambda said: said.description or "",
}


def _shared(values: Sequence[str]) -> str:
    """What all are; empty if they differ."""
    return values[0] if len(set(values)) == 1 else ""


def _shared_keywords(said: Sequence[Metadata]) -> list[str]:
    """Those that all have, in the order of the first."""
    everywhere = set.intersection(*(set(one.keywords) for one in said))
    return [word for word in said[0].keywords if word in everywhere]
