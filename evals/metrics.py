"""Metrics of one ranking against graded judgements: recall, nDCG, reciprocal rank, completeness. Pure functions.

Knows ids and grades only. A ranking names each document once; a grade above 0 is relevant, and each question has at
least one relevant document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import log2

__all__ = ["METRICS", "Grades", "Metric", "complete", "ndcg", "recall", "reciprocal_rank"]

Grades = Mapping[str, int]
# None: the metric says nothing about a question of this kind.
Metric = Callable[[Sequence[str], Grades], float | None]


def recall(ranking: Sequence[str], grades: Grades, *, k: int) -> float:
    """The share of the relevant documents that stand among the first `k`."""
    relevant = _relevant(grades)
    return len(relevant.intersection(ranking[:k])) / len(relevant)


def ndcg(ranking: Sequence[str], grades: Grades, *, k: int) -> float:
    """Discounted cumulated gain of the first `k` over that of the best possible ranking.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, pp. 422-446:
    the gain is the grade itself. The discount is log2(rank + 1), as in today's `ndcg_cut` of trec_eval.
    """
    ideal = sorted(grades.values(), reverse=True)
    return _dcg(grades.get(document, 0) for document in ranking[:k]) / _dcg(ideal[:k])


def reciprocal_rank(ranking: Sequence[str], grades: Grades, *, k: int) -> float:
    """One over the rank of the first relevant document, or 0 when none is among the first `k`."""
    relevant = _relevant(grades)
    return next((1 / rank for rank, document in enumerate(ranking[:k], start=1) if document in relevant), 0.0)


def complete(ranking: Sequence[str], grades: Grades, *, k: int) -> float | None:
    """Whether every relevant document is among the first `k`, as 1 or 0.

    None with a single relevant document, where recall says the same, and with more than `k`, where no ranking can.
    """
    relevant = _relevant(grades)
    return float(relevant.issubset(ranking[:k])) if 1 < len(relevant) <= k else None


METRICS: Mapping[str, Metric] = {
    **{f"recall@{k}": partial(recall, k=k) for k in (1, 5, 10)},
    "nDCG@10": partial(ndcg, k=10),
    "MRR@10": partial(reciprocal_rank, k=10),
    "all@10": partial(complete, k=10),
}


def _relevant(grades: Grades) -> set[str]:
    return {document for document, grade in grades.items() if grade > 0}


def _dcg(gains: Iterable[int]) -> float:
    return sum(max(gain, 0) / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
