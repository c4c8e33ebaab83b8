"""Saved searches and the history."""

from pathlib import Path

import pytest

from clipsearch.core import searches
from clipsearch.core.library import Library
from clipsearch.errors import InputError, QueryError
from clipsearch.settings import Settings


def test_a_saved_search_outlives_the_program(library: Library) -> None:
    library.searches.save(" Dogs at sea ", "dog beach -leash in:2012")
    library.close()
    [saved] = library.searches.saved()
    assert (saved.name, saved.query) == ("Dogs at sea", "dog beach -leash in:2012")
    assert library.searches.named("Dogs at sea") == saved


def test_saving_again_replaces_and_names_are_in_order(library: Library) -> None:
    for name in ("zebra", "Ant", "bee"):
        library.searches.save(name, "old")
    library.searches.save("bee", "new")
    assert [(one.name, one.query) for one in library.searches.saved()] == [
        ("Ant", "old"),
        ("bee", "new"),
        ("zebra", "old"),
    ]


@pytest.mark.parametrize(("name", "query"), [("", "dog"), ("  ", "dog"), ("dogs", " ")])
def test_what_says_nothing_is_not_saved(library: Library, name: str, query: str) -> None:
    with pytest.raises(InputError):
        library.searches.save(name, query)
    assert library.searches.saved() == []


def test_what_cannot_be_read_is_not_saved(library: Library) -> None:
    with pytest.raises(QueryError):
        library.searches.save("broken", "on:yesterday")
    assert library.searches.saved() == []


def test_a_name_that_is_not_there_is_said_with_those_that_are(library: Library) -> None:
    library.searches.save("boats", "boat")
    with pytest.raises(InputError, match="no saved search 'cars': there are 'boats'"):
        library.searches.forget("cars")
    assert library.searches.forget("boats").query == "boat"
    with pytest.raises(InputError, match="save one"):
        library.searches.named("boats")


def test_the_history_has_each_text_once_the_latest_first(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "HISTORY_KEPT", 3)
    for text in ("dog", "cat", "dog ", "", "boat", "sea"):
        library.searches.remember(text)
    assert library.searches.history() == ["sea", "boat", "dog"]
    assert library.searches.history(1) == ["sea"]
    library.searches.save("kept", "cat")
    library.searches.clear_history()
    assert library.searches.history() == []
    assert len(library.searches.saved()) == 1


def test_looking_creates_no_library(library: Library) -> None:
    assert library.searches.saved() == []
    assert library.searches.history() == []
    library.searches.clear_history()
    assert not Path(library.root).exists()


def test_a_saved_search_gets_another_name(library: Library) -> None:
    library.searches.save("dogs", "dog -leash")
    library.searches.save("boats", "boat")
    assert library.searches.rename("dogs", " Free dogs ").query == "dog -leash"
    assert [one.name for one in library.searches.saved()] == ["boats", "Free dogs"]
    assert library.searches.rename("boats", "boats").name == "boats"


@pytest.mark.parametrize(
    ("name", "new_name", "why"),
    [
        ("dogs", "boats", "'boats' already"),
        ("dogs", " ", "needs a name"),
        ("cats", "lions", "no saved search 'cats'"),
    ],
)
def test_renaming_loses_nothing(library: Library, name: str, new_name: str, why: str) -> None:
    library.searches.save("dogs", "dog")
    library.searches.save("boats", "boat")
    with pytest.raises(InputError, match=why):
        library.searches.rename(name, new_name)
    assert [(one.name, one.query) for one in library.searches.saved()] == [
        ("boats", "boat"),
        ("dogs", "dog"),
    ]


def test_nothing_is_remembered_if_the_user_wants_none(tmp_path: Path) -> None:
    with_history = Library(tmp_path / "library", Settings())
    with_history.searches.remember("dog")
    with_history.close()
    library = Library(tmp_path / "library", Settings(history=False))
    library.searches.remember("cat")
    library.searches.save("boats", "boat")
    assert library.searches.history() == ["dog"], "what was kept before can still be cleared"
    assert len(library.searches.saved()) == 1
    library.close()
