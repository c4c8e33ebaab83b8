"""The losses against open_clip's own, and against sums written out."""

import math

import pytest
import torch
from open_clip.loss import ClipLoss, SigLipLoss
from torch import Tensor
from torch.nn.functional import normalize

from clipsearch.ml import losses

SCALE = torch.tensor(14.3)


@pytest.fixture
def pairs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    images, texts = torch.randn(2, 12, 16, generator=generator)
    return normalize(images, dim=-1), normalize(texts, dim=-1)


def test_info_nce_is_open_clips(pairs: tuple[Tensor, Tensor]) -> None:
    theirs = ClipLoss()(*pairs, SCALE)
    torch.testing.assert_close(losses.info_nce(*pairs, SCALE), theirs)


def test_sigmoid_loss_is_open_clips(pairs: tuple[Tensor, Tensor]) -> None:
    bias = torch.tensor(-10.0)
    theirs = SigLipLoss()(*pairs, SCALE, bias)
    torch.testing.assert_close(losses.sigmoid_loss(*pairs, SCALE, bias), theirs)


def test_sigmoid_loss_takes_several_positives(pairs: tuple[Tensor, Tensor]) -> None:
    images, texts = pairs
    positives = torch.rand(12, 12, generator=torch.Generator().manual_seed(1)) < 0.3
    expected = 0.0
    for row in range(12):
        for column in range(12):
            logit = float(14.3 * images[row] @ texts[column] - 10)
            sign = 1 if positives[row, column] else -1
            expected += math.log1p(math.exp(-sign * logit)) / 12
    found = losses.sigmoid_loss(images, texts, SCALE, torch.tensor(-10.0), positives)
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_equal_targets_on_the_diagonal_change_nothing(pairs: tuple[Tensor, Tensor]) -> None:
    plain = losses.info_nce(*pairs, SCALE)
    torch.testing.assert_close(losses.info_nce(*pairs, SCALE, 3 * torch.eye(12)), plain)


def test_photos_that_share_a_text_are_positives_of_each_other(
    pairs: tuple[Tensor, Tensor],
) -> None:
    images, texts = pairs
    texts = texts.clone()
    texts[1] = texts[0]
    targets = torch.eye(12)
    targets[:2, :2] = 1
    expected = 0.0
    for rows, columns in ((images, texts), (texts, images)):
        logs = (14.3 * rows @ columns.T).log_softmax(1)
        for row in range(12):
            fitting = [0, 1] if row < 2 else [row]
            expected -= sum(float(logs[row, c]) for c in fitting) / len(fitting) / 24
    found = losses.info_nce(images, texts, SCALE, targets)
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_the_scale_is_held_to_a_hundred(pairs: tuple[Tensor, Tensor]) -> None:
    at_most = losses.info_nce(*pairs, torch.tensor(100.0))
    torch.testing.assert_close(losses.info_nce(*pairs, torch.tensor(1e4)), at_most)


def test_cosine_distance_of_equals_is_nothing(pairs: tuple[Tensor, Tensor]) -> None:
    images, texts = pairs
    assert float(losses.cosine_distance(images, images)) == pytest.approx(0, abs=1e-6)
    expected = 1 - sum(float(a @ b) for a, b in zip(images, texts, strict=True)) / 12
    assert float(losses.cosine_distance(images, texts)) == pytest.approx(expected, rel=1e-5)


def test_posterior_loss_is_least_where_the_similarities_say_the_same() -> None:
    classes = torch.eye(4)
    posteriors = torch.tensor([[0.7, 0.1, 0.1, 0.1]])
    fitting = normalize(torch.tensor([[1.0, 0.0, 0.0, 0.0]]), dim=-1)
    other = normalize(torch.tensor([[0.0, 1.0, 0.0, 0.0]]), dim=-1)
    scale = torch.tensor(2.0)
    near = losses.posterior_loss(fitting, classes, scale, posteriors)
    assert near < losses.posterior_loss(other, classes, scale, posteriors)
    logs = torch.tensor([2.0, 0.0, 0.0, 0.0]).log_softmax(0)
    assert float(near) == pytest.approx(-float((posteriors[0] * logs).sum()), rel=1e-5)


def test_fit_loss_of_a_list_of_pairs_is_info_nce(pairs: tuple[Tensor, Tensor]) -> None:
    nothing = torch.empty(0, 16)
    found = losses.fit_loss(*pairs, SCALE, torch.eye(12), nothing, torch.empty(12, 0))
    torch.testing.assert_close(found, losses.info_nce(*pairs, SCALE))


def test_fit_loss_is_the_sum_written_out(pairs: tuple[Tensor, Tensor]) -> None:
    images, texts = pairs[0], pairs[1][:4]
    others = pairs[1][4:9]
    generator = torch.Generator().manual_seed(2)
    fits = (torch.rand(12, 4, generator=generator) < 0.3).float()
    fits[0], fits[:, 3] = 0, 0  # A photo without a text, a text without a photo.
    competes = (torch.rand(12, 5, generator=generator) < 0.5).float()
    scale = float(SCALE)
    picked = []
    for row in range(12):
        own = [c for c in range(4) if fits[row, c]]
        if own:
            known = [scale * float(images[row] @ texts[c]) for c in range(4)]
            rival = [scale * float(images[row] @ others[w]) for w in range(5) if competes[row, w]]
            total = math.log(sum(math.exp(one) for one in known + rival))
            picked.append(sum(total - known[c] for c in own) / len(own))
    found = []
    for column in range(4):
        own = [r for r in range(12) if fits[r, column]]
        if own:
            known = [scale * float(images[r] @ texts[column]) for r in range(12)]
            total = math.log(sum(math.exp(one) for one in known))
            found.append(sum(total - known[r] for r in own) / len(own))
    expected = (sum(picked) / len(picked) + sum(found) / len(found)) / 2
    loss = losses.fit_loss(images, texts, SCALE, fits, others, competes)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_fit_loss_of_nothing_that_fits_is_nothing(pairs: tuple[Tensor, Tensor]) -> None:
    images = pairs[0].clone().requires_grad_()
    loss = losses.fit_loss(
        images, pairs[1], SCALE, torch.zeros(12, 12), pairs[1][:2], torch.zeros(12, 2)
    )
    torch.autograd.backward([loss])
    assert float(loss.detach()) == 0
    assert images.grad is not None
    assert not images.grad.any()
