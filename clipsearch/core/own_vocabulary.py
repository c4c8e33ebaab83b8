"""`OwnVocabulary`: how the user describes the tags that photos can be given.

A library without a vocabulary of its own uses the one that ships. The first tag that is described
anew makes a copy of that its own.
"""

from datetime import UTC, datetime
from pathlib import Path

from clipsearch.core.label_file import LabelFile
from clipsearch.core.tag_file import checked, read_vocabulary, shipped_vocabulary, with_tag
from clipsearch.core.tag_vocabulary import Tag, TagVocabulary
from clipsearch.core.vocabulary_rows import SOURCE, put, put_instead, stored
from clipsearch.errors import ClipSearchError, InputError


class OwnVocabulary:
    """A library's vocabulary. Every change is one step that can be undone. Thread-safe."""

    def __init__(self, file: LabelFile) -> None:
        """Keep it in a file."""
        self._file = file
        self._known: tuple[tuple[int, int], TagVocabulary] | None = None

    def read(self) -> TagVocabulary:
        """The library's own vocabulary, else the one that ships.

        Raises:
            InputError: It makes no sense: the file was damaged, or another program wrote to it.
        """
        revision, known = self._file.revision, self._known
        if known is None or known[0] != revision:
            known = self._known = revision, self._read(known[1] if known else shipped_vocabulary())
        return known[1]

    def _read(self, known: TagVocabulary) -> TagVocabulary:
        try:
            with self._file.reading() as connection:
                entries = stored(connection) or shipped_vocabulary().entries
            return known if entries == known.entries else checked(entries, SOURCE)
        except InputError as error:
            raise InputError(
                f"{error} Or restore a backup with 'clipsearch labels restore', or go back to the "
                "tags that ship with 'clipsearch vocabulary reset'."
            ) from error

    def replace(self, vocabulary: TagVocabulary, title: str = "Replace the vocabulary") -> None:
        """Let the library have this vocabulary, which the next look for tags uses.

        Args:
            vocabulary: All of it. A copy of the user's words is made before another one is lost.
            title: What is done, as a menu would say it.
        """
        if self._is_own:
            self._file.keep_copy()
        with self._file.editing(title) as connection:
            put_instead(connection, vocabulary.entries)

    def import_from(self, file: Path) -> int:
        """Let the library have the vocabulary of a file; returns how many tags that has.

        Raises:
            InputError: The file cannot be read or makes no sense; nothing has changed.
        """
        vocabulary = read_vocabulary(file)
        self.replace(vocabulary, f"Import {file.name}")
        return len(vocabulary.tags)

    def describe(self, tag: Tag) -> None:
        """Say what a tag means, instead of what was said of it before; see `with_tag`.

        Raises:
            InputError: It does not fit to the other tags; nothing has changed.
        """
        with self._file.editing(f"Describe the tag '{tag.name}'") as connection:
            before = stored(connection) or shipped_vocabulary().entries
            after = with_tag(TagVocabulary(before), tag, SOURCE).entries
            if after != before:
                put(connection, after)

    def reset(self) -> Path | None:
        """Go back to the vocabulary that ships.

        Returns:
            The copy of the user's words that was made before; ``None`` if that ships was used.
        """
        kept = self._file.keep_copy() if self._is_own else None
        with self._file.editing("Reset the vocabulary") as connection:
            connection.execute("DELETE FROM vocabulary_tags")
        return kept

    @property
    def _is_own(self) -> bool:
        with self._file.reading() as connection:
            return connection.execute("SELECT 1 FROM vocabulary_tags").fetchone() is not None

    def take_in_file(self) -> None:
        """Take over ``vocabulary.toml`` beside the file, where clipsearch kept it once.

        It is set aside under another name when what it says is on the disk, so a process that is
        killed in between loses nothing. What cannot be taken over stays, and the user is told.
        """
        old = self._file.path.with_name("vocabulary.toml")
        if not old.exists():
            return
        aside = old.with_name(f"vocabulary.imported-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.toml")
        try:
            self._take_in(old)
            old.replace(aside)
        except (ClipSearchError, OSError) as error:
            # Without the file, another process was faster.
            if old.exists():
                self._file.notify(f"The tags of {old} are not used. {error}")

    def _take_in(self, old: Path) -> None:
        vocabulary = read_vocabulary(old)
        with self._file.editing(f"Import {old.name}") as connection:
            own = stored(connection)
            if not own:
                put(connection, vocabulary.entries)
            elif own != vocabulary.entries:
                raise InputError(
                    "The library has a vocabulary of its own: "
                    f"'clipsearch vocabulary import {old}' puts this one in its place."
                )
