"""Methods, stages and figures of training, in words for the user."""

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QLabel

from clipsearch.ml.tuning_types import Figures, Interval, Method


def _tr(text: str) -> str:
    return QCoreApplication.translate("Training", text)


def method_names() -> dict[Method, str]:
    """What the methods are called, the gentlest first."""
    return {
        "gda": _tr("New meanings for the names"),
        "linear": _tr("New meanings, against look-alikes"),
        "coop": _tr("New meanings, by learned words"),
        "lora": _tr("Small changes to the whole model (LoRA)"),
        "svd": _tr("Singular values alone (CLIP-SVD)"),
        "last": _tr("The last layers"),
        "full": _tr("The whole model"),
    }


def method_words(method: Method) -> str:
    """What to expect of a method."""
    of_words = _tr(
        "Only what the names mean is learned: quick, no photo is embedded again, and no other "
        "search changes."
    )
    words: dict[Method, str] = {
        "lora": _tr("Finds more than new meanings of the names, from a few photos each on."),
        "svd": _tr("Changes the model least of all that change it, and learns more slowly."),
        "last": _tr("Wants more photos than LoRA, and forgets more."),
        "full": _tr("For hundreds of photos of each collection and a graphics card."),
    }
    return words.get(method, of_words)


def stage_words(stage: str) -> str:
    """What a run is doing."""
    words = {
        "reading photos": _tr("Reading the photos"),
        "embedding": _tr("Looking at the photos as the model sees them today"),
        "training": _tr("Learning"),
        "judging": _tr("Judging by the photos that were held back"),
    }
    return words.get(stage, _tr("Getting ready"))


def figure_names() -> dict[str, str]:
    """What the figures of a judgement are called, as `Judgement.gains` spells them."""
    return {
        "recall@1": _tr("Found first"),
        "recall@5": _tr("Found in the first 5"),
        "recall@10": _tr("Found in the first 10"),
        "map": _tr("Mean average precision"),
        "accuracy": _tr("Told apart"),
        "knowledge": _tr("Everything else, as before"),
    }


def figure(figures: Figures, key: str) -> float | None:
    """One of the figures by that spelling, in [0, 1]; ``None`` where there is none."""
    if key.startswith("recall@"):
        return figures.recall.get(int(key.removeprefix("recall@")))
    if key == "map":
        return figures.mean_average_precision
    return figures.accuracy if key == "accuracy" else figures.knowledge


def percent(share: float) -> str:
    """``92 %``."""
    return _tr("{number} %").format(number=QLocale().toString(round(100 * share)))


def gain_words(gain: Interval) -> str:
    """How many percentage points were won, and where that may lie by chance."""
    value, low, high = (_points(x) for x in (gain.value, gain.low, gain.high))
    return _tr("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _points(share: float) -> str:
    points = round(100 * share)
    sign = "+" if points > 0 else "\u2212" if points < 0 else "\u00b1"
    return sign + QLocale().toString(abs(points))


def bold(label: QLabel) -> QLabel:
    """Make a label's letters bold."""
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def heading(words: str) -> QLabel:
    """A label over a part of the page."""
    return bold(QLabel(words))
