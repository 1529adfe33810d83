"""Tests of the cutter: exact spans, nothing lost, nothing across a heading or inside a number, stable ids."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus import bundled
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


CELL = st.one_of(NUMBERS, WORDS, st.sampled_from(["", "売上高", "净利润", "a \\| b"]))
ROW = st.lists(CELL, min_size=3, max_size=3).map(lambda cells: f"| {' | '.join(cells)} |")
TABLE = st.lists(ROW, min_size=1, max_size=12).map(
    lambda rows: "\n".join([rows[0], "| --- | --- | --- |", *rows[1:]])
)
# Sentences that never end, as tables without lines and lists without stops give them.
ENDLESS = st.tuples(
    st.lists(
        st.one_of(NUMBERS, WORDS.filter(lambda word: word not in ("「引用。」", "#"))), min_size=3, max_size=9
    ),
    st.sampled_from(["、", "，", ", ", " ", ""]),
    st.integers(1, 60),
).map(lambda part: (part[1].join(part[0]) + part[1]) * part[2])
MIXED = st.lists(
    st.one_of(SENTENCE, HEADING, TABLE, ENDLESS, st.sampled_from(["\n\n", "\n"])), max_size=8
).map("".join)
ROWS = re.compile(r"^[ \t]*\|.*$", re.MULTILINE)


def document(text: str, pages: tuple[int, ...] = ()) -> Document:
    return Document(id="d", language="en", title="T", date="2026-01-01", text=text, pages=pages)


def headings(text: str) -> list[tuple[int, int]]:
    """Spans of the heading lines."""
    spans, offset = [], 0
    for line in text.splitlines(keepends=True):
        if IS_HEADING.match(line.strip()):
            spans.append((offset, offset + len(line)))
        offset += len(line)
    return spans


@given(st.one_of(TEXT, MIXED), st.sampled_from([20, 60, 240]))
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


@given(st.one_of(TEXT, MIXED), st.sampled_from([20, 60, 240]))
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
    long = "word " * 160 + "end."
    assert [p.text for p in cut(document(long))] == [long]
    assert weight("文字") == 5


def test_nothing_to_cut():
    assert cut(document("")) == cut(document(" \n\n")) == cut(document("# Only a heading\n")) == ()


# --- tables -------------------------------------------------------------------------------------------------


@given(MIXED, st.sampled_from([20, 60, 240]))
def test_no_row_is_cut(text, size):
    rows = [match.span() for match in ROWS.finditer(text)]
    for passage in cut(document(text), size=size):
        for start, end in rows:
            inside = text[start:end].strip()
            left = start + text[start:end].index(inside)
            for at in (passage.start, passage.end):
                assert not left < at < left + len(inside)


PRICES = "| モデル | 入力 | 出力 |\n| --- | ---: | ---: |\n" + "\n".join(
    f"| model-{number} | {number},000 | {number}.5 |" for number in range(40)
)


def test_a_passage_inside_a_table_carries_its_head():
    text = f"# 価格\n\n以下のとおり。\n{PRICES}\n以上。\n\n## 次\n\n本文。"
    passages = cut(document(text), size=240)
    assert passages[1].text.startswith("| モデル | 入力 | 出力 |\n| ---") and passages[1].heading == ("価格",)
    inside = [p for p in passages if p.text.startswith("| model")]
    assert len(inside) > 3
    assert {p.heading for p in inside} == {("価格", "| モデル | 入力 | 出力 |")}
    assert passages[-1].heading == ("価格", "次")
    assert all(weight(p.text) <= 240 for p in passages)
    for number in range(40):
        assert sum(f"| model-{number} | {number},000 | {number}.5 |" in p.text for p in passages) == 1


def test_the_head_never_stands_alone():
    passages = cut(document(PRICES), size=20)
    assert passages[0].text.endswith("| model-0 | 0,000 | 0.5 |") and passages[0].heading == ()
    assert [p.text for p in passages[1:3]] == ["| model-1 | 1,000 | 1.5 |", "| model-2 | 2,000 | 2.5 |"]


def test_a_short_table_stays_with_its_words():
    text = "Prices:\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nThat is all."
    assert [(p.text, p.heading) for p in cut(document(text))] == [(text, ())]


def test_rows_without_a_rule_have_no_head():
    text = "\n".join(f"| {number} | of many words that fill the row |" for number in range(30))
    assert {p.heading for p in cut(document(text))} == {()}


def test_a_long_row_stays_whole():
    row = "| " + "several words of a cell. " * 60 + "|"
    assert row in [p.text for p in cut(document(f"{PRICES}\n{row}"))]


# --- pages --------------------------------------------------------------------------------------------------


def test_pages():
    text = "# A\n\none\n\ntwo\n\nthree goes on\nover the page\n\nfour"
    pages = (0, text.index("two"), text.index("over"))
    passages = cut(document(text, pages))
    assert [(p.text, p.page) for p in passages] == [
        ("one", 1),
        ("two\n\nthree goes on\nover the page", 2),
        ("four", 3),
    ]
    assert {p.page for p in cut(document(text))} == {None}


@given(MIXED, st.lists(st.integers(0, 400), max_size=5))
def test_pages_change_no_span_but_at_their_edges(text, offsets):
    pages = (0, *sorted(min(offset, len(text)) for offset in offsets))
    made = document(text, pages)
    passages = cut(made)
    for passage in passages:
        assert passage.page == made.page_at(passage.start)
        # Only a paragraph that itself crosses an edge takes a passage across.
        for edge in pages:
            assert not (passage.start < edge < passage.end and text[:edge].endswith("\n\n"))
    assert "".join("".join(p.text.split()) for p in passages) == "".join(
        "".join(p.text.split()) for p in cut(document(text))
    )


# --- what has no stops --------------------------------------------------------------------------------------

STRETCHES = {
    "words": "word and another " * 6000,
    "Japanese": "この文はどこまでも続き" * 9000,
    "Japanese with commas": "この文は、どこまでも続き、" * 8000,
    "Chinese with commas": "这个句子没有句号，一直写下去，" * 7000,
    "code": "aB3dE7fG" * 12_000,
    "numbers": "1,234 " * 16_000,
    "accents": "e\u0301" * 50_000,
    "table": PRICES + "\n| model | 1,000 | 2.5 |" * 5000,
}


@pytest.mark.parametrize("text", STRETCHES.values(), ids=STRETCHES)
def test_a_hundred_thousand_characters_without_a_stop(text):
    began = time.monotonic()
    passages = cut(document(text))
    assert time.monotonic() - began < 5
    assert max(weight(p.text) for p in passages) <= 4 * 240
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())


def test_where_it_is_cut():
    def ends(text: str) -> set[str]:
        return {p.text[-1] for p in cut(document(text))[:-1]}

    assert ends(STRETCHES["Japanese with commas"]) == {"、"}
    assert ends(STRETCHES["Chinese with commas"]) == {"，"}
    assert ends(STRETCHES["words"]) <= {"d", "r"}
    assert not ends(STRETCHES["accents"]) - {"\u0301"}
    assert all(
        p.text.startswith("1,234") and p.text.endswith("1,234") for p in cut(document(STRETCHES["numbers"]))
    )
    assert len(cut(document("1234567890" * 1000))) == 1


@given(MIXED, st.sampled_from([60, 240]))
def test_no_passage_is_too_long(text, size):
    for passage in cut(document(text), size=size):
        if not ROWS.search(passage.text) and not re.search(r"[0-9０-９.,:-]{30}", passage.text):
            assert weight(passage.text) <= 4 * size


def test_the_briefings_are_short_of_that():
    passages = [p for d in bundled() for p in cut(d)]
    assert max(weight(p.text) for p in passages) < 2 * 240
