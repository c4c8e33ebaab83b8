"""Finds the files that ship with clipsearch, in a checkout, a wheel or a frozen app."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(name: str) -> Path:
    """Return the path of a shipped file or folder.

    Args:
        name: Path below ``resources/``, with forward slashes.

    Raises:
        FileNotFoundError: Nothing of that name ships; the installation is incomplete.
    """
    # A wheel maps resources/ into the package; a checkout has it beside the package.
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"clipsearch is not completely installed: resources/{name} is missing")
