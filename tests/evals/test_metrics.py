"""Tests of the metrics: bounds, the perfect ranking, a document that moves up, and a slow plain reference."""

from itertools import permutations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.evals.metrics import METRICS, complete, ndcg, recall, reciprocal_rank

DOCUMENTS = [f"d{number}" for number in range(16)]
GRADES = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3), min_size=1).filter(
    lambda grades: any(grades.values())
)
RANKING = st.lists(st.sampled_from(DOCUMENTS), unique=True, max_size=16)


def values(ranking, grades):
    found = {name: metric(ranking, grades) for name, metric in METRICS.items()}
    return {name: value for name, value in found.items() if value is not None}


def relevant_in(grades):
    return [document for document, grade in grades.items() if grade > 0]


@given(RANKING, GRADES)
def test_bounds(ranking, grades):
    assert all(0 <= value <= 1 + 1e-12 for value in values(ranking, grades).values())


@given(GRADES)
def test_perfect_and_hopeless_rankings(grades):
    count = len(relevant_in(grades))
    best = sorted(DOCUMENTS, key=lambda document: -grades.get(document, 0))
    got = values(best, grades)
    for k in (1, 5, 10):
        assert got.pop(f"recall@{k}") == min(k, count) / count
    assert got.pop("nDCG@10") == pytest.approx(1)
    assert got.pop("MRR@10") == 1
    assert got == ({"all@10": 1} if 1 < count <= 10 else {})
    others = [document for document in DOCUMENTS if not grades.get(document)]
    assert set(values(others, grades).values()) == {0}


@given(RANKING.filter(lambda ranking: len(ranking) > 1), GRADES, st.data())
def test_no_metric_falls_when_a_better_document_moves_up(ranking, grades, data):
    at = data.draw(st.integers(1, len(ranking) - 1))
    above, below = ranking[at - 1], ranking[at]
    if grades.get(below, 0) < grades.get(above, 0):
        above, below = below, above
    worse = [*ranking[: at - 1], above, below, *ranking[at + 1 :]]
    better = [*ranking[: at - 1], below, above, *ranking[at + 1 :]]
    before, after = values(worse, grades), values(better, grades)
    assert all(after[name] >= before[name] - 1e-12 for name in before)
    if at < 10 and grades.get(below, 0) > grades.get(above, 0):
        assert after["nDCG@10"] > before["nDCG@10"]


SMALL = DOCUMENTS[:5]


@given(
    st.lists(st.sampled_from(SMALL), unique=True),
    st.dictionaries(st.sampled_from(SMALL), st.integers(0, 3), min_size=1).filter(lambda g: any(g.values())),
    st.integers(1, 5),
)
def test_a_plain_reference_says_the_same(ranking, grades, k):
    """The best ranking is looked for among all of them, and every sum is a loop."""

    def gain(order):
        total = 0.0
        for at in range(min(k, len(order))):
            if order[at] in grades:
                total += grades[order[at]] / log2(at + 2)
        return total

    found, first = 0, 0.0
    for at in range(min(k, len(ranking))):
        if grades.get(ranking[at], 0) > 0:
            found += 1
            first = first or 1 / (at + 1)
    count = len(relevant_in(grades))
    assert recall(ranking, grades, k=k) == pytest.approx(found / count)
    assert reciprocal_rank(ranking, grades, k=k) == pytest.approx(first)
    assert ndcg(ranking, grades, k=k) == pytest.approx(gain(ranking) / max(map(gain, permutations(SMALL))))
    assert complete(ranking, grades, k=k) == (None if count == 1 or count > k else float(found == count))


def test_known_values():
    grades = {"a": 3, "b": 2, "c": 3, "d": 0, "e": 1, "f": 2}
    assert ndcg("abcdef", grades, k=10) == pytest.approx(0.9608, abs=5e-5)
    assert recall("dabcef", grades, k=1) == 0
    assert recall("dabcef", grades, k=5) == 4 / 5
    assert reciprocal_rank("xdacef", grades, k=10) == 1 / 3
    assert reciprocal_rank("xda", grades, k=2) == 0
    assert complete("dabcef", grades, k=6) == 1 and complete("dabcef", grades, k=5) == 0
    assert complete("abcef", grades, k=4) is None


def test_documents_below_the_tenth_count_for_nothing():
    ranking = [*DOCUMENTS[1:11], "d0"]
    assert set(values(ranking, {"d0": 1}).values()) == {0}
