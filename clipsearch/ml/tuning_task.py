"""`TuningTask`: what a step of fine-tuning draws, and its loss.

A batch holds photos of the concepts, evenly drawn; look-alikes that are none (rejected by the user,
or close to the concepts); background; and texts: a prompt of every concept, captions of the photos,
everyday words.

What is learned: photos find the texts that fit them and texts their photos, several of each
(`losses.fit_loss`), or every pair is judged by itself (the sigmoid loss).

What is kept: everyday words stay where the parent has them, and so does background, both by itself
(distance) and by what the words say of it (the divergence of the softmax over the words; VR-LwF,
arXiv 2207.09248, and the hybrid loss of CLIP-Refine, 2504.12717).
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax, normalize

from clipsearch.ml.adaptation import Adaptation
from clipsearch.ml.augmentation import Augmentation
from clipsearch.ml.dataset import fits, positives
from clipsearch.ml.losses import MAX_LOGIT_SCALE, cosine_distance, fit_loss, sigmoid_loss
from clipsearch.ml.training import Embeddings, ParameterGroup, split_decay
from clipsearch.ml.training_texts import texts_of
from clipsearch.ml.tuning_embeddings import Embedder
from clipsearch.ml.tuning_types import TuningPlan
from clipsearch.ml.zeroshot import Embeddings as Known

MEMBERS = 32
OTHERS = 16
_CONCEPTS = 64  # Prompts in a batch; of more concepts some are drawn.
_WORDS = 64
_CAPTIONED = 0.5  # How often a photo with captions brings one.
_DISTANCE = 20.0
_DIVERGENCE = 1.0
_BIAS_RATE = 1e-2
_ACTIVATIONS = 1.5e9  # bytes; larger batches are taken in parts
_VIEW = Augmentation(area=(0.5, 1.0))


@dataclass(frozen=True)
class Part:
    """Some of a batch's photos; the first part has the texts.

    Attributes:
        rows: ``(n,)`` of the examples.
        pixels: ``(n, 3, H, W) float32``.
        is_kept: ``(n,) bool``: whether the parent's embedding is held on to.
        concepts: ``(C,)`` whose prompts are among the texts.
        captioned: ``(K,)`` rows of the examples whose captions follow them.
        words: ``(W,)`` of the words that are held on to.
        tokens: ``(C + K + W, context length)``; none in other parts than the first.
    """

    rows: Tensor
    pixels: Tensor
    is_kept: Tensor
    concepts: Tensor
    captioned: Tensor
    words: Tensor
    tokens: Tensor


class TuningTask:
    """Task of the training engine: the concepts of a plan, by changes of a model's weights."""

    def __init__(
        self,
        plan: TuningPlan,
        photos: Sequence[Image.Image],
        known: Known,
        adaptation: Adaptation,
        embedder: Embedder,
        *,
        at_once: int = MEMBERS + OTHERS,
    ) -> None:
        """Embed with the parent the words that are to be kept.

        Args:
            plan: Of its examples those are learned from that are not held out.
            photos: RGB, one for each example.
            known: ``(N, D) float32``, L2-normalised: the parent's embeddings of all examples.
            adaptation: What is trained.
            embedder: Of the parent.
            at_once: Photos at most that are in memory with their activations; a batch of more is
                taken in parts.
        """
        self._plan, self._model, self._photos = plan, embedder.model, photos
        self.adaptation, self.embedder = adaptation, embedder
        examples = plan.lessons.examples
        taught = [row for row, one in enumerate(examples) if not one.is_held_out]
        self._members = [
            _rows(row for row in taught if number in examples[row].concepts)
            for number in range(len(plan.lessons.concepts))
        ]
        self._others = _rows(row for row in taught if not examples[row].concepts)
        self._shows = torch.zeros(len(examples), len(plan.lessons.concepts), dtype=torch.bool)
        for row, one in enumerate(examples):
            self._shows[row, list(one.concepts)] = True
        # Captions are drawn with their photos.
        nobody = replace(examples[0], captions=())
        self._prompts = [texts_of(concept, nobody) for concept in plan.lessons.concepts]
        self._words = plan.lessons.words[::2]
        self._keep(known)
        self.module = nn.ModuleDict({"adaptation": adaptation})
        if plan.loss == "siglip":
            self.module["bias"] = _Bias(self._middle())
        self._part_size = min(at_once, self._affordable())

    @property
    def photos_a_step(self) -> int:
        """Photos of the concepts in a batch."""
        return min(MEMBERS, sum(map(len, self._members)))

    def parameter_groups(self) -> list[ParameterGroup]:
        """The changes; they decay towards none."""
        groups = split_decay(list(self.adaptation.named_parameters()))
        if "bias" in self.module:
            bias = list(self.module["bias"].named_parameters())
            groups += split_decay(bias, lr=_BIAS_RATE)
        return groups

    def draw(self, generator: torch.Generator) -> list[Part]:
        """Photos, augmented where they are to be learned, and texts."""
        members, others = self._draw_members(generator), self._draw_others(generator)
        rows = torch.cat([members, others])
        is_kept = torch.zeros(len(rows), dtype=torch.bool)
        is_kept[len(members) :] = True
        texts = self._draw_texts(members, generator)
        seeds = torch.randint(2**31, (len(rows),), generator=generator).tolist()
        views = [
            self._view(row, None if kept else seed)
            for row, kept, seed in zip(rows.tolist(), is_kept.tolist(), seeds, strict=True)
        ]
        pixels = self.embedder.pixels(views)
        size = self._part_size
        nothing = (texts[0][:0], texts[1][:0], texts[2][:0], texts[3][:0])
        return [
            Part(
                rows[at : at + size],
                pixels[at : at + size],
                is_kept[at : at + size],
                *(texts if at == 0 else nothing),
            )
            for at in range(0, len(rows), size)
        ]

    def embed(self, part: Part) -> Embeddings:
        """Photos ``(n, D)``, and texts ``(C + K + W, D)`` or ``(0, D)``."""
        device = self.embedder.device
        tokens = part.tokens.to(device) if len(part.tokens) else None
        images, texts = self.adaptation(part.pixels.to(device), tokens)
        return images, images[:0] if texts is None else texts

    def loss(self, embeddings: Embeddings, parts: Sequence[Part]) -> Tensor:
        """Of learning, and of keeping if the plan wants that."""
        images, texts = normalize(embeddings[0], dim=-1), normalize(embeddings[1], dim=-1)
        rows = torch.cat([part.rows for part in parts])
        is_kept = torch.cat([part.is_kept for part in parts]).to(images.device)
        said = len(parts[0].concepts) + len(parts[0].captioned)
        loss = self._learning(images, texts[:said], texts[said:], rows, parts[0])
        if self._plan.keeps_knowledge and len(parts[0].words):
            loss = loss + self._keeping(images[is_kept], texts[said:], rows, is_kept, parts[0])
        return loss

    def _learning(
        self, images: Tensor, texts: Tensor, words: Tensor, rows: Tensor, part: Part
    ) -> Tensor:
        owners = torch.cat([torch.full_like(part.concepts, -1), part.captioned])
        named = torch.eye(self._shows.shape[1], dtype=torch.bool)[part.concepts]
        tells = torch.cat([named, self._shows[part.captioned]])
        fitting = fits(rows.numpy(), self._shows[rows].numpy(), owners.numpy(), tells.numpy())
        wanted = torch.from_numpy(fitting).to(images)
        if self._plan.loss == "siglip":
            bias = self.module["bias"]
            assert isinstance(bias, _Bias)
            pairs = torch.from_numpy(positives(fitting)).to(images.device)
            return sigmoid_loss(images, texts, self._scale, bias.value, pairs)
        is_free = ~self._near[rows][:, part.words]
        return fit_loss(images, texts, self._scale, wanted, words.detach(), is_free.to(wanted))

    def _keeping(
        self, images: Tensor, words: Tensor, rows: Tensor, is_kept: Tensor, part: Part
    ) -> Tensor:
        known = self._known_words[part.words].to(words)
        loss = _DISTANCE * cosine_distance(words, known)
        if not len(images):
            return loss
        before = self._known_photos[rows][is_kept.cpu()].to(images)
        was = log_softmax(self._scale * before @ known.T, dim=-1)
        now = log_softmax(self._scale * images @ words.T, dim=-1)
        divergence = kl_div(now, was, reduction="batchmean", log_target=True)
        return loss + _DISTANCE * cosine_distance(images, before) + _DIVERGENCE * divergence

    def _draw_members(self, generator: torch.Generator) -> Tensor:
        """Photos of concepts, each concept as often as the others."""
        there = [rows for rows in self._members if len(rows)]
        order = torch.randperm(len(there), generator=generator).tolist()
        shuffled = [there[k][torch.randperm(len(there[k]), generator=generator)] for k in order]
        rounds = max(map(len, shuffled))
        dealt = [rows[at % len(rows)] for at in range(rounds) for rows in shuffled]
        unique = list(dict.fromkeys(int(row) for row in dealt))
        return torch.tensor(unique[: self.photos_a_step])

    def _draw_others(self, generator: torch.Generator) -> Tensor:
        order = torch.randperm(len(self._others), generator=generator)
        return self._others[order[:OTHERS]]

    def _draw_texts(
        self, members: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Concepts, photos whose captions are taken, words, and the tokens of them all."""
        order = torch.randperm(len(self._prompts), generator=generator)[:_CONCEPTS]
        said = [_one_of(self._prompts[number], generator) for number in order.tolist()]
        captioned = []
        for row in members.tolist():
            captions = self._plan.lessons.examples[row].captions
            if captions and float(torch.rand((), generator=generator)) < _CAPTIONED:
                captioned.append(row)
                said.append(_one_of(captions, generator))
        words = torch.randperm(len(self._words), generator=generator)[:_WORDS]
        said += [self._words[number] for number in words.tolist()]
        return order, torch.tensor(captioned, dtype=torch.int64), words, self._model.tokenizer(said)

    def _view(self, row: int, seed: int | None) -> Image.Image:
        """A photo: as it is, or a random view of it."""
        photo = self._photos[row]
        return photo if seed is None else _VIEW(photo, random.Random(seed))

    def _keep(self, known: Known) -> None:
        """Note what must not move, and find which words fit which photos."""
        photos = torch.from_numpy(known)
        words = torch.from_numpy(self.embedder.texts(self._words))
        self._known_photos, self._known_words = photos, words
        scores = photos @ words.T if len(words) else photos.new_zeros(len(photos), 0)
        # A dog's photo is not to be led away from "dog": the words nearest to it are no contrast.
        nearest = min(max(1, scores.shape[1] // 20), scores.shape[1])
        self._near = torch.zeros_like(scores, dtype=torch.bool)
        if nearest:
            self._near.scatter_(1, scores.topk(nearest, dim=1).indices, True)

    @property
    def _scale(self) -> Tensor:
        """The parent's; it is not learned."""
        scale: Tensor = self._model.model.logit_scale.exp()
        return scale.clamp(max=MAX_LOGIT_SCALE).detach()

    def _middle(self) -> float:
        """The bias under which the parent's scores of fitting and other pairs have equal odds."""
        names = [concept.name for concept in self._plan.lessons.concepts]
        scores = self._known_photos.numpy() @ self.embedder.texts(names).T
        own = np.array([number for rows in self._members for number in rows.tolist()], np.int64)
        return -float(self._scale) * float(scores[own].mean())

    def _affordable(self) -> int:
        """Photos whose activations fit the memory that training may take."""
        held = 0

        def hold(tensor: Tensor) -> Tensor:
            nonlocal held
            held += tensor.numel() * tensor.element_size()
            return tensor

        pixels = self.embedder.pixels([self._photos[0], self._photos[-1]])
        with torch.autograd.graph.saved_tensors_hooks(hold, lambda tensor: tensor):
            self.adaptation(pixels.to(self.embedder.device), None)
        return max(2, int(_ACTIVATIONS / max(1, held / 2)))


class _Bias(nn.Module):
    """The sigmoid loss's."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))


def _rows(rows: Iterable[int]) -> Tensor:
    """``(n,)``, of whole numbers also where there are none."""
    return torch.tensor(list(rows), dtype=torch.int64)


def _one_of(texts: Sequence[str], generator: torch.Generator) -> str:
    return texts[int(torch.randint(len(texts), (), generator=generator))]
