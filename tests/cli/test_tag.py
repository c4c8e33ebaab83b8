"""``clipsearch tag`` and ``clipsearch vocabulary`` as scripts use them."""

from pathlib import Path

import pytest

from tests.cli.test_cli import Run, opened, run

__all__ = ["opened", "run"]

TAGS = 'colour = {}\nred = { in = "colour", also = "crimson" }\nblue = { in = "colour" }\n'


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(TAGS, encoding="utf-8")
    return file


def test_tag_prints_the_contract(run: Run, colour_photos: Path, words: Path) -> None:
    run("index", colour_photos)
    code, document, _ = run("tag", "--vocabulary", words, "--json")
    assert code == 0
    assert set(document) == {"photos", "tagged", "suggestions", "seconds", "tags"}
    assert document["photos"] == 6
    counts = {one["tag"]: one["photos"] for one in document["tags"]}
    assert counts["red"] == counts["blue"] == 1
    assert document["suggestions"] == sum(counts.values())


def test_a_dry_run_names_the_tags_of_each_photo_and_keeps_nothing(
    run: Run, colour_photos: Path, words: Path, home: Path
) -> None:
    run("index", colour_photos)
    _, document, _ = run("tag", "--dry-run", "--vocabulary", words, "--json")
    found = {Path(one["path"]).stem: one["tags"] for one in document["found"]}
    assert len(found) == 6
    assert {"red", "colour"} <= {one["tag"] for one in found["red"]}
    reason = next(one["reason"] for one in found["red"] if one["tag"] == "red")
    assert set(reason) == {"text", "via", "advantage", "threshold", "learned_from"}
    assert not list(home.rglob("*.arrow"))


def test_more_precision_means_fewer_tags(run: Run, colour_photos: Path, words: Path) -> None:
    run("index", colour_photos)
    options = ("tag", "--vocabulary", words, "--json", "--min-precision")
    counts = [run(*options, precision)[1]["suggestions"] for precision in (0, 0.9, 1)]
    assert counts[0] > counts[1] >= counts[2] == 0


def test_a_vocabulary_is_exported_edited_and_imported(
    run: Run, colour_photos: Path, tmp_path: Path
) -> None:
    run("index", colour_photos)
    file = tmp_path / "tags.toml"
    assert run("vocabulary", "export", file, "--json")[1]["tags"] >= 600
    code, _, error = run("vocabulary", "export", file)
    assert code == 2
    assert "already there" in error
    file.write_text(TAGS, encoding="utf-8")
    assert run("vocabulary", "import", file)[0] == 0
    _, listed, _ = run("vocabulary", "list", "--json")
    assert [one["tag"] for one in listed] == ["colour", "red", "blue"]
    assert listed[1]["implies"] == ["colour"]
    assert listed[1]["synonyms"] == ["crimson"]
    assert {one["tag"] for one in run("tag", "--json")[1]["tags"]} == {"colour", "red", "blue"}
    kept = Path(run("vocabulary", "reset", "--json")[1]["kept"])
    assert len(run("vocabulary", "list", "--json")[1]) >= 600
    assert run("vocabulary", "reset", "--json")[1] == {"kept": None}
    assert run("labels", "restore", kept.name)[0] == 0
    assert run("vocabulary", "list", "--json")[1] == listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag",),  # No photos yet.
        ("tag", "--min-precision", "2"),
        ("tag", "--vocabulary", "none.toml"),
        ("vocabulary", "import", "none.toml"),
        ("vocabulary", "export", "no folder/tags.toml"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    code, printed, error = run(*arguments)
    assert code == 2
    assert printed == ""
    assert error.strip()
    assert "Traceback" not in error


def test_a_tag_is_learned_from_what_was_accepted(run: Run, colour_photos: Path) -> None:
    run("index", colour_photos)
    code, printed, error = run("tags", "learn", "sunset", "--json")
    assert (code, printed) == (2, "")
    assert "No photo was given the tag 'sunset' yet" in error
    run("tags", "accept", "sunset", next(colour_photos.rglob("red.png")))
    run("tags", "reject", "sunset", next(colour_photos.rglob("blue.png")))
    code, document, _ = run("tags", "learn", "--ask", "2", "--json")
    assert code == 0
    (lesson,) = document
    assert set(lesson) == {"tag", "method", "ranking", "accepted", "rejected", "photos", "ask"}
    assert (lesson["tag"], lesson["accepted"], lesson["rejected"]) == ("sunset", 1, 1)
    assert len(lesson["ask"]) == 2
    assert not {"red", "blue"} & {Path(path).stem for path in lesson["ask"]}


def test_suggestions_are_written_into_sidecars_only_if_asked(
    run: Run, colour_photos: Path, words: Path
) -> None:
    run("index", colour_photos)
    run("vocabulary", "import", words)
    run("tag")
    assert run("labels", "write", "--json")[1]["written"] == 0
    _, tagged, _ = run("tag", "--amount", "1", "--photos", "--json")
    assert run("labels", "write", "--suggestions", "--json")[1]["written"] == tagged["tagged"] > 0
    for one in tagged["found"]:
        sidecar = Path(f"{one['path']}.xmp")
        said = sidecar.read_text(encoding="utf-8") if one["tags"] else ""
        assert all(f"<rdf:li>{tag['tag']}</rdf:li>" in said for tag in one["tags"])
