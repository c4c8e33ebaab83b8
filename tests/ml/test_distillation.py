"""Students on toy teachers."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from clipsearch.ml.distillation import ImageDistillation, TextDistillation
from clipsearch.ml.training import TrainingArguments, train

WORDS, LENGTH = 40, 6


class BagOfWords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 16, padding_idx=0)
        self.out = nn.Linear(16, 8)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = self.out(self.words(tokens.long()).sum(1))
        return embedded


def corpus(count: int = 300) -> tuple[Tensor, Tensor]:
    """Texts of one to six words, and what a teacher with weights of its own makes of them."""
    generator = torch.Generator().manual_seed(2)
    tokens = torch.randint(1, WORDS, (count, LENGTH), generator=generator)
    lengths = torch.randint(1, LENGTH + 1, (count, 1), generator=generator)
    tokens = torch.where(torch.arange(LENGTH) < lengths, tokens, 0)
    table = torch.randn(WORDS, 8, generator=generator)
    table[0] = 0
    return tokens.int(), normalize(table[tokens].sum(1), dim=-1)


def test_a_text_student_comes_near_its_teacher() -> None:
    torch.manual_seed(0)
    tokens, goals = corpus()
    student = BagOfWords()
    task = TextDistillation(student, tokens, goals, torch.ones(len(tokens)), batch_size=32)

    def cosine() -> float:
        with torch.no_grad():
            return float((normalize(student(tokens), dim=-1) * goals).sum(-1).mean())

    before = cosine()
    record = train(task, TrainingArguments(steps=300, learning_rate=2e-2), probe=lambda _: cosine())
    assert before < 0.3
    assert record.probes["300"] > 0.9


def test_batches_hold_texts_of_like_length_and_respect_the_weights() -> None:
    tokens, goals = corpus(4000)
    weights = (torch.arange(4000) % 2).float()
    task = TextDistillation(BagOfWords(), tokens, goals, weights, batch_size=64)
    lengths = (tokens != 0).sum(1)
    spreads, seen = [], torch.zeros(LENGTH + 1)
    for seed in range(60):
        (rows,) = task.draw(torch.Generator().manual_seed(seed))
        assert len(rows) == 64
        assert bool((rows % 2 == 1).all())
        spreads.append(int(lengths[rows].max() - lengths[rows].min()))
        seen += torch.bincount(lengths[rows], minlength=LENGTH + 1)
    assert sum(spreads) / len(spreads) <= 2
    assert int((seen[1:] > 0.5 * seen.sum() / LENGTH).sum()) == LENGTH, "all lengths are drawn"


def pixels(rows: Tensor, generator: torch.Generator) -> Tensor:
    """Photos whose colour says what they are, with noise."""
    colours = torch.eye(3)[rows % 3]
    noise = 0.1 * torch.randn(len(rows), 3, 4, 4, generator=generator)
    return colours[:, :, None, None] + noise


def image_student() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 5))


def test_an_image_student_follows_a_classifier_through_the_names_of_its_classes() -> None:
    classes = normalize(torch.randn(3, 5, generator=torch.Generator().manual_seed(1)), dim=-1)
    posteriors = 0.85 * torch.eye(3)[torch.arange(30) % 3] + 0.05
    student = image_student()
    task = ImageDistillation(
        student,
        pixels,
        count=30,
        posteriors=posteriors,
        class_embeddings=classes,
        batch_size=12,
        part_size=5,
    )
    record = train(task, TrainingArguments(steps=150, learning_rate=1e-2))
    assert record.losses[-1] < record.losses[0]
    with torch.no_grad():
        images = student(pixels(torch.arange(30), torch.Generator().manual_seed(77)))
    found = (normalize(images, dim=-1) @ classes.T).argmax(1)
    assert torch.equal(found, torch.arange(30) % 3)


def test_an_image_student_follows_a_teachers_embeddings() -> None:
    goals = normalize(torch.randn(3, 5, generator=torch.Generator().manual_seed(4)), dim=-1)
    student = image_student()
    task = ImageDistillation(student, pixels, count=30, goals=goals[torch.arange(30) % 3])
    train(task, TrainingArguments(steps=150, learning_rate=1e-2))
    with torch.no_grad():
        images = student(pixels(torch.arange(30), torch.Generator().manual_seed(77)))
    cosines = (normalize(images, dim=-1) * goals[torch.arange(30) % 3]).sum(-1)
    assert float(cosines.min()) > 0.9
