"""Text on machines without any font, such as a bare container."""

import logging

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

log = logging.getLogger(__name__)


def ensure_font(app: QApplication) -> None:
    """Use the font that Pillow carries (Aileron, CC0, basic Latin) if the system has none."""
    # Without fonts fontconfig still lists families, such as "Sans Serif"; none has a file.
    if QFontInfo(app.font()).family():
        return
    from PIL import ImageFont

    font = ImageFont.load_default(12)
    data = getattr(font, "font_bytes", b"")
    number = QFontDatabase.addApplicationFontFromData(QByteArray(data))
    families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    if families:
        app.setFont(QFont(families[0], app.font().pointSize()))
        log.warning("The system has no fonts; install one, for example fonts-dejavu-core.")
    else:
        log.warning("The system has no fonts: text is missing until one is installed.")
