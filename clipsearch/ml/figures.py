"""What is known of catalogue models before they are here: size, effort, and how well they find."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from clipsearch.resources import resource_path

_BYTES_PER_PARAMETER = 4  # The hub has them as float32.
_REFERENCE = "ViT-B-32"
_SAME_LAYOUT = "-quickgelu"  # Another activation, the same size.


_QUICK = 1.5
"""Effort up to which a model needs no graphics card."""
_PATIENT = 10.0
"""Effort up to which one may do without."""


class Pace(StrEnum):
    """How long one waits for a model, by its effort."""

    QUICK = "quick"
    PATIENT = "patient"
    SLOW = "slow"
    """Of use with a graphics card alone."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What others have measured of a model; ``None`` where they have not."""

    about_bytes: int | None = None
    """Of its weights."""
    effort: float | None = None
    """To embed a photo, in that of the small and usual ViT-B-32."""
    recall: float | None = None
    """Of how many descriptions among 1,000 photos of Flickr30k the photo is the first hit, in
    [0, 1]."""

    @property
    def pace(self) -> Pace | None:
        """How long one waits; ``None`` where the effort is not known."""
        if self.effort is None:
            return None
        if self.effort <= _QUICK:
            return Pace.QUICK
        return Pace.PATIENT if self.effort <= _PATIENT else Pace.SLOW


def figures_of(name: str) -> Figures:
    """Look up a model by ``ARCHITECTURE:TAG``; of others nothing is known."""
    architecture, _, tag = name.partition(":")
    layouts = _rows("architectures")
    layout = layouts.get(architecture.removesuffix(_SAME_LAYOUT)) if tag else None
    found = _rows("recalls").get(name)
    return Figures(
        about_bytes=round(float(layout["mparams"]) * 1e6 * _BYTES_PER_PARAMETER)
        if layout
        else None,
        effort=_gflops(layout) / _gflops(layouts[_REFERENCE]) if layout else None,
        recall=float(found["recall"]) if found else None,
    )


def _gflops(layout: dict[str, str]) -> float:
    return float(layout["image_gflops"])


@lru_cache
def _rows(table: str) -> dict[str, dict[str, str]]:
    """A table that ships with clipsearch, by its first column."""
    text = resource_path(f"models/{table}.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {next(iter(row.values())): row for row in csv.DictReader(lines)}
