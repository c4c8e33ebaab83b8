"""Colours, fonts, the excepthook, the start, the picture of the window."""

import json
import math
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage, QKeySequence, QPalette, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from clipsearch.core.models import Models
from clipsearch.core.types import Metadata, Photo, Skipped
from clipsearch.errors import InputError, ModelNotDownloaded, UnknownModel
from clipsearch.gui.excepthook import BugDialog, ExceptHook, write_report
from clipsearch.gui.late_library import LateLibrary
from clipsearch.gui.late_models import LateModels
from clipsearch.gui.main_window import MainWindow
from clipsearch.gui.snapshot import save_picture_of_window
from clipsearch.gui.startup import FirstPaint, StartupReport
from clipsearch.gui.theme import Theme, apply_theme, is_dark
from clipsearch.settings import Settings
from tests.gui.conftest import FakeLibrary, words_of


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    apply_theme(qapp, "system")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_colours_what_is_there_already(
    qtbot: QtBot, application: QApplication, window: MainWindow, theme: Theme
) -> None:
    apply_theme(application, theme)
    qtbot.waitUntil(lambda: is_dark(window.parts.grid.palette()) == (theme == "dark"))
    picture = window.grab().toImage()
    ground = picture.pixelColor(picture.width() // 2, picture.height() - 40)
    assert (ground.lightness() < 90) == (theme == "dark")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_secondary_text_can_be_read(application: QApplication, theme: Theme) -> None:
    apply_theme(application, theme)
    palette = application.palette()

    def luminance(role: QPalette.ColorRole) -> float:
        colour = palette.color(role)
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    # WCAG 2.1, 1.4.3: at least 4.5 to 1.
    ground, words = (
        luminance(QPalette.ColorRole.Base),
        luminance(QPalette.ColorRole.PlaceholderText),
    )
    assert (max(ground, words) + 0.05) / (min(ground, words) + 0.05) >= 4.5


def test_every_action_is_in_a_menu_and_has_a_shortcut(window: MainWindow) -> None:
    actions = [
        action
        for menu in window.menuBar().findChildren(QMenu)
        if menu.title()  # not Qt's own, for what does not fit
        for action in menu.actions()
        if not action.isSeparator() and action.menu() is None
    ]
    keys = [action.shortcut().toString() for action in actions]
    assert len(actions) >= 15
    assert all(keys)
    # Of the folder and of the saved search that are chosen, only one can be.
    assert [key for key, count in Counter(keys).items() if count > 1] == ["Del"]
    assert QKeySequence("Ctrl+F").toString() in keys


def test_no_two_actions_of_the_window_share_a_shortcut(window: MainWindow) -> None:
    shared = [
        action
        for action in window.findChildren(QAction)
        if action.shortcutContext() != Qt.ShortcutContext.WidgetShortcut
    ]
    keys = [key for action in shared for key in action.shortcuts()]
    keys += [shortcut.key() for shortcut in window.findChildren(QShortcut)]
    texts = Counter(key.toString() for key in keys)
    assert len(texts) >= 15
    assert [key for key, count in texts.items() if count > 1] == []


def test_everything_that_can_have_the_focus_has_a_name(window: MainWindow) -> None:
    named = [
        window.parts.search.field,
        window.parts.grid,
        window.parts.preview,
        window.parts.messages,
    ]
    assert all(widget.accessibleName() for widget in named)
    assert all(
        button.text() or button.accessibleName() or button.toolTip()
        for button in window.findChildren(QAbstractButton)
        if button.isVisible()
    )


def test_a_bug_report_names_versions_and_can_be_copied(qtbot: QtBot) -> None:
    try:
        raise ZeroDivisionError("ours")
    except ZeroDivisionError as error:
        report = write_report(error)
    dialog = BugDialog(report)
    qtbot.addWidget(dialog)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "ZeroDivisionError: ours" in copied
    assert "PySide6" in copied


def test_the_excepthook_opens_one_dialog_and_logs(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    hook = ExceptHook()
    for number in range(3):
        error = ZeroDivisionError(f"bug {number}")
        hook.handle(type(error), error, None)

    def dialogs() -> list[QWidget]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, BugDialog)]

    qtbot.waitUntil(lambda: bool(dialogs()))
    assert len(dialogs()) == 1
    assert "bug 2" in caplog.text
    dialogs()[0].close()
    qtbot.waitUntil(lambda: not dialogs())


def test_importing_the_application_loads_nothing_heavy() -> None:
    heavy = (
        *("torch", "torchvision", "open_clip", "timm", "lancedb", "pyarrow", "PIL", "numpy"),
        "psutil",
        "lark",
        "clipsearch.core.filters",
    )
    code = f"import sys, clipsearch.app; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "[]"


def test_a_late_library_is_made_by_the_first_who_needs_it() -> None:
    made: list[FakeLibrary] = []

    def make() -> FakeLibrary:
        made.append(FakeLibrary([]))
        return made[-1]

    late = LateLibrary(make)
    late.close()
    assert made == []
    assert late.photos() == []
    assert late.sidecars is made[0].sidecars
    assert late.info().photos == 0
    assert late.metadata(Path("/photos/a.jpg")) == [Metadata()]
    late.index([Path("/photos")])
    late.update([Path("/photos/a.jpg")])
    assert [state.path for state in late.folder_states()] == [Path("/photos")]
    assert late.remove_folder(Path("/photos")) == 0
    assert late.folders() == ()
    assert late.use_model("starter") == late.index([])
    assert [space.model for space in late.spaces()] == ["starter"]
    assert late.forget_space("aa").fingerprint == "aa"
    late.close()
    assert len(made) == 1
    assert made[0].closed


def test_late_models_are_made_by_the_first_who_needs_them(library: FakeLibrary) -> None:
    made: list[Models] = []

    def make() -> Models:
        made.append(Models(library))
        return made[-1]

    late = LateModels(make)
    assert made == []
    assert late.states()[0].is_active
    assert "ViT-B-32" in late.architectures()
    with pytest.raises(InputError, match="cannot be removed"):
        late.remove("starter")
    with pytest.raises(UnknownModel):
        late.offer("no such model")
    with pytest.raises(InputError, match="no model at"):
        late.take(Path("/nowhere"), name="mine")
    assert len(made) == 1


def test_the_start_is_reported(qtbot: QtBot, tmp_path: Path) -> None:
    report = StartupReport(tmp_path / "start.json", exit_when_ready=False)
    widget = QWidget()
    qtbot.addWidget(widget)
    first = FirstPaint(widget)
    first.happened.connect(report.painted)
    with qtbot.waitSignal(first.happened):
        widget.show()
    report.ready()
    seconds = json.loads((tmp_path / "start.json").read_text())
    assert 0 < seconds["painted_s"] <= seconds["ready_s"]


# The real application, with an encoder that needs no weights.
_RUN = """
import sys
from pathlib import Path
from clipsearch import app
from clipsearch.core.library import Library
from clipsearch.settings import Settings
from tests.conftest import FakeModel

app.make_library = lambda root, settings: Library(root, settings, load_model=FakeModel)
sys.exit(app.run(Path(sys.argv[1]), Settings(), index_first=[Path(sys.argv[2])], query="red"))
"""

_WITHOUT_FONTS = """
import logging
from PySide6.QtGui import QFontInfo, QRawFont
from PySide6.QtWidgets import QApplication
from clipsearch.gui.fonts import ensure_font
logging.basicConfig(format="%(message)s")
app = QApplication([])
ensure_font(app)
font = QRawFont.fromFont(app.font())
print(QFontInfo(app.font()).family(), all(font.supportsCharacter(c) for c in "Search 0.27%"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have fonts")
def test_the_age_of_a_process_is_that_since_it_was_started() -> None:
    code = "from clipsearch.gui.startup import process_age; print(process_age())"
    began = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    # The kernel counts in hundredths.
    assert 0 < float(result.stdout) <= time.monotonic() - began + 0.02


def test_the_application_runs_until_it_is_ready_and_leaves_no_trace(
    tmp_path: Path, photos: list[Photo]
) -> None:
    report = tmp_path / "start.json"
    subprocess.run(
        [sys.executable, "-c", _RUN, str(tmp_path / "library"), str(photos[0].path.parent)],
        check=True,
        timeout=120,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "CLIPSEARCH_STARTUP_REPORT": str(report),
            "CLIPSEARCH_STARTUP_REPORT_EXIT": "1",
        },
    )
    assert json.loads(report.read_text()).keys() == {"painted_s", "ready_s"}
    cache = tmp_path / "home" / "cache"
    assert not list(cache.glob("pasted-*"))
    assert "Traceback" not in (cache / "logs" / "clipsearch.log").read_text()


def test_a_system_without_fonts_gets_one(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path / 'fonts'}</dir></fontconfig>")
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT_FONTS],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "FONTCONFIG_FILE": str(config), "QT_QPA_PLATFORM": "offscreen"},
    )
    assert result.stdout.strip() == "Aileron True"
    assert "The system has no fonts" in result.stderr


def test_a_picture_of_the_window_shows_the_hits(
    application: QApplication, library: FakeLibrary, tmp_path: Path
) -> None:
    target = tmp_path / "window.png"
    save_picture_of_window(library, Settings(), "blue", target, size=(700, 500))
    picture = QImage(str(target))
    assert (picture.width(), picture.height()) == (700, 500)
    blue = sum(
        picture.pixelColor(x, y).blue() > 200 and picture.pixelColor(x, y).red() < 60
        for x in range(0, 400, 4)
        for y in range(60, 400, 4)
    )
    assert blue > 20
    assert [words_of(query) for query in library.queries] == ["blue"]


def test_a_picture_of_a_failure_is_refused(
    application: QApplication, library: FakeLibrary, tmp_path: Path
) -> None:
    library.error = ModelNotDownloaded("The model is not there.")
    with pytest.raises(InputError, match="The model is not there"):
        save_picture_of_window(library, Settings(), "blue", tmp_path / "window.png")


def test_tab_leads_through_the_window_as_one_reads_it(
    qtbot: QtBot, window: MainWindow, library: FakeLibrary, tmp_path: Path
) -> None:
    library.skipped = (Skipped(tmp_path / "broken.jpg", "it is cut off"),)
    window.session.add_folders([tmp_path])
    qtbot.waitUntil(lambda: window.is_settled and window.parts.sidebar.isVisible())
    window.commands.activity.trigger()
    parts = window.parts
    parts.search.field.setFocus()
    order = []
    for _ in range(20):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
        if order[-1] is parts.search.field:
            break
    way = (parts.sidebar.list, parts.grid, parts.activity.share, parts.activity.problems.list)
    places = [order.index(widget) for widget in (*way, parts.search.field)]
    assert places == sorted(places)
    assert all(widget is not None and widget.focusPolicy() for widget in order)
