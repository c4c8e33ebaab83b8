"""`TextRows`: texts in a model's space, embedded once and kept on disk."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipsearch.core.files import write_whole
from clipsearch.core.types import EmbeddingModel, Embeddings
from clipsearch.ml.zeroshot import ensemble
from clipsearch.progress import Progress, no_progress

_log = logging.getLogger(__name__)

_BLOCK = 1_000


class TextRows:
    """One embedding for each group of prompts; only those that are new are embedded."""

    def __init__(self, folder: Path, model: EmbeddingModel) -> None:
        """Embed nothing yet.

        Args:
            folder: Where the embeddings are cached; it need not exist, and may be deleted.
            model: Embeds the texts.
        """
        self._folder = folder
        self._model = model

    @property
    def fingerprint(self) -> str:
        """Names the space; loads the model."""
        return self._model.fingerprint

    def embed(
        self, prompts: Sequence[Sequence[str]], *, progress: Progress = no_progress
    ) -> Embeddings:
        """Embed groups of prompts; see `clipsearch.ml.zeroshot.ensemble`.

        Args:
            prompts: ``N`` groups, each of at least one text.
            progress: Called for each block of those that are new; may cancel, and what was
                embedded is kept.

        Returns:
            ``(N, D) float32``, L2-normalised.

        Raises:
            ModelError: The model cannot be used.
            Cancelled: By ``progress``.
        """
        keys = [_key(some) for some in prompts]
        known = self._read()
        missing = {key: some for key, some in zip(keys, prompts, strict=True) if key not in known}
        new = list(missing)
        for start in range(0, len(new), _BLOCK):
            progress(start, len(new), "reading the words")
            block = new[start : start + _BLOCK]
            rows = ensemble(self._model, [missing[key] for key in block])
            known |= dict(zip(block, rows, strict=True))
            self._write(known)
        return np.stack([known[key] for key in keys])

    @property
    def _record(self) -> "np.dtype[Any]":
        return np.dtype([("key", "S16"), ("row", np.float32, (self._model.dimension,))])

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._model.fingerprint}-{self._model.dimension}.rows"

    def _read(self) -> dict[bytes, NDArray[np.float32]]:
        try:
            records = np.frombuffer(self._file.read_bytes(), self._record)
        except (OSError, ValueError):
            return {}  # Not there, cut off or not ours: it is made again.
        if not np.isfinite(records["row"]).all():
            return {}
        return dict(zip(records["key"].tolist(), records["row"], strict=True))

    def _write(self, known: dict[bytes, NDArray[np.float32]]) -> None:
        records = np.empty(len(known), self._record)
        records["key"] = list(known)
        records["row"] = np.stack(list(known.values()))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, records.tobytes())
        except OSError as error:
            _log.info("the embedded words are not kept: %s", error)


def _key(prompts: Sequence[str]) -> bytes:
    # Hex digits: a key of bytes would lose the zeros at its end.
    return hashlib.blake2b("\n".join(prompts).encode(), digest_size=8).hexdigest().encode()
