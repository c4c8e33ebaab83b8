"""`LabelBackups`: copies of the user's own words beside them, and which of these are kept."""

import contextlib
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from clipsearch.core.label_connection import damage_of, migrate, schema_version
from clipsearch.errors import InputError, LabelsDamaged, LibraryError

_DAYS, _MONTHS, _ONE_OFF = 10, 12, 10
"""How many are kept of the copies of a day, the last ones of a month, and those that were replaced.

The last one of each year is kept for good.
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the user's words."""

    path: Path
    made_at: datetime
    size: int
    """Bytes."""


class LabelBackups:
    """The folder ``backups/`` beside a file of labels. Several may make copies at once."""

    def __init__(self, file: Path) -> None:
        """Name the file; nothing is made yet."""
        self._file = file
        self.folder = file.parent / "backups"

    def all(self) -> list[Backup]:
        """What there is, the latest first."""
        found = []
        for path in self.folder.glob("labels-*.sqlite"):
            with contextlib.suppress(FileNotFoundError):  # Another process drops the oldest.
                state = path.stat()
                at = datetime.fromtimestamp(state.st_mtime, UTC)
                found.append(Backup(path, at, state.st_size))
        return sorted(found, key=lambda one: (one.made_at, one.path.name), reverse=True)

    def newest_sound(self) -> Backup | None:
        """The latest one in which nothing is wrong."""
        return next((one for one in self.all() if not damage_in(one.path)), None)

    @property
    def today(self) -> Path:
        """Where the copy of this day is, or would be."""
        return self.folder / f"labels-{datetime.now(UTC):%Y-%m-%d}.sqlite"

    def make_daily(self, source: sqlite3.Connection) -> None:
        """Copy the words to this day's copy, whether there is one or not; see `make`."""
        self.make(source, self.today)
        self._prune()

    def make_one_off(self, source: sqlite3.Connection, reason: str) -> Path:
        """Copy the words before something happens to them; see `make`.

        Args:
            source: What is copied.
            reason: A word of the copy's name.

        Returns:
            The copy.
        """
        target = self.folder / f"labels-{reason}-{datetime.now(UTC):%Y-%m-%dT%H%M%S-%f}.sqlite"
        self.make(source, target)
        return target

    def make(self, source: sqlite3.Connection, target: Path) -> None:
        """Copy the words, and look whether the copy is sound before it takes another's place.

        Raises:
            OSError: The copy cannot be written.
            sqlite3.Error: The same, or the words cannot be read.
            LabelsDamaged: What was copied is not sound. No copy was made, and none was dropped.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # A name of its own: somebody else may be making the same copy.
        temporary = target.with_name(f"{target.stem}-{secrets.token_hex(4)}.tmp")
        try:
            with contextlib.closing(sqlite3.connect(temporary)) as copy:
                source.backup(copy)
                # Can be read anywhere, without a log beside it.
                copy.execute("PRAGMA journal_mode = DELETE")
                damage = damage_of(copy)
            if damage:
                raise LabelsDamaged(
                    f"{self._file} is damaged ({damage}), so no backup was made of it: mend it "
                    "with 'clipsearch verify --repair'."
                )
            temporary.replace(target)
        finally:
            self._drop(temporary)

    def _drop(self, temporary: Path) -> None:
        for path in self.folder.glob(f"{temporary.name}*"):  # SQLite's own files beside it, too.
            path.unlink(missing_ok=True)

    def _prune(self) -> None:
        days = {}
        for path in self._of("????-??-??"):
            with contextlib.suppress(ValueError):  # Somebody else's, by its name.
                days[date.fromisoformat(path.stem.removeprefix("labels-"))] = path
        for day in days.keys() - kept_days(days):
            days[day].unlink(missing_ok=True)
        for path in self._of("replaced-*")[:-_ONE_OFF]:
            path.unlink(missing_ok=True)

    def _of(self, stem: str) -> list[Path]:
        return sorted(self.folder.glob(f"labels-{stem}.sqlite"))


def kept_days(days: Iterable[date]) -> set[date]:
    """Which of the days that have a copy keep it: the latest, and fewer the older they are."""
    ordered = sorted(days)
    # The last one of each month, of each year, takes the place of those before it.
    of_month = {(day.year, day.month): day for day in ordered}
    of_year = {day.year: day for day in ordered}
    return {*ordered[-_DAYS:], *list(of_month.values())[-_MONTHS:], *of_year.values()}


@contextlib.contextmanager
def brought_up_to_date(backup: Path) -> Iterator[tuple[Path, int]]:
    """A copy of a backup with the tables of this version, for a while; the backup stays as it is.

    Yields:
        The copy, and the version of the tables in the backup itself.

    Raises:
        InputError: There is no such file.
        LabelsDamaged: It is not sound, or a newer clipsearch wrote it.
    """
    if not backup.is_file():
        raise InputError(f"There is no backup {backup}: 'clipsearch labels backups' lists them.")
    with TemporaryDirectory(prefix="clipsearch-") as folder:
        copy = Path(folder) / "labels.sqlite"
        shutil.copyfile(backup, copy)
        # None beside our own; but the file of another library may be in use.
        if (log := backup.with_name(f"{backup.name}-wal")).exists():
            shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
        damage = damage_in(copy, has_log=True)
        if damage:
            raise LabelsDamaged(
                f"The backup {backup} is of no use ({damage}): take another one, "
                "'clipsearch labels backups' lists them."
            )
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            version = schema_version(connection, backup)
            migrate(connection, backup)
        yield copy, version


def damage_in(file: Path, *, has_log: bool = False) -> str:
    """What is wrong with a copy of the user's words; empty if nothing.

    Args:
        file: The copy.
        has_log: SQLite's log may lie beside it, and more files of SQLite's may.
    """
    # Immutable: SQLite would leave files beside a copy that was made in WAL mode.
    uri = file.resolve().as_uri() + ("" if has_log else "?mode=ro&immutable=1")
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as copy:
            return damage_of(copy) or ("" if schema_version(copy, file) else "it is empty")
    except (sqlite3.Error, LibraryError) as error:
        return str(error)
