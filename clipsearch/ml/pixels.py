"""Pictures as the model gets them: open_clip's own preprocessing, its last step on the device.

What waits for the model is a quarter of the size that way, and so is what goes over to a GPU.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

Pixels = NDArray[np.uint8]
"""Pictures of the model's size: ``(H, W, 3)`` or ``(N, H, W, 3)``, red, green, blue."""


class Preprocess:
    """An evaluation transform of open_clip's, cut in two where the picture becomes numbers."""

    def __init__(self, transform: Any) -> None:
        """Take a transform apart.

        Args:
            transform: From `open_clip.image_transform`: steps on the picture, then bytes to
                numbers from 0 to 1, then the normalisation.
        """
        *self._steps, _, normalise = transform.transforms
        self._mean: list[float] = list(normalise.mean)
        self._std: list[float] = list(normalise.std)

    def __call__(self, image: "Image.Image") -> Pixels:
        """Scale and crop a picture to the model's size: ``(H, W, 3) uint8``."""
        for step in self._steps:
            image = step(image)
        return np.array(image)

    def normalised(self, pixels: "Tensor") -> "Tensor":
        """``(N, H, W, 3) uint8`` → ``(N, 3, H, W) float32`` where they lie, channels last."""
        # The same operations in the same order as the transform's: equal to the last bit.
        numbers = pixels.permute(0, 3, 1, 2).float().div_(255)
        mean, std = (numbers.new_tensor(row).view(1, -1, 1, 1) for row in (self._mean, self._std))
        return numbers.sub_(mean).div_(std)
