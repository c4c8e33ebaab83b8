"""Random views of photos for training, ahead of the model's own preprocess."""

import random
from dataclasses import dataclass

from PIL import Image, ImageEnhance, ImageOps


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """How far a view may stray from its photo."""

    area: tuple[float, float] = (0.35, 1.0)
    """Share of the photo's area that is cut out."""
    aspect: tuple[float, float] = (0.75, 1.33)
    """Factor on the aspect ratio of the cut."""
    mirror: float = 0.5
    """Probability of exchanging left and right."""
    light: float = 0.2
    """Brightness, contrast and saturation change by a factor of up to 1 ± this."""
    grey: float = 0.05
    """Probability of taking the colours away."""

    def __call__(self, photo: Image.Image, rng: random.Random) -> Image.Image:
        """Make one view of an RGB photo; equal seeds give equal views."""
        view = photo.crop(self._box(photo.width, photo.height, rng))
        if rng.random() < self.mirror:
            view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.light:
            for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
                view = enhance(view).enhance(rng.uniform(1 - self.light, 1 + self.light))
        if rng.random() < self.grey:
            view = ImageOps.grayscale(view).convert("RGB")
        return view

    def _box(self, width: int, height: int, rng: random.Random) -> tuple[int, int, int, int]:
        """A random rectangle within the photo: left, upper, right, lower, in pixels."""
        area, aspect = rng.uniform(*self.area), rng.uniform(*self.aspect)
        across = min(width, max(1, round(width * (area * aspect) ** 0.5)))
        down = min(height, max(1, round(height * (area / aspect) ** 0.5)))
        left, upper = rng.randint(0, width - across), rng.randint(0, height - down)
        return left, upper, left + across, upper + down
