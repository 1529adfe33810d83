"""Joins the scores of the lexical and the dense search into one ranking, and the rankings of several languages.

Pure functions over ids and scores; knows nothing about text, languages or stores. The constants and what they give on
each public set are measured by `python -m heiso.evals.tune_fusion --data DIR`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Ranking", "follow", "fuse", "interleave", "lead", "min_max"]

Ranking = list[tuple[str, float]]

# Against the nearest passage: a question that is covered whole, and the passage that covers most of it. Each of them may be
# halved or grow by half, and the mean of the public sets moves by less than 0.2 points of nDCG@10.
_WEIGHTS = (1.5, 0.3)


def min_max(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores stretched to [0, 1]; equal scores all become 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {id_: (score - low) / (high - low) for id_, score in scores.items()}


def fuse(
    coverage: Mapping[str, float],
    similarity: Mapping[str, float],
    *,
    weights: tuple[float, float] = _WEIGHTS,
) -> Ranking:
    """The passages that either search found, with scores in [0, 1], best first.

    A convex combination (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 42(1),
    2023). The similarities are stretched by min-max, as only their order and spacing mean anything. The coverage counts
    as it is: a question in another language shares a name or a figure with a passage at most, so little is covered and
    the dense search decides, without a rule that says when. It counts a second time, for little, against the best that
    there is: such a name or figure is to decide between passages that are about as near.

    Args:
        coverage: the share of the question's IDF that a passage holds, in [0, 1]; a passage that is missing holds none.
        similarity: of any scale; a passage that is missing is as far away as the farthest that is there.
        weights: of the coverage, and of the coverage against the best one, where the similarity has 1.
    """
    absolute, relative = weights
    most = max(coverage.values(), default=0.0) or 1.0
    dense = min_max(similarity)
    total = {
        id_: (absolute * share + relative * (share / most) + dense.get(id_, 0.0)) / (absolute + relative + 1)
        for id_ in coverage.keys() | dense.keys()
        for share in (coverage.get(id_, 0.0),)
    }
    return _sorted(total)


def lead(ranking: Ranking) -> float:
    """By how much the first passage of a ranking stands above the second, in [0, 1]: how sure it is of the first."""
    if not ranking:
        return 0.0
    return ranking[0][1] - (ranking[1][1] if len(ranking) > 1 else 0.0)


def follow(ranking: Ranking, likeness: Mapping[str, float], certainty: float) -> Ranking:
    """A ranking in one language, drawn towards the passages that are like the best one of another language.

    That one is feedback in the sense of Rocchio (1971), across languages: its translation is nearer to it than to the
    question. It is believed as far as its lead goes, because a wrong one leads astray.

    Args:
        ranking: passages with scores in [0, 1].
        likeness: of each of them to the best passage of the other language, of any scale.
        certainty: the `lead` of the other language's ranking.

    Returns:
        The same passages with scores in [0, 1], best first.
    """
    like = min_max(likeness)
    return _sorted({id_: (score + certainty * like[id_]) / (1 + certainty) for id_, score in ranking})


def interleave(pools: Sequence[Iterable[str]]) -> list[str]:
    """Takes one id of each pool in turn, in the order of the pools, each id once."""
    iterators = [iter(pool) for pool in pools]
    merged: dict[str, None] = {}
    while iterators:
        for iterator in list(iterators):
            item = next(iterator, None)
            if item is None:
                iterators.remove(iterator)
            else:
                merged.setdefault(item)
    return list(merged)


def _sorted(scores: Mapping[str, float]) -> Ranking:
    """Best first; of equal scores, the id that sorts first, so that nothing rests on the order of the arguments."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
