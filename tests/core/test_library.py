"""The library as a whole: indexing, searching, moving files, changing models, faults."""

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core import label_connection
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.photos import PhotoIndex
from clipsearch.core.query import Part, Picture, Query
from clipsearch.core.types import Embeddings
from clipsearch.errors import (
    FolderNotFound,
    InputError,
    LibraryBusy,
    LibraryError,
    LibraryReadOnly,
    LibraryTooNew,
    UnreadableImage,
    UnsupportedImage,
)
from clipsearch.progress import Cancelled
from tests.conftest import COLOURS, FakeModel

MakeLibrary = Callable[..., Library]


def names(library: Library, words: str, k: int = 3) -> list[str]:
    return [hit.photo.path.stem for hit in library.search(Query.of(words, k=k))]


def test_words_find_the_photo_they_name(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    for colour in COLOURS:
        assert names(library, colour)[0] == colour


def test_scores_are_the_cosine_similarities_best_first(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    hits = library.search(Query.of("red", k=6))
    query = fake_model.encode_texts(["red"])[0]
    for hit in hits:
        with Image.open(hit.photo.path) as image:
            expected = float(fake_model.encode_images([image.convert("RGB")])[0] @ query)
        assert hit.score == pytest.approx(expected, abs=1e-6)
    scores = [hit.score for hit in hits if hit.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert len(hits) == len(COLOURS)


def test_a_picture_finds_itself_first(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    hits = library.search(Query.of(colour_photos / "cold" / "blue.png"))
    assert hits[0].photo.path.stem == "blue"
    assert hits[0].score == pytest.approx(1, abs=1e-5)


def test_words_and_a_picture_together_prefer_what_fits_both(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    halves = {"red_blue": ("red", "blue"), "red_red": ("red", "red"), "blue_blue": ("blue", "blue")}
    for name, (left, right) in halves.items():
        image = Image.new("RGB", (40, 40), COLOURS[left])
        image.paste(COLOURS[right], (20, 0, 40, 40))
        image.save(folder / f"{name}.png")
    library.index([folder])
    # Beside words, a picture counts 0.7 by itself: both count the same.
    picture = Part(Picture(folder / "blue_blue.png"), weight=1 / 0.7)
    hits = library.search(Query((Part("red"), picture)))
    assert hits[0].photo.path.stem == "red_blue"


def test_indexing_again_does_nothing(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    first = library.index([colour_photos])
    embedded = fake_model.embedded
    again = library.index([colour_photos])
    assert (first.added, first.unchanged) == (6, 0)
    assert (again.added, again.changed, again.unchanged, again.removed) == (0, 0, 6, 0)
    assert fake_model.embedded == embedded


def test_only_what_changed_is_embedded(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded = fake_model.embedded
    Image.new("RGB", (64, 64), COLOURS["green"]).save(colour_photos / "cold" / "red.png")
    (colour_photos / "warm" / "black.png").unlink()
    Image.new("RGB", (9, 9), (90, 90, 200)).save(colour_photos / "new.png")
    report = library.index([colour_photos])
    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 1, 4, 1)
    assert fake_model.embedded == embedded + 2
    assert {photo.path.stem for photo in library.photos()} == {*COLOURS, "new"} - {"black"}
    assert set(names(library, "green", k=2)) == {"green", "red"}


def test_a_moved_file_keeps_its_embedding(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded = fake_model.embedded
    (colour_photos / "cold").rename(colour_photos / "renamed")
    report = library.index([colour_photos])
    assert (report.added, report.moved, report.removed) == (0, 3, 0)
    assert fake_model.embedded == embedded
    assert library.search(Query.of("red"))[0].photo.path == colour_photos / "renamed" / "red.png"
    assert len(library.photos()) == len(COLOURS)


def test_a_copy_is_added_without_embedding_it_again(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded = fake_model.embedded
    shutil.copy(colour_photos / "cold" / "red.png", colour_photos / "copy.png")
    report = library.index([colour_photos])
    assert (report.added, report.moved, report.removed) == (1, 0, 0)
    assert fake_model.embedded == embedded
    assert set(names(library, "red", k=2)) == {"red", "copy"}


def test_a_touched_file_is_unchanged(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded = fake_model.embedded
    os.utime(colour_photos / "cold" / "red.png", ns=(1, 1))
    report = library.index([colour_photos])
    assert (report.added, report.changed, report.unchanged) == (0, 0, 6)
    assert fake_model.embedded == embedded
    assert library.index([colour_photos]).unchanged == 6


def test_a_bad_file_is_named_and_the_others_are_indexed(
    library: Library, colour_photos: Path
) -> None:
    (colour_photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    (colour_photos / "letter.png").write_text("Dear aunt")
    report = library.index([colour_photos])
    assert report.added == 6
    assert [skipped.path.name for skipped in report.skipped] == ["broken.jpg", "letter.png"]
    assert all(skipped.reason for skipped in report.skipped)


def test_a_file_that_became_unreadable_leaves_the_results(
    library: Library, colour_photos: Path
) -> None:
    library.index([colour_photos])
    (colour_photos / "cold" / "red.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    report = library.index([colour_photos])
    assert (report.removed, len(report.skipped)) == (1, 1)
    assert "red" not in names(library, "red", k=6)


def test_cancelling_keeps_what_was_finished(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    def cancel_at_five(done: int, total: int | None, note: str = "") -> None:
        if total and done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        library.index([colour_photos], progress=cancel_at_five)
    kept = len(library.photos())
    assert kept == 4  # One batch of four was embedded before the fifth.
    report = library.index([colour_photos])
    assert (report.added, report.unchanged) == (2, 4)


def test_one_folder_of_two_does_not_touch_the_other(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos / "warm", colour_photos / "cold"])
    shutil.rmtree(colour_photos / "warm")
    report = library.index([colour_photos / "cold"])
    assert report.removed == 0
    assert len(library.photos()) == len(COLOURS)


def test_an_unplugged_folder_keeps_its_photos(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos / "warm", colour_photos / "cold"])
    (colour_photos / "warm").rename(colour_photos.parent / "unplugged")
    report = library.index()
    assert report.removed == 0
    assert len(report.notices) == 1
    assert "warm" in report.notices[0]
    assert len(library.photos()) == len(COLOURS)


def test_folders_inside_others_are_remembered_once(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos / "warm"])
    library.index([colour_photos])
    assert library.folders() == (colour_photos,)
    assert len(library.photos()) == len(COLOURS)


def test_names_with_quotes_and_other_scripts(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s "a" folder; DROP TABLE'
    folder.mkdir()
    for name in ("d'été.png", "写真.png", "a%b_c.png"):
        Image.new("RGB", (8, 8), COLOURS["red"]).save(folder / name)
    library.index([folder])
    (folder / "d'été.png").unlink()
    assert library.index([folder]).removed == 1
    assert {photo.path.name for photo in library.photos()} == {"写真.png", "a%b_c.png"}


def test_photos_come_newest_first(library: Library, colour_photos: Path) -> None:
    for age, name in enumerate(sorted(colour_photos.rglob("*.png"))):
        os.utime(name, (1_000_000 - age, 1_000_000 - age))
    library.index([colour_photos])
    times = [photo.state.modified_ns for photo in library.photos()]
    assert times == sorted(times, reverse=True)


def test_another_model_gets_a_space_of_its_own_and_takes_over(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    models = {"starter": FakeModel("starter", "aa", 32), "big": FakeModel("big", "bb", 48)}
    library = make_library(load=models.__getitem__)
    library.index([colour_photos / "warm"])
    library.index([colour_photos / "cold"])
    report = library.index([colour_photos / "cold"], model="big")
    assert report.added == len(COLOURS)  # All folders, or photos would be lost to the search.
    assert library.info().model == "big"
    assert library.info().dimension == 48
    back = library.index([colour_photos / "cold"], model="starter")
    assert (back.added, back.unchanged) == (0, len(COLOURS))


def test_a_cancelled_change_of_model_keeps_the_old_one_answering(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    models = {"starter": FakeModel("starter", "aa", 32), "big": FakeModel("big", "bb", 48)}
    library = make_library(load=models.__getitem__)
    library.index([colour_photos])

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if total and done == total:
            raise Cancelled

    with pytest.raises(Cancelled):
        library.index(model="big", progress=cancel)
    assert library.info().model == "starter"
    assert names(library, "red")[0] == "red"


def test_a_model_whose_weights_changed_is_not_compared_with_old_embeddings(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    make_library(load=lambda _: FakeModel("starter", "aa")).index([colour_photos])
    updated = make_library(load=lambda _: FakeModel("starter", "bb"))
    with pytest.raises(LibraryError, match="index its folders again"):
        updated.search(Query.of("red"))
    assert updated.info().index_state == "outdated"
    updated.index()
    assert updated.info().index_state == "ready"
    assert names(updated, "red")[0] == "red"


def test_the_library_survives_being_opened_again(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    make_library().index([colour_photos])
    again = make_library()
    assert len(again.photos()) == len(COLOURS)
    assert names(again, "blue")[0] == "blue"


def test_a_second_library_object_sees_what_the_first_writes(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    writer, reader = make_library(), make_library()
    writer.index([colour_photos / "warm"])
    assert len(reader.photos()) == 3
    writer.index([colour_photos / "cold"])
    assert len(reader.photos()) == 6


def test_two_writers_are_refused(make_library: MakeLibrary, colour_photos: Path) -> None:
    first, second = make_library(), make_library()

    def meanwhile(done: int, total: int | None, note: str = "") -> None:
        with pytest.raises(LibraryBusy, match="Another clipsearch"):
            second.index([colour_photos])

    first.index([colour_photos], progress=meanwhile)
    assert second.index([colour_photos]).unchanged == len(COLOURS)


@pytest.mark.parametrize("damage", ["truncate", "garbage", "delete"])
def test_a_damaged_index_is_moved_aside_and_rebuilt(
    make_library: MakeLibrary, colour_photos: Path, damage: str
) -> None:
    library = make_library()
    library.index([colour_photos])
    library.close()
    for file in (library.root / "index").rglob("data/*.lance"):
        if damage == "truncate":
            os.truncate(file, file.stat().st_size // 2)
        elif damage == "garbage":
            file.write_bytes(b"\x00garbage" * 100)
        else:
            file.unlink()
    again = make_library()
    notices = again.open()
    assert len(notices) == 1
    assert "damaged" in notices[0]
    assert list(library.root.glob("index.damaged-*"))
    assert again.needs_rebuild
    assert again.index().added == len(COLOURS)
    assert not again.needs_rebuild
    assert names(again, "red")[0] == "red"


def test_a_newer_schema_is_refused_and_left_alone(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos])
    library.close()
    file = library.root / "labels.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(LibraryTooNew, match="update clipsearch"):
        make_library().open()
    assert file.read_bytes() == before


def test_indexing_leaves_a_dated_backup_of_the_users_words(
    library: Library, colour_photos: Path
) -> None:
    library.index([colour_photos])
    (backup,) = (library.root / "backups").iterdir()
    connection = sqlite3.connect(backup)
    rows = connection.execute("SELECT path FROM folders").fetchall()
    connection.close()
    assert rows == [(str(colour_photos),)]


def test_what_cannot_be_searched_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to look for"):
        library.search(Query())
    with pytest.raises(LibraryError, match="no photos yet"):
        library.search(Query.of("red"))
    with pytest.raises(InputError, match="at least 1"):
        library.search(Query.of("red", k=0))


def test_a_text_file_as_query_picture_is_named(
    library: Library, colour_photos: Path, tmp_path: Path
) -> None:
    library.index([colour_photos])
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear aunt")
    with pytest.raises(UnsupportedImage, match=r"letter\.jpg"):
        library.search(Query.of(letter))
    with pytest.raises(UnreadableImage, match=r"missing\.jpg"):
        library.search(Query.of(tmp_path / "missing.jpg"))


def test_a_missing_folder_is_refused_before_anything_is_written(
    library: Library, tmp_path: Path
) -> None:
    with pytest.raises(FolderNotFound, match="nowhere"):
        library.index([tmp_path / "nowhere"])
    assert not library.root.exists()


def test_an_empty_folder_is_fine(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = library.index([tmp_path / "empty"])
    assert (report.added, report.skipped) == (0, ())
    assert library.info().index_state == "empty"


def test_describing_a_library_that_is_not_there_creates_nothing(library: Library) -> None:
    assert library.info().index_state == "empty"
    assert not library.root.exists()


def test_a_line_of_pixels_neither_stops_the_others_nor_eats_the_memory(
    library: Library, colour_photos: Path
) -> None:
    Image.new("RGB", (60_000, 1)).save(colour_photos / "line.png")
    assert library.index([colour_photos]).added == len(COLOURS) + 1


def test_too_little_memory_for_one_photo_skips_it(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    class Cramped(FakeModel):
        def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
            if image.width == 41:  # One of the six.
                raise MemoryError
            return super().preprocess(image)

    report = make_library(load=lambda _: Cramped()).index([colour_photos])
    assert report.added == len(COLOURS) - 1
    assert "memory" in report.skipped[0].reason


def test_a_copy_in_another_batch_is_embedded_once(
    library: Library, tmp_path: Path, fake_model: FakeModel
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(9):
        Image.new("RGB", (5, 5), (number * 20, 0, 0)).save(folder / f"{number}.png")
    shutil.copy(folder / "0.png", folder / "z.png")
    assert library.index([folder]).added == 10
    assert fake_model.embedded == 9
    assert library.index([folder]).unchanged == 10


def test_readers_never_miss_a_photo_that_is_being_replaced(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    writer, reader = make_library(), make_library()
    writer.index([colour_photos])
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(len(reader.photos()))

    thread = threading.Thread(target=read)
    thread.start()
    for round_ in range(12):
        for path in colour_photos.rglob("*.png"):
            os.utime(path, ns=(round_, round_))
        writer.index([colour_photos])
    stop.set()
    thread.join()
    assert seen == {len(COLOURS)}


def test_an_index_that_was_deleted_is_not_remembered(library: Library, colour_photos: Path) -> None:
    library.index([colour_photos])
    assert len(library.photos()) == len(COLOURS)
    (colour_photos / "cold" / "red.png").unlink()
    shutil.rmtree(library.root / "index")
    assert library.photos() == []
    assert library.needs_rebuild
    library.index([colour_photos])
    assert len(library.photos()) == len(COLOURS) - 1


def test_a_damaged_space_of_another_model_is_mended_and_the_healthy_one_left(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    models = {"starter": FakeModel("starter", "aa", 32), "big": FakeModel("big", "bb", 48)}
    library = make_library(load=models.__getitem__)
    library.index([colour_photos])
    (library.root / "index" / "space_bb.lance").mkdir()  # Killed while it was created.
    report = library.index(model="big")
    assert report.added == len(COLOURS)
    assert len(report.notices) == 1
    back = library.index(model="starter")
    assert back.unchanged == len(COLOURS)


def test_a_rebuild_that_was_cancelled_is_taken_up_again(
    library: Library, colour_photos: Path
) -> None:
    library.index([colour_photos / "warm"])
    library.index([colour_photos / "cold"])
    shutil.rmtree(library.root / "index")

    def cancel(done: int, total: int | None, note: str = "") -> None:
        if total and done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        library.index(progress=cancel)
    assert library.needs_rebuild
    assert library.info().index_state == "incomplete"
    library.index([colour_photos / "cold"])  # All folders, since photos of the other are gone.
    assert len(library.photos()) == len(COLOURS)
    assert not library.needs_rebuild


def test_an_unplugged_folder_is_not_said_to_stay_where_it_cannot(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library()
    library.index([colour_photos / "warm", colour_photos / "cold"])
    (colour_photos / "warm").rename(colour_photos.parent / "unplugged")
    shutil.rmtree(library.root / "index")
    (notice,) = library.index().notices
    assert "come back" in notice


def test_a_hidden_folder_that_was_named_is_kept(library: Library, colour_photos: Path) -> None:
    hidden = colour_photos / ".secret"
    hidden.mkdir()
    Image.new("RGB", (8, 8)).save(hidden / "hidden.png")
    for _ in range(2):
        library.index([colour_photos, hidden])
        assert len(library.photos()) == len(COLOURS) + 1
    library.index([colour_photos])
    assert len(library.photos()) == len(COLOURS) + 1
    (hidden / "hidden.png").unlink()
    assert library.index().removed == 1


def test_one_folder_under_several_names_counts_once(library: Library, colour_photos: Path) -> None:
    other_name = colour_photos / ".." / colour_photos.name
    report = library.index([colour_photos, colour_photos / "warm", other_name])
    assert report.added == len(COLOURS)
    report = library.index([other_name, colour_photos / "cold"])
    assert report.unchanged == len(COLOURS)
    assert library.folders() == (colour_photos,)


def test_swapping_two_names_keeps_both_right(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded = fake_model.embedded
    red, blue = colour_photos / "cold" / "red.png", colour_photos / "cold" / "blue.png"
    red.rename(colour_photos / "aside")
    blue.rename(red)
    (colour_photos / "aside").rename(blue)
    library.index([colour_photos])
    assert fake_model.embedded == embedded
    assert names(library, "red", k=1) == ["blue"]
    assert names(library, "blue", k=1) == ["red"]


def test_words_that_were_not_checkpointed_are_read_from_a_read_only_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "labels.sqlite"
    store = LabelStore(file)
    store.set_folders([Path("/photos")])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("labels.sqlite", "labels.sqlite-wal"):
        shutil.copy(tmp_path / name, copy / name)
    store.close()

    def refuse(_: Path) -> sqlite3.Connection:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise error

    monkeypatch.setattr(label_connection, "_connect_for_writing", refuse)
    reader = LabelStore(copy / "labels.sqlite")
    assert reader.folders() == (Path("/photos"),)
    with pytest.raises(LibraryReadOnly):
        reader.set_folders([])
    reader.close()


def test_another_programs_database_is_left_alone(make_library: MakeLibrary) -> None:
    library = make_library()
    library.root.mkdir()
    connection = sqlite3.connect(library.root / "labels.sqlite")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(LibraryError, match="another program"):
        library.open()


def test_a_left_over_of_a_killed_backup_does_not_matter(
    library: Library, colour_photos: Path
) -> None:
    backups = library.root / "backups"
    backups.mkdir(parents=True)
    (backups / f"labels-{datetime.now(UTC):%Y-%m-%d}.tmp").write_bytes(b"half a file")
    library.index([colour_photos])
    assert len(list(backups.glob("*.sqlite"))) == 1


def test_reading_a_library_that_is_not_there_creates_nothing(library: Library) -> None:
    assert library.open() == ()
    assert library.photos() == []
    assert library.folders() == ()
    with pytest.raises(LibraryError, match="no photos yet"):
        library.search(Query.of("red"))
    assert not library.root.exists()


def test_a_name_of_the_librarys_folder_is_not_taken_for_an_error(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    library = make_library("readonly disk is full")
    library.index([colour_photos])
    library.close()
    for file in (library.root / "index").rglob("data/*.lance"):
        file.unlink()
    assert "moved to" in make_library("readonly disk is full").open()[0]


def test_lanes_make_the_same_index_as_one_after_the_other(
    make_library: MakeLibrary, tmp_path: Path
) -> None:
    class Racing(FakeModel):
        lanes = 3

        def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
            time.sleep(float(pixels.mean()) / 20_000)
            return super().encode_pixels(pixels)

    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):  # Every third is a copy of an earlier one.
        shade = (37 * (number - number % 3)) % 256 if number % 3 == 2 else (11 * number) % 256
        Image.new("RGB", (8, 8), (shade, number % 7 * 30, 40)).save(folder / f"{number:03}.png")
    plain, racing = make_library("plain"), make_library("racing", load=lambda _: Racing())
    assert plain.index([folder]).added == racing.index([folder]).added == 120
    for left, right in zip(plain.photos(), racing.photos(), strict=True):
        assert left == right
    for colour in ("red", "blue"):
        assert names(plain, colour, k=120) == names(racing, colour, k=120)


def test_a_photo_of_which_the_model_makes_no_numbers_is_skipped(
    make_library: MakeLibrary, colour_photos: Path
) -> None:
    class Overflowing(FakeModel):
        def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
            embeddings = super().encode_pixels(pixels)
            embeddings[pixels.mean(axis=(1, 2, 3)) > 240] = np.nan  # white
            return embeddings

    library = make_library(load=lambda _: Overflowing())
    report = library.index([colour_photos])
    assert [item.path.stem for item in report.skipped] == ["white"]
    assert report.added == len(library.photos()) == 5


def test_a_search_asks_the_index_for_changes_only_if_its_files_have_changed(
    library: Library, colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([colour_photos])
    _age_versions(library)
    library.search(Query.of("red"))
    with monkeypatch.context() as patch:
        patch.setattr(PhotoIndex, "snapshot", None)
        assert library.search(Query.of("red"))
    # Just written: the clock of some disks would not show the next write.
    _age_versions(library, seconds=1)
    monkeypatch.setattr(PhotoIndex, "snapshot", None)
    with pytest.raises(TypeError):
        library.search(Query.of("red"))


def test_what_another_process_has_written_is_found_at_once(
    library: Library, make_library: Callable[..., Library], colour_photos: Path
) -> None:
    library.index([colour_photos])
    _age_versions(library)
    before = len(library.search(Query.of("red")))
    Image.new("RGB", (40, 30), COLOURS["red"]).save(colour_photos / "another.png")
    make_library().index([colour_photos])
    assert len(library.search(Query.of("red"))) == before + 1


def _age_versions(library: Library, seconds: float = 3600) -> None:
    """Let the index have been written a while ago."""
    then = time.time() - seconds
    for folder in library.root.glob("index/*/_versions"):
        os.utime(folder, (then, then))


def test_indexing_leaves_nothing_for_the_first_search_to_wait_for(
    library: Library, colour_photos: Path, fake_model: FakeModel
) -> None:
    library.index([colour_photos])
    embedded: list[str] = []
    encode = fake_model.encode_texts

    def watched(texts: Sequence[str]) -> Embeddings:
        embedded.extend(texts)
        return encode(texts)

    fake_model.encode_texts = watched  # type: ignore[method-assign]
    library.search(Query.of("red"))
    assert embedded == ["red"]
