"""What every test relies on: a home of its own, a fake model, drawn pictures."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.library import Library
from clipsearch.core.query import Query
from clipsearch.core.samples import copy_samples
from clipsearch.core.types import Embeddings
from clipsearch.settings import Settings

# A busy machine makes no test fail, and none leaves files behind.
hypothesis.settings.register_profile("clipsearch", deadline=None, database=None)
hypothesis.settings.load_profile("clipsearch")

# Before Qt is imported: no test needs a display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (30, 50, 220),
    "yellow": (230, 220, 40),
    "white": (250, 250, 250),
    "black": (10, 10, 10),
}


class FakeModel:
    """Embeds pictures by their colours in 32 dimensions, and the names of colours near them."""

    device = "cpu"
    precision = "float32"
    logit_scale = 20.0
    input_edge = 2
    batch_size = 4
    lanes = 1
    is_loaded = True

    def __init__(self, name: str = "fake", fingerprint: str = "fa4e", dimension: int = 32) -> None:
        """Names and dimension can be chosen, to play several models."""
        self.name = name
        self.fingerprint = self.image_fingerprint = fingerprint
        self.dimension = dimension
        self.embedded = 0
        self._projection = np.random.default_rng(7).normal(size=(12, dimension))

    def enter_lane(self) -> None:
        """All threads are the same to it."""

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        """``(2, 2, 3)``: four mean colours."""
        assert image.mode == "RGB"
        return np.array(image.resize((2, 2), Image.Resampling.BOX))

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
        """Project the colours; counts what it embeds."""
        self.embedded += len(pixels)
        return self._project(pixels)

    def _project(self, pixels: NDArray[np.uint8]) -> Embeddings:
        signed = pixels.astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
        return _normalised(signed.reshape(len(pixels), -1) @ self._projection + 1e-3)

    def encode_images(self, images: Sequence[Image.Image]) -> Embeddings:
        """As the real one does."""
        return self.encode_pixels(np.stack([self.preprocess(image) for image in images]))

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """The first colour that a text names, else something random of its own."""
        return np.concatenate([self._encode_text(text) for text in texts])

    def unload_if_idle(self) -> bool:
        """It has nothing to free."""
        return False

    def _encode_text(self, text: str) -> Embeddings:
        named = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
        if named:
            flat = Image.new("RGB", (2, 2), named[0])
            return self._project(self.preprocess(flat)[None])
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())
        return _normalised(np.random.default_rng(seed).normal(size=(1, self.dimension)))


def _normalised(features: NDArray[np.floating]) -> Embeddings:
    result: Embeddings = features / np.linalg.norm(features, axis=1, keepdims=True)
    return result.astype(np.float32)


def best_score(library: Library, words: str) -> float:
    """How well the best hit fits some words."""
    score = library.search(Query.of(words))[0].score
    assert score is not None
    return score


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, libraries and caches of a test lie in its own folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CLIPSEARCH_HOME", str(folder))
    monkeypatch.delenv("CLIPSEARCH_LIBRARY", raising=False)
    return folder


@pytest.fixture
def fake_model() -> FakeModel:
    """A model that knows colours."""
    return FakeModel()


@pytest.fixture
def colour_photos(tmp_path: Path) -> Path:
    """A folder with one photo of each colour, in two sub-folders."""
    folder = tmp_path / "photos"
    for number, (name, colour) in enumerate(COLOURS.items()):
        path = folder / ("warm" if number % 2 else "cold") / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + number, 30), colour).save(path)
    return folder


@pytest.fixture
def make_library(tmp_path: Path, fake_model: FakeModel) -> Iterator[Callable[..., Library]]:
    """Makes libraries with the fake model; two of the same folder share their files."""
    opened: list[Library] = []

    def make(name: str = "library", load: Callable[[str], FakeModel] | None = None) -> Library:
        library = Library(tmp_path / name, Settings(), load_model=load or (lambda _: fake_model))
        opened.append(library)
        return library

    yield make
    for library in opened:
        library.close()


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    """An empty library with the fake model."""
    return make_library()


@pytest.fixture(scope="session")
def sample_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample photos: real ones, bundled with scikit-image."""
    return copy_samples(tmp_path_factory.mktemp("samples") / "photos")
