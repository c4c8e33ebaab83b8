"""Tells whether two pictures are one: resized, recompressed, squashed, slightly cropped or lit.

What is compared are small grey pictures. An overview of 8 x 8 pixels turns most pairs down; what is
left is laid over one another to a fraction of a pixel, and must then agree in nearly every spot.
Two shots of one scene do not: what moved disagrees where it was and where it is, a step aside
shifts the near against the far, and a turn of the camera shows something new at one edge while it
loses something at the other, which no crop does.
"""

from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.alignment import Pictures, Placement, align, lay_over, shrink

_Pixel = TypeVar("_Pixel", bound=np.generic)

EDGE = 64
"""Of the grey pictures that are compared, in pixels."""

_OVERVIEW_EDGE = 8
_ALIKE_AT_A_GLANCE = 0.75
"""Least correlation of two overviews."""
_SPANS = ((0.0, 1.0), (0.05, 0.95), (0.1, 0.9), (0.0, 0.9), (0.1, 1.0))
"""Start and end of the crops that are looked at first, as shares of the edge."""
_BOXES = ((0, 0), (1, 1), (2, 2), (3, 3), (3, 4), (4, 3), (4, 4))
"""Which of them for x and y; the first is the whole."""
_STEPS = ((16, 8), (32, 4), (64, 3))
"""Edge in pixels, and how often the placement is improved at it."""
_LEAST_SCALE = 0.75
_EDGE_TOLERANCE = 0.025
"""How far, as a share of its edge, a crop may seem to stick out of the picture."""

_SPOT = 8
"""Edge of the squares that must agree, in pixels."""
_NOISE = 20.0
"""Variance, in grey levels squared, that says nothing: compression, a sensor's noise."""
_TEXTURED = 30.0
"""Variance from which a spot shows something."""
_FEWEST_SPOTS = 12
"""With fewer that show something (of 64), a picture says too little: white pages, black frames."""
_AGREES = 0.6
_MOST_DISAGREEING = 0.1
"""Share of spots: a watermark, not a person."""
_LEAST_MEAN = 0.85
_GAINS = (1 / 3, 3.0)


def overviews(pictures: Pictures) -> NDArray[np.float32]:
    """Look at pictures, and at some crops of each, from afar.

    Args:
        pictures: ``(P, 64, 64)`` grey levels.

    Returns:
        ``(P, B, 64)``: the crops' overviews, each with mean 0 and length 1; the first of the whole.
    """
    averages = _averages()
    count, spans = len(pictures), len(averages) // _OVERVIEW_EDGE
    across = (pictures.reshape(-1, EDGE) @ averages.T).reshape(count, EDGE, -1)
    both = (averages @ across).reshape(count, spans, _OVERVIEW_EDGE, spans, _OVERVIEW_EDGE)
    seen = [both[:, down, :, along, :] for along, down in _BOXES]
    flat = np.stack(seen, axis=1).reshape(count, len(_BOXES), -1)
    flat -= flat.mean(axis=2, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=2, keepdims=True), 1e-6)
    return flat


def alike_at_a_glance(
    one: NDArray[np.float32], other: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], Placement]:
    """Turn down the pairs that cannot be one picture.

    Args:
        one: ``(P, B, 64)``, see `overviews`.
        other: As `one`.

    Returns:
        Which of the pairs may be one, ``(P,)``, and roughly where the other ones lie in the ones.
    """
    into_one = np.einsum("pbd,pd->pb", one, other[:, 0])
    into_other = np.einsum("pbd,pd->pb", other, one[:, 0])
    correlation = np.concatenate([into_one, into_other], axis=1)
    best = correlation.argmax(axis=1)
    scale, shift = _starts()
    return correlation.max(axis=1) >= _ALIKE_AT_A_GLANCE, Placement(scale[best], shift[best])


def show_the_same(one: Pictures, other: Pictures, start: Placement) -> NDArray[np.bool_]:
    """Tell which of `P` pairs are one picture.

    Args:
        one: ``(P, 64, 64)`` grey levels, 0 to 255, squashed to squares.
        other: As `one`.
        start: Roughly where the other ones lie in the ones.

    Returns:
        ``(P,) bool``.
    """
    wide, narrow, placement = _aligned(one, other, start)
    read, inside = lay_over(narrow, placement)
    agreement, says_something = _spots(read, wide, inside)
    count = says_something.sum(axis=1)
    counted = np.maximum(count, 1)
    mean = np.where(says_something, agreement, 0).sum(axis=1) / counted
    disagreeing = (says_something & (agreement < _AGREES)).sum(axis=1) / counted
    same: NDArray[np.bool_] = (
        _is_crop(placement)
        & (count >= _FEWEST_SPOTS)
        & (mean >= _LEAST_MEAN)
        & (disagreeing <= _MOST_DISAGREEING)
    )
    return same


@cache
def _starts() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scales and shifts ``(2 * B, 2)`` of the boxes, then of their inverses."""
    spans = np.array(_SPANS, np.float32)[np.array(_BOXES)]
    there = Placement(spans[..., 1] - spans[..., 0], spans[..., 0])
    back = there.inverse()
    return np.concatenate([there.scale, back.scale]), np.concatenate([there.shift, back.shift])


def _aligned(
    one: Pictures, other: Pictures, start: Placement
) -> tuple[Pictures, Pictures, Placement]:
    """The wider picture of each pair, the narrower one, and where the wide lies in the narrow.

    The narrow one is then read at fewer pixels than it has, never at more: that costs no detail.
    """
    edge, steps = _STEPS[0]
    placement = align(shrink(one, edge), shrink(other, edge), start, steps=steps)
    swap = placement.scale.prod(axis=1) < 1
    by_pair = swap[:, None, None]
    narrow, wide = np.where(by_pair, other, one), np.where(by_pair, one, other)
    back = placement.inverse()
    placement = Placement(
        np.where(swap[:, None], back.scale, placement.scale),
        np.where(swap[:, None], back.shift, placement.shift),
    )
    for edge, steps in _STEPS[1:]:
        placement = align(shrink(narrow, edge), shrink(wide, edge), placement, steps=steps)
    return wide, narrow, placement


def _is_crop(placement: Placement) -> NDArray[np.bool_]:
    """Whether the narrow pictures lie whole within the wide ones, and are not much smaller."""
    back = placement.inverse()
    start, end = back.shift, back.shift + back.scale
    inside = (start >= -_EDGE_TOLERANCE) & (end <= 1 + _EDGE_TOLERANCE)
    return np.asarray((inside & (back.scale >= _LEAST_SCALE)).all(axis=1))


def _spots(
    read: Pictures, wide: Pictures, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """How well each spot agrees in contrast and structure, and which spots say something.

    The measure is the second factor of SSIM (Wang and others, IEEE TIP 13, 2004), after the light
    of the whole picture is made the same. A slope says nothing: all sunsets are alike in it.
    """
    a, b = _without_slope(_by_spots(read)), _without_slope(_by_spots(wide))
    whole = _by_spots(inside).all(axis=2)
    gain = (a * b).mean(axis=2).sum(axis=1, where=whole) / np.maximum(
        (a * a).mean(axis=2).sum(axis=1, where=whole), 1e-6
    )
    a = a * np.clip(gain, *_GAINS)[:, None, None]
    covariance = (a * b).mean(axis=2)
    variance_a, variance_b = (a * a).mean(axis=2), (b * b).mean(axis=2)
    agreement = (2 * covariance + _NOISE) / (variance_a + variance_b + _NOISE)
    return agreement, whole & (np.maximum(variance_a, variance_b) >= _TEXTURED)


def _without_slope(spots: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take the best-fitting plane out of each spot."""
    axis = np.arange(_SPOT, dtype=np.float32) - (_SPOT - 1) / 2
    planes = np.stack([np.tile(axis, _SPOT), np.repeat(axis, _SPOT)], axis=1)
    planes /= np.linalg.norm(planes, axis=0)
    level = spots - spots.mean(axis=2, keepdims=True)
    result: NDArray[np.float32] = level - (level @ planes) @ planes.T
    return result


def _by_spots(pictures: NDArray[_Pixel]) -> NDArray[_Pixel]:
    """``(P, n, n)`` to ``(P, spots, pixels)``."""
    count, n, _ = pictures.shape
    k = n // _SPOT
    spots = pictures.reshape(count, k, _SPOT, k, _SPOT).transpose(0, 1, 3, 2, 4)
    return spots.reshape(count, k * k, _SPOT * _SPOT)


@cache
def _averages() -> NDArray[np.float32]:
    """For each span, the rows that average its pixels to those of an overview."""
    pixels, found = np.arange(EDGE), []
    for start, end in _SPANS:
        bounds = np.linspace(start, end, _OVERVIEW_EDGE + 1)[:, None] * EDGE
        shares = np.diff(np.clip(bounds - pixels, 0, 1), axis=0)
        found.append(shares / shares.sum(axis=1, keepdims=True))
    return np.concatenate(found).astype(np.float32)
