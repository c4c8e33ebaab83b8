"""Commands that run a model on pictures: evaluate, classify."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, ModelOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core import classification
from clipsearch.core.evaluation import evaluate as measure
from clipsearch.errors import InputError

_SHOWN_LABELS = 3


def evaluate(
    context: typer.Context,
    captions: Annotated[
        Path,
        typer.Argument(
            metavar="CAPTIONS",
            help="A CSV 'image,caption' (paths relative to it), or a tar of KEY.jpg + KEY.txt.",
        ),
    ],
    direction: Annotated[str, typer.Option(help="text-to-image, image-to-text or both.")] = "both",
    model: ModelOption = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well captions find their picture, and pictures their captions."""
    wanted = {
        "both": ["text_to_image", "image_to_text"],
        "text-to-image": ["text_to_image"],
        "image-to-text": ["image_to_text"],
    }.get(direction)
    if wanted is None:
        raise InputError(
            f"--direction '{direction}' is none of both, text-to-image, image-to-text."
        )
    with open_library(context, library) as opened, output.progress_bar("evaluating") as progress:
        figures = measure(captions, opened.encoder(model), progress=progress)
    if output.wants_json(context, as_json):
        document = asdict(figures)
        kept = ["images", "captions", *wanted]
        output.print_json({name: document[name] for name in kept})
        return
    output.print_line(f"{figures.images} pictures, {figures.captions} captions")
    output.print_table(
        ["", "recall@1", "recall@5", "recall@10"],
        [(name, *(f"{r:.3f}" for r in getattr(figures, name).values())) for name in wanted],
    )


def classify(
    context: typer.Context,
    images: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGES", help="Pictures, or folders; or a folder of classes."),
    ],
    labels: Annotated[Path, typer.Option("--labels", metavar="FILE", help="One label a line.")],
    templates: Annotated[
        Path | None,
        typer.Option("--templates", metavar="FILE", help="One prompt a line, {} for the label."),
    ] = None,
    model: ModelOption = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Give each picture its labels by probability, without training.

    A single folder whose sub-folders are named like labels is measured instead: top-1, top-5.
    """
    names = classification.read_lines(labels, "labels")
    prompts = classification.read_templates(templates)
    folder = images[0] if len(images) == 1 and images[0].is_dir() else None
    classes = classification.class_folders(folder, names) if folder else None
    with open_library(context, library) as opened, output.progress_bar("classifying") as progress:
        classifier = classification.Classifier(opened.encoder(model), names, prompts)
        if classes:
            accuracy, skipped = classifier.accuracy(classes.pictures, progress=progress)
            document: Any = asdict(accuracy)
        else:
            files = classification.pictures(images)
            found, skipped = classifier.classify(files, progress=progress)
            document = [_classified_as_dict(item) for item in found]
    output.print_skipped(skipped)
    if classes and classes.left_out:
        output.notice(f"No label for the folders: {', '.join(classes.left_out)}.")
    if output.wants_json(context, as_json):
        output.print_json(document)
    elif classes:
        _print_accuracy(accuracy)
    else:
        output.print_table(["picture", "labels"], [(c.path, _best_labels(c)) for c in found])


def _classified_as_dict(item: classification.Classified) -> dict[str, Any]:
    labels = [{"label": label, "probability": round(p, 6)} for label, p in item.labels]
    return {"path": str(item.path), "labels": labels}


def _best_labels(item: classification.Classified) -> str:
    return ", ".join(f"{label} {p:.2f}" for label, p in item.labels[:_SHOWN_LABELS])


def _print_accuracy(accuracy: classification.Accuracy) -> None:
    output.print_line(
        f"{accuracy.n} pictures: top-1 {accuracy.top1:.3f}, top-5 {accuracy.top5:.3f}"
    )
    output.print_table(["label", "top-1"], [(k, f"{v:.3f}") for k, v in accuracy.per_class.items()])
