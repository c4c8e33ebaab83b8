"""Metrics against slow, obvious oracles."""

import numpy as np
import pytest

from clipsearch.ml import metrics
from clipsearch.ml.metrics import recall_at_k, top_k_accuracy
from clipsearch.ml.zeroshot import build_classifier, probabilities
from tests.conftest import FakeModel


def test_recall_against_a_full_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_CHUNK", 7)
    generator = np.random.default_rng(0)
    queries = generator.normal(size=(50, 8)).astype(np.float32)
    targets = generator.normal(size=(30, 8)).astype(np.float32)
    relevant = [
        generator.choice(30, size=generator.integers(1, 4), replace=False) for _ in range(50)
    ]
    result = recall_at_k(queries, targets, relevant, ks=(1, 5, 10))
    for k in (1, 5, 10):
        hits = 0
        for query, wanted in zip(queries, relevant, strict=True):
            ranked = sorted(range(30), key=lambda i: -float(query @ targets[i]))
            hits += bool(set(ranked[:k]) & set(wanted.tolist()))
        assert result[k] == pytest.approx(hits / 50)


def test_a_model_that_says_the_same_of_everything_finds_nothing() -> None:
    same = np.ones((20, 4), np.float32)
    assert recall_at_k(same, same, [np.array([i]) for i in range(20)]) == {1: 0, 5: 0, 10: 0}
    labels = np.arange(20) % 10
    assert top_k_accuracy(np.ones((20, 10), np.float32), labels) == {1: 0, 5: 0}


def test_top_k_accuracy_counts_right_labels() -> None:
    scores = np.array([[3, 2, 1], [1, 2, 3], [2, 3, 1]], np.float32)
    assert top_k_accuracy(scores, np.array([0, 0, 0]), ks=(1, 2, 3)) == pytest.approx(
        {1: 1 / 3, 2: 2 / 3, 3: 1}
    )


def test_a_classifier_is_the_normalised_mean_of_its_prompts() -> None:
    model = FakeModel()
    matrix = build_classifier(model, ["cat", "dog"], ["a {}", "the {} there"])
    mean = model.encode_texts(["a dog", "the dog there"]).mean(axis=0)
    np.testing.assert_allclose(matrix[:, 1], mean / np.linalg.norm(mean), rtol=1e-5)


def test_probabilities_are_a_softmax_also_of_large_logits() -> None:
    images = np.array([[1, 0]], np.float32)
    result = probabilities(images, np.eye(2, dtype=np.float32), logit_scale=1000)
    np.testing.assert_allclose(result, [[1, 0]], atol=1e-6)
    mild = probabilities(images, np.eye(2, dtype=np.float32), logit_scale=1)
    np.testing.assert_allclose(mild, [[np.e / (1 + np.e), 1 / (1 + np.e)]], rtol=1e-5)
