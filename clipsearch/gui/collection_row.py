"""A collection in the inspector: its name, and what is said of the chosen photos there."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from clipsearch.gui.caption_field import CaptionField
from clipsearch.gui.flow_layout import FlowLayout
from clipsearch.gui.tag_chips import NameChip
from clipsearch.gui.work import number


@dataclass(frozen=True, slots=True)
class Membership:
    """Which of the chosen photos are in a collection that is made by hand."""

    name: str
    contents: tuple[str, ...]
    """Of those that are in it, one at least."""
    caption: str | None
    """What is said of them there; ``None`` if that differs."""


class CollectionRow(QWidget):
    """Shows one `Membership`, of one collection after the other. GUI thread only."""

    chosen = Signal()
    """Show the collection."""
    removed = Signal()
    """Take the photos out of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show none yet."""
        super().__init__(parent)
        self.membership: Membership | None = None
        self.chip = NameChip()
        self.chip.body.clicked.connect(self.chosen)
        self.chip.removed.connect(self.removed)
        self.count = QLabel()
        self.count.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.field = CaptionField()
        head = QWidget()
        flow = FlowLayout(head)
        flow.addWidget(self.chip)
        flow.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(head)
        column.addWidget(self.field)
        self.hide()

    def show_membership(self, membership: Membership | None, of: int, note: str = "") -> None:
        """Show a collection; what was written of another one is kept first.

        Args:
            membership: ``None`` hides the row.
            of: How many photos are chosen.
            note: What the user says of the collection.
        """
        if _subject(membership) != _subject(self.membership):
            self.field.save()
        self.membership = membership
        self.setVisible(membership is not None)
        if membership is None:
            self.field.show_kept("")
            return
        name, count = membership.name, len(membership.contents)
        tip = self.tr("Show this collection")
        self.chip.show_name(
            name,
            "\n".join(words for words in (tip, note) if words),
            self.tr("Take out of \u201c{name}\u201d").format(name=name),
        )
        some = self.tr("{count} of {all} photos").format(count=number(count), all=number(of))
        self.count.setText(some)
        self.count.setVisible(count < of)
        self.field.setAccessibleName(self.tr("Caption in \u201c{name}\u201d").format(name=name))
        self.field.setPlaceholderText(self._invitation(membership))
        self.field.show_kept(membership.caption)

    def doubt(self, before: Membership) -> None:
        """The caption written last was not kept; it stays in the field, to be tried again."""
        if _subject(before) == _subject(self.membership):
            self.membership = before
            self.field.doubt(before.caption)

    def _invitation(self, membership: Membership) -> str:
        count = len(membership.contents)
        if membership.caption is None:
            words = self.tr("{count} photos, different captions…")
        elif count > 1:
            words = self.tr("Add a caption to {count} photos…")
        else:
            words = self.tr("Add a caption…")
        return words.format(count=number(count))


def _subject(membership: Membership | None) -> tuple[object, ...]:
    return (membership.name, membership.contents) if membership is not None else ()
