"""The verdict on a tuned model in plain sentences: what has changed, and what would help."""

from collections.abc import Iterator

from clipsearch.ml.knowledge import CUT_OFF
from clipsearch.ml.tuning_types import ConceptFigures, Conclusion, Figures
from clipsearch.ml.verdict import FEW_GROUPS, LEAST_BACKGROUND, LEAST_GROUPS, Findings

_USUAL = 5
_SEEN = 0.02  # Changes of less are better told by another figure.
_KNOWN = 0.95  # Average precision from which on nothing is left to learn.
_HELD_OUT_ONE_IN = 3  # Of few photos.


def sentences(findings: Findings, conclusion: Conclusion) -> tuple[str, ...]:
    """Tell the user what has changed and what to do.

    Args:
        findings: Of the model.
        conclusion: What `conclude` says of them.
    """
    tell = {
        "better": _better,
        "no gain": _no_gain,
        "damage": _damage,
        "too little": _too_little,
    }
    return tuple(tell[conclusion](findings))


def _better(findings: Findings) -> Iterator[str]:
    yield f"{_gain(findings)}; {_rest(findings)}."
    yield from _doubts(findings)
    if findings.groups < FEW_GROUPS:
        yield (
            f"Only {findings.groups} held-out groups of photos judge this: with more photos it"
            " would be surer."
        )


def _no_gain(findings: Findings) -> Iterator[str]:
    found = findings.found
    yield (
        f"No sure gain: what is found by {_the_names(findings)} changes by {_points(found.value)}"
        f" points, between {_points(found.low)} and {_points(found.high)} by chance of the photos"
        f" held out; {_rest(findings)}."
    )
    if findings.before.mean_average_precision >= _KNOWN:
        yield "The model knew this already: there is next to nothing left to learn."
    elif found.value > _SEEN:
        yield (
            f"It may be real: {_gain(findings)}. But {findings.groups} held-out groups of photos"
            " are too few to be sure: add photos, taken on other occasions."
        )
    else:
        yield (
            "Look whether the photos are in the right collections. More photos would help, a"
            ' description of what the name means, such as "a sailing boat", or another method.'
        )


def _damage(findings: Findings) -> Iterator[str]:
    yield f"{_gain(findings)}{_unless_sure(findings)}."
    if findings.has_forgotten:
        yield (
            f"But in {_percent(1 - findings.after.knowledge)} of searches for unrelated things,"
            f" what was found first is no longer among the first {CUT_OFF}: the model has forgotten"
            " too much."
        )
        yield (
            "A lower strength may do, training that keeps the knowledge, or a method that leaves"
            " the photos as they are (gda, linear, coop)."
        )
    for before, after in zip(findings.before.concepts, findings.after.concepts, strict=True):
        if after.name in findings.worse:
            yield f"But '{after.name}' is surely found less well: {_change(before, after)}."
    if findings.worse:
        yield (
            "Look whether photos of one collection show what another is about too. More photos of"
            " what got worse would help, or leaving it out."
        )


def _too_little(findings: Findings) -> Iterator[str]:
    if findings.groups < LEAST_GROUPS:
        missing = _HELD_OUT_ONE_IN * (LEAST_GROUPS - findings.groups)
        yield (
            f"Too little to judge by: {findings.groups} groups of photos that show what was learned"
            f" were held out, and {LEAST_GROUPS} are needed. Even if all of {findings.groups} were"
            f" found better, luck alone would do that one time in {2**findings.groups}."
        )
        yield f"Add photos, taken on about {missing} other occasions."
    if findings.background < LEAST_BACKGROUND:
        yield (
            f"Too little to tell what is forgotten: {findings.background} photos outside the"
            f" collections were held out, and {LEAST_BACKGROUND} are needed. Add folders with other"
            " photos to the library."
        )
    if findings.groups:
        yield f"So far as they tell: {_gain(findings)}{_unless_sure(findings)}."


def _doubts(findings: Findings) -> Iterator[str]:
    pairs = zip(findings.before.concepts, findings.after.concepts, findings.concepts, strict=True)
    for before, after, gain in pairs:
        if gain.value < -_SEEN:
            yield (
                f"'{after.name}' may be found less well, {_change(before, after)}; its"
                f" {after.photos} held-out photos are too few to be sure."
            )


def _gain(findings: Findings) -> str:
    """``'Lotte' is found in the first 5 in 92 % instead of 31 %``."""
    pairs = list(zip(findings.before.concepts, findings.after.concepts, strict=True))
    before, after = max(pairs, key=lambda pair: _gained(*pair))
    one = f"'{after.name}' is found {_change(before, after)}"
    if len(pairs) == 1:
        return one
    all_of_them = f"The {len(pairs)} names are found {_change(findings.before, findings.after)}"
    if _gained(before, after) <= 0:
        return all_of_them
    return f"{all_of_them} on average, '{after.name}' {_change(before, after)}"


def _unless_sure(findings: Findings) -> str:
    return "" if findings.found.low > 0 else ", which may be chance"


def _gained(before: ConceptFigures, after: ConceptFigures) -> float:
    precision = after.average_precision - before.average_precision
    return precision + after.recall[_USUAL] - before.recall[_USUAL]


def _change(before: Figures | ConceptFigures, after: Figures | ConceptFigures) -> str:
    """By recall@5, or by the recall that tells more where that one hardly changes."""
    changes = {k: abs(after.recall[k] - before.recall[k]) for k in after.recall}
    k = _USUAL if changes[_USUAL] >= _SEEN else max(changes, key=lambda k: (changes[k], k))
    new, old = _percent(after.recall[k]), _percent(before.recall[k])
    if new == old:
        return f"in the first {_USUAL} in {_percent(after.recall[_USUAL])} as before"
    place = "first" if k == 1 else f"in the first {k}"
    return f"{place} in {new} instead of {old}"


def _rest(findings: Findings) -> str:
    lost = 1 - findings.after.knowledge
    if not lost:
        return "everything else is unchanged"
    if findings.gains["knowledge"].high >= 0:
        return "everything else is unchanged within error"
    return f"of searches for other things, {_percent(lost)} change noticeably"


def _the_names(findings: Findings) -> str:
    names = [concept.name for concept in findings.after.concepts]
    return f"'{names[0]}'" if len(names) == 1 else f"the {len(names)} names"


def _percent(share: float) -> str:
    """Of what is not none, never 0."""
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _points(gain: float) -> str:
    return f"{100 * gain:+.0f}"
