"""`minimise`: limited-memory BFGS for smooth convex functions, without scipy."""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]

_MEMORY = 10
_ENOUGH_DESCENT = 1e-4
_MOST_HALVINGS = 30


def minimise(
    objective: Objective, start: Floats, *, tolerance: float = 1e-4, most_steps: int = 100
) -> Floats:
    """Go down from a place until the gradient has all but vanished.

    Nocedal and Wright, "Numerical Optimization" (2006), algorithms 7.4 and 7.5, with a backtracking
    line search (3.1).

    Args:
        objective: Gives value and gradient; smooth and convex.
        start: Where to begin; any shape, which the gradient has too.
        tolerance: The largest entry of the gradient at which to stop, relative to that at 0 steps.
        most_steps: After so many it is good enough.

    Returns:
        The place, of the shape of ``start``.
    """
    place = start
    value, gradient = objective(place)
    wanted = tolerance * max(float(np.abs(gradient).max()), 1e-12)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=_MEMORY)
    for _ in range(most_steps):
        if float(np.abs(gradient).max()) <= wanted:
            break
        direction = -_two_loops(gradient, steps)
        step = 1.0 if steps else 1.0 / max(1.0, float(np.linalg.norm(gradient)))
        found = _line_search(objective, place, value, gradient, direction * step)
        if found is None:
            break  # Rounding hides what is left of the descent.
        new, value, new_gradient = found
        moved, turned = new - place, new_gradient - gradient
        curvature = float(np.vdot(moved, turned))
        if curvature > 0:
            steps.append((moved, turned, 1 / curvature))
        place, gradient = new, new_gradient
    return place


def _two_loops(gradient: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient times an approximate inverse Hessian."""
    result = gradient.copy()
    shares = []
    for moved, turned, inverse in reversed(steps):
        share = inverse * float(np.vdot(moved, result))
        result -= share * turned
        shares.append(share)
    if steps:
        _, turned, inverse = steps[-1]
        result /= inverse * float(np.vdot(turned, turned))
    for (moved, turned, inverse), share in zip(steps, reversed(shares), strict=True):
        result += (share - inverse * float(np.vdot(turned, result))) * moved
    return result


def _line_search(
    objective: Objective, place: Floats, value: float, gradient: Floats, step: Floats
) -> tuple[Floats, float, Floats] | None:
    """The first of the halved steps that goes down enough, with value and gradient there."""
    slope = float(np.vdot(gradient, step))
    for halving in range(_MOST_HALVINGS):
        length = 0.5**halving
        new = place + length * step
        new_value, new_gradient = objective(new)
        if new_value <= value + _ENOUGH_DESCENT * length * slope:
            return new, new_value, new_gradient
    return None
