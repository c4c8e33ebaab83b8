"""``clipsearch tags``: which tags photos have, and which they were denied."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from clipsearch.cli import output
from clipsearch.cli.guard import guarded
from clipsearch.cli.labelled_photos import Files, photo_facts, print_photos
from clipsearch.cli.library_commands import LibraryOption, open_library
from clipsearch.cli.output import AsJson
from clipsearch.core.label_names import photos
from clipsearch.core.label_types import Verdict

tags = typer.Typer(name="tags", help="Tags on photos: what you accepted and what you rejected.")
Tag = Annotated[str, typer.Argument(metavar="TAG", help="A word, or levels: 'Places|Rome'.")]


@tags.callback(invoke_without_command=True)
@guarded
def _tags(context: typer.Context, library: LibraryOption = None, as_json: AsJson = False) -> None:
    output.pass_on(context, library, as_json)
    if context.invoked_subcommand is None:
        list_tags(context)


@tags.command("list")
@guarded
def list_tags(
    context: typer.Context, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """List your tags, and on how many photos each was accepted and rejected."""
    with open_library(context, library) as opened:
        found = opened.labels.tags.tags()
    if output.wants_json(context, as_json):
        output.print_json(
            [{"name": t.name, "accepted": t.accepted, "rejected": t.rejected} for t in found]
        )
    else:
        rows = [(tag.name, tag.accepted, tag.rejected) for tag in found]
        output.print_table(["tag", "accepted", "rejected"], rows)


@tags.command("show")
@guarded
def show_tag(
    context: typer.Context, tag: Tag, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Show what was decided of a tag, also on photos that have left the library."""
    with open_library(context, library) as opened:
        name = opened.labels.tags.named(tag).name
        decided = opened.labels.tags.of_tag(tag)
        former = opened.labels.former_contents({one.content_hash for one in decided})
        decisions = [one for one in decided if one.content_hash not in former]
        facts = photo_facts(opened.labels, [one.content_hash for one in decisions])
    found: list[dict[str, Any]] = [
        fact
        | {
            "verdict": one.verdict,
            "source": one.source,
            "decided_at": one.decided_at.isoformat(timespec="seconds"),
        }
        for fact, one in zip(facts, decisions, strict=True)
    ]
    if output.wants_json(context, as_json):
        output.print_json({"name": name, "photos": found})
    else:
        print_photos(found, ["verdict", "source", "decided_at"])


@tags.command("accept")
@guarded
def accept(
    context: typer.Context,
    tag: Tag,
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Say that photos show a tag; it is made if there is none of this name."""
    _decide(context, tag, files, "accepted", library, as_json)


@tags.command("reject")
@guarded
def reject(
    context: typer.Context,
    tag: Tag,
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Say that photos do not show a tag, whatever their files or the model say."""
    _decide(context, tag, files, "rejected", library, as_json)


@tags.command("forget")
@guarded
def forget(
    context: typer.Context,
    tag: Tag,
    files: Files,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Take back what was accepted or rejected of a tag on photos."""
    _decide(context, tag, files, None, library, as_json)


def _decide(
    context: typer.Context,
    tag: str,
    files: Sequence[Path],
    verdict: Verdict | None,
    library: Path | None,
    as_json: bool,
) -> None:
    with open_library(context, library) as opened:
        labels = opened.labels
        if verdict is None:
            labels.tags.named(tag)
        contents = labels.contents(files)
        labels.tags.decide(tag, contents, verdict)
        name = labels.tags.named(tag).name
    if output.wants_json(context, as_json):
        output.print_json({"tag": name, "verdict": verdict, "photos": len(contents)})
    else:
        output.print_line(f"'{name}' {verdict or 'forgotten'} on {photos(len(contents))}")


@tags.command("rename")
@guarded
def rename(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD")],
    new: Annotated[str, typer.Argument(metavar="NEW")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Give a tag another name; what was decided of it stays."""
    with open_library(context, library) as opened:
        before = opened.labels.tags.named(old).name
        opened.labels.tags.rename(old, new)
        after = opened.labels.tags.named(new).name
    if output.wants_json(context, as_json):
        output.print_json({"old": before, "new": after})
    else:
        output.print_line(f"'{before}' is called '{after}' now")


@tags.command("merge")
@guarded
def merge(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="TAG", help="Gone afterwards.")],
    into: Annotated[str, typer.Option("--into", metavar="TAG", help="The one that stays.")],
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Make one tag of several; where they disagree about a photo, it is accepted."""
    with open_library(context, library) as opened:
        opened.labels.tags.merge(names, into)
        merged = opened.labels.tags.named(into)
    if output.wants_json(context, as_json):
        output.print_json(
            {"name": merged.name, "accepted": merged.accepted, "rejected": merged.rejected}
        )
    else:
        output.print_line(f"'{merged.name}' is accepted on {photos(merged.accepted)} now")


@tags.command("learn")
@guarded
def learn(
    context: typer.Context,
    tag: Annotated[
        str | None, typer.Argument(metavar="TAG", help="None: all that photos were given.")
    ] = None,
    ask: Annotated[
        int, typer.Option("--ask", metavar="N", min=0, help="Name N photos that teach most.")
    ] = 0,
    library: LibraryOption = None,
    as_json: AsJson = False,
) -> None:
    """Learn tags from the photos that you accepted and rejected, and suggest them by that."""
    with open_library(context, library) as opened:
        known = [one.name for one in opened.labels.tags.tags() if one.accepted]
        lessons = [opened.tagging.learn(name, ask=ask) for name in ([tag] if tag else known)]
        asked = {one.tag: opened.labels.photos(one.to_ask) for one in lessons}
    if output.wants_json(context, as_json):
        output.print_json(
            [
                {
                    "tag": one.tag,
                    "method": one.method,
                    "ranking": round(one.ranking, 4),
                    "accepted": one.positives,
                    "rejected": one.negatives,
                    "photos": one.photos,
                    "ask": [str(photo.path) for photo in asked[one.tag]],
                }
                for one in lessons
            ]
        )
        return
    rows = [
        (one.tag, one.method, f"{one.ranking:.0%}", one.positives, one.negatives, one.photos)
        for one in lessons
    ]
    titles = ["tag", "learned by", "ranked right", "accepted", "rejected", "photos now"]
    output.print_table(titles, rows)
    for photos_of_tag in asked.values():
        for photo in photos_of_tag:
            output.print_line(str(photo.path))


@tags.command("delete")
@guarded
def delete(
    context: typer.Context, tag: Tag, library: LibraryOption = None, as_json: AsJson = False
) -> None:
    """Delete a tag with all that was decided of it; keywords in the photos' files stay."""
    with open_library(context, library) as opened:
        gone = opened.labels.tags.named(tag)
        opened.labels.tags.delete(tag)
    if output.wants_json(context, as_json):
        output.print_json(
            {"deleted": gone.name, "accepted": gone.accepted, "rejected": gone.rejected}
        )
    else:
        decided = photos(gone.accepted + gone.rejected)
        output.print_line(f"'{gone.name}' was deleted with what was decided on {decided}")
