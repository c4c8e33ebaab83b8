"""Methods that learn what a name means, and leave the photos' embeddings as they are.

Each concept's name gets an embedding of its own: the direction that tells its photos from the
library's others by discriminant analysis or by logistic regression (`class_methods`), or that of a
prompt whose context is learned (CoOp, arXiv 2109.01134). No photo has to be embedded again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import normalize

from clipsearch.errors import TrainingError
from clipsearch.ml.class_methods import Examples, Gda, Probe
from clipsearch.ml.losses import cosine_distance, fit_loss
from clipsearch.ml.models import LoadedModel
from clipsearch.ml.short_texts import encode_text
from clipsearch.ml.space_statistics import SpaceStatistics
from clipsearch.ml.training import (
    Embeddings as Pieces,
)
from clipsearch.ml.training import (
    ParameterGroup,
    TrainingArguments,
    TrainingRecord,
    train,
)
from clipsearch.ml.tuning_embeddings import Embedder
from clipsearch.ml.tuning_types import Lessons, TuningPlan
from clipsearch.ml.zeroshot import Embeddings
from clipsearch.progress import Progress, no_progress

_GDA = Gda(0.02)
_PROBE = Probe(10.0)
_CONTEXT = 4  # Learned tokens before a name.
_STEPS = 150
_RATE = 2e-3
_KEPT = 0.5


@dataclass(frozen=True)
class FoundWords:
    """Embeddings of names, before and after.

    Attributes:
        words: ``K`` texts in lower case: the concepts' names and synonyms.
        known: ``(K, D) float32``, L2-normalised: the parent's.
        learned: ``(K, D) float32``, L2-normalised.
        names: ``(C, D) float32``: what was learned of each concept's name.
        record: Losses and seconds.
    """

    words: tuple[str, ...]
    known: Tensor
    learned: Tensor
    names: Embeddings
    record: TrainingRecord


def learn_words(
    plan: TuningPlan,
    model: LoadedModel,
    embedder: Embedder,
    embeddings: Embeddings,
    progress: Progress = no_progress,
) -> FoundWords:
    """Learn embeddings of the concepts' names.

    Args:
        plan: Its method is ``gda``, ``linear`` or ``coop``.
        model: The parent, on the embedder's device.
        embedder: Of the parent.
        embeddings: ``(N, D) float32``, L2-normalised: of all examples, by the parent.
        progress: May cancel.

    Raises:
        Cancelled: By ``progress``.
        TrainingError: The model's text tower takes no learned context, or the loss is no number.
    """
    lessons = plan.lessons
    names = embedder.texts([concept.name for concept in lessons.concepts])
    record = TrainingRecord()
    if plan.method == "coop":
        task = _ContextTask(plan, model, embedder, embeddings)
        arguments = TrainingArguments(
            steps=_STEPS,
            learning_rate=_RATE,
            warm_up=0.1,
            weight_decay=0.0,
            device=str(embedder.device),
            seed=plan.seed,
        )
        record = train(task, arguments, progress=progress)
        with torch.no_grad():
            found = normalize(task.texts(), dim=-1).cpu().numpy()
    else:
        found = _directions(plan, embeddings, names)
    return _spelled(lessons, embedder, found, record)


def _spelled(
    lessons: Lessons, embedder: Embedder, found: Embeddings, record: TrainingRecord
) -> FoundWords:
    """What was found of each concept, for its name and its synonyms."""
    spellings = {
        text.lower(): number
        for number, concept in enumerate(lessons.concepts)
        for text in (concept.name, *concept.synonyms)
    }
    words = tuple(spellings)
    known = torch.from_numpy(embedder.texts(words))
    learned = torch.from_numpy(found[list(spellings.values())])
    return FoundWords(words, known, learned, found, record)


def _directions(plan: TuningPlan, embeddings: Embeddings, names: Embeddings) -> Embeddings:
    """``(C, D)``: what tells each concept's photos from all others."""
    examples = plan.lessons.examples
    taught = np.array([not one.is_held_out for one in examples])
    space = SpaceStatistics.of(embeddings[taught])
    method = _GDA if plan.method == "gda" else _PROBE
    lesson = _labelled(plan.lessons, embeddings, with_others=plan.method == "linear")
    weights = method.fit(lesson, space).weights.T[: len(names)]
    return np.stack(
        [_levelled(one, name, space.mean) for one, name in zip(weights, names, strict=True)]
    )


def _labelled(lessons: Lessons, embeddings: Embeddings, *, with_others: bool) -> Examples:
    """The photos to learn from; those that show no concept are a class of their own."""
    others = len(lessons.concepts)
    pairs = [
        (row, label)
        for row, one in enumerate(lessons.examples)
        if not one.is_held_out
        for label in (one.concepts or ((others,) if with_others else ()))
    ]
    rows, labels = np.array(pairs, np.int64).reshape(-1, 2).T
    return Examples(embeddings[rows], labels, others + with_others)


def _levelled(
    direction: NDArray[np.floating], name: Embeddings, mean: NDArray[np.floating]
) -> Embeddings:
    """A direction as an embedding that is as near to photos at large as the name was.

    So that what competes with a query, the everyday words, meets the same odds as before.
    """
    centre = mean / np.linalg.norm(mean)
    level = float(name @ centre)
    across = direction - (direction @ centre) * centre
    across /= max(float(np.linalg.norm(across)), float(np.finfo(np.float32).tiny))
    levelled: Embeddings = ((1 - level**2) ** 0.5 * across + level * centre).astype(np.float32)
    return levelled


class _ContextTask:
    """Task: a context of learned tokens before each concept's name (CoOp, class-specific)."""

    def __init__(
        self, plan: TuningPlan, model: LoadedModel, embedder: Embedder, embeddings: Embeddings
    ) -> None:
        self._plan, self._device = plan, embedder.device
        self._model, self._key = model.model, _table_of(model.model)
        self._photos = torch.from_numpy(embeddings).to(self._device)
        self._words = torch.from_numpy(embedder.texts(plan.lessons.words[::2])).to(self._device)
        self._scale: Tensor = model.model.logit_scale.exp().detach()
        self._table = dict(model.model.named_parameters())[self._key].detach()
        names = [concept.name for concept in plan.lessons.concepts]
        self._tokens, self._places, first = _with_context(model.tokenizer, names)
        self._known = torch.from_numpy(embedder.texts(names)).to(self._device)
        self.module = nn.ParameterDict({"context": self._table[first].repeat(len(names), 1, 1)})
        examples = plan.lessons.examples
        self._rows = torch.tensor([r for r, one in enumerate(examples) if not one.is_held_out])
        self._fits = torch.zeros(len(examples), len(names))
        for row, one in enumerate(examples):
            self._fits[row, list(one.concepts)] = 1
        scores = self._photos @ self._words.T
        nearest = max(1, len(self._words) // 20) if len(self._words) else 0
        self._competes = torch.ones_like(scores)
        if nearest:
            self._competes.scatter_(1, scores.topk(nearest, dim=1).indices, 0)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The context."""
        return [{"params": list(self.module.parameters())}]

    def draw(self, generator: torch.Generator) -> list[Tensor]:
        """All photos: they are embedded already."""
        return [self._rows]

    def embed(self, part: Tensor) -> Pieces:
        """The names, ``(C, D)``."""
        return (self.texts(),)

    def texts(self) -> Tensor:
        """The names in their contexts, ``(C, D)``, not normalised."""
        context = self.module["context"].flatten(0, 1)
        table = self._table.index_copy(0, self._places.to(self._device), context)
        embedded: Tensor = functional_call(
            _Texts(self._model), {f"model.{self._key}": table}, (self._tokens.to(self._device),)
        )
        return embedded

    def loss(self, embeddings: Pieces, parts: Sequence[Tensor]) -> Tensor:
        """Photos and names find each other; and names do not stray without need."""
        names, rows = normalize(embeddings[0], dim=-1), parts[0]
        loss = fit_loss(
            self._photos[rows],
            names,
            self._scale,
            self._fits[rows].to(names),
            self._words,
            self._competes[rows],
        )
        return loss + _KEPT * cosine_distance(names, self._known)


class _Texts(nn.Module):
    """The text tower as `torch.func.functional_call` wants it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> Tensor:
        return encode_text(self.model, tokens)


def _table_of(model: Any) -> str:
    """The parameter that holds the tokens' embeddings."""
    found = [n for n, _ in model.named_parameters() if n.endswith("token_embedding.weight")]
    if len(found) != 1:
        raise TrainingError(
            "This model's text tower takes no learned context: choose another method than coop."
        )
    return str(found[0])


def _with_context(tokenizer: Any, names: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens of the names, each behind placeholders of its own.

    The placeholders are the rarest tokens of the vocabulary, the last before the marks of a text's
    beginning and end: CLIP finds the end as the highest number (arXiv 2103.00020, section 2.4).

    Returns:
        ``(C, context length)``; the placeholders' numbers, ``(C * M,)``; and the tokens of "a photo
        of a", ``(M,)``, whose embeddings a context begins with.
    """
    begin = int(tokenizer(["a photo of a"])[0, 0])
    plain = tokenizer(list(names))
    places = torch.arange(begin - _CONTEXT * len(names), begin)
    tokens = torch.cat([plain[:, :1], places.view(len(names), -1), plain[:, 1:-_CONTEXT]], dim=1)
    end = int(tokenizer([""])[0, 1])
    # A name that fills the context is cut, and must end all the same.
    tokens[(tokens != end).all(dim=1), -1] = end
    return tokens, places, tokenizer(["a photo of a"])[0, 1 : 1 + _CONTEXT]
