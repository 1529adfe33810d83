"""Tests of the cutter: exact spans, nothing lost, nothing across a heading or inside a number, stable ids."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.passages import cut, weight
from heiso.corpus.records import Document

NUMBERS = st.sampled_from(
    [
        "1,509",
        "3.5",
        "$5.576 million",
        "7,000億元",
        "40.2%",
        "1.07兆",
        "0.5.2",
        "V3.1",
        "３．５",
        "2025-08-27",
        "12:30",
    ]
)
WORDS = st.sampled_from(
    [
        "DeepSeek",
        "the price",
        "e.g.",
        "U.S.",
        "中国の",
        "モデルは",
        "公開された",
        "价格",
        "🚀",
        "「引用。」",
        "#",
        "(x)",
        "\ud800",
    ]
)
SENTENCE = st.lists(st.one_of(NUMBERS, WORDS), min_size=1, max_size=9).flatmap(
    lambda words: st.tuples(
        st.sampled_from([" ", ""]), st.sampled_from([". ", "。", "! ", "？", "\n", "", " "])
    ).map(lambda joints: joints[0].join(words) + joints[1])
)
HEADING = st.tuples(st.integers(1, 4), st.sampled_from(["A", "B", "第一", "A 3.5 #"])).map(
    lambda part: f"\n{'#' * part[0]} {part[1]}\n"
)
TEXT = st.lists(
    st.one_of(SENTENCE, HEADING, st.sampled_from(["\n\n", "\n \t\n", "\n  ", "\r\n\r\n", "\u3000\n"])),
    max_size=30,
).map("".join)
IS_HEADING = re.compile(r"#{1,6}[ \t]+\S")
# Where a cut would tear a figure: between digits, or between a digit and what carries it on.
INSIDE = re.compile(r"[0-9０-９][.,．:-]?\Z"), re.compile(r"[.,．:-]?[0-9０-９]")


def document(text: str) -> Document:
    return Document(id="d", language="en", title="T", date="2026-01-01", text=text)


def headings(text: str) -> list[tuple[int, int]]:
    """Spans of the heading lines."""
    spans, offset = [], 0
    for line in text.splitlines(keepends=True):
        if IS_HEADING.match(line.strip()):
            spans.append((offset, offset + len(line)))
        offset += len(line)
    return spans


@given(TEXT, st.sampled_from([20, 60, 240]))
def test_spans(text, size):
    passages = cut(document(text), size=size)
    covered = set()
    for passage in passages:
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert covered.isdisjoint(range(passage.start, passage.end))
        covered.update(range(passage.start, passage.end))
    lines = headings(text)
    of_headings = {at for start, end in lines for at in range(start, end)}
    assert covered.isdisjoint(of_headings), "a passage crosses a heading"
    left = [char for at, char in enumerate(text) if at not in covered | of_headings and not char.isspace()]
    assert not left
    assert [p.start for p in passages] == sorted(p.start for p in passages)


@given(TEXT, st.sampled_from([20, 60, 240]))
def test_no_number_is_torn(text, size):
    for passage in cut(document(text), size=size):
        for at in (passage.start, passage.end):
            joined = INSIDE[0].search(text[:at]) and INSIDE[1].match(text, at)
            assert not joined, text[max(0, at - 10) : at + 10]


@given(TEXT)
def test_ids_are_stable_and_of_the_content(text):
    first = cut(document(text))
    assert [p.id for p in cut(document(text))] == [p.id for p in first]
    assert len({p.id for p in first}) == len(first)
    other = {p.id for p in cut(replace(document(text), id="e"))}
    assert other.isdisjoint(p.id for p in first)
    for passage in first:
        assert replace(passage, text=passage.text + ".").id != passage.id
        assert replace(passage, heading=(*passage.heading, "x")).id != passage.id
        assert replace(passage, start=passage.start + 1).id != passage.id


def test_an_edit_leaves_the_ids_before_it_alone():
    text = "## A\n\n" + "One sentence of some words that say something. " * 40
    old, new = cut(document(text)), cut(document(text + "And one more thing."))
    assert len(old) > 3
    assert [p.id for p in new[: len(old) - 1]] == [p.id for p in old[:-1]]


def test_headings_are_the_path():
    text = "x\n# A\na\n## B\nb\n### C\nc\n## D\nd\n# E\ne\n### F\nf\n## G\ng\n"
    assert [(p.text, p.heading) for p in cut(document(text))] == [
        ("x", ()),
        ("a", ("A",)),
        ("b", ("A", "B")),
        ("c", ("A", "B", "C")),
        ("d", ("A", "D")),
        ("e", ("E",)),
        ("f", ("E", "F")),
        ("g", ("E", "G")),
    ]


def test_second_level_headings_alone_are_siblings():
    assert [p.heading for p in cut(document("## A\na\n\n## B\nb"))] == [("A",), ("B",)]


def test_two_sections_of_one_name_stay_apart():
    assert [p.text for p in cut(document("## A\none\n\n## A\ntwo"))] == ["one", "two"]


def test_short_paragraphs_of_a_section_are_joined():
    assert [p.text for p in cut(document("## A\none\n\ntwo\n\n## B\nthree"))] == ["one\n\ntwo", "three"]


def test_the_size_holds_where_sentences_allow_it():
    text = "This sentence has about forty characters. " * 30
    assert all(weight(p.text) <= 240 for p in cut(document(text)))
    long = "word " * 200 + "end."
    assert [p.text for p in cut(document(long))] == [long]
    assert weight("文字") == 5


def test_nothing_to_cut():
    assert cut(document("")) == cut(document(" \n\n")) == cut(document("# Only a heading\n")) == ()
