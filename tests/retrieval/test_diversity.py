"""Tests of the spread over places: what stays in order, what moves back, and that nothing is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from heiso.retrieval.diversity import spread

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 999)), unique=True, max_size=30)


def test_a_page_with_too_many_stands_behind_the_others():
    ranking = ["a1", "a2", "a3", "a4", "b1", "c1", "a5"]
    assert spread(ranking, 6, lambda row: row[0], most=2) == ["a1", "a2", "b1", "c1", "a3", "a4"]
    assert spread(ranking[:4], 4, lambda row: row[0], most=2) == ["a1", "a2", "a3", "a4"]
    assert spread(ranking, 0, lambda row: row[0], most=2) == []


@given(ROWS, st.integers(1, 40), st.integers(1, 5))
def test_nothing_is_lost_and_no_place_has_more_while_there_are_others(ranking, k, most):
    found = spread(ranking, k, lambda row: row[0], most=most)
    assert len(found) == min(k, len(ranking)) == len(set(found))
    assert set(found) <= set(ranking)
    if len(set(spread(ranking, len(ranking), lambda row: row[0], most=most))) == len(ranking):
        room = sum(min(most, count) for count in Counter(row[0] for row in ranking).values())
        head = found[: min(k, room)]
        assert all(count <= most for count in Counter(row[0] for row in head).values())
        order = [ranking.index(row) for row in head]
        assert order == sorted(order)
