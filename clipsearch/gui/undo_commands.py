"""Edit, Undo and Redo: what the user said last is taken back, and said again."""

from PySide6.QtCore import QObject

from clipsearch.gui.actions import Actions
from clipsearch.gui.label_session import LabelSession
from clipsearch.gui.message_bar import MessageBar, Subject


class UndoCommands(QObject):
    """Performs the two actions, and lets them tell what they would do. GUI thread only."""

    def __init__(
        self, actions: Actions, session: LabelSession, messages: MessageBar, parent: QObject
    ) -> None:
        """Connect the actions; there is nothing to take back yet."""
        super().__init__(parent)
        self._actions = actions
        self._session = session
        self._messages = messages
        actions.undo.triggered.connect(self._undo)
        actions.redo.triggered.connect(self._redo)
        session.changed.connect(self._show)
        session.read.connect(self._show)
        self._show()

    def _undo(self) -> None:
        self._messages.clear(Subject.LABELS)
        self._session.undo().succeeded.connect(self._session.look)

    def _redo(self) -> None:
        self._messages.clear(Subject.LABELS)
        self._session.redo().succeeded.connect(self._session.look)

    def _show(self) -> None:
        undo, redo = self._session.state.undo_title, self._session.state.redo_title
        self._actions.undo.setEnabled(undo is not None)
        self._actions.redo.setEnabled(redo is not None)
        undo_words, redo_words = self.tr("&Undo: {what}"), self.tr("&Redo: {what}")
        # An ampersand in a name is no shortcut.
        self._actions.undo.setText(
            undo_words.format(what=undo.replace("&", "&&")) if undo else self.tr("&Undo")
        )
        self._actions.redo.setText(
            redo_words.format(what=redo.replace("&", "&&")) if redo else self.tr("&Redo")
        )
