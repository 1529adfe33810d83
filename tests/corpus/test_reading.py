"""Tests of what a text is read to hold and to affirm or deny."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.reading import read


def signs(text: str) -> dict[str, bool]:
    return {one.term: one.affirmed for one in read(text).statements}


@pytest.mark.parametrize(
    ("text", "term", "affirmed"),
    [
        ("DeepSeek-R2 was released.", "release", True),
        ("DeepSeek-R2 was never released.", "release", False),
        ("DeepSeek-R2 wasn't released.", "release", False),
        ("DeepSeek-R2 has not yet been released.", "release", False),
        ("DeepSeek-R2は公開された。", "release", True),
        ("DeepSeek-R2は一度も公開されていない。", "release", False),
        ("DeepSeek-R2は公開されません。", "release", False),
        ("DeepSeek-R2は公開されずに終わった。", "release", False),
        ("DeepSeek-R2は未公開だ。", "release", False),
        ("DeepSeek-R2は公開しなければならない。", "release", True),
        ("少なくともDeepSeek-R2を公開した。", "release", True),
        ("資料は少ない。DeepSeek-R2は公開された。", "release", True),
        ("DeepSeek-R2已经发布。", "release", True),
        ("DeepSeek-R2从未发布。", "release", False),
        ("DeepSeek-R2没有发布。", "release", False),
        ("DeepSeek-R2不断发布新版本。", "release", True),
        ("不过DeepSeek-R2发布了。", "release", True),
        ("三倍是《中国制造2025》的目标。", "target", True),
        ("三倍不是《中国制造2025》的目标。", "target", False),
        ("三倍并非《中国制造2025》的目标。", "target", False),
        ("3倍は目標である。", "target", True),
        ("3倍は目標ではなく、報道である。", "target", False),
        ("学習用ではない。", "training", False),
        ("The chip is not for training.", "training", False),
    ],
)
def test_what_a_clause_affirms_or_denies(text, term, affirmed):
    assert signs(text)[term] is affirmed


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("The figures had not been reproduced at launch.", "release"),
        ("No launch page was found.", "release"),
        ("No proof of the claim was found.", "claim"),
        ("公開時点で再現されていなかった。", "release"),
        ("规模不大的几家公司都在努力争取尽快发布模型。", "release"),
    ],
)
def test_a_denial_of_something_else_says_nothing_certain(text, term):
    assert term in read(text).terms
    assert term not in signs(text)


def test_clauses_are_read_apart():
    assert signs("The training failed, and the model was not released.") == {
        "training": True,
        "failure": True,
        "release": False,
    }
    assert signs("学習は失敗し、公開されていない。") == {"training": True, "failure": True, "release": False}
    assert signs("训练失败，模型没有发布。") == {"training": True, "failure": True, "release": False}


def test_a_clause_without_a_name_speaks_of_its_sentence():
    first, second = "DeepSeek-R2 was late, and it was never released.", "Kimi K2 was released."
    found = {one.names: one.affirmed for one in read(f"{first} {second}").statements if one.term == "release"}
    assert found == {frozenset({"DeepSeek-R2"}): False, frozenset({"Kimi K2"}): True}


def test_digits_of_names_are_neither_figures_nor_dates():
    reading = read("Kimi K2 scored 69.6 on AIME 2024 in July 2025.")
    assert [float(q.value) for q in reading.quantities] == [69.6]
    assert [(d.year, d.month) for d in reading.dates] == [(2025, 7)]
    assert {"Kimi K2"} <= reading.names


def test_names_are_the_same_in_three_languages():
    said = ("华为的昇腾参与训练", "ファーウェイのAscendで学習", "training on Huawei's Ascend")
    assert {read(text).names for text in said} == {frozenset({"Huawei", "Ascend"})}
    assert all("training" in read(text).terms for text in said)


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["公開", "ない", "不", "not", "发布", "。", ",", "DeepSeek", "7億", "2025年"])
    ).map("".join)
)
def test_any_text_is_read(text):
    reading = read(text)
    assert {one.term for one in reading.statements} <= reading.terms
    assert all(one.names <= reading.names for one in reading.statements)
    for span in (*reading.quantities, *reading.dates, *reading.mentions):
        assert 0 <= span.start < span.end <= len(text)
