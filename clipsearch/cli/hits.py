"""How the hits of a search are printed."""

from collections.abc import Sequence

from clipsearch.cli import output
from clipsearch.core.query import Query
from clipsearch.core.query_language import format_query
from clipsearch.core.types import Hit, PartMatch


def as_dict(hit: Hit, *, explain: bool = False, grouped: bool = False) -> dict[str, object]:
    """Turn a hit into what ``--json`` prints, with its duplicates if they are behind it."""
    document: dict[str, object] = {
        "path": str(hit.photo.path),
        "score": None if hit.score is None else round(hit.score, 6),
        "relevance": round(hit.relevance, 4),
        "above_cutoff": hit.above_cutoff,
        "parts": [_match_as_dict(match) for match in hit.parts],
    }
    if explain:
        document["filters"] = [format_query(Query(filters=(one,))) for one in hit.filters]
    if grouped:
        document["duplicates"] = [str(photo.path) for photo in hit.duplicates]
    return document


def print_hits(hits: Sequence[Hit], *, explain: bool) -> None:
    """Print a table, with a line between what is certain and what is less so."""
    columns = ["relevance", "score", *(["why"] if explain else []), "photo"]
    certain = [_row(hit, explain) for hit in hits if hit.above_cutoff]
    less = [_row(hit, explain) for hit in hits if not hit.above_cutoff]
    if certain or not less:
        output.print_table(columns, certain)
    if less:
        output.notice(
            f"{len(less)} less certain:" if certain else
            "Nothing in the library is certain to be what you look for; the closest photos:"
        )  # fmt: skip
        output.print_table(columns, less)


def _row(hit: Hit, explain: bool) -> tuple[object, ...]:
    numbers = ("", "") if hit.score is None else (f"{hit.relevance:.0%}", f"{hit.score:.3f}")
    path = str(hit.photo.path)
    if hit.duplicates:
        path += f" +{len(hit.duplicates)}"
    return (*numbers, *([_why(hit)] if explain else []), path)


def _why(hit: Hit) -> str:
    parts = [f"{_name(match)} {match.fit:.0%}" for match in hit.parts]
    return ", ".join([*parts, *(format_query(Query(filters=(one,))) for one in hit.filters)])


def _match_as_dict(match: PartMatch) -> dict[str, object]:
    return {
        "part": _name(match),
        "score": round(match.score, 6),
        "relevance": round(match.fit, 4),
        "excluded": match.part.excluded,
    }


def _name(match: PartMatch) -> str:
    return format_query(Query((match.part,)))
