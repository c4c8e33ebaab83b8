"""Whether the panes at the sides of the photos are there: as the user likes it."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from clipsearch.gui import inspector, sidebar
from clipsearch.gui.actions import Actions
from clipsearch.gui.layout import Parts
from clipsearch.gui.window_state import WindowState


class SidePanes(QObject):
    """Sidebar and inspector. GUI thread only."""

    def __init__(self, actions: Actions, parts: Parts, state: WindowState, parent: QObject) -> None:
        """Let each obey its action."""
        super().__init__(parent)
        self._switches = (
            PaneSwitch(
                parts.sidebar,
                actions.sidebar,
                state,
                self,
                name="sidebar",
                narrow=sidebar.NARROW,
                focus=parts.sidebar.list,
            ),
            # It tells of the photo that has the focus, and leaves it there.
            PaneSwitch(
                parts.inspector,
                actions.inspector,
                state,
                self,
                name="inspector",
                narrow=inspector.NARROW,
            ),
        )

    def fit(self, width: int) -> None:
        """The window is so many logical pixels wide."""
        for switch in self._switches:
            switch.fit(width)

    def set_has_folders(self, has_folders: bool) -> None:
        """Whether the library has folders: without any there is nothing to tell of."""
        for switch in self._switches:
            switch.set_has_folders(has_folders)


class PaneSwitch(QObject):
    """Shows and hides a pane, and remembers the choice for wide and for narrow windows.

    GUI thread only.
    """

    def __init__(
        self,
        pane: QWidget,
        action: QAction,
        state: WindowState,
        parent: QObject,
        *,
        name: str,
        narrow: int,
        focus: QWidget | None = None,
    ) -> None:
        """Obey the action, and keep what the user chose in ``state``.

        Args:
            pane: What is shown and hidden.
            action: Checkable.
            state: Where the choice is kept.
            parent: Owns this.
            name: Of the pane, in ``state``.
            narrow: Logical pixels of the window below which the photos have the pane's place.
            focus: What takes the focus once the user has asked for the pane, if anything.
        """
        super().__init__(parent)
        self._pane = pane
        self._action = action
        self._state = state
        self._name = name
        self._narrow = narrow
        self._focus = focus
        self._is_narrow = False
        # As it was at the end: the photos must not jump once the library is open.
        self._has_folders = state.flag(f"{name}/folders") or False
        action.triggered.connect(self._choose)
        self._apply()

    def fit(self, width: int) -> None:
        """The window is so many logical pixels wide."""
        self._is_narrow = width < self._narrow
        self._apply()

    def set_has_folders(self, has_folders: bool) -> None:
        """Whether the library has anything that the pane could tell of."""
        if has_folders != self._has_folders:
            self._has_folders = has_folders
            self._state.set_flag(f"{self._name}/folders", has_folders)
            self._apply()

    def _choose(self, is_shown: bool) -> None:
        self._state.set_flag(self._key, is_shown)
        self._apply()
        if is_shown and self._focus is not None:
            self._focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _apply(self) -> None:
        chosen = self._state.flag(self._key)
        default = self._has_folders and not self._is_narrow
        is_shown = default if chosen is None else chosen
        self._action.setChecked(is_shown)
        self._pane.setVisible(is_shown)

    @property
    def _key(self) -> str:
        return f"{self._name}/narrow" if self._is_narrow else f"{self._name}/wide"
