"""Asks how a tag is to be described: synonyms, what is above it, how it looks, what it means."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPlainTextEdit, QWidget

from clipsearch.errors import InputError
from clipsearch.gui.popup import Popup

if TYPE_CHECKING:
    from clipsearch.core.tag_vocabulary import Tag, TagVocabulary

_WIDTH = 320
"""Of a field, logical pixels."""
_LINES = 3
"""Of a field that takes several."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("TagPopup", text)


class TagPopup(Popup):
    """Gives the `Tag`, described anew."""

    def __init__(self, tag: "Tag", vocabulary: "TagVocabulary", parent: QWidget) -> None:
        """Show how a tag is described.

        Args:
            tag: In the vocabulary or not.
            vocabulary: All tags that there are: the description must fit to these.
            parent: The window.
        """
        title = _tr("What is \u201c{name}\u201d?").format(name=tag.name)
        super().__init__(title, _tr("&Save"), parent)
        self.setAccessibleName(title)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self._tag = tag
        self._vocabulary = vocabulary
        self.synonyms = _Lines(tag.synonyms)
        self.parents = _Lines(tag.parents)
        self.looks = _Lines(tag.descriptors)
        self.meaning = QLineEdit(tag.context)
        self.arrange(self._form())

    def accept(self) -> None:
        """Give the tag if it fits to the others; else say what does not."""
        tag = replace(
            self._tag,
            synonyms=self.synonyms.texts,
            parents=tuple(map(self._spelled, self.parents.texts)),
            descriptors=self.looks.texts,
            context=self.meaning.text().strip(),
        )
        problem = self._unknown(tag) or self._misfit(tag)
        if problem:
            self.say(problem)
        else:
            self.give(tag)

    def _spelled(self, name: str) -> str:
        """A name as the vocabulary spells it."""
        key = name.casefold()
        known = (one.name for one in self._vocabulary.entries if one.name.casefold() == key)
        return next(known, name)

    def _unknown(self, tag: "Tag") -> str:
        """A typing error must not make a tag: what is above this one is there already."""
        for name in tag.parents:
            if name not in self._vocabulary:
                words = _tr("There is no tag \u201c{name}\u201d to be above this one.")
                names = [one.name for one in self._vocabulary.entries]
                like = get_close_matches(name, names, n=1)
                more = _tr("Is \u201c{like}\u201d meant?").format(like=like[0]) if like else ""
                return f"{words.format(name=name)} {more}".strip()
        return ""

    def _misfit(self, tag: "Tag") -> str:
        from clipsearch.core.tag_file import with_tag  # Not before the first paint.

        try:
            with_tag(self._vocabulary, tag, _tr("the vocabulary"))
        except InputError as error:
            return str(error)
        return ""

    def _form(self) -> QWidget:
        question = QWidget()
        form = QFormLayout(question)
        form.setContentsMargins(0, 0, 0, 0)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        for field, title, tip in (
            (self.synonyms, _tr("A&lso called"), _tr("Words that mean the same, one a line")),
            (self.parents, _tr("&Is a"), _tr("Tags that a photo of it has too, one a line")),
            (self.looks, _tr("Loo&ks like"), _tr("What can be seen of it, one a line")),
            (self.meaning, _tr("&Means"), _tr("Instead of a name that means several things")),
        ):
            field.setFixedWidth(_WIDTH)
            field.setPlaceholderText(tip)
            field.setToolTip(tip)
            field.setAccessibleName(title.replace("&", ""))
            field.setAccessibleDescription(tip)
            label = QLabel(title)
            label.setToolTip(tip)
            label.setBuddy(field)
            form.addRow(label, field)
        question.setFocusProxy(self.synonyms)
        return question


class _Lines(QPlainTextEdit):
    """Takes texts, one a line."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__("\n".join(texts))
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        margins = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        self.setFixedHeight(_LINES * self.fontMetrics().lineSpacing() + margins)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is written, each once, without blanks around it."""
        lines = (line.strip() for line in self.toPlainText().splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))
