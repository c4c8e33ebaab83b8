"""``clipsearch models`` with tuned ones, as scripts use it."""

import csv
from pathlib import Path

import pytest
import torch

from clipsearch.ml import own_models
from clipsearch.ml.tuning_types import Lessons
from tests.cli.test_models import Run, run, spaces
from tests.ml.conftest import TINY, tiny_model
from tests.ml.tuned import CONCEPTS, learned, low_rank, make_tuned

__all__ = ["run", "tiny_model"]


@pytest.fixture
def parent(run: Run, tiny_model: Path, colour_photos: Path) -> str:
    """A model in use for six photos, from which are tuned: words, both."""
    run("models", "import", tiny_model, "--name", "parent")
    run("index", colour_photos, "--model", "parent")
    make_tuned("words", "parent", learned(TINY["embed_dim"]), tiny_model / "a", words=["lotte"])
    make_tuned("both", "parent", low_rank("parent"), tiny_model / "b", strength=0.5)
    return "parent"


def test_tuned_models_are_listed_with_what_they_come_from(run: Run, parent: str) -> None:
    listed = {entry["name"]: entry for entry in run("models", "list", "--json")[1]}
    assert listed[parent]["tuned"] is None
    entry = listed["both"]
    assert (entry["source"], entry["available"], entry["dimension"]) == ("local", True, 24)
    tuned = entry["tuned"]
    assert (tuned["parent"], tuned["method"], tuned["strength"]) == (parent, "lora", 0.5)
    assert (tuned["photos"], tuned["concepts"]) == (2, [concept.name for concept in CONCEPTS])
    assert tuned["disk_bytes"] == own_models.weights_bytes("both")
    assert (tuned["before"]["recall"]["10"], tuned["after"]["recall"]["10"]) == (0.25, 0.5)
    assert run("models", "show", "both", "--json")[1] == entry
    line = next(line for line in run("models")[1].splitlines() if line.startswith("both"))
    assert "parent by lora on 2 photos of Lotte, Rufus" in line
    assert "0.25 -> 0.50" in line
    assert "Lotte" in run("models", "show", "both")[1]


def test_a_model_that_learned_words_is_used_without_embedding_and_left_again(
    run: Run, parent: str
) -> None:
    before = run("search", "red", "--json")[1]
    named = run("search", "lotte", "--json")[1]
    code, report, error = run("models", "use", "words", "--json")
    assert (code, error, report["added"], report["images_per_second"]) == (0, "", 6, 0)
    assert spaces(run) == [("words", 6, True), (parent, 6, False)]
    assert [hit["score"] for hit in run("search", "lotte", "--json")[1]] != [
        hit["score"] for hit in named
    ]
    after = run("search", "red", "--json")[1]
    assert [(h["path"], h["score"]) for h in after] == [(h["path"], h["score"]) for h in before]
    code, report, error = run("models", "revert", "--json")
    assert (code, report["unchanged"], report["added"]) == (0, 6, 0)
    assert f"searches with {parent}" in error
    assert run("search", "lotte", "--json")[1] == named
    assert run("models", "revert")[0] == 0
    assert run("info", "--json")[1]["model"] == "words"


def test_each_strength_is_used_by_a_name_of_its_own(run: Run, parent: str) -> None:
    run("models", "use", "both")
    code, report, _ = run("models", "use", "both", "--strength", "0.25", "--json")
    assert (code, report["added"]) == (0, 6)
    assert spaces(run)[0] == ("both@0.25", 6, True)
    assert run("models", "use", "both", "--strength", "0.5", "--json")[1]["unchanged"] == 6
    assert spaces(run)[0] == ("both", 6, True)
    # At 0 its photos are the parent's.
    report = run("models", "use", "both@0", "--json")[1]
    assert (report["added"], report["images_per_second"]) == (6, 0)
    assert run("models", "revert")[0] == 0
    assert run("info", "--json")[1]["model"] == "both"


def test_deleting_takes_all_indexes_along_and_frees_the_disk(run: Run, parent: str) -> None:
    run("models", "use", "both@0.25")
    run("models", "use", "both")
    for name, reason in (("both", "searches with 'both'"), (parent, "from it (both, words)")):
        for command in ("delete", "remove"):
            code, _, error = run("models", command, name)
            assert code == 2
            assert reason in error
    run("models", "use", parent)
    run("models", "delete", "words")
    code, document, error = run("models", "delete", "both", "--json")
    assert (code, error, document["deleted"]) == (0, "", "both")
    assert document["bytes_freed"] > own_models.weights_bytes(parent) / 1000
    assert spaces(run) == [(parent, 6, True)]
    assert own_models.names() == [parent]


def test_two_models_side_by_side(run: Run, parent: str, tiny_model: Path) -> None:
    code, found, error = run("models", "compare", parent, "both", "--json")
    assert (code, error, found["same_photos"]) == (0, "", True)
    first, second = found["models"]
    assert (first["name"], first["figures"]["recall"]["5"]) == (parent, 0.25)
    assert (second["strength"], second["figures"]["recall"]["5"]) == (0.5, 0.5)
    assert first["evaluation"] is None
    text = run("models", "compare", "words", "both@1")[1]
    assert "knowledge" in text
    assert "lora, strength 1" in text
    other = Lessons(CONCEPTS[:1], ())
    make_tuned("else", parent, {"weights/logit_scale.delta": torch.zeros(())}, tiny_model / "c",
               lessons=other)  # fmt: skip
    code, found, error = run("models", "compare", "else", "both", "--json")
    assert (code, found["same_photos"]) == (0, False)
    assert "different photos" in error


def test_two_models_measured_by_captions(
    run: Run, parent: str, colour_photos: Path, tmp_path: Path
) -> None:
    captions = tmp_path / "captions.csv"
    with captions.open("w", newline="") as file:
        rows = [("image", "caption"), *((p, p.stem) for p in sorted(colour_photos.rglob("*.png")))]
        csv.writer(file).writerows(rows)
    code, found, _ = run("models", "compare", parent, "both", captions, "--json")
    assert code == 0
    for model in found["models"]:
        expected = run("evaluate", captions, "--model", model["name"], "--json")[1]
        assert model["evaluation"] == expected
    assert "words to pictures, recall@5" in run("models", "compare", "words", parent, captions)[1]


def test_exporting_tells_what_is_left_out(run: Run, parent: str, tmp_path: Path) -> None:
    code, exported, error = run("models", "export", "words", tmp_path / "out", "--json")
    assert (code, exported["left_out"]) == (0, ["lotte"])
    assert "lotte came to mean" in error
    assert set(exported) == {"model", "path", "disk_bytes", "left_out"}
    assert run("models", "import", exported["path"], "--name", "taken")[0] == 0
    code, exported, error = run("models", "export", "both", tmp_path / "both", "--json")
    assert (code, error, exported["left_out"]) == (0, "", [])


MISTAKES = {
    "use parent --strength 0.5": "has no strength",
    "use both --strength 2": "not between 0 and 1",
    "use both@2": "not between 0 and 1",
    "compare starter parent": "was tuned",
    "compare both nonsense": "no model 'nonsense'",
    "compare both parent /no/captions": "/no/captions",
    "export nonsense out": "no model 'nonsense'",
    "export both /no/folder/out": "/no/folder",
    "delete starter": "comes with clipsearch",
    "delete nonsense": "nothing to remove",
    "revert": "no other model",
}


def test_a_mistake_is_one_sentence_and_exit_code_2(run: Run, parent: str) -> None:
    for command, complaint in MISTAKES.items():
        for as_json in ([], ["--json"]):
            code, printed, error = run("models", *command.split(), *as_json)
            assert (code, printed) == (2, ""), command
            assert complaint in error
            assert len(error.strip().splitlines()) == 1
