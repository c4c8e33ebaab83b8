"""``clipsearch models``: revert, compare, export and delete, most of use for tuned models.

With this module imported, ``models`` has all its sub-commands.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipsearch.cli import output
from clipsearch.cli.catalogue_commands import Name
from clipsearch.cli.guard import guarded
from clipsearch.cli.library_commands import (
    LibraryOption,
    open_library,
    print_report,
    tidy_up_after,
)
from clipsearch.cli.output import AsJson
from clipsearch.cli.space_commands import models

if TYPE_CHECKING:
    from clipsearch.core.evaluation import Evaluation
    from clipsearch.core.model_comparison import ComparedModel, Comparison

__all__ = ["models"]


@models.command("revert")
@guarded
def revert_model(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Search with the model again that was used before, at once if its index is there.

    Once more goes back to where you came from.
    """
    with open_library(context, library) as opened, output.progress_bar("indexing") as progress:
        report = opened.revert_model(progress=progress)
        tidy_up_after(report, opened, progress)
        model = opened.info().model
    output.notice(f"The library searches with {model}.")
    print_report(report, as_json=output.wants_json(context, as_json))


@models.command("compare")
@guarded
def compare_models(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A")],
    second: Annotated[str, typer.Argument(metavar="B")],
    captions: Annotated[
        Path | None,
        typer.Argument(metavar="[CAPTIONS]", help="To measure both by, as 'evaluate' takes it."),
    ] = None,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Put two models side by side: the figures of their training, and of captions."""
    from clipsearch.core.model_comparison import compare

    with open_library(context, library) as opened, output.progress_bar("evaluating") as progress:
        found = compare([first, second], captions, opened.encoder, progress=progress)
    if len([model for model in found.models if model.parent]) > 1 and not found.same_photos:
        output.notice(
            "They were trained and judged on different photos, so the figures of their training "
            "cannot be compared: name a file of captions to measure both by."
        )
    if output.wants_json(context, as_json):
        output.print_json(asdict(found))
    else:
        _print_comparison(found)


def _print_comparison(found: "Comparison") -> None:
    columns = [_facts_of(model) for model in found.models]
    output.print_table(
        ["", *(model.name for model in found.models)],
        [
            (fact, *(column.get(fact, "") for column in columns))
            for fact in dict.fromkeys(fact for column in columns for fact in column)
        ],
    )


def _facts_of(model: "ComparedModel") -> dict[str, str]:
    """What is known of a model, as it is printed, by what it is called."""
    facts = {}
    if model.parent is not None:
        facts["tuned from"] = model.parent
        facts["method"] = f"{model.method}, strength {model.strength:g}"
        facts["made at"] = str(model.made_at)
    if model.figures is not None:
        figures = model.figures
        facts |= {f"recall@{k}": f"{recall:.3f}" for k, recall in figures.recall.items()}
        facts["mean average precision"] = f"{figures.mean_average_precision:.3f}"
        facts["accuracy"] = "" if figures.accuracy is None else f"{figures.accuracy:.3f}"
        facts["knowledge"] = f"{figures.knowledge:.3f}"
    return facts | (_recalls_of(model.evaluation) if model.evaluation else {})


def _recalls_of(evaluation: "Evaluation") -> dict[str, str]:
    directions = {
        "words to pictures": evaluation.text_to_image,
        "pictures to words": evaluation.image_to_text,
    }
    return {
        f"{direction}, recall@{k}": f"{recall:.3f}"
        for direction, recalls in directions.items()
        for k, recall in recalls.items()
    }


@models.command("export")
@guarded
def export_model(
    context: typer.Context,
    name: Name,
    target: Annotated[
        Path,
        typer.Argument(metavar="TARGET", help="A new folder, or a new .safetensors file."),
    ],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Write a model as a checkpoint of open_clip, with what it learned merged in.

    A folder gets configuration and weights and can be imported elsewhere, a file the weights alone.
    """
    from clipsearch.ml.exports import export_model as write

    with output.progress_bar("exporting") as progress:
        exported = write(name, target, progress=progress)
    if exported.left_out:
        output.notice(
            f"A checkpoint has no place for learned names, so it does not know what "
            f"{', '.join(exported.left_out)} came to mean: to take that along, import the "
            "model's own folder elsewhere, which 'clipsearch models show' names."
        )
    if output.wants_json(context, as_json):
        output.print_json(asdict(exported))
    else:
        output.print_line(
            f"exported {exported.model} to {exported.path}, {exported.disk_bytes / 1e6:.1f} MB"
        )


@models.command("delete")
@guarded
def delete_model(
    context: typer.Context, name: Name, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Delete a model and its indexes of the library, and free their disk."""
    from clipsearch.core.models import Models
    from clipsearch.ml.own_models import megabytes, normalised

    with open_library(context, library) as opened:
        freed = Models(opened).delete(name)
    if output.wants_json(context, as_json):
        output.print_json({"deleted": normalised(name), "bytes_freed": freed})
    else:
        output.print_line(f"deleted {normalised(name)}, which frees {megabytes(freed)}")
