"""Makes groups of pairs: chained ones, and ones in which all agree with one representative."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def connected(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Put together what pairs connect, however long the chain (union-find).

    Returns:
        The members of each group, in order; two at least.
    """
    parent: dict[int, int] = {}

    def root(of: int) -> int:
        while (above := parent.setdefault(of, of)) != of:
            parent[of] = parent[above]  # Halves the path for the next one.
            of = above
        return of

    for one, other in pairs:
        parent[root(one)] = root(other)
    members = defaultdict(list)
    for one in sorted(parent):
        members[root(one)].append(one)
    return list(members.values())


def agreeing(
    members: Sequence[int], agree: Callable[[NDArray[np.int64]], NDArray[np.bool_]]
) -> list[list[int]]:
    """Split a chain into groups whose members all agree with the group's first.

    In a chain of A like B and B like C, A and C may have nothing in common.

    Args:
        members: The best first: it becomes the representative of the first group.
        agree: Tells for ``(P, 2)`` pairs which of them agree.

    Returns:
        Groups of two at least, their representative first.
    """
    groups, left = [], list(members)
    while len(left) > 1:
        first, rest = left[0], left[1:]
        answers = agree(np.array([(first, other) for other in rest]))
        group = [other for other, does in zip(rest, answers, strict=True) if does]
        if group:
            groups.append([first, *group])
        left = [other for other, does in zip(rest, answers, strict=True) if not does]
    return groups
