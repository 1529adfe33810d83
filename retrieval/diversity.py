"""Keeps one page from taking the whole ranking. Pure functions over hits; knows nothing about how they were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

__all__ = ["spread"]

_T = TypeVar("_T")


def spread(ranking: Sequence[_T], k: int, place: Callable[[_T], Hashable], *, most: int) -> list[_T]:
    """The `k` best of a ranking, of which at most `most` are from one place while there are others.

    What a place has too many of moves behind the others, in its order; nothing is dropped that there is room for.
    """
    taken: list[_T] = []
    later: list[_T] = []
    counts: Counter[Hashable] = Counter()
    for item in ranking:
        where = place(item)
        if counts[where] < most:
            counts[where] += 1
            taken.append(item)
        else:
            later.append(item)
    return [*taken, *later][:k]
