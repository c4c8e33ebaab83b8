"""Words that have nothing to do with what is to be learned."""

from clipsearch.core.tag_file import parse_vocabulary, shipped_vocabulary
from clipsearch.core.tuning_words import unrelated_words
from clipsearch.ml.tuning_types import Concept


def test_words_of_names_synonyms_and_descriptions_are_left_out() -> None:
    vocabulary = parse_vocabulary("boat = {}\nsailing = {}\ndogs = {}\ncat = {}\n'red dog' = {}")
    lotte = Concept("Lotte", "a sailing boat")
    assert unrelated_words(vocabulary, [lotte]) == ("dogs", "cat", "red dog")
    rufus = Concept("Rufus", synonyms=("our Dog",))
    assert unrelated_words(vocabulary, [lotte, rufus]) == ("cat",)


def test_what_ships_leaves_enough_to_judge_by() -> None:
    words = unrelated_words(shipped_vocabulary(), [Concept("coat"), Concept("dress")])
    assert len(words) > 900
    assert len(words) == len(set(words))
