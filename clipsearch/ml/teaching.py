"""`teach`: a run of fine-tuning from the plan to the verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from clipsearch.ml.execution import choose_device
from clipsearch.ml.finetune import Exam, Tuned, tune
from clipsearch.ml.held_out import Embedded
from clipsearch.ml.judgement import choose_strength, figures, judge
from clipsearch.ml.learned_words import LearnedWords
from clipsearch.ml.models import LoadedModel
from clipsearch.ml.tuning_embeddings import Embedder, place
from clipsearch.ml.tuning_types import Lessons, Outcome, TuningPlan
from clipsearch.ml.zeroshot import Embeddings
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""Between which the run chooses; the parent's own is 0."""

_PROBED = 120  # Held-out background photos that recall is measured among while the model learns.

Stage = Callable[[str], None]
"""Told what begins: ``embedding``, ``training`` or ``judging``."""


@dataclass(frozen=True)
class Taught:
    """What a run came to.

    Attributes:
        outcome: For the user.
        tuned: What was learned.
        parent: The examples as they were embedded before.
        model: As they are by what was learned, at the chosen strength.
    """

    outcome: Outcome
    tuned: Tuned
    parent: Embedded
    model: Embedded


def teach(
    plan: TuningPlan,
    model: LoadedModel,
    photos: Sequence[Image.Image],
    *,
    settings: Settings | None = None,
    checkpoint: Path | None = None,
    stage: Stage = lambda _: None,
    on_recall: Callable[[int, float], None] = lambda _step, _recall: None,
    progress: Progress = no_progress,
) -> Taught:
    """Learn, find out how much of it is good, and judge.

    Args:
        plan: What to learn and how.
        model: The parent; left as it is.
        photos: RGB, one for each example of the plan.
        settings: The device.
        checkpoint: See `tune`.
        stage: Told what begins.
        on_recall: Told recall@1 on the held-out photos while the model learns.
        progress: Of the stage; may cancel.

    Raises:
        Cancelled, TrainingError, ModelError: See `tune`.
    """
    device = choose_device((settings or Settings()).device)
    place(model, device)
    view = _View(plan.lessons, photos, Embedder(model, device))
    stage("embedding")
    parent = view.parent(progress)
    stage("training")
    tuned = tune(
        plan,
        model,
        photos,
        parent.photos,
        settings=settings,
        checkpoint=checkpoint,
        exam=_exam(plan.lessons, parent, on_recall),
        progress=progress,
    )
    stage("judging")
    at = {one: view.learned(parent, tuned, one, progress) for one in STRENGTHS}
    strength, trade_off = choose_strength(plan.lessons, parent, at, seed=plan.seed)
    judgement = judge(
        plan.lessons, parent, at[strength], chosen_among=list(at.values()), seed=plan.seed
    )
    outcome = Outcome(
        method=plan.method,
        judgement=judgement,
        strength=strength,
        trade_off=trade_off,
        losses=tuned.losses,
        recalls=tuned.recalls,
        seconds=tuned.seconds,
    )
    after = view.learned(parent, tuned, strength, progress, everything=True)
    return Taught(outcome, tuned, parent, after)


def _exam(lessons: Lessons, parent: Embedded, told: Callable[[int, float], None]) -> Exam:
    """Recall@1 among the held-out photos: of ten it is soon 1, and tells nothing any more.

    Of the background only some is asked for: all would take too long.
    """
    held_out = [row for row, one in enumerate(lessons.examples) if one.is_held_out]
    shown = [row for row in held_out if lessons.examples[row].concepts]
    others = [row for row in held_out if not lessons.examples[row].concepts]
    rows = [*shown, *others[:_PROBED]]
    asked = replace(lessons, examples=tuple(lessons.examples[row] for row in rows))

    def mark(step: int, pictures: Embeddings, names: Embeddings) -> float:
        there = Embedded(pictures, names, parent.words[:0])
        recall = figures(asked, there, there).recall[1]
        told(step, recall)
        return recall

    return Exam(tuple(rows), mark)


@dataclass(frozen=True)
class _View:
    """The examples, and what embeds them."""

    lessons: Lessons
    photos: Sequence[Image.Image]
    embedder: Embedder

    def parent(self, progress: Progress) -> Embedded:
        """All by the parent."""
        return Embedded(
            self.embedder.photos(self.photos, progress=progress),
            self.embedder.texts(self._names),
            self.embedder.texts(self._gauge),
        )

    def learned(
        self,
        parent: Embedded,
        tuned: Tuned,
        strength: float,
        progress: Progress,
        *,
        everything: bool = False,
    ) -> Embedded:
        """As the model with what was learned embeds them; else the held-out photos alone."""
        if tuned.adaptation is None:
            words = learned_words(tuned, strength)
            return replace(
                parent,
                names=words.embed(self._names, self.embedder.texts),
                words=words.embed(self._gauge, self.embedder.texts),
            )
        rows = [
            row for row, one in enumerate(self.lessons.examples) if everything or one.is_held_out
        ]
        photos = parent.photos.copy()
        some = [self.photos[row] for row in rows]
        photos[rows] = self.embedder.photos(some, tuned.adaptation, strength, progress)
        return Embedded(
            photos,
            self.embedder.texts(self._names, tuned.adaptation, strength),
            self.embedder.texts(self._gauge, tuned.adaptation, strength),
        )

    @property
    def _names(self) -> list[str]:
        return [concept.name for concept in self.lessons.concepts]

    @property
    def _gauge(self) -> tuple[str, ...]:
        return self.lessons.words[1::2]


def learned_words(tuned: Tuned, strength: float) -> LearnedWords:
    """The names that a run has learned, in use."""
    tensors = tuned.tensors
    known, learned = tensors["words/known"].numpy(), tensors["words/learned"].numpy()
    return LearnedWords(tuned.words, known, learned, strength)
