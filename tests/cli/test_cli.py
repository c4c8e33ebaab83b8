"""The command line as scripts use it: JSON on stdout, sentences on stderr, exit codes."""

import importlib.metadata
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from clipsearch.cli import Launchers, main
from clipsearch.cli.doctor import optional_formats
from clipsearch.core import library as library_module
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.pace import Pace
from clipsearch.core.types import MaintenanceReport
from clipsearch.errors import DiskFull
from clipsearch.progress import Progress
from clipsearch.settings import Settings
from tests.conftest import COLOURS, FakeModel
from tests.core.test_pruning import thumbnail

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def opened() -> list[tuple[Path, Settings]]:
    """Windows that were opened."""
    return []


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fake_model: FakeModel,
    opened: list[tuple[Path, Settings]],
) -> Run:
    """Runs a command with the fake model: exit code, parsed stdout or text, stderr."""
    monkeypatch.setattr(library_module, "load_encoder", lambda name, settings: fake_model)

    def window(library: Path, settings: Settings) -> int:
        opened.append((library, settings))
        return 0

    launchers = Launchers(window=window, tour=lambda settings, library, headless, as_json: 0)

    def run(*arguments: object) -> tuple[int, Any, str]:
        code = main(launchers, [str(argument) for argument in arguments])
        captured = capsys.readouterr()
        printed = json.loads(captured.out) if "--json" in arguments and code == 0 else captured.out
        return code, printed, captured.err

    return run


def test_index_prints_the_contract(run: Run, colour_photos: Path) -> None:
    (colour_photos / "bad.jpg").write_bytes(b"\xff\xd8\xff nothing")
    code, report, error = run("index", colour_photos, "--json")
    assert code == 0
    assert set(report) == {
        "added",
        "changed",
        "unchanged",
        "moved",
        "removed",
        "skipped",
        "seconds",
        "images_per_second",
    }
    assert report["added"] == 6
    (skipped,) = report["skipped"]
    assert skipped["path"] == str(colour_photos / "bad.jpg")
    assert skipped["reason"]
    assert error == ""


def test_indexing_rests_for_the_rest_of_the_time(
    run: Run, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    def rest(self: Pace, seconds: float, may_cancel: Callable[[], None]) -> None:
        rests.append(seconds)

    monkeypatch.setattr(Pace, "_rest", rest)
    assert run("index", colour_photos)[0] == 0
    assert not rests
    Image.new("RGB", (9, 9)).save(colour_photos / "new.png")
    assert run("index", colour_photos, "--share", "0.25")[0] == 0
    assert len(rests) >= 1
    assert min(rests) > 0


@pytest.mark.parametrize("share", ["0", "1.5", "half"])
def test_a_share_that_is_none_is_refused(run: Run, colour_photos: Path, share: str) -> None:
    code, _, error = run("index", colour_photos, "--share", share)
    assert code == 2
    assert "--share" in error


def test_search_prints_the_contract(run: Run, colour_photos: Path) -> None:
    run("index", colour_photos)
    code, hits, _ = run("search", "something", "red", "-k", "3", "--json")
    assert code == 0
    assert len(hits) == 3
    assert hits[0]["path"] == str(colour_photos / "cold" / "red.png")
    assert hits[0]["score"] == pytest.approx(1, abs=1e-3)
    keys = {"path", "score", "relevance", "above_cutoff", "parts"}
    assert [set(hit) for hit in hits] == [keys] * 3


def test_search_by_pictures(run: Run, colour_photos: Path) -> None:
    run("index", colour_photos)
    red, blue = colour_photos / "cold" / "red.png", colour_photos / "cold" / "blue.png"
    _, hits, _ = run("search", "--image", blue, "--json")
    assert hits[0]["path"] == str(blue)
    _, both, _ = run("search", "--image", red, "--image", blue, "-k", "6", "--json")
    scores = {Path(hit["path"]).stem: hit["score"] for hit in both}
    assert min(scores["red"], scores["blue"]) > max(scores["yellow"], scores["white"])


def test_the_library_option_stands_before_or_after_the_command(
    run: Run, colour_photos: Path, tmp_path: Path
) -> None:
    run("index", colour_photos, "--library", tmp_path / "mine")
    assert run("info", "--library", tmp_path / "mine", "--json")[1]["photos"] == 6
    assert run("--library", tmp_path / "mine", "info", "--json")[1]["photos"] == 6
    assert run("info", "--json")[1]["photos"] == 0


def test_json_stands_before_or_after_the_command(run: Run, colour_photos: Path) -> None:
    run("index", colour_photos)
    assert run("--json", "search", "red")[1] == run("search", "red", "--json")[1]


def test_names_are_printed_as_they_are(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "a very long name that would be folded at eighty columns" / ":dog: [red]"
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8), COLOURS["red"]).save(folder / "日本語 :cat:.png")
    (folder / "bad:cat:.png").write_bytes(b"no")
    _, printed, error = run("index", folder)
    assert str(folder / "bad:cat:.png") in error
    _, printed, _ = run("search", "red")
    assert printed.splitlines()[1].endswith(str(folder / "日本語 :cat:.png"))
    _, hits, _ = run("search", "red", "--json")
    assert hits[0]["path"] == str(folder / "日本語 :cat:.png")


def test_ctrl_c_is_one_sentence(
    run: Run, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(library_module.Library, "index", interrupt)
    code, _, error = run("index", colour_photos)
    assert code == 130
    assert "what was finished is kept" in error


def test_a_reader_that_goes_away_is_no_bug(colour_photos: Path) -> None:
    command = [sys.executable, "-m", "clipsearch", "models", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_json_is_printable_everywhere(colour_photos: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clipsearch", "info", "--json", "--library"]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(
        [*command, str(tmp_path / "日本")], capture_output=True, env=environment, check=True
    )
    assert json.loads(done.stdout)["library"] == str(tmp_path / "日本")


def test_the_library_comes_from_the_environment(
    run: Run, colour_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPSEARCH_LIBRARY", str(tmp_path / "elsewhere"))
    run("index", colour_photos)
    assert run("info", "--json")[1]["library"] == str(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "labels.sqlite").exists()


def test_info_prints_the_contract(run: Run, colour_photos: Path) -> None:
    run("index", colour_photos)
    _, info, _ = run("info", "--json")
    assert info["photos"] == 6
    assert info["folders"] == [str(colour_photos)]
    assert (info["dimension"], info["device"], info["precision"]) == (32, "cpu", "float32")
    assert info["index"] == "ready"
    assert info["disk_bytes"] > 1000
    assert set(info) >= {"library", "model"}


def test_evaluate_prints_the_contract(run: Run, colour_photos: Path) -> None:
    captions = colour_photos / "captions.csv"
    lines = [f"{p.relative_to(colour_photos)},{p.stem}" for p in colour_photos.rglob("*.png")]
    captions.write_text("\n".join(["image,caption", *lines]))
    _, figures, _ = run("evaluate", captions, "--json")
    assert figures == {
        "images": 6,
        "captions": 6,
        "text_to_image": {"1": 1.0, "5": 1.0, "10": 1.0},
        "image_to_text": {"1": 1.0, "5": 1.0, "10": 1.0},
    }
    _, figures, _ = run("evaluate", captions, "--direction", "text-to-image", "--json")
    assert set(figures) == {"images", "captions", "text_to_image"}


def test_classify_prints_the_contract(run: Run, colour_photos: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(COLOURS))
    _, found, _ = run("classify", colour_photos / "cold", "--labels", labels, "--json")
    assert [Path(item["path"]).stem for item in found] == [
        item["labels"][0]["label"] for item in found
    ]
    labels.write_text("cold\nwarm\n")
    _, accuracy, _ = run("classify", colour_photos, "--labels", labels, "--json")
    assert set(accuracy) == {"n", "top1", "top5", "per_class"}
    assert accuracy["n"] == 6
    assert set(accuracy["per_class"]) == {"cold", "warm"}


def test_without_a_command_the_window_opens(
    run: Run, opened: list[tuple[Path, Settings]], tmp_path: Path
) -> None:
    assert run("--library", tmp_path / "mine")[0] == 0
    assert opened[0][0] == tmp_path / "mine"


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["index", "/no/such/folder"], "/no/such/folder"),
        (["index"], "Name a folder"),
        (["watch"], "Name a folder"),
        (["watch", "/no/such/folder"], "/no/such/folder"),
        (["search"], "nothing to look for"),
        (["search", "   "], "nothing to look for"),
        (["search", "red"], "no photos yet"),
        (["search", "red", "-k", "0"], "at least 1"),
        (["search", "--image", "/no/such.jpg"], "no photos yet"),
        (["evaluate", "/no/such.csv"], "/no/such.csv"),
        (["evaluate", "/no/such.csv", "--direction", "sideways"], "sideways"),
        (["classify", "/no/such.jpg", "--labels", "/no/labels"], "/no/labels"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    run: Run, arguments: list[str], complaint: str, as_json: list[str]
) -> None:
    code, printed, error = run(*arguments, *as_json)
    assert code == 2
    assert complaint in error
    assert len(error.strip().splitlines()) == 1
    assert printed == ""


def test_an_empty_folder_is_told(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    code, report, error = run("index", empty, "--json")
    assert code == 0
    assert report["added"] == 0
    assert error.strip() == f"No photos were found in {empty}."


def test_the_doctor_sees_what_is_wrong_with_library_and_settings(
    run: Run, colour_photos: Path, home: Path
) -> None:
    run("index", colour_photos)
    assert run("doctor", "--json")[1]["library"] == "6 photos, index ready"
    (labels,) = home.rglob("labels.sqlite")
    with closing(sqlite3.connect(labels)) as connection:
        connection.execute("PRAGMA user_version = 999")
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text("theme = 'pink'")
    code, found, _ = run("doctor", "--json")
    assert code == 0
    assert found["library"] == "not usable"
    problems = "\n".join(found["problems"])
    assert "newer clipsearch" in problems
    assert "'theme' is not valid" in problems
    assert found["model"].startswith("starter on")
    assert found["formats"].keys() == {"RAW", "JXL"}


def test_the_doctor_tells_which_optional_formats_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(package: str) -> str:
        if package == "pillow-jxl-plugin":
            raise importlib.metadata.PackageNotFoundError(package)
        return "9.8.7"

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert optional_formats() == {
        "RAW": "rawpy 9.8.7",
        "JXL": 'not installed: pip install "clipsearch[jxl]"',
    }


def test_an_unknown_option_is_exit_code_2(run: Run) -> None:
    code, _, error = run("search", "--frobnicate")
    assert code == 2
    assert "frobnicate" in error


@pytest.mark.parametrize("name", ["nonsense", ""])
def test_an_unknown_model_is_a_mistake(
    capsys: pytest.CaptureFixture[str], colour_photos: Path, name: str
) -> None:
    launchers = Launchers(window=lambda *_: 0, tour=lambda *_: 0)
    assert main(launchers, ["index", str(colour_photos), "--model", name]) == 2
    assert f"'{name}'" in capsys.readouterr().err


def test_our_bug_is_exit_code_1_with_a_report(
    run: Run, colour_photos: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh no")

    monkeypatch.setattr(library_module.Library, "search", bug)
    run("index", colour_photos)
    code, _, error = run("search", "red")
    assert code == 1
    assert "ZeroDivisionError: oh no" in error
    (report,) = (home / "cache" / "logs").glob("crash-*.txt")
    assert "Traceback" in report.read_text()
    assert str(report) in error


def test_a_broken_settings_file_is_named(run: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("device = 'toaster'")
    code, _, error = run("info")
    assert code == 2
    assert "settings.toml" in error
    assert "device" in error


def test_a_damaged_index_is_mended_by_a_search(run: Run, colour_photos: Path, home: Path) -> None:
    run("index", colour_photos)
    for file in (home / "data" / "library" / "index").rglob("data/*.lance"):
        file.write_bytes(b"damaged")
    code, hits, error = run("search", "red", "--json")
    assert code == 0
    assert hits[0]["path"].endswith("red.png")
    assert "moved" in error


def test_printing_help_loads_no_model() -> None:
    code = (
        "import sys; sys.argv = ['clipsearch', '--help']; from clipsearch.__main__ import main; "
        "main(); print(sorted({'torch', 'lancedb', 'PySide6'} & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "evaluate" in printed
    assert printed.strip().endswith("[]")


def test_folders_are_listed_and_removed(run: Run, colour_photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "other's"
    other.mkdir()
    Image.new("RGB", (9, 9), "purple").save(other / "purple.png")
    run("index", colour_photos, other)
    code, listed, _ = run("folders", "--json")
    assert code == 0
    assert listed == [
        {"path": str(other), "photos": 1, "is_there": True},
        {"path": str(colour_photos), "photos": 6, "is_there": True},
    ]
    assert run("folders", "remove", other, "--json")[:2] == (0, {"removed": 1})
    assert [entry["path"] for entry in run("folders", "list", "--json")[1]] == [str(colour_photos)]
    assert (other / "purple.png").exists()
    code, _, error = run("folders", "remove", other)
    assert code == 2
    assert str(colour_photos) in error  # names what could have been meant


def test_maintain_prints_the_contract(run: Run, colour_photos: Path, home: Path) -> None:
    nothing = {
        "compacted": False,
        "bytes_freed": 0,
        "thumbnails_removed": 0,
        "left_overs_removed": 0,
    }
    assert run("maintain", "--json") == (0, nothing, "")
    assert not (home / "data").exists()
    run("index", colour_photos)
    assert run("maintain", "--json") == (0, nothing, "")
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("thumbnails_mb = 0")
    thumbnail(home / "cache" / "thumbnails", 1, size=700)
    code, report, _ = run("maintain", "--json")
    assert (code, report) == (0, nothing | {"bytes_freed": 700, "thumbnails_removed": 1})
    code, printed, _ = run("maintain")
    assert (code, printed) == (
        0,
        "0.0 MB freed, 0 thumbnails and 0 left-over files removed, the index was compact enough\n",
    )


def test_maintain_says_that_another_process_writes(
    run: Run, colour_photos: Path, tmp_path: Path
) -> None:
    root = tmp_path / "library"
    run("index", colour_photos, "--library", root)
    with write_lock(root):
        code, printed, error = run("maintain", "--library", root, "--json")
    assert (code, printed) == (2, "")
    assert "Another clipsearch is writing" in error


def test_indexing_tidies_up_and_a_full_disk_then_is_no_failure(
    run: Run, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[bool] = []

    def full(self: Library, *, progress: Progress) -> MaintenanceReport:
        attempts.append(True)
        raise DiskFull("There is no room to tidy up.")

    monkeypatch.setattr(Library, "maintain", full)
    code, report, error = run("index", colour_photos, "--json")
    assert (code, report["added"], error) == (0, 6, "There is no room to tidy up.\n")
    run("index", "--json")
    assert len(attempts) == 1  # Nothing had changed.


def test_verify_prints_the_contract(run: Run, colour_photos: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    run("index", colour_photos, "--library", library)
    assert run("verify", "--library", library, "--json")[:2] == (
        0,
        {"photos": 6, "problems": [], "repaired": True},
    )
    (library / "backups" / "half.tmp").write_bytes(b"half")
    code, text, error = run("verify", "--library", library)
    assert code == 2
    assert "half.tmp" in text
    assert "--repair" in error
    code, document, _ = run("verify", "--repair", "--library", library, "--json")
    assert (code, document["repaired"]) == (0, True)
    assert [problem["kind"] for problem in document["problems"]] == ["left over"]


def test_show_prints_what_a_photo_says(run: Run, tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "a.png"
    photo.parent.mkdir()
    Image.new("RGB", (9, 9), "red").save(photo)
    photo.with_suffix(".xmp").write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF>'
    )
    run("index", photo.parent)
    code, document, _ = run("show", photo, "--json")
    assert (code, document["rating"], document["taken_at"]) == (0, 4, None)
    assert run("show", photo)[1].split() == ["rating", "4"]
    code, _, error = run("show", photo.with_name("b.png"))
    assert code == 2
    assert "b.png" in error
