"""What Pillow keeps for the whole process; every function may race with itself in threads."""

import re
import warnings

from PIL import Image

_PILLOW_WARNINGS = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


def silence_warnings() -> None:
    """Let Pillow's metadata warnings pass: they do not concern the picture."""
    # `warnings.catch_warnings` would swap the process's filters under other threads; one filter
    # in front, put back if somebody else replaced the list, is seen by all of them.
    if warnings.filters[:1] != [_PILLOW_WARNINGS]:
        warnings.filterwarnings("ignore", module=r"PIL\.")


def allow_pixels(max_pixels: int) -> None:
    """Raise Pillow's own limit where the caller allows more.

    Pillow refuses above twice its number, also where only it knows the size (TIFF tiles). The
    limit only ever rises; the decoder holds each picture to its own.
    """
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > Image.MAX_IMAGE_PIXELS * 2:
        Image.MAX_IMAGE_PIXELS = -(-max_pixels // 2)


def load_heif_reader() -> None:
    """Register the HEIF reader; loaded for the first such file only."""
    # Registering again changes nothing.
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
