"""`SidecarExchange`: what the user says of a library's photos, into sidecars and out of them."""

from collections.abc import Sequence

from clipsearch.core.labelling import Labelling
from clipsearch.core.read_in import ReadIn, read_in
from clipsearch.core.tagging import Tagging
from clipsearch.core.types import Photo
from clipsearch.core.write_out import WriteOut, write_out
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings


class SidecarExchange:
    """Tags and stars of one library, on their way to other programs and back."""

    def __init__(self, labels: Labelling, tagging: Tagging, settings: Settings) -> None:
        """Read and write nothing yet."""
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
        """Write what the user says of photos of the library into sidecars; see `write_out`.

        Args:
            photos: Of the library.
            suggestions: Write the tags that are suggested, too, unless the user has decided.
            dry_run: Tell what would be written, and write nothing.
            progress: May cancel; what was written stays.

        Raises:
            LibraryError: The library cannot be read.
            Cancelled: By ``progress``.
        """
        return write_out(
            self._labels,
            photos,
            self._settings,
            suggested=self._tagging.suggested(photos) if suggestions else None,
            dry_run=dry_run,
            progress=progress,
        )

    def read(self, photos: Sequence[Photo]) -> ReadIn:
        """Make the keywords and ratings of files and sidecars the user's words; see `read_in`.

        Raises:
            LibraryError: The library cannot be read or written.
        """
        return read_in(self._labels, photos)
