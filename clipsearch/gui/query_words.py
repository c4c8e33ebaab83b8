"""The parts and filters of a query in words, as chips, tips and the inspector show them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clipsearch.core.query import Part, Picture

if TYPE_CHECKING:
    from clipsearch.core.filters import Filter


def _tr(text: str) -> str:
    return QCoreApplication.translate("QueryWords", text)


def filter_words(one: "Filter") -> str:
    """Put a filter into words: ``in: 2012``, ``not rating: ≥ 4``."""
    from clipsearch.core.filter_words import write_filter  # Not before the first paint.

    name, value = write_filter(one)
    pattern = _tr("not {name}: {value}") if one.negated else _tr("{name}: {value}")
    return pattern.format(name=name, value=value.replace("<=", "≤ ").replace(">=", "≥ "))


def picture_words(picture: Picture, *, excluded: bool) -> str:
    """Put a picture that is searched by into words: ``like part of beach.jpg``."""
    name = picture.path.name
    if picture.region is not None:
        name = _tr("part of {name}").format(name=name)
    pattern = _tr("not like {name}") if excluded else _tr("like {name}")
    return pattern.format(name=name)


def part_words(part: Part) -> str:
    """Put a part of a query into words: ``dog``, ``not: leash``, ``like beach.jpg``."""
    if isinstance(part.content, Picture):
        return picture_words(part.content, excluded=part.excluded)
    return _tr("not: {words}").format(words=part.content) if part.excluded else part.content
