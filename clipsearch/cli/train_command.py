"""The command `train`."""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.library_commands import LibraryOption, open_library, tidy_up_after
from clipsearch.cli.output import AsJson
from clipsearch.core.label_names import photos
from clipsearch.core.library import Library
from clipsearch.core.tuning import TuningSurvey
from clipsearch.core.tuning_run import Event, RunInfo
from clipsearch.errors import InputError
from clipsearch.ml.tuning_types import Figures, Outcome

_SHOWN = 10  # Photos that are confused today.


class Method(Enum):
    """What ``--method`` takes."""

    AUTO = "auto"
    GDA = "gda"
    LINEAR = "linear"
    COOP = "coop"
    LORA = "lora"
    SVD = "svd"
    LAST = "last"
    FULL = "full"


class Loss(Enum):
    """What ``--loss`` takes."""

    CLIP = "clip"
    SIGLIP = "siglip"


def train(
    context: typer.Context,
    collections: Annotated[
        list[str] | None,
        typer.Option("--collections", metavar="A,B", help="None: all, unless tags are named."),
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tags", metavar="A,B", help="That you have accepted.")
    ] = None,
    method: Annotated[
        Method, typer.Option("--method", help="auto: by how many photos there are, and the device.")
    ] = Method.AUTO,
    loss: Annotated[Loss, typer.Option("--loss", help="Of the methods that take steps.")] = (
        Loss.CLIP
    ),
    epochs: Annotated[
        int, typer.Option("--epochs", metavar="N", min=1, max=1000, help="Looks at every photo.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Of what is drawn by chance.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what there is to learn, and train nothing.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run, or 'last'.")
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the runs, and train nothing.")] = False,
    drop: Annotated[
        str | None, typer.Option("--drop", metavar="RUN", help="Delete a run, and train nothing.")
    ] = None,
    keep: Annotated[
        bool | None,
        typer.Option("--keep/--no-keep", help="Whatever comes of it; else if search gets better."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the new model.")
    ] = None,
    use: Annotated[bool, typer.Option("--use", help="Search with it, if it is kept.")] = False,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Teach the model your collections and tags, and see what search gains and loses by it."""
    _refuse_pairs(
        {"--dry-run": dry_run, "--resume": resume, "--runs": runs, "--drop": drop},
        {"--collections": collections, "--tags": tags},
    )
    as_json = output.wants_json(context, as_json)
    chosen = _names(collections), _names(tags) or []
    with open_library(context, library) as opened:
        if runs:
            _print_runs(opened.tuning.runs(), as_json=as_json)
        elif drop is not None:
            opened.tuning.drop(drop)
            _print_dropped(drop, as_json=as_json)
        elif dry_run:
            survey = opened.tuning.survey(chosen[0], tags=chosen[1])
            _print_survey(survey, method, as_json=as_json)
        else:
            run = (
                _latest(opened, resume)
                if resume
                else opened.tuning.prepare(
                    chosen[0],
                    tags=chosen[1],
                    method=method.value,
                    loss=loss.value,
                    epochs=epochs,
                    seed=seed,
                )
            )
            outcome = _run(opened, run)
            model = _keep(opened, run, outcome, keep, name)
            if use:
                _use(opened, model)
            _print_outcome(run, outcome, model, in_use=use and bool(model), as_json=as_json)


def _refuse_pairs(alone: dict[str, object], what: dict[str, object]) -> None:
    given = [option for option, value in alone.items() if value]
    if given and given != ["--dry-run"]:
        given += [option for option, value in what.items() if value]
    if len(given) > 1:
        raise InputError(f"{given[0]} and {given[1]} do not go together: leave one of them out.")


def _names(values: Sequence[str] | None) -> list[str] | None:
    """Names parted by commas; one that has a comma itself stands in double quotes."""
    if values is None:
        return None
    found = [name.strip() for row in csv.reader(values, skipinitialspace=True) for name in row]
    return [name for name in found if name]


def _latest(library: Library, run: str) -> str:
    if run != "last":
        return run
    found = next((one.name for one in library.tuning.runs() if one.state == "unfinished"), None)
    if found is None:
        raise InputError("There is no unfinished run for --resume: leave it out to begin one.")
    return found


def _run(library: Library, run: str) -> Outcome:
    output.notice(f"If this is stopped, 'clipsearch train --resume {run}' goes on with it.")

    def tell(event: Event) -> None:
        if event["kind"] == "notice":
            output.notice(event["sentence"])

    with output.progress_bar("training") as progress:
        return library.tuning.run(run, progress=progress, on_event=tell)


def _keep(
    library: Library, run: str, outcome: Outcome, keep: bool | None, name: str | None
) -> str | None:
    """Make a model of it if that is wanted; its name."""
    is_wanted = outcome.judgement.conclusion == "better" if keep is None else keep
    return library.tuning.keep(run, name=name, force=bool(keep)) if is_wanted else None


def _use(library: Library, model: str | None) -> None:
    if model is None:
        output.notice("Nothing was kept, so searches go on as before.")
        return
    with output.progress_bar("indexing") as progress:
        report = library.use_model(model, progress=progress)
        tidy_up_after(report, library, progress)
    for sentence in report.notices:
        output.notice(sentence)
    output.print_skipped(report.skipped)


def _print_survey(survey: TuningSurvey, method: Method, *, as_json: bool) -> None:
    if as_json:
        document = asdict(survey)
        if method is not Method.AUTO:
            document |= {"method": method.value, "reason": "It was asked for."}
        output.print_json(document)
        return
    output.print_table(
        ["collection or tag", "photos", "moments", "held out", "captions"],
        [(one.name, one.photos, one.groups, one.held_out, one.captions) for one in survey.concepts],
    )
    for sentence in [w for one in survey.concepts for w in one.warnings] + [*survey.warnings]:
        output.notice(sentence)
    if survey.confusions:
        count = len(survey.confusions)
        output.print_line(f"{survey.model} takes {photos(count)} for another of them today:")
        found = [(one.path, one.concept, one.taken_for) for one in survey.confusions[:_SHOWN]]
        output.print_table(["photo", "is", "taken for"], found)
    output.print_line(f"method {survey.method}: {survey.reason}")


def _print_runs(runs: Sequence[RunInfo], *, as_json: bool) -> None:
    facts = [_run_as_dict(one) for one in runs]
    if as_json:
        output.print_json(facts)
        return
    titles = ["run", "state", "parent", "method", "concepts", "conclusion", "model"]
    rows = [
        [", ".join(v) if isinstance(v, list) else v or "" for v in one.values()] for one in facts
    ]
    output.print_table(titles, rows)


def _print_dropped(run: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"dropped": run})
    else:
        output.print_line(f"dropped {run}")


def _run_as_dict(run: RunInfo) -> dict[str, Any]:
    plan, result = run.order.plan, run.result
    return {
        "run": run.name,
        "state": run.state,
        "parent": plan.model,
        "method": plan.method,
        "concepts": [concept.name for concept in plan.lessons.concepts],
        "conclusion": result.outcome.judgement.conclusion if result else None,
        "model": run.model,
    }


def _print_outcome(
    run: str, outcome: Outcome, model: str | None, *, in_use: bool, as_json: bool
) -> None:
    if as_json:
        output.print_json(_outcome_as_dict(run, outcome) | {"model": model, "in_use": in_use})
        return
    judgement = outcome.judgement
    before, after = _as_shown(judgement.before), _as_shown(judgement.after)
    rows = [(figure, before[figure], after[figure]) for figure in before]
    output.print_table(["on held-out photos", "before", "after"], rows)
    for sentence in judgement.sentences:
        output.print_line(sentence)
    if model is None:
        output.print_line(f"The run {run} is not kept, and searches go on as before.")
    else:
        used = "searches use it now" if in_use else f"'clipsearch models use {model}' searches so"
        output.print_line(f"kept as {model}: {used}")


def _outcome_as_dict(run: str, outcome: Outcome) -> dict[str, Any]:
    judgement = outcome.judgement
    return {
        "run": run,
        "method": outcome.method,
        "conclusion": judgement.conclusion,
        "sentences": list(judgement.sentences),
        "before": asdict(judgement.before),
        "after": asdict(judgement.after),
        "gains": {figure: asdict(gain) for figure, gain in judgement.gains.items()},
        "strength": outcome.strength,
        "trade_off": [asdict(point) for point in outcome.trade_off],
        "seconds": round(outcome.seconds, 1),
    }


def _as_shown(figures: Figures) -> dict[str, str]:
    shown = {f"recall@{k}": f"{recall:.3f}" for k, recall in figures.recall.items()}
    shown["mean average precision"] = f"{figures.mean_average_precision:.3f}"
    if figures.accuracy is not None:
        shown["accuracy"] = f"{figures.accuracy:.3f}"
    return {**shown, "knowledge": f"{figures.knowledge:.3f}"}
