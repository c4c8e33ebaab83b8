"""Tags and stars on their way into sidecars and back, in a library."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core import write_out as write_out_module
from clipsearch.core.label_types import Decision, Verdict
from clipsearch.core.library import Library
from clipsearch.core.query_language import parse_query
from clipsearch.core.read_in import SOURCE, ReadIn
from clipsearch.core.sidecars import find_sidecar, own_sidecar
from clipsearch.core.types import Metadata
from clipsearch.core.write_out import WriteOut, write_out
from clipsearch.core.xmp import read_properties
from clipsearch.core.xmp_editing import NEW_PACKET
from clipsearch.core.xmp_writing import merged
from clipsearch.errors import InputError
from clipsearch.progress import Cancelled
from clipsearch.settings import Settings
from tests.conftest import COLOURS, FakeModel
from tests.core.sidecar_samples import DIGIKAM, LIGHTROOM, SAMPLES


@pytest.fixture
def indexed(library: Library, colour_photos: Path) -> Library:
    library.index([colour_photos])
    return library


def path_of(library: Library, name: str) -> Path:
    return next(photo.path for photo in library.photos() if photo.path.stem == name)


def tag(library: Library, name: str, tag: str, verdict: Verdict | None = "accepted") -> None:
    contents = library.labels.contents([path_of(library, name)])
    library.labels.tags.decide(tag, contents, verdict)


def rate(library: Library, name: str, stars: int | None) -> None:
    library.labels.ratings.rate(library.labels.contents([path_of(library, name)]), stars)


def write(library: Library, *names: str, dry_run: bool = False) -> WriteOut:
    photos = library.labels.photos_at([path_of(library, name) for name in names])
    return library.sidecars.write(photos, dry_run=dry_run)


def read(library: Library) -> ReadIn:
    return library.sidecars.read(library.photos())


def known(library: Library, name: str) -> Metadata:
    return library.metadata(path_of(library, name))[0]


def found(library: Library, text: str) -> set[str]:
    return {hit.photo.path.stem for hit in library.search(parse_query(text))}


def listing(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Written and read back


def test_what_is_said_is_written_once_and_read_back_without_embedding(
    indexed: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    tag(indexed, "red", "Places|Italy|Rome")
    rate(indexed, "blue", 4)
    photos = listing(colour_photos)
    embedded = fake_model.embedded
    red, blue = (path_of(indexed, name) for name in ("red", "blue"))
    report = write(indexed)
    assert set(report.written) == {Path(f"{red}.xmp"), Path(f"{blue}.xmp")}
    assert (report.unchanged, report.skipped) == (len(COLOURS) - 2, ())
    assert photos.items() <= listing(colour_photos).items()
    assert len(listing(colour_photos)) == len(photos) + 2
    assert write(indexed) == WriteOut((), len(COLOURS), ())
    assert indexed.index().changed == 2
    assert fake_model.embedded == embedded
    assert known(indexed, "red").keywords == ("Rome", "Places|Italy|Rome")
    assert known(indexed, "blue").rating == 4
    assert write(indexed) == WriteOut((), len(COLOURS), ())
    assert indexed.index().unchanged == len(COLOURS)


def test_what_is_taken_back_goes_and_what_is_no_longer_rejected_returns(indexed: Library) -> None:
    sidecar = path_of(indexed, "red").with_suffix(".xmp")
    sidecar.write_text(DIGIKAM, encoding="utf-8")
    tag(indexed, "red", "dog")
    tag(indexed, "red", "CAT", "rejected")
    rate(indexed, "red", 5)
    assert write(indexed).written == (sidecar,)
    indexed.index()
    assert known(indexed, "red").keywords == ("Rome", "dog", "Places|Italy|Rome")
    for _ in range(3):
        indexed.labels.undo()
    assert write(indexed).written == (sidecar,)
    indexed.index()
    assert set(known(indexed, "red").keywords) == {"Rome", "cat", "Places|Italy|Rome"}
    assert known(indexed, "red").rating == 3


def test_a_rating_changed_elsewhere_arrives_and_the_users_own_word_wins(indexed: Library) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.write_text(DIGIKAM, encoding="utf-8")
    indexed.index()
    assert found(indexed, "rating:3") == {"red"}
    sidecar.write_text(DIGIKAM.replace('xmp:Rating="3"', 'xmp:Rating="1"'), encoding="utf-8")
    os.utime(sidecar, (1, 1))
    indexed.index()
    assert found(indexed, "rating:1") == {"red"}
    rate(indexed, "red", 5)
    assert found(indexed, "rating:1") == set()
    assert found(indexed, "rating:5") == {"red"}


def test_keywords_inside_the_photo_go_into_its_new_sidecar(
    library: Library, tmp_path: Path
) -> None:
    photo = tmp_path / "photos" / "a.jpg"
    photo.parent.mkdir()
    packet = NEW_PACKET.replace(
        b"  </rdf:Desc",
        b'<d:subject xmlns:d="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>sea</rdf:li>'
        b"<rdf:li>cat</rdf:li></rdf:Bag></d:subject></rdf:Desc",
    )
    Image.new("RGB", (30, 20), "red").save(photo, xmp=packet)
    library.index([photo.parent])
    tag(library, "a", "dog")
    tag(library, "a", "cat", "rejected")
    write(library)
    library.index()
    assert known(library, "a").keywords == ("sea", "dog")


def test_stars_inside_the_photo_go_into_its_new_sidecar_and_are_no_word_of_the_users(
    library: Library, tmp_path: Path
) -> None:
    photo = tmp_path / "photos" / "a.jpg"
    photo.parent.mkdir()
    packet = DIGIKAM.partition("?>\n")[2].encode()
    Image.new("RGB", (30, 20), "red").save(photo, xmp=packet)
    library.index([photo.parent])
    tag(library, "a", "dog")
    write(library)
    beside = read_properties(Path(f"{photo}.xmp").read_bytes())
    assert beside["xmp:Rating"] == ["3"]
    rate(library, "a", 5)
    library.index()
    write(library)
    rate(library, "a", None)
    library.index()
    write(library)
    beside = read_properties(Path(f"{photo}.xmp").read_bytes())
    assert beside["xmp:Rating"] == ["3"]


def test_a_photo_that_is_edited_keeps_the_tags_in_its_sidecar(indexed: Library) -> None:
    red = path_of(indexed, "red")
    tag(indexed, "red", "dog")
    write(indexed)
    Image.new("RGB", (50, 30), "red").save(red)
    indexed.index()
    write(indexed)
    indexed.index()
    assert known(indexed, "red").keywords == ("dog",)
    assert found(indexed, "tag:dog") == {"red"}


def test_a_dry_run_tells_the_same_and_writes_nothing(indexed: Library, colour_photos: Path) -> None:
    tag(indexed, "red", "dog")
    before = listing(colour_photos)
    report = write(indexed, dry_run=True)
    assert listing(colour_photos) == before
    assert report == write(indexed)
    assert len(report.written) == 1


def test_all_files_of_one_content_get_their_sidecars(indexed: Library) -> None:
    red = path_of(indexed, "red")
    shutil.copy(red, red.with_name("copy.png"))
    indexed.index()
    tag(indexed, "red", "dog")
    assert len(write(indexed).written) == 2
    assert write(indexed, "copy").unchanged == 1


def test_suggestions_are_written_if_asked_and_the_users_word_goes_before_them(
    indexed: Library,
) -> None:
    tag(indexed, "red", "Cat", "rejected")
    tag(indexed, "red", "sea")
    (content,) = indexed.labels.contents([path_of(indexed, "red")])
    suggested = {content: ["cat", "SEA", "dog"]}
    write_out(indexed.labels, indexed.photos(), Settings(), suggested=suggested)
    indexed.index()
    assert known(indexed, "red").keywords == ("sea", "dog")
    write(indexed)
    indexed.index()
    assert known(indexed, "red").keywords == ("sea",)


# Which sidecar


@pytest.mark.parametrize(
    ("there", "photo", "short_for_raw", "expected"),
    [
        ("", "a.jpg", False, "a.jpg.xmp"),
        ("", "a.jpg", True, "a.jpg.xmp"),
        ("", "a.CR2", False, "a.CR2.xmp"),
        ("", "a.CR2", True, "a.xmp"),
        ("a.xmp", "a.jpg", False, "a.xmp"),
        ("a.XMP", "a.CR2", False, "a.XMP"),
        ("a.xmp a.jpg.xmp", "a.jpg", False, "a.jpg.xmp"),
        ("a.xmp a.CR2", "a.jpg", False, "a.jpg.xmp"),
        ("a.xmp a.jpg", "a.CR2", False, "a.xmp"),
        ("a.xmp a.JPG", "a.png", False, "a.png.xmp"),
        ("a.jpg a.jpg.xmp", "a.jpg.png", False, "a.jpg.png.xmp"),
        ("a.CR2 a.CR2.xmp", "a.jpg", True, "a.jpg.xmp"),
    ],
)
def test_the_sidecar_that_is_there_is_used_unless_it_is_another_photos(
    tmp_path: Path, there: str, photo: str, short_for_raw: bool, expected: str
) -> None:
    for name in [*there.split(), photo]:
        (tmp_path / name).touch()
    found = own_sidecar(tmp_path / photo, short_for_raw=short_for_raw)
    assert found.name == expected
    found.touch()
    assert find_sidecar(tmp_path / photo) == found


def test_a_jpeg_beside_a_raw_photo_gets_a_sidecar_of_its_own_that_says_as_much(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "a.jpg")
    (folder / "a.CR2").write_bytes(b"not read here")
    (folder / "a.xmp").write_text(LIGHTROOM, encoding="utf-8")
    library.index([folder])
    before = known(library, "a")
    tag(library, "a", "dog")
    assert write(library).written == (folder / "a.jpg.xmp",)
    assert (folder / "a.xmp").read_text(encoding="utf-8") == LIGHTROOM
    library.index()
    after = known(library, "a")
    assert (after.title, after.rating) == (before.title, before.rating) == ("The Forum", 2)
    assert set(after.keywords) == {*before.keywords, "dog"}


# What is refused


@pytest.mark.parametrize("content", [b"", b"not XML", b"<a/>", LIGHTROOM.encode("utf-16")])
def test_a_sidecar_that_cannot_be_read_is_reported_and_stays(
    indexed: Library, content: bytes
) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.write_bytes(content)
    tag(indexed, "red", "dog")
    tag(indexed, "blue", "dog")
    report = write(indexed)
    assert [one.path for one in report.skipped] == [sidecar]
    assert len(report.written) == 1
    assert sidecar.read_bytes() == content


def test_a_photo_that_has_changed_since_it_was_indexed_is_left_alone(indexed: Library) -> None:
    red, blue = path_of(indexed, "red"), path_of(indexed, "blue")
    tag(indexed, "red", "dog")
    tag(indexed, "blue", "dog")
    red.write_bytes(red.read_bytes() + b"x")
    blue.unlink()
    report = write(indexed)
    assert {one.path for one in report.skipped} == {red, blue}
    assert "index its folder again" in report.skipped[0].reason
    assert not report.written
    assert find_sidecar(red) is find_sidecar(blue) is None


def test_a_write_protected_sidecar_stays(indexed: Library) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.write_text(LIGHTROOM, encoding="utf-8")
    sidecar.chmod(0o444)
    tag(indexed, "red", "dog")
    assert [one.reason for one in write(indexed).skipped] == ["it is write-protected"]
    assert sidecar.read_text(encoding="utf-8") == LIGHTROOM


def test_what_is_no_file_is_not_written_over(indexed: Library) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.mkdir()
    tag(indexed, "red", "dog")
    assert [one.path for one in write(indexed).skipped] == [sidecar]
    assert not list(sidecar.iterdir())


def test_a_sidecar_that_another_program_writes_this_moment_is_left_to_it(
    indexed: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.write_text(LIGHTROOM, encoding="utf-8")
    tag(indexed, "red", "dog")

    def slow(*arguments: object) -> bytes:
        sidecar.write_text(DIGIKAM, encoding="utf-8")
        return merged(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(write_out_module, "merged", slow)
    assert "another program" in write(indexed).skipped[0].reason
    assert sidecar.read_text(encoding="utf-8") == DIGIKAM


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_and_links_stay_as_they_are(indexed: Library, tmp_path: Path) -> None:
    red, blue = path_of(indexed, "red"), path_of(indexed, "blue")
    blue.chmod(0o640)
    elsewhere = tmp_path / "elsewhere.xmp"
    elsewhere.write_text(LIGHTROOM, encoding="utf-8")
    elsewhere.chmod(0o664)
    link = Path(f"{red}.xmp")
    link.symlink_to(elsewhere)
    tag(indexed, "red", "dog")
    tag(indexed, "blue", "dog")
    assert len(write(indexed).written) == 2
    assert link.is_symlink()
    assert "dog" in elsewhere.read_text(encoding="utf-8")
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o664
    assert stat.S_IMODE(Path(f"{blue}.xmp").stat().st_mode) == 0o640


def test_what_was_written_before_a_cancel_stays(indexed: Library) -> None:
    for name in COLOURS:
        tag(indexed, name, "dog")

    def stop(done: int, total: int | None, note: str = "") -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_out(indexed.labels, indexed.photos(), Settings(), progress=stop)
    report = write(indexed)
    assert (len(report.written), report.unchanged) == (len(COLOURS) - 2, 2)


# Read in


def decided(library: Library) -> list[Decision]:
    tags = library.labels.tags
    return [one for tag in tags.tags() for one in tags.of_tag(tag.name)]


def test_keywords_and_ratings_become_the_users_and_outlive_the_sidecar(indexed: Library) -> None:
    sidecar = Path(f"{path_of(indexed, 'red')}.xmp")
    sidecar.write_text(
        LIGHTROOM.replace("<rdf:li>Places</rdf:li>", "<rdf:li>sea</rdf:li>"), encoding="utf-8"
    )
    indexed.index()
    assert read(indexed) == ReadIn(2, 1, 0, ())
    assert {(one.tag, one.source) for one in decided(indexed)} == {
        ("sea", SOURCE),
        ("Places|Italy|Rome", SOURCE),
    }
    assert read(indexed) == ReadIn(0, 0, 0, ())
    sidecar.unlink()
    indexed.index()
    assert found(indexed, "tag:rome") == found(indexed, "rating:2") == {"red"}


def test_reading_in_changes_nothing_that_the_user_has_said(indexed: Library) -> None:
    Path(f"{path_of(indexed, 'red')}.xmp").write_text(DIGIKAM, encoding="utf-8")
    tag(indexed, "red", "Cat", "rejected")
    tag(indexed, "red", "places|italy|rome")
    rate(indexed, "red", 0)
    indexed.index()
    assert read(indexed) == ReadIn(0, 0, 2, ()), "the rejected cat, and no stars"
    assert {(one.tag, one.verdict, one.source) for one in decided(indexed)} == {
        ("Cat", "rejected", "user"),
        ("places|italy|rome", "accepted", "user"),
    }
    assert list(indexed.labels.ratings.stars().values()) == [0]


def test_what_was_read_is_taken_back_in_one_step(indexed: Library) -> None:
    for name in ("red", "green"):
        Path(f"{path_of(indexed, name)}.xmp").write_text(LIGHTROOM, encoding="utf-8")
    indexed.index()
    rate(indexed, "blue", 4)
    assert read(indexed).tags == 2
    indexed.labels.undo()
    assert decided(indexed) == []
    assert list(indexed.labels.ratings.stars().values()) == [4]
    indexed.labels.redo()
    assert read(indexed) == ReadIn(0, 0, 0, ())


def test_reading_nothing_new_leaves_nothing_to_undo(indexed: Library) -> None:
    rate(indexed, "blue", 4)
    read(indexed)
    assert indexed.labels.undo_title == "Rate 1 photo"


def test_a_keyword_that_can_be_no_tag_is_told(indexed: Library) -> None:
    text = DIGIKAM.replace("Places|Italy|Rome", "a||b").replace(">cat<", f">{'x' * 300}<")
    Path(f"{path_of(indexed, 'red')}.xmp").write_text(text, encoding="utf-8")
    indexed.index()
    report = read(indexed)
    assert [one.path.stem for one in report.skipped] == ["red", "red"]
    assert report.tags == 1


def test_photos_are_named_by_path_and_folder(indexed: Library, colour_photos: Path) -> None:
    red = path_of(indexed, "red")
    below = indexed.labels.photos_at([red.parent, red])
    assert {photo.path.parent for photo in below} == {red.parent}
    assert len(below) == len(COLOURS) // 2
    with pytest.raises(InputError, match="nowhere"):
        indexed.labels.photos_at([colour_photos, Path("nowhere")])


# Held against exiftool

EXIFTOOL = shutil.which("exiftool")
exiftool = pytest.mark.skipif(EXIFTOOL is None, reason="wants exiftool")


OURS = (
    *("XMP-clipsearch", "XMP-dc:Subject", "XMP-lr:", "XMP-digiKam:TagsList", "XMP-xmp:Rating"),
    *("XMP-microsoft:", "XMP-mediapro:", "System:", "ExifTool:"),
)


def by_exiftool(*files: Path) -> list[dict[str, object]]:
    command = ["exiftool", "-json", "-struct", "-G1", "-charset", "filename=utf8"]
    printed = subprocess.run([*command, *map(str, files)], capture_output=True, check=True)
    answers: list[dict[str, object]] = json.loads(printed.stdout)
    return answers


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


@exiftool
def test_exiftool_reads_what_was_written_and_finds_all_else_as_it_was(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, sample in enumerate(SAMPLES.values()):
        Image.new("RGB", (30, 20 + number), "red").save(folder / f"{number}.jpg")
        (folder / f"{number}.jpg.xmp").write_text(sample, encoding="utf-8")
    sidecars = sorted(folder.glob("*.xmp"))
    before = by_exiftool(*sidecars)
    library.index([folder])
    for photo in library.photos():
        library.labels.tags.decide("Odd|R&B <\"'> קיץ", [photo.content_hash], "accepted")
        library.labels.ratings.rate([photo.content_hash], 1)
    assert len(write(library).written) == len(SAMPLES)
    for old, new in zip(before, by_exiftool(*sidecars), strict=True):
        assert new.get("ExifTool:Warning") in (None, old.get("ExifTool:Warning"))
        assert "R&B <\"'> קיץ" in as_list(new["XMP-dc:Subject"])
        assert "Odd|R&B <\"'> קיץ" in as_list(new["XMP-lr:HierarchicalSubject"])
        assert new["XMP-xmp:Rating"] == 1
        kept = {name for name in old if not name.startswith(OURS)}
        assert {name: new.get(name) for name in kept} == {name: old[name] for name in kept}
        assert {name for name in new if not name.startswith(OURS)} == kept


@exiftool
def test_what_exiftool_writes_into_our_sidecar_is_kept_and_so_is_our_record(
    indexed: Library,
) -> None:
    tag(indexed, "red", "dog")
    (sidecar,) = write(indexed).written
    change = ["-XMP-dc:Subject+=sea", "-XMP-photoshop:City=Rome", "-overwrite_original"]
    subprocess.run(["exiftool", "-q", *change, str(sidecar)], check=True)
    tag(indexed, "red", "dog", None)
    assert write(indexed).written == (sidecar,)
    indexed.index()
    assert known(indexed, "red").keywords == ("sea",)
    (left,) = by_exiftool(sidecar)
    assert left["XMP-photoshop:City"] == "Rome"


def test_a_thousand_sidecars_are_read_by_us_and_by_exiftool(
    library: Library, tmp_path: Path, fake_model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # A disk takes seconds for so many.
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1000):
        Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(folder / f"{number}.png")
        if number % 2:
            sample = [*SAMPLES.values()][number // 2 % len(SAMPLES)]
            (folder / f"{number}.png.xmp").write_text(sample, encoding="utf-8")
    library.index([folder])
    photos = sorted(library.photos(), key=lambda photo: int(photo.path.stem))
    contents = [photo.content_hash for photo in photos]
    library.labels.tags.decide("Test|All", contents, "accepted")
    for stars in range(6):
        library.labels.ratings.rate(contents[stars::6], stars)
    report = write(library)
    assert (len(report.written), report.skipped) == (1000, ())
    embedded = fake_model.embedded
    assert library.index().changed == 1000
    assert fake_model.embedded == embedded
    for number, photo in enumerate(photos):
        (said,) = library.metadata(photo.path)
        assert {"Test|All", "All"} <= {*said.keywords}
        assert said.rating == number % 6
    assert write(library).unchanged == 1000
    if EXIFTOOL:
        answers = by_exiftool(folder, Path("-ext"), Path("xmp"))
        assert len(answers) == 1000
        for answer in answers:
            number = int(Path(str(answer["SourceFile"])).name.partition(".")[0])
            assert answer["XMP-xmp:Rating"] == number % 6
            assert "Test|All" in as_list(answer["XMP-lr:HierarchicalSubject"])
            assert "All" in as_list(answer["XMP-dc:Subject"])
