"""The models: which there are, what each takes and is good for, and what can be done with them."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from clipsearch.core.types import ModelState
from clipsearch.gui.activity import WorkRow
from clipsearch.gui.elided import ElidedLabel
from clipsearch.gui.message_bar import MessageBar
from clipsearch.gui.model_list import ModelDelegate, ModelList
from clipsearch.gui.model_words import description, idle_spaces, use_hint
from clipsearch.gui.work import Work

_SIZE = (660, 640)
_LEAST = (380, 340)
_LINES = 5
"""Lines of description for which there is always room: the list above must not jump."""


class ModelsDialog(QDialog):
    """Lists the models; stops nothing else while it is open. GUI thread only."""

    used = Signal(object)
    """The `ModelState` that the library is to change to, or to go on changing to."""
    download_wanted = Signal(object)
    """The `ModelState` of whose download the user wants to know more."""
    removal_wanted = Signal(object)
    """The `ModelState` whose weights are to be deleted."""
    forgetting_wanted = Signal(object)
    """The `ModelState` whose unused indexes are to be deleted."""
    folder_import_wanted = Signal()
    file_import_wanted = Signal()
    cancelled = Signal(object)
    """The `Work` that is to stop."""

    def __init__(self, parent: QWidget) -> None:
        """Make the dialog, with no model in it yet."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Models"))
        self.setMinimumSize(*_LEAST)
        self.resize(QSize(*_SIZE).boundedTo(self.screen().availableSize()))
        self._photos = 0
        self._works: Mapping[str, Work] = {}
        self.messages = MessageBar()
        self.model = ModelList(self)
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setPlaceholderText(self.tr("Find a model, for example ViT-B-32"))
        self.filter.setAccessibleName(self.tr("Find a model"))
        self.filter.textChanged.connect(self.model.look_for)
        self.list = self._make_list()
        self.name = ElidedLabel()
        self.about = QLabel(wordWrap=True)
        self.work = WorkRow(has_bar=True)
        self.work.cancelled.connect(self.cancelled)
        self.use = self._button(self.tr("Use"), self.used)
        self.download = self._button(self.tr("Download…"), self.download_wanted)
        self.remove = self._button(self.tr("Remove…"), self.removal_wanted)
        self.forget = self._button(self.tr("Delete Index…"), self.forgetting_wanted)
        self.take = QPushButton(self.tr("Import"))
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.clicked.connect(self.close)
        self._arrange()
        self._show_chosen()

    @property
    def chosen(self) -> ModelState | None:
        """The model that is chosen."""
        return self.model.state(self.list.currentIndex().row())

    def show_states(self, states: Sequence[ModelState], photos: int) -> None:
        """These are the models, and so many photos are in the library."""
        chosen = self.chosen
        self._photos = photos
        self.model.show_states(states, photos)
        active = next((state.name for state in states if state.is_active), "")
        self.choose(chosen.name if chosen is not None else active)
        self._show_chosen()

    def choose(self, name: str) -> None:
        """Choose a model, if it is shown."""
        row = self.model.row_of(name)
        if row is not None and row != self.list.currentIndex().row():
            self.list.setCurrentIndex(self.model.index(row))

    def show_works(self, works: Mapping[str, Work], first: Work | None) -> None:
        """Show what is being done.

        Args:
            works: With a model, by its name.
            first: What has a row with a progress bar, if anything does.
        """
        self._works = works
        self.model.show_works(works)
        self.work.setVisible(first is not None)
        if first is not None:
            self.work.show_work(first)
        self._enable()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what has the focus, and nothing by accident from elsewhere."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if focused is self.list:
                self._act()
            elif isinstance(focused, QPushButton):
                focused.click()
        else:
            super().keyPressEvent(event)

    def _make_list(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(ModelDelegate(view))
        view.setFrameShape(QFrame.Shape.StyledPanel)
        view.setMouseTracking(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(self.tr("Models"))
        view.selectionModel().currentChanged.connect(self._show_chosen)
        self.model.modelReset.connect(self._show_chosen)
        view.doubleClicked.connect(self._act)
        return view

    def _button(self, words: str, wanted: SignalInstance) -> QPushButton:
        button = QPushButton(words, autoDefault=False)
        button.clicked.connect(lambda: self._tell(wanted))
        return button

    def _tell(self, wanted: SignalInstance) -> None:
        state = self.chosen
        if state is not None:
            wanted.emit(state)

    def _act(self) -> None:
        for button in (self.use, self.download):
            if button.isEnabled() and not button.isHidden():
                button.click()
                return

    def _show_chosen(self) -> None:
        state = self.chosen
        self.name.setText("" if state is None else state.name)
        self.name.setToolTip(self.name.text())
        self.about.setText("" if state is None else description(state, self._photos))
        self._enable()

    def _enable(self) -> None:
        state = self.chosen
        is_idle = state is not None and state.name not in self._works
        is_here = state is not None and state.is_here
        is_active = state is not None and state.is_active
        self.use.setVisible(state is None or is_here)
        self.use.setEnabled(is_idle and is_here and not is_active)
        self.use.setToolTip("" if state is None else use_hint(state, self._photos))
        can_fetch = state is not None and state.source == "open_clip" and not is_here
        self.download.setVisible(can_fetch and not (state and state.is_damaged))
        self.download.setEnabled(is_idle)
        fetched = state is not None and state.disk_bytes > 0
        self.download.setText(self.tr("Go On…") if fetched else self.tr("Download…"))
        self.remove.setVisible(state is not None and state.is_removable)
        self.remove.setEnabled(is_idle and not is_active)
        in_use = self.tr("Searches use it: change to another model first.")
        self.remove.setToolTip(in_use if is_active else "")
        self.forget.setVisible(state is not None and bool(idle_spaces(state)))
        self.forget.setEnabled(is_idle)

    def _arrange(self) -> None:
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.about.setMinimumHeight(_LINES * self.about.fontMetrics().lineSpacing())
        menu = QMenu(self.take)
        menu.addAction(self.tr("A Folder…"), self.folder_import_wanted.emit)
        menu.addAction(self.tr("A Weights File…"), self.file_import_wanted.emit)
        self.take.setMenu(menu)
        for button in (self.take, self.close_button, self.work.cancel):
            button.setAutoDefault(False)
        # Its room stays: buttons must not move away from under the mouse.
        policy = self.work.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.work.setSizePolicy(policy)
        self.work.hide()
        actions = QHBoxLayout()
        for button in (self.use, self.download, self.remove, self.forget):
            actions.addWidget(button)
        actions.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.take)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addWidget(self.messages)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addWidget(self.name)
        column.addWidget(self.about)
        column.addLayout(actions)
        column.addWidget(self.work)
        column.addWidget(_line())
        column.addLayout(foot)


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
