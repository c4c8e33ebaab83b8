"""``clipsearch tags``, ``collections``, ``rate``, ``favourite`` and ``labels``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipsearch.cli import Launchers, main
from clipsearch.core import library as library_module
from clipsearch.settings import default_library
from tests.conftest import FakeModel

Run = Callable[..., Any]


@pytest.fixture
def clip(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fake_model: FakeModel,
    colour_photos: Path,
) -> Run:
    """Runs a command on a library of the colours: its JSON document, or stderr if it fails."""
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)

    def run(*arguments: object, fails: bool = False, prints: str = "") -> Any:
        code = main(launchers, [*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        assert code == (2 if fails else 0), printed.err
        if fails:
            assert printed.out == ""
            return printed.err
        assert printed.err.count(prints) == 1 if prints else printed.err == ""
        return json.loads(printed.out)

    run("index", colour_photos)
    return run


@pytest.fixture
def red(colour_photos: Path) -> Path:
    return colour_photos / "cold" / "red.png"


@pytest.fixture
def green(colour_photos: Path) -> Path:
    return colour_photos / "warm" / "green.png"


def found(clip: Run, query: str) -> list[str]:
    return [Path(hit["path"]).stem for hit in clip("search", query, "--sort", "name")]


def test_tags_are_accepted_rejected_and_forgotten(clip: Run, red: Path, green: Path) -> None:
    assert clip("tags") == []
    assert clip("tags", "accept", "Warm", red, green) == {
        "tag": "Warm",
        "verdict": "accepted",
        "photos": 2,
    }
    assert clip("tags", "reject", "warm", green)["tag"] == "Warm"
    assert clip("tags", "list") == [{"name": "Warm", "accepted": 1, "rejected": 1}]
    assert found(clip, "tag:warm") == ["red"]
    clip("tags", "forget", "warm", red, green)
    assert clip("tags", "list") == [{"name": "Warm", "accepted": 0, "rejected": 0}]


def test_a_backup_that_fails_is_told_once_beside_the_answer(clip: Run, red: Path) -> None:
    backups = default_library() / "backups"
    shutil.rmtree(backups)
    backups.write_text("not a folder")
    told = "No backup was made of your labels. The library"
    assert clip("tags", "accept", "Warm", red, prints=told)["photos"] == 1
    assert clip("tags", "list") == [{"name": "Warm", "accepted": 1, "rejected": 0}]


def test_a_tag_is_shown_with_photos_that_have_left_the_library(
    clip: Run, red: Path, green: Path
) -> None:
    clip("tags", "accept", "dog", red, green)
    red.unlink()
    clip("index")
    shown = clip("tags", "show", "DOG")
    assert shown["name"] == "dog"
    left, here = sorted(shown["photos"], key=lambda one: one["in_library"])
    assert (left["paths"], left["in_library"]) == ([], False)
    assert here["paths"] == [str(green)]
    for one in (left, here):
        assert (one["verdict"], one["source"], len(one["content_hash"])) == ("accepted", "user", 32)
        assert one["decided_at"].endswith("+00:00")


def test_tags_are_renamed_merged_and_deleted(clip: Run, red: Path, green: Path) -> None:
    clip("tags", "accept", "puppy", red)
    clip("tags", "accept", "hound", green)
    assert clip("tags", "rename", "puppy", "Young dog") == {"old": "puppy", "new": "Young dog"}
    merged = clip("tags", "merge", "young dog", "hound", "--into", "dog")
    assert merged == {"name": "dog", "accepted": 2, "rejected": 0}
    assert clip("tags", "delete", "dog") == {"deleted": "dog", "accepted": 2, "rejected": 0}
    assert clip("tags", "list") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tags", "show", "cat"], "There is no tag 'cat'"),
        (["tags", "forget", "cat", "PHOTO"], "There is no tag 'cat'"),
        (["tags", "accept", "dog", "nowhere.jpg"], "nowhere.jpg is not in the library"),
        (["tags", "accept", "a||b", "PHOTO"], "no name for a tag"),
        (["tags", "delete", "cat"], "tags list"),
        (["tags", "rename", "cat", "dog"], "There is no tag 'cat'"),
        (["tags", "merge", "cat", "--into", "dog"], "There is no tag 'cat'"),
        (["collections", "show", "Best"], "There is no collection 'Best'"),
        (["collections", "add", "Best", "PHOTO"], "collections list"),
        (["collections", "create", "Best", "--query", "rating:9"], "rating:9"),
        (["collections", "create", "Best", "--query", ""], "nothing to look for"),
        (["rate", "9", "PHOTO"], "0 to 5 stars"),
        (["rate", "many", "PHOTO"], "'many' is no rating"),
        (["favourite", "nowhere.jpg"], "nowhere.jpg is not in the library"),
        (["labels", "import", "nowhere.jsonl"], "cannot be read"),
        (["labels", "export", "PHOTO"], "name another file"),
        (["labels", "restore", "nowhere.sqlite"], "labels backups"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_changes_nothing(
    clip: Run, red: Path, arguments: list[str], sentence: str
) -> None:
    content = red.read_bytes()
    told = clip(*(str(red) if one == "PHOTO" else one for one in arguments), fails=True)
    assert sentence in told
    assert "Traceback" not in told
    assert red.read_bytes() == content
    assert clip("tags", "list") == clip("collections", "list") == []


def test_collections_by_hand(clip: Run, red: Path, green: Path) -> None:
    made = clip("collections", "create", "Best", "--note", "of all")
    assert made == {"name": "Best", "count": 0, "query": None, "note": "of all"}
    assert clip("collections", "add", "best", red, green)["count"] == 2
    clip("collections", "caption", "best", red, "a red one")
    shown = {one["paths"][0]: one for one in clip("collections", "show", "Best")["photos"]}
    assert shown[str(red)]["caption"] == "a red one"
    assert shown[str(green)]["caption"] == ""
    assert found(clip, "collection:best") == ["green", "red"]
    assert clip("collections", "remove", "Best", green)["count"] == 1
    assert clip("collections", "rename", "Best", "The best")["name"] == "The best"
    clip("collections", "change", "the best", "--note", "new")
    assert clip("collections", "list") == [
        {"name": "The best", "count": 1, "query": None, "note": "new"}
    ]
    assert "by hand" in clip("collections", "change", "the best", "--query", "red", fails=True)
    assert clip("collections", "delete", "the best")["count"] == 1
    assert clip("collections") == []


def test_a_smart_collection_is_what_its_query_finds(clip: Run, red: Path, green: Path) -> None:
    clip("rate", 5, red, green)
    made = clip("collections", "create", "Stars", "--query", "rating:>=4")
    assert made["count"] is None
    shown = clip("collections", "show", "stars")["photos"]
    assert {one["paths"][0] for one in shown} == {str(red), str(green)}
    assert "made by its query" in clip("collections", "add", "stars", red, fails=True)
    assert clip("collections", "change", "stars", "--query", "rating:1")["query"] == "rating:1"
    assert clip("collections", "show", "stars")["photos"] == []


def test_stars_and_favourites(clip: Run, red: Path, green: Path) -> None:
    assert clip("rate", "4", red, green) == {"stars": 4, "photos": 2}
    assert clip("rate", "-1", green) == {"stars": -1, "photos": 1}
    assert (found(clip, "rating:4"), found(clip, "rating:-1")) == (["red"], ["green"])
    assert clip("rate", "none", red) == {"stars": None, "photos": 1}
    assert found(clip, "rating:4") == []
    assert clip("favourite", red, green) == {"favourite": True, "photos": 2}
    assert clip("favourite", "--no", green) == {"favourite": False, "photos": 1}
    assert found(clip, "is:favourite") == ["red"]


def test_labels_go_from_library_to_library(clip: Run, red: Path, tmp_path: Path) -> None:
    clip("tags", "accept", "dog", red)
    clip("searches", "save", "dogs", "tag:dog")
    file = tmp_path / "labels.jsonl"
    assert clip("labels", "export", file) == {"file": str(file), "lines": 3}
    other = ["--library", tmp_path / "other"]
    assert clip("labels", "import", file, *other) == {"added": 3, "changed": 0, "kept": 0}
    assert clip("labels", "import", file, *other) == {"added": 0, "changed": 0, "kept": 0}
    (shown,) = clip("tags", "show", "dog", *other)["photos"]
    assert (shown["paths"], shown["in_library"]) == ([], False)
    file.write_text(file.read_text() + "{", encoding="utf-8")
    assert f"{file}, line 5: " in clip("labels", "import", file, fails=True)


def test_a_backup_is_restored_and_what_was_there_is_kept(clip: Run, red: Path, home: Path) -> None:
    clip("tags", "accept", "dog", red)
    (backup,) = clip("labels", "backups")
    assert backup["damage"] is None
    yesterday = Path(backup["path"]).rename(Path(backup["path"]).with_name("labels-old.sqlite"))
    clip("tags", "delete", "dog")
    restored = clip("labels", "restore", yesterday.name)
    assert restored["restored"] == str(yesterday)
    assert [tag["name"] for tag in clip("tags", "list")] == ["dog"]
    kept = Path(restored["kept"])
    assert clip("labels", "restore", kept.name)["restored"] == str(kept)
    assert clip("tags", "list") == []


def test_damaged_labels_are_mended_by_the_next_command(clip: Run, red: Path, home: Path) -> None:
    clip("tags", "accept", "dog", red)
    (file,) = home.rglob("labels.sqlite")
    file.write_bytes(b"nothing")
    tags = clip("tags", "list", prints="was brought back from the backup")
    assert [(tag["name"], tag["accepted"]) for tag in tags] == [("dog", 1)]
    assert found(clip, "tag:dog") == ["red"]
    assert clip("verify") == {"photos": 6, "problems": [], "repaired": True}
