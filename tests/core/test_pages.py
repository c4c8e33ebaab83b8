"""Pages of hits: joined, they are what one big page is, duplicates and judgement included."""

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core import judging
from clipsearch.core.folding import Folding
from clipsearch.core.library import Library
from clipsearch.core.neighbours import MOST_NEIGHBOURS, earlier_neighbours
from clipsearch.core.query_language import parse_query
from clipsearch.core.types import Hit, Page, Photo
from clipsearch.settings import cache_folder
from tests.conftest import COLOURS
from tests.core.changed_copies import recompressed, resized
from tests.core.test_likeness import scene

SCENES = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png")
QUERIES = ("red", "red:2 -blue", "type:png", "-red", "nothing in:nowhere")


@pytest.fixture
def repetitive(library: Library, tmp_path: Path) -> Library:
    """Scenes in three versions and with copies, and colours besides; 22 photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in SCENES:
        image, stem = scene(name), Path(name).stem
        image.save(folder / f"{stem}.png")
        resized(image, 0.5).save(folder / f"{stem} small.png")
        recompressed(image, 60).save(folder / f"{stem} poor.png")
        shutil.copy(folder / f"{stem}.png", folder / f"{stem} copy.png")
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 30), colour).save(folder / f"{name}.png")
    library.index([folder])
    library.duplicates(["near"])
    return library


def joined(pages: list[Page]) -> list[Hit]:
    """All hits, with what later pages put behind them."""
    hits: list[Hit] = []
    for page in pages:
        hits = [
            replace(hit, duplicates=(*hit.duplicates, *page.behind.get(hit.photo.path, ())))
            for hit in hits
        ]
        hits += page.hits
    return hits


def without_parts(hit: Hit) -> Hit:
    """What must be the same to the last bit."""
    return replace(hit, parts=())


def test_pages_joined_are_all_hits(repetitive: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_FIRST_JUDGED", 2)  # So that more must be judged.
    for text, fold in product(QUERIES, (False, True)):
        query = replace(parse_query(text), fold=fold)
        whole = repetitive.search_page(replace(query, k=None))
        assert sum(1 + len(hit.duplicates) for hit in whole.hits) == whole.total
        for k in (1, 3, 10):
            starts = range(0, 24, k)
            pages = [repetitive.search_page(replace(query, k=k, offset=at)) for at in starts]
            shown = joined(pages)
            assert [without_parts(hit) for hit in shown] == [
                without_parts(hit) for hit in whole.hits
            ]
            fits = [
                [part.fit for hit in hits for part in hit.parts] for hits in (shown, whole.hits)
            ]
            assert fits[0] == pytest.approx(fits[1], abs=1e-5)
            assert {(p.total, p.certain) for p in pages} == {(whole.total, whole.certain)}


def test_a_page_by_itself_is_as_after_the_pages_before_it(repetitive: Library) -> None:
    query = replace(parse_query("red"), fold=True, k=4, offset=12)
    alone = repetitive.search_page(query)
    for offset in (0, 4, 8):
        repetitive.search_page(replace(query, offset=offset))
    assert repetitive.search_page(query) == alone
    assert alone.behind, "some of it stands behind earlier hits"


def test_what_is_certain_is_counted_beyond_the_page(
    repetitive: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_FIRST_JUDGED", 2)
    whole = repetitive.search_page(replace(parse_query("red"), k=None))
    first = repetitive.search_page(replace(parse_query("red"), k=1))
    assert first.certain == sum(hit.above_cutoff for hit in whole.hits)
    assert first.total == len(whole.hits) == 22


def test_sorted_pages_lie_one_behind_another(repetitive: Library) -> None:
    query = replace(parse_query("red"), k=None, sort="name")
    whole = repetitive.search_page(query)
    pages = [repetitive.search_page(replace(query, k=5, offset=at)) for at in range(0, 25, 5)]
    photos = [hit.photo for page in pages for hit in page.hits]
    assert photos == [hit.photo for hit in whole.hits]
    certain = [hit.photo.path.name for hit in whole.hits[: whole.certain]]
    assert all(hit.above_cutoff for hit in whole.hits[: whole.certain])
    assert certain == sorted(certain)


def test_versions_that_become_known_between_pages_repeat_no_photo(
    repetitive: Library,
) -> None:
    fresh = Library(repetitive.root, repetitive.settings, load_model=repetitive._models._load)
    for cached in cache_folder().glob("fingerprints*"):
        cached.unlink()
    query = replace(parse_query("type:png"), fold=True, k=12)
    first = fresh.search_page(query)
    assert len(first.hits) > len(repetitive.search_page(query).hits), "versions are not known yet"
    fresh.duplicates(["near"])
    pages = [first, fresh.search_page(replace(query, offset=12))]
    fresh.close()
    shown: list[Photo] = [photo for hit in joined(pages) for photo in (hit.photo, *hit.duplicates)]
    assert len(shown) == len({photo.path for photo in shown}) == 22


def test_a_patient_search_folds_versions_that_nobody_has_looked_for(
    repetitive: Library,
) -> None:
    query = replace(parse_query("type:png"), fold=True, k=None)
    folded = repetitive.search_page(query)
    repetitive.close()
    for cached in cache_folder().glob("fingerprints*"):
        cached.unlink()
    fresh = Library(repetitive.root, repetitive.settings, load_model=repetitive._models._load)
    assert len(fresh.search_page(query).hits) > len(folded.hits)
    assert fresh.search_page(query, patiently=True) == folded
    assert fresh.search_page(query) == folded
    fresh.close()


def slowly_folded(contents: list[int], same: NDArray[np.bool_]) -> list[int]:
    """One photo after the other, each compared with all before it."""
    behind: list[int] = []
    for rank, content in enumerate(contents):
        copies = [behind[other] for other in range(rank) if contents[other] == content]
        alike = [o for o in range(rank) if behind[o] == o and same[contents[o], content]]
        behind.append(next(iter(copies + alike), rank))
    return behind


@given(
    contents=st.lists(st.integers(0, 9), max_size=12),
    links=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9))),
    cuts=st.lists(st.integers(0, 12), max_size=3),
)
def test_however_long_the_pages_the_folding_is_one(
    contents: list[int], links: set[tuple[int, int]], cuts: list[int]
) -> None:
    same = np.zeros((10, 10), bool)
    for one, other in links:
        same[one, other] = same[other, one] = True
    ranked = np.arange(len(contents))[::-1]
    of_row = [str(content) for content in contents[::-1]]
    embeddings = np.ones((len(contents), 1), np.float32)

    def are_same(pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        of = np.array([int(content) for content in of_row], np.int64)
        return same[of[pairs[:, 0]], of[pairs[:, 1]]]

    folding = Folding()
    for end in [*sorted(cuts), len(contents)]:
        assert folding.is_of(ranked[:end])
        folding = folding.extended(ranked[:end], embeddings, of_row, 0.5, are_same)
    assert folding.behind == slowly_folded(contents, same)


def test_only_what_is_close_is_compared() -> None:
    embeddings = np.eye(4, dtype=np.float32)[[0, 1, 0, 1, 2]]
    assert sorted(map(tuple, earlier_neighbours(embeddings, 0, 0.9).tolist())) == [(0, 2), (1, 3)]
    assert earlier_neighbours(embeddings, 3, 0.9).tolist() == [[1, 3]]
    assert earlier_neighbours(embeddings[:0], 0, 0.9).shape == (0, 2)


def test_of_many_that_are_close_the_nearest_are_taken() -> None:
    rng = np.random.default_rng(0)
    angles = rng.uniform(0, 0.4, 60)
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    found = earlier_neighbours(embeddings, 20, 0.9)
    for later in range(20, 60):
        distances = np.abs(angles[:later] - angles[later])
        nearest = set(np.argsort(distances)[:MOST_NEIGHBOURS].tolist())
        assert set(found[found[:, 1] == later, 0].tolist()) == nearest
    assert found[:, 1].min() == 20
