"""Tags and stars on their way into the photos themselves."""

import shutil
import stat
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core import exiftool as exiftool_module
from clipsearch.core import originals as originals_module
from clipsearch.core.files import write_whole
from clipsearch.core.imaging import content_hash, decode
from clipsearch.core.label_file import LabelFile
from clipsearch.core.label_schema import EDITED, KEYED_BY_CONTENT
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.metadata import read_metadata
from clipsearch.core.pillow_setup import load_heif_reader
from clipsearch.core.types import Skipped
from clipsearch.core.write_out import WriteOut
from clipsearch.errors import InputError, LibraryBusy
from clipsearch.progress import Cancelled
from tests.conftest import FakeModel
from tests.core.sidecar_samples import DIGIKAM
from tests.core.test_write_out import found, known, listing, path_of, rate, tag, write

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="ExifTool is not installed"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo of each format that is written, two JPEGs of one content, and a BMP."""
    folder = tmp_path / "photos 100%d"
    folder.mkdir()
    load_heif_reader()
    for number, ending in enumerate(["jpg", "png", "tif", "heic", "avif", "bmp"]):
        pixels = np.random.default_rng(number).integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{ending}.{ending}")
    return folder


@pytest.fixture
def indexed(library: Library, folder: Path) -> Library:
    library.index([folder])
    return library


def write_into(library: Library, *names: str, dry_run: bool = False) -> WriteOut:
    photos = library.labels.photos_at([path_of(library, name) for name in names])
    return library.originals.write(photos, dry_run=dry_run)


def content_of(library: Library, name: str) -> str:
    return library.labels.contents([path_of(library, name)])[0]


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


# What is written


@needs_exiftool
def test_what_is_said_stands_in_the_photo_which_keeps_its_pixels_words_and_embedding(
    indexed: Library, folder: Path, fake_model: FakeModel
) -> None:
    names = ["jpg", "png", "tif", "heic", "avif"]
    before = {name: decode(path_of(indexed, name)).tobytes() for name in names}
    embedded = fake_model.embedded
    for name in names:
        tag(indexed, name, "Places|Italy|Rome")
        rate(indexed, name, 4)
    indexed.labels.ratings.set_favourite([content_of(indexed, "jpg")], True)
    indexed.labels.collections.create("Best")
    indexed.labels.collections.add("Best", [content_of(indexed, "jpg")])
    indexed.labels.collections.set_caption("Best", [content_of(indexed, "jpg")], "Us")
    old = {name: content_of(indexed, name) for name in names}
    report = write_into(indexed)
    assert {path.stem for path in report.originals} == set(names)
    assert (report.written, report.unchanged, report.skipped, report.instead) == ((), 1, (), ())
    assert hidden(folder) == []
    assert len(listing(folder)) == 6
    for name in names:
        path = path_of(indexed, name)
        said = read_metadata(path.read_bytes())
        assert (said.keywords, said.rating) == (("Rome", "Places|Italy|Rome"), 4)
        assert decode(path).tobytes() == before[name]
        assert content_of(indexed, name) == content_hash(path.read_bytes()) != old[name]
    assert found(indexed, "tag:rome rating:4") == set(names)
    assert found(indexed, "collection:best is:favourite") == {"jpg"}
    shown = indexed.labels.collections.photos("Best")
    assert {one.caption for one in shown} == {"Us"}
    again = indexed.index()
    assert (again.unchanged, again.changed, again.added) == (6, 0, 0)
    assert fake_model.embedded == embedded
    assert known(indexed, "jpg").keywords == ("Rome", "Places|Italy|Rome")
    assert write_into(indexed) == WriteOut((), 6, ())


@needs_exiftool
def test_what_others_wrote_into_the_photo_stays(library: Library, folder: Path) -> None:
    photo = folder / "jpg.jpg"
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Nikon", "D100", 6
    packet = DIGIKAM.partition("?>\n")[2].encode()
    Image.open(photo).save(photo, exif=exif, xmp=packet, quality=95)
    library.index([folder])
    before, pixels = known(library, "jpg"), decode(photo).tobytes()
    tag(library, "jpg", "dog")
    tag(library, "jpg", "cat", "rejected")
    assert write_into(library, "jpg").originals == (photo,)
    after = known(library, "jpg")
    assert after.keywords == ("Rome", "dog", "Places|Italy|Rome")
    assert (after.camera, after.rating, after.title) == (before.camera, 3, before.title)
    assert after.camera == "Nikon D100"
    assert decode(photo).tobytes() == pixels
    assert b">Ann</rdf:li>" in photo.read_bytes()


@needs_exiftool
def test_what_is_taken_back_goes_and_what_others_wrote_returns(
    library: Library, folder: Path
) -> None:
    photo = folder / "jpg.jpg"
    packet = DIGIKAM.partition("?>\n")[2].encode()
    Image.open(photo).save(photo, xmp=packet, quality=95)
    library.index([folder])
    tag(library, "jpg", "dog")
    tag(library, "jpg", "cat", "rejected")
    rate(library, "jpg", 5)
    write_into(library, "jpg")
    tag(library, "jpg", "sea")
    write_into(library, "jpg")
    tag(library, "jpg", "dog", None)
    tag(library, "jpg", "sea", None)
    tag(library, "jpg", "cat", None)
    rate(library, "jpg", None)
    assert write_into(library, "jpg").originals == (photo,)
    said = read_metadata(photo.read_bytes())
    assert set(said.keywords) == {"Rome", "cat", "Places|Italy|Rome"}
    assert said.rating == 3
    assert write_into(library, "jpg").unchanged == 1


@needs_exiftool
def test_a_photo_that_another_program_changed_since_keeps_its_words(
    indexed: Library, folder: Path
) -> None:
    tag(indexed, "jpg", "dog")
    write_into(indexed, "jpg")
    photo = folder / "jpg.jpg"
    with Image.open(photo) as opened:
        opened.save(photo, xmp=opened.info["xmp"], quality=30)
    indexed.index()
    assert write_into(indexed, "jpg").originals == ()
    assert read_metadata(photo.read_bytes()).keywords == ("dog",)


@needs_exiftool
def test_a_photo_that_cannot_be_written_gets_a_sidecar_and_the_report_says_so(
    indexed: Library, folder: Path
) -> None:
    photo = folder / "bmp.bmp"
    data = photo.read_bytes()
    named_wrongly = folder / "wrong.jpg"
    Image.open(photo).save(named_wrongly, "PNG")
    indexed.index()
    tag(indexed, "bmp", "dog")
    tag(indexed, "wrong", "dog")
    report = write_into(indexed)
    assert report.originals == ()
    assert set(report.written) == {Path(f"{photo}.xmp"), Path(f"{named_wrongly}.xmp")}
    reasons = {one.path: one.reason for one in report.instead}
    assert reasons[photo] == "nothing is written into files of this format"
    assert reasons[named_wrongly] == (
        "ExifTool refuses it (Not a valid JPG (looks more like a PNG))"
    )
    assert report.unchanged == 5
    assert photo.read_bytes() == data
    assert hidden(folder) == []
    assert write_into(indexed).instead == (), "once there is a sidecar, nothing is news"


@needs_exiftool
def test_a_sidecar_that_is_there_is_kept_alike(indexed: Library, folder: Path) -> None:
    sidecar = folder / "jpg.jpg.xmp"
    tag(indexed, "jpg", "dog")
    write(indexed, "jpg")
    indexed.index()
    for words in ("sea", "sun"):
        tag(indexed, "jpg", words)
        report = write_into(indexed, "jpg")
        assert (report.originals, report.written) == ((folder / "jpg.jpg",), (sidecar,))
        assert words in known(indexed, "jpg").keywords
    tag(indexed, "jpg", "dog", None)
    write_into(indexed, "jpg")
    assert known(indexed, "jpg").keywords == ("sea", "sun")
    assert indexed.index().unchanged == 6


@needs_exiftool
def test_what_is_write_protected_or_changed_is_told_and_left_alone(
    indexed: Library, folder: Path
) -> None:
    protected, changed = folder / "jpg.jpg", folder / "png.png"
    for name in ("jpg", "png", "tif"):
        tag(indexed, name, "dog")
    protected.chmod(0o444)
    Image.new("RGB", (9, 9)).save(changed)
    before = listing(folder)
    report = write_into(indexed)
    assert report.originals == (folder / "tif.tif",)
    assert {one.path: one.reason for one in report.skipped} == {
        protected: "it is write-protected",
        changed: "it is not there as it was indexed: index its folder again",
    }
    after = listing(folder)
    assert {path for path in before if before[path] != after[path]} == {folder / "tif.tif"}
    assert stat.S_IMODE(protected.stat().st_mode) == 0o444


@needs_exiftool
def test_a_folder_that_cannot_be_written_is_told(
    indexed: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    tag(indexed, "jpg", "dog")
    monkeypatch.setattr(shutil, "copyfile", refuse)
    reason = "it cannot be written (Permission denied)"
    assert write_into(indexed, "jpg").skipped == (Skipped(folder / "jpg.jpg", reason),)


@needs_exiftool
def test_permissions_stay_and_a_link_leads_to_the_written_photo(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "elsewhere" / "linked.png"
    photo.parent.mkdir()
    Image.new("RGB", (30, 20), "red").save(photo)
    photo.chmod(0o640)
    link = folder / "link.png"
    link.symlink_to(photo)
    library.index([folder])
    tag(library, "link", "dog")
    assert write_into(library).originals == (link,)
    assert link.is_symlink()
    assert read_metadata(photo.read_bytes()).keywords == ("dog",)
    assert stat.S_IMODE(photo.stat().st_mode) == 0o640


@needs_exiftool
def test_a_dry_run_tells_the_same_and_writes_nothing(indexed: Library, folder: Path) -> None:
    tag(indexed, "jpg", "dog")
    tag(indexed, "bmp", "dog")
    before = listing(folder)
    report = write_into(indexed, dry_run=True)
    assert listing(folder) == before
    assert indexed.labels.undo_title is not None
    assert report == write_into(indexed)
    assert len(report.originals) == len(report.written) == len(report.instead) == 1


def test_without_exiftool_a_sentence_says_how_to_get_it_and_nothing_is_written(
    indexed: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag(indexed, "jpg", "dog")
    tag(indexed, "bmp", "dog")
    before = listing(folder)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match="libimage-exiftool-perl"):
        write_into(indexed)
    assert listing(folder) == before


@needs_exiftool
def test_a_copy_that_shows_something_else_never_takes_the_photos_place(
    indexed: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damage(_: object, packets: list[tuple[Path, bytes]]) -> list[None]:
        for path, packet in packets:
            picture = BytesIO()
            Image.new("RGB", (60, 40), "red").save(picture, "PNG", xmp=packet)
            write_whole(path, picture.getvalue())
        return [None] * len(packets)

    photo = folder / "png.png"
    data = photo.read_bytes()
    tag(indexed, "png", "dog")
    monkeypatch.setattr(exiftool_module.ExifTool, "embed", damage)
    report = write_into(indexed, "png")
    assert photo.read_bytes() == data
    assert report.written == (Path(f"{photo}.xmp"),)
    assert hidden(folder) == []


@needs_exiftool
def test_more_photos_than_one_process_takes_and_a_cancel_between_them(
    indexed: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals_module, "_AT_ONCE", 2)
    for name in ("jpg", "png", "tif"):
        tag(indexed, name, "dog")
    photos = [path_of(indexed, name) for name in ("jpg", "png", "tif")]

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if done == 2:
            raise Cancelled

    chosen = sorted(indexed.labels.photos_at(photos), key=lambda photo: photo.path)
    with pytest.raises(Cancelled):
        indexed.originals.write(chosen, progress=cancel)
    assert found(indexed, "tag:dog") == {"jpg", "png", "tif"}
    assert [bool(read_metadata(one.path.read_bytes()).keywords) for one in chosen] == [
        True,
        True,
        False,
    ]
    assert indexed.index().unchanged == 6
    assert len(write_into(indexed).originals) == 1


@needs_exiftool
def test_while_another_process_writes_to_the_library_nothing_is_written(
    indexed: Library, folder: Path
) -> None:
    tag(indexed, "jpg", "dog")
    before = listing(folder)
    with write_lock(indexed.root), pytest.raises(LibraryBusy):
        write_into(indexed)
    assert listing(folder) == before


# What becomes of the words


def test_every_table_that_is_keyed_by_content_is_handed_over(tmp_path: Path) -> None:
    file = LabelFile(tmp_path / "labels.sqlite")
    with file.reading() as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        ]
        columns = {
            name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
            for name in names
        }
    file.close()
    keyed = {name for name in names if any("hash" in one for one in columns[name])}
    assert keyed == {*KEYED_BY_CONTENT, "rewritten"}
    assert all("content_hash" in columns[name] for name in keyed)
    assert set(KEYED_BY_CONTENT) < set(EDITED)


def test_a_new_content_gets_all_words_and_the_old_one_keeps_them(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a"], "accepted")
    store.tags.decide("cat", ["a", "b"], "rejected")
    store.ratings.rate(["a"], 3)
    store.ratings.set_favourite(["a"], True)
    store.collections.create("Best")
    store.collections.add("Best", ["a"])
    store.collections.set_caption("Best", ["a"], "Us")
    store.succession.hand_over([("a", "new")], in_use=())
    assert rows_of(store, "new") == rows_of(store, "a")
    assert all(rows_of(store, "a").values())
    assert store.succession.origins(["a", "b", "new"]) == {"new": "a"}
    store.succession.hand_over([("new", "newer"), ("newer", "a")], in_use=())
    assert store.succession.origins(["newer", "a"]) == {"newer": "a", "a": "a"}
    store.close()


@needs_exiftool
def test_what_the_model_suggests_goes_along(indexed: Library, folder: Path) -> None:
    shutil.copy(folder / "png.png", folder / "copy.png")
    indexed.index()
    indexed.tagging.suggest(slider=1.0)
    tag(indexed, "jpg", "dog")
    tag(indexed, "png", "dog")
    before = suggested(indexed)
    assert before["jpg"]
    write_into(indexed, "jpg", "png")
    assert suggested(indexed) == {**before, "png": []}, "the copy has kept its own"


def suggested(library: Library) -> dict[str, list[str]]:
    found = library.tagging.current()
    assert found is not None
    return {
        photo.path.stem: [one.tag for one in found.of_photo(photo.content_hash)]
        for photo in library.photos()
    }


def test_a_photo_counts_once_whatever_contents_it_has_had(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a", "b"], "accepted")
    store.tags.decide("dog", ["c"], "rejected")
    store.collections.create("Best")
    store.collections.add("Best", ["a", "b", "c"])
    counts = store.tags.tags(), store.tags.named("dog"), store.collections.all()
    pairs = [("a", "a2"), ("c", "c2"), ("a2", "a3"), ("c2", "c")]
    for pair in pairs:
        store.succession.hand_over([pair], in_use=())
        assert (store.tags.tags(), store.tags.named("dog"), store.collections.all()) == counts
    store.close()


def rows_of(store: LabelStore, content: str) -> dict[str, list[tuple[object, ...]]]:
    """What each table says of a content, without the content."""
    with store.file.reading() as connection:
        return {
            table: [
                tuple(value for value in row if value != content)
                for row in connection.execute(
                    f"SELECT * FROM {table} WHERE content_hash = ?", (content,)
                )
            ]
            for table in KEYED_BY_CONTENT
        }


@needs_exiftool
def test_after_a_photo_was_written_nothing_said_before_is_undone_by_half(
    indexed: Library,
) -> None:
    tag(indexed, "jpg", "dog")
    write_into(indexed, "jpg")
    assert indexed.labels.undo_title is None
    tag(indexed, "jpg", "sea")
    indexed.labels.undo()
    assert found(indexed, "tag:dog") == {"jpg"}
    assert found(indexed, "tag:sea") == set()
    with pytest.raises(InputError, match="nothing to undo"):
        indexed.labels.undo()


@needs_exiftool
def test_a_backup_from_before_brings_its_words_to_the_written_photo(indexed: Library) -> None:
    tag(indexed, "jpg", "dog")
    tag(indexed, "png", "sea")
    with indexed.labels._store.file.reading() as connection:
        backup = indexed.labels._stores.backups.make_one_off(connection, "before")
    write_into(indexed, "jpg")
    tag(indexed, "jpg", "dog", None)
    indexed.labels.restore(backup)
    assert found(indexed, "tag:dog") == {"jpg"}
    assert found(indexed, "tag:sea") == {"png"}


@needs_exiftool
def test_a_backup_from_afterwards_says_what_was_said_then(indexed: Library) -> None:
    tag(indexed, "jpg", "dog")
    write_into(indexed, "jpg")
    tag(indexed, "jpg", "dog", None)
    with indexed.labels._store.file.reading() as connection:
        backup = indexed.labels._stores.backups.make_one_off(connection, "after")
    tag(indexed, "jpg", "sea")
    indexed.labels.restore(backup)
    assert indexed.labels.tags.of_photos([content_of(indexed, "jpg")]) == {}


@needs_exiftool
def test_what_is_said_of_a_content_that_comes_back_is_the_latest_word(indexed: Library) -> None:
    tag(indexed, "jpg", "dog")
    write_into(indexed, "jpg")
    once = content_of(indexed, "jpg")
    indexed.labels.ratings.set_favourite([once], True)
    for verdict in (None, "accepted"):
        tag(indexed, "jpg", "dog", verdict)
        indexed.labels.ratings.set_favourite([content_of(indexed, "jpg")], False)
        assert write_into(indexed, "jpg").unchanged == 0
    assert content_of(indexed, "jpg") == once
    assert found(indexed, "tag:dog") == {"jpg"}
    assert found(indexed, "is:favourite") == set()
    assert write_into(indexed, "jpg").unchanged == 1


def test_what_is_said_by_a_window_that_knows_the_old_content_reaches_the_photo(
    tmp_path: Path,
) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.collections.create("Best")
    store.collections.create("Worst")
    store.collections.add("Worst", ["a"])
    store.tags.decide("cat", ["a"], "accepted")
    for pair in [("a", "b"), ("b", "c"), ("c", "b")]:
        store.succession.hand_over([pair], in_use=())
    store.tags.decide("dog", ["a"], "accepted")
    store.tags.decide("cat", ["a"], None)
    store.ratings.rate(["a"], 3)
    store.ratings.set_favourite(["a"], True)
    store.collections.add("Best", ["a"])
    store.collections.remove("Worst", ["a"])
    store.collections.set_caption("Best", ["a"], "Us")
    for content in ("b", "c"):
        assert {one.tag for one in store.tags.of_photos([content])[content]} == {"dog"}
        assert store.collections.of_photos([content]) == {content: {"Best": "Us"}}
    assert {one.caption for one in store.collections.photos("Best")} == {"Us"}
    assert store.ratings.stars() == {"a": 3, "b": 3, "c": 3}
    assert store.ratings.favourites() == {"a", "b", "c"}
    store.ratings.rate(["b"], 5)
    assert store.ratings.stars()["a"] == 3, "the old content keeps its own"
    store.close()


def test_captions_of_several_photos_reach_what_was_made_of_them(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.collections.create("Best")
    store.collections.add("Best", ["a", "b", "c"])
    store.succession.hand_over([("a", "a2"), ("c", "c2")], in_use=())
    store.collections.set_caption("Best", ["a", "b"], "Us")
    assert {one.content_hash: one.caption for one in store.collections.photos("Best")} == {
        **{"a": "Us", "a2": "Us", "b": "Us"},
        **{"c": "", "c2": ""},
    }
    store.collections.remove("Best", ["c"])
    with pytest.raises(InputError, match="not in the collection"):
        store.collections.set_caption("Best", ["a", "c"], "lost")
    assert {one.caption for one in store.collections.photos("Best")} == {"Us"}
    assert store.file.undo() == "Take 1 photo out of 'Best'"
    assert store.file.undo() == "Change 2 captions in 'Best'"
    assert {one.caption for one in store.collections.photos("Best")} == {""}
    store.close()


@needs_exiftool
def test_a_window_that_knows_the_old_content_reads_in_what_the_photo_says_now(
    indexed: Library,
) -> None:
    shown = indexed.photos()
    rate(indexed, "jpg", 3)
    write_into(indexed, "jpg")
    sidecar = Path(f"{path_of(indexed, 'jpg')}.xmp")
    sidecar.write_text(DIGIKAM, encoding="utf-8")
    indexed.index()
    assert indexed.sidecars.read(shown).tags == 2
    assert found(indexed, "tag:cat") == {"jpg"}
    sidecar.unlink()
    indexed.index()
    assert found(indexed, "tag:cat") == {"jpg"}, "they are the user's own words now"
    assert found(indexed, "rating:3") == {"jpg"}


def test_what_is_read_in_of_a_content_is_said_of_its_heirs_unless_the_user_said_otherwise(
    indexed: Library,
) -> None:
    Path(f"{path_of(indexed, 'jpg')}.xmp").write_text(DIGIKAM, encoding="utf-8")
    indexed.index()
    labels, old = indexed.labels, content_of(indexed, "jpg")
    # As a process leaves it that is killed before the index follows.
    labels.succession.hand_over([(old, "new"), ("new", "newer")], in_use={old})
    labels.tags.decide("cat", ["newer"], "rejected")
    labels.ratings.rate(["newer"], 1)
    report = indexed.sidecars.read(indexed.photos())
    assert (report.tags, report.ratings, report.kept) == (2, 1, 0), "one photo, counted once"
    said = {
        content: {(one.tag.casefold(), one.verdict) for one in decisions}
        for content, decisions in labels.tags.of_photos([old, "new", "newer"]).items()
    }
    assert said[old] == said["new"] == {("cat", "accepted"), ("places|italy|rome", "accepted")}
    assert said["newer"] == {("cat", "rejected"), ("places|italy|rome", "accepted")}
    stars = labels.ratings.stars()
    assert stars["new"] == stars[old]
    assert stars["newer"] == 1
    labels.undo()
    assert labels.tags.of_photos([old, "new"]) == {}


def test_a_content_that_no_photo_has_any_more_is_no_photo_to_the_user(indexed: Library) -> None:
    labels = indexed.labels
    jpg, png, bmp = (content_of(indexed, name) for name in ("jpg", "png", "bmp"))
    labels.succession.hand_over([("once", jpg), (png, "killed"), ("away", "gone")], in_use=())
    assert labels.former_contents([jpg, png, bmp, "once", "away", "gone"]) == {"once", "away"}


def test_words_of_another_photo_that_has_the_content_stay(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a"], "accepted")
    store.succession.hand_over([("a", "b")], in_use={"a"})
    store.tags.decide("dog", ["b"], None)
    store.succession.hand_over([("b", "a")], in_use={"a"})
    assert [one.tag for one in store.tags.of_photos(["a"])["a"]] == ["dog"]
    store.succession.hand_over([("b", "a")], in_use=())
    assert store.tags.of_photos(["a"]) == {}
    store.close()


@needs_exiftool
def test_a_copy_that_was_not_written_keeps_its_words(indexed: Library, folder: Path) -> None:
    shutil.copy(folder / "jpg.jpg", folder / "copy.jpg")
    indexed.index()
    tag(indexed, "jpg", "dog")
    write_into(indexed, "jpg")
    assert found(indexed, "tag:dog") == {"jpg", "copy"}
    write_into(indexed, "copy")
    assert found(indexed, "tag:dog") == {"jpg", "copy"}
    assert content_of(indexed, "jpg") == content_of(indexed, "copy")
