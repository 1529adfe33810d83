"""Tests of the fusion: bounds, order, what each search adds, what one language tells another, and turns taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.retrieval.fusion import follow, fuse, interleave, lead, min_max

IDS = st.text("abcdef", min_size=1, max_size=3)
SCORES = st.dictionaries(IDS, st.floats(-1e100, 1e100), max_size=20)
# Steps wide enough that no two differ by less than the sums can hold.
STEPS = st.dictionaries(IDS, st.integers(-1000, 1000).map(lambda n: n / 8), max_size=20)
SHARES = st.dictionaries(IDS, st.integers(0, 1024).map(lambda n: n / 1024), max_size=20)
RANKINGS = SHARES.map(lambda scores: sorted(scores.items(), key=lambda item: (-item[1], item[0])))
CERTAINTY = st.integers(0, 16).map(lambda n: n / 16)


def ids(ranking) -> list[str]:
    return [id_ for id_, _ in ranking]


def by_score(scores) -> list[str]:
    return sorted(scores, key=lambda id_: (-scores[id_], id_))


def is_a_ranking_of(ranking, wanted) -> bool:
    """Each of `wanted` once, with scores in [0, 1], best first."""
    scores = [score for _, score in ranking]
    return (
        sorted(ids(ranking)) == sorted(wanted)
        and all(0 <= score <= 1 for score in scores)
        and scores == sorted(scores, reverse=True)
    )


@given(SCORES)
def test_min_max_is_between_nought_and_one(scores):
    found = min_max(scores)
    assert found.keys() == scores.keys()
    assert all(0 <= score <= 1 for score in found.values())
    if scores:
        assert found[max(scores, key=scores.__getitem__)] == 1
    if len(set(scores.values())) > 1:
        assert found[min(scores, key=scores.__getitem__)] == 0


# --- both searches of one language -------------------------------------------------------------------------
@given(SHARES, SCORES)
def test_fused_scores(coverage, similarity):
    assert is_a_ranking_of(fuse(coverage, similarity), coverage.keys() | similarity.keys())


@given(SHARES, STEPS)
def test_the_order_of_the_arguments_is_nothing(coverage, similarity):
    turned = fuse(dict(reversed(coverage.items())), dict(reversed(similarity.items())))
    assert turned == fuse(coverage, similarity)


@given(STEPS, SHARES)
def test_one_search_alone_keeps_its_order(similarity, coverage):
    assert ids(fuse({}, similarity)) == by_score(similarity)
    assert ids(fuse(coverage, {})) == by_score(coverage)


@given(STEPS, st.integers(0, 1024))
def test_a_word_that_all_share_changes_nothing(similarity, share):
    assert ids(fuse(dict.fromkeys(similarity, share / 1024), similarity)) == by_score(similarity)


@given(SHARES, STEPS, st.data())
def test_more_coverage_never_sinks_a_passage(coverage, similarity, data):
    before = ids(fuse(coverage, similarity))
    if before:
        id_ = data.draw(st.sampled_from(before))
        more = coverage | {id_: data.draw(st.floats(coverage.get(id_, 0.0), 1.0))}
        assert ids(fuse(more, similarity)).index(id_) <= before.index(id_)


@given(SHARES, STEPS, st.sampled_from([0.5, 4.0]), st.sampled_from([-7.0, 0.0, 100.0]))
def test_the_scale_of_the_similarities_is_nothing(coverage, similarity, scale, shift):
    moved = {id_: scale * score + shift for id_, score in similarity.items()}
    assert [score for _, score in fuse(coverage, moved)] == pytest.approx(
        [score for _, score in fuse(coverage, similarity)]
    )


def test_coverage_counts_for_what_it_is():
    near = {"near": 0.9, "far": 0.8}
    assert ids(fuse({"far": 0.8, "near": 0.1}, near)) == ["far", "near"]  # most of the question
    assert ids(fuse({"far": 0.2}, near)) == ["near", "far"]  # a name, in a question in another language
    close = {"near": 0.90, "named": 0.88, "far": 0.50}
    assert ids(fuse({"named": 0.02}, close)) == ["named", "near", "far"]  # between two about as near
    assert fuse({"a": 1.0}, {"a": 0.1, "b": 0.0}) == [("a", 1.0), ("b", 0.0)]
    assert fuse({}, {}) == []


# --- one language beside another ---------------------------------------------------------------------------
@given(RANKINGS)
def test_the_lead(ranking):
    assert 0 <= lead(ranking) <= 1
    assert lead(ranking[:2]) == lead(ranking)


def test_the_lead_is_of_the_first_over_the_second():
    assert lead([("a", 0.75), ("b", 0.5), ("c", 0.0)]) == 0.25
    assert lead([("a", 0.75)]) == 0.75
    assert lead([]) == 0


@given(RANKINGS, CERTAINTY, st.data())
def test_following(ranking, certainty, data):
    likeness = {id_: data.draw(st.floats(-1, 1)) for id_, _ in ranking}
    found = follow(ranking, likeness, certainty)
    assert is_a_ranking_of(found, ids(ranking))
    assert follow(ranking, dict(reversed(likeness.items())), certainty) == found
    if ranking:  # what is likest only rises, what is least like only sinks
        by_likeness = sorted(ids(ranking), key=lambda id_: (-likeness[id_], id_))
        likest, least = by_likeness[0], by_likeness[-1]
        assert ids(found).index(likest) <= ids(ranking).index(likest)
        assert ids(found).index(least) >= ids(ranking).index(least) or likeness[least] == likeness[likest]


@given(RANKINGS, st.data())
def test_who_is_not_sure_is_not_followed(ranking, data):
    likeness = {id_: data.draw(st.floats(-1, 1)) for id_, _ in ranking}
    assert follow(ranking, likeness, 0.0) == ranking


def test_who_is_sure_is_followed():
    ranking, likeness = [("a", 0.5), ("b", 0.25)], {"a": 0.7, "b": 0.8}
    assert ids(follow(ranking, likeness, 0.125)) == ["a", "b"]
    assert follow(ranking, likeness, 1.0) == [("b", 0.625), ("a", 0.25)]


# --- turns -------------------------------------------------------------------------------------------------
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
