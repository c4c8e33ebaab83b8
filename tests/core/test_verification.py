"""Damage that is made for real, found, and mended."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query import Query
from tests.conftest import COLOURS, FakeModel, best_score
from tests.core.damaging import overwrite_page

MakeLibrary = Callable[..., Library]


def table(library: Library, model: FakeModel) -> PhotoIndex:
    return PhotoIndex(library.root, model.fingerprint, model.dimension)


def kinds(library: Library, *, contents: bool = False) -> list[str]:
    return [problem.kind for problem in library.verify(contents=contents).problems]


def finds_every_colour(library: Library) -> bool:
    return all(library.search(Query.of(c, k=1))[0].photo.path.stem == c for c in COLOURS)


def test_a_sound_library_has_no_problems(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    found = library.verify(contents=True)
    assert (found.photos, found.problems, found.is_repaired) == (6, (), True)


def test_a_library_that_is_not_there_has_none_and_is_not_made(library: Library) -> None:
    assert library.verify().problems == ()
    assert not library.root.exists()


@pytest.mark.parametrize("damage", [0.0, 3.0])
def test_an_embedding_that_is_not_sound_is_made_again(
    library: Library, colour_photos: Path, fake_model: FakeModel, damage: float
) -> None:
    library.index([colour_photos])
    index = table(library, fake_model)
    red = next(photo for photo in library.photos() if photo.path.stem == "red")
    index.write([red], np.full((1, 32), damage, np.float32))
    assert kinds(library) == ["embedding"]
    found = library.verify(repair=True)
    assert found.is_repaired
    assert [problem.path for problem in found.problems] == [red.path]
    assert finds_every_colour(library)


def test_a_size_that_is_not_known_is_read_again(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    index = table(library, fake_model)
    photo = library.photos()[0]
    index.write([replace(photo, width=0)], index.with_contents([photo.content_hash])[1])
    assert kinds(library) == ["size"]
    assert library.verify(repair=True).is_repaired
    assert all(photo.width >= 40 for photo in library.photos())


def test_content_that_changed_behind_the_stat_is_found_when_it_is_read(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "photos" / "p.bmp"
    path.parent.mkdir()
    Image.new("RGB", (8, 8), COLOURS["red"]).save(path)
    library.index([path.parent])
    before = path.stat()
    Image.new("RGB", (8, 8), COLOURS["blue"]).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kinds(library) == []
    assert kinds(library, contents=True) == ["content"]
    assert library.verify(repair=True, contents=True).is_repaired
    assert best_score(library, "blue") > best_score(library, "red")


def test_a_damaged_index_is_rebuilt(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    library.close()
    space = library.root / "index" / f"space_{fake_model.fingerprint}.lance"
    for file in space.rglob("*.lance"):
        file.write_bytes(b"nothing")
    assert kinds(library) == ["index"]
    found = library.verify(repair=True)
    assert found.is_repaired
    assert "moved" in found.notices[0]
    assert finds_every_colour(library)


def test_left_overs_are_removed(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    left = library.root / "backups" / "labels-2026-01-01.tmp"
    left.write_bytes(b"half")
    assert kinds(library) == ["left over"]
    assert library.verify(repair=True).is_repaired
    assert not left.exists()


def test_damaged_words_are_mended_and_the_damaged_file_is_kept(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    library.close()
    file = library.root / "labels.sqlite"
    damaged = overwrite_page(file, "activations")
    assert kinds(make_library()) == ["labels"]
    assert file.read_bytes() == damaged, "a look changes nothing"
    found = make_library().verify(repair=True)
    assert found.is_repaired
    assert "was brought back from the backup" in found.notices[0]
    (kept,) = library.root.glob("labels.damaged-*.sqlite")
    assert kept.read_bytes() == damaged
    assert finds_every_colour(make_library())


def test_verifying_reads_nothing_it_was_not_asked_to(
    library: Library, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([colour_photos])
    monkeypatch.setattr("clipsearch.core.verification.read_file", lambda path: 1 / 0)
    assert kinds(library) == []
    with pytest.raises(ZeroDivisionError):
        library.verify(contents=True)
