"""The user's words after damage: what can be read is saved, the rest comes from a backup."""

import os
import random
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from clipsearch.core import label_file
from clipsearch.core.label_backups import LabelBackups, damage_in, kept_days
from clipsearch.core.label_schema import APPLICATION_ID, EDITED, MIGRATIONS
from clipsearch.core.labels import LabelStore
from clipsearch.core.library import Library
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.core.tag_vocabulary import Tag
from clipsearch.errors import InputError, LabelsDamaged
from clipsearch.settings import Settings
from tests.core.damaging import overwrite, overwrite_page

HASHES = [f"{number * 7919 % 4096:03x}{number:029x}" for number in range(4096)]


def words_of(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is said in a file of labels."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall())
            for table in EDITED
        }


def say_much(store: LabelStore) -> None:
    store.tags.decide("dog", HASHES, "accepted")
    store.tags.decide("cat", HASHES[:2000], "rejected")
    store.ratings.rate(HASHES[:3000], 4)
    store.ratings.set_favourite(HASHES[:10], True)
    store.collections.create("Best", note="of all")
    store.collections.add("Best", HASHES[:50])
    store.save_search("rome", "tag:rome")
    store.vocabulary.replace(parse_vocabulary('pet = {}\ndog = { in = "pet", also = "hound" }'))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Much was said, and backed up; then a little more. Nobody has it open."""
    file = tmp_path / "library" / "labels.sqlite"
    file.parent.mkdir()
    store = LabelStore(file)
    say_much(store)
    store.close()
    monkeypatch.setattr(label_file, "_SMALL", 0)  # The next closing makes none.
    store = LabelStore(file)
    store.tags.decide("new", HASHES[:5], "accepted")
    store.close()
    assert "new" not in [row[1] for row in words_of(store.file.backups.today)["tags"]]
    return file


def mended(file: Path) -> str:
    """Open the library; the sentence that the user reads."""
    library = Library(file.parent, Settings())
    (sentence,) = library.open()
    assert library.open() == ()
    assert library.verify().problems == ()
    library.close()
    return sentence


def kept_aside(file: Path) -> Path:
    (kept,) = file.parent.glob("labels.damaged-*.sqlite")
    return kept


def test_what_is_no_database_is_kept_and_the_backup_takes_its_place(file: Path) -> None:
    backup = words_of(LabelBackups(file).today)
    content = b"this is not a database, but it was dear to somebody" * 50
    file.write_bytes(content)
    sentence = mended(file)
    assert words_of(file) == backup
    assert kept_aside(file).read_bytes() == content
    assert kept_aside(file).name in sentence
    assert "all of it was brought back from the backup labels-" in sentence


@pytest.mark.parametrize("is_emptied", [True, False])
def test_a_file_that_is_gone_or_empty_is_brought_back(file: Path, is_emptied: bool) -> None:
    backup = words_of(LabelBackups(file).today)
    file.unlink()
    if is_emptied:
        file.touch()
    assert "brought back" in mended(file)
    assert words_of(file) == backup


@pytest.mark.parametrize("filling", [b"\x00", b"\xff", b"\x0d"])
@pytest.mark.parametrize("table", ["ratings", "saved_searches", "favourites", "vocabulary_tags"])
def test_one_bad_table_costs_the_others_nothing(file: Path, table: str, filling: bytes) -> None:
    before, backup = words_of(file), words_of(LabelBackups(file).today)
    overwrite_page(file, table, filling)
    assert "the rest was brought back" in mended(file)
    assert words_of(file) == before | {table: backup[table]}


def test_words_from_the_backup_reach_photos_that_were_written_into_since(file: Path) -> None:
    store = LabelStore(file)
    store.succession.hand_over([(HASHES[0], "a" * 32), ("a" * 32, "b" * 32)], in_use=())
    store.ratings.set_favourite(["b" * 32], False)
    store.tags.decide("dog", ["b" * 32], None)
    store.close()
    overwrite_page(file, "favourites")
    mended(file)
    store = LabelStore(file)
    assert store.ratings.favourites() == {*HASHES[:10], "a" * 32, "b" * 32}
    said = store.tags.of_photos(["b" * 32])["b" * 32]
    assert "dog" not in [one.tag for one in said], "that table was whole"
    store.close()


def test_a_bad_index_costs_nothing(file: Path) -> None:
    before = words_of(file)
    overwrite_page(file, "decisions_of_a_photo")
    assert "All of it could be read" in mended(file)
    assert words_of(file) == before


@pytest.mark.parametrize("place", [0.15, 0.4, 0.6, 0.9])
def test_garbage_in_the_middle_costs_nothing_that_the_backup_has(file: Path, place: float) -> None:
    before = words_of(file)
    size = file.stat().st_size
    overwrite(file, int(size * place) // 4096 * 4096, b"garbage!" * 1024)
    mended(file)
    after = words_of(file)
    for table in EDITED:
        assert {row[:2] for row in after[table]} >= {row[:2] for row in before[table]}


def test_a_file_cut_short_costs_nothing_that_the_backup_has(file: Path) -> None:
    before = words_of(LabelBackups(file).today)
    with file.open("rb+") as stream:
        stream.truncate(file.stat().st_size // 2)
    mended(file)
    after = words_of(file)
    assert all(set(after[table]) >= set(before[table]) for table in EDITED)


def test_without_a_backup_what_can_be_read_is_saved(file: Path) -> None:
    before = words_of(file)
    for backup in LabelBackups(file).all():
        backup.path.unlink()
    content = file.read_bytes()
    pages = [at for at in range(0, len(content), 4096) if b"accepted" in content[at : at + 4096]]
    overwrite(file, pages[len(pages) // 2], b"\xff" * 4096)
    assert "no backup to bring back more" in mended(file)
    after = words_of(file)
    lost = {table: set(before[table]) - set(after[table]) for table in EDITED}
    rows = sum(map(len, lost.values()))
    assert 0 < rows < 200, "no more than what stood on one page"


def test_whatever_is_overwritten_costs_nothing_that_the_backup_has(file: Path) -> None:
    rng = random.Random(6)
    sound, backup = file.read_bytes(), words_of(LabelBackups(file).today)
    pages = len(sound) // 4096
    for _ in range(25):
        data = bytearray(sound)
        for page in rng.sample(range(pages), rng.choice([1, 20])):
            data[page * 4096 : page * 4096 + 4096] = rng.choice(
                [bytes(4096), b"\xff" * 4096, rng.randbytes(4096)]
            )
        file.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])
        Library(file.parent, Settings()).open()
        after = words_of(file)
        for table in EDITED:
            assert {row[:2] for row in after[table]} >= {row[:2] for row in backup[table]}
        assert damage_in(file) == ""


def test_damage_that_sqlite_cannot_even_quote_is_mended_too(file: Path) -> None:
    backup = words_of(LabelBackups(file).today)
    place = file.read_bytes().index(b"stars INTEGER")
    overwrite(file, place, b"\xc6\xffars INTEGER NOT")
    with pytest.raises(LabelsDamaged, match="verify --repair"):
        LabelStore(file)
    mended(file)
    assert words_of(file) == backup


@pytest.mark.parametrize("header", [b"\xff" * 28, b"SQLite format 3\x00" + b"\x00" * 84])
def test_a_bad_header_hides_nothing_of_what_follows(file: Path, header: bytes) -> None:
    for backup in LabelBackups(file).all():
        backup.path.unlink()
    before = words_of(file)
    overwrite(file, 0, header)
    mended(file)
    assert words_of(file) == before


def test_what_stands_before_the_cut_is_saved_without_a_backup(file: Path) -> None:
    for backup in LabelBackups(file).all():
        backup.path.unlink()
    before = words_of(file)
    with file.open("rb+") as stream:
        stream.truncate(file.stat().st_size * 3 // 4 + 100)
    mended(file)
    after = words_of(file)
    assert len(after["decisions"]) > len(before["decisions"]) // 2
    assert all(set(after[table]) <= set(before[table]) for table in ("ratings", "favourites"))


def test_decisions_whose_tags_cannot_be_read_are_not_dropped(file: Path) -> None:
    for backup in LabelBackups(file).all():
        backup.path.unlink()
    before = words_of(file)
    overwrite_page(file, "tags")
    mended(file)
    after = words_of(file)
    assert after["decisions"] == before["decisions"]
    assert [row[2] for row in after["tags"]] == ["Recovered 1", "Recovered 2", "Recovered 3"]


def test_words_that_stand_only_in_the_log_are_saved_too(file: Path) -> None:
    store = LabelStore(file)
    overwrite_page(file, "favourites")  # Before the log: a checkpoint would mend it.
    other = sqlite3.connect(file)
    other.execute("INSERT INTO tags (key, name, created_at) VALUES ('late', 'late', '2026')")
    other.commit()
    content = {end: file.with_name(file.name + end).read_bytes() for end in ("", "-wal")}
    assert content["-wal"]
    other.close()
    store.close()
    for end, data in content.items():
        file.with_name(file.name + end).write_bytes(data)
    mended(file)
    assert "late" in [row[1] for row in words_of(file)["tags"]]


def test_a_damaged_backup_is_passed_over(file: Path) -> None:
    sound = LabelBackups(file).today
    backup = words_of(sound)
    bad = sound.with_name("labels-2099-01-01.sqlite")
    bad.write_bytes(b"nothing")
    os.utime(bad, (4e9, 4e9))
    file.write_bytes(b"nothing")
    assert sound.name in mended(file)
    assert words_of(file) == backup


def test_who_has_the_damaged_file_open_goes_on_with_the_mended_one(file: Path) -> None:
    store = LabelStore(file)
    overwrite_page(file, "favourites")
    mended(file)
    store.tags.decide("later", ["a"], "accepted")
    store.close()
    assert "later" in [row[1] for row in words_of(file)["tags"]]


def test_who_meets_a_file_that_cannot_be_opened_goes_on_when_it_is_mended(file: Path) -> None:
    store = LabelStore(file)
    other = file.with_name("other")
    other.write_bytes(b"nothing" * 100)
    other.replace(file)
    for _ in range(2):
        with pytest.raises(LabelsDamaged, match="verify --repair"):
            store.tags.tags()
    mended(file)
    assert [tag.name for tag in store.tags.tags()] == ["cat", "dog"]
    store.close()


def test_the_file_of_a_library_in_use_is_restored_with_its_log(file: Path, tmp_path: Path) -> None:
    store = LabelStore(file)
    (tmp_path / "other").mkdir()
    other = LabelStore(tmp_path / "other" / "labels.sqlite")
    other.tags.decide("other", ["a"], "accepted")
    store.file.restore(other.file.path)
    assert [tag.name for tag in store.tags.tags()] == ["other"]
    store.close()
    other.close()


def test_nothing_is_said_to_a_file_that_is_gone(file: Path) -> None:
    store = LabelStore(file)
    file.unlink()
    with pytest.raises(LabelsDamaged, match="verify --repair"):
        store.tags.decide("later", ["a"], "accepted")
    store.close()
    assert not file.exists()


def test_closing_a_file_that_is_gone_since_an_edit_says_so(file: Path) -> None:
    store = LabelStore(file)
    store.tags.decide("later", ["a"], "accepted")
    file.unlink()
    (notice,) = store.close()
    assert "is gone" in notice


def test_a_damaged_page_met_at_work_is_told_with_what_to_do(file: Path) -> None:
    overwrite_page(file, "ratings")
    store = LabelStore(file)
    with pytest.raises(LabelsDamaged, match="verify --repair"):
        store.ratings.stars()
    store.close()


# Backups


def test_labelling_alone_is_backed_up_too(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a"], "accepted")
    assert store.file.backups.today.exists(), "before the first edit of the day"
    store.close()
    assert words_of(store.file.backups.today) == words_of(store.file.path)


def test_a_small_file_is_backed_up_whenever_a_command_has_edited_it(tmp_path: Path) -> None:
    for tag in ("dog", "cat"):
        store = LabelStore(tmp_path / "labels.sqlite")
        store.tags.decide(tag, ["a"], "accepted")
        store.close()
        assert words_of(store.file.backups.today) == words_of(store.file.path)


def test_reading_makes_no_backup(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.tags()
    store.close()
    assert not store.file.backups.folder.exists()


def test_of_a_large_file_a_backup_that_another_process_just_made_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_file, "_SMALL", 0)
    first = LabelStore(tmp_path / "labels.sqlite")
    first.tags.decide("dog", ["a"], "accepted")
    first.close()
    content = first.file.backups.today.read_bytes()
    second = LabelStore(tmp_path / "labels.sqlite")
    second.tags.decide("cat", ["a"], "accepted")
    second.close()
    assert first.file.backups.today.read_bytes() == content
    an_hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(first.file.backups.today, (an_hour_ago, an_hour_ago))
    third = LabelStore(tmp_path / "labels.sqlite")
    third.tags.decide("cow", ["a"], "accepted")
    third.close()
    assert words_of(first.file.backups.today) == words_of(tmp_path / "labels.sqlite")


def test_days_are_kept_more_sparsely_the_older_they_are() -> None:
    today = date(2026, 11, 22)
    kept: set[date] = set()
    for age in range(1200, -1, -1):
        kept = kept_days(kept | {today - timedelta(days=age)})
    assert {today - timedelta(days=age) for age in range(10)} <= kept
    months = {(day.year, day.month) for day in kept}
    assert {(2026, month) for month in range(1, 12)} <= months
    assert {day.year for day in kept} == {2023, 2024, 2025, 2026}
    assert len(kept) <= 10 + 12 + 3


def test_a_damaged_file_makes_no_backup_and_drops_none(file: Path) -> None:
    backups = LabelBackups(file)
    for day in range(1, 15):
        (backups.folder / f"labels-2020-01-{day:02}.sqlite").write_bytes(b"old")
    backups.today.unlink()
    overwrite_page(file, "ratings")
    store = LabelStore(file)
    store.tags.decide("still", ["a"], "accepted")
    (notice,) = store.file.take_notices()
    assert "No backup" in notice
    assert "verify --repair" in notice
    assert len(list(backups.folder.iterdir())) == 14
    store.close()


# Restoring


def test_restoring_brings_the_words_back_and_keeps_what_they_were(file: Path) -> None:
    backup = LabelBackups(file).today
    then, before = words_of(backup), words_of(file)
    store, other = LabelStore(file), LabelStore(file)
    store.set_folders([Path("/photos")])
    kept = store.file.restore(backup)
    assert words_of(file) == then
    assert words_of(kept) == before
    assert store.file.undo_title is None
    assert "new" not in [tag.name for tag in other.tags.tags()], "others see it at once"
    assert store.folders() == (Path("/photos"),), "what is indexed is another matter"
    store.file.restore(kept)
    assert words_of(file) == before
    store.close()
    other.close()


def test_a_backup_that_knew_no_vocabulary_leaves_it_as_it_is(file: Path) -> None:
    old = LabelBackups(file).folder / "labels-schema4-x.sqlite"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        for statement in (one for statements in MIGRATIONS[:4] for one in statements):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 4")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    before = words_of(file)
    store = LabelStore(file)
    store.file.restore(old)
    store.close()
    after = words_of(file)
    assert after.pop("vocabulary_tags") == before["vocabulary_tags"] != []
    assert not any(after.values())


def test_a_tag_whose_parent_is_lost_stands_for_itself(file: Path) -> None:
    for backup in LabelBackups(file).all():
        backup.path.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        # As if the row stood on a page that cannot be read.
        connection.execute("DELETE FROM vocabulary_tags WHERE name = 'pet'")
    overwrite_page(file, "favourites")
    mended(file)
    store = LabelStore(file)
    assert store.vocabulary.read().entries == (Tag("dog", synonyms=("hound",)),)
    store.close()


def test_a_backup_of_an_older_schema_is_migrated(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.tags.decide("dog", ["a"], "accepted")
    old = tmp_path / "backups" / "labels-schema3-x.sqlite"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        for statements in MIGRATIONS[:3]:
            for statement in statements:
                connection.execute(statement)
        connection.execute("INSERT INTO saved_searches VALUES ('rome', 'tag:rome', '2026')")
        connection.execute("PRAGMA user_version = 3")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    content = old.read_bytes()
    store.file.restore(old)
    assert [name for name, _, _ in store.saved_searches()] == ["rome"]
    assert not store.tags.tags()
    assert old.read_bytes() == content
    store.close()


def test_what_cannot_be_restored_changes_nothing(file: Path) -> None:
    before = words_of(file)
    store = LabelStore(file)
    broken = LabelBackups(file).folder / "labels-broken.sqlite"
    broken.write_bytes(b"nothing")
    with pytest.raises(LabelsDamaged, match="labels backups"):
        store.file.restore(broken)
    with pytest.raises(InputError, match="no backup"):
        store.file.restore(broken.with_name("nowhere.sqlite"))
    newer = LabelBackups(file).today
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LabelsDamaged, match="update clipsearch"):
        store.file.restore(newer)
    store.close()
    assert words_of(file) == before


def test_a_sound_file_is_sound(file: Path) -> None:
    assert damage_in(file) == ""
    library = Library(file.parent, Settings())
    assert library.open() == ()
    library.close()
    assert not list(file.parent.glob("labels.damaged-*"))
