"""Evaluating and classifying: input files good and bad, figures against what must come out."""

import io
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core import classification
from clipsearch.core.classification import Classifier
from clipsearch.core.evaluation import evaluate
from clipsearch.errors import InputError
from tests.conftest import COLOURS, FakeModel


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), COLOURS[colour]).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def captions_tar(tmp_path: Path) -> Path:
    """Six colours; the second caption of each names another colour."""
    file = tmp_path / "captions.tar"
    colours = list(COLOURS)
    with tarfile.open(file, "w") as tar:
        for number, colour in enumerate(colours):
            other = colours[(number + 1) % len(colours)]
            add(tar, f"{colour}.png", picture(colour))
            add(tar, f"{colour}.txt", f"all {colour}\nall {other}\n".encode())
    return file


@pytest.fixture
def captions_csv(tmp_path: Path, colour_photos: Path) -> Path:
    """Right captions for the drawn photos."""
    file = tmp_path / "captions.csv"
    lines = [
        f'{path.relative_to(tmp_path)},"so, {path.stem} it is"'
        for path in colour_photos.rglob("*.png")
    ]
    file.write_text("\n".join(["image,caption", *lines]), encoding="utf-8")
    return file


def test_figures_of_a_tar_are_what_they_must_be(captions_tar: Path, fake_model: FakeModel) -> None:
    figures = evaluate(captions_tar, fake_model)
    assert (figures.images, figures.captions) == (6, 12)
    assert figures.text_to_image[1] == pytest.approx(0.5)  # Every second caption is wrong.
    assert figures.text_to_image[10] == 1
    assert figures.image_to_text[1] == pytest.approx(0)  # A wrong one ties with each right one.
    assert figures.image_to_text[5] == 1


def test_figures_of_a_csv_are_what_they_must_be(captions_csv: Path, fake_model: FakeModel) -> None:
    figures = evaluate(captions_csv, fake_model)
    assert (figures.images, figures.captions) == (6, 6)
    assert figures.text_to_image == {1: 1, 5: 1, 10: 1}
    assert figures.image_to_text == {1: 1, 5: 1, 10: 1}


def test_bad_captions_files_are_named(tmp_path: Path, fake_model: FakeModel) -> None:
    bad = tmp_path / "bad.csv"
    with pytest.raises(InputError, match=r"bad\.csv"):
        evaluate(bad, fake_model)
    for content, complaint in {
        "path,text\na.png,b": "image,caption",
        "image,caption": "no pictures",
        "image,caption\na.png,": "line 2",
        "image,caption\nmissing.png,a dog": r"missing\.png",
    }.items():
        bad.write_text(content)
        with pytest.raises(InputError, match=complaint):
            evaluate(bad, fake_model)
    bad.write_bytes(b"\xff\xfe\x00 not text")
    with pytest.raises(InputError, match=r"bad\.csv"):
        evaluate(bad, fake_model)


def test_bad_tars_are_named(tmp_path: Path, fake_model: FakeModel) -> None:
    file = tmp_path / "captions.tar"
    with tarfile.open(file, "w") as tar:
        add(tar, "a.png", picture("red"))
    with pytest.raises(InputError, match=r"no captions for a\.png"):
        evaluate(file, fake_model)
    with tarfile.open(file, "w") as tar:
        add(tar, "a.png", b"no picture")
        add(tar, "a.txt", b"a dog")
    with pytest.raises(InputError, match=r"a\.png"):
        evaluate(file, fake_model)


@pytest.fixture
def class_tree(tmp_path: Path) -> Path:
    """Folders of classes, one picture of the green ones in fact red."""
    for name, colours in {"RED": ["red", "red"], "Green_": ["green", "red"]}.items():
        for number, colour in enumerate(colours):
            file = tmp_path / "classes" / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture(colour))
    return tmp_path / "classes"


def test_labels_come_most_probable_first(colour_photos: Path, fake_model: FakeModel) -> None:
    files = classification.pictures([colour_photos])
    found, skipped = Classifier(fake_model, list(COLOURS), ["{}"]).classify(files)
    assert not skipped
    for item in found:
        assert item.labels[0][0] == item.path.stem
        assert sum(p for _, p in item.labels) == pytest.approx(1, abs=1e-4)
        assert [p for _, p in item.labels] == sorted((p for _, p in item.labels), reverse=True)


def test_accuracy_counts_by_folder(class_tree: Path, fake_model: FakeModel) -> None:
    labels = ["green", "red", "blue"]
    (class_tree / "purple").mkdir()
    roundabout = class_tree / ".." / class_tree.name
    classes = classification.class_folders(roundabout, labels)
    assert classes is not None
    assert sorted(classes.pictures.values()) == [0, 0, 1, 1]
    assert classes.left_out == ("purple",)
    accuracy, _ = Classifier(fake_model, labels, ["{}"]).accuracy(classes.pictures)
    assert (accuracy.n, accuracy.top1, accuracy.top5) == (4, 0.75, 1.0)
    assert accuracy.per_class == {"green": 0.5, "red": 1.0}


def test_unreadable_pictures_are_told_apart(colour_photos: Path, fake_model: FakeModel) -> None:
    (colour_photos / "bad.png").write_bytes(b"no")
    files = classification.pictures([colour_photos])
    found, skipped = Classifier(fake_model, ["red", "blue"], ["{}"]).classify(files)
    assert len(found) == 6
    assert [item.path.name for item in skipped] == ["bad.png"]


def test_folders_without_a_matching_name_are_just_pictures(colour_photos: Path) -> None:
    assert classification.class_folders(colour_photos, ["dog", "cat"]) is None


def test_bad_lists_are_named(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    with pytest.raises(InputError, match=r"list\.txt"):
        classification.read_lines(file, "labels")
    file.write_text("# nothing but a comment\n\n")
    with pytest.raises(InputError, match="one a line"):
        classification.read_lines(file, "labels")
    file.write_text("a photo without a place\n")
    with pytest.raises(InputError, match="where the label goes"):
        classification.read_templates(file)
    file.write_text("a {} {evil}\n")
    with pytest.raises(InputError, match="where the label goes"):
        classification.read_templates(file)


def test_the_shipped_templates_are_usable() -> None:
    templates = classification.read_templates(None)
    assert len(templates) >= 5
    assert all(template.format("dog").count("dog") == 1 for template in templates)
