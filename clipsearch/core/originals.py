"""Writes what the user says of photos into the photos' own files, where the user asks for it.

ExifTool writes, into a copy beside the photo; the copy is compared with the photo, what is said of
the photo is said of the copy's content too, and then the copy takes the photo's place in one step.
A process that is killed leaves the photo as it was or written whole, with its words, and at most a
hidden copy, which goes when the photo is written the next time.
"""

import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from clipsearch.core.embedded import find_blocks
from clipsearch.core.exiftool import ExifTool
from clipsearch.core.formats import readers
from clipsearch.core.imaging import file_state, read_file
from clipsearch.core.labelling import Labelling
from clipsearch.core.locking import write_lock
from clipsearch.core.metadata import read_metadata
from clipsearch.core.rewritten_rows import Rewritten, take_embeddings_along, take_suggestions_along
from clipsearch.core.sidecar_merge import Said
from clipsearch.core.sidecars import find_sidecar
from clipsearch.core.stores import Stores
from clipsearch.core.suggestions import SuggestionFile
from clipsearch.core.tagging import Tagging
from clipsearch.core.types import FileState, Photo, Skipped
from clipsearch.core.write_out import SidecarRun, WriteOut, is_as_indexed
from clipsearch.core.written_photo import NotTheSame, require_same_photo
from clipsearch.core.xmp_editing import NEW_PACKET
from clipsearch.core.xmp_outline import NotWritable
from clipsearch.core.xmp_writing import merged
from clipsearch.errors import ImageError
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

WRITTEN_FORMATS = frozenset({"JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"})
"""Formats of which ExifTool leaves everything but the words as it is, by `readers`' names."""

_AT_ONCE = 32  # With one process of ExifTool, whose start takes longer than a photo.
_NOT_AS_INDEXED = "it is not there as it was indexed: index its folder again"


class Originals:
    """Writes into the photos of a library."""

    def __init__(
        self, stores: Stores, labels: Labelling, tagging: Tagging, settings: Settings
    ) -> None:
        """Write nothing yet.

        Args:
            stores: The library's.
            labels: The library's.
            tagging: The library's.
            settings: How new sidecars are named, and how large a picture may be.
        """
        self._stores = stores
        self._labels = labels
        self._tagging = tagging
        self._settings = settings

    def write(
        self,
        photos: Sequence[Photo],
        *,
        suggestions: bool = False,
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> WriteOut:
        """Make photos say themselves which tags and stars the user gave them.

        As `clipsearch.core.write_out.write_out` does it with sidecars. A sidecar that is there is
        kept alike, because programs read it before the photo. A photo that cannot be written safely
        gets a sidecar instead. Once a photo is written, nothing that was said until then can be
        undone any more.

        Args:
            photos: Of that library.
            suggestions: Write the tags that are suggested, too, unless the user has decided.
            dry_run: Tell what would be written, and write nothing.
            progress: Called before each photo; may cancel, and what was written stays.

        Raises:
            InputError: ExifTool is not installed.
            LibraryError: The library cannot be read or written.
            Cancelled: By ``progress``.
        """
        run = _Run(
            self._stores,
            self._labels,
            SidecarRun.of(
                self._labels,
                {photo.content_hash for photo in photos},
                self._settings,
                suggested=self._tagging.suggested(photos) if suggestions else {},
                dry_run=dry_run,
            ),
            ExifTool.find(),
            self._settings.max_megapixels * 1_000_000,
        )
        with nullcontext() if dry_run else write_lock(self._stores.root):
            try:
                for start in range(0, len(photos), _AT_ONCE):
                    run.write(photos[start : start + _AT_ONCE], start, len(photos), progress)
            finally:
                run.finish()
        return run.report(len(photos))


class _Refused(Exception):
    """A photo is not written, for a reason in plain words."""


@dataclass(slots=True)
class _Plan:
    """What is to be written into a photo."""

    photo: Photo
    state: FileState
    """Of the file that was read."""
    packet: bytes
    file: Path
    """The photo's own file, where its path is a link."""
    copy: Path
    """Hidden beside it, with the same ending, by which ExifTool goes."""
    new: str = ""
    """The copy's content hash once it is written."""


@dataclass(slots=True)
class _Run:
    """One run over photos."""

    stores: Stores
    labels: Labelling
    sidecars: SidecarRun
    tool: ExifTool
    max_pixels: int
    written: list[Path] = field(default_factory=list)
    instead: list[Skipped] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    touched: set[Path] = field(default_factory=set)
    """Photos that are not unchanged."""
    rewritten: list[Rewritten] = field(default_factory=list)

    def report(self, photos: int) -> WriteOut:
        """What has become of so many photos."""
        sidecars = self.sidecars.report()
        return WriteOut(
            sidecars.written,
            photos - len(self.touched),
            (*self.skipped, *sidecars.skipped),
            tuple(self.written),
            tuple(self.instead),
        )

    def _plan(self, photo: Photo) -> "list[_Plan]":
        """Look at one photo, and write its sidecar if need be; at most one plan."""
        said = self.sidecars.said.get(photo.content_hash, Said())
        has_sidecar = find_sidecar(photo.path) is not None
        is_ours = photo.content_hash in self.sidecars.origins
        if said == Said() and not has_sidecar and not is_ours:
            return []
        try:
            if not is_as_indexed(photo):
                raise _Refused(_NOT_AS_INDEXED)
            planned = self._planned(photo, said)
        except NotWritable as error:
            self._write_sidecar(photo, str(error))
            return []
        except (ImageError, OSError, _Refused) as error:
            self._skip(photo, error)
            return []
        if has_sidecar:
            self._write_sidecar(photo)
        return planned

    def write(self, photos: Sequence[Photo], start: int, total: int, progress: Progress) -> None:
        """Write some photos of all, or only note that they would be written."""
        planned: dict[Path, _Plan] = {}
        for number, photo in enumerate(photos, start):
            progress(number, total, photo.path.name)
            for plan in self._plan(photo):
                planned.setdefault(plan.file, plan)  # It may go by two names.
        if self.sidecars.dry_run:
            for plan in planned.values():
                self._note(plan)
        else:
            self._write_all(list(planned.values()))

    def _write_all(self, planned: "Sequence[_Plan]") -> None:
        copied = [plan for plan in planned if self._copy(plan)]
        try:
            replaced = self._replace_all(copied) if copied else []
        finally:
            for plan in copied:
                _remove_copies(plan)
        if replaced:
            self._index(replaced)

    def finish(self) -> None:
        """Let suggestions follow all photos that were written: they are in one file."""
        space = self.stores.space()
        if space is not None and self.rewritten:
            left = self.labels.photos({one.old for one in self.rewritten})
            file = SuggestionFile(self.stores.root, space.fingerprint)
            take_suggestions_along(file, self.rewritten, {photo.content_hash for photo in left})

    def _planned(self, photo: Photo, said: Said) -> "list[_Plan]":
        content = read_file(photo.path)
        if content.content_hash != photo.content_hash:
            raise _Refused(_NOT_AS_INDEXED)
        blocks = find_blocks(content.data)
        if not WRITTEN_FORMATS.issuperset(readers(content.data, photo.path)):
            raise NotWritable("nothing is written into files of this format")
        if blocks.extensions:
            raise NotWritable("its XMP is in several parts")
        origin = self.sidecars.origins.get(photo.content_hash, photo.content_hash)
        old = blocks.xmp or NEW_PACKET
        new = merged(old, origin, said, lambda: read_metadata(content.data).keywords)
        if new == old:
            return []
        file = Path(os.path.realpath(photo.path))
        if not os.stat(file).st_mode & stat.S_IWUSR:
            raise _Refused("it is write-protected")
        copy = file.with_name(f"{_copies_of(file)}{secrets.token_hex(4)}{file.suffix}")
        return [_Plan(photo, content.state, new, file, copy)]

    def _copy(self, plan: "_Plan") -> bool:
        try:
            _remove_copies(plan)
            shutil.copyfile(plan.file, plan.copy)
            return True
        except OSError as error:
            self._skip(plan.photo, error)
            with suppress(OSError):
                _remove_copies(plan)
            return False

    def _replace_all(self, copied: "Sequence[_Plan]") -> list[Rewritten]:
        """Write into copies and let those that are sound take the photos' places."""
        refusals = self.tool.embed([(plan.copy, plan.packet) for plan in copied])
        sound = [
            plan
            for plan, refusal in zip(copied, refusals, strict=True)
            if self._is_sound(plan, refusal)
        ]
        if not sound:
            return []
        # Before the first photo has its new content: no word is ever without a photo.
        self.labels.succession.hand_over(
            [(one.photo.content_hash, one.new) for one in sound],
            in_use={photo.content_hash for photo in self.labels.photos(one.new for one in sound)},
        )
        return [
            Rewritten(plan.photo.path, plan.photo.content_hash, plan.new)
            for plan in sound
            if self._replace(plan)
        ]

    def _is_sound(self, plan: "_Plan", refusal: str | None) -> bool:
        try:
            if refusal is not None:
                raise NotWritable(refusal)
            before, after = read_file(plan.photo.path), read_file(plan.copy)
            if before.content_hash != plan.photo.content_hash:
                raise _Refused(_NOT_AS_INDEXED)
            require_same_photo(
                before.data, after.data, plan.packet, plan.file, max_pixels=self.max_pixels
            )
        except (NotWritable, NotTheSame) as error:
            self._write_sidecar(plan.photo, str(error))
            return False
        except (ImageError, _Refused) as error:
            self._skip(plan.photo, error)
            return False
        plan.new = after.content_hash
        return True

    def _replace(self, plan: "_Plan") -> bool:
        try:
            _settle(plan)
            if file_state(os.stat(plan.file)) != plan.state:
                raise _Refused("another program has just changed it; try again")
            os.replace(plan.copy, plan.file)
        except (OSError, _Refused) as error:
            self._skip(plan.photo, error)
            return False
        self._note(plan)
        return True

    def _index(self, replaced: Sequence[Rewritten]) -> None:
        space = self.stores.space()
        if space is not None:
            take_embeddings_along(self.stores.index(space), replaced)
            self.rewritten += replaced

    def _note(self, plan: "_Plan") -> None:
        self.written.append(plan.photo.path)
        self.touched.add(plan.photo.path)

    def _skip(self, photo: Photo, error: Exception) -> None:
        reason = error.reason if isinstance(error, ImageError) else str(error)
        if isinstance(error, OSError):
            reason = f"it cannot be written ({error.strerror or error})"
        self.skipped.append(Skipped(photo.path, reason))
        self.touched.add(photo.path)

    def _write_sidecar(self, photo: Photo, reason: str | None = None) -> None:
        """Write a photo's sidecar, for a reason if that is instead of the photo."""
        before = len(self.sidecars.written), len(self.sidecars.skipped)
        self.sidecars.write(photo)
        if (len(self.sidecars.written), len(self.sidecars.skipped)) == before:
            return
        self.touched.add(photo.path)
        if reason is not None:
            self.instead.append(Skipped(photo.path, reason))


def _copies_of(file: Path) -> str:
    """How the names of a photo's copies begin; hidden from those who watch the folder."""
    return f".clipsearch-{hashlib.blake2b(os.fsencode(file.name), digest_size=6).hexdigest()}-"


def _remove_copies(plan: _Plan) -> None:
    """Remove a photo's copies, also what a killed process and its ExifTool have left."""
    for left in plan.file.parent.glob(f"{_copies_of(plan.file)}*"):
        left.unlink(missing_ok=True)


def _settle(plan: _Plan) -> None:
    """Give a copy what the photo has besides its content, and see it on the disk."""
    before = os.stat(plan.file)
    shutil.copystat(plan.file, plan.copy)
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # Another user's photo in a shared folder.
            os.chown(plan.copy, before.st_uid, before.st_gid)
    os.utime(plan.copy)  # Other programs shall see that there is something new.
    with open(plan.copy, "rb+") as file:
        os.fsync(file.fileno())
