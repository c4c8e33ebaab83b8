"""What the user is told of figures that are given."""

from dataclasses import replace

from clipsearch.ml.tuning_types import ConceptFigures, Figures, Interval
from clipsearch.ml.verdict import Findings, conclude
from clipsearch.ml.verdict_sentences import sentences

SURE = Interval(0.6, 0.4, 0.8)
UNSURE = Interval(0.1, -0.2, 0.4)
WORSE = Interval(-0.3, -0.5, -0.1)


def _figures(recalls: dict[str, float], knowledge: float = 1.0) -> Figures:
    """Of concepts whose photos all rank among the first 5 or nowhere."""
    concepts = tuple(
        ConceptFigures(name, 20, dict.fromkeys((1, 5, 10), one), one)
        for name, one in recalls.items()
    )
    mean = sum(recalls.values()) / len(recalls)
    return Figures(dict.fromkeys((1, 5, 10), mean), mean, None, knowledge, concepts)


def _findings(
    before: dict[str, float], after: dict[str, float], found: Interval, *concepts: Interval
) -> Findings:
    return Findings(
        before=_figures(before),
        after=_figures(after),
        gains={"knowledge": Interval(0, 0, 0)},
        found=found,
        concepts=concepts or (found,) * len(before),
        groups=20,
        background=200,
    )


def _told(findings: Findings) -> tuple[str, ...]:
    return sentences(findings, conclude(findings))


def _knowing(findings: Findings, knowledge: Interval) -> Findings:
    after = replace(findings.after, knowledge=1 + knowledge.value)
    return replace(findings, after=after, gains={"knowledge": knowledge})


LOTTE = _findings({"Lotte": 0.31}, {"Lotte": 0.92}, SURE)


def test_a_gain_is_told_with_what_becomes_of_the_rest() -> None:
    gain = "'Lotte' is found in the first 5 in 92 % instead of 31 %"
    assert _told(LOTTE) == (f"{gain}; everything else is unchanged.",)
    within_error = _knowing(LOTTE, Interval(-0.01, -0.03, 0.01))
    assert _told(within_error) == (f"{gain}; everything else is unchanged within error.",)
    tolerated = _knowing(LOTTE, Interval(-0.01, -0.015, -0.005))
    assert _told(tolerated) == (f"{gain}; of searches for other things, 1 % change noticeably.",)


def test_of_several_names_the_mean_and_the_best_are_told() -> None:
    told = _told(_findings({"Lotte": 0.3, "Rufus": 0.5}, {"Lotte": 0.9, "Rufus": 0.6}, SURE))
    assert told == (
        "The 2 names are found in the first 5 in 75 % instead of 40 % on average, 'Lotte' in the"
        " first 5 in 90 % instead of 30 %; everything else is unchanged.",
    )


def test_where_the_first_five_are_all_found_the_first_one_is_told() -> None:
    before, after = (
        replace(one, concepts=(replace(one.concepts[0], recall={1: first, 5: 1.0, 10: 1.0}),))
        for one, first in ((LOTTE.before, 0.4), (LOTTE.after, 0.8))
    )
    told = _told(replace(LOTTE, before=before, after=after))
    assert told[0].startswith("'Lotte' is found first in 80 % instead of 40 %")


def test_a_concept_that_may_be_worse_is_named() -> None:
    lost = Interval(-0.1, -0.3, 0.1)
    found = {"Lotte": 0.9, "Rufus": 0.5}
    told = _told(_findings({"Lotte": 0.3, "Rufus": 0.6}, found, SURE, SURE, lost))
    assert told[1] == (
        "'Rufus' may be found less well, in the first 5 in 50 % instead of 60 %; its 20 held-out"
        " photos are too few to be sure."
    )


def test_a_concept_that_is_surely_worse_is_damage_whatever_the_others_gain() -> None:
    found = {"Lotte": 0.9, "Rufus": 0.3}
    findings = _findings({"Lotte": 0.3, "Rufus": 0.6}, found, SURE, SURE, WORSE)
    assert conclude(findings) == "damage"
    assert _told(findings)[1] == (
        "But 'Rufus' is surely found less well: in the first 5 in 30 % instead of 60 %."
    )


def test_knowledge_is_lost_if_more_is_than_tolerated_and_surely() -> None:
    assert conclude(_knowing(LOTTE, Interval(-0.03, -0.05, -0.01))) == "damage"
    assert conclude(_knowing(LOTTE, Interval(-0.03, -0.07, 0.01))) == "better"
    assert conclude(_knowing(LOTTE, Interval(-0.02, -0.025, -0.015))) == "better"


def test_without_a_sure_gain_the_advice_suits_the_figures() -> None:
    known = _told(_findings({"cat": 0.97}, {"cat": 0.98}, UNSURE))
    assert known[1].startswith("The model knew this already")
    unsure = _told(_findings({"Lotte": 0.3}, {"Lotte": 0.4}, UNSURE))
    assert "between -20 and +40" in unsure[0]
    assert "in the first 5 in 40 % instead of 30 %" in unsure[1]
    nothing = _told(_findings({"Lotte": 0.3}, {"Lotte": 0.3}, Interval(0.0, -0.2, 0.2)))
    assert '"a sailing boat"' in nothing[1]


def test_damage_without_a_gain_does_not_boast_of_one() -> None:
    findings = _findings({"Lotte": 0.3}, {"Lotte": 0.4}, UNSURE)
    told = _told(_knowing(findings, Interval(-0.3, -0.4, -0.2)))
    assert told[0].endswith("instead of 30 %, which may be chance.")


def test_too_little_says_how_little_and_what_to_add() -> None:
    told = _told(replace(LOTTE, groups=2))
    assert "one time in 4" in told[0]
    assert told[1] == "Add photos, taken on about 3 other occasions."
    told = _told(replace(LOTTE, background=4))
    assert told[0].startswith("Too little to tell what is forgotten: 4 photos")
