"""`Vocabulary`: everyday words in a model's space, embedded once and kept on disk."""

from functools import cached_property
from pathlib import Path

from clipsearch.core.relevance import Background, background_words
from clipsearch.core.text_rows import TextRows
from clipsearch.core.types import EmbeddingModel


class Vocabulary:
    """The words that a query competes with. Thread-safe."""

    def __init__(self, folder: Path, model: EmbeddingModel) -> None:
        """Embed nothing yet.

        Args:
            folder: Where the embeddings are cached; it need not exist, and may be deleted.
            model: Embeds the words.
        """
        self._rows = TextRows(folder, model)

    @property
    def fingerprint(self) -> str:
        """Names the space; loads the model."""
        return self._rows.fingerprint

    @cached_property
    def background(self) -> Background:
        """What a query in words competes with; embeds a thousand words the first time."""
        return Background.of(self._rows.embed([(word,) for word in background_words()]))
