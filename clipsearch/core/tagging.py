"""`Tagging`: the tags that a library's photos may have, found by the model and kept as suggestions.

What the user says of them is asked through `Verdicts`; nothing here writes the user's own words.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from clipsearch.core.labels import Space
from clipsearch.core.loaded_models import LoadedModels
from clipsearch.core.stores import Stores
from clipsearch.core.suggestions import Suggestion, SuggestionFile, Suggestions
from clipsearch.core.tag_assignment import certainty_for_precision, certainty_for_slider
from clipsearch.core.tag_file import format_vocabulary, shipped_vocabulary
from clipsearch.core.tag_lessons import TagLesson, tag_lesson, taught
from clipsearch.core.tag_run import Contents, TagRun
from clipsearch.core.tag_space import TagSpace
from clipsearch.core.tag_verdicts import Decided, Verdicts
from clipsearch.core.tag_vocabulary import TagVocabulary
from clipsearch.core.text_rows import TextRows
from clipsearch.core.types import EmbeddingModel, IndexReport, Photo
from clipsearch.core.user_verdicts import UserVerdicts
from clipsearch.errors import ClipSearchError, InputError, LibraryError
from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings, cache_folder

_log = logging.getLogger(__name__)

_LEAST_CANDIDATES = 100  # After a few examples all may be uncertain, and the best still be right.
_GROWN = 1.2  # All photos are looked at again when the library has grown by this since.


@dataclass(frozen=True, slots=True)
class TagReport:
    """What a look for tags has found; copies of a photo count once."""

    photos: int
    """That were looked at."""
    tagged: int
    """Photos of the library with a tag that counts."""
    seconds: float
    suggestions: Suggestions

    @property
    def tags(self) -> Mapping[str, int]:
        """How many photos have each tag, the most frequent first."""
        return self.suggestions.counts()


class Tagging:
    """Suggests tags, and remembers what was suggested. Thread-safe."""

    def __init__(
        self,
        stores: Stores,
        models: LoadedModels,
        settings: Settings,
        verdicts: Verdicts | None = None,
    ) -> None:
        """Load nothing yet.

        Args:
            stores: Of the library.
            models: Embed the tags.
            settings: How many tags are wanted.
            verdicts: What the user has said; what the library keeps of it if not given.
        """
        self._stores = stores
        self._models = models
        self._settings = settings
        self._verdicts = verdicts or UserVerdicts(stores)
        self._embedding = threading.Lock()
        self._reading = threading.Lock()  # Nobody who reads waits for words to be embedded.
        self._space: tuple[tuple[str, str], TagSpace] | None = None
        self._read: tuple[tuple[str, int | None], Suggestions | None] | None = None

    def vocabulary(self) -> TagVocabulary:
        """The library's own vocabulary, else the one that ships; and the user's own tags.

        Raises:
            InputError: The library's own makes no sense; see `OwnVocabulary.read`.
        """
        stores = self._stores
        written = stores.labels().vocabulary.read() if stores.exist else shipped_vocabulary()
        return written.with_names(self._verdicts.tags())

    def suggest(
        self,
        *,
        vocabulary: TagVocabulary | None = None,
        slider: float | None = None,
        min_precision: float | None = None,
        keep: bool = True,
        progress: Progress = no_progress,
    ) -> TagReport:
        """Look at all photos of the library.

        Args:
            vocabulary: The library's if not given.
            slider: From 0 (fewer tags, surer ones) to 1 (more); as in the settings if not given.
            min_precision: Instead of the slider, how many of the tags should be right, in [0, 1].
            keep: Whether the suggestions replace those that were there.
            progress: May cancel; then nothing has changed.

        Raises:
            InputError: A number is out of its range, or the vocabulary makes no sense.
            LibraryError: The library is empty, its model has changed since it was indexed, or its
                disk is full or read-only.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        line = self._line(slider, min_precision)
        start = time.perf_counter()
        space, photos = self._filled()
        run = self._run(space, vocabulary or self.vocabulary(), line, progress)
        found = self._taught(run.everything(photos, self._verdicts, progress))
        if keep:
            self._keep(space, found)
        seconds = time.perf_counter() - start
        return TagReport(len(photos.hashes), found.photos_with_tags(), seconds, found)

    def draw_line(self, slider: float) -> None:
        """Let more or fewer of what was suggested count; nothing is looked at again.

        Args:
            slider: See `suggest`.

        Raises:
            InputError: It is out of its range.
            LibraryError: The disk is full or read-only.
        """
        line = self._line(slider, None)
        space = self._stores.space()
        found = self._suggestions(space) if space else None
        if space is not None and found is not None:
            self._keep(space, replace(found, line=line))

    def keep_up(self, *, progress: Progress = no_progress) -> TagReport | None:
        """Look at what is new; at everything where what is known is stale.

        It is stale when the vocabulary has changed, or the library has grown by a fifth since.

        Args:
            progress: May cancel; then nothing has changed.

        Returns:
            ``None`` if there was nothing to do.

        Raises:
            InputError: The vocabulary makes no sense.
            LibraryError: As `suggest`.
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        start = time.perf_counter()
        if not len(self._stores.current()[1]):
            return None
        space, photos = self._filled()
        known = self._suggestions(space)
        if known is None or self._is_stale(known, photos):
            return self.suggest(progress=progress)
        if set(known.contents) == set(photos.hashes):
            return None
        run = self._run(space, self.vocabulary(), known.line, progress)
        found = self._taught(run.also(known, photos, self._verdicts, progress))
        self._keep(space, found)
        new = len(set(photos.hashes) - set(known.contents))
        return TagReport(new, found.photos_with_tags(), time.perf_counter() - start, found)

    def follow(self, report: IndexReport, *, progress: Progress = no_progress) -> None:
        """Look at what indexing has changed, if the settings want that.

        Photos that are indexed stay so, whatever may be wrong with the tags: that is only logged.

        Args:
            report: Of the indexing.
            progress: May cancel.

        Raises:
            Cancelled: By ``progress``.
        """
        if not (self._settings.auto_tag and report.wrote_something):
            return
        try:
            self.keep_up(progress=progress)
        except ClipSearchError as error:
            _log.warning("new photos were not tagged: %s", error)

    def suggestions_of(
        self, contents: Collection[str], *, slider: float | None = None
    ) -> dict[str, list[Suggestion]]:
        """The tags that count for some photos, the most certain first; without those decided upon.

        Args:
            contents: Content hashes; those that nobody has looked at have none.
            slider: See `suggest`; as it was there if not given.
        """
        found = self._at(slider)
        if found is None:
            return {content: [] for content in contents}
        decided = Decided(self.vocabulary(), self._verdicts)
        return {
            content: [
                one
                for one in found.of_photo(content)
                if one.certainty >= found.line and not decided.on(one)
            ]
            for content in contents
        }

    def suggested(self, photos: Collection[Photo]) -> dict[str, list[str]]:
        """The names of the tags in `suggestions_of`, by the photos' contents."""
        found = self.suggestions_of({photo.content_hash for photo in photos})
        return {content: [one.tag for one in some] for content, some in found.items()}

    def candidates(self, tag: str, *, ask: int = 0, keep: bool = True) -> list[Suggestion]:
        """The photos that may have a tag, the most certain first; without those decided upon.

        Those below the line are among them: what a user reviews may be uncertain. A tag that the
        user gave to photos is learned from these first; that takes some tens of milliseconds.

        Args:
            tag: In the vocabulary or not.
            ask: So many of the photos whose answer would teach most go before the others, if the
                tag is learned.
            keep: See `learn`.

        Raises:
            LibraryError: The model has changed since the library was indexed.
            ModelError: The model cannot be used.
        """
        decided = Decided(self.vocabulary(), self._verdicts)
        if self._verdicts.accepted(tag):
            try:
                found = self.learn(tag, ask=ask, keep=keep).candidates(_LEAST_CANDIDATES)
            except InputError:  # None of these photos is in the library now.
                found = self._known_of(tag)
        else:
            found = self._known_of(tag)
        return [one for one in found if not decided.on(one)]

    def revision(self) -> object:
        """Another one whenever something else is suggested, or the vocabulary has changed."""
        stores = self._stores
        space = stores.space()
        fingerprint = space.fingerprint if space else ""
        said = stores.labels().file.revision if stores.exist else None
        return fingerprint, SuggestionFile(stores.root, fingerprint).changed_ns(), said

    def learn(self, tag: str, *, ask: int = 0, keep: bool = True) -> TagLesson:
        """Learn a tag from what the user said of it, and let its suggestions follow.

        Args:
            tag: In the vocabulary or not.
            ask: How many photos to propose to ask about.
            keep: Whether its suggestions follow; with many photos that takes longer than learning.

        Raises:
            InputError: No photo that was given the tag is in the library.
            LibraryError: The library is empty, its model has changed since it was indexed, or its
                disk is full or read-only.
            ModelError: The model cannot be used.
        """
        lesson = self._lesson(tag, ask)
        space = self._stores.space() if keep else None
        found = self._suggestions(space) if space else None
        if space is not None and found is not None and tag in found.tags:
            self._keep(space, taught(found, lesson))
        return lesson

    def counts(self, *, slider: float | None = None) -> dict[str, int]:
        """How many photos each tag that counts was suggested for, the most frequent first.

        Args:
            slider: See `suggest`; as it was there if not given.
        """
        found = self._at(slider)
        return found.counts() if found else {}

    def _known_of(self, tag: str) -> list[Suggestion]:
        found = self.current()
        return found.of_tag(tag) if found else []

    def _lesson(self, tag: str, ask: int = 0) -> TagLesson:
        space, _ = self._filled()
        rows = TextRows(cache_folder() / "vocabulary", self._model(space))
        snapshot = self._stores.current()[1]
        return tag_lesson(tag, self.vocabulary(), self._verdicts, snapshot, rows, ask=ask)

    def _taught(self, found: Suggestions) -> Suggestions:
        """Suggestions in which every tag that the user gave to photos is learned from these."""
        for tag in self._verdicts.tags():
            if tag in found.tags:
                with suppress(InputError):  # None of these photos is in the library now.
                    found = taught(found, self._lesson(tag))
        return found

    def _line(self, slider: float | None, min_precision: float | None) -> float:
        for name, value in (("slider", slider), ("minimum precision", min_precision)):
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"The {name} {value} is not between 0 and 1: name another.")
        if min_precision is not None:
            return certainty_for_precision(min_precision)
        return certainty_for_slider(self._settings.tag_amount if slider is None else slider)

    def _filled(self) -> tuple[Space, Contents]:
        space, snapshot = self._stores.current()
        if space is None or not len(snapshot):
            raise LibraryError(
                f"The library {self._stores.root} holds no photos yet: index a folder first."
            )
        hashes = snapshot.columns.column("content_hash").to_pylist()
        return space, Contents.of(hashes, snapshot.embeddings)

    def _run(
        self, space: Space, vocabulary: TagVocabulary, line: float, progress: Progress
    ) -> TagRun:
        model = self._model(space)
        digest = _digest(vocabulary)
        with self._embedding:
            if self._space is None or self._space[0] != (space.fingerprint, digest):
                rows = TextRows(cache_folder() / "vocabulary", model)
                self._space = (space.fingerprint, digest), TagSpace.of(vocabulary, rows, progress)
            return TagRun(self._space[1], vocabulary, digest, line)

    def _model(self, space: Space) -> EmbeddingModel:
        model = self._models.encoder(space.model)
        if model.fingerprint != space.fingerprint:
            raise LibraryError(
                f"The model '{model.name}' has changed since the library was indexed: "
                "index its folders again."
            )
        return model

    def _is_stale(self, known: Suggestions, photos: Contents) -> bool:
        changed = known.vocabulary != _digest(self.vocabulary())
        looked_at = set(known.contents).intersection(photos.hashes)
        return changed or len(photos.hashes) > _GROWN * len(looked_at)

    def _at(self, slider: float | None) -> Suggestions | None:
        found = self.current()
        if found is None or slider is None:
            return found
        return replace(found, line=self._line(slider, None))

    def current(self) -> Suggestions | None:
        """What was suggested last, in the space that searches use; ``None`` if nothing was."""
        space = self._stores.space()
        return self._suggestions(space) if space else None

    def _suggestions(self, space: Space) -> Suggestions | None:
        file = SuggestionFile(self._stores.root, space.fingerprint)
        with self._reading:
            seen = space.fingerprint, file.changed_ns()
            if self._read is None or self._read[0] != seen:
                self._read = seen, file.read()
            return self._read[1]

    def _keep(self, space: Space, found: Suggestions) -> None:
        file = SuggestionFile(self._stores.root, space.fingerprint)
        with self._reading:
            file.write(found)
            self._read = (space.fingerprint, file.changed_ns()), found


def _digest(vocabulary: TagVocabulary) -> str:
    return hashlib.blake2b(format_vocabulary(vocabulary).encode(), digest_size=8).hexdigest()
