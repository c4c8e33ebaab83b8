"""What fine-tuning gains and what it costs, method by method, on photos that nobody learned from.

Run it with the folder of the shared data. Methods that change weights take one to three minutes a
run on two cores, so ask for what you want::

    uv run python -m benchmarks.finetuning clothing DATA [--each 8,16,60] [--seeds 3]
                                           [--methods gda,linear,coop,lora,svd,last,full] [--json]
    uv run python -m benchmarks.finetuning forgetting DATA [--each 16] [--methods lora,full]
    uv run python -m benchmarks.finetuning invented DATA [--each 5,10,20] [--methods gda,lora]
    uv run python -m benchmarks.finetuning shuffled DATA [--each 16] [--methods gda,lora]
    uv run python -m benchmarks.finetuning memory

**clothing.** The ten classes of clothing-train as collections of so many photos, 200 photos of
`library/` as background; what was learned is judged by clothing-validation among 100 other photos
of `library/`: mean average precision and recall@10 of the classes' names (of a photo against those
that show something else), and accuracy, how many photos are nearest to their own class's name.
``dev`` is the change of recall@10 on `captions/dev.tar`, which has nothing to do with it, in
points. The rest is what the app made of it by the photos that it held out itself: the strength
that it chose, and its conclusion. ``auto`` is the method that it proposes.

**forgetting.** The same without the parts that hold on to what the model knew, at strength 1, and
with them: what ``dev`` loses.

**invented.** Five classes of Caltech-101, of the half that the starter was not trained on as far as
that goes, each by itself under a name that means nothing: recall@10 of that name on the class's
other photos, among the photos of all other classes.

**shuffled.** As clothing, with the collections filled at random: how often it concludes ``better``.

**memory.** LoRA on a ViT-B-32 with random weights: the most memory that the process took, for a
batch of 64 photos.

A figure is the mean over the seeds, which draw the photos that are learned from.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import average_precision, print_figures
from benchmarks.labelled_library import is_held_back, pictures_in, readable
from clipsearch.core.captions import read_captions
from clipsearch.core.imaging import decode
from clipsearch.core.tag_file import shipped_vocabulary
from clipsearch.core.tuning_proposal import proposal
from clipsearch.core.tuning_words import unrelated_words
from clipsearch.ml import models
from clipsearch.ml.dataset import split, to_hold_out
from clipsearch.ml.execution import choose_device
from clipsearch.ml.metrics import recall_at_k
from clipsearch.ml.teaching import Taught, learned_words, teach
from clipsearch.ml.tuning_embeddings import Embedder, place
from clipsearch.ml.tuning_types import Concept, Example, Lessons, Method, TuningPlan
from clipsearch.ml.zeroshot import Embeddings
from clipsearch.progress import Cancelled

METHODS = ("gda", "linear", "coop", "lora", "svd", "last", "full")
_BACKGROUND, _AROUND = 200, 100
_EDGE = 320
_STEPS_OF_MEMORY = 3  # All steps take the same.
_INVENTED = ("zorbluk", "quimpet", "vandroo", "mirrelax", "toskwin")
_CLASSES = ("brain", "ewer", "trilobite", "euphonium", "ketch")

Labels = NDArray[np.int64]
Photos = list[Image.Image]


@dataclass(frozen=True)
class Pool:
    """Photos that show one of ``C`` things each."""

    names: tuple[str, ...]
    photos: Photos
    labels: Labels

    def drawn(self, each: int, rng: np.random.Generator) -> "Pool":
        """So many of each, at random."""
        order = rng.permutation(len(self.photos))
        rows = [order[self.labels[order] == label][:each] for label in range(len(self.names))]
        return self.rows(np.concatenate(rows))

    def rows(self, rows: Labels) -> "Pool":
        """Some of them."""
        return Pool(self.names, [self.photos[row] for row in rows], self.labels[rows])


class Ground:
    """The starter, and the photos that it learns from and is judged by."""

    def __init__(self, data: Path) -> None:
        """Load the model; photos when they are asked for."""
        self._data = data
        self.model = models.load(models.resolve("starter"))
        self.device = choose_device("auto")
        place(self.model, self.device)
        self.embedder = Embedder(self.model, self.device)

    @cached_property
    def library(self) -> Photos:
        """Photos of outings and animals, in an order of no meaning."""
        files = sorted((self._data / "library").rglob("*.jpg"))
        order = np.random.default_rng(0).permutation(len(files))[: _BACKGROUND + _AROUND]
        return [_small(decode(files[number].read_bytes())) for number in order]

    @cached_property
    def clothes(self) -> Pool:
        """To learn from."""
        return _pool(self._data / "labelled" / "clothing-train.tar")

    @cached_property
    def judging_clothes(self) -> Pool:
        """To be judged by."""
        return _pool(self._data / "labelled" / "clothing-validation.tar")

    @cached_property
    def caltech(self) -> Pool:
        """The half that the starter was not trained on."""
        return _pool(self._data / "labelled" / "caltech101.tar", is_held_back)

    @cached_property
    def caltech_trained(self) -> Pool:
        """The other half."""
        return _pool(self._data / "labelled" / "caltech101.tar", lambda n: not is_held_back(n))

    @cached_property
    def captioned(self) -> tuple[Photos, list[str], Labels]:
        """The dev set: photos, captions, and the photo of each."""
        found = list(read_captions(self._data / "captions" / "dev.tar"))
        texts = [text for one in found for text in one.captions]
        owners = np.repeat(np.arange(len(found)), [len(one.captions) for one in found])
        return [one.image for one in found], texts, owners


@dataclass(frozen=True)
class Eyes:
    """A model to be judged."""

    photos: Callable[[Sequence[Image.Image]], Embeddings]
    texts: Callable[[Sequence[str]], Embeddings]

    @classmethod
    def of(cls, ground: Ground, taught: Taught, strength: float) -> "Eyes":
        """What was learned, in use."""
        embedder, learned = ground.embedder, taught.tuned.adaptation
        if learned is None:
            words = learned_words(taught.tuned, strength)
            return cls(embedder.photos, lambda texts: words.embed(texts, embedder.texts))
        return cls(
            lambda photos: embedder.photos(photos, learned, strength),
            lambda texts: embedder.texts(texts, learned, strength),
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "what", choices=["clothing", "forgetting", "invented", "shuffled", "memory"]
    )
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--each", default="")
    parser.add_argument("--methods", default="")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.what == "memory":
        print_figures(_memory(), as_json=options.json)
        return
    if options.data is None:
        parser.error("name the folder of the shared data")
    measure, each, methods = _PARTS[options.what]
    counts = [int(one) for one in (options.each or each).split(",")]
    wanted = cast("list[Method]", (options.methods or methods).split(","))
    figures = {}
    for name, said in measure(Ground(options.data), counts, wanted, options.seeds):
        sys.stderr.write(f"{name}: {said}\n")  # The next one may take minutes.
        figures[name] = said
    print_figures(figures, as_json=options.json)


Rows = Iterator[tuple[str, str]]
Measure = Callable[[Ground, list[int], list[Method], int], Rows]


def _clothing(ground: Ground, counts: list[int], methods: list[Method], seeds: int) -> Rows:
    eyes = Eyes(ground.embedder.photos, ground.embedder.texts)
    before, dev = _judged(ground, eyes), _dev(ground, eyes)
    yield "before", f"{_said(before)} dev {100 * dev:.1f}"
    for each in counts:
        auto = proposal(_collections(ground, each, 0)[0], str(ground.device))[0]
        found: dict[Method, dict[str, float]] = {}
        for method in methods:
            rows, told = [], []
            for seed in range(seeds):
                began = time.perf_counter()
                taught = _taught(ground, *_collections(ground, each, seed), method, seed)
                minutes = (time.perf_counter() - began) / 60
                outcome = taught.outcome
                eyes = Eyes.of(ground, taught, outcome.strength)
                lost = 100 * (_dev(ground, eyes) - dev)
                rows.append({**_judged(ground, eyes), "dev": lost, "minutes": minutes})
                told.append(f"{outcome.strength:g} {outcome.judgement.conclusion}")
            found[method] = _means(rows)
            yield f"{each} {method}", f"{_said(found[method])} ({', '.join(told)})"
        if auto in found:
            best = {key: max(one[key] for one in found.values()) for key in before}
            short = {key: best[key] - found[auto][key] for key in before}
            yield f"{each} auto", f"{auto}, behind the best by {_said(short)}"


def _forgetting(ground: Ground, counts: list[int], methods: list[Method], seeds: int) -> Rows:
    dev = _dev(ground, Eyes(ground.embedder.photos, ground.embedder.texts))
    for each in counts:
        for method in methods:
            for keeps in (True, False):
                rows = []
                for seed in range(seeds):
                    lessons, photos = _collections(ground, each, seed)
                    taught = _taught(ground, lessons, photos, method, seed, keeps=keeps)
                    eyes = Eyes.of(ground, taught, 1.0)
                    rows.append({**_judged(ground, eyes), "dev": 100 * (_dev(ground, eyes) - dev)})
                yield f"{each} {method} {'keeping' if keeps else 'plain'}", _said(_means(rows))


def _invented(ground: Ground, counts: list[int], methods: list[Method], seeds: int) -> Rows:
    for each in counts:
        for method in methods:
            rows, told = [], []
            for seed in range(seeds):
                for name, wanted in zip(_INVENTED, _CLASSES, strict=True):
                    row, conclusion = _of_invented(ground, name, wanted, each, method, seed)
                    rows.append(row)
                    told.append(conclusion)
            ends = ", ".join(f"{told.count(one)} {one}" for one in dict.fromkeys(told))
            yield f"{each} {method}", f"{_said(_means(rows))} ({ends})"


def _of_invented(
    ground: Ground, name: str, wanted: str, each: int, method: Method, seed: int
) -> tuple[dict[str, float], str]:
    """Recall@10 before and after, in percent, and the conclusion."""
    rng = np.random.default_rng(seed)
    label = ground.caltech.names.index(wanted)
    own = rng.permutation(np.flatnonzero(ground.caltech.labels == label))
    judges, teachers = own[: len(own) // 2], own[len(own) // 2 :]
    known = np.flatnonzero(
        ground.caltech_trained.labels == ground.caltech_trained.names.index(wanted)
    )
    teaching = [ground.caltech.photos[row] for row in teachers]
    teaching += [ground.caltech_trained.photos[row] for row in known]
    pool = Pool((name,), teaching[:each], np.zeros(len(teaching[:each]), np.int64))
    lessons, photos = _lessons(pool, ground.library[:_BACKGROUND], seed)
    taught = _taught(ground, lessons, photos, method, seed)
    others = [
        photo
        for photo, one in zip(ground.caltech.photos, ground.caltech.labels, strict=True)
        if one != label
    ]
    judged = [*(ground.caltech.photos[row] for row in judges), *others]
    is_own = np.arange(len(judged)) < len(judges)

    def recall(eyes: Eyes) -> float:
        return _recall(eyes.photos(judged) @ eyes.texts([name])[0], is_own)

    before = 100 * recall(Eyes(ground.embedder.photos, ground.embedder.texts))
    after = 100 * recall(Eyes.of(ground, taught, taught.outcome.strength))
    row = {"before": before, "after": after, "photos": float(len(pool.photos))}
    return row, taught.outcome.judgement.conclusion


def _shuffled(ground: Ground, counts: list[int], methods: list[Method], seeds: int) -> Rows:
    for each in counts:
        for method in methods:
            told = []
            for seed in range(seeds):
                pool = ground.clothes.drawn(each, np.random.default_rng(seed))
                labels = np.random.default_rng(100 + seed).permutation(pool.labels)
                lessons, photos = _lessons(
                    replace(pool, labels=labels), ground.library[:_BACKGROUND], seed
                )
                outcome = _taught(ground, lessons, photos, method, seed).outcome
                told.append(outcome.judgement.conclusion)
            yield (
                f"{each} {method}",
                f"{told.count('better')} of {seeds} better ({', '.join(told)})",
            )


def _memory() -> dict[str, float]:
    import resource

    import open_clip

    from clipsearch.ml import tuning_task

    tuning_task.MEMBERS = 64 - tuning_task.OTHERS
    torch.manual_seed(0)
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32", pretrained=None)
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    loaded = models.LoadedModel(model.eval(), transform, tokenizer, "random", "random")
    rng = np.random.default_rng(0)
    photos = [Image.fromarray(rng.integers(0, 255, (256, 256, 3), np.uint8)) for _ in range(2 * 64)]
    pool = Pool(("one", "two"), photos[:96], np.arange(96) % 2)
    lessons, shown = _lessons(pool, photos[96:], 0)
    plan = TuningPlan("ViT-B-32", "random", lessons, "lora", epochs=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stages: list[str] = []

    def stop_soon(done: int, total: int | None, note: str = "") -> None:
        if stages[-1:] == ["training"] and done == _STEPS_OF_MEMORY:
            raise Cancelled

    with suppress(Cancelled):
        teach(plan, loaded, shown, stage=stages.append, progress=stop_soon)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"loaded_gb": before / 1e6, "most_gb": most / 1e6}


def _taught(
    ground: Ground,
    lessons: Lessons,
    photos: Photos,
    method: Method,
    seed: int,
    *,
    keeps: bool = True,
) -> Taught:
    plan = TuningPlan(
        "starter", ground.model.fingerprint, lessons, method, keeps_knowledge=keeps, seed=seed
    )
    return teach(plan, ground.model, photos)


def _collections(ground: Ground, each: int, seed: int) -> tuple[Lessons, Photos]:
    pool = ground.clothes.drawn(each, np.random.default_rng(seed))
    return _lessons(pool, ground.library[:_BACKGROUND], seed)


def _lessons(pool: Pool, background: Photos, seed: int) -> tuple[Lessons, Photos]:
    """Collections of the pool's photos, held out as the app does, half of the background too."""
    none = len(pool.names)
    labels = np.concatenate([pool.labels, np.full(len(background), none)])
    shows = labels[:, None] == np.arange(none + 1)
    wanted = [*(to_hold_out(int(n)) for n in shows[:, :-1].sum(axis=0)), len(background) // 2]
    held_out = split(np.arange(len(labels)), shows, wanted, seed=seed)
    examples = tuple(
        Example(Path(str(row)), str(row), row, (label,) if label < none else (), is_held_out=held)
        for row, (label, held) in enumerate(zip(labels.tolist(), held_out.tolist(), strict=True))
    )
    concepts = tuple(Concept(name) for name in pool.names)
    words = unrelated_words(shipped_vocabulary(), concepts)
    return Lessons(concepts, examples, words), [*pool.photos, *background]


def _judged(ground: Ground, eyes: Eyes) -> dict[str, float]:
    """Mean average precision, recall@10 and accuracy on the clothes that judge, in percent."""
    pool = ground.judging_clothes
    photos = eyes.photos([*pool.photos, *ground.library[_BACKGROUND:]])
    names = eyes.texts(pool.names)
    scores = photos @ names.T
    labels = np.concatenate([pool.labels, np.full(len(photos) - len(pool.labels), -1)])
    right = scores[: len(pool.labels)].argmax(axis=1) == pool.labels
    columns = [(scores[:, c], labels == c) for c in range(len(pool.names))]
    return {
        "map": float(np.mean([average_precision(*column) for column in columns])),
        "recall@10": 100 * float(np.mean([_recall(*column) for column in columns])),
        "accuracy": 100 * float(right.mean()),
    }


def _recall(scores: NDArray[np.float32], wanted: NDArray[np.bool_]) -> float:
    """Share of those wanted before which fewer than ten of the others stand."""
    others = np.sort(scores[~wanted])
    before = len(others) - np.searchsorted(others, scores[wanted])
    return float(np.mean(before < 10))


def _dev(ground: Ground, eyes: Eyes) -> float:
    photos, texts, owners = ground.captioned
    relevant = list(owners[:, None])
    return recall_at_k(eyes.texts(texts), eyes.photos(photos), relevant, (10,))[10]


def _pool(tar: Path, is_wanted: Callable[[str], bool] = lambda _: True) -> Pool:
    by_folder: defaultdict[str, Photos] = defaultdict(list)
    for name, picture in pictures_in(tar):
        if is_wanted(name):
            by_folder[name.split("/")[0]].append(_small(picture))
    by_folder.pop("BACKGROUND_Google", None)
    folders = sorted(by_folder)
    photos = [photo for folder in folders for photo in by_folder[folder]]
    labels = np.repeat(np.arange(len(folders)), [len(by_folder[folder]) for folder in folders])
    return Pool(tuple(readable(folder) for folder in folders), photos, labels)


def _small(photo: Image.Image) -> Image.Image:
    photo.thumbnail((_EDGE, _EDGE))
    return photo


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def _said(figures: dict[str, Any]) -> str:
    return " ".join(f"{key} {value:.1f}" for key, value in figures.items())


_PARTS: dict[str, tuple[Measure, str, str]] = {
    "clothing": (_clothing, "8,16,60", ",".join(METHODS)),
    "forgetting": (_forgetting, "16", "lora,full"),
    "invented": (_invented, "5,10,20", "gda,linear,lora"),
    "shuffled": (_shuffled, "16", "gda,lora"),
}

if __name__ == "__main__":
    main()
