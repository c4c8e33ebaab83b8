"""Describes a library without loading a model or writing anything."""

from clipsearch.core.files import disk_bytes
from clipsearch.core.labels import Space
from clipsearch.core.loaded_models import LoadedModels
from clipsearch.core.stores import Stores
from clipsearch.core.types import LibraryInfo
from clipsearch.errors import IndexDamaged

_NOT_LOADED = "not loaded"


def describe(stores: Stores, models: LoadedModels, default_model: str) -> LibraryInfo:
    """Describe a library.

    Args:
        stores: Of the library.
        models: Those that are in memory are asked.
        default_model: The name of the model that a library without photos would use.
    """
    state, space, photos = _state(stores, models)
    model = models.if_loaded(space.model if space else default_model)
    dimension = model.dimension if model else None
    return LibraryInfo(
        path=stores.root,
        photos=photos,
        folders=stores.folders(),
        model=space.model if space else default_model,
        dimension=space.dimension if space else dimension,
        device=model.device if model else _NOT_LOADED,
        precision=model.precision if model else _NOT_LOADED,
        index_state=state,
        disk_bytes=disk_bytes(stores.root),
    )


def _state(stores: Stores, models: LoadedModels) -> tuple[str, Space | None, int]:
    try:
        space, snapshot = stores.current()
    except IndexDamaged:
        return "damaged", stores.space(), 0
    if stores.is_incomplete:
        return "incomplete", space, len(snapshot)
    model = models.if_loaded(space.model) if space else None
    if space and model and model.fingerprint != space.fingerprint:
        return "outdated", space, len(snapshot)
    return ("ready" if len(snapshot) else "empty"), space, len(snapshot)
