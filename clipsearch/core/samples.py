"""Sample photos to try clipsearch on: the photographs that ship inside scikit-image."""

import errno
import importlib.util
from pathlib import Path

from clipsearch.core.files import write_whole
from clipsearch.errors import DiskFull, InputError, LibraryReadOnly

# Photographs only: its drawings, charts, scans and microscope pictures would teach nobody what
# photo search is like. All of them are inside the wheel; nothing is downloaded.
_PHOTOGRAPHS = {
    "astronaut.png": "astronaut portrait.png",
    "brick.png": "brick wall.png",
    "camera.png": "cameraman.png",
    "chelsea.png": "chelsea the cat.png",
    "coffee.png": "cup of coffee.png",
    "coins.png": "roman coins.png",
    "grass.png": "grass.png",
    "gravel.png": "gravel.png",
    "hubble_deep_field.jpg": "hubble deep field.jpg",
    "moon.png": "surface of the moon.png",
    "motorcycle_left.png": "motorcycle in a workshop.png",
    "rocket.jpg": "rocket on the launch pad.jpg",
}
_NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_INSTALL = 'pip install "clipsearch[samples]"'


def copy_samples(folder: Path) -> Path:
    """Copy the sample photos into a folder; those that are there already are left alone.

    Args:
        folder: Created where needed.

    Returns:
        The folder.

    Raises:
        InputError: scikit-image is not installed, or holds none of the photos.
        LibraryReadOnly, DiskFull: The folder cannot be written.
    """
    source = _bundled()
    photographs = {
        source / bundled: folder / name
        for bundled, name in _PHOTOGRAPHS.items()
        if (source / bundled).is_file()
    }
    if not photographs:
        raise InputError(
            f"The installed scikit-image holds no sample photos: reinstall it with {_INSTALL}."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for original, copy in photographs.items():
            if not _is_copied(original, copy):
                write_whole(copy, original.read_bytes())
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise DiskFull(f"There is no space for the sample photos in {folder}.") from error
        raise LibraryReadOnly(
            f"The sample photos cannot be written to {folder} ({error.strerror or error})."
        ) from error
    return folder


def _bundled() -> Path:
    # Finding the package does not import it, which would take a second.
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"The sample photos come with scikit-image: install it with {_INSTALL}.")
    return Path(spec.submodule_search_locations[0]) / "data"


def _is_copied(original: Path, copy: Path) -> bool:
    return copy.is_file() and copy.stat().st_size == original.stat().st_size
