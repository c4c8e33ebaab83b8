"""How right the tags are that photos are given by themselves, and how fast that is.

Run it with the folder of the shared data; it takes some minutes::

    uv run python -m benchmarks.tagging DATA [--json]
    uv run python -m benchmarks.tagging DATA --fit
    uv run python -m benchmarks.tagging DATA --speed [--rows 50000]

The library is mixed (`benchmarks/labelled_library.py`: photos that the starter was not trained on,
and some that it was, which only stand around). Each of its photos is given tags of the vocabulary
that ships; precision and recall are over all pairs of a photo and a tag of which the truth is known
(`benchmarks/tag_truth.py`), tags that are implied among them. A pair that is not known does not
count, so tags for style, light and the like are not judged at all.

``--fit`` finds the constants and the table of precisions in `clipsearch/core/tag_assignment.py`, on
a third of Caltech-101's classes and half of the captioned photos; the figures are those of the
others. ``names alone`` is without templates, synonyms and descriptors; ``+`` says what each adds to
that, ``all`` is as shipped.

``class`` figures: which of the classes a photo of Caltech-101's held-back half, or of
clothing-validation, shows; top-1 and top-5.

``--speed``: embeddings drawn to resemble those of ``DATA/library`` (`benchmarks/searching.py`).
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.common import print_figures
from benchmarks.labelled_library import UNKNOWN, read_photos
from benchmarks.relevance import Mixed, embedded, is_for_fitting
from benchmarks.searching import embed_folder, resampled
from benchmarks.tag_truth import TagTruth
from clipsearch.core import tag_assignment, tag_space
from clipsearch.core.classification import read_templates
from clipsearch.core.suggestions import SuggestionFile
from clipsearch.core.tag_assignment import certainty_for_precision, certainty_for_slider
from clipsearch.core.tag_file import shipped_vocabulary
from clipsearch.core.tag_run import Contents, TagRun
from clipsearch.core.tag_space import TagSpace
from clipsearch.core.tag_verdicts import NoVerdicts
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.text_rows import TextRows
from clipsearch.core.types import Embeddings
from clipsearch.ml.encoder import Encoder
from clipsearch.ml.metrics import top_k_accuracy
from clipsearch.ml.zeroshot import ensemble
from clipsearch.progress import no_progress
from clipsearch.resources import resource_path

_PRECISIONS = (0.7, 0.8, 0.9)
_SLIDER = (0.0, 0.25, 0.5, 0.75, 1.0)
_TABLE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_CLASS_SHARPNESS = 30.0  # Of the sum over a class's texts, about the starter's own logit scale.

Floats = NDArray[np.float32]
Truth = NDArray[np.int8]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true", help="find the constants instead")
    parser.add_argument("--speed", action="store_true", help="measure the time instead")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    encoder = Encoder("starter")
    with TemporaryDirectory(prefix="clipsearch-benchmark-") as name:
        rows = TextRows(Path(name), encoder)
        if options.speed:
            real = embed_folder(encoder, options.data / "library")
            drawn = resampled(real, options.rows, np.random.default_rng(0))
            figures = _speed(drawn, rows, Path(name))
        else:
            library = embedded(encoder, read_photos(options.data))
            figures = _fit(library, rows) if options.fit else _quality(library, rows, encoder)
    print_figures(figures, as_json=options.json)


def _quality(everything: Mixed, rows: TextRows, encoder: Encoder) -> dict[str, Any]:
    library = everything.of(np.array([not is_for_fitting(p) for p in everything.photos]))
    vocabulary = shipped_vocabulary()
    truth = TagTruth(vocabulary).of(library.photos)
    certainty = _certainties(TagSpace.of(vocabulary, rows), vocabulary, library.embeddings)
    figures: dict[str, Any] = {"photos": len(library.photos), "tags": len(vocabulary.tags)}
    figures |= {"pairs that are right": int((truth == 1).sum())}
    figures |= {"pairs that are wrong": int((truth == 0).sum())}
    figures |= {"tags a photo, default slider": float((certainty >= 0.5).sum(axis=1).mean())}
    for position in _SLIDER:
        line = certainty_for_slider(position)
        figures[f"slider {position}: precision, recall"] = _shown(certainty, truth, line)
    for precision in _PRECISIONS:
        line = certainty_for_precision(precision)
        figures[f"--min-precision {precision}: the same"] = _shown(certainty, truth, line)
    figures |= _recalls("", certainty, truth)
    for what, words, said in _variants(vocabulary):
        with said:
            space = TagSpace.of(words, rows)
        of_variant = _certainties(space, words, library.embeddings)
        figures |= _recalls(f"{what}, ", of_variant, truth)
    return figures | _classes(everything, encoder)


def _variants(vocabulary: TagVocabulary) -> list[tuple[str, TagVocabulary, Any]]:
    """Vocabularies that say less, and how their prompts are made."""
    names = _saying(vocabulary, synonyms=False, descriptors=False)
    bare = partial(mock.patch.object, tag_space, "_templates", lambda _: ["{}"])
    shipped = partial(mock.patch.object, tag_space, "_templates", tag_space._templates)
    return [
        ("names alone", names, bare()),
        ("names + templates", names, shipped()),
        ("names + synonyms", _saying(vocabulary, descriptors=False), bare()),
        ("names + descriptors", _saying(vocabulary, synonyms=False), bare()),
        ("all but templates", vocabulary, bare()),
    ]


def _saying(
    vocabulary: TagVocabulary, *, synonyms: bool = True, descriptors: bool = True
) -> TagVocabulary:
    return TagVocabulary(
        tuple(
            replace(
                tag,
                synonyms=tag.synonyms if synonyms else (),
                descriptors=tag.descriptors if descriptors else (),
            )
            for tag in vocabulary.entries
        )
    )


def _certainties(space: TagSpace, vocabulary: TagVocabulary, embeddings: Embeddings) -> Floats:
    """``(N, T)``, 0 where nothing was suggested."""
    photos = Contents.of([str(row) for row in range(len(embeddings))], embeddings)
    found = TagRun(space, vocabulary, "", 0.5).everything(photos, NoVerdicts(), no_progress)
    certainty = np.zeros((len(embeddings), len(space.names)), np.float32)
    certainty[found.photo, found.tag] = found.certainty
    return certainty


def _shown(certainty: Floats, truth: Truth, line: float) -> str:
    given, right = certainty >= line, truth == 1
    hits = int((given & right).sum())
    precision = hits / max(1, hits + int((given & (truth == 0)).sum()))
    return f"{precision:.3f} {hits / int(right.sum()):.3f}"


def _recalls(what: str, certainty: Floats, truth: Truth) -> dict[str, float]:
    """The largest recall at which so many of the tags that are given are right."""
    _, precision, recall = _curve(certainty, truth)
    return {
        f"{what}recall at precision {wanted}": float(recall[precision >= wanted].max(initial=0))
        for wanted in _PRECISIONS
    }


def _curve(certainty: Floats, truth: Truth) -> tuple[Any, Any, Any]:
    """Certainties, falling, with precision and recall of all that is at least as certain."""
    known = truth != UNKNOWN
    order = np.argsort(-certainty[known], kind="stable")
    right = (truth[known] == 1)[order]
    hits = np.cumsum(right)
    return certainty[known][order], hits / np.arange(1, len(right) + 1), hits / hits[-1]


def _fit(everything: Mixed, rows: TextRows) -> dict[str, Any]:
    """Logistic regression of the truth on the advantage and the logarithm of the share."""
    library = everything.of(np.array([is_for_fitting(p) for p in everything.photos]))
    vocabulary = shipped_vocabulary()
    truth = TagTruth(vocabulary).of(library.photos)
    space = TagSpace.of(vocabulary, rows)
    advantages = space.advantages(library.embeddings)
    for tag, name in sorted(enumerate(space.names), key=lambda one: -len(vocabulary.above(one[1]))):
        for above in vocabulary.implied(name):
            column = advantages[:, space.names.index(above)]
            np.maximum(column, advantages[:, tag], out=column)
    ranks = np.argsort(np.argsort(-advantages, axis=0), axis=0) + 1
    shares = np.log(ranks / (len(advantages) + tag_assignment._CAUTION))
    known = truth != UNKNOWN
    features = np.stack([advantages[known], shares[known], np.ones(known.sum())], axis=1)
    weights = _logistic_regression(features, truth[known] == 1)
    figures = dict(zip(("_SLOPE", "_COMMON", "_OFFSET"), weights.tolist(), strict=True))
    certainty = _certainties(space, vocabulary, library.embeddings)
    values, precision, _ = _curve(certainty, truth)
    return figures | {
        f"precision from certainty {line}": float(precision[int((values >= line).sum()) - 1])
        for line in _TABLE
    }


def _logistic_regression(features: Floats, right: NDArray[np.bool_]) -> NDArray[np.float64]:
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        curvature = (features * (expected * (1 - expected))[:, None]).T @ features
        weights -= np.linalg.solve(curvature + 1e-6 * np.eye(3), features.T @ (expected - right))
    return weights


def _classes(everything: Mixed, encoder: Encoder) -> dict[str, str]:
    figures = {}
    for source in ("caltech", "clothing"):
        part = everything.of(np.array([photo.source == source for photo in everything.photos]))
        labels = [min(photo.labels) for photo in part.photos]
        names = sorted(set(labels))
        right = np.array([names.index(label) for label in labels])
        for what, scores in _class_scores(names, part, encoder).items():
            top = top_k_accuracy(scores, right)
            figures[f"class of {source}, {what}"] = f"{top[1]:.3f} {top[5]:.3f}"
    return figures


def _class_scores(names: list[str], part: Mixed, encoder: Encoder) -> dict[str, Floats]:
    """Scores ``(N, C)`` by the way in which the classes are said."""
    vocabulary = shipped_vocabulary()
    truth = TagTruth(vocabulary)
    tags = [vocabulary[tag] if (tag := truth.tag_of_class(n)) else None for n in names]
    domains = [vocabulary.domain(tag.name) if tag else "general" for tag in tags]
    own = {domain: read_templates(resource_path(f"prompts/{domain}.txt")) for domain in domains}
    general = read_templates(None)

    def score(prompts: list[list[str]]) -> Floats:
        found: Floats = part.embeddings @ ensemble(encoder, prompts).T
        return found

    def pooled(texts: Callable[[int], list[str]], pool: Callable[[Floats], Floats]) -> Floats:
        """The general templates, and further texts of a class beside them."""
        columns = []
        for number, column in enumerate(base.T):
            further = score([[text] for text in texts(number)]) if texts(number) else base[:, :0]
            columns.append(pool(np.concatenate([column[:, None], further], axis=1)))
        return np.stack(columns, axis=1)

    def synonyms(number: int) -> list[str]:
        tag = tags[number]
        return [word for word in (tag.name, *tag.synonyms) if word != names[number]] if tag else []

    def looks(number: int) -> list[str]:
        tag = tags[number]
        return [f"{names[number]} with {one}" for one in tag.descriptors] if tag else []

    base = score([[template.format(name) for template in general] for name in names])
    return {
        "name": score([[name] for name in names]),
        "a photo of a": score([[f"a photo of a {name}"] for name in names]),
        "general templates": base,
        "its domain's templates": score(
            [[t.format(n) for t in (*own[d], "{}")] for n, d in zip(names, domains, strict=True)]
        ),
        "general + synonyms, mean": pooled(synonyms, lambda s: s.mean(axis=1)),
        "general + synonyms, largest": pooled(synonyms, lambda s: s.max(axis=1)),
        "general + synonyms, sum": pooled(synonyms, _log_sum),
        "general + descriptors, mean": pooled(looks, lambda s: s.mean(axis=1)),
        "general + descriptors, largest": pooled(looks, lambda s: s.max(axis=1)),
    }


def _log_sum(scores: Floats) -> Floats:
    result: Floats = np.log(np.exp(_CLASS_SHARPNESS * scores).sum(axis=1)) / _CLASS_SHARPNESS
    return result


def _speed(embeddings: Embeddings, rows: TextRows, folder: Path) -> dict[str, Any]:
    vocabulary = shipped_vocabulary()
    before, start = psutil.Process().cpu_times(), time.perf_counter()
    space = TagSpace.of(vocabulary, rows)
    words_s = time.perf_counter() - start
    hashes = [f"{row:032x}" for row in range(len(embeddings))]
    file = SuggestionFile(folder, "speed")
    start = time.perf_counter()
    photos = Contents.of(hashes, embeddings)
    found = TagRun(space, vocabulary, "", 0.5).everything(photos, NoVerdicts(), no_progress)
    file.write(found)
    look_s = time.perf_counter() - start
    after = psutil.Process().cpu_times()
    read = file.read()
    assert read is not None
    read.of_photo(hashes[0])
    return {
        "photos": len(embeddings),
        "tags": len(space.names),
        "texts embedded, once for a model, s": words_s,
        "all photos looked at and kept, s": look_s,
        "of both, processor time, s": after.user + after.system - before.user - before.system,
        "most memory of the process, MB": _peak_mb(),
        "suggestions kept": len(found),
        "suggestions of a photo, ms": _median_ms(lambda row: read.of_photo(hashes[row])),
        "candidates of a tag, ms": _median_ms(lambda tag: read.of_tag(space.names[tag])),
    }


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _median_ms(call: Callable[[int], object]) -> float:
    seconds = []
    for number in range(101):
        start = time.perf_counter()
        call(number)
        seconds.append(time.perf_counter() - start)
    return 1e3 * float(np.median(seconds))


if __name__ == "__main__":
    main()
