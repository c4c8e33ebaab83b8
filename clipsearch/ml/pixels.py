"""Pictures as the model gets them: open_clip's own preprocessing, its last step on the device.

What waits for the model is a quarter of the size that way, and so is what goes over to a GPU.
"""

from collections.abc import Sequence
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
        self._fast_size = _fast_size(self._steps)
        self._mean: list[float] = list(normalise.mean)
        self._std: list[float] = list(normalise.std)

    def __call__(self, image: "Image.Image") -> Pixels:
        """Scale and crop an RGB picture to the model's size: ``(H, W, 3) uint8``."""
        if self._fast_size is not None:
            return self._scaled_fast(image, *self._fast_size)
        for step in self._steps:
            image = step(image)
        return np.array(image)

    def _scaled_fast(self, image: "Image.Image", height: int, width: int) -> Pixels:
        """Scale by torch's vector instructions, which round a few bytes in a hundred otherwise.

        Pillow's scaling takes three times as long, and as long as the decoding of a small JPEG.
        """
        import torch
        from torchvision.transforms.v2 import functional

        resize = self._steps[0]
        channels = torch.from_numpy(np.array(image)).permute(2, 0, 1)
        scaled = functional.resize(channels, resize.size, resize.interpolation, antialias=True)
        # By NumPy: torch would share so small a copy among threads, which costs more than it does.
        whole = scaled.permute(1, 2, 0).numpy()
        top, left = round((whole.shape[0] - height) / 2), round((whole.shape[1] - width) / 2)
        return np.ascontiguousarray(whole[top : top + height, left : left + width])

    def normalised(self, pixels: "Tensor") -> "Tensor":
        """``(N, H, W, 3) uint8`` → ``(N, 3, H, W) float32`` where they lie, channels last."""
        import torch

        # The transform's three passes in one, over whole lines: a third of the time, and the same
        # to the last two bits.
        count, height, width, channels = pixels.shape
        lines = pixels.reshape(count, height, width * channels).float()
        mean, std = (lines.new_tensor(row) for row in (self._mean, self._std))
        scale, offset = (1 / (255 * std)).repeat(width), (-mean / std).repeat(width)
        numbers = torch.addcmul(offset, lines, scale)
        return numbers.view(count, height, width, channels).permute(0, 3, 1, 2)


def _fast_size(steps: list[Any]) -> tuple[int, int] | None:
    """Height and width of the result, if this processor has a fast way to it."""
    import torch
    from torchvision.transforms import CenterCrop, InterpolationMode, Resize

    kinds = (InterpolationMode.BICUBIC, InterpolationMode.BILINEAR)
    resize = steps[0]
    is_plain = type(resize) is Resize and resize.interpolation in kinds and resize.max_size is None
    if not is_plain or torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        return None
    # One number is the short edge's: what is too much of the long one is cut off then.
    size = steps[1].size if type(steps[1]) is CenterCrop else resize.size
    return (size[0], size[1]) if isinstance(size, Sequence) and len(size) == 2 else None
