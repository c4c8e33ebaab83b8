"""Sidecars written by others, with the user's tags and stars put in."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsearch.core.fields import Fields
from clipsearch.core.label_names import key_of, tag_name
from clipsearch.core.sidecar_merge import Said
from clipsearch.core.xmp import MAX_BYTES, read_properties, read_xmp
from clipsearch.core.xmp_editing import NEW_PACKET
from clipsearch.core.xmp_outline import NotWritable
from clipsearch.core.xmp_writing import merged, new_sidecar
from clipsearch.errors import InputError
from tests.core.sidecar_samples import DIGIKAM, LIGHTROOM, SAMPLES

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
OURS = (
    f"{RDF}about",
    "{clipsearch:ns:1.0/}",
    "{http://purl.org/dc/elements/1.1/}subject",
    "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject",
    "{http://ns.adobe.com/xap/1.0/}Rating",
    "{http://ns.microsoft.com/photo/1.0/}",
    "{http://www.digikam.org/ns/1.0/}TagsList",
    "{http://ns.iview-multimedia.com/mediapro/1.0/}CatalogSets",
)


def write(
    sidecar: str | bytes, said: Said, keywords: Sequence[str] = (), content: str = "c0de"
) -> bytes:
    packet = sidecar.encode() if isinstance(sidecar, str) else sidecar
    return merged(packet, content, said, lambda: keywords)


def read(packet: bytes) -> Fields:
    return read_xmp(read_properties(packet))


def foreign(packet: str | bytes) -> Counter[str]:
    """All properties but those that clipsearch writes, as a general XML library reads them."""
    found: Counter[str] = Counter()
    for description in ET.fromstring(packet).iter(f"{RDF}Description"):
        for name, value in description.attrib.items():
            if not name.startswith(OURS):
                found[f"{name}={value}"] += 1
        for child in description:
            if not child.tag.startswith(OURS):
                child.tail = None
                found[ET.canonicalize(ET.tostring(child), strip_text=True)] += 1
    return found


def items(packet: bytes, name: str) -> list[str | None]:
    return [li.text for one in ET.fromstring(packet).iter(name) for li in one.iter(f"{RDF}li")]


# What other programs wrote


@pytest.mark.parametrize("name", SAMPLES)
def test_what_other_programs_say_stays(name: str) -> None:
    sample = SAMPLES[name]
    before = read(sample.encode())
    after = write(sample, Said(("dog", "Places|Paris"), (), 5))
    assert foreign(after) == foreign(sample)
    assert foreign(sample)
    found = read(after)
    assert found.rating == 5
    assert set(found.keywords) == {*before.keywords, "dog", "Paris", "Places|Paris"}
    assert (found.title, found.taken) == (before.title, before.taken)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_line_that_is_not_ours_stays_to_the_letter(name: str) -> None:
    sample = SAMPLES[name]
    after = write(sample, Said(("dog",), (), None)).decode()
    assert after != sample
    if "\n  " in sample:
        assert [line for line in sample.splitlines() if line not in after.splitlines()] == []
    assert write(after, Said()).decode() == sample


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("said", [Said(), Said(rejected=("unheard of",))])
def test_what_says_all_already_stays_the_same_bytes(name: str, said: Said) -> None:
    sample = SAMPLES[name].encode()
    assert write(sample, said) == sample
    once = write(sample, Said(("dog", "A|B"), ("cat",), 4))
    assert write(once, Said(("dog", "A|B"), ("cat",), 4)) == once


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_taken_back_leaves_the_sidecar_as_it_was(name: str) -> None:
    sample = SAMPLES[name]
    before = read(sample.encode())
    changed = write(sample, Said(("dog", "Places|Paris"), ("Rome", "cat", "Places|Rome"), 5))
    found = read(write(changed, Said()))
    assert set(found.keywords) == set(before.keywords)
    assert found.rating == before.rating
    assert b"clipsearch:rating" in changed
    assert b"clipsearch:rating" not in write(changed, Said())
    assert b"clipsearch:removed" not in write(changed, Said())


def test_lists_that_say_the_same_again_are_kept_alike() -> None:
    after = write(DIGIKAM, Said(("Food|AC/DC cake",), ("Cat",), 5))
    digikam, microsoft, mediapro = (
        "{http://www.digikam.org/ns/1.0/}TagsList",
        "{http://ns.microsoft.com/photo/1.0/}LastKeywordXMP",
        "{http://ns.iview-multimedia.com/mediapro/1.0/}CatalogSets",
    )
    assert items(after, digikam) == ["Places/Italy/Rome", "Food/AC\\DC cake"]
    assert items(after, microsoft) == ["Places/Italy/Rome", "Food/AC\\DC cake"]
    assert items(after, mediapro) == ["Places|Italy|Rome", "Food|AC/DC cake"]
    assert b'MicrosoftPhoto:Rating="99"' in after
    other_spelling = DIGIKAM.replace("com/photo/1.0/", "com/photo/1.0")
    assert b'MicrosoftPhoto:Rating="99"' in write(other_spelling, Said(stars=5))
    assert b"TagsList" not in write(LIGHTROOM, Said(("dog",)))


def test_a_rejected_tag_goes_with_its_last_level_and_the_levels_above_stay() -> None:
    found = read(write(LIGHTROOM, Said(rejected=("places|italy|ROME",))))
    assert found.keywords == ("Italy", "Places")


def test_a_word_that_another_tag_needs_stays() -> None:
    sidecar = write(NEW_PACKET, Said(("Places|Rome", "Georgia|Rome")))
    assert read(write(sidecar, Said(("Georgia|Rome",)))).keywords == ("Rome", "Georgia|Rome")


def test_stars_that_another_program_changed_since_are_not_taken_back() -> None:
    ours = write(LIGHTROOM, Said(stars=5))
    theirs = ours.replace(b'xmp:Rating="5"', b'xmp:Rating="1"')
    assert theirs != ours
    assert read(write(theirs, Said())).rating == 1
    assert read(write(theirs, Said(stars=4))).rating == 4
    assert read(write(write(theirs, Said(stars=4)), Said())).rating == 1


def test_what_was_said_of_another_content_is_not_taken_back() -> None:
    ours = write(LIGHTROOM, Said(("dog",), ("Italy",), 5))
    other = write(ours, Said(), content="other")
    assert read(other) == read(ours)
    assert b"clipsearch" not in other
    more = write(ours, Said(("cat",), (), None), content="other")
    assert {*read(more).keywords} == {*read(ours).keywords, "cat"}
    assert read(write(more, Said(), content="other")) == read(ours)


def test_words_without_tags_become_tags_too_because_digikam_reads_those_alone() -> None:
    sidecar = NEW_PACKET.replace(
        b"  </rdf:Desc",
        b'<d:subject xmlns:d="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>sea</rdf:li>'
        b"<rdf:li>Rome</rdf:li></rdf:Bag></d:subject></rdf:Desc",
    )
    after = write(sidecar, Said(("Places|Rome",)))
    tags = items(after, "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject")
    assert tags == ["sea", "Places|Rome"]
    assert read(after).keywords == ("sea", "Rome", "Places|Rome")


def test_keywords_of_the_photo_itself_are_taken_along() -> None:
    after = write(NEW_PACKET, Said(("dog",), ("cat",)), ["cat", "sea", "Places|Rome", "\x01\ufffe"])
    assert read(after).keywords == ("sea", "dog", "Places|Rome")
    assert set(read(write(after, Said())).keywords) == {"cat", "sea", "Places|Rome"}
    assert write(NEW_PACKET, Said(), ["cat"]) == NEW_PACKET
    # No sidecar can say that there are none.
    assert write(NEW_PACKET, Said(rejected=("cat",)), ["cat"]) == NEW_PACKET


@pytest.mark.parametrize(
    "body",
    [
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        '\ufeff<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description/></r:RDF>',
        '<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><Description/></RDF>\0\0',
        '<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></RDF>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:q='http://ns.adobe.com/xap/1.0/' "
        "dc:title='a > b' q:Rating = '1' dc:subject='sea'/></rdf:RDF>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        "xmlns:dc='urn:other'><dc:subject>theirs</dc:subject><q:Rating "
        "xmlns:q='http://ns.adobe.com/xap/1.0/'>1</q:Rating></rdf:Description></rdf:RDF>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        "xmlns:d='http://purl.org/dc/elements/1.1/'><d:subject><rdf:Bag/></d:subject>"
        "<d:subject><rdf:Seq><rdf:li><![CDATA[a<b]]></rdf:li></rdf:Seq></d:subject>"
        "</rdf:Description></rdf:RDF>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        "xmlns:d='http://purl.org/dc/elements/1.1/'><d:subject><rdf:Bag><rdf:li>sea</rdf:li>loose"
        "<rdf:li>Rome</rdf:li> text</rdf:Bag></d:subject></rdf:Description></rdf:RDF>",
    ],
)
def test_every_way_to_write_rdf_takes_tags_and_stars(body: str) -> None:
    before = read(body.encode())
    after = write(body, Said(("dog",), ("sea",), 4))
    assert foreign(after.strip(b"\0")) == foreign(body.strip("\0"))
    assert read(after).rating == 4
    assert set(read(after).keywords) == {*before.keywords, "dog"} - {"sea"}
    assert set(read(write(after, Said())).keywords) == set(before.keywords)
    assert read(write(after, Said())).rating == before.rating


# What is refused


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "damaged"),
        (b"not XML", "damaged"),
        (DIGIKAM.encode()[:-100], "damaged"),
        (b"<html/>", "no XMP"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + LIGHTROOM.encode(), "document type"),
        (LIGHTROOM.encode("utf-16"), "UTF-8"),
        (b'<?xml version="1.0" encoding="latin-1"?>' + LIGHTROOM.encode(), "UTF-8"),
        (LIGHTROOM.replace("Forum", "F\xf6rum").encode("latin-1"), "UTF-8"),
        (LIGHTROOM.encode("utf-16-le"), "UTF-8"),
        (LIGHTROOM.encode() + b" " * MAX_BYTES + b"<!---->", "larger"),
        (b"<a>" * 200 + b"</a>" * 200, "deep"),
    ],
)
def test_what_cannot_be_changed_safely_is_refused(packet: bytes, reason: str) -> None:
    with pytest.raises(NotWritable, match=reason):
        write(packet, Said(("dog",)))


PIECES = [
    *("<", ">", "&", '"', "'", "/>", "</", "rdf:", "dc:", "\0", " ", "xmp:Rating='1'", "&lt;"),
    *("<rdf:li>x</rdf:li>", "<!-- -->", "<![CDATA[<]]>", "<?p?>", "<rdf:Bag/>", "&#x41;"),
]


@settings(max_examples=400)
@given(
    sample=st.sampled_from([*SAMPLES.values()]),
    place=st.floats(0, 1, exclude_max=True),
    removed=st.integers(0, 30),
    piece=st.sampled_from(["", *PIECES]),
)
def test_whatever_stands_in_a_sidecar_it_is_refused_or_all_else_stays(
    sample: str, place: float, removed: int, piece: str
) -> None:
    start = int(place * len(sample))
    damaged = sample[:start] + piece + sample[start + removed :]
    try:
        after = write(damaged, Said(("dog", "P|Q"), ("cat",), 4))
    except NotWritable:
        return
    try:
        expected = foreign(damaged.strip("\0"))
    except ET.ParseError:  # ElementTree writes some odd namespaces in a way that it cannot read.
        return
    assert foreign(after.strip(b"\0")) == expected
    found = read(after)
    assert {"dog", "Q", "P|Q"} <= {*found.keywords}
    assert "cat" not in found.keywords
    assert found.rating == 4


# Names


def is_name(text: str) -> bool:
    try:
        return tag_name(text) == text
    except InputError:
        return False


NAMES = st.one_of(
    st.sampled_from(["&", "<b>", "'\"", "]]>", "a/b", "a\\b", "קיץ", "été", "🏖", "&amp;", "-->"]),
    st.text(max_size=12).filter(is_name),
    st.lists(st.sampled_from(["A", "b", "Rome", "&", "/"]), min_size=1, max_size=3).map("|".join),
)
LABELS = st.builds(
    Said,
    accepted=st.lists(NAMES, max_size=4, unique_by=key_of).map(tuple),
    rejected=st.just(()),
    stars=st.none() | st.integers(-1, 5),
)


@given(said=LABELS)
def test_odd_names_come_back_through_our_own_reader(said: Said) -> None:
    packet = write(NEW_PACKET, said)
    ET.fromstring(packet)
    found = read(packet)
    assert {*said.accepted} <= {*found.keywords}
    words = {tag.split("|")[-1].strip() for tag in said.accepted}
    assert {key_of(one) for one in found.keywords} == {
        key_of(one) for one in {*said.accepted, *words}
    }
    assert found.rating == said.stars


@given(
    sample=st.sampled_from([*SAMPLES.values(), NEW_PACKET.decode()]),
    steps=st.lists(
        st.builds(
            Said,
            accepted=st.lists(NAMES, max_size=3, unique_by=key_of).map(tuple),
            rejected=st.lists(
                st.sampled_from(["rome", "cat", "Places|Italy|Rome", "Places|Rome", "Italy"]),
                max_size=2,
            ).map(tuple),
            stars=st.none() | st.integers(-1, 5),
        ).filter(lambda said: not {*map(key_of, said.accepted)} & {*map(key_of, said.rejected)}),
        max_size=4,
    ),
)
def test_after_any_history_a_sidecar_says_what_is_said_last(sample: str, steps: list[Said]) -> None:
    before = read(sample.encode())
    packet = sample.encode()
    for said in steps:
        packet = write(packet, said)
        assert write(packet, said) == packet
        assert foreign(packet) == foreign(sample)
        keys = {key_of(word) for word in read(packet).keywords}
        last_levels = {key_of(word.split("|")[-1]) for word in read(packet).keywords if "|" in word}
        assert {key_of(tag) for tag in said.accepted} <= keys
        assert not ({key_of(tag) for tag in said.rejected} - last_levels) & keys
        assert read(packet).rating == (before.rating if said.stars is None else said.stars)
    at_last = {key_of(word) for word in read(write(packet, Said())).keywords}
    assert at_last == {key_of(word) for word in before.keywords}


def test_a_sidecar_that_starts_anew_keeps_what_was_read_until_now() -> None:
    fields = read(LIGHTROOM.encode())
    assert read(new_sidecar(fields)) == Fields(title="The Forum", rating=2)
