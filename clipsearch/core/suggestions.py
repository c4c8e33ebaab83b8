"""Suggestions: the tags that photos may have, in one file for each space. It may be deleted.

Arrow's file format, written whole: ``<library>/suggestions/<fingerprint>.arrow``. Photos go by the
hash of their content. The dictionary of the hashes names all photos that were looked at, those
without a suggestion too. Beside the rows the file keeps what is needed to go on with new photos:
how the advantages of the tags are spread over the library, and the vocabulary's digest.
"""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.faults import disk_faults
from clipsearch.core.files import write_whole
from clipsearch.core.tag_assignment import NOT_IMPLIED, TagLevels

if TYPE_CHECKING:
    import pyarrow as pa

_FORMAT = 2
_COLUMNS = (
    *("photo", "tag", "certainty", "text", "via", "advantage", "threshold", "learned_from"),
)
_ABOUT_KEY, _LEVELS_KEY = b"clipsearch.about", b"clipsearch.levels"

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a tag was suggested."""

    text: str
    """What fits the photo best: the tag's name, a synonym, or what it looks like; empty where no
    words do, but the user's answers."""
    via: str
    """The tag below it that implies it; empty where it stands for itself."""
    advantage: float
    """How far the tag leads over everything else that describes the photo, log odds."""
    threshold: float
    """The advantage that would have made it even odds."""
    learned_from: int = 0
    """How many photos that the user gave the tag it was learned from; 0 if it was not."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag that a photo may have."""

    content_hash: str
    tag: str
    certainty: float
    """In [0, 1]."""
    reason: Reason


@dataclass(frozen=True)
class Suggestions:
    """All suggestions of a space: ``E`` of them, those of a tag together, the most certain first.

    Attributes:
        contents: Content hashes of all photos that were looked at, once each.
        tags: Names; also of tags that no photo has.
        texts: What reasons quote.
        photo: ``(E,)``: index of `contents`.
        tag: ``(E,)``: index of `tags`, never falling.
        certainty: ``(E,) float32``.
        text: ``(E,)``: index of `texts`.
        via: ``(E,)``: index of `tags`, or `NOT_IMPLIED`.
        advantage: ``(E,) float32``.
        threshold: ``(E,) float32``.
        learned_from: ``(E,)``: photos.
        levels: Of the tags, when all photos were last looked at.
        vocabulary: Digest of the vocabulary.
        line: The certainty from which on they count.
    """

    contents: Sequence[str]
    tags: Sequence[str]
    texts: Sequence[str]
    photo: Codes
    tag: Codes
    certainty: NDArray[np.float32]
    text: Codes
    via: Codes
    advantage: NDArray[np.float32]
    threshold: NDArray[np.float32]
    learned_from: Codes
    levels: TagLevels
    vocabulary: str
    line: float

    def __len__(self) -> int:
        """Of all, however certain."""
        return len(self.photo)

    def of_photo(self, content_hash: str) -> list[Suggestion]:
        """What may be on a photo, the most certain first."""
        code = self._code_of_content.get(content_hash)
        if code is None:
            return []
        order, starts = self._by_photo
        entries = order[starts[code] : starts[code + 1]]
        return self._suggestions(entries[np.argsort(-self.certainty[entries], kind="stable")])

    def of_tag(self, tag: str) -> list[Suggestion]:
        """The photos that may have a tag, the most certain first."""
        code = self._code_of_tag.get(tag)
        if code is None:
            return []
        first, last = np.searchsorted(self.tag, [code, code + 1])
        return self._suggestions(np.arange(first, last))

    def counts(self) -> dict[str, int]:
        """How many photos have each tag that counts for any, the most frequent first."""
        found = np.bincount(self.tag[self.certainty >= self.line], minlength=len(self.tags))
        order = np.argsort(-found, kind="stable")
        return {self.tags[code]: int(found[code]) for code in order if found[code]}

    def photos_with_tags(self) -> int:
        """How many photos have a tag that counts."""
        return len(np.unique(self.photo[self.certainty >= self.line]))

    def only(self, contents: Collection[str]) -> "Suggestions":
        """Those of some photos."""
        kept = np.array([content in contents for content in self.contents], bool)
        code = np.cumsum(kept, dtype=np.int32) - 1
        some = self.rows(np.flatnonzero(kept[self.photo]))
        names = [name for name, kept_one in zip(self.contents, kept, strict=True) if kept_one]
        return replace(some, contents=names, photo=code[some.photo])

    def renamed(self, contents: Mapping[str, str]) -> "Suggestions":
        """These, of photos that have other contents now, by the old one; known ones stay theirs."""
        known = set(self.contents)
        new = {old: name for old, name in contents.items() if name not in known}
        return replace(self, contents=[new.get(one, one) for one in self.contents])

    def and_of(self, others: "Suggestions") -> "Suggestions":
        """These and those of other photos, made with the same vocabulary and levels."""
        photo = others.photo + np.int32(len(self.contents))
        contents = [*self.contents, *others.contents]
        return replace(self, contents=contents).joined(replace(others, photo=photo))

    def joined(self, others: "Suggestions") -> "Suggestions":
        """These and others whose codes mean the same."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in _COLUMNS
        }
        joined = replace(self, **columns)
        return joined.rows(np.lexsort((-joined.certainty, joined.tag)))

    def rows(self, entries: NDArray[np.int64]) -> "Suggestions":
        """Some of the suggestions, by their numbers, in this order."""
        columns: dict[str, Any] = {name: getattr(self, name)[entries] for name in _COLUMNS}
        return replace(self, **columns)

    def _suggestions(self, entries: NDArray[np.int64]) -> list[Suggestion]:
        return [
            Suggestion(
                self.contents[self.photo[entry]],
                self.tags[self.tag[entry]],
                float(self.certainty[entry]),
                Reason(
                    self.texts[self.text[entry]],
                    "" if self.via[entry] == NOT_IMPLIED else self.tags[self.via[entry]],
                    float(self.advantage[entry]),
                    float(self.threshold[entry]),
                    int(self.learned_from[entry]),
                ),
            )
            for entry in entries
        ]

    @cached_property
    def _code_of_content(self) -> dict[str, int]:
        return {content: code for code, content in enumerate(self.contents)}

    @cached_property
    def _code_of_tag(self) -> dict[str, int]:
        return {tag: code for code, tag in enumerate(self.tags)}

    @cached_property
    def _by_photo(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.photo, kind="stable")
        starts = np.searchsorted(self.photo[order], np.arange(len(self.contents) + 1))
        return order, starts


class SuggestionFile:
    """Keeps the suggestions of one space."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        """Name the file; nothing is read yet.

        Args:
            root: The library's folder.
            fingerprint: Names the space.
        """
        self._root = root
        self._path = root / "suggestions" / f"{fingerprint}.arrow"

    def changed_ns(self) -> int | None:
        """When it was last written, nanoseconds since 1970; ``None`` if it is not there."""
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None

    def read(self) -> Suggestions | None:
        """The suggestions; ``None`` if there are none, or none that this version can read."""
        import pyarrow as pa

        try:
            with pa.OSFile(str(self._path)) as file:
                return _from_arrow(pa.ipc.open_file(file).get_batch(0))
        except (OSError, pa.ArrowException, ValueError, KeyError):
            return None  # They are made again.

    def write(self, suggestions: Suggestions) -> None:
        """Replace the file in one step.

        Raises:
            LibraryError: The disk is full or read-only.
        """
        import pyarrow as pa

        batch = _to_arrow(suggestions)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        with disk_faults(self._root):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, sink.getvalue().to_pybytes())

    def remove(self) -> None:
        """Delete the file, if it is there.

        Raises:
            LibraryError: The disk is read-only.
        """
        with disk_faults(self._root):
            self._path.unlink(missing_ok=True)


def _to_arrow(suggestions: Suggestions) -> "pa.RecordBatch":
    import pyarrow as pa

    def named(codes: Codes, names: Sequence[str]) -> "pa.DictionaryArray":
        missing = codes == NOT_IMPLIED
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=missing), pa.array(names, pa.string())
        )

    about = {
        "format": _FORMAT,
        "vocabulary": suggestions.vocabulary,
        "line": suggestions.line,
        "sampled": suggestions.levels.photos,
    }
    levels = base64.b64encode(suggestions.levels.values.astype("<f4").tobytes())
    columns = {
        "content_hash": named(suggestions.photo, suggestions.contents),
        "tag": named(suggestions.tag, suggestions.tags),
        "certainty": pa.array(suggestions.certainty),
        "text": named(suggestions.text, suggestions.texts),
        "via": named(suggestions.via, suggestions.tags),
        "advantage": pa.array(suggestions.advantage),
        "threshold": pa.array(suggestions.threshold),
        "learned_from": pa.array(suggestions.learned_from),
    }
    return pa.RecordBatch.from_pydict(columns).replace_schema_metadata(
        {_ABOUT_KEY: json.dumps(about).encode(), _LEVELS_KEY: levels}
    )


def _from_arrow(batch: "pa.RecordBatch") -> Suggestions:
    """Raises `ValueError` or `KeyError` for what another version wrote."""
    metadata = batch.schema.metadata or {}
    about = json.loads(metadata[_ABOUT_KEY])
    if about["format"] != _FORMAT:
        raise ValueError("another format")
    photo, contents = _codes(batch, "content_hash")
    tag, tags = _codes(batch, "tag")
    text, texts = _codes(batch, "text")
    via, _ = _codes(batch, "via")
    levels = np.frombuffer(base64.b64decode(metadata[_LEVELS_KEY]), "<f4")
    return Suggestions(
        contents=contents,
        tags=tags,
        texts=texts,
        photo=photo,
        tag=tag,
        certainty=batch.column("certainty").to_numpy(),
        text=text,
        via=via,
        advantage=batch.column("advantage").to_numpy(),
        threshold=batch.column("threshold").to_numpy(),
        learned_from=batch.column("learned_from").to_numpy(),
        levels=TagLevels(levels.reshape(len(tags), -1), about["sampled"]),
        vocabulary=about["vocabulary"],
        line=about["line"],
    )


def _codes(batch: "pa.RecordBatch", name: str) -> tuple[Codes, list[str]]:
    column = batch.column(name)
    codes: Codes = column.indices.fill_null(NOT_IMPLIED).to_numpy().astype(np.int32)
    return codes, column.dictionary.to_pylist()
