"""Everything the window can do, as actions with shortcuts, and the menus that hold them."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMainWindow, QMenu

from clipsearch.gui.icons import tinted_icon
from clipsearch.gui.sorting import sort_names


def _tr(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


class Actions:
    """The actions of one window; whoever can perform one connects to it."""

    def __init__(self, window: QMainWindow) -> None:
        """Make the actions; `fill_menus` shows them."""
        self._window = window
        self._icons: dict[QAction, str] = {}
        self.add_folder = self._make(_tr("&Add a Folder…"), "Ctrl+O", "folder-add")
        self.samples = self._make(_tr("Try the &Sample Photos"), "Ctrl+Shift+T")
        self.update = self._make(_tr("&Update the Library"), "F5")
        self.pause = self._make(_tr("&Pause Indexing"), "Ctrl+P")
        self.cancel = self._make(_tr("&Cancel Indexing"), "Ctrl+.")
        self.retry = self._make(_tr("Try S&kipped Files Again"), "Ctrl+Shift+R")
        self.folder_update = self._make(_tr("&Look for Changes"), "Shift+F5")
        self.folder_reveal = self._make(_tr("Show in File &Manager"), "Ctrl+Shift+O", "folder")
        self.folder_remove = self._make(_tr("&Remove from the Library…"), "Del")
        self.models = self._make(_tr("&Models…"), "Ctrl+M")
        self.train = self._make(_tr("&Train on Your Photos"), "Ctrl+Shift+L", "train")
        self.undo = self._make(_tr("&Undo"), "Ctrl+Z")
        self.redo = self._make(_tr("&Redo"), "Ctrl+Shift+Z")
        self.quit = self._make(_tr("&Quit"), "Ctrl+Q")
        self.find = self._make(_tr("&Find Photos"), "Ctrl+F", "search")
        self.clear = self._make(_tr("C&lear the Search"), "Ctrl+Shift+Backspace")
        self.add_filter = self._make(_tr("&Add a Filter…"), "Ctrl+Shift+A")
        self.history = self._make(_tr("&Recent Searches"), "Ctrl+H", "history")
        self.clear_history = self._make(_tr("Clear &History…"), "Ctrl+Shift+H")
        self.save_search = self._make(_tr("&Save This Search…"), "Ctrl+S")
        self.update_search = self._make(_tr("&Update the Saved Search"), "Ctrl+Shift+S")
        self.rename_search = self._make(_tr("Re&name"), "F2")
        self.remove_search = self._make(_tr("Re&move"), "Del")
        self.paste = self._make(_tr("&Paste a Picture"), "Ctrl+V")
        self.open = self._make(_tr("Show &Large"), "Return", "picture")
        self.similar = self._make(_tr("Find &Similar"), "Ctrl+Shift+F", "similar")
        self.add_similar = self._make(_tr("Add to the S&earch"), "Ctrl+Shift+G")
        self.search_part = self._make(_tr("Search This &Part"), "Ctrl+E", "search")
        self.add_part = self._make(_tr("A&dd This Part"), "Ctrl+Shift+E", "add")
        self.reveal = self._make(_tr("Show in &Folder"), "Ctrl+R", "folder")
        self.copy_path = self._make(_tr("&Copy Path"), "Ctrl+Shift+C", "copy")
        self.tag = self._make(_tr("&Tag…"), "Ctrl+T", "tag")
        self.collect = self._make(_tr("Add to a C&ollection…"), "Ctrl+K", "collection")
        self.uncollect = self._make(_tr("Take &Out of the Collection"), "Ctrl+Backspace")
        self.favourite = self._make(_tr("Fa&vourite"), ".", "heart")
        self.stars = [self._make(_stars(stars), str(stars)) for stars in range(6)]
        self.rating = QMenu(_tr("&Rating"), window.menuBar())
        self.rating.addActions(self.stars)
        self.smart = self._make(_tr("Make a &Smart Collection…"), "Ctrl+Shift+K", "smart")
        self.review = self._make(_tr("Re&view a Tag…"), "Ctrl+Shift+V")
        self.find_tags = self._make(_tr("Find Ta&gs in All Photos"), "Ctrl+Shift+J", "tag")
        self.tag_amount = self._make(_tr("How &Many Tags…"), "Ctrl+J")
        self.write_sidecars = self._make(_tr("&Write Sidecars…"), "Ctrl+Shift+W")
        self.read_sidecars = self._make(_tr("Rea&d Tags from Sidecars…"), "Ctrl+Alt+R")
        self.write_originals = self._make(_tr("Write into &Photos…"), "Ctrl+Alt+W")
        self.export_words = self._make(_tr("&Export Tags and Collections…"), "Ctrl+Shift+X")
        self.import_words = self._make(_tr("&Import Tags and Collections…"), "Ctrl+Shift+I")
        self.edit_tag = self._make(_tr("Edi&t a Tag…"), "Ctrl+Shift+Y")
        self.export_vocabulary = self._make(_tr("Export Voca&bulary…"), "Ctrl+Shift+U")
        self.import_vocabulary = self._make(_tr("Import V&ocabulary…"), "Ctrl+Alt+U")
        self.reset_vocabulary = self._make(_tr("Use the Tags That S&hip…"), "Ctrl+Shift+N")
        self.restore_backup = self._make(_tr("&Restore a Backup…"), "Ctrl+Shift+B")
        self.unfold = self._make(_tr("Show or Hide Its &Duplicates"), "Ctrl+D")
        self.group = self._make(_tr("&Group Duplicates in Results"), "Ctrl+G")
        self.sorts = {
            sort: self._make(name, f"Alt+{number}")
            for number, (sort, name) in enumerate(sort_names().items(), start=1)
        }
        self.sidebar = self._make(_tr("&Sidebar"), "Ctrl+B")
        self.inspector = self._make(_tr("&Inspector"), "Ctrl+I")
        self.activity = self._make(_tr("&Activity"), "Ctrl+Shift+P")
        self.full_screen = self._make(_tr("&Full Screen"), "F11")
        self.about = self._make(_tr("&About clipsearch"), "F1")
        orders = QActionGroup(window)
        for action in self.sorts.values():
            orders.addAction(action)
        switches = (self.group, *self._of_panes, self.full_screen)
        for action in (*switches, *self.sorts.values()):
            action.setCheckable(True)
        # These belong to whatever has the focus: the grid, the list of places, a field that is
        # written in.
        own = (self.open, self.folder_remove, self.rename_search, self.remove_search)
        for action in (*own, self.favourite, *self.stars):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.tint(window.palette())

    @property
    def of_a_photo(self) -> list[QAction]:
        """What can be done with one photo, besides showing it large."""
        return [self.similar, self.reveal, self.copy_path]

    @property
    def of_photos(self) -> list[QAction]:
        """What can be done with the photos of the grid."""
        return [self.open, self.similar, self.add_similar, self.reveal, self.copy_path]

    @property
    def of_labels(self) -> list[QAction]:
        """What can be said of the photos of the grid."""
        rating = self.rating.menuAction()
        return [self.tag, self.collect, self.uncollect, self.favourite, rating]

    @property
    def of_sidecars(self) -> list[QAction]:
        """What can be done with the files beside the photos."""
        return [self.write_sidecars, self.read_sidecars]

    @property
    def of_word_files(self) -> list[QAction]:
        """What can be done with files of what is said of the photos."""
        return [self.export_words, self.import_words, self.restore_backup]

    @property
    def of_vocabulary(self) -> list[QAction]:
        """What can be done with what is said of the tags."""
        files = [self.export_vocabulary, self.import_vocabulary]
        return [self.edit_tag, *files, self.reset_vocabulary]

    @property
    def of_a_part(self) -> list[QAction]:
        """What can be done with the rectangle that is drawn on the photo."""
        return [self.search_part, self.add_part]

    @property
    def of_a_folder(self) -> list[QAction]:
        """What can be done with the folder that is chosen in the sidebar."""
        return [self.folder_update, self.folder_reveal, self.folder_remove]

    @property
    def of_a_search(self) -> list[QAction]:
        """What can be done with the saved search that is chosen in the sidebar."""
        return [self.rename_search, self.remove_search]

    @property
    def _of_panes(self) -> list[QAction]:
        return [self.sidebar, self.inspector, self.activity]

    def fill_menus(self) -> None:
        """Put every action into a menu; a text, also an empty one, stands over those after it."""
        indexing = [self.update, self.pause, self.cancel, self.retry]
        adding = [self.add_folder, self.samples]
        folder = _tr("Chosen Folder")
        searching = [self.find, self.add_filter, self.paste, self.clear]
        past = [self.history, self.clear_history]
        saving = [self.save_search, self.smart, self.update_search]
        suggested = [self.review, self.find_tags, self.tag_amount]
        sorts = self.sorts.values()
        panes = [*self._of_panes, self.full_screen]
        model = [self.models, self.train]
        menus: list[tuple[str, list[QAction | str]]] = [
            (
                _tr("&Library"),
                [*adding, "", *indexing, folder, *self.of_a_folder, "", *model, "", self.quit],
            ),
            (_tr("&Edit"), [self.undo, self.redo]),
            (
                _tr("&Search"),
                [*searching, "", *past, _tr("Saved Searches"), *saving, *self.of_a_search],
            ),
            (
                _tr("&Photo"),
                [*self.of_photos, self.unfold, "", *self.of_labels, "", *self.of_a_part],
            ),
            (
                _tr("&Tags"),
                [
                    *suggested,
                    "",
                    *self.of_vocabulary,
                    "",
                    *self.of_sidecars,
                    self.write_originals,
                    "",
                    *self.of_word_files,
                ],
            ),
            (_tr("&View"), [self.group, _tr("Sort By"), *sorts, "", *panes]),
            (_tr("&Help"), [self.about]),
        ]
        for title, actions in menus:
            menu = self._window.menuBar().addMenu(title)
            for action in actions:
                if isinstance(action, str):
                    menu.addSection(action)
                else:
                    menu.addAction(action)

    def tint(self, palette: QPalette) -> None:
        """Draw the icons in the colours of a palette."""
        for action, icon in self._icons.items():
            action.setIcon(tinted_icon(icon, palette))

    def _make(self, text: str, keys: str, icon: str = "") -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(keys))
        if icon:
            self._icons[action] = icon
        return action


def _stars(count: int) -> str:
    return _tr("No Stars") if count == 0 else "\u2605" * count
