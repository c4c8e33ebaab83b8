"""Captioned pictures from a CSV or a tar, to measure retrieval with."""

import csv
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from clipsearch.core.imaging import decode, decode_picture
from clipsearch.errors import ImageError, InputError

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
# What tarfile and csv raise for damaged files; the last two for compressed ones.
_UNREADABLE = (
    tarfile.TarError,
    csv.Error,
    UnicodeDecodeError,
    EOFError,
    OSError,
    lzma.LZMAError,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """A picture and what people wrote about it."""

    name: str
    image: Image.Image
    captions: tuple[str, ...]


def read_captions(file: Path) -> Iterator[CaptionedImage]:
    """Read pictures with their captions, one after the other.

    Args:
        file: A CSV with a header ``image,caption``, a line a caption, paths relative to the CSV;
            or a tar of ``KEY.jpg`` and ``KEY.txt``, a line a caption.

    Raises:
        InputError: The file is neither, or a picture in it is missing or cannot be read.
    """
    if file.is_dir():
        raise InputError(f"{file} is a folder: name a captions file, a CSV or a tar.")
    if not file.is_file():
        raise InputError(f"There is no captions file {file}: check its name.")
    try:
        yield from _read_tar(file) if tarfile.is_tarfile(file) else _read_csv(file)
    except _UNREADABLE as error:
        raise InputError(f"The captions file {file} cannot be read: {error}.") from error
    except ImageError as error:
        raise InputError(f"In the captions file {file}: {error}") from error


def _read_csv(file: Path) -> Iterator[CaptionedImage]:
    captions: dict[str, list[str]] = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if not {"image", "caption"} <= set(reader.fieldnames or ()):
            raise InputError(f"{file} is neither a tar nor a CSV with the header 'image,caption'.")
        for row in reader:
            if not row["image"] or not (row["caption"] or "").strip():
                raise InputError(
                    f"{file}, line {reader.line_num}: a line needs a picture and a caption."
                )
            captions.setdefault(row["image"], []).append(row["caption"].strip())
    for name, texts in captions.items():
        yield CaptionedImage(name, decode(file.parent / name), tuple(texts))


def _read_tar(file: Path) -> Iterator[CaptionedImage]:
    with tarfile.open(file) as tar:
        # Read where they lie: nothing is ever unpacked to the disk.
        members = {member.name: member for member in tar if member.isfile()}
        for name, member in sorted(members.items()):
            path = PurePosixPath(name)
            if path.suffix.lower() not in _PICTURES:
                continue
            text = members.get(str(path.with_suffix(".txt")))
            if text is None:
                raise InputError(f"{file} has no captions for {name}.")
            lines = _bytes(tar, text).decode("utf-8").splitlines()
            captions = tuple(line.strip() for line in lines if line.strip())
            if not captions:
                raise InputError(f"{file}: {text.name} holds no caption.")
            picture = decode_picture(_bytes(tar, member), path=Path(name))
            yield CaptionedImage(name, picture.image, captions)


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    return content.read() if content else b""
