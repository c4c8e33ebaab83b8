"""Light and dark: the platform's own palette where it has one, else Fusion with ours."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

Theme = Literal["system", "light", "dark"]

_Role = QPalette.ColorRole

_DARK = {
    _Role.Window: "#1f2023",
    _Role.WindowText: "#e8e8ea",
    _Role.Base: "#18191b",
    _Role.AlternateBase: "#26272b",
    _Role.ToolTipBase: "#2e2f34",
    _Role.ToolTipText: "#e8e8ea",
    _Role.PlaceholderText: "#9a9ca3",
    _Role.Text: "#e8e8ea",
    _Role.Button: "#2e2f34",
    _Role.ButtonText: "#e8e8ea",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#45474e",
    _Role.Midlight: "#393b41",
    _Role.Mid: "#3a3c42",
    _Role.Dark: "#141517",
    _Role.Shadow: "#000000",
    _Role.Highlight: "#4a8df8",
    _Role.HighlightedText: "#ffffff",
    _Role.Link: "#7fb0ff",
    _Role.LinkVisited: "#b79cff",
}
_LIGHT = {
    _Role.Window: "#f4f4f5",
    _Role.WindowText: "#1c1d1f",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#ededef",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1c1d1f",
    _Role.PlaceholderText: "#6a6c73",
    _Role.Text: "#1c1d1f",
    _Role.Button: "#ececee",
    _Role.ButtonText: "#1c1d1f",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#ffffff",
    _Role.Midlight: "#e4e4e7",
    _Role.Mid: "#c9c9cd",
    _Role.Dark: "#a2a3a8",
    _Role.Shadow: "#6f7075",
    _Role.Highlight: "#2f6fe0",
    _Role.HighlightedText: "#ffffff",
    _Role.Link: "#1f5fd0",
    _Role.LinkVisited: "#6a3fc0",
}
_FADED = (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText)


def _palette(colours: dict[QPalette.ColorRole, str]) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in _FADED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours[_Role.PlaceholderText]))
    return palette


def is_dark(palette: QPalette) -> bool:
    """Whether the text of a palette is lighter than its ground."""
    return palette.text().color().lightness() > palette.base().color().lightness()


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Colour all windows; ``system`` follows the platform, and its changes, where it has any.

    A platform that knows no colour scheme (X11 without a desktop, the offscreen platform) gets
    the Fusion style with palettes of our own.
    """
    schemes = {
        "system": Qt.ColorScheme.Unknown,
        "light": Qt.ColorScheme.Light,
        "dark": Qt.ColorScheme.Dark,
    }
    hints = app.styleHints()
    hints.setColorScheme(schemes[theme])
    app.setPalette(QPalette())
    # Unknown even after the request: the platform has no say, so nobody else chose the colours.
    platform_has_say = hints.colorScheme() != Qt.ColorScheme.Unknown
    if platform_has_say and (theme == "system" or is_dark(app.palette()) == (theme == "dark")):
        return
    app.setStyle("Fusion")
    app.setPalette(_palette(_DARK if theme == "dark" else _LIGHT))
