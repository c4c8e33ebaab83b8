"""`LoadedModels`: the encoders that a library holds in memory."""

import threading
from collections.abc import Callable

from clipsearch.core.stores import Stores
from clipsearch.core.types import EmbeddingModel


class LoadedModels:
    """The active model's encoder, and beside it at most one other. Thread-safe."""

    def __init__(self, stores: Stores, load: Callable[[str], EmbeddingModel]) -> None:
        """Load models when they are first asked for.

        Args:
            stores: Tell which model is the active one.
            load: Makes an encoder from a model's name.
        """
        self._stores = stores
        self._load = load
        self._lock = threading.Lock()
        self._models: dict[str, EmbeddingModel] = {}

    def encoder(self, name: str) -> EmbeddingModel:
        """The encoder of a model.

        Raises:
            ModelError: The model cannot be used.
        """
        with self._lock:
            if name not in self._models:
                model = self._load(name)
                # Beside the one that answers, which goes on answering while this one embeds.
                space = self._stores.space()
                kept = self._models.get(space.model) if space else None
                self._models = {k: m for k, m in self._models.items() if m is kept}
                self._models |= {name: model, model.name: model}
            return self._models[name]

    def if_loaded(self, name: str) -> EmbeddingModel | None:
        """The encoder of a model, if it occupies memory now."""
        model = self._models.get(name)
        return model if model and model.is_loaded else None

    def forget_others(self) -> None:
        """Forget all but the active one: the weights that go by another's name may be new ones."""
        with self._lock:
            space = self._stores.space()
            self._models = {k: m for k, m in self._models.items() if space and k == space.model}

    def release_idle(self) -> bool:
        """Let models that nobody uses free their memory; returns whether any did."""
        with self._lock:
            models = list(self._models.values())
        freed = [model.unload_if_idle() for model in models]
        return any(freed)
