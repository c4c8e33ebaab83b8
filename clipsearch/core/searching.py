"""`Searching`: answers queries with the library's stores, its model and what is known of words."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from clipsearch.core.answering import answer, check, embed_parts
from clipsearch.core.duplicates import Duplicates
from clipsearch.core.filtering import Labels, NoLabels
from clipsearch.core.filters import Is
from clipsearch.core.labels import LabelStore, Space
from clipsearch.core.library_labels import LibraryLabels, OtherTags
from clipsearch.core.loaded_models import LoadedModels
from clipsearch.core.query import Part, Query
from clipsearch.core.query_language import parse_query
from clipsearch.core.snapshot import Snapshot
from clipsearch.core.stores import Stores
from clipsearch.core.types import Embeddings, Page
from clipsearch.core.vocabulary import Vocabulary
from clipsearch.errors import LibraryError, ModelError
from clipsearch.settings import cache_folder


class Searching:
    """Answers queries; from any thread."""

    def __init__(
        self, stores: Stores, models: LoadedModels, duplicates: Duplicates, *, max_pixels: int
    ) -> None:
        """Load nothing yet.

        Args:
            stores: Of the library.
            models: Embed the queries.
            duplicates: Fold the hits.
            max_pixels: Larger pictures in a query are refused.
        """
        self._stores = stores
        self._models = models
        self._duplicates = duplicates
        self._max_pixels = max_pixels
        self._vocabulary: Vocabulary | None = None
        self._labels: tuple[LabelStore, LibraryLabels] | None = None
        self.other_tags: OtherTags | None = None
        """Tags that filters see beside the user's."""

    def page(self, query: Query, *, patiently: bool = False) -> Page:
        """See `Library.search_page`."""
        check(query)
        space, snapshot = self._stores.current()
        if space is None or not len(snapshot):
            raise LibraryError(
                f"The library {self._stores.root} holds no photos yet: index a folder first."
            )
        asks_for_duplicates = any(
            isinstance(one, Is) and one.trait == "duplicate" for one in query.filters
        )
        # What is typed is answered at once, so what takes minutes must have been done before.
        duplicates = self._duplicates.contents_at_hand(snapshot) if asks_for_duplicates else None
        found = answer(
            query,
            snapshot,
            self.labels,
            partial(self._embed, space, snapshot),
            partial(self._vocabulary_of, space),
            duplicates,
        )
        if not query.fold:
            return found.page
        return self._duplicates.fold(snapshot, found.ranked, found.page, patiently=patiently)

    @property
    def labels(self) -> Labels:
        """What is said of the photos."""
        if not self._stores.exist:
            return NoLabels()
        store = self._stores.labels()
        if self._labels is None or self._labels[0] is not store:
            self._labels = store, LibraryLabels(store, self.contents_found, self.other_tags)
        return self._labels[1]

    def contents_found(self, text: str) -> list[str]:
        """The content hashes of all photos that a query in the query language finds for certain.

        Raises:
            QueryError: The query cannot be read.
        """
        hits = self.page(replace(parse_query(text), k=None)).hits
        return [hit.photo.content_hash for hit in hits if hit.above_cutoff]

    def warm_up(self) -> None:
        """Make what the first search would have to wait for."""
        space, snapshot = self._stores.current()
        if space is not None and len(snapshot):
            _ = self._vocabulary_of(space).background, snapshot.nearest

    def learn_words(self) -> None:
        """Embed what queries compete with while the model is in memory, so that none waits for it.

        The first time with a model that takes seconds, with a large one on a slow processor more.
        """
        space = self._stores.space()
        if space is not None and self._models.if_loaded(space.model):
            with suppress(ModelError):  # The search that needs it tells.
                _ = self._vocabulary_of(space).background

    def _vocabulary_of(self, space: Space) -> Vocabulary:
        if self._vocabulary is None or self._vocabulary.fingerprint != space.fingerprint:
            model = self._models.encoder(space.model)
            self._vocabulary = Vocabulary(cache_folder() / "vocabulary", model)
        return self._vocabulary

    def _embed(self, space: Space, snapshot: Snapshot, parts: Sequence[Part]) -> Embeddings:
        """Embeddings of a query's parts, ``(P, D)``, of the same space as the snapshot."""
        model = self._models.encoder(space.model)
        if model.fingerprint != space.fingerprint:
            raise LibraryError(
                f"The model '{model.name}' has changed since the library was indexed: "
                "index its folders again."
            )
        return embed_parts(parts, model, snapshot, max_pixels=self._max_pixels)
