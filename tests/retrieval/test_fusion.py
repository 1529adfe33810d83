"""Tests of the fusion: bounds, order, weights, and turns taken."""

from hypothesis import given
from hypothesis import strategies as st

from heiso.retrieval.fusion import fuse, interleave, min_max

IDS = st.text("abcdef", min_size=1, max_size=3)
SCORES = st.dictionaries(IDS, st.floats(-1e100, 1e100), max_size=20)
# Steps wide enough that no two differ by less than the sums can hold.
STEPS = st.dictionaries(IDS, st.integers(-1000, 1000).map(lambda n: n / 8), max_size=20)


@given(SCORES)
def test_min_max_is_between_nought_and_one(scores):
    found = min_max(scores)
    assert found.keys() == scores.keys()
    assert all(0 <= score <= 1 for score in found.values())
    if scores:
        assert found[max(scores, key=scores.__getitem__)] == 1
    if len(set(scores.values())) > 1:
        assert found[min(scores, key=scores.__getitem__)] == 0


@given(STEPS, st.booleans(), st.floats(0.1, 0.9))
def test_one_arm_alone_keeps_its_order(scores, first, share):
    left, right = (scores, {}) if first else ({}, scores)
    ranking = fuse(left, right, lexical_weight=share)
    assert [id_ for id_, _ in ranking] == sorted(scores, key=lambda id_: (-scores[id_], id_))


@given(STEPS, STEPS, st.floats(0, 1))
def test_fused_scores(lexical, dense, share):
    ranking = fuse(lexical, dense, lexical_weight=share)
    assert {id_ for id_, _ in ranking} == lexical.keys() | dense.keys()
    assert len(dict(ranking)) == len(ranking)
    assert all(0 <= score <= 1 + 1e-9 for _, score in ranking)
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
    assert ranking == fuse(dict(reversed(lexical.items())), dense, lexical_weight=share)


def test_the_weight_decides():
    lexical, dense = {"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 2.0}
    assert fuse(lexical, dense, lexical_weight=0.7)[0][0] == "a"
    assert fuse(lexical, dense, lexical_weight=0.3)[0][0] == "b"
    assert fuse({}, {}) == []


@given(st.lists(st.lists(IDS, max_size=8), max_size=4))
def test_interleave_has_each_once(pools):
    merged = interleave(pools)
    assert len(merged) == len(set(merged))
    assert set(merged) == {id_ for pool in pools for id_ in pool}
    for pool in pools:  # an id never stands behind where its own pool alone would put it
        for place, id_ in enumerate(dict.fromkeys(pool)):
            assert merged.index(id_) < (pool.index(id_) + 1) * len(pools) and place <= pool.index(id_)


def test_interleave_takes_turns():
    assert interleave([["a", "b", "c"], ["x"], ["a", "y"]]) == ["a", "x", "b", "y", "c"]
    assert interleave([]) == interleave([[], []]) == []
