"""The split of the photos, look-alikes, and which photos of a batch fit which texts."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsearch.ml.dataset import (
    digest,
    fits,
    look_alikes,
    positives,
    probably_show,
    split,
    to_hold_out,
)
from clipsearch.ml.tuning_types import Concept, Example, Lessons
from tests.ml.embedding_space import make_kinds


def one_hot(labels: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.asarray(np.array(labels)[:, None] == np.arange(max(labels) + 1))


def test_a_third_is_held_out_and_of_many_photos_a_fifth() -> None:
    counts = {n: to_hold_out(n) for n in (0, 1, 2, 5, 10, 16, 20, 60, 100, 500)}
    expected = {0: 0, 1: 1, 2: 1, 5: 2, 10: 4, 16: 6, 20: 7, 60: 20, 100: 20, 500: 100}
    assert counts == expected
    amounts = [to_hold_out(n) for n in range(300)]
    assert amounts == sorted(amounts)


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3)), min_size=1, max_size=60),
    st.integers(0, 9),
)
def test_no_group_is_parted_and_each_concept_is_on_both_sides(
    photos: list[tuple[int, int]], seed: int
) -> None:
    concept_of = dict(photos)  # One a group.
    groups = [group for group, _ in photos]
    labels = [concept_of[group] for group in groups]
    wanted = [to_hold_out(labels.count(label)) for label in range(max(labels) + 1)]
    held = split(np.array(groups), one_hot(labels), wanted, seed=seed)
    sides: dict[int, set[bool]] = {}
    for group, is_held_out in zip(groups, held.tolist(), strict=True):
        sides.setdefault(group, set()).add(is_held_out)
    assert all(len(some) == 1 for some in sides.values())
    for label in set(labels):
        own = [group for group in concept_of if concept_of[group] == label]
        assert len({side for group in own for side in sides[group]}) == min(len(own), 2)


@given(
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=7),
    st.integers(0, 5),
)
def test_photos_of_several_concepts_are_parted_where_one_move_is_enough(
    rows: list[list[bool]], seed: int
) -> None:
    labels = np.array(rows, bool)
    wanted = [to_hold_out(int(count)) for count in labels.sum(axis=0)]
    held = split(np.arange(len(labels)), labels, wanted, seed=seed)

    def lacking(sides: tuple[bool, ...]) -> int:
        side = np.array(sides)
        return sum(1 for own in labels.T if own.sum() > 1 and len({*side[own].tolist()}) < 2)

    best = min(lacking(sides) for sides in product((False, True), repeat=len(labels)))
    moved = [
        lacking((*held[:at].tolist(), not held[at], *held[at + 1 :].tolist()))
        for at in range(len(held))
    ]
    assert best <= lacking(tuple(held.tolist())) <= min(moved)


def test_about_as_much_is_held_out_as_is_wanted() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 80, 300)
    labels = np.zeros((300, 4), bool)
    labels[np.arange(300), groups % 4] = True
    wanted = [to_hold_out(int(count)) for count in labels.sum(axis=0)]
    held = split(groups, labels, wanted)
    assert np.abs(labels[held].sum(axis=0) - wanted).max() <= 3


def test_one_large_group_teaches_and_the_small_one_judges() -> None:
    held = split(np.array([0] * 9 + [1]), np.ones((10, 1), bool), [4])
    assert held.tolist() == [False] * 9 + [True]


def test_the_same_seed_gives_the_same_split_and_others_differ() -> None:
    groups, labels = np.arange(40), np.ones((40, 1), bool)
    first, again, other = (split(groups, labels, [14], seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_look_alikes_are_near_and_seldom_members_that_were_forgotten() -> None:
    library = make_kinds(kinds=2, each=60, others=800).library
    members = np.arange(20)  # A third of the first kind; the user has not put in the rest.
    excluded = np.zeros(len(library), bool)
    excluded[700:710] = True
    shown = probably_show(library, members, members)
    found = look_alikes(library, members, excluded | shown, 30)
    nearest = (library @ library[members].T).max(axis=1)
    assert len(found) == 30
    assert not {*found.tolist()} & {*members.tolist(), *range(700, 710)}
    assert (np.diff(nearest[found]) <= 0).all()
    assert np.median(nearest[found]) > np.quantile(nearest[120:], 0.6)
    forgotten = {*range(20, 60)}
    naive = {*np.argsort(-nearest)[20:50].tolist()}
    assert len({*found.tolist()} & forgotten) < len(naive & forgotten) / 1.5


def test_copies_do_not_make_the_members_of_a_concept_seem_more_alike_than_they_are() -> None:
    library = make_kinds(kinds=2, each=60, others=800).library.copy()
    library[10:20] = library[:10]
    groups = np.arange(20) % 10
    found = probably_show(library, np.arange(20), groups)
    assert (found == probably_show(library, np.arange(10), groups[:10])).all()
    one_moment = probably_show(library, np.arange(20), np.zeros(20, np.int64))
    assert np.flatnonzero(one_moment).tolist() == list(range(20))


def slow_fits(
    photos: list[int], owners: list[int], of_example: list[set[int]], tells: list[set[int]]
) -> list[list[float]]:
    result = []
    for photo in photos:
        row = []
        for owner, told in zip(owners, tells, strict=True):
            if owner == photo:
                row.append(1.0)
            elif of_example[photo] & told:
                row.append(1.0 if owner < 0 else 0.1)
            else:
                row.append(0.0)
        result.append(row)
    return result


@pytest.mark.parametrize("seed", range(5))
def test_every_text_fits_the_photos_that_show_what_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((10, 4)) < 0.4
    of_example = [set(np.flatnonzero(row).tolist()) for row in table]
    photos, captioned = rng.integers(0, 10, 16), rng.integers(0, 10, 5)
    owners = np.concatenate([np.full(4, -1), captioned])
    tells = np.concatenate([np.eye(4, dtype=bool), table[captioned]])
    told = [set(np.flatnonzero(row).tolist()) for row in tells]
    found = fits(photos, table[photos], owners, tells)
    slow = slow_fits(photos.tolist(), owners.tolist(), of_example, told)
    assert found == pytest.approx(np.array(slow))
    assert (positives(found) == (found > 0.5)).all()


def test_the_digest_names_what_was_said_and_not_where_the_files_lie() -> None:
    one = Example(Path("a.jpg"), "aa", 0, (0,), captions=("in the harbour",))
    other = Example(Path("b.jpg"), "bb", 1)
    lessons = Lessons((Concept("Lotte"),), (one, other))
    moved = Lessons((Concept("Lotte"),), (other, replace(one, path=Path("c.jpg"), group=7)))
    assert digest(lessons) == digest(moved)
    changes = (
        replace(lessons, concepts=(Concept("Lotte", "a boat"),)),
        replace(lessons, examples=(one,)),
        replace(lessons, examples=(replace(one, concepts=()), other)),
        replace(lessons, examples=(replace(one, rejected=(0,)), other)),
        replace(lessons, examples=(replace(one, captions=()), other)),
        replace(lessons, examples=(replace(one, is_held_out=True), other)),
        replace(lessons, examples=(replace(one, content_hash="ab"), other)),
    )
    assert len({digest(one) for one in (lessons, *changes)}) == len(changes) + 1
