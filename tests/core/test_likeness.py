"""Whether two pictures are one: copies in any guise are, two shots of a scene are not."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw

from clipsearch.core.alignment import Placement, align, lay_over
from clipsearch.core.fingerprints import fingerprint
from clipsearch.core.likeness import EDGE, alike_at_a_glance, overviews, show_the_same
from tests.core.changed_copies import OTHER, SAME, Change, cropped

PHOTOS = Path(skimage.data.__file__).parent
SCENES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


def are_one(one: Image.Image, other: Image.Image) -> bool:
    """Whether both are recognised as one picture, whichever comes first."""
    a, b = (fingerprint(image).pixels.astype(np.float32)[None] for image in (one, other))
    answers = set()
    for first, second in ((a, b), (b, a)):
        may_be, start = alike_at_a_glance(overviews(first), overviews(second))
        answers.add(bool(may_be[0] and show_the_same(first, second, start)[0]))
    assert len(answers) == 1
    return answers.pop()


def scene(name: str) -> Image.Image:
    """A photo bundled with scikit-image."""
    with Image.open(PHOTOS / name) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_a_changed_copy_is_the_same_picture(name: str, change: Change) -> None:
    assert are_one(scene(name), change(scene(name)))


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_a_picture_turned_over_is_another_one(name: str, change: Change) -> None:
    assert not are_one(scene(name), change(scene(name)))


def test_two_crops_of_a_crop_are_recognised_by_what_they_share() -> None:
    whole = scene("chelsea.png")
    assert are_one(cropped(whole, 0.05, 0.05, 0.05, 0.05), cropped(whole, 0.1, 0.1, 0.1, 0.1))


def test_a_step_aside_makes_another_picture() -> None:
    assert not are_one(scene("motorcycle_left.png"), scene("motorcycle_right.png"))


@pytest.mark.parametrize("name", SCENES)
def test_a_turn_of_the_camera_makes_another_picture(name: str) -> None:
    whole = scene(name)
    assert not are_one(cropped(whole, 0, 0, 0.08, 0), cropped(whole, 0.08, 0, 0, 0))


def test_somebody_who_has_moved_makes_another_picture() -> None:
    shots = []
    for x in (0.3, 0.45):
        shot = scene("coffee.png")
        w, h = shot.size
        ImageDraw.Draw(shot).ellipse((w * x, h * 0.3, w * (x + 0.12), h * 0.8), (20, 20, 60))
        shots.append(shot)
    assert not are_one(*shots)


def page(seed: int, words: int) -> Image.Image:
    """White paper with a few lines of grey words, and a scanner's noise."""
    rng = np.random.default_rng(seed)
    paper = np.clip(rng.normal(250, 3, (600, 424, 3)), 0, 255).astype(np.uint8)
    image = Image.fromarray(paper)
    for number in range(words):
        x, y = 40 + number % 6 * 60, 40 + number // 6 * 14
        ImageDraw.Draw(image).rectangle((x, y, x + int(rng.integers(10, 52)), y + 6), (60, 60, 60))
    return image


@pytest.mark.parametrize("words", [0, 12, 60, 200])
def test_pages_with_different_words_are_different(words: int) -> None:
    assert not are_one(page(1, words), page(2, words))


def slope(seed: int) -> Image.Image:
    """A sky at dusk: a gradient and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:400, 0:600]
    grey = 40 + y * rng.uniform(0.3, 0.4) + x * 0.05 + rng.normal(0, 4, y.shape)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")


def test_pictures_that_show_nothing_are_like_no_other() -> None:
    assert not are_one(slope(1), slope(2))
    black = Image.new("RGB", (600, 400))
    assert not are_one(black, black)


def test_aligning_finds_a_known_crop() -> None:
    picture = fingerprint(scene("rocket.jpg")).pixels[None].astype(np.float32)
    true = Placement(np.array([[0.92, 0.96]], np.float32), np.array([[0.05, 0.01]], np.float32))
    part, inside = lay_over(picture, true)
    assert inside.all()
    start = Placement(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32))
    found = align(picture, part, start, steps=20)
    a_tenth_of_a_pixel = 0.1 / EDGE
    assert found.scale == pytest.approx(true.scale, abs=a_tenth_of_a_pixel)
    assert found.shift == pytest.approx(true.shift, abs=a_tenth_of_a_pixel)


def test_the_overview_of_a_crop_is_that_of_the_cropped_picture() -> None:
    whole = np.random.default_rng(3).uniform(0, 255, (1, EDGE, EDGE)).astype(np.float32)
    seen = overviews(whole)
    assert seen.shape[2] == 64
    # The fourth leaves out a tenth at the right and below: 57.6 of 64 pixels, to 8 averages.
    edges = np.linspace(0, 57.6, 9)
    shares = np.array(
        [[max(0, min(b, p + 1) - max(a, p)) for p in range(EDGE)] for a, b in pairwise(edges)]
    )
    slow = shares @ whole[0] @ shares.T
    slow = (slow - slow.mean()).ravel()
    assert seen[0, 3] == pytest.approx(slow / np.linalg.norm(slow), abs=1e-4)
