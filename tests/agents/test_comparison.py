"""Tests of the direction of comparisons, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.agents.comparison import Direction, contradiction, direction

R1, O1 = "DeepSeek-R1", "OpenAI o1"
EVIDENCE = [
    "DeepSeek-R1 scored 79.8 and OpenAI o1-1217 scored 79.2 on AIME 2024.",
    "DeepSeek-R1 scored 30.1 and OpenAI o1-1217 scored 47.0 on SimpleQA.",
]

DIRECTIONS = [
    ("DeepSeek-R1 scored higher than OpenAI o1.", R1),
    ("DeepSeek-R1 outperforms OpenAI o1.", R1),
    ("DeepSeek-R1 led OpenAI o1.", R1),
    ("Compared with OpenAI o1, DeepSeek-R1 is higher.", R1),
    ("DeepSeek-R1 is lower than OpenAI o1.", O1),
    ("DeepSeek-R1 trails OpenAI o1.", O1),
    ("DeepSeek-R1はOpenAI o1を上回る。", R1),
    ("DeepSeek-R1はOpenAI o1を下回る。", O1),
    ("OpenAI o1よりDeepSeek-R1が高い。", R1),
    ("OpenAI o1よりDeepSeek-R1が低い。", O1),
    ("OpenAI o1に比べてDeepSeek-R1は高い。", R1),
    ("DeepSeek-R1はOpenAI o1に及ばない。", O1),
    ("DeepSeek-R1はOpenAI o1より得点が高い。", R1),
    ("DeepSeek-R1的得分高于OpenAI o1。", R1),
    ("DeepSeek-R1的得分低于OpenAI o1。", O1),
    ("DeepSeek-R1比OpenAI o1高。", R1),
    ("DeepSeek-R1的价格比OpenAI o1便宜。", O1),
    ("DeepSeek-R1不及OpenAI o1。", O1),
    ("与OpenAI o1相比，DeepSeek-R1得分更高。", R1),
]


@pytest.mark.parametrize(("text", "higher"), DIRECTIONS)
def test_which_is_said_to_be_higher(text, higher):
    assert direction(text) == Direction(higher, O1 if higher == R1 else R1)


@pytest.mark.parametrize(
    "text",
    [
        "DeepSeek-R1 did not beat OpenAI o1.",
        "DeepSeek-R1はOpenAI o1を上回らない。",
        "DeepSeek-R1はOpenAI o1より高くない。",
        "DeepSeek-R1没有超过OpenAI o1。",
        "DeepSeek-R1 led OpenAI o1 on 3 tests and fell behind on 3.",
        "DeepSeek-R1 is higher.",
        "DeepSeek-R1, OpenAI o1 and Kimi K2: the last is higher.",
        "DeepSeek-R1 and OpenAI o1 were compared.",
    ],
)
def test_no_direction(text):
    assert direction(text) is None


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("OpenAI o1 scored higher than DeepSeek-R1 on AIME 2024.", True),
        ("DeepSeek-R1 scored higher than OpenAI o1 on AIME 2024.", False),
        ("DeepSeek-R1 scored higher than OpenAI o1 on SimpleQA.", True),
        ("SimpleQAではOpenAI o1がDeepSeek-R1を上回る。", False),
        ("SimpleQAではDeepSeek-R1がOpenAI o1を上回る。", True),
        ("在SimpleQA上，DeepSeek-R1高于OpenAI o1。", True),
        ("在AIME 2024上，DeepSeek-R1比OpenAI o1低。", True),
        ("DeepSeek-R1 beats OpenAI o1 on GPQA Diamond.", False),  # no figures on it
        ("DeepSeek-R1 beats OpenAI o1.", False),  # true of one of the two tests
        ("OpenAI o1 beats DeepSeek-R1.", False),
    ],
)
def test_the_figures_decide_on_the_benchmark_that_is_named(claim, wrong):
    assert bool(contradiction(claim, EVIDENCE)) is wrong
    assert bool(contradiction(claim, EVIDENCE[::-1])) is wrong


def test_the_better_model_is_not_the_dearer_one():
    evidence = ["Output cost $60 for OpenAI o1 and $2.19 for DeepSeek-R1."]
    assert not contradiction("DeepSeek-R1 is better than OpenAI o1.", evidence)
    assert not contradiction("DeepSeek-R1 is cheaper than OpenAI o1.", evidence)
    assert contradiction("OpenAI o1 is cheaper than DeepSeek-R1.", evidence)
    assert contradiction("OpenAI o1はDeepSeek-R1より安い。", evidence)


def test_figures_of_different_units_are_not_compared():
    assert not contradiction(
        "OpenAI o1 scored higher than DeepSeek-R1.", ["DeepSeek-R1 took 79.8% and OpenAI o1 $3."]
    )


@given(st.decimals(1, 99, places=1), st.decimals(1, 99, places=1), st.booleans())
def test_a_comparison_is_wrong_just_when_its_figures_say_so(one, other, swap):
    first, second = (O1, R1) if swap else (R1, O1)
    evidence = [f"{R1} scored {one} and {O1} scored {other}."]
    higher, lower = (other, one) if swap else (one, other)
    assert bool(contradiction(f"{first} scored higher than {second}.", evidence)) == (higher < lower)
    assert bool(contradiction(f"{first}は{second}を下回る。", evidence)) == (higher > lower)
