"""The training loop on a toy model of two towers."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from clipsearch.errors import TrainingError
from clipsearch.ml.averaging import MovingAverage
from clipsearch.ml.losses import info_nce
from clipsearch.ml.training import (
    Embeddings,
    ParameterGroup,
    TrainingArguments,
    layerwise,
    split_decay,
    train,
)
from clipsearch.progress import Cancelled

ARGUMENTS = TrainingArguments(steps=30, learning_rate=1e-2, checkpoint_every=10, seed=3)


def tower(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 8))


@dataclass
class ToyTask:
    """Pairs of points that are linear images of the same hidden cause."""

    module: nn.Module
    parts: int = 1

    @classmethod
    def fresh(cls, parts: int = 1) -> "ToyTask":
        torch.manual_seed(0)
        towers = nn.ModuleDict({"image": tower(12), "text": tower(6)})
        towers.register_parameter("scale", nn.Parameter(torch.tensor(2.0)))
        return cls(towers, parts)

    def parameter_groups(self) -> list[ParameterGroup]:
        return split_decay(list(self.module.named_parameters()))

    def draw(self, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
        causes = torch.randn(24, 4, generator=generator)
        fixed = torch.Generator().manual_seed(9)
        images = causes @ torch.randn(4, 12, generator=fixed)
        texts = causes @ torch.randn(4, 6, generator=fixed)
        size = 24 // self.parts
        return list(zip(torch.split(images, size), torch.split(texts, size), strict=True))

    def embed(self, part: tuple[Tensor, Tensor]) -> Embeddings:
        assert isinstance(self.module, nn.ModuleDict)
        return self.module["image"](part[0]), self.module["text"](part[1])

    def loss(self, embeddings: Embeddings, parts: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        images, texts = (normalize(e, dim=-1) for e in embeddings)
        scale = self.module.get_parameter("scale")
        return info_nce(images, texts, scale.exp())


class CancelAt:
    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, done: int, total: int | None, note: str = "") -> None:
        if done == self.step:
            raise Cancelled


def weights(task: ToyTask) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in task.module.state_dict().items()}


def assert_same(left: dict[str, Tensor], right: dict[str, Tensor]) -> None:
    assert left.keys() == right.keys()
    for name in left:
        assert torch.equal(left[name], right[name]), name


def test_the_loss_goes_down() -> None:
    record = train(ToyTask.fresh(), replace(ARGUMENTS, steps=80))
    assert len(record.losses) == 80
    assert sum(record.losses[-10:]) < 0.5 * sum(record.losses[:10])


@pytest.mark.parametrize("average", [None, 0.9])
def test_a_cancelled_run_goes_on_to_the_same_weights(tmp_path: Path, average: float | None) -> None:
    arguments = replace(ARGUMENTS, average=average)
    whole = ToyTask.fresh()
    unbroken = train(whole, arguments)
    file = tmp_path / "run" / "checkpoint.pt"
    with pytest.raises(Cancelled):
        train(ToyTask.fresh(), arguments, checkpoint=file, progress=CancelAt(17))
    other = ToyTask.fresh()
    resumed = train(other, arguments, checkpoint=file, progress=CancelAt(16))
    assert_same(weights(whole), weights(other))
    assert resumed.losses == unbroken.losses


def test_a_killed_run_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    class Kill(BaseException):
        pass

    def kill(done: int, total: int | None, note: str = "") -> None:
        if done == 25:
            raise Kill

    file = tmp_path / "checkpoint.pt"
    with pytest.raises(Kill):
        train(ToyTask.fresh(), ARGUMENTS, checkpoint=file, progress=kill)
    seen: list[int] = []
    other = ToyTask.fresh()
    train(other, ARGUMENTS, checkpoint=file, progress=lambda done, *_: seen.append(done))
    assert seen[0] == 20
    whole = ToyTask.fresh()
    train(whole, ARGUMENTS)
    assert_same(weights(whole), weights(other))


def test_a_cancelled_runs_checkpoint_holds_the_weights_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    task = ToyTask.fresh()
    with pytest.raises(Cancelled):
        train(task, ARGUMENTS, checkpoint=file, progress=CancelAt(5))
    saved = torch.load(file, weights_only=True)
    assert saved["step"] == 5
    assert_same(saved["module"], weights(task))


def test_other_arguments_begin_anew(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    train(ToyTask.fresh(), ARGUMENTS, checkpoint=file)
    other = replace(ARGUMENTS, seed=4)
    record = train(ToyTask.fresh(), other, checkpoint=file)
    assert record.losses == train(ToyTask.fresh(), other).losses


def test_a_damaged_checkpoint_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    train(ToyTask.fresh(), ARGUMENTS, checkpoint=file)
    file.write_bytes(file.read_bytes()[:1000])
    record = train(ToyTask.fresh(), ARGUMENTS, checkpoint=file)
    assert len(record.losses) == 30


def test_a_checkpoint_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "checkpoint.pt"
    blocked.mkdir()
    with pytest.raises(TrainingError, match=r"checkpoint\.pt cannot be written"):
        train(ToyTask.fresh(), ARGUMENTS, checkpoint=blocked)
    assert list(tmp_path.iterdir()) == [blocked]


def test_parts_give_the_gradients_of_the_whole_batch() -> None:
    # Without dropout, whose masks are drawn part by part.
    gradients = []
    for parts in (1, 4):
        task = ToyTask.fresh(parts)
        for module in task.module.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        record = train(task, replace(ARGUMENTS, steps=1, clip_norm=None))
        gradients.append((record.losses, [p.grad for p in task.module.parameters()]))
    assert gradients[0][0] == pytest.approx(gradients[1][0], rel=1e-6)
    for one, four in zip(gradients[0][1], gradients[1][1], strict=True):
        assert one is not None
        assert four is not None
        torch.testing.assert_close(one, four, rtol=1e-4, atol=1e-7)


def test_the_second_pass_over_a_part_drops_the_same_units() -> None:
    class Watching(ToyTask):
        seen: list[Tensor]

        def embed(self, part: tuple[Tensor, Tensor]) -> Embeddings:
            embeddings = super().embed(part)
            self.seen.append(embeddings[0].detach().clone())
            return embeddings

    task = Watching(ToyTask.fresh().module, parts=2)
    task.seen = []
    train(task, replace(ARGUMENTS, steps=1))
    assert len(task.seen) == 4
    assert torch.equal(task.seen[0], task.seen[2])
    assert torch.equal(task.seen[1], task.seen[3])


def test_a_loss_that_is_no_number_stops_with_a_sentence(tmp_path: Path) -> None:
    class Broken(ToyTask):
        def loss(self, embeddings: Embeddings, parts: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
            return super().loss(embeddings, parts) * torch.inf

    with pytest.raises(TrainingError, match="step 1: the loss became inf"):
        train(Broken(ToyTask.fresh().module), ARGUMENTS)


def test_the_run_ends_with_the_averaged_weights() -> None:
    trail = []
    for steps in range(4):
        task = ToyTask.fresh()
        # A run that is cancelled after some steps has the plain weights of that step.
        with pytest.raises(Cancelled):
            train(task, replace(ARGUMENTS, steps=4), progress=CancelAt(steps))
        trail.append(weights(task)["image.0.weight"])
    averaged, last = ToyTask.fresh(), ToyTask.fresh()
    train(averaged, replace(ARGUMENTS, steps=4, average=0.9))
    train(last, replace(ARGUMENTS, steps=4))
    trail.append(weights(last)["image.0.weight"])
    expected = trail[0]
    for update, present in enumerate(trail[1:], start=1):
        decay = min(0.9, update / (update + 10))
        expected = decay * expected + (1 - decay) * present
    torch.testing.assert_close(weights(averaged)["image.0.weight"], expected)


def test_a_probe_sees_the_averaged_weights_and_leaves_the_run_alone() -> None:
    arguments = replace(ARGUMENTS, average=0.8, probe_every=10)
    task = ToyTask.fresh()
    probed: list[tuple[bool, float]] = []

    def probe(_: int) -> float:
        value = float(task.module.state_dict()["image.0.weight"].norm())
        probed.append((task.module.training, value))
        return value

    record = train(task, arguments, probe=probe)
    assert list(record.probes) == ["10", "20", "30"]
    assert all(not training for training, _ in probed)
    other = ToyTask.fresh()
    train(other, arguments)
    assert_same(weights(task), weights(other))


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    arguments = TrainingArguments(steps=100, warm_up=0.1)
    factors = [arguments.learning_rate_factor(step) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == pytest.approx(1.0, abs=1e-3)
    assert factors.index(max(factors)) in (8, 9)
    assert factors[-1] == pytest.approx(0.0, abs=1e-9)
    assert factors[54] == pytest.approx(0.5, abs=0.01)


def test_the_callers_random_numbers_are_left_alone() -> None:
    task = ToyTask.fresh()
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    train(task, replace(ARGUMENTS, steps=2))
    assert torch.equal(torch.rand(3), expected)


def test_biases_and_norms_do_not_decay() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    groups = split_decay(list(module.named_parameters()), weight_decay=0.5, lr=1.0)
    assert [group["weight_decay"] for group in groups] == [0.5, 0.0]
    assert [len(group["params"]) for group in groups] == [1, 3]
    module[0].weight.requires_grad_(False)
    assert len(split_decay(list(module.named_parameters()))) == 1


def test_layers_near_the_input_learn_slower() -> None:
    blocks = [nn.Linear(2, 2, bias=False) for _ in range(3)]
    groups = layerwise(blocks, 1.0, 0.5)
    rates = {id(group["params"][0]): group["lr"] for group in groups}
    assert [rates[id(block.weight)] for block in blocks] == [0.25, 0.5, 1.0]


def test_an_average_swaps_back_to_the_exact_weights() -> None:
    module = nn.Linear(4, 4)
    average = MovingAverage(module, 0.9)
    nn.init.normal_(module.weight)
    average.update(module)
    before = copy.deepcopy(module.state_dict())
    average.swap(module)
    assert not torch.equal(module.weight, before["weight"])
    average.swap(module)
    assert_same(dict(module.state_dict()), dict(before))


def test_ends_early_when_it_gets_no_better() -> None:
    values = iter([0.1, 0.5, 0.4, 0.5, 0.3, 0.9, 0.9, 0.9])
    task = ToyTask.fresh()
    arguments = replace(ARGUMENTS, probe_every=2, patience=3)
    record = train(task, arguments, probe=lambda _: next(values))
    assert len(record.losses) == 10
    assert list(record.probes) == ["2", "4", "6", "8", "10"]


def test_a_run_that_has_ended_early_stays_ended(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    arguments = replace(ARGUMENTS, probe_every=2, patience=2, average=0.9)
    task = ToyTask.fresh()
    record = train(task, arguments, checkpoint=file, probe=lambda _: 0.5)
    again = ToyTask.fresh()
    resumed = train(again, arguments, checkpoint=file, probe=lambda _: 0.9)
    assert resumed.losses == record.losses
    assert resumed.probes == record.probes
    for name, value in weights(task).items():
        assert torch.equal(weights(again)[name], value), name
