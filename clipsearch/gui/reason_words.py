"""Why a tag is suggested, in a few words."""

from PySide6.QtCore import QCoreApplication

from clipsearch.gui.label_contracts import SuggestionReason
from clipsearch.gui.photo_labels import photos_words


def reason_words(reason: SuggestionReason) -> str:
    """What a tip or the line below the wall of a review says."""
    if reason.via:
        words = QCoreApplication.translate("Reason", "since \u201c{what}\u201d is suggested")
        return words.format(what=reason.via)
    if reason.learned_from:
        words = QCoreApplication.translate("Reason", "learned from {photos}")
        return words.format(photos=photos_words(reason.learned_from))
    words = QCoreApplication.translate("Reason", "fits \u201c{what}\u201d")
    return words.format(what=reason.text)
