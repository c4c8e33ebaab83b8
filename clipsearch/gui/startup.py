"""Measures how long the window takes, for the benchmark of the start."""

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

REPORT_VARIABLE = "CLIPSEARCH_STARTUP_REPORT"
EXIT_VARIABLE = "CLIPSEARCH_STARTUP_REPORT_EXIT"


def process_age() -> float:
    """Seconds since this process began."""
    if sys.platform == "linux":
        # Field 22 of proc(5)'s stat counts from the boot. psutil adds the boot's wall-clock time,
        # which the kernel gives in whole seconds: up to a second too much.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began
    # Imported here: only a benchmark pays for it.
    import psutil

    return time.time() - psutil.Process().create_time()


class FirstPaint(QObject):
    """Tells once when a widget has been painted for the first time. GUI thread only."""

    happened = Signal()

    def __init__(self, widget: QWidget) -> None:
        """Watch a widget that has not been shown yet."""
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint event, then until it has been worked off."""
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self.happened.emit)
        return False


class StartupReport:
    """Writes the seconds since the process began into a JSON file."""

    def __init__(self, target: Path, *, exit_when_ready: bool) -> None:
        """Write to ``target``; quit when ready if ``exit_when_ready``."""
        self._target = target
        self._exit = exit_when_ready
        self._seconds: dict[str, float] = {}

    @classmethod
    def from_environment(cls) -> "StartupReport | None":
        """The report that the environment asks for, if any."""
        name = os.environ.get(REPORT_VARIABLE)
        if not name:
            return None
        return cls(Path(name), exit_when_ready=os.environ.get(EXIT_VARIABLE) == "1")

    def painted(self) -> None:
        """The window is on the screen."""
        self._note("painted_s")

    def ready(self) -> None:
        """Queries are answered at once; ends the application if that was asked for."""
        self._note("ready_s")
        if self._exit:
            QApplication.quit()

    def _note(self, name: str) -> None:
        self._seconds[name] = round(process_age(), 3)
        self._target.write_text(json.dumps(self._seconds), encoding="utf-8")
