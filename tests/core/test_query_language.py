"""The query language: what people type, what it means, and where an error points."""

import contextlib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipsearch.core.filter_words import READERS
from clipsearch.core.filters import (
    Camera,
    Collection,
    Comparison,
    FileType,
    Filter,
    Inequality,
    InFolder,
    Is,
    Lens,
    Megapixels,
    Near,
    Period,
    Rating,
    Tag,
    Taken,
    Trait,
)
from clipsearch.core.formats import FILE_TYPES
from clipsearch.core.query import Part, Picture, Query, Region
from clipsearch.core.query_language import MAX_PARTS, format_query, parse_query
from clipsearch.errors import InputError, QueryError


def parts(text: str) -> tuple[Part, ...]:
    query = parse_query(text)
    assert query.filters == ()
    return query.parts


def filters(text: str) -> tuple[Filter, ...]:
    query = parse_query(text)
    assert query.parts == ()
    return query.filters


@pytest.mark.parametrize(
    "text",
    [
        "two dogs playing in the snow",
        "a dog's ball, red",
        'black-and-white t-shirt - size 5"',
        "10:30 at 16:9",
        "painting: starry night",
        "a dog (brown) on a beach",
        "smile :) :-)",
        "--verbose",
        "dog not",
        "ein Hund im Schnee, 雪の中の犬 🐕",
        "f/2.8",
    ],
)
def test_plain_words_are_one_part_as_they_were_typed(text: str) -> None:
    assert parts(text) == (Part(text),)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("  two   dogs ", (Part("two dogs"),)),
        ("dog:2 beach:1", (Part("dog", 2), Part("beach"))),
        ("a red dog:.5", (Part("a red"), Part("dog", 0.5))),
        ('"two dogs":0.5 snow', (Part("two dogs", 0.5), Part("snow"))),
        ('"say ""cheese"""', (Part('say "cheese"'),)),
        ('"dog", "beach"', (Part("dog"), Part("beach"))),
        ("(two dogs):2 snow", (Part("two dogs", 2), Part("snow"))),
        ("dog -leash", (Part("dog"), Part("leash", excluded=True))),
        ('-"a leash" dog', (Part("a leash", excluded=True), Part("dog"))),
        ("dog not leash", (Part("dog"), Part("leash", excluded=True))),
        ("dog not on a leash -", (Part("dog"), Part("on a leash -", excluded=True))),
        ("not a cat -dog", (Part("a cat", excluded=True), Part("dog", excluded=True))),
        ("dog NOT (a leash) snow", (Part("dog"), Part("a leash", excluded=True), Part("snow"))),
        ("dog -(a leash):2", (Part("dog"), Part("a leash", 2, excluded=True))),
        ("-leash:2", (Part("leash", 2, excluded=True),)),
        ('""', ()),
        ("", ()),
        (" \t\n", ()),
    ],
)  # fmt: skip
def test_phrases_weights_and_exclusions(text: str, meaning: tuple[Part, ...]) -> None:
    assert parts(text) == meaning


@pytest.mark.parametrize(
    ("text", "picture", "weight"),
    [
        ("like:dog.jpg", Picture(Path("dog.jpg")), 1),
        ('like:"my dog.jpg"', Picture(Path("my dog.jpg")), 1),
        (r"like:C:\Photos\dog.jpg", Picture(Path(r"C:\Photos\dog.jpg")), 1),
        (r'LIKE:"C:\My photos\"', Picture(Path("C:\\My photos\\")), 1),
        ("like:me@home.jpg", Picture(Path("me@home.jpg")), 1),
        ("like:a.jpg:3", Picture(Path("a.jpg")), 3),
        ("like:a.jpg@0,0.5,.5,0.5", Picture(Path("a.jpg"), Region(0, 0.5, 0.5, 0.5)), 1),
        ('like:"a b"@0.1,0.2,0.3,0.4:2', Picture(Path("a b"), Region(0.1, 0.2, 0.3, 0.4)), 2),
    ],
)
def test_pictures_with_regions_and_weights(text: str, picture: Picture, weight: float) -> None:
    assert parts(text) == (Part(picture, weight),)
    assert parts(f"-{text}") == (Part(picture, weight, excluded=True),)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("in:2012", InFolder("2012")),
        ('IN:"my photos/rome"', InFolder("my photos/rome")),
        (r"in:C:\Photos", InFolder(r"C:\Photos")),
        ("on:2012", Taken("on", Period(2012))),
        ("on:2012-05-17", Taken("on", Period(2012, 5, 17))),
        ("on:2011..2012-06", Taken("on", Period(2011), Period(2012, 6))),
        ("before:2012-5", Taken("before", Period(2012, 5))),
        ("after:2012", Taken("after", Period(2012))),
        ("camera:d100", Camera("d100")),
        ("lens:50mm", Lens("50mm")),
        ('tag:"New York"', Tag("New York")),
        ("collection:Best", Collection("Best")),
        ("rating:4", Rating("=", 4)),
        ("rating:>=4", Rating(">=", 4)),
        ("rating:-1", Rating("=", -1)),
        ("type:HEIC", FileType("heic")),
        ("type:.jpg", FileType("jpg")),
        ("is:Portrait", Is("portrait")),
        ("size:>5MP", Megapixels(">", 5)),
        ("size:<=0.5", Megapixels("<=", 0.5)),
        ("near:48.14,11.58,2.5", Near(48.14, 11.58, 2.5)),
        ('near:"-48.14, +11.58"', Near(-48.14, 11.58, 10)),
    ],
)
def test_filters(text: str, meaning: Filter) -> None:
    assert filters(text) == (meaning,)


@pytest.mark.parametrize("text", ["-in:2012", "not in:2012", "not (in:2012)", "-(IN:2012)"])
def test_filters_are_negated(text: str) -> None:
    assert filters(text) == (InFolder("2012", negated=True),)


def test_words_and_filters_mix() -> None:
    query = parse_query("dog in:2012 on a beach -camera:nikon")
    assert query.parts == (Part("dog"), Part("on a beach"))
    assert query.filters == (InFolder("2012"), Camera("nikon", negated=True))


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("dog in:", 7, "A value is missing behind in:"),
        ("in: 2012", 3, "A value is missing behind in:"),
        ('dog in:""', 7, "A value is missing behind in:"),
        ("dog like:", 9, "A value is missing behind like:"),
        ('a "dog', 2, "never closed"),
        ('a in:"dog', 5, "never closed"),
        ('a in:"dog"s', 5, "leave a space"),
        ("a dog re:zero", 6, "There is no filter re: there are in, on, before"),
        ("a http://there.is", 2, "put them into quotes"),
        ("a -folder:x", 3, "There is no filter folder:"),
        ("(in:2012 dog)", 1, "out of these brackets"),
        ("dog:0", 4, "above 0"),
        ("dog -dog:-1", 9, "above 0"),
        ("a year:2012", 2, "There is no filter year:"),
        ('"dog":1000', 6, "at most 100"),
        ('"dog":1.2.3', 6, "above 0"),
        ("not (in:a camera:b)", 4, "In brackets"),
        ("-(a -b)", 1, "In brackets"),
        ("-(a b", 1, "never closed"),
        ("not (a (b) c)", 4, "never closed, or holds another one"),
        ("(in:a):2", 6, "no weight"),
        ("-not dog", 0, "once"),
        ("on:2012-13", 3, "no such date"),
        ("on:2013-02-29", 3, "no such date"),
        ("on:0000", 3, "no such date"),
        ("on:yesterday", 3, "'yesterday' is no date"),
        ("on:2013..2012", 3, "ends before it begins"),
        ("after:2012..2013", 6, "is no date"),
        ("rating:6", 7, "no rating"),
        ("type:mp3", 5, "no photos of the type 'mp3'"),
        ("is:nice", 3, "portrait, landscape"),
        ("size:>5MB", 5, "in megapixels"),
        ("near:48.14, 11.58", 5, "without spaces"),
        ("near:91,0", 5, "from -90 to 90"),
        ("near:nan,0", 5, "no place"),
        ("like:a@1,2", 6, "A region is"),
        ("like:a@0.5,0.5,0.6,0.1", 6, "lies inside"),
        ("dog \0", 4, "no text"),
        ("dog \udce4", 4, "no text"),
    ],
)  # fmt: skip
def test_errors_point_at_the_character_and_say_what_to_do(
    text: str, position: int, words: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert words in str(caught.value)
    assert (caught.value.position, caught.value.text) == (position, text)


def test_every_filter_that_a_sentence_offers_can_be_read() -> None:
    for name in READERS:
        with pytest.raises(QueryError) as caught:
            parse_query(f"{name}:")
        offered = str(caught.value).split("write ")[1].rstrip(").")
        assert len(filters(offered)) == 1


TYPED = st.lists(
    st.sampled_from(
        ["dog", "not", "not ", " ", "  ", "-", "(", ")", '"', '""', ":", ":2", ":2 ", "@", ",",
         "..", "in:", "on:", "2012", "-05", "rating:", ">=", "4", "like:", "@0,0,1,1", "near:",
         "1,2", "\n", "type:", "jpg", "is:", "size:>5MP", "\\", "/", "'", "\0", "é", "雪", "\ud800",
         "\u2003"]
    )
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), TYPED))
@example("(" * 1000)
def test_no_text_does_anything_but_parse_or_raise_a_query_error(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        caught = error
    else:
        assert parse_query(format_query(query)) == query
        return
    assert 0 <= caught.position <= len(text)
    assert str(caught).endswith(".")


# Nothing that cannot be typed: parts and filters of other texts are refused or never made.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
TEXTS = st.one_of(WORDS, TYPED).filter(
    lambda t: bool(t.strip()) and "\0" not in t and "\ud800" not in t
)
FRACTIONS = st.floats(0, 0.5)
REGIONS = st.builds(
    Region, FRACTIONS, FRACTIONS, st.floats(0, 0.5, exclude_min=True), st.floats(1e-300, 0.5)
)
PARTS = st.builds(
    Part,
    st.one_of(TEXTS, st.builds(Picture, TEXTS.map(Path), st.none() | REGIONS)),
    st.one_of(st.just(1.0), st.floats(0, 100, exclude_min=True)),
    st.booleans(),
)
PERIODS = st.one_of(
    st.builds(Period, st.integers(1, 9999)),
    st.builds(Period, st.integers(1, 9999), st.integers(1, 12)),
    st.dates().map(lambda day: Period(day.year, day.month, day.day)),
)
NEGATED = st.booleans()
FILTERS = st.one_of(
    *(st.builds(of, TEXTS, negated=NEGATED) for of in (InFolder, Camera, Lens, Tag, Collection)),
    st.builds(Taken, st.sampled_from(["on", "before", "after"]), PERIODS, negated=NEGATED),
    st.tuples(PERIODS, PERIODS)
    .filter(lambda two: two[0].first <= two[1].last)
    .map(lambda two: Taken("on", *two)),
    st.builds(
        Rating, st.sampled_from(get_args(Comparison)), st.integers(-1, 5), negated=NEGATED
    ),
    st.builds(FileType, st.sampled_from(sorted(FILE_TYPES)), negated=NEGATED),
    st.builds(Is, st.sampled_from(get_args(Trait)), negated=NEGATED),
    st.builds(
        Megapixels,
        st.sampled_from(get_args(Inequality)),
        st.floats(0, allow_infinity=False),
        negated=NEGATED,
    ),
    st.builds(
        Near,
        st.floats(-90, 90),
        st.floats(-180, 180),
        st.floats(0, exclude_min=True, allow_infinity=False),
        negated=NEGATED,
    ),
)  # fmt: skip
QUERIES = st.builds(
    Query, st.lists(PARTS, max_size=8).map(tuple), st.lists(FILTERS, max_size=4).map(tuple)
)


@given(QUERIES)
def test_what_is_written_is_read_back(query: Query) -> None:
    assert parse_query(format_query(query)) == query


def test_what_is_written_reads_as_people_type_it() -> None:
    text = (
        'two dogs -leash snow "a ball" ball:2 like:"a.jpg" in:2012 -camera:"Nikon D100" rating:>=4'
    )
    assert format_query(parse_query(text)) == text


@pytest.mark.parametrize(
    "piece",
    ["dog ", "(", ")", '"', '""', '" ', "-", "- ", "not ", ":", "1:", ":1", "(a ", '("', '"" (',
     "in:", "like:a@1:", "in:x ", "-(a) ", "(a):2 ", "@1", "1", "a", "\\", "not (", '"a"'],
)  # fmt: skip
def test_long_texts_neither_hang_nor_exhaust_the_stack(piece: str) -> None:
    for text in (piece * 20_000, f"x {piece * 20_000} y"):
        with contextlib.suppress(QueryError):
            parse_query(text)


def test_a_long_query_is_read_whole_and_one_of_too_many_parts_is_refused() -> None:
    assert parts("dog " * 20_000) == (Part(("dog " * 20_000).strip()),)
    assert len(parts("-dog " * MAX_PARTS)) == MAX_PARTS
    with pytest.raises(QueryError, match="at most 50 parts"):
        parse_query("-dog " * MAX_PARTS + "and a cat")
    for piece in ("-dog ", "in:2012 "):
        with pytest.raises(QueryError, match="at most 50 parts") as caught:
            parse_query(piece * 9_999)
        assert caught.value.position == MAX_PARTS * len(piece)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Part(" "),
        lambda: Part("dog", 0),
        lambda: Part("dog", float("nan")),
        lambda: Region(0, 0, 1, float("nan")),
        lambda: Period(2012, None, 5),
        lambda: Near(0, 0, float("inf")),
    ],
)
def test_what_means_nothing_cannot_be_made(make: object) -> None:
    assert callable(make)
    with pytest.raises(InputError):
        make()
