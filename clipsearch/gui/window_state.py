"""What is remembered of the window from one start to the next."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from clipsearch.settings import Settings, config_folder

_PACE = ("share", "instead_of")


class WindowState:
    """Place and size of the window and its panes, and where folders were chosen last."""

    def __init__(self, window: QMainWindow, panes: Mapping[str, QSplitter]) -> None:
        """Read the file of an earlier start, if there was one; `restore` acts on it.

        Args:
            window: Whose place is remembered.
            panes: What the user can drag, by the names under which that is remembered.
        """
        self._window = window
        self._panes = panes
        self._kept = QSettings(
            str(config_folder() / "window.ini"), QSettings.Format.IniFormat, window
        )

    @property
    def folder(self) -> Path:
        """Where to begin when a folder is to be chosen."""
        return Path(str(self._kept.value("folder", str(Path.home()))))

    def remember_folder(self, chosen: Path) -> None:
        """Begin beside this folder next time."""
        self._kept.setValue("folder", str(chosen.parent))

    def flag(self, name: str) -> bool | None:
        """Whether something was switched on or off; ``None`` if nobody has ever done that."""
        kept = self._kept.value(name)
        return None if kept is None else str(kept).lower() == "true"

    def set_flag(self, name: str, on: bool) -> None:
        """Remember that something is switched on or off."""
        self._kept.setValue(name, on)

    def text(self, name: str) -> str:
        """What was chosen by name; empty if nobody has ever done that."""
        return str(self._kept.value(name, ""))

    def set_text(self, name: str, chosen: str) -> None:
        """Remember what was chosen."""
        self._kept.setValue(name, chosen)

    def share(self, settings: Settings) -> float:
        """How much of the machine work may use, in (0, 1].

        What was chosen in the window holds until the settings file says something new.
        """
        try:
            share, said = (float(str(self._kept.value(f"pace/{key}", ""))) for key in _PACE)
        except ValueError:
            return settings.background_share
        is_valid = 0 < share <= 1 and said == settings.background_share
        return share if is_valid else settings.background_share

    def remember_share(self, share: float, settings: Settings) -> None:
        """Use so much of the machine next time, too."""
        for key, value in zip(_PACE, (share, settings.background_share), strict=True):
            self._kept.setValue(f"pace/{key}", value)

    def save(self) -> None:
        """Write down where the window is."""
        self._kept.setValue("geometry", self._window.saveGeometry())
        for name, panes in self._panes.items():
            self._kept.setValue(name, panes.saveState())
        self._kept.sync()

    def restore(self) -> None:
        """Put the window where it was when it was closed last."""
        restorers = {"geometry": self._window.restoreGeometry}
        restorers |= {name: panes.restoreState for name, panes in self._panes.items()}
        for key, restore in restorers.items():
            value = self._kept.value(key)
            if value is not None:
                restore(value)
