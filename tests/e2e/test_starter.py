"""The model that ships, in real use: found, loaded, faithful to open_clip, and right."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch

from clipsearch.core.imaging import decode
from clipsearch.core.library import Library
from clipsearch.core.query import Query
from clipsearch.core.tag_file import parse_vocabulary
from clipsearch.ml import catalogue, models
from clipsearch.ml.encoder import Encoder
from clipsearch.resources import resource_path
from clipsearch.settings import Settings


def test_the_starter_is_shipped() -> None:
    source = models.resolve("starter")
    assert source.weights.suffix == ".safetensors"
    assert source.weights.stat().st_size <= 48_000_000


def test_the_catalogue_lists_the_starter_first() -> None:
    entries = catalogue.catalogue()
    assert entries[0].name == "starter"
    assert entries[0].available
    names = {entry.name for entry in entries}
    assert "ViT-B-32:laion2b_s34b_b79k" in names
    assert len(names) == len(entries) > 100


def test_a_model_that_is_not_here_can_be_described() -> None:
    entry = catalogue.describe("ViT-B-32:openai")
    assert (entry.available, entry.dimension, entry.image_size) == (False, 512, 224)


@pytest.fixture(scope="module")
def starter_library(sample_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The sample photos, indexed with the starter."""
    library = Library(tmp_path_factory.mktemp("library"), Settings(device="cpu"))
    library.index([sample_photos])
    return library


@pytest.mark.parametrize(
    ("words", "photo"),
    [
        ("a cat", "cat"),
        ("a cup of coffee", "coffee"),
        ("a rocket launch", "rocket"),
        ("a motorcycle", "motorcycle"),
        ("a man with a camera", "cameraman"),
    ],
)
def test_the_starter_finds_the_sample_photos(
    starter_library: Library, words: str, photo: str
) -> None:
    assert photo in starter_library.search(Query.of(words, k=1))[0].photo.path.name


def test_the_starter_is_the_same_in_open_clip_alone(sample_photos: Path) -> None:
    name = f"local-dir:{resource_path('starter')}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    tokens = open_clip.get_tokenizer(name)(["a cat", "two dogs in the snow"])
    images = [decode(path) for path in sorted(sample_photos.iterdir())]
    with torch.inference_mode():
        model.eval()
        pixels = torch.stack([transform(image) for image in images])
        expected = model.encode_image(pixels, normalize=True).numpy()
        texts = model.encode_text(tokens, normalize=True).numpy()
    encoder = Encoder("starter", Settings(device="cpu", precision="float32"))
    assert np.sum(encoder.encode_images(images) * expected, axis=1).min() >= 0.9999
    ours = encoder.encode_texts(["a cat", "two dogs in the snow"])
    assert np.sum(ours * texts, axis=1).min() >= 0.9999


def test_the_starter_tags_the_sample_photos(starter_library: Library) -> None:
    words = parse_vocabulary(
        """
        animal = { prompts = "animals" }
        cat = { in = "animal", also = ["kitten"], prompts = "pets" }
        dog = { in = "animal", also = ["puppy"], prompts = "pets" }
        vehicle = { prompts = "vehicles" }
        motorcycle = { in = "vehicle", also = ["motorbike"] }
        bus = { in = "vehicle" }
        coffee = { also = ["cup of coffee"], prompts = "food" }
        pizza = { prompts = "food" }
        rocket = { also = ["rocket launch"] }
        wedding = {}
        """
    )
    report = starter_library.tagging.suggest(vocabulary=words)
    photos = {photo.content_hash: photo.path.stem for photo in starter_library.photos()}
    given = starter_library.tagging.suggestions_of(photos)
    tags = {photos[content]: {one.tag for one in found} for content, found in given.items()}
    assert tags["chelsea the cat"] == {"cat", "animal"}
    assert tags["motorcycle in a workshop"] == {"motorcycle", "vehicle"}
    assert set(report.tags) == {"cat", "animal", "motorcycle", "vehicle"}  # Nothing that is wrong.
