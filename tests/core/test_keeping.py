"""A library that keeps itself up to date, and what may come in between."""

import errno
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from clipsearch.core.keeping import Keeper, Pauses
from clipsearch.core.library import Library
from clipsearch.core.locking import write_lock
from clipsearch.core.types import IndexReport, MaintenanceReport
from clipsearch.core.watch import FolderWatcher
from clipsearch.errors import (
    DiskFull,
    FolderNotFound,
    InputError,
    LibraryBusy,
    LibraryTooNew,
    ModelError,
)
from clipsearch.progress import Cancelled, Progress, no_progress
from tests.conftest import COLOURS
from tests.core.watching import QUICK, wait_until, watch_threads

_PAUSES = Pauses(tick=0.05, busy=0.1, longest_busy=0.2, failed=0.3, folders=0.1, untidy=0.2)


class Running:
    """A keeper at work in a thread."""

    def __init__(self, library: Library, folders: Sequence[Path] = ()) -> None:
        self.library = library
        self.reports: list[IndexReport] = []
        self.notices: list[str] = []
        self.error: Exception | None = None
        self.is_watching = threading.Event()
        self.keeper = Keeper(
            library,
            done=lambda report, _: self.reports.append(report),
            notice=self.notices.append,
            watcher=lambda notice: FolderWatcher(notice, patience=QUICK, check_every=0.2),
            pauses=_PAUSES,
        )
        self.thread = threading.Thread(target=self._run, args=(folders,))
        self.thread.start()

    def _run(self, folders: Sequence[Path]) -> None:
        try:
            self.keeper.run(folders, watching=self.is_watching.set)
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.error = error

    def names(self) -> set[str]:
        return {photo.path.name for photo in self.library.photos()}

    def end(self) -> None:
        self.keeper.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        assert not watch_threads()


@pytest.fixture
def keep(library: Library) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def keep(*folders: Path, of: Library = library, wait: bool = True) -> Running:
        running.append(Running(of, folders))
        if wait:
            wait_until(running[-1].is_watching.is_set)
        return running[-1]

    yield keep
    for one in running:
        one.end()


def draw(path: Path, colour: str = "red", size: int = 20) -> None:
    Image.new("RGB", (size, 20), COLOURS[colour]).save(path)


def test_the_library_follows_what_happens_to_its_folders(
    keep: Callable[..., Running], colour_photos: Path
) -> None:
    running = keep(colour_photos)
    assert len(running.names()) == 6
    draw(colour_photos / "new.png", size=50)
    wait_until(lambda: "new.png" in running.names())
    (colour_photos / "new.png").rename(colour_photos / "renamed.png")
    wait_until(lambda: "renamed.png" in running.names() and "new.png" not in running.names())
    shutil.rmtree(colour_photos / "warm")
    wait_until(lambda: len(running.names()) == 4)
    total = [sum(r.added for r in running.reports), sum(r.moved for r in running.reports)]
    assert total == [7, 1]
    assert sum(r.removed for r in running.reports) == 3
    assert running.notices == []


def test_what_changes_during_the_first_look_is_not_missed(
    keep: Callable[..., Running],
    library: Library,
    colour_photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Library.index

    def index_and_add(
        self: Library,
        folders: Sequence[Path] = (),
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        report = real(self, folders, model=model, progress=progress)
        draw(colour_photos / "meanwhile.png", size=60)
        return report

    monkeypatch.setattr(Library, "index", index_and_add)
    running = keep(colour_photos)
    monkeypatch.undo()
    wait_until(lambda: "meanwhile.png" in running.names())


def test_a_folder_that_another_process_adds_is_followed(
    keep: Callable[..., Running],
    make_library: Callable[..., Library],
    colour_photos: Path,
    tmp_path: Path,
) -> None:
    running = keep(colour_photos)
    other = tmp_path / "other"
    other.mkdir()
    draw(other / "first.png", size=70)
    make_library().index([other])
    wait_until(lambda: "first.png" in running.names())
    draw(other / "second.png", size=80)
    wait_until(lambda: "second.png" in running.names())


def test_it_waits_while_another_process_writes(
    keep: Callable[..., Running], library: Library, colour_photos: Path
) -> None:
    with write_lock(library.root):
        running = keep(colour_photos, wait=False)
        wait_until(lambda: len(running.notices) == 1)
        assert "is writing to the library" in running.notices[0]
        assert not running.is_watching.is_set()
    wait_until(running.is_watching.is_set)
    with write_lock(library.root):
        draw(colour_photos / "new.png", size=50)
        wait_until(lambda: len(running.notices) == 2)
    wait_until(lambda: "new.png" in running.names())


def test_a_full_disk_is_told_once_and_tried_again(
    keep: Callable[..., Running], colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = keep(colour_photos)
    attempts: list[object] = []

    def full(self: Library, *args: object, **options: object) -> IndexReport:
        attempts.append(args)
        raise DiskFull("The disk is full.") from OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Library, "update", full)
    draw(colour_photos / "new.png", size=50)
    wait_until(lambda: len(attempts) >= 3)
    assert running.notices == ["The disk is full. It is tried again."]
    monkeypatch.undo()
    wait_until(lambda: "new.png" in running.names())


def test_it_tidies_up_after_changes_but_not_while_another_process_writes(
    keep: Callable[..., Running],
    library: Library,
    colour_photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes: list[MaintenanceReport | Exception] = []
    real = Library.maintain

    def maintain(self: Library, *, progress: Progress = no_progress) -> MaintenanceReport:
        try:
            outcomes.append(real(self, progress=progress))
        except Exception as error:
            outcomes.append(error)
            raise
        return MaintenanceReport()

    monkeypatch.setattr(Library, "maintain", maintain)
    running = keep(colour_photos)
    wait_until(lambda: outcomes == [MaintenanceReport()])
    draw(colour_photos / "new.png", size=50)
    wait_until(lambda: len(outcomes) == 2)
    running.keeper._maintenance.note_change()
    with write_lock(library.root):
        wait_until(lambda: len(outcomes) == 3)
    assert isinstance(outcomes[2], LibraryBusy)
    assert running.notices == []
    assert "new.png" in running.names()


def test_what_hinders_tidying_up_is_told_once(
    keep: Callable[..., Running], colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[bool] = []

    def full(self: Library, *, progress: Progress = no_progress) -> MaintenanceReport:
        attempts.append(True)
        raise DiskFull("The disk is full.")

    monkeypatch.setattr(Library, "maintain", full)
    running = keep(colour_photos)
    wait_until(lambda: len(attempts) == 1)
    running.keeper._maintenance.note_change()
    wait_until(lambda: len(attempts) == 2)
    assert running.notices == ["The disk is full. It is tried again."]


def test_what_waiting_does_not_mend_ends_it(
    keep: Callable[..., Running], colour_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = keep(colour_photos)

    def newer(self: Library, *args: object, **options: object) -> IndexReport:
        raise LibraryTooNew("Update clipsearch.")

    monkeypatch.setattr(Library, "update", newer)
    draw(colour_photos / "new.png", size=50)
    running.thread.join(20)
    assert isinstance(running.error, LibraryTooNew)


def test_an_error_of_the_first_look_is_raised(
    keep: Callable[..., Running],
    library: Library,
    colour_photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def end(*folders: Path) -> Exception | None:
        running = keep(*folders, wait=False)
        running.thread.join(20)
        return running.error

    assert isinstance(end(), InputError)
    assert isinstance(end(tmp_path / "no such folder"), FolderNotFound)

    def no_model(self: Library, *args: object, **options: object) -> IndexReport:
        raise ModelError("There is no model.")

    monkeypatch.setattr(Library, "index", no_model)
    assert isinstance(end(colour_photos), ModelError)


def test_stopping_ends_the_work_in_the_middle(
    library: Library,
    colour_photos: Path,
    keep: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, cancelled = threading.Event(), threading.Event()

    def endless(self: Library, folders: object, *, progress: Callable[..., None]) -> IndexReport:
        while True:
            reached.set()
            try:
                progress(0, None)
            except Cancelled:
                cancelled.set()
                raise

    monkeypatch.setattr(Library, "index", endless)
    running = keep(colour_photos, wait=False)
    wait_until(reached.is_set)
    running.end()
    assert cancelled.is_set()
    assert running.error is None
    assert not running.is_watching.is_set()


def test_an_unplugged_folder_keeps_its_photos(
    keep: Callable[..., Running], colour_photos: Path
) -> None:
    running = keep(colour_photos)
    away = colour_photos.with_name("away")
    colour_photos.rename(away)
    wait_until(lambda: any("is not there now" in sentence for sentence in running.notices))
    draw(away / "meanwhile.png", size=90)
    assert len(running.names()) == 6
    away.rename(colour_photos)
    wait_until(lambda: len(running.names()) == 7)
    assert all(report.removed == 0 for report in running.reports)
