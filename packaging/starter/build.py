"""Builds the starter model from the data, in stages that can be resumed.

Run: `uv run --group recipe python packaging/starter/build.py --data DATA --out OUT --work DIR`.
"""

from __future__ import annotations

import argparse
import json
import logging
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from backbone import features
from classroom import Classroom, classroom
from corpus import SHARES, Corpus, build_corpus
from export import SHIPPED_SIZE, assemble, write
from measure import measure
from parts import load_parts
from photos import PREPROCESS_CFG, photo_sets, read_captions
from stages import Workshop
from teacher import Teacher
from text_tower import TEXT_CFG, distil, tokenize
from towers import learn_head, train_towers

log = logging.getLogger("starter")

TEXT_SETTINGS: dict[str, Any] = {
    "steps": 3600, "batch": 512, "lr": 1.5e-3, "contrast": 0.1, "tower": TEXT_CFG,
    "shares": SHARES,
}  # fmt: skip
FEATURE_SETTINGS: dict[str, Any] = {"preprocess": PREPROCESS_CFG}
HEAD_SETTINGS: dict[str, Any] = {
    "embed_dim": 256, "feature_dropout": 0.3, "dropout": 0.5, "steps": 600, "lr": 3e-3,
    "text_lr": 2e-3, "batch": [768, 48, 24, 136],  # flickr, caltech, clothing, more
    "imagined": 192, "labels": 0.15, "classes": 0.3, "class_count": 1000, "short": 0.15,
    "label_count": 400,
}  # fmt: skip
TOWERS_SETTINGS: dict[str, Any] = {
    **HEAD_SETTINGS, "steps": 1100, "lr": 5e-4, "text_lr": 2e-4, "trunk_lr": 3e-4,
    "layer_decay": 0.8, "drop_path": 0.1, "batch": [160, 16, 8, 32], "imagined": 64,
    "class_count": 96, "label_count": 32, "anchors": 96, "anchor": 2.0, "labels": 0.1,
    "keep": 0.1, "size": 160, "test_size": 224, "area": [0.35, 1.0], "average": 0.99,
    "probe_every": 220,
}  # fmt: skip
CARD = Path(__file__).parent / "card.md"


def main() -> None:
    """Reads the command line and runs all stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training data")
    parser.add_argument("--out", type=Path, required=True, help="where the model is written")
    parser.add_argument("--work", type=Path, required=True, help="intermediate files, ~2 GB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    build(options.data, options.out, Workshop(options.work, options.seed))


def build(data: Path, out: Path, shop: Workshop) -> None:
    """Runs the stages in order."""
    shop.run("teacher", {"corpus": 1}, lambda folder, _: teach(data, folder, shop.seed))
    shop.run("text", TEXT_SETTINGS, lambda folder, s: learn_texts(shop, folder, s), ["teacher"])
    shop.run("features", FEATURE_SETTINGS, lambda folder, _: look(data, folder))
    room = classroom(data, shop.folder("features"))
    stages = (
        ("head", HEAD_SETTINGS, learn_head, ["text", "features"]),
        ("towers", TOWERS_SETTINGS, train_towers, ["head"]),
    )
    for name, settings, function, after in stages:
        shop.run(name, settings, partial(function, room, shop), after)
    where = {"out": str(out.resolve()), "size": SHIPPED_SIZE}
    shop.run("export", where, lambda folder, _: finish(room, shop, data, out), ["towers"])
    write_report(shop, out)


def teach(data: Path, folder: Path, seed: int) -> dict[str, Any]:
    """Stage 1: the corpus, its tokens, and the teacher's embedding of every text."""
    corpus = build_corpus(data, seed)
    # One caption of each dev photo, to report on; nothing is trained on them.
    probe = [texts[0] for texts in read_captions(data / "captions" / "dev.tar").values()]
    teacher = Teacher()
    tensors = {
        "tokens": tokenize(corpus.texts),
        "targets": teacher.encode(corpus.texts),
        "weights": text_weights(corpus),
        "probe_tokens": tokenize(probe),
        "probe_targets": teacher.encode(probe),
    }
    save_file(tensors, folder / "texts.safetensors")
    (folder / "texts.json").write_text(json.dumps(corpus.texts), encoding="utf-8")
    return {"texts": len(corpus.texts)}


def text_weights(corpus: Corpus) -> torch.Tensor:
    """How often each text is drawn, so that every group gets its share; `(N,)` float32."""
    counts = {group: corpus.groups.count(group) for group in SHARES}
    return torch.tensor([SHARES[group] / counts[group] for group in corpus.groups])


def learn_texts(shop: Workshop, folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Stage 2: the text tower follows the teacher."""
    texts = load_file(shop.folder("teacher") / "texts.safetensors")
    tower, figures = distil(texts, folder, settings, shop.seed)
    save_file(tower.state_dict(), folder / "tower.safetensors")
    (folder / "checkpoint.pt").unlink()
    return figures


def look(data: Path, folder: Path) -> dict[str, Any]:
    """Stage 3: the backbone's features of every photo; finished sets are not done again."""
    figures = {}
    for photos in photo_sets(data):
        path = folder / f"{photos.name}.safetensors"
        if not path.is_file():
            save_file(features(data, photos), path)
        figures[photos.name] = len(photos.keys)
    return figures


def finish(room: Classroom, shop: Workshop, data: Path, out: Path) -> dict[str, Any]:
    """Last stage: writes the model, loads it again, and measures it."""
    exact = assemble(load_parts(room, shop.folder("towers"), TOWERS_SETTINGS))
    megabytes = write(exact, out, TOWERS_SETTINGS["embed_dim"])
    return {"megabytes": megabytes, **measure(out, data, exact)}


def write_report(shop: Workshop, out: Path) -> None:
    """Writes `figures.json` beside the weights, and fills the model card from it."""
    stages = {
        name: {"seconds": saved["seconds"], "cpu_seconds": saved["cpu_seconds"]}
        for name, saved in shop.report.items()
    }
    total = sum(stage["seconds"] for stage in stages.values())
    figures = {"seed": shop.seed, "seconds": round(total), "stages": stages}
    figures.update(shop.report["export"]["figures"])
    figures["text_cosine"] = shop.report["text"]["figures"]["probe"]
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    card = Template(CARD.read_text(encoding="utf-8"))
    (out / "README.md").write_text(card.substitute(card_values(figures)), encoding="utf-8")
    log.info("all stages: %.0f s; %s", total, json.dumps(figures))


def card_values(figures: dict[str, Any]) -> dict[str, str]:
    """Figures as the model card shows them."""

    def shares(values: list[float]) -> str:
        return " / ".join(f"{value:.3f}" for value in values)

    pictures = figures["pictures"]
    first = sum(found["rank"] == 1 for found in pictures.values())
    return {
        "text_to_image": shares(figures["dev"]["text_to_image"]),
        "image_to_text": shares(figures["dev"]["image_to_text"]),
        "caltech": shares(figures["caltech-held"]),
        "clothing": shares(figures["clothing-held"]),
        "megabytes": f"{figures['megabytes']:.1f}",
        "cosine": f"{min(figures['cosine_to_float32'].values()):.5f}",
        "text_cosine": f"{list(figures['text_cosine'].values())[-1]:.3f}",
        "pictures": f"{first} of {len(pictures)}",
        "minutes": f"{figures['seconds'] / 60:.0f}",
        "cpu_minutes": f"{sum(x['cpu_seconds'] for x in figures['stages'].values()) / 60:.0f}",
        "stages": "\n".join(
            f"| {name} | {stage['seconds']:.0f} | {stage['cpu_seconds']:.0f} |"
            for name, stage in figures["stages"].items()
        ),
    }


if __name__ == "__main__":
    main()
