"""How photos come into the library: folders that the user chooses, and the sample photos."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from clipsearch.gui.actions import Actions
from clipsearch.gui.contracts import SampleMaker
from clipsearch.gui.dialogs import ask_for_folder
from clipsearch.gui.layout import Parts
from clipsearch.gui.library_session import LibrarySession
from clipsearch.gui.window_state import WindowState


class Adding(QObject):
    """Performs the actions that add photos. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        parts: Parts,
        session: LibrarySession,
        state: WindowState,
        make_samples: SampleMaker | None,
        window: QWidget,
    ) -> None:
        """Connect the actions.

        Args:
            actions: Of the window.
            parts: Of the window.
            session: Indexes what is added.
            state: Remembers where the user looked for a folder last.
            make_samples: Puts the sample photos into the cache; ``None`` hides their action.
            window: The window.
        """
        super().__init__(window)
        self._session = session
        self._state = state
        self._make_samples = make_samples
        self._window = window
        for ask in (actions.add_folder.triggered, parts.empty.add_folder):
            ask.connect(lambda: self._ask_for_folder())
        for add in (actions.samples.triggered, parts.empty.try_samples):
            add.connect(lambda: self._add_samples())
        actions.samples.setVisible(make_samples is not None)
        actions.update.triggered.connect(session.update)
        actions.update.setEnabled(False)

    def _ask_for_folder(self) -> None:
        ask_for_folder(self._window, self._state.folder, self._add_folder)

    def _add_folder(self, folder: Path) -> None:
        self._state.remember_folder(folder)
        self._session.add_folders([folder])

    def _add_samples(self) -> None:
        if self._make_samples is not None:
            self._session.add_samples(self._make_samples)
