"""Which names are left out, and which places below a watched folder matter."""

from pathlib import Path

import pytest

from clipsearch.core.ignoring import IgnorePatterns
from clipsearch.core.places import Sieve
from clipsearch.errors import InputError


@pytest.mark.parametrize(
    ("pattern", "path", "is_folder", "is_left_out"),
    [
        ("*.tmp", "a.tmp", False, True),
        ("*.tmp", "deep/down/a.tmp", False, True),
        ("*.tmp", "a.tmp.jpg", False, False),
        ("node_modules", "web/node_modules", True, True),
        ("node_modules", "web/node_modules/logo.png", False, True),
        ("node_modules", "node_modules.png", False, False),
        ("Exports/*", "Exports/a.jpg", False, True),
        ("Exports/*", "Exports/2024/a.jpg", False, True),
        ("Exports/*", "Exports", True, False),
        ("Exports/*", "2024/Exports/a.jpg", False, False),
        ("**/Exports/*", "2024/Exports/a.jpg", False, True),
        ("**/Exports/*", "Exports/a.jpg", False, True),
        ("/Private", "Private/a.jpg", False, True),
        ("/Private", "mine/Private/a.jpg", False, False),
        ("cache/", "cache", True, True),
        ("cache/", "cache", False, False),
        ("cache/", "a/cache/b.jpg", False, True),
        ("raw/**/old", "raw/old", True, True),
        ("raw/**/old", "raw/a/b/old/c.jpg", False, True),
        ("raw/**/old", "raw/a/older", True, False),
        ("Exports/**", "Exports", True, False),
        ("Exports/**", "Exports/a/b.jpg", False, True),
        ("DSC_000[12].*", "x/DSC_0002.JPG", False, True),
        ("DSC_000[12].*", "x/DSC_0003.JPG", False, False),
        ("a*c", "a/c", False, False),
        ("", "a.jpg", False, False),
        ("# a.jpg", "a.jpg", False, False),
        ("/", "a.jpg", False, False),
    ],
)
def test_patterns_read_as_in_a_gitignore(
    pattern: str, path: str, is_folder: bool, is_left_out: bool
) -> None:
    assert IgnorePatterns([pattern]).matches(path, is_folder=is_folder) is is_left_out
    assert IgnorePatterns(["nothing", pattern]).matches(Path(path), is_folder=is_folder) is (
        is_left_out
    )


def test_no_patterns_leave_nothing_out() -> None:
    assert not IgnorePatterns()
    assert not IgnorePatterns(["", "# remark"])
    assert IgnorePatterns(["*.tmp"])
    assert not IgnorePatterns().matches("a.jpg")


def test_taking_back_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"!keep\.jpg"):
        IgnorePatterns(["!keep.jpg"])


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("/photos/a.jpg", True),
        ("/photos/deep/A.HEIC", True),
        ("/photos/a.txt", False),
        ("/photos/._a.jpg", False),
        ("/photos/.hidden/a.jpg", False),
        ("/photos/@eaDir/a.jpg", False),
        ("/photos/Exports/a.jpg", False),
        ("/photos-elsewhere/a.jpg", False),
        ("/photos/bad\udcff.jpg", False),
    ],
)
def test_only_pictures_that_are_scanned_matter(path: str, matters: bool) -> None:
    sieve = Sieve(Path("/photos"), IgnorePatterns(["Exports/*"]))
    assert sieve.pictures(path) == ([Path(path)] if matters else [])


def test_folders_that_are_not_scanned_do_not_matter() -> None:
    sieve = Sieve(Path("/photos/.mine"), IgnorePatterns(["node_modules"]))
    assert sieve.wants_folder("/photos/.mine")  # Named by the user: its own name is fine.
    assert sieve.wants_folder("/photos/.mine/2024")
    assert not sieve.wants_folder("/photos/.mine/.git")
    assert not sieve.wants_folder("/photos/.mine/web/node_modules")
    assert not sieve.wants_folder("/photos")


def test_the_root_of_a_disk_is_a_folder_like_others() -> None:
    sieve = Sieve(Path("/"), IgnorePatterns())
    assert sieve.wants_folder("/photos")
    assert sieve.pictures("/a.jpg") == [Path("/a.jpg")]


def test_a_sidecar_stands_for_the_picture_beside_it(tmp_path: Path) -> None:
    for name in ("one.jpg", "two.JPG", "two.png", "three.heic", "other.jpg", "two.txt"):
        (tmp_path / name).touch()
    sieve = Sieve(tmp_path, IgnorePatterns(["*.heic"]))

    def names(sidecar: str) -> set[str]:
        return {path.name for path in sieve.pictures(str(tmp_path / sidecar))}

    assert names("one.jpg.xmp") == {"one.jpg"}
    assert names("one.xmp") == {"one.jpg"}
    assert names("two.XMP") == {"two.JPG", "two.png"}
    assert names("three.xmp") == set()
    assert names("gone.jpg.xmp") == set()
