"""What programs do to a photo that stays the same photo, and what makes it another one."""

from collections.abc import Callable
from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

Change = Callable[[Image.Image], Image.Image]


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    """Through a JPEG."""
    stored = BytesIO()
    image.save(stored, "JPEG", quality=quality)
    with Image.open(stored) as read:
        return read.convert("RGB")


def resized(image: Image.Image, scale: float) -> Image.Image:
    """To a share of its edges."""
    return image.resize((round(image.width * scale), round(image.height * scale)))


def cropped(
    image: Image.Image, left: float, top: float, right: float, bottom: float
) -> Image.Image:
    """Shares of its edges cut off."""
    w, h = image.size
    return image.crop(
        (round(w * left), round(h * top), round(w * (1 - right)), round(h * (1 - bottom)))
    )


def marked(image: Image.Image) -> Image.Image:
    """With a small watermark in a corner."""
    copy = image.copy()
    size = max(8, image.height // 25)
    draw = ImageDraw.Draw(copy)
    draw.text((image.width * 0.78, image.height * 0.93), "(c) me", "white", font_size=size)
    return copy


def bordered(image: Image.Image) -> Image.Image:
    """With a white border of a twentieth of its long edge."""
    return ImageOps.expand(image, max(image.size) // 20, "white")


def lit(image: Image.Image, brightness: float) -> Image.Image:
    """Brighter or darker."""
    return ImageEnhance.Brightness(image).enhance(brightness)


SAME: dict[str, Change] = {
    "quality 95": partial(recompressed, quality=95),
    "quality 75": partial(recompressed, quality=75),
    "quality 50": partial(recompressed, quality=50),
    "quality 30": partial(recompressed, quality=30),
    "half": partial(resized, scale=0.5),
    "quarter": lambda image: recompressed(resized(image, 0.25), 80),
    "cropped to 98 %": partial(cropped, left=0.01, top=0.01, right=0.01, bottom=0.01),
    "cropped to 95 %": partial(cropped, left=0.025, top=0.025, right=0.025, bottom=0.025),
    "cropped to 90 %": partial(cropped, left=0.05, top=0.05, right=0.05, bottom=0.05),
    "cropped to 90 % at a corner": partial(cropped, left=0.1, top=0, right=0, bottom=0.1),
    "squashed": lambda image: recompressed(image.resize((224, 224)), 90),
    "brighter by 15 %": partial(lit, brightness=1.15),
    "darker by 15 %": partial(lit, brightness=0.85),
    "bordered": bordered,
    "marked": marked,
    "grey": lambda image: image.convert("L").convert("RGB"),
}
"""Changes that leave it the same photo."""

OTHER: dict[str, Change] = {
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
}
"""Changes that make it another one, however close their embeddings are."""
