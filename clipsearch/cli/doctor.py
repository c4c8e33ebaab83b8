"""``clipsearch doctor``: what is installed, what works, what is wrong and how to mend it."""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import typer

from clipsearch import __version__
from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, library_root
from clipsearch.cli.output import AsJson
from clipsearch.core.formats import OPTIONAL_READERS
from clipsearch.core.library import Library, load_encoder
from clipsearch.errors import ClipSearchError, InputError
from clipsearch.settings import Settings, cache_folder, load_settings, settings_file

_PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "torchvision",
    "open_clip_torch",
    "timm",
    "lancedb",
    "pillow",
    "pillow-heif",
)
_QT_PROBE = (
    "from PySide6.QtGui import QGuiApplication; "
    "import sys; sys.stdout.write(QGuiApplication([]).platformName())"
)
_QT_PROBE_SECONDS = 30


def doctor(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    """Check the installation: versions, devices, Qt platform, writable folders."""
    problems: list[str] = []
    root = library_root(context, library)
    document: dict[str, Any] = {
        "clipsearch": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": _versions(problems),
        "formats": optional_formats(),
        "devices": _devices(problems),
        "model": _starter(problems, _settings(problems)),
        "qt_platform": _qt_platform(problems),
        "folders": _folders(root, problems),
        "library": _library(root, problems),
        "problems": problems,
    }
    if output.wants_json(context, as_json):
        output.print_json(document)
        return
    for name, value in document.items():
        if isinstance(value, dict):
            output.print_line(f"{name}:")
            for key, entry in value.items():
                output.print_line(f"  {key}: {entry}")
        elif name != "problems":
            output.print_line(f"{name}: {value}")
    output.print_line("\n".join(f"PROBLEM: {p}" for p in problems) or "Everything is in order.")


def _versions(problems: list[str]) -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "missing"
            problems.append(f"The package {package} is missing: install clipsearch again.")
    return versions


def optional_formats() -> dict[str, str]:
    """Tell which formats that not everybody needs are there; a missing one is no problem."""
    found = {}
    for name, reader in OPTIONAL_READERS.items():
        try:
            version = importlib.metadata.version(reader.package)
        except importlib.metadata.PackageNotFoundError:
            found[name] = f'not installed: pip install "clipsearch[{reader.extra}]"'
        else:
            found[name] = f"{reader.package} {version}"
    return found


def _devices(problems: list[str]) -> dict[str, str]:
    try:
        import torch
        import torchvision  # noqa: F401 (a pair that does not match fails here)
    except (ImportError, RuntimeError, OSError) as error:
        problems.append(
            f"torch or torchvision does not load ({error}): install both again from the same index."
        )
        return {}
    devices = {"cpu": f"{torch.get_num_threads()} threads"}
    for index in range(torch.cuda.device_count()):
        devices[f"cuda:{index}"] = torch.cuda.get_device_name(index)
    if torch.backends.mps.is_available():
        devices["mps"] = "Apple GPU"
    for index in range(torch.xpu.device_count() if torch.xpu.is_available() else 0):
        devices[f"xpu:{index}"] = torch.xpu.get_device_name(index)
    return devices


def _settings(problems: list[str]) -> Settings:
    try:
        return load_settings()
    except InputError as error:
        problems.append(str(error))
        return Settings()


def _library(root: Path, problems: list[str]) -> str:
    if not root.exists():
        return "none yet"
    library = Library(root, Settings())
    try:
        state = library.info()
    except ClipSearchError as error:
        problems.append(str(error))
        return "not usable"
    finally:
        library.close()
    if state.index_state not in {"empty", "ready"}:
        problems.append(
            f"The index of the library {root} is {state.index_state}: "
            "run 'clipsearch index' without a folder."
        )
    return f"{state.photos} photos, index {state.index_state}"


def _starter(problems: list[str], settings: Settings) -> str:
    try:
        encoder = load_encoder("starter", settings)
        encoder.encode_texts(["a photo"])
    # The doctor is asked when something is missing: whatever stands in the way is the answer.
    except (ClipSearchError, ImportError, RuntimeError, OSError) as error:
        problems.append(f"The starter model does not work: {error}")
        return "not usable"
    return f"starter on {encoder.device}, {encoder.precision}, {encoder.dimension} dimensions"


def _qt_platform(problems: list[str]) -> str:
    if sys.platform == "linux" and not _has_display():
        return "none: neither DISPLAY nor WAYLAND_DISPLAY is set; the command line works"
    if getattr(sys, "frozen", False):
        return "bundled"
    # In a process of its own: Qt aborts the process when no platform plug-in loads.
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _QT_PROBE],
            capture_output=True,
            text=True,
            timeout=_QT_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problems.append("Opening a window takes longer than 30 s: check the display.")
        return "not answering"
    if probe.returncode == 0:
        return probe.stdout
    hint = ""
    if sys.platform == "linux":
        hint = (
            " On Debian and Ubuntu: apt install libegl1 libxcb-cursor0 libxcb-icccm4 "
            "libxcb-keysyms1 libxkbcommon-x11-0."
        )
    reason = next((line for line in probe.stderr.splitlines() if line.strip()), "no reason given")
    problems.append(f"No window can be opened: {reason}.{hint}")
    return "not usable"


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _folders(library: Path, problems: list[str]) -> dict[str, str]:
    folders = {"library": library, "settings": settings_file(), "cache": cache_folder()}
    for name, folder in folders.items():
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not os.access(existing, os.W_OK):
            problems.append(f"The {name} folder {folder} may not be written: mend its permissions.")
    return {name: str(folder) for name, folder in folders.items()}
