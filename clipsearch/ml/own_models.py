"""The models folder: what was imported or downloaded, one folder a model.

Each holds ``open_clip_config.json`` and weights, as open_clip itself writes a model, or what
`clipsearch.ml.tuned_models` says. A folder is
made beside its place and moved there in one step, so a kill, a cancel or a full disk leaves no
half model; names that start with a dot are unfinished work, which the next change sweeps up.
"""

import errno
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from clipsearch.errors import DiskFull, ModelError, UnknownModel
from clipsearch.settings import data_folder

# A colon cannot stand in a file's name on Windows, and an "@" in no name that a user gives.
_TAG_MARK = "@"
_NAME = re.compile(r"\w[\w.-]*")
_LONGEST_NAME = 100  # bytes; file systems take 255
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows
_LICENCE_FILE = "licence.txt"
_SPARE_BYTES = 64 << 20  # left free on the disk
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def models_folder() -> Path:
    """Where the models lie; it need not exist."""
    return data_folder() / "models"


def names() -> list[str]:
    """Names of the models that are there, in order."""
    try:
        found = [path for path in models_folder().iterdir() if path.is_dir()]
    except OSError:
        return []
    return sorted(name_of(folder) for folder in found if not folder.name.startswith("."))


def find(name: str) -> Path | None:
    """The folder of a model, if it is there.

    Args:
        name: As the user gave it, or ``ARCHITECTURE:TAG``.
    """
    # By the list: "..", a path or another spelling is not the name of a model.
    wanted = normalised(name)
    return folder_of(wanted) if wanted in names() else None


def normalised(name: str) -> str:
    """The one spelling of a name: an accented letter can be one character or two."""
    return unicodedata.normalize("NFC", name)


def name_of(folder: Path) -> str:
    """What the model in a folder of the models folder is called."""
    return folder.name.replace(_TAG_MARK, ":")


def folder_of(name: str) -> Path:
    """Where a model lies, or would lie."""
    return models_folder() / name.replace(":", _TAG_MARK)


def partial_file(name: str, checksum: str) -> Path:
    """Where the unfinished download of a model's weights lies."""
    # With the checksum: what was fetched of other weights is of no use for these.
    return models_folder() / f".{folder_of(name).name}.{checksum[:16]}.part"


def checked_name(name: str) -> str:
    """A name for a model of the user's own, in the one spelling under which it is kept.

    Raises:
        ModelError: It cannot be a folder's name everywhere, or another model has it.
    """
    import open_clip

    name = normalised(name)
    is_long = len(name.encode("utf-8", "replace")) > _LONGEST_NAME
    if is_long or not _NAME.fullmatch(name) or name.endswith(".") or _RESERVED.fullmatch(name):
        raise ModelError(
            f"'{name}' cannot be the name of a model: give one of letters, digits, '.', '_' "
            "and '-' (on the command line with --name)."
        )
    if name.casefold() in {taken.casefold() for taken in ["starter", *open_clip.list_models()]}:
        raise ModelError(
            f"'{name}' is the name of a model that clipsearch knows: give another (on the command "
            "line with --name)."
        )
    require_new(name)
    return name


def require_new(name: str) -> None:
    """Make sure that a name is free.

    Raises:
        ModelError: A model has it.
    """
    # Without regard to case: on Windows and macOS it is the same folder.
    taken = next((other for other in names() if other.casefold() == name.casefold()), None)
    if taken is not None:
        raise ModelError(
            f"There is a model '{taken}' already: choose another name (on the command line with "
            "--name), or remove that one first."
        )


@contextmanager
def changing() -> Iterator[None]:
    """Hold the models folder; a dead process holds nothing.

    Raises:
        ModelError: Another process holds it, or it cannot be written.
        DiskFull: No space left.
    """
    with disk_faults():
        models_folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(models_folder() / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise ModelError(
                "Another clipsearch is adding or removing a model: wait until it is done."
            ) from error
    try:
        for left_over in models_folder().glob(".*.tmp"):  # Of a process that was killed.
            shutil.rmtree(left_over, ignore_errors=True)
        yield
    finally:
        lock.release()


@contextmanager
def new_model(name: str) -> Iterator[Path]:
    """A folder to fill, which becomes the model's own when the block ends well.

    Within `changing`.

    Raises:
        ModelError: A model has this name, or the folder cannot be written.
        DiskFull: No space left.
    """
    require_new(name)
    with disk_faults():
        staging = Path(tempfile.mkdtemp(prefix=".", suffix=".tmp", dir=models_folder()))
    try:
        yield staging
        with disk_faults():
            staging.rename(folder_of(name))
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def remove(name: str) -> Path:
    """Delete a model that was imported or downloaded, and what is left of an unfinished download.

    Returns:
        Where it lay.

    Raises:
        UnknownModel: It is none of these.
        ModelError: It cannot be deleted, or another process is changing the folder.
    """
    require_removable(name)
    folder = find(name)
    with changing(), disk_faults():
        for file in _partial_files(name):
            file.unlink()
        if folder is not None:
            # Out of the way in one step: a kill leaves no half model.
            aside = Path(tempfile.mkdtemp(prefix=".", suffix=".tmp", dir=models_folder()))
            folder.rename(aside / folder.name)
            shutil.rmtree(aside)
    return folder_of(name)


def require_removable(name: str) -> None:
    """Make sure that there is something of a model to delete.

    Raises:
        UnknownModel: There is not.
    """
    if find(name) is None and not _partial_files(name):
        raise UnknownModel(
            f"'{name}' was neither imported nor downloaded by clipsearch, so there is nothing "
            "to remove."
        )


def weights_bytes(name: str) -> int:
    """Disk that a model of the folder takes; 0 if it is not there."""
    folder = find(name)
    return _bytes_of(folder.rglob("*")) if folder else 0


def partial_bytes(name: str) -> int:
    """Disk that the unfinished download of a model takes."""
    return _bytes_of(_partial_files(name))


def _bytes_of(files: Iterable[Path]) -> int:
    size = 0
    for file in files:
        with suppress(FileNotFoundError):  # It may go meanwhile.
            size += file.stat().st_size if file.is_file() else 0
    return size


def note_licence(folder: Path, licence: str | None) -> None:
    """Write down under which licence a model was fetched."""
    if licence:
        with disk_faults():
            (folder / _LICENCE_FILE).write_text(licence, encoding="utf-8")


def licence_of(name: str) -> str | None:
    """The licence under which a model was fetched, if that is known."""
    folder = find(name)
    try:
        return (folder / _LICENCE_FILE).read_text(encoding="utf-8") if folder else None
    except (OSError, UnicodeDecodeError):
        return None


def drop_other_partial_files(kept: Path, name: str) -> None:
    """Delete unfinished downloads of a model's earlier weights."""
    for file in _partial_files(name):
        if file != kept:
            file.unlink()


def _partial_files(name: str) -> list[Path]:
    folder = models_folder()
    if not folder.is_dir():
        return []
    start = f".{name.replace(':', _TAG_MARK)}"
    files = (path for path in folder.iterdir() if path.suffix == ".part")
    return [path for path in files if path.stem.rpartition(".")[0] == start]


def require_space(size: int) -> None:
    """Make sure that the disk has room.

    Args:
        size: Bytes that are to be written.

    Raises:
        DiskFull: It has not.
    """
    folder = models_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < size + _SPARE_BYTES:
        raise DiskFull(
            f"The model needs {megabytes(size)} and the disk that holds {folder} has "
            f"{megabytes(free)} free: make space, then try again."
        )


def megabytes(size: int) -> str:
    """A size as the user reads it, ``605 MB``."""
    return f"{size / 1e6:,.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"


@contextmanager
def disk_faults() -> Iterator[None]:
    """Translate what the operating system raises while models are read and written.

    Raises:
        DiskFull: No space left.
        ModelError: Any other fault of the disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"The disk that holds {models_folder()} is full: make space, then try again."
            ) from error
        where = os.fspath(error.filename) if error.filename else models_folder()
        raise ModelError(
            f"{where} cannot be used ({error.strerror or error}): check its permissions."
        ) from error
