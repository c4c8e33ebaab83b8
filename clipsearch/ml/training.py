"""The training loop: one for the starter model, for distillation and for users' fine-tuning.

What is learned is a `Task`; how is a `TrainingArguments`. A step draws a batch, embeds it, and
takes the gradient of the loss over all its embeddings. When a task draws its batch in several
parts, memory is needed for one part at a time only, and the loss still sees the whole batch
(gradient caching, arXiv 2101.06983): the parts are embedded without gradients first, the loss is
taken on the cached embeddings, and its gradients are then led through each part again.

Everything that is drawn in a step depends on the seed and the step's number alone. So a run that
is resumed from a checkpoint ends with the same weights as one that was never interrupted.
"""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import torch
from torch import Tensor, nn

from clipsearch.errors import TrainingError
from clipsearch.ml.averaging import MovingAverage
from clipsearch.ml.checkpoints import load_checkpoint, save_checkpoint
from clipsearch.progress import Cancelled, Progress, no_progress

logger = logging.getLogger(__name__)

Part = TypeVar("Part")
Embeddings = tuple[Tensor, ...]
ParameterGroup = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingArguments:
    """How a task is trained."""

    steps: int
    """Optimizer steps in all."""
    learning_rate: float = 1e-3
    """Highest learning rate, of the parameter groups that do not set their own ``lr``."""
    warm_up: float = 0.05
    """Share of the steps in which the learning rate rises linearly from nothing."""
    final_rate: float = 0.0
    """Share of the highest learning rate that the cosine ends at."""
    weight_decay: float = 0.01
    """Of the parameter groups that do not set their own; AdamW's, times the learning rate."""
    betas: tuple[float, float] = (0.9, 0.98)
    clip_norm: float | None = 1.0
    """Gradients longer than this, over all parameters, are scaled down to it."""
    average: float | None = None
    """Decay a step of the moving average of the weights, which is what the run ends with."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of the forward pass (autocast); weights and losses are float32."""
    device: str = "cpu"
    """A torch device; the task puts its batches there."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps between checkpoints; one is also written on cancel and at the end."""
    probe_every: int = 0
    """Steps between probes; 0 for none but at the end."""
    patience: int = 0
    """The run ends early after so many probes in a row that were no better; 0 for never."""

    def learning_rate_factor(self, step: int) -> float:
        """Share of the highest learning rate at a step: linear warm-up, then half a cosine."""
        done = (step + 1) / self.steps
        if done < self.warm_up:
            return done / self.warm_up
        cosine = 0.5 * (1 + math.cos(math.pi * (done - self.warm_up) / (1 - self.warm_up)))
        return self.final_rate + (1 - self.final_rate) * cosine


class Task(Protocol[Part]):
    """What is learned."""

    @property
    def module(self) -> nn.Module:
        """Holds everything that is trained or saved."""

    def parameter_groups(self) -> list[ParameterGroup]:
        """AdamW's groups: ``params``, and ``lr`` and ``weight_decay`` where they differ."""

    def draw(self, generator: torch.Generator) -> list[Part]:
        """One step's batch, in one part or several.

        Runs in a thread, one step ahead of the training: draws from ``generator`` alone, and
        touches no module.
        """

    def embed(self, part: Part) -> Embeddings:
        """Embeddings of one part, with gradients; each tensor's first axis is the part's own."""

    def loss(self, embeddings: Embeddings, parts: Sequence[Part]) -> Tensor:
        """The loss over the whole batch: the parts' embeddings, concatenated in order."""


Probe = Callable[[int], float]
"""Measures the module as it stands after so many steps, averaged if there is an average; higher is
better."""


@dataclass
class TrainingRecord:
    """What a run has measured; kept over interruptions."""

    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """One a step."""
    probes: dict[str, float] = field(default_factory=dict)
    """By number of steps done (as text, as JSON has it)."""


def train(
    task: Task[Part],
    arguments: TrainingArguments,
    *,
    checkpoint: Path | None = None,
    probe: Probe | None = None,
    progress: Progress = no_progress,
) -> TrainingRecord:
    """Train a task; its module ends in evaluation mode, with the averaged weights if any.

    Args:
        task: What is learned.
        arguments: How.
        checkpoint: File to resume from, if it is there and was written under equal arguments,
            and to write to. It stays when training is done.
        probe: Measured every ``probe_every`` steps and at the end.
        progress: Steps done, and the loss as the note.

    Returns:
        Losses, probes and seconds, those of earlier runs included.

    Raises:
        Cancelled: From ``progress``; the checkpoint has been written.
        TrainingError: The loss is not a finite number. The last checkpoint is from before.
    """
    run = _Run(task, arguments, checkpoint, probe)
    devices = [torch.device(arguments.device)] if arguments.device.startswith("cuda") else []
    with torch.random.fork_rng(devices), contextlib.closing(run.batches()) as batches:
        for step, parts in batches:
            if run.has_settled:
                break
            try:
                progress(step, arguments.steps, run.note)
            except Cancelled:
                run.save(step)
                raise
            run.step(step, parts)
    run.finish()
    progress(arguments.steps, arguments.steps, run.note)
    return run.record


class _Run(Generic[Part]):
    """One run's optimizer, average and record."""

    def __init__(
        self,
        task: Task[Part],
        arguments: TrainingArguments,
        checkpoint: Path | None,
        probe: Probe | None,
    ) -> None:
        self._task = task
        self._arguments = arguments
        self._checkpoint = checkpoint
        self._probe = probe
        self._optimizer = torch.optim.AdamW(
            task.parameter_groups(),
            lr=arguments.learning_rate,
            betas=arguments.betas,
            weight_decay=arguments.weight_decay,
        )
        self._peaks = [group["lr"] for group in self._optimizer.param_groups]
        self._scaler = torch.amp.GradScaler(
            torch.device(arguments.device).type, enabled=arguments.precision == "float16"
        )
        self._average = (
            None if arguments.average is None else MovingAverage(task.module, arguments.average)
        )
        self.record = TrainingRecord()
        self._first = self._resume()
        self._began = time.monotonic()

    @property
    def has_settled(self) -> bool:
        """Whether the last probes were no better than one before them."""
        patience = self._arguments.patience
        if not patience or len(self.record.probes) <= patience:
            return False
        values = list(self.record.probes.values())
        return max(values[-patience:]) <= max(values[:-patience])

    @property
    def note(self) -> str:
        """The last loss, in words."""
        return f"loss {self.record.losses[-1]:.3f}" if self.record.losses else ""

    def batches(self) -> Generator[tuple[int, list[Part]], None, None]:
        """Each step's batch, drawn while the step before is being worked on."""

        def draw(step: int) -> list[Part]:
            generator = torch.Generator().manual_seed(_mix(self._arguments.seed, step))
            return self._task.draw(generator)

        with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
            steps = range(self._first, self._arguments.steps)
            ahead = pool.submit(draw, self._first) if steps else None
            for step in steps:
                assert ahead is not None
                parts = ahead.result()
                ahead = pool.submit(draw, step + 1) if step + 1 in steps else None
                yield step, parts

    def step(self, step: int, parts: list[Part]) -> None:
        """Take one optimizer step, and what is due after it."""
        arguments, optimizer = self._arguments, self._optimizer
        factor = arguments.learning_rate_factor(step)
        for group, peak in zip(optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor
        self._task.module.train()
        optimizer.zero_grad()
        loss = self._backward(step, parts)
        if not math.isfinite(loss):
            raise TrainingError(
                f"Training stopped at step {step + 1}: the loss became {loss}. "
                "Try a lower learning rate."
            )
        if arguments.clip_norm is not None:
            self._scaler.unscale_(optimizer)
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(parameters, arguments.clip_norm)
        self._scaler.step(optimizer)
        self._scaler.update()
        if self._average is not None:
            self._average.update(self._task.module)
        self.record.losses.append(loss)
        done = step + 1
        if arguments.probe_every and done % arguments.probe_every == 0 and done < arguments.steps:
            self._measure(done)
        if done % arguments.checkpoint_every == 0:
            self.save(done)

    def finish(self) -> None:
        """Write the last checkpoint, and leave the final weights in the module."""
        self.save(self._arguments.steps)
        if self._average is not None:
            self._average.swap(self._task.module)
        self._task.module.eval()
        done = str(len(self.record.losses))
        if self._probe is not None and done not in self.record.probes:
            self.record.probes[done] = self._probe(int(done))

    def save(self, step: int) -> None:
        """Write the checkpoint of a run that has done ``step`` steps."""
        now = time.monotonic()
        self.record.seconds += now - self._began
        self._began = now
        if self._checkpoint is None:
            return
        state = {
            "arguments": self._key(),
            "step": step,
            "module": self._task.module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "record": asdict(self.record),
        }
        save_checkpoint(state, self._checkpoint)

    def _resume(self) -> int:
        """Take up the checkpoint, if it is of this run; the number of steps done."""
        state = None if self._checkpoint is None else load_checkpoint(self._checkpoint)
        if state is None or state["arguments"] != self._key():
            return 0
        self._task.module.load_state_dict(state["module"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        self.record = TrainingRecord(**state["record"])
        step: int = state["step"]
        logger.info("going on after step %d of %d", step, self._arguments.steps)
        return step

    def _key(self) -> dict[str, Any]:
        return {**asdict(self._arguments), "betas": list(self._arguments.betas)}

    def _measure(self, done: int) -> None:
        if self._probe is None:
            return
        module = self._task.module
        module.eval()
        if self._average is not None:
            self._average.swap(module)
        try:
            self.record.probes[str(done)] = self._probe(done)
        finally:
            if self._average is not None:
                self._average.swap(module)
        logger.info("step %d: %s", done, self.record.probes[str(done)])

    def _backward(self, step: int, parts: list[Part]) -> float:
        """Add up the gradients of one batch; the loss."""
        if len(parts) == 1:
            loss = self._task.loss(self._embed(step, 0, parts[0]), parts)
            torch.autograd.backward([self._scaler.scale(loss)])
            return float(loss.detach())
        with torch.no_grad():
            cached = [self._embed(step, number, part) for number, part in enumerate(parts)]
        whole = tuple(torch.cat(pieces).requires_grad_() for pieces in zip(*cached, strict=True))
        loss = self._task.loss(whole, parts)
        torch.autograd.backward([self._scaler.scale(loss)])
        starts = [0] * len(whole)
        for number, part in enumerate(parts):
            led, gradients = [], []
            for index, piece in enumerate(self._embed(step, number, part)):
                gradient, start = whole[index].grad, starts[index]
                starts[index] += len(piece)
                if piece.requires_grad and gradient is not None:
                    led.append(piece)
                    gradients.append(gradient[start : start + len(piece)])
            torch.autograd.backward(led, gradients)
        return float(loss.detach())

    def _embed(self, step: int, number: int, part: Part) -> Embeddings:
        # Seeded, so that the second pass over a part drops the same units as the first.
        torch.manual_seed(_mix(self._arguments.seed, step, number))
        with self._autocast():
            embeddings = self._task.embed(part)
        return tuple(piece.float() for piece in embeddings)

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if self._arguments.precision == "float32":
            return contextlib.nullcontext()
        kind = torch.device(self._arguments.device).type
        return torch.autocast(kind, getattr(torch, self._arguments.precision))


def split_decay(
    named: Sequence[tuple[str, nn.Parameter]], **settings: float
) -> list[ParameterGroup]:
    """Parameter groups with ``settings`` for AdamW; biases, norms and scalars do not decay."""
    trained = [parameter for _, parameter in named if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim > 1]
    others = [parameter for parameter in trained if parameter.ndim <= 1]
    groups = [{"params": matrices, **settings}, {"params": others, **settings, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def layerwise(
    blocks: Sequence[nn.Module], learning_rate: float, decay: float, **settings: float
) -> list[ParameterGroup]:
    """Parameter groups whose learning rate falls towards the input.

    Args:
        blocks: From the input to the output.
        learning_rate: Of the last block.
        decay: Factor from each block to the one before it.
        settings: Of all groups.
    """
    groups = []
    for depth, block in enumerate(reversed(blocks)):
        named = list(block.named_parameters())
        groups += split_decay(named, lr=learning_rate * decay**depth, **settings)
    return groups


def _mix(*numbers: int) -> int:
    """A seed of its own for every tuple of numbers (the constants of splitmix64)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed + number + 0x9E3779B97F4A7C15) & (1 << 64) - 1
        mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & (1 << 64) - 1
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & (1 << 64) - 1
        mixed ^= mixed >> 31
    return mixed >> 1
