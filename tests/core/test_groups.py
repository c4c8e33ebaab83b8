"""Groups of pairs: complete, and never a chain of strangers."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clipsearch.core.groups import agreeing, connected

_PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] != p[1]))


@given(_PAIRS)
def test_what_pairs_connect_is_together(pairs: list[tuple[int, int]]) -> None:
    slow = [{one} for one in {one for pair in pairs for one in pair}]
    for pair in pairs:
        touched = [group for group in slow if group & {*pair}]
        slow = [group for group in slow if group not in touched] + [set().union(*touched)]
    assert sorted(connected(pairs)) == sorted(sorted(group) for group in slow)


@given(_PAIRS, st.permutations(range(13)))
def test_all_agree_with_the_first_and_nobody_is_in_two_groups(
    pairs: list[tuple[int, int]], order: list[int]
) -> None:
    agree = {frozenset(pair) for pair in pairs}

    def asked(some: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.array([frozenset(pair) in agree for pair in some.tolist()])

    groups = agreeing(order, asked)
    for first, *others in groups:
        assert others
        assert all(frozenset((first, other)) in agree for other in others)
    members = [one for group in groups for one in group]
    assert len(members) == len(set(members))
    # Whoever is left over agrees with nobody else who is.
    left = set(order) - set(members)
    assert not any(frozenset(pair) in agree for pair in combinations(left, 2))


def test_a_chain_breaks_where_the_ends_have_nothing_in_common() -> None:
    def next_to(some: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(np.abs(some[:, 0] - some[:, 1]) <= 1)

    assert agreeing([3, 1, 2, 4, 5, 6], next_to) == [[3, 2, 4], [5, 6]]
