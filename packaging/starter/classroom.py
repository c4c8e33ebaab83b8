"""What the stages read that bring photos and texts together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file

from align import Lesson, Look, TrainingSet
from backbone import classifier
from image_tower import Head, Imagined, statistics
from labels import imagenet_classes
from photos import PhotoSet, photo_sets
from textbank import Labelled, TextBank, describe

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Classroom:
    """Photos, texts and the classifier.

    Attributes:
        data: Folder of the data.
        sets: All sets, by name.
        bank: All texts.
        described: Every set's texts and labels, by name.
        features: Every set's features `(N, 1280)` float16, by name.
        logits: Every training set's logits `(N, 1000)` float16 of the original backbone, by name.
        class_rows: `(1000, S, T)` rows of ImageNet's class prompts.
        imagined: The classifier and its directions.
        mean: `(1280,)` float32, of the training photos' features.
        deviation: `(1280,)` float32.
    """

    data: Path
    sets: dict[str, PhotoSet]
    bank: TextBank
    described: dict[str, Labelled]
    features: dict[str, torch.Tensor]
    logits: dict[str, torch.Tensor]
    class_rows: torch.Tensor
    imagined: Imagined
    mean: torch.Tensor
    deviation: torch.Tensor

    @property
    def training(self) -> list[str]:
        """Names of the sets to train on."""
        return [name for name, photos in self.sets.items() if photos.trained]

    def lesson(
        self, looks: dict[str, Look], settings: dict[str, Any], corpus_weights: torch.Tensor
    ) -> Lesson:
        """Sets up the draws from the training sets."""
        sets = [TrainingSet(looks[n], self.logits[n], self.described[n]) for n in self.training]
        return Lesson(sets, self.imagined, self.class_rows, corpus_weights, settings)

    def stored(self) -> dict[str, Look]:
        """Looks at the stored features."""
        return {name: _stored(self.features[name]) for name in self.training}

    def head(self, settings: dict[str, Any]) -> Head:
        """Builds a fresh head."""
        dropout = (settings["feature_dropout"], settings["dropout"])
        return Head(self.mean, self.deviation, settings["embed_dim"], dropout)


def classroom(data: Path, features: Path) -> Classroom:
    """Collects texts, features and the classifier; the bank's rows are always the same."""
    sets, bank = {photos.name: photos for photos in photo_sets(data)}, TextBank()
    described = {name: describe(photos, bank) for name, photos in sets.items()}
    class_rows = bank.class_prompts(imagenet_classes(data)[1:])
    stored = {name: load_file(features / f"{name}.safetensors") for name in sets}
    found = {name: tensors["features"] for name, tensors in stored.items()}
    logits = {name: stored[name]["logits"] for name, photos in sets.items() if photos.trained}
    whole = torch.cat([found[name] for name in logits]).float()
    imagined = Imagined(*classifier(data), whole)
    return Classroom(
        data, sets, bank, described, found, logits, class_rows, imagined, *statistics(whole)
    )


def _stored(features: torch.Tensor) -> Look:
    def look(photos: torch.Tensor, _: torch.Generator) -> torch.Tensor:
        return features[photos].float()

    return look
