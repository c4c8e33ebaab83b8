"""The encoder against open_clip itself, on the same weights; memory, threads, idling."""

import copy
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from clipsearch.core.imaging import decode
from clipsearch.errors import ModelError
from clipsearch.ml import execution, models, planning
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.execution import Plan
from clipsearch.ml.pixels import Preprocess
from clipsearch.settings import Settings

FLOAT32 = Settings(device="cpu", precision="float32", batch_size=4)
TEXTS = ["a photo of a cat", "two dogs playing in the snow", "", "red " * 8]


Pictures = list[Image.Image]


@pytest.fixture(scope="session")
def pictures(sample_photos: Path) -> Pictures:
    """Five real photos of different sizes."""
    return [decode(path) for path in sorted(sample_photos.iterdir())[:5]]


def random_model(architecture: str) -> models.LoadedModel:
    """A model of the catalogue with random weights, as open_clip makes it."""
    torch.manual_seed(0)
    config = open_clip.get_model_config(architecture)
    text = config["text_cfg"]
    if text.pop("hf_tokenizer_name", None):
        text["vocab_size"] = 49408  # Its own tokenizer would have to be downloaded.
    build = (
        open_clip.CustomTextCLIP if "timm_model_name" in config["vision_cfg"] else open_clip.CLIP
    )
    config.pop("custom_text", None)
    model = build(**config).eval()
    transform = open_clip.image_transform(
        model.visual.image_size, is_train=False, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    )
    tokenizer = open_clip.SimpleTokenizer(context_length=text["context_length"])
    return models.LoadedModel(model, transform, tokenizer, architecture)


def open_clips_own(
    loaded: models.LoadedModel, images: Sequence[Image.Image], texts: list[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The oracle: one picture and one text at a time, in plain float32."""
    with torch.inference_mode():
        rows = [
            loaded.model.encode_image(loaded.transform(i)[None], normalize=True) for i in images
        ]
        tokens = [loaded.tokenizer([text]) for text in texts]
        words = [loaded.model.encode_text(token, normalize=True) for token in tokens]
    return torch.cat(rows).numpy(), torch.cat(words).numpy()


@pytest.mark.parametrize("architecture", ["ViT-B-32", "RN50", "ViT-B-16-SigLIP"])
def test_embeddings_equal_open_clips_own(architecture: str, pictures: Pictures) -> None:
    loaded = random_model(architecture)
    images, texts = open_clips_own(loaded, pictures, TEXTS)
    encoder = Encoder(architecture, FLOAT32, load=lambda: loaded)
    ours_images, ours_texts = encoder.encode_images(pictures), encoder.encode_texts(TEXTS)
    assert ours_images.dtype == ours_texts.dtype == np.float32
    assert ours_images.shape == (len(pictures), encoder.dimension)
    assert np.sum(ours_images * images, axis=1).min() >= 0.9999
    assert np.sum(ours_texts * texts, axis=1).min() >= 0.9999
    np.testing.assert_allclose(np.linalg.norm(ours_images, axis=1), 1, atol=1e-5)
    # Different pictures stay different: a constant would pass the lines above for one picture.
    assert np.abs(images @ images.T - ours_images @ ours_images.T).max() < 1e-3


def test_a_model_folder_loads_with_its_own_preprocessing(
    tiny_model: Path, pictures: Pictures
) -> None:
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{tiny_model}")
    loaded = models.LoadedModel(
        model.eval(), transform, open_clip.get_tokenizer(f"local-dir:{tiny_model}"), ""
    )
    images, texts = open_clips_own(loaded, pictures, TEXTS)
    encoder = Encoder(str(tiny_model), FLOAT32)
    # Pictures are scaled by another library, which rounds some bytes otherwise.
    np.testing.assert_allclose(encoder.encode_images(pictures), images, atol=5e-4)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), texts, atol=1e-5)


def test_the_measured_plan_keeps_the_embeddings(tiny_model: Path, pictures: Pictures) -> None:
    reference = Encoder(str(tiny_model), FLOAT32).encode_images(pictures)
    measured = Encoder(str(tiny_model), Settings(device="cpu"))
    assert np.sum(measured.encode_images(pictures) * reference, axis=1).min() >= 0.998
    assert measured.precision in {"float32", "bfloat16"}


def test_an_unfaithful_format_is_never_chosen(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A plan that is infinitely fast but spoils the embeddings.
    real = planning._Probe.run

    def run(self: Any, plan: Plan, seconds_to_beat: float) -> tuple[torch.Tensor, float]:
        embeddings, seconds = real(self, plan, seconds_to_beat)
        if plan.precision == "bfloat16":
            return embeddings.roll(1, dims=1), 0.0
        return embeddings, seconds

    monkeypatch.setattr(planning._Probe, "run", run)
    assert Encoder(str(tiny_model), Settings(device="cpu")).precision == "float32"


def test_a_convolutional_model_is_folded_and_keeps_the_embeddings(pictures: Pictures) -> None:
    loaded = random_model("RN50")
    images, texts = open_clips_own(loaded, pictures, TEXTS)
    encoder = Encoder("RN50", Settings(device="cpu"), load=lambda: loaded)
    assert np.sum(encoder.encode_images(pictures) * images, axis=1).min() >= 0.998
    assert np.sum(encoder.encode_texts(TEXTS) * texts, axis=1).min() >= 0.998
    assert encoder._ready().plan.folded


def test_folding_that_would_spoil_the_embeddings_is_not_chosen(
    monkeypatch: pytest.MonkeyPatch, pictures: Pictures
) -> None:
    loaded = random_model("RN50")
    images, _ = open_clips_own(loaded, pictures, TEXTS)

    def misfold(model: Any) -> None:
        model.visual.attnpool.c_proj.weight.data.neg_()

    monkeypatch.setattr(execution, "fold", misfold)
    encoder = Encoder("RN50", Settings(device="cpu"), load=lambda: loaded)
    assert np.sum(encoder.encode_images(pictures) * images, axis=1).min() >= 0.998
    assert not encoder._ready().plan.folded


def test_a_lane_takes_its_share_of_the_cores_and_no_other_threads(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), FLOAT32)
    threads = torch.get_num_threads()
    assert 1 <= encoder.lanes <= 8

    def lane() -> int:
        encoder.enter_lane()
        return torch.get_num_threads()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lane).result() == max(1, threads // encoder.lanes)
    assert torch.get_num_threads() == threads
    with ThreadPoolExecutor(1) as pool:  # A thread born later.
        assert pool.submit(torch.get_num_threads).result() == threads


def test_a_format_that_the_user_names_is_used_and_folded(pictures: Pictures) -> None:
    loaded = random_model("RN50")
    encoder = Encoder("RN50", FLOAT32, load=lambda: loaded)
    images, _ = open_clips_own(loaded, pictures, TEXTS)
    assert np.sum(encoder.encode_images(pictures) * images, axis=1).min() >= 0.9999
    assert (encoder.precision, encoder._ready().plan.folded) == ("float32", True)


def test_a_named_format_is_used_though_it_is_not_faithful(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "FAITHFUL_COSINE", 2.0)
    named = Settings(device="cpu", precision="bfloat16")
    assert Encoder(str(tiny_model), named).precision == "bfloat16"


def test_batches_of_a_model_are_measured_unless_the_user_says(tiny_model: Path) -> None:
    measured = Encoder(str(tiny_model), Settings(device="cpu")).batch_size
    assert measured in {4 * 2**doubled for doubled in range(7)}
    assert Encoder(str(tiny_model), FLOAT32).batch_size == 4


def test_trying_plans_leaves_the_weights_exact(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "FAITHFUL_COSINE", 2.0)  # Every candidate is tried and refused.
    source = models.resolve(str(tiny_model))
    running = planning.start(models.load(source), torch.device("cpu"), "auto")
    assert (running.plan.precision, running.plan.channels_last) == ("float32", False)
    for name, weight in models.load(source).model.state_dict().items():
        assert torch.equal(running.loaded.model.state_dict()[name], weight)


def test_the_measurement_is_remembered(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Encoder(str(tiny_model), Settings(device="cpu"))
    precision = first.precision

    def never(running: Any, precision: str) -> Plan:
        raise AssertionError("measured again")

    monkeypatch.setattr(planning, "_fastest_faithful", never)
    assert Encoder(str(tiny_model), Settings(device="cpu")).precision == precision


class Cramped(torch.nn.Module):
    """A model on a device with room for so many pictures."""

    def __init__(self, model: Any, room: int) -> None:
        """Wrap a model."""
        super().__init__()
        self.inner = model
        self.room = room
        self.batches: list[int] = []

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        """Refuse what does not fit, as CUDA does."""
        self.batches.append(len(pixels))
        if len(pixels) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        features: torch.Tensor = self.inner.encode_image(pixels)
        return features

    def encode_text(self, tokens: torch.Tensor) -> torch.Tensor:
        """Texts always fit."""
        features: torch.Tensor = self.inner.encode_text(tokens)
        return features


def cramped(tiny_model: Path, room: int) -> tuple[Encoder, Cramped]:
    loaded = models.load(models.resolve(str(tiny_model)))
    model = Cramped(loaded.model, room)
    squeezed = models.LoadedModel(model, loaded.transform, loaded.tokenizer, loaded.fingerprint)
    settings = Settings(device="cpu", precision="float32", batch_size=16)
    return Encoder("tiny", settings, load=lambda: squeezed), model


def test_batches_halve_until_they_fit_and_stay_small(tiny_model: Path, pictures: Pictures) -> None:
    encoder, model = cramped(tiny_model, room=3)
    images = [pictures[i % 5].rotate(i) for i in range(16)]
    expected = Encoder(str(tiny_model), FLOAT32).encode_images(images)
    assert encoder.batch_size == 16
    model.batches.clear()  # What was tried while it was loaded.
    np.testing.assert_allclose(encoder.encode_images(images), expected, atol=1e-5)
    assert model.batches[:4] == [16, 8, 4, 2]
    assert set(model.batches[3:]) == {2}


def test_a_model_that_does_not_fit_at_all_is_said(tiny_model: Path, pictures: Pictures) -> None:
    encoder, _ = cramped(tiny_model, room=0)
    with pytest.raises(ModelError, match="does not fit into memory"):
        encoder.encode_images(pictures[:2])


def test_an_error_that_is_not_about_memory_is_not_hidden(
    tiny_model: Path, pictures: Pictures
) -> None:
    encoder, model = cramped(tiny_model, room=3)
    model.inner = copy.copy(model)  # No encode_image of its own shape: a bug, as it were.
    model.inner.inner = None
    with pytest.raises(AttributeError):
        encoder.encode_images(pictures[:2])


def test_an_idle_model_frees_its_memory_and_comes_back(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), FLOAT32.model_copy(update={"unload_after_s": 0}))
    before = encoder.encode_texts(["a dog"])
    assert encoder.unload_if_idle()
    assert not encoder.is_loaded
    assert not encoder.unload_if_idle()
    np.testing.assert_array_equal(encoder.encode_texts(["a dog"]), before)


def test_a_model_in_use_is_not_unloaded(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), FLOAT32)
    encoder.encode_texts(["a dog"])
    assert not encoder.unload_if_idle()
    assert encoder.is_loaded


def test_nothing_gives_nothing(tiny_model: Path) -> None:
    encoder = Encoder(str(tiny_model), FLOAT32)
    assert encoder.encode_images([]).shape == (0, 24)
    assert encoder.encode_texts([]).shape == (0, 24)


def test_threads_load_the_model_once_and_get_the_same(tiny_model: Path) -> None:
    loads: list[int] = []
    source = models.resolve(str(tiny_model))

    def load() -> models.LoadedModel:
        loads.append(1)
        return models.load(source)

    encoder = Encoder("tiny", FLOAT32, load=load)
    results: list[NDArray[np.float32]] = []
    threads = [
        threading.Thread(target=lambda: results.append(encoder.encode_texts(TEXTS)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [1]
    assert len(results) == 4
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_a_device_that_is_not_there_is_said(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="'cuda:93' is not usable here"):
        Encoder(str(tiny_model), Settings(device="cuda:93")).encode_texts(["a dog"])


@pytest.mark.parametrize("size", [(60_000, 1), (1, 60_000), (3000, 100)])
def test_a_line_of_pixels_is_not_blown_up(
    tiny_model: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_model / "open_clip_config.json"
    config.write_text(config.read_text().replace("squash", "shortest"))
    encoder = Encoder(str(tiny_model), FLOAT32)
    seen: list[tuple[int, int]] = []
    scale = Preprocess.__call__

    def watched(self: Preprocess, image: Image.Image) -> NDArray[np.uint8]:
        seen.append(image.size)
        return scale(self, image)

    monkeypatch.setattr(Preprocess, "__call__", watched)
    assert encoder.preprocess(Image.new("RGB", size)).shape == (32, 32, 3)
    # The short edge becomes 32 pixels long, the other as many times more.
    assert all(max(edges) <= 20 * min(edges) for edges in seen)
    assert seen


def test_a_wide_picture_is_seen_as_open_clip_sees_it(tiny_model: Path) -> None:
    config = tiny_model / "open_clip_config.json"
    config.write_text(config.read_text().replace("squash", "shortest"))
    encoder = Encoder(str(tiny_model), FLOAT32)
    wide = Image.linear_gradient("L").convert("RGB").resize((2100, 100))
    transform = open_clip.create_model_and_transforms(f"local-dir:{tiny_model}")[2]
    ours = Preprocess(transform).normalised(torch.from_numpy(encoder.preprocess(wide))[None])[0]
    assert (ours - transform(wide)).abs().max() < 0.05
