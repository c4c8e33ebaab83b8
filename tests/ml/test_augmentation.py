"""Random views of a photo."""

import random

import numpy as np
from PIL import Image

from clipsearch.ml.augmentation import Augmentation

NOISE = np.random.default_rng(3).integers(0, 256, (120, 160, 3), np.uint8)
PHOTO = Image.fromarray(NOISE)


def test_equal_seeds_give_equal_views_and_others_do_not() -> None:
    augment = Augmentation()
    first, again = (augment(PHOTO, random.Random(1)) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != augment(PHOTO, random.Random(2)).tobytes()


def test_views_keep_to_the_area_and_the_aspect() -> None:
    augment = Augmentation(area=(0.25, 0.5), aspect=(0.8, 1.25))
    for seed in range(200):
        view = augment(PHOTO, random.Random(seed))
        area = view.width * view.height / (PHOTO.width * PHOTO.height)
        assert 0.23 < area < 0.52
        assert 0.77 < (view.width / PHOTO.width) / (view.height / PHOTO.height) < 1.29


def test_without_changes_a_view_is_the_photo() -> None:
    augment = Augmentation(area=(1, 1), aspect=(1, 1), mirror=0, light=0, grey=0)
    assert augment(PHOTO, random.Random(0)).tobytes() == PHOTO.tobytes()


def test_mirrored_and_grey_when_asked_for() -> None:
    augment = Augmentation(area=(1, 1), aspect=(1, 1), mirror=1, light=0, grey=1)
    view = np.asarray(augment(PHOTO, random.Random(0)))
    expected = np.asarray(PHOTO.convert("L"))[:, ::-1]
    assert np.array_equal(view, np.stack([expected] * 3, axis=-1))


def test_one_pixel_can_be_augmented() -> None:
    view = Augmentation()(Image.new("RGB", (1, 1), "red"), random.Random(0))
    assert view.size == (1, 1)
