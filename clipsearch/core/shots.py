"""When and with what photos were taken, for telling one shot from another."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.formats import RAW_SUFFIXES
from clipsearch.core.snapshot import Snapshot

_SECOND = np.timedelta64(1, "s")
_MICROSECOND = np.timedelta64(1, "us")
_SERIES = np.timedelta64(10, "m")
"""Within it, two times of one camera mean two shots. Times that are further apart may be those of
one shot: a clock that was put right by hours, an editor's stamp."""


@dataclass(frozen=True, slots=True, eq=False)
class Shots:
    """Columns of a snapshot's ``N`` rows."""

    taken: NDArray[np.datetime64]
    """``(N,)``, microseconds; NaT where it is not known."""
    camera: NDArray[np.int64]
    """``(N,)``: a number for each camera; -1 where it is not known."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Shots":
        """Read them off a snapshot."""
        taken = snapshot.columns.column("taken_at").to_numpy().astype("datetime64[us]")
        cameras = snapshot.columns.column("camera").to_pylist()
        numbers = {name: number for number, name in enumerate(sorted({*cameras} - {None}))}
        return cls(taken, np.array([numbers.get(name, -1) for name in cameras], np.int64))

    def differ(self, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether camera and clock tell that two photos are two shots.

        Args:
            pairs: ``(P, 2)`` rows.

        Returns:
            ``(P,) bool``.
        """
        one, other = self.taken[pairs[:, 0]], self.taken[pairs[:, 1]]
        apart = np.abs(one - other)
        # Programs drop split seconds: a time without them may be any within its second.
        least = np.where(_is_whole(one) | _is_whole(other), _SECOND, _MICROSECOND)
        first, second = self.camera[pairs].T
        is_one_camera = (first >= 0) & (first == second)
        return np.asarray(is_one_camera & (apart >= least) & (apart <= _SERIES))


def companions(paths: Sequence[str]) -> NDArray[np.bool_]:
    """Which files are the RAW half of a shot that the camera stored as a picture, too.

    They lie side by side under one name. To whoever takes both, they are one photo.

    Args:
        paths: ``N`` absolute paths.

    Returns:
        ``(N,) bool``.
    """
    split = [os.path.splitext(path) for path in paths]
    pictures = {name for name, suffix in split if suffix.lower() not in RAW_SUFFIXES}
    return np.array(
        [suffix.lower() in RAW_SUFFIXES and name in pictures for name, suffix in split], bool
    )


def _is_whole(times: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    return np.asarray(times == times.astype("datetime64[s]"))
