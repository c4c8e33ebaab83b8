"""`Vocabulary`: everyday words in a model's space, embedded once and kept on disk."""

import hashlib
import logging
from functools import cached_property
from pathlib import Path

import numpy as np

from clipsearch.core.files import write_whole
from clipsearch.core.relevance import Background, background_words
from clipsearch.core.types import EmbeddingModel, Embeddings

_log = logging.getLogger(__name__)


class Vocabulary:
    """The words that a query competes with. Thread-safe."""

    def __init__(self, folder: Path, model: EmbeddingModel) -> None:
        """Embed nothing yet.

        Args:
            folder: Where the embeddings are cached; it need not exist, and may be deleted.
            model: Embeds the words.
        """
        self._folder = folder
        self._model = model

    @property
    def fingerprint(self) -> str:
        """Names the space; loads the model."""
        return self._model.fingerprint

    @cached_property
    def background(self) -> Background:
        """What a query in words competes with; embeds a thousand words the first time."""
        known = self._read()
        if known is None:
            known = self._model.encode_texts(background_words())
            self._write(known)
        return Background.of(known)

    @property
    def _file(self) -> Path:
        words = hashlib.blake2b("\n".join(background_words()).encode(), digest_size=8).hexdigest()
        return self._folder / f"{self._model.fingerprint}-{words}.f32"

    def _read(self) -> "Embeddings | None":
        try:
            numbers = np.fromfile(self._file, np.float32)
        except OSError:
            return None
        rows = len(background_words())
        if not numbers.size or numbers.size % rows or not np.isfinite(numbers).all():
            return None  # Cut off, or not ours: it is made again.
        return numbers.reshape(rows, -1)

    def _write(self, embeddings: Embeddings) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, embeddings.astype(np.float32).tobytes())
        except OSError as error:
            _log.info("the background words are not kept: %s", error)
