"""Tests of the arithmetic of derived figures: the same value as Python's own, precision as written, nothing run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.arithmetic import evaluate, fault
from heiso.corpus.errors import BadDocument
from heiso.corpus.quantities import read_quantities

FORMULA = st.recursive(
    st.integers(2, 999).map(str),
    lambda inner: st.tuples(inner, st.sampled_from([" + ", " - ", " * ", "*", "+"]), inner).map(
        lambda parts: f"({''.join(parts)})"
    ),
    max_leaves=8,
).filter(lambda formula: len(formula) <= 200)


@given(FORMULA)
def test_the_value_is_that_of_the_formula(formula):
    assert evaluate(formula) == eval(formula)


@given(st.text(alphabet="0123456789+-*/() .%,_abc[]'\"", max_size=40))
def test_anything_else_is_a_bad_document(formula):
    try:
        evaluate(formula)
    except BadDocument as error:
        assert "\n" not in error.message and error.hint


@pytest.mark.parametrize(
    ("written", "formula", "held", "said"),
    [
        ("2.9%", "116,000 / 4 million", "116,000 of 4 million", ""),
        ("2.90%", "116,000 / 4 million", "116,000 of 4 million", ""),
        ("2.91%", "116,000 / 4 million", "116,000 of 4 million", "gives 2.9 %"),
        ("7 points", "35% - 28%", "35% and 28%", ""),
        ("0.07 points", "35% - 28%", "35% and 28%", "gives 7 point"),
        ("10 times", "28.81 billion / 2.88 billion", "28.81 billion yuan, 2.88 billion yuan", ""),
        (
            "11倍",
            "288億1,000万元 / 28億8,000万元",
            "28.81 billion yuan, 2.88 billion yuan",
            "gives 10.0035 x",
        ),
        ("over 10 times", "28.81 billion / 2.88 billion", "28.81 billion yuan, 2.88 billion yuan", ""),
        ("under 10 times", "28.81 billion / 2.88 billion", "28.81 billion yuan, 2.88 billion yuan", "gives"),
        (
            "about 26 billion yuan",
            "28.81 billion - 2.88 billion",
            "28.81 billion yuan, 2.88 billion yuan",
            "",
        ),
        ("26 billion yuan", "28.81 billion yuan - 2.88 billion", "28.81 billion yuan, 2.88 billion yuan", ""),
        (
            "26.0 billion yuan",
            "28.81 billion - 2.88 billion",
            "28.81 billion yuan, 2.88 billion yuan",
            "gives",
        ),
        ("約12万", "116,000 * 1.0", "116,000 1.0", ""),
        ("12万", "116,000 + 4", "116,000 and 4 ", ""),
        ("120,000", "116,000 + 4", "116,000 and 4 ", "gives 116,004"),
        ("twice", "4 / 2", "4 and 2 firms", ""),
        ("4 dollars", "35 - 31", "35% and 31%", "35 is in no fact"),
        ("5 yuan", "$4 + 1", "4 yuan and 1 yuan", "$4 is in no fact"),
    ],
)
def test_a_derived_figure(written, formula, held, said):
    message = fault(written, formula, read_quantities(held))
    assert said in message and bool(said) == bool(message)
