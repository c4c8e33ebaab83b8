"""Lays one small grey picture over another, and finds which part of it the other one shows.

Lucas and Kanade's method, coarse to fine (Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 56,
2004). Four unknowns tell the place, scale and shift of both axes: pictures are squashed to squares,
so a change of aspect is a scale, too. Two tell the light: gain and offset.
"""

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pictures: TypeAlias = NDArray[np.float32]
"""``(P, n, n) float32``: `P` square grey pictures."""

_RIDGE = 1e-3
"""Share of the diagonal that is added to it: for flat pictures there is no one answer."""
_LARGEST_STEP = 0.05
_LEAST_GAIN = 0.2
_SCALES = (0.6, 1.6)
_SHIFTS = (-0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where `P` pictures lie in others: a point ``u`` of one is ``scale * u + shift`` there."""

    scale: NDArray[np.float32]
    """``(P, 2)``, for x and y: 0.9 for a crop to 90 %."""
    shift: NDArray[np.float32]
    """``(P, 2)``, for x and y, as a share of the edge: where the upper left corner lies."""

    def inverse(self) -> "Placement":
        """Where the others lie in the pictures."""
        scale = np.float32(1) / self.scale
        return Placement(scale, -self.shift * scale)


def shrink(pictures: Pictures, edge: int) -> Pictures:
    """Scale pictures down by averaging, to an edge that divides theirs."""
    count, n, _ = pictures.shape
    k = n // edge
    if k == 1:
        return pictures
    smaller: Pictures = pictures.reshape(count, edge, k, edge, k).mean(axis=(2, 4))
    return smaller


def lay_over(whole: Pictures, placement: Placement) -> tuple[Pictures, NDArray[np.bool_]]:
    """Read pictures at a placement.

    Returns:
        What lies there, ``(P, n, n)``, and which of its pixels the pictures have at all; beyond
        their edges, the edge goes on.
    """
    centres = _centres(whole.shape[1])
    x = placement.scale[:, :1] * centres + placement.shift[:, :1]
    y = placement.scale[:, 1:] * centres + placement.shift[:, 1:]
    inside_x, inside_y = ((axis >= 0) & (axis <= 1) for axis in (x, y))
    read = _between_pixels(_between_pixels(whole, x, axis=2), y, axis=1)
    return read, inside_y[:, :, None] & inside_x[:, None, :]


def align(whole: Pictures, part: Pictures, start: Placement, *, steps: int) -> Placement:
    """Improve a guess of where ``part`` lies in ``whole``.

    Args:
        whole: ``(P, n, n)``.
        part: ``(P, n, n)``.
        start: The guess; right to about one pixel.
        steps: How often it is improved.
    """
    placement = start
    for _ in range(steps):
        placement = _improved(whole, part, placement)
    return placement


@cache
def _centres(n: int) -> NDArray[np.float32]:
    return ((np.arange(n) + 0.5) / n).astype(np.float32)


def _between_pixels(pictures: Pictures, at: NDArray[np.float32], axis: int) -> Pictures:
    """Read pictures along an axis at ``(P, n)`` shares of their edge, linearly interpolated."""
    n = pictures.shape[axis]
    position = np.clip(at * n - 0.5, 0, n - 1)
    first = np.minimum(position.astype(np.int32), n - 2)
    shape = (len(at), n, 1) if axis == 1 else (len(at), 1, n)
    index, share = first.reshape(shape), (position - first).reshape(shape)
    low = np.take_along_axis(pictures, index, axis)
    high = np.take_along_axis(pictures, index + 1, axis)
    between: Pictures = low + (high - low) * share
    return between


def _improved(whole: Pictures, part: Pictures, placement: Placement) -> Placement:
    """One step of Gauss and Newton for place and light together."""
    read, inside = lay_over(whole, placement)
    features = _derivatives(read, placement)
    count, n, _ = part.shape
    weighted = features * inside.reshape(count, 1, n * n)
    normal = weighted @ features.transpose(0, 2, 1)
    diagonal = np.einsum("pii->pi", normal)
    diagonal += _RIDGE * diagonal + 1e-6
    found = np.linalg.solve(normal, weighted @ part.reshape(count, n * n, 1))[:, :, 0]
    gain = np.maximum(found[:, 4:5], _LEAST_GAIN)
    change = np.clip(found[:, :4] / gain, -_LARGEST_STEP, _LARGEST_STEP)
    return Placement(
        np.clip(placement.scale + change[:, ::2], *_SCALES).astype(np.float32),
        np.clip(placement.shift + change[:, 1::2], *_SHIFTS).astype(np.float32),
    )


def _derivatives(read: Pictures, placement: Placement) -> NDArray[np.float32]:
    """``(P, 6, n * n)``: by x's scale and shift, by y's, by gain and offset."""
    count, n, _ = read.shape
    dy, dx = np.gradient(read, 1 / n, axis=(1, 2))
    # By the chain rule, the gradient of what was read is that of the picture times the scale.
    dx /= placement.scale[:, :1, None]
    dy /= placement.scale[:, 1:, None]
    x, y = _centres(n)[None, None, :], _centres(n)[None, :, None]
    features = np.stack([dx * x, dx, dy * y, dy, read, np.ones_like(read)], axis=1)
    return features.reshape(count, 6, n * n)
