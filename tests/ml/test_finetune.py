"""Fine-tuning a tiny model on drawn photos whose names mean nothing to it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from clipsearch.errors import ModelError, TrainingError
from clipsearch.ml import finetune, models
from clipsearch.ml.adaptation import Adaptation
from clipsearch.ml.adapters import apply
from clipsearch.ml.finetune import Exam, Tuned, tune
from clipsearch.ml.tuning_embeddings import Embedder
from clipsearch.ml.tuning_types import Concept, Example, Lessons, Method, TuningPlan
from clipsearch.progress import Cancelled

WEIGHT_METHODS: tuple[Method, ...] = ("lora", "svd", "last", "full")
WORD_METHODS: tuple[Method, ...] = ("gda", "linear", "coop")
CPU = torch.device("cpu")


def photo(colour: tuple[int, int, int], seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    pixels = rng.normal(colour, 30, (40, 48, 3)).clip(0, 255)
    return Image.fromarray(pixels.astype(np.uint8))


def lessons(each: int = 9) -> tuple[Lessons, list[Image.Image]]:
    """Reddish photos are zorp, bluish ones quux, greenish ones background."""
    examples: list[Example] = []
    photos: list[Image.Image] = []
    for number, colour in enumerate([(200, 60, 60), (60, 60, 200), (60, 200, 60)]):
        for index in range(each):
            shown = (number,) if number < 2 else ()
            name = f"{number}-{index}"
            examples.append(
                Example(Path(name), name, len(examples), shown, is_held_out=index % 3 == 0)
            )
            photos.append(photo(colour, len(examples)))
    words = ("tree", "house", "street", "bread", "cloud", "river", "book", "chair")
    concepts = (Concept("Zorp", "a red thing"), Concept("quux", synonyms=("quuxes",)))
    return Lessons(concepts, tuple(examples), words), photos


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> models.LoadedModel:
    from tests.ml.conftest import write_model

    return models.load(models.resolve(str(write_model(tmp_path_factory.mktemp("model") / "tiny"))))


def plan(model: models.LoadedModel, method: Method, **changes: object) -> TuningPlan:
    made = TuningPlan("tiny", model.fingerprint, lessons()[0], method, epochs=1)
    return replace(made, **changes)  # type: ignore[arg-type]


def run(
    plan: TuningPlan, model: models.LoadedModel, photos: list[Image.Image], **rest: Any
) -> Tuned:
    return tune(plan, model, photos, Embedder(model, CPU).photos(photos), **rest)


def accuracy(names: np.ndarray, photos: np.ndarray, which: Sequence[Example]) -> float:
    rows = [row for row, one in enumerate(which) if one.concepts and one.is_held_out]
    right = [int((photos[row] @ names.T).argmax()) == which[row].concepts[0] for row in rows]
    return float(np.mean(right))


def in_use(tuned: Tuned, model: models.LoadedModel) -> tuple[np.ndarray, np.ndarray]:
    """Names and photos as the model with what was learned embeds them."""
    import copy

    which, photos = lessons()
    merged = replace(model, model=copy.deepcopy(model.model))
    apply(merged.model, tuned.tensors, 1.0)
    pictures, names = Embedder(merged, CPU).examples(which, photos)
    if tuned.words:
        rows = [tuned.words.index(concept.name.lower()) for concept in which.concepts]
        names = tuned.tensors["words/learned"].numpy()[rows]
    return names, pictures


@pytest.mark.parametrize("method", WEIGHT_METHODS + WORD_METHODS)
def test_finds_by_names_that_meant_nothing(model: models.LoadedModel, method: Method) -> None:
    which, photos = lessons()
    tuned = run(plan(model, method), model, photos)
    assert accuracy(*in_use(tuned, model), which.examples) == 1.0


def test_the_sigmoid_loss_learns_too(model: models.LoadedModel) -> None:
    which, photos = lessons()
    tuned = run(plan(model, "lora", loss="siglip"), model, photos)
    assert accuracy(*in_use(tuned, model), which.examples) == 1.0
    assert tuned.losses[-1] < tuned.losses[0]


def test_learns_from_what_is_not_held_out_alone(model: models.LoadedModel) -> None:
    """Held-out photos that say otherwise change nothing."""
    which, photos = lessons()
    wrong = tuple(replace(one, concepts=(1,)) if one.is_held_out else one for one in which.examples)
    for method in ("gda", "lora"):
        first = run(plan(model, method), model, photos)
        second = run(plan(model, method, lessons=replace(which, examples=wrong)), model, photos)
        for name, value in first.tensors.items():
            assert torch.equal(value, second.tensors[name]), name


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "_LEAST_STEPS", 12)


@pytest.mark.usefixtures("few_steps")
def test_leaves_the_parent_as_it_is(model: models.LoadedModel) -> None:
    _, photos = lessons()
    before = {name: value.clone() for name, value in model.model.state_dict().items()}
    run(plan(model, "lora"), model, photos)
    assert all(torch.equal(before[n], v) for n, v in model.model.state_dict().items())


def test_other_words_stay_where_they_are_if_that_is_wanted(model: models.LoadedModel) -> None:
    which, photos = lessons()
    gauge = which.words[1::2]
    known = Embedder(model, CPU).texts(gauge)

    def drift(*, keeps: bool) -> float:
        import copy

        tuned = run(plan(model, "lora", keeps_knowledge=keeps), model, photos)
        merged = replace(model, model=copy.deepcopy(model.model))
        apply(merged.model, tuned.tensors, 1.0)
        return 1 - float((Embedder(merged, CPU).texts(gauge) * known).sum(1).mean())

    assert drift(keeps=True) < 0.7 * drift(keeps=False)


@pytest.mark.usefixtures("few_steps")
def test_goes_on_where_it_was_stopped(model: models.LoadedModel, tmp_path: Path) -> None:
    _, photos = lessons()

    def mark(step: int, pictures: np.ndarray, names: np.ndarray) -> float:
        return step + float(pictures.sum() + names.sum()) / 1000

    exam = Exam((0, 3, 9), mark)

    def stop_at(step: int) -> object:
        def progress(done: int, total: int | None, note: str = "") -> None:
            if done == step:
                raise Cancelled

        return progress

    whole = run(plan(model, "lora"), model, photos, exam=exam)
    file = tmp_path / "checkpoint.pt"
    for step in (2, 7):
        with pytest.raises(Cancelled):
            run(
                plan(model, "lora"),
                model,
                photos,
                exam=exam,
                checkpoint=file,
                progress=stop_at(step),
            )
    resumed = run(plan(model, "lora"), model, photos, exam=exam, checkpoint=file)
    assert resumed.losses == whole.losses
    assert resumed.recalls == whole.recalls
    for name, value in whole.tensors.items():
        assert torch.equal(value, resumed.tensors[name]), name


@pytest.mark.usefixtures("few_steps")
def test_a_batch_in_parts_learns_the_same(
    model: models.LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipsearch.ml import tuning_task

    _, photos = lessons()
    whole = run(plan(model, "lora"), model, photos)
    monkeypatch.setattr(tuning_task, "_ACTIVATIONS", 1)
    parts = run(plan(model, "lora"), model, photos)
    assert parts.losses == pytest.approx(whole.losses, rel=2e-2)


class _Short:
    """Memory for some photos at once, and no more, where gradients are kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.sizes: list[int] = []
        real = Adaptation.forward

        def forward(
            adaptation: Adaptation, pixels: torch.Tensor | None, *rest: Any
        ) -> tuple[torch.Tensor | None, torch.Tensor | None]:
            if pixels is not None and torch.is_grad_enabled():
                self.sizes.append(len(pixels))
                if len(pixels) > room:
                    raise torch.OutOfMemoryError("CUDA out of memory.")
            return real(adaptation, pixels, *rest)

        monkeypatch.setattr(Adaptation, "forward", forward)


@pytest.mark.usefixtures("few_steps")
def test_a_batch_that_does_not_fit_is_taken_in_parts(
    model: models.LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, photos = lessons()
    whole = run(plan(model, "lora"), model, photos)
    short = _Short(monkeypatch, room=4)
    parts = run(plan(model, "lora"), model, photos)
    assert parts.losses == pytest.approx(whole.losses, rel=2e-2)
    assert short.sizes[-1] <= 3
    _Short(monkeypatch, room=0)
    with pytest.raises(ModelError, match="does not fit into memory"):
        run(plan(model, "lora"), model, photos)


def test_a_context_goes_with_names_that_fill_the_tower(model: models.LoadedModel) -> None:
    which, photos = lessons()
    long = tuple(replace(one, name=f"{one.name} " + "word " * 40) for one in which.concepts)
    tuned = run(plan(model, "coop", lessons=replace(which, concepts=long)), model, photos)
    assert torch.isfinite(tuned.tensors["words/learned"]).all()


def test_a_context_wants_a_table_of_tokens(model: models.LoadedModel) -> None:
    from clipsearch.ml.word_learning import _table_of

    with pytest.raises(TrainingError, match="another method than coop"):
        _table_of(torch.nn.Linear(2, 2))


@pytest.mark.usefixtures("few_steps")
def test_what_is_stored_is_in_the_format_of_adapters(
    model: models.LoadedModel, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    _, photos = lessons()
    tuned = run(plan(model, "svd"), model, photos)
    save_file(tuned.tensors, tmp_path / "adapter.safetensors")
    assert load_file(tmp_path / "adapter.safetensors").keys() == tuned.tensors.keys()


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("method", ["gda", "coop", "lora"])
def test_learns_where_all_photos_show_a_concept(model: models.LoadedModel, method: Method) -> None:
    which, photos = lessons()
    shown = [row for row, one in enumerate(which.examples) if one.concepts]
    alone = replace(which, examples=tuple(which.examples[row] for row in shown))
    tuned = run(plan(model, method, lessons=alone), model, [photos[row] for row in shown])
    assert all(bool(torch.isfinite(one).all()) for one in tuned.tensors.values())
