"""Writes what the user says of photos into their sidecars; the photos themselves are left alone."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from clipsearch.core.embedded import find_blocks
from clipsearch.core.file_words import file_keywords
from clipsearch.core.files import write_whole
from clipsearch.core.imaging import FileContent, file_state, read_file
from clipsearch.core.label_names import key_of
from clipsearch.core.label_types import Decision
from clipsearch.core.labelling import Labelling
from clipsearch.core.metadata import read_metadata
from clipsearch.core.sidecar_merge import Said
from clipsearch.core.sidecars import find_sidecar, own_sidecar, read_sidecar
from clipsearch.core.types import FileState, Photo, Skipped
from clipsearch.core.xmp import read_properties, read_xmp
from clipsearch.core.xmp_editing import NEW_PACKET
from clipsearch.core.xmp_outline import NotWritable
from clipsearch.core.xmp_writing import merged, new_sidecar
from clipsearch.errors import ImageError
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings


@dataclass(frozen=True, slots=True)
class WriteOut:
    """What became of the words of some photos."""

    written: tuple[Path, ...]
    """Sidecars that are new or have changed."""
    unchanged: int
    """Photos of which all is said already, or nothing is to be said."""
    skipped: tuple[Skipped, ...]
    """What could not be written, and photos that are not as they were indexed."""
    originals: tuple[Path, ...] = ()
    """Photos that were written themselves; see `write_into_originals`."""
    instead: tuple[Skipped, ...] = ()
    """Photos that cannot be written themselves and have a sidecar for it, with the reason."""


def write_out(
    labels: Labelling,
    photos: Sequence[Photo],
    settings: Settings,
    *,
    suggested: Mapping[str, Sequence[str]] | None = None,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> WriteOut:
    """Make the sidecars of photos say which tags and stars the user gave them.

    Tags that the user accepted are written, those that they rejected go, and what other programs
    wrote stays. A sidecar that says all already is not touched, nor is one that cannot be read.

    Args:
        labels: The library's.
        photos: Of that library.
        settings: How new sidecars are named.
        suggested: Tags of the model's by content, if they are to be written as well: where the user
            has decided, their word counts. Once they are not given any more, they go.
        dry_run: Tell what would be written, and write nothing.
        progress: Called before each photo; may cancel, and what was written stays.

    Raises:
        LibraryError: The library cannot be read.
        Cancelled: By ``progress``.
    """
    contents = {photo.content_hash for photo in photos}
    run = SidecarRun.of(labels, contents, settings, suggested=suggested or {}, dry_run=dry_run)
    for number, photo in enumerate(photos):
        progress(number, len(photos), photo.path.name)
        run.write(photo)
    return run.report()


def _said(
    labels: Labelling, contents: set[str], suggested: Mapping[str, Sequence[str]]
) -> dict[str, Said]:
    decisions, stars = labels.tags.of_photos(contents), labels.ratings.stars()
    return {
        content: _said_of(
            decisions.get(content, ()), suggested.get(content, ()), stars.get(content)
        )
        for content in contents & (decisions.keys() | stars.keys() | suggested.keys())
    }


def _said_of(decisions: Sequence[Decision], suggested: Sequence[str], stars: int | None) -> Said:
    decided = {key_of(one.tag) for one in decisions}
    accepted = [one.tag for one in decisions if one.verdict == "accepted"]
    return Said(
        (*accepted, *(tag for tag in suggested if key_of(tag) not in decided)),
        tuple(one.tag for one in decisions if one.verdict == "rejected"),
        stars,
    )


class _Refused(Exception):
    """A sidecar is not written, for a reason in plain words."""


@dataclass(slots=True)
class SidecarRun:
    """One run over photos, sidecar after sidecar."""

    said: Mapping[str, Said]
    """By content."""
    origins: Mapping[str, str]
    """By content, of those that clipsearch made; see `Succession`."""
    has_keywords: frozenset[str]
    """Contents of which the index knows keywords."""
    short_for_raw: bool
    dry_run: bool
    written: list[Path] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        labels: Labelling,
        contents: set[str],
        settings: Settings,
        *,
        suggested: Mapping[str, Sequence[str]],
        dry_run: bool,
    ) -> "SidecarRun":
        """Ask what is said of some contents; see `write_out`."""
        return cls(
            said=_said(labels, contents, suggested),
            origins=labels.succession.origins(contents),
            has_keywords=frozenset(file_keywords(labels.facets, contents)),
            short_for_raw=settings.sidecar_names == "lightroom",
            dry_run=dry_run,
        )

    def report(self) -> WriteOut:
        """What has become of the sidecars so far."""
        return WriteOut(tuple(self.written), self.unchanged, tuple(self.skipped))

    def write(self, photo: Photo) -> None:
        """Write the sidecar of one photo if need be."""
        said = self.said.get(photo.content_hash, Said())
        found = find_sidecar(photo.path)
        if found is None and said == Said():
            self.unchanged += 1
            return
        if not is_as_indexed(photo):
            reason = "it is not there as it was indexed: index its folder again"
            self.skipped.append(Skipped(photo.path, reason))
            return
        sidecar = own_sidecar(photo.path, short_for_raw=self.short_for_raw)
        try:
            self._update(photo, said, sidecar, read_file(sidecar) if sidecar == found else None)
        except (ImageError, NotWritable, _Refused) as error:
            reason = error.reason if isinstance(error, ImageError) else str(error)
            self.skipped.append(Skipped(sidecar, reason))
        except OSError as error:
            reason = f"it cannot be written ({error.strerror or error})"
            self.skipped.append(Skipped(sidecar, reason))

    def _update(self, photo: Photo, said: Said, sidecar: Path, before: FileContent | None) -> None:
        old = before.data if before else _first_content(photo)
        origin = self.origins.get(photo.content_hash, photo.content_hash)
        new = merged(old, origin, said, partial(self._keywords, photo))
        if new == old:
            self.unchanged += 1
            return
        if not self.dry_run:
            _replace(sidecar, new, before.state if before else None, photo)
        self.written.append(sidecar)

    def _keywords(self, photo: Photo) -> Sequence[str]:
        """What counts for the photo until a sidecar of its own has keywords."""
        beside = read_sidecar(photo.path)
        said = read_xmp(read_properties(beside)).keywords if beside else ()
        if said or photo.content_hash not in self.has_keywords:
            return said
        return read_metadata(read_file(photo.path).data).keywords


def is_as_indexed(photo: Photo) -> bool:
    """Whether a photo's file is the one that was indexed, as far as a `stat` tells."""
    try:
        return file_state(os.stat(photo.path)) == replace(photo.state, sidecar_ns=0)
    except OSError:
        return False


def _first_content(photo: Photo) -> bytes:
    """A new sidecar, with what was said in one that the photo shared until now, or in the photo.

    digiKam reads nothing of the XMP in a photo that has a sidecar.
    """
    packet = read_sidecar(photo.path) or find_blocks(read_file(photo.path).data).xmp
    return new_sidecar(read_xmp(read_properties(packet))) if packet else NEW_PACKET


def _replace(sidecar: Path, data: bytes, before: FileState | None, photo: Photo) -> None:
    target = Path(os.path.realpath(sidecar))  # A link stays one.
    if before is None:
        if os.path.lexists(sidecar):
            raise _Refused("something else of that name is there")
        # As readable as the photo is.
        mode = stat.S_IMODE(os.stat(photo.path).st_mode) & 0o666 | 0o600
    else:
        status = os.stat(target)
        if file_state(status) != before:
            raise _Refused("another program has just changed it; try again")
        mode = stat.S_IMODE(status.st_mode)
        if not mode & stat.S_IWUSR:
            raise _Refused("it is write-protected")
    write_whole(target, data, mode=mode)
