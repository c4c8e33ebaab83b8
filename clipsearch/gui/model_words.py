"""What is said of models: where one stands, what it takes, and what it is good for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from clipsearch.core.types import ModelState, SpaceState
from clipsearch.gui.work import State, Work, number, progress_words, size

if TYPE_CHECKING:
    from clipsearch.ml.tuning_types import TunedEntry


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def idle_spaces(state: ModelState) -> list[SpaceState]:
    """The indexes of a model that searches do not use."""
    return [space for space in state.spaces if not space.active]


def use_hint(state: ModelState, photos: int) -> str:
    """What changing to a model costs: nothing is embedded twice."""
    # Of a tuned model, those of other strengths are of no use for this one.
    spaces = [s for s in idle_spaces(state) if state.tuned is None or s.model == state.name]
    left = photos - (_embedded(spaces) or 0)
    if state.is_active:
        return ""
    if left <= 0:
        return _tr("All photos are embedded already.")
    words = _tr("{count} photos are to be embedded first; searches use the old model until then.")
    return words.format(count=number(left))


def size_line(state: ModelState) -> str:
    """How much disk a model takes, or about how much is to be fetched."""
    if state.is_here:
        return size(state.disk_bytes)
    about = state.figures.about_bytes
    return _tr("about {size}").format(size=size(about)) if about else ""


def state_line(state: ModelState, photos: int, work: Work | None) -> str:
    """Where a model stands, in few words; of one that is not here, what it is good for."""
    if work is not None:
        return _of_work(work)
    if state.is_active:
        return _joined(_tr("In use"), _photos(state, photos), _index_size(state))
    done = _photos(state, photos)
    if state.is_here:
        return _joined(done or _tr("Not used in this library yet"), _index_size(state))
    if state.is_damaged:
        return _joined(_tr("Damaged: remove it, then get it again"), done)
    if state.is_removable:
        fetched = _tr("{size} of it fetched, the rest is still to come")
        return _joined(fetched.format(size=size(state.disk_bytes)), done)
    if state.source != "open_clip" or state.spaces:
        return _joined(_tr("The model is gone, its index is left"), done, _index_size(state))
    return _sentences(_quality(state), _pace(state)) or _layout(state)


def description(state: ModelState, photos: int) -> str:
    """All that is known of a model, a paragraph a line."""
    lines = [_origin(state), _purpose(state), _layout(state)]
    if state.is_here:
        weights = _tr("Weights: {size}").format(size=size(state.disk_bytes))
        licence = _tr("licence: {name}").format(name=state.licence) if state.licence else ""
        lines.append(_joined(weights, licence))
    elif state.source == "open_clip":
        lines.append(_tr("Size and licence are asked of the hub before anything is fetched."))
    if state.spaces:
        index = _tr("Index of this library: {size}").format(size=size(_index_bytes(state)))
        lines.append(_joined(index, _photos(state, photos)))
    return "\n".join(line for line in lines if line)


def _of_work(work: Work) -> str:
    if work.task.in_bytes:
        doing = _tr("Being downloaded")
    else:
        doing = _tr("Being made ready, searches use the old model until then")
    if work.state is State.WAITING:
        doing = _tr("Waits for its turn")
    elif work.state is State.STOPPING:
        doing = _tr("Is being stopped")
    elif work.state is State.RESTING:
        doing = work.waits_for
    return _joined(doing, progress_words(work))


def _training(tuned: "TunedEntry") -> str:
    words = _tr(
        "Trained from {parent} on {count} photos of {concepts}, {date}. By their names, "
        "{after} of 100 are in the first 10, instead of {before}."
    )
    made_at = QDateTime.fromString(tuned.made_at, Qt.DateFormat.ISODate).toLocalTime()
    return words.format(
        parent=tuned.parent,
        count=number(tuned.photos),
        concepts=", ".join(tuned.concepts),
        date=QLocale().toString(made_at.date(), QLocale.FormatType.ShortFormat),
        after=number(round(100 * tuned.after.recall.get(10, 0))),
        before=number(round(100 * tuned.before.recall.get(10, 0))),
    )


def _origin(state: ModelState) -> str:
    if state.tuned is not None:
        return _training(state.tuned)
    if state.source == "shipped":
        return _tr("Comes with clipsearch, is quick without a graphics card, knows English only.")
    if state.source == "local":
        is_gone = not (state.is_here or state.is_damaged)
        return _tr("The model is gone.") if is_gone else _tr("A model of your own.")
    return ""


def _quality(state: ModelState) -> str:
    recall = state.figures.recall
    if recall is None:
        return ""
    words = _tr("Finds the photo at once for {count} of 100 descriptions.")
    return words.format(count=number(round(recall * 100)))


def _purpose(state: ModelState) -> str:
    is_known = state.figures.recall is not None
    source = _tr("(Measured on 1,000 photos of Flickr30k.)") if is_known else ""
    return _sentences(_quality(state), source, _pace(state))


def _pace(state: ModelState) -> str:
    pace = state.figures.pace
    if pace is None:
        return ""
    words = {
        "quick": _tr("Quick, also without a graphics card."),
        "patient": _tr("Takes {count} times as long as the quick ones."),
        "slow": _tr("Takes {count} times as long: for a graphics card."),
    }[pace]
    return words.format(count=number(round(state.figures.effort or 0)))


def _layout(state: ModelState) -> str:
    dimension = edge = ""
    if state.dimension:
        dimension = _tr("{count} dimensions").format(count=number(state.dimension))
    if state.image_size:
        edge = _tr("looks at {edge} by {edge} pixels").format(edge=number(state.image_size))
    return _joined(dimension, edge)


def _photos(state: ModelState, photos: int) -> str:
    """How many of the library's photos have been embedded."""
    if not state.spaces:
        return ""
    done = _embedded([space for space in state.spaces if space.active] or state.spaces)
    if done is None:
        return _tr("its index is damaged")
    words = _tr("{done} of {total} photos embedded")
    return words.format(done=number(done), total=number(max(photos, done)))


def _embedded(spaces: "list[SpaceState] | tuple[SpaceState, ...]") -> int | None:
    """The most photos that any of these holds; ``None`` if none can be read."""
    return max((space.photos for space in spaces if space.photos is not None), default=None)


def _index_size(state: ModelState) -> str:
    if not state.spaces:
        return ""
    return _tr("index {size}").format(size=size(_index_bytes(state)))


def _index_bytes(state: ModelState) -> int:
    return sum(space.disk_bytes for space in state.spaces)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
