"""Before training: which collections, by what method, and what the model confuses today."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from clipsearch.gui.finetune_concepts import ConceptList
from clipsearch.gui.finetune_gallery import PhotoOf
from clipsearch.gui.finetune_session import Wish
from clipsearch.gui.finetune_strip import PhotoStrip, Tile
from clipsearch.gui.finetune_words import heading, method_names, method_words
from clipsearch.gui.label_state import KnownCollection
from clipsearch.gui.thumbnails import Thumbnails
from clipsearch.gui.tuning_contracts import Survey, TakenFor
from clipsearch.ml.tuning_types import Method

_CONFUSIONS = 12


class ChoiceView(QWidget):
    """Lets the user choose what to train. GUI thread only."""

    changed = Signal()
    """Other collections are chosen, or the user says otherwise what one is."""
    described = Signal(str, str)
    """The name of a collection, and what its note should be."""
    wanted = Signal(object)
    """The `Wish`: train."""

    def __init__(self, make_thumbnails: Callable[[], Thumbnails], photo_of: PhotoOf) -> None:
        """Make a view without collections; see `GalleryView`."""
        super().__init__()
        self._photo_of = photo_of
        self._survey: Survey | None = None
        self.concepts = ConceptList()
        self.concepts.changed.connect(self._change)
        self.concepts.described.connect(self.described)
        self._warnings = self._quiet()
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.method.activated.connect(self._explain)
        self._reason = self._quiet()
        self._mistakes = self._quiet()
        self.strip = PhotoStrip(make_thumbnails())
        self.strip.setAccessibleName(self.tr("What the model confuses today"))
        self.train = QPushButton(self.tr("Train"), autoDefault=False)
        self.train.clicked.connect(self._want)
        self._arrange()
        self.show_collections(())

    @property
    def is_settled(self) -> bool:
        """Whether all thumbnails have arrived."""
        return self.strip.thumbnails.is_complete

    @property
    def chosen_method(self) -> Method | None:
        """By which to train; ``None`` before there is a survey."""
        found: Method | None = self.method.currentData()
        return found

    @property
    def reason(self) -> str:
        """What is said of the method."""
        return self._reason.text()

    @property
    def warnings(self) -> str:
        """What is said of all collections together."""
        return self._warnings.text()

    @property
    def mistakes(self) -> str:
        """What is said of the model's mistakes."""
        return self._mistakes.text()

    def show_collections(self, collections: Sequence[KnownCollection]) -> None:
        """These can be learned."""
        self.concepts.show_collections(collections)
        self._body.setVisible(bool(collections))
        self._nothing.setVisible(not collections)

    def show_looking(self) -> None:
        """What there is to learn from is being looked at."""
        self._forget()
        self._say(self._warnings, self.tr("Looking at the photos of these collections…"))

    def show_survey(self, survey: Survey) -> None:
        """Tell what there is to learn from."""
        chosen = self.chosen_method if self._survey is not None else None
        self._survey = survey
        self.concepts.show_survey({one.name: one for one in survey.concepts})
        self._say(self._warnings, " ".join(survey.warnings))
        self._offer_methods(survey.method, chosen)
        tiles = [tile for one in survey.confusions if (tile := self._tile(one)) is not None]
        self.strip.show_tiles(tiles[:_CONFUSIONS])
        self._say(self._mistakes, self._of_mistakes(survey))
        self.train.setEnabled(survey.is_enough)

    def show_unsurveyed(self, sentence: str) -> None:
        """There is nothing to train on, as a sentence says."""
        self._forget()
        self._say(self._warnings, sentence)

    def _offer_methods(self, proposed: Method, chosen: Method | None) -> None:
        self.method.clear()
        for method, name in method_names().items():
            words = self.tr("{name}: proposed").format(name=name) if method == proposed else name
            self.method.addItem(words, method)
        self.method.setCurrentIndex(self.method.findData(chosen or proposed))
        self._explain()

    def _explain(self) -> None:
        survey, method = self._survey, self.chosen_method
        if survey is None or method is None:
            self._say(self._reason, "")
        else:
            is_proposed = method == survey.method
            self._say(self._reason, survey.reason if is_proposed else method_words(method))

    def _of_mistakes(self, survey: Survey) -> str:
        count = len(survey.confusions)
        if len(survey.concepts) < 2:
            return self.tr("Choose two collections or more to see which of them are confused.")
        if not count:
            return self.tr("The model tells all photos of these collections apart already.")
        if count == 1:
            return self.tr("1 photo is taken for another collection's:")
        return self.tr(
            "{count} photos are taken for another collection's, the clearest first:"
        ).format(count=count)

    def _tile(self, one: TakenFor) -> Tile | None:
        photo = self._photo_of(one.path)
        words = self.tr("{concept}, taken for {other}")
        words = words.format(concept=one.concept, other=one.taken_for)
        return None if photo is None else Tile(photo, words)

    def _forget(self) -> None:
        """Nothing is known of what is chosen now."""
        self.train.setEnabled(False)
        self.strip.show_tiles(())
        self._say(self._mistakes, "")

    def _change(self) -> None:
        self.concepts.show_survey({})
        self.changed.emit()

    def _want(self) -> None:
        method = self.chosen_method
        if method is not None:
            self.wanted.emit(Wish(self.concepts.chosen, method))

    def _say(self, label: QLabel, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))

    def _quiet(self) -> QLabel:
        label = QLabel(wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        return label

    def _arrange(self) -> None:
        self._nothing = self._quiet()
        self._nothing.setText(
            self.tr(
                "There are no collections yet. Select photos of one thing, such as your dog or "
                "your boat, and put them into a collection (Ctrl+K); with about ten photos the "
                "model can learn what it looks like."
            )
        )
        intro = self._quiet()
        intro.setText(
            self.tr(
                "The model learns to find what your collections show. Nothing changes before you "
                "have seen what gets better and what gets worse, and you can always go back."
            )
        )
        how = QHBoxLayout()
        how.addWidget(self.method)
        how.addStretch(1)
        how.addWidget(self.train)
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(intro)
        inner.addWidget(self.concepts)
        inner.addWidget(self._warnings)
        inner.addWidget(heading(self.tr("How it learns")))
        inner.addLayout(how)
        inner.addWidget(self._reason)
        inner.addWidget(heading(self.tr("What the model confuses today")))
        inner.addWidget(self._mistakes)
        inner.addWidget(self.strip)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 6, 14, 12)
        rows.addWidget(self._nothing)
        rows.addWidget(self._body)
        rows.addStretch(1)
