"""A fake library over drawn photos, and fixtures that see to it that no thread is left."""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image, ImageDraw
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clipsearch.core.filter_types import FilterValues
from clipsearch.core.query import Query
from clipsearch.core.read_in import ReadIn
from clipsearch.core.searches import SavedSearch
from clipsearch.core.types import (
    DuplicateGroup,
    DuplicateKind,
    FileState,
    FolderState,
    Hit,
    IndexReport,
    LibraryInfo,
    MaintenanceReport,
    Metadata,
    Page,
    Photo,
    Skipped,
    SpaceState,
)
from clipsearch.core.write_out import WriteOut
from clipsearch.errors import InputError, UnreadableImage
from clipsearch.gui.contracts import ModelShelf, PhotoLibrary
from clipsearch.gui.jobs import JobRunner
from clipsearch.gui.label_contracts import TaggerMaker
from clipsearch.gui.late_pace import LatePace
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.thumbnails import picture_source
from clipsearch.gui.tuning_contracts import TunerMaker
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings
from tests.gui.fake_labels import FakeLabels
from tests.gui.fake_tagger import FakeTagger
from tests.gui.fake_tuner import FakeTuner

PATIENCE_S = 10.0
_WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass what the offscreen platform says of every sized window, and of popups."""
    cannot = "propagateSizeHints", "grabbing the keyboard", "support raise"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(*cannot, extend=True))


def make_photo(path: Path, *, width: int = 60, height: int = 40) -> Photo:
    """The row of a photo that need not exist."""
    return Photo(path, path.name, FileState(1, 1), width, height)


def draw_photo(path: Path, colour: str) -> Photo:
    """Write a small picture and return its row."""
    image = Image.new("RGB", (60, 40), colour)
    ImageDraw.Draw(image).ellipse((10, 5, 40, 35), fill="white")
    image.save(path)
    return make_photo(path)


def words_of(query: Query) -> str:
    """All words of a query."""
    return " ".join(part.content for part in query.parts if isinstance(part.content, str))


class Gate:
    """Holds a worker thread until the test lets it go on."""

    def __init__(self) -> None:
        """Closed."""
        self._open = threading.Event()
        self.reached = threading.Event()

    def wait(self) -> None:
        """Called by the worker."""
        self.reached.set()
        assert self._open.wait(PATIENCE_S), "the test never opened the gate"

    def open(self) -> None:
        """Called by the test."""
        self._open.set()


class FakeSearches:
    """Keeps searches in memory."""

    def __init__(self) -> None:
        """Keep none."""
        self.queries: list[str] = []
        self.by_name: dict[str, str] = {}
        self.error: Exception | None = None

    def saved(self) -> list[SavedSearch]:
        """See `SearchStore`."""
        return [SavedSearch(name, self.by_name[name], _WHEN) for name in sorted(self.by_name)]

    def save(self, name: str, query: str) -> SavedSearch:
        """See `SearchStore`."""
        self._fail()
        self.by_name[name] = query
        return SavedSearch(name, query, _WHEN)

    def rename(self, name: str, new_name: str) -> SavedSearch:
        """See `SearchStore`."""
        if new_name in self.by_name:
            raise InputError(f"There is a saved search '{new_name}' already.")
        return self.save(new_name, self.by_name.pop(name))

    def forget(self, name: str) -> SavedSearch:
        """See `SearchStore`."""
        return SavedSearch(name, self.by_name.pop(name), _WHEN)

    def history(self, limit: int) -> list[str]:
        """See `SearchStore`."""
        return self.queries[:limit]

    def remember(self, query: str) -> None:
        """See `SearchStore`."""
        self._fail()
        self.queries = [query, *(one for one in self.queries if one != query)]

    def clear_history(self) -> None:
        """See `SearchStore`."""
        self.queries = []

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class FakeSidecars:
    """Writes none, and reads the tag ``beside`` of all photos; can be made to fail."""

    def __init__(self, labels: FakeLabels) -> None:
        """What is read is said there; the attributes can be changed at any time."""
        self._labels = labels
        self.written = WriteOut((), 0, ())
        """What is told of writing."""
        self.found = ReadIn(0, 0, 0, ())
        """What is told of reading."""
        self.of: list[list[Photo]] = []
        """The photos whose sidecars were wanted."""
        self.with_suggestions: list[bool] = []
        self.error: Exception | None = None

    def write(
        self, photos: Sequence[Photo], *, suggestions: bool = False, progress: Progress
    ) -> WriteOut:
        """See `SidecarKeeper`."""
        self.of.append(list(photos))
        self.with_suggestions.append(suggestions)
        progress(0, len(photos))
        self._fail()
        return self.written

    def read(self, photos: Sequence[Photo]) -> ReadIn:
        """See `SidecarKeeper`."""
        self._fail()
        if self.found.tags:
            contents = [photo.content_hash for photo in photos]
            self._labels.tags.decide("beside", contents, "accepted")
        return self.found

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class FakeOriginals:
    """Notes what is to be written into photos."""

    def __init__(self) -> None:
        """Nothing was written yet."""
        self.report = WriteOut((), 0, ())
        self.calls: list[tuple[list[Photo], bool]] = []
        self.error: Exception | None = None
        self.gate: Gate | None = None

    def write(self, photos: Sequence[Photo], *, dry_run: bool, progress: Progress) -> WriteOut:
        """See `PhotoWriter`."""
        self.calls.append((list(photos), dry_run))
        progress(0, len(photos))
        if self.gate is not None and not dry_run:
            self.gate.wait()
            progress(1, len(photos))
        if self.error is not None:
            raise self.error
        return self.report


class FakeLibrary:
    """Finds photos by the colour in their name; can be held and made to fail."""

    def __init__(self, photos: Sequence[Photo]) -> None:
        """Hold these photos; the attributes can be changed at any time."""
        self.all = list(photos)
        self.queries: list[Query] = []
        self.looked_at: list[Query] = []
        """Whose hits were looked at for versions of one picture."""
        self.values = FilterValues()
        self.searches = FakeSearches()
        self.said: dict[str, Metadata] = {}
        self.metadata_asked: list[list[Path]] = []
        self.metadata_gates: dict[str, Gate] = {}
        self.indexed: list[list[Path]] = []
        self.updated: list[list[Path]] = []
        self.added: list[Path] = []
        self.away: set[Path] = set()
        self.answers: dict[str, list[Hit]] = {}
        self.search_gates: dict[str, Gate] = {}
        self.index_gate: Gate | None = None
        self.warm_gate: Gate | None = None
        self.index_adds: list[Photo] = []
        self.skipped: tuple[Skipped, ...] = ()
        self.notices: tuple[str, ...] = ()
        self.error: Exception | None = None
        self.unreadable: Path | None = None
        self.open_error: Exception | None = None
        self.index_error: Exception | None = None
        self.closed = False
        self.released = 0
        self.maintained = 0
        self.maintenance = MaintenanceReport()
        self.maintain_gate: Gate | None = None
        self.maintain_error: Exception | None = None
        self.state: str | None = None
        self.groups: list[DuplicateGroup] = []
        self.asked: list[list[DuplicateKind]] = []
        self.duplicates_gate: Gate | None = None
        self.duplicates_error: Exception | None = None
        self.labels = FakeLabels(self.all)
        self.tagging = FakeTagger(self.all, self.labels)
        self.tuning = FakeTuner(self.all)
        self.sidecars = FakeSidecars(self.labels)
        self.originals = FakeOriginals()

    def open(self) -> tuple[str, ...]:
        """See `PhotoLibrary`."""
        if self.open_error is not None:
            raise self.open_error
        return ()

    def photos(self) -> list[Photo]:
        """See `PhotoLibrary`."""
        return list(self.all)

    def metadata(self, *paths: Path) -> list[Metadata]:
        """See `PhotoLibrary`."""
        self.metadata_asked.append(list(paths))
        gate = self.metadata_gates.get(paths[0].name)
        if gate is not None:
            gate.wait()
        return [self.said.get(path.name, Metadata()) for path in paths]

    def search_page(self, query: Query, *, patiently: bool = False) -> Page:
        """See `PhotoLibrary`."""
        if patiently:
            self.looked_at.append(query)
            return Page([])
        hits = self.search(query)
        end = None if query.k is None else query.offset + query.k
        page = Page(
            hits[query.offset : end], len(hits), certain=sum(hit.above_cutoff for hit in hits)
        )
        return self._folded(page, hits[: query.offset]) if query.fold else page

    def search(self, query: Query) -> list[Hit]:
        """All hits of a query, whichever page it asks for."""
        # What is looked for; whether hits are folded is told by the answer.
        self.queries.append(replace(query, fold=False))
        words = words_of(query)
        if words in self.search_gates:
            self.search_gates[words].wait()
        if self.error is not None:
            raise self.error
        if self.unreadable in query.pictures:
            raise UnreadableImage("it is not a picture", self.unreadable)
        if words in self.answers:
            return self.answers[words]
        found = [photo for photo in self.all if words in photo.path.name]
        for one in query.filters:
            found = self.labels.passing(one, found)
        found.sort(key=lambda photo: photo.path not in query.pictures)
        if query.sort == "name":
            found.sort(key=lambda photo: photo.path.name)
        return [Hit(photo, 0.5 - row / 100) for row, photo in enumerate(found)]

    def _folded(self, page: Page, earlier: list[Hit]) -> Page:
        """With those behind a hit, or an earlier one, that are in a group of copies with it."""
        hits, behind = page.hits, {}
        for photos in [group.photos for group in self.groups if group.kind == "exact"]:
            same = [hit for hit in hits if hit.photo in photos]
            first = next((hit for hit in [*earlier, *same] if hit.photo in photos), None)
            others = tuple(hit.photo for hit in same if hit is not first)
            hits = [hit for hit in hits if hit.photo not in others]
            if first in hits:
                hits[hits.index(first)] = replace(first, duplicates=others)
            elif first is not None and others:
                behind[first.photo.path] = others
        return replace(page, hits=hits, behind=behind)

    def duplicates(
        self, kinds: Collection[DuplicateKind], *, progress: Progress = no_progress
    ) -> list[DuplicateGroup]:
        """See `PhotoLibrary`."""
        self.asked.append(list(kinds))
        progress(0, 4, "comparing")
        if self.duplicates_gate is not None:
            self.duplicates_gate.wait()
        progress(2, 4, "comparing")
        if self.duplicates_error is not None:
            raise self.duplicates_error
        return [group for group in self.groups if group.kind in kinds]

    def filter_values(self) -> FilterValues:
        """See `PhotoLibrary`."""
        return self.values

    def index(
        self,
        folders: Sequence[Path],
        *,
        model: str | None = None,
        progress: Progress = no_progress,
    ) -> IndexReport:
        """See `PhotoLibrary`."""
        self.indexed.append(list(folders))
        self.added += [folder for folder in folders if folder not in self.added]
        return self._work(progress)

    def update(self, places: Collection[Path], *, progress: Progress = no_progress) -> IndexReport:
        """See `PhotoLibrary`."""
        self.updated.append(list(places))
        return self._work(progress)

    def _work(self, progress: Progress) -> IndexReport:
        progress(0, 10)
        if self.index_gate is not None:
            self.index_gate.wait()
        progress(5, 10)
        if self.index_error is not None:
            raise self.index_error
        self.all += self.index_adds
        return IndexReport(added=len(self.index_adds), skipped=self.skipped, notices=self.notices)

    def folders(self) -> tuple[Path, ...]:
        """See `PhotoLibrary`."""
        return tuple(self.added)

    def folder_states(self) -> list[FolderState]:
        """See `PhotoLibrary`."""
        return [
            FolderState(folder, len(self._below(folder)), folder not in self.away)
            for folder in self.folders()
        ]

    def remove_folder(self, folder: Path) -> int:
        """See `PhotoLibrary`."""
        gone = self._below(folder)
        self.added.remove(folder)
        self.all = [photo for photo in self.all if photo not in gone]
        return len(gone)

    def use_model(self, model: str, *, progress: Progress = no_progress) -> IndexReport:
        """See `PhotoLibrary`."""
        return self._work(progress)

    def spaces(self) -> list[SpaceState]:
        """See `PhotoLibrary`."""
        return [SpaceState("starter", "fa4e", len(self.all), 1000, True)]

    def forget_space(self, name: str) -> SpaceState:
        """See `PhotoLibrary`."""
        return SpaceState("old", name, 0, 1000, False)

    def _below(self, folder: Path) -> list[Photo]:
        return [photo for photo in self.all if folder in photo.path.parents]

    def info(self) -> LibraryInfo:
        """See `PhotoLibrary`."""
        return LibraryInfo(
            path=Path("/library"),
            photos=len(self.all),
            folders=self.folders(),
            model="starter",
            dimension=32,
            device="cpu",
            precision="float32",
            index_state=self.state or ("ready" if self.all else "empty"),
            disk_bytes=0,
        )

    def warm_up(self) -> None:
        """See `PhotoLibrary`."""
        if self.warm_gate is not None:
            self.warm_gate.wait()

    def release_idle_model(self) -> bool:
        """See `PhotoLibrary`."""
        self.released += 1
        return True

    def maintain(self, *, progress: Progress = no_progress) -> MaintenanceReport:
        """See `PhotoLibrary`."""
        self.maintained += 1
        progress(0, None, "tidying up")
        if self.maintain_gate is not None:
            self.maintain_gate.wait()
        progress(0, None, "compacting the index")
        if self.maintain_error is not None:
            raise self.maintain_error
        return self.maintenance

    def close(self) -> tuple[str, ...]:
        """See `PhotoLibrary`."""
        self.closed = True
        return ()


@pytest.fixture(autouse=True)
def _close_labels() -> Iterator[None]:
    yield
    FakeLabels.close_all()


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPSEARCH_HOME", str(tmp_path / "home"))


def our_threads() -> list[str]:
    """Names of the window's worker threads that are alive."""
    return [t.name for t in threading.enumerate() if t.name.startswith("clipsearch-")]


@pytest.fixture(autouse=True)
def _no_thread_is_left(qapp: QApplication) -> Iterator[None]:
    yield
    assert our_threads() == []


@pytest.fixture
def runner(_no_thread_is_left: None) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.close()
    assert runner.is_idle


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    folder = tmp_path / "photos"
    folder.mkdir()
    colours = ("red", "green", "blue", "red", "orange", "navy")
    return [
        draw_photo(folder / f"{colour} {number}.png", colour)
        for number, colour in enumerate(colours)
    ]


@pytest.fixture
def library(photos: list[Photo]) -> FakeLibrary:
    return FakeLibrary(photos)


class WindowMaker(Protocol):
    """Builds, shows and starts a window over a library."""

    def __call__(
        self,
        library: PhotoLibrary,
        models: ModelShelf | None = None,
        make_tagger: TaggerMaker | None = None,
        make_tuner: TunerMaker | None = None,
    ) -> MainWindow: ...


@pytest.fixture
def make_window(qtbot: QtBot, runner: JobRunner, tmp_path: Path) -> WindowMaker:
    """Builds, shows and starts a window over a library."""

    def make(
        library: PhotoLibrary,
        models: ModelShelf | None = None,
        make_tagger: TaggerMaker | None = None,
        make_tuner: TunerMaker | None = None,
    ) -> MainWindow:
        settings = Settings()
        window = MainWindow(
            library,
            picture_source(settings),
            runner,
            settings,
            tmp_path / "scratch",
            pace=LatePace(settings),
            make_samples=lambda: tmp_path / "samples",
            models=models,
            make_tagger=make_tagger,
            make_tuner=make_tuner,
        )
        qtbot.addWidget(window)
        window.resize(900, 600)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        window.start()
        return window

    return make


@pytest.fixture
def window(
    qtbot: QtBot, make_window: WindowMaker, library: FakeLibrary, runner: JobRunner
) -> MainWindow:
    """A window that has opened its library and shows all its photos."""
    window = make_window(library)
    qtbot.waitUntil(lambda: window.is_settled)
    return window


def names(window: MainWindow) -> list[str]:
    """The file names in the grid, from the top."""
    model = window.parts.model
    return [model.photo(row).path.name for row in range(model.rowCount())]
