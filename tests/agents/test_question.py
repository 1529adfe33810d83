"""Tests of what a question is read to ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.agents.question import LONGEST, Question, covers, covers_term
from heiso.corpus.errors import BadQuestion


@pytest.mark.parametrize("text", ["", "  \n", "?!。", "…", "x" * (LONGEST + 1)])
def test_what_is_no_question_is_refused(text):
    with pytest.raises(BadQuestion):
        Question(text)


def test_the_longest_question_is_read():
    assert Question("x" * LONGEST).language == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DeepSeek-R2は公開されたか?", "ja"),
        ("Was DeepSeek-R2 released?", "en"),
        ("DeepSeek-R2发布了吗？", "zh"),
    ],
)
def test_language(text, language):
    assert Question(text).language == language
    assert Question(text, "zh").language == "zh"


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("How many models has China?", {"figure"}),
        ("中国のモデルはいくつか?", {"figure"}),
        ("中国有多少模型？", {"figure"}),
        ("When was DeepSeek-R1 released?", {"date"}),
        ("DeepSeek-R1はいつ公開されたか?", {"date"}),
        ("DeepSeek-R1是什么时候发布的？", {"date"}),
        ("Who founded Moonshot AI?", {"name"}),
        ("月之暗面の創業者は誰か?", {"name"}),
        ("谁创办了月之暗面？", {"name"}),
        ("Why did training fail?", set()),
        ("Who invested how much?", {"name", "figure"}),
    ],
)
def test_kinds_of_thing_asked_for(text, wants):
    assert Question(text).wants == wants


@pytest.mark.parametrize(
    ("text", "polar"),
    [
        ("Was DeepSeek-R2 released?", True),
        ("Is tripling a target of Made in China 2025?", True),
        ("DeepSeek-R2は公開されたか?", True),
        ("3倍は「中国製造2025」の目標か？", True),
        ("DeepSeek-R2发布了吗？", True),
        ("三倍是否是目标？", True),
        ("When was it released?", False),
        ("Is it known who paid?", False),
        ("いつ公開されたか?", False),
        ("なぜ失敗したのか?", False),
        ("什么时候发布的？", False),
        ("Tell me about DeepSeek.", False),
    ],
)
def test_yes_or_no_questions(text, polar):
    assert Question(text).polar is polar


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("What is the context length of Kimi K2?", {"context length"}),
        ("Kimi K2のコンテキスト長は?", {"context length"}),
        ("Kimi K2的上下文长度是多少？", {"context length"}),
        ("What was the net profit?", {"net profit"}),
        ("On what date was it released?", set()),
        ("What score did it get?", set()),
    ],
)
def test_measures(text, measures):
    assert Question(text).measures == measures


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("What was BYD's net profit in 2024?", ("BYD",)),
        ("What is the context length of Kimi K9?", ("Kimi K9",)),
        ("Kimi K9のコンテキスト長は?", ("Kimi K9",)),
        ("What is the context length of Kimi K2?", ()),
        ("DeepSeek-R2は公開されたか?", ()),
    ],
)
def test_names_that_nobody_knows(text, unknown):
    assert Question(text).unknown == unknown


@pytest.mark.parametrize(
    ("asked", "present", "covered"),
    [
        ("DeepSeek", {"DeepSeek"}, True),
        ("DeepSeek", {"DeepSeek-R1"}, True),
        ("Huawei", {"Ascend 910C"}, True),
        ("Ascend", {"Ascend 910C"}, True),
        ("DeepSeek-R1", {"DeepSeek"}, False),
        ("Huawei", {"DeepSeek-R1"}, False),
        ("Huawei", set(), False),
    ],
)
def test_a_text_speaks_of_a_name_by_what_it_makes(asked, present, covered):
    assert covers(asked, frozenset(present)) is covered


def test_a_narrower_measure_covers_a_wider_one():
    assert covers_term("cost", frozenset({"training cost"}))
    assert not covers_term("training cost", frozenset({"cost"}))


@given(st.text(min_size=1, max_size=80))
def test_any_text_is_read_or_refused(text):
    try:
        asked = Question(text)
    except BadQuestion:
        return
    assert asked.language in ("ja", "en", "zh")
    assert asked.wants <= {"figure", "date", "name"}
    assert isinstance(asked.polar, bool) and asked.measures <= asked.reading.terms
    assert all(name in text for name in asked.unknown)
