"""Tests of the bootstrap: the same draws every time, a plain reference, coverage, pairs drawn together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.evals.statistics import Estimate, bootstrap, paired_bootstrap

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(VALUES, st.integers(0, 9))
def test_it_is_determined_and_holds_the_mean_of_the_draws(values, seed):
    estimate = bootstrap(values, resamples=200, seed=seed)
    assert estimate == bootstrap(values, resamples=200, seed=seed)
    assert min(values) - 1e-9 <= estimate.low <= estimate.high <= max(values) + 1e-9
    assert estimate.mean == pytest.approx(sum(values) / len(values)) and estimate.n == len(values)


@given(VALUES)
def test_a_plain_reference_says_the_same(values):
    generator = np.random.default_rng(7)
    means = []
    for _ in range(100):
        drawn = [values[place] for place in generator.integers(len(values), size=len(values))]
        means.append(sum(drawn) / len(drawn))
    estimate = bootstrap(values, resamples=100, seed=7)
    assert estimate.low == pytest.approx(np.quantile(means, 0.025))
    assert estimate.high == pytest.approx(np.quantile(means, 0.975))


def test_another_seed_draws_otherwise():
    values = list(np.random.default_rng(1).random(50))
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda generator: generator.random(100) < 0.3, 0.3),
        (lambda generator: generator.random(100), 0.5),
        (lambda generator: generator.beta(4, 1, 100), 0.8),
    ],
    ids=["hit or miss", "uniform", "skewed"],
)
def test_ninety_five_of_a_hundred_intervals_hold_the_true_mean(draw, mean):
    generator = np.random.default_rng(2)
    estimates = [bootstrap(list(draw(generator).astype(float))) for _ in range(600)]
    held = sum(e.low <= mean <= e.high for e in estimates) / len(estimates)
    # Three standard errors of the count, and a little for a percentile interval of 100 values.
    assert 0.91 < held < 0.98


def test_values_that_are_all_equal_leave_no_doubt():
    assert bootstrap([0.5] * 30) == Estimate(0.5, 0.5, 0.5, 30)
    assert bootstrap([1.0]) == Estimate(1.0, 1.0, 1.0, 1)


def test_pairs_are_drawn_together():
    second = list(np.random.default_rng(3).random(200))
    first = [value + 0.01 for value in second]
    estimate = paired_bootstrap(first, second)
    assert estimate.low == pytest.approx(0.01) and estimate.high == pytest.approx(0.01)
    back = paired_bootstrap(second, first)
    assert back.mean == pytest.approx(-0.01) and back.high < 0


def test_there_must_be_values_and_pairs():
    with pytest.raises(ValueError, match="no values"):
        bootstrap([])
    with pytest.raises(ValueError, match="zip"):
        paired_bootstrap([1.0, 0.0], [1.0])
