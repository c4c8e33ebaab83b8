"""Makes sure that a photo into which words were written is the photo that it was."""

from dataclasses import replace
from pathlib import Path

from clipsearch.core.embedded import find_blocks
from clipsearch.core.imaging import decode_picture
from clipsearch.core.metadata import read_metadata
from clipsearch.core.types import Metadata
from clipsearch.core.xmp_editing import BLANK


class NotTheSame(Exception):
    """The written file is not what it should be; the reason in plain words."""


def require_same_photo(
    before: bytes, after: bytes, packet: bytes, path: Path, *, max_pixels: int
) -> None:
    """Compare a photo with the copy of it into which an XMP packet was written.

    Args:
        before: The whole file as it was.
        after: The whole copy.
        packet: What was written.
        path: Of the photo.
        max_pixels: Larger pictures are refused.

    Raises:
        NotTheSame: The packet is not in the copy, a pixel differs, or something of what the file
            says besides keywords and rating.
        ImageError: One of both cannot be decoded.
    """
    old, new = find_blocks(before), find_blocks(after)
    if _body(new.xmp) != _body(packet) or new.extensions:
        raise NotTheSame("the words were not found in the written copy")
    if old.iptc != new.iptc or _facts(before) != _facts(after):
        raise NotTheSame("the written copy has lost something that the photo said")
    pictures = [
        decode_picture(data, max_pixels=max_pixels, path=path).image for data in (before, after)
    ]
    if pictures[0].size != pictures[1].size or pictures[0].tobytes() != pictures[1].tobytes():
        raise NotTheSame("the written copy shows other pixels")


def _body(packet: bytes) -> bytes:
    # ExifTool marks packets as read-only where a program without an XMP library could break them.
    return packet.strip(BLANK).replace(b'<?xpacket end="r"?>', b'<?xpacket end="w"?>')


def _facts(data: bytes) -> Metadata:
    return replace(read_metadata(data), keywords=(), rating=None)
