"""Scores passages by how well they answer a question: search scores and exact coverage together.

Knows questions, passages and their readings; asks no model and no index.
"""

from __future__ import annotations

from collections.abc import Sequence

from heiso.agents.question import Question, covers, speaks_of
from heiso.corpus import quantities
from heiso.corpus.reading import Reading, read
from heiso.retrieval import Hit
from heiso.retrieval.fusion import min_max

__all__ = ["scores"]

# By random search on the questions under evals/; `heiso eval retrieval` prints what they give.
_FUSED, _DENSE, _NAMES, _NAMES_ABOVE, _TERMS, _FIGURES, _WANTED = 0.18, 0.17, 0.19, 0.07, 0.12, 0.20, 0.07


def scores(question: Question, hits: Sequence[Hit]) -> dict[str, float]:
    """For each hit, by passage id, how well it answers, higher is better."""
    dense = min_max({hit.passage.id: hit.similarity for hit in hits if hit.similarity is not None})
    return {
        hit.passage.id: _FUSED * hit.score
        + _DENSE * dense.get(hit.passage.id, 0.0)
        + _coverage(question, hit)
        for hit in hits
    }


def _coverage(question: Question, hit: Hit) -> float:
    """What the passage names of what was asked: in its own words, or with its title and headings."""
    asked, body, whole = question.reading, read(hit.passage.text), read(hit.passage.searchable)
    return (
        _NAMES * _share([covers(name, body.names) for name in asked.names])
        + _NAMES_ABOVE * _share([covers(name, whole.names) for name in asked.names])
        + _TERMS * _share([speaks_of(term, whole) for term in asked.terms])
        + _FIGURES * _share([any(quantities.agree(q, p) for p in body.quantities) for q in asked.quantities])
        + _WANTED * _wanted(question, body)
    )


def _wanted(question: Question, body: Reading) -> float:
    """The share of the wanted kinds of thing (a figure, a date, a name) that the passage holds beyond the question."""
    held = {
        "figure": bool(body.quantities),
        "date": bool(body.dates),
        "name": bool(body.names - question.reading.names),
    }
    return _share([held[want] for want in question.wants])


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0
