"""Orders passages by how well they answer a question: fused search score and exact coverage together.

Knows questions, passages and their readings; asks no model and no index.
"""

from __future__ import annotations

from collections.abc import Sequence

from heiso.agents.question import Question, covers, covers_term
from heiso.corpus import quantities
from heiso.corpus.reading import Reading, read
from heiso.retrieval import Hit

__all__ = ["order", "score"]

# Chosen on the development questions (evals/development.jsonl): see `heiso eval retrieval`.
_SEARCH, _NAMES, _TERMS, _FIGURES, _WANTED = 0.45, 0.2, 0.2, 0.1, 0.05


def order(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """`hits` with the passage that answers best first; equal ones keep their order."""
    return sorted(hits, key=lambda hit: -score(question, hit))


def score(question: Question, hit: Hit) -> float:
    """How well a passage answers, in [0, 1]: its search score, and the share of what was asked that it names."""
    body, whole = read(hit.passage.text), read(hit.passage.searchable)
    asked = question.reading
    names = _share([0.8 * covers(n, body.names) + 0.2 * covers(n, whole.names) for n in asked.names])
    terms = _share(
        [0.8 * covers_term(t, body.terms) + 0.2 * covers_term(t, whole.terms) for t in asked.terms]
    )
    figures = _share([float(any(quantities.agree(q, p) for p in body.quantities)) for q in asked.quantities])
    return (
        _SEARCH * hit.score
        + _NAMES * names
        + _TERMS * terms
        + _FIGURES * figures
        + _WANTED * _wanted(question, body)
    )


def _wanted(question: Question, body: Reading) -> float:
    """The share of the wanted kinds of thing (a figure, a date, a name) that the passage holds beyond the question."""
    new = body.names - question.reading.names
    held = {"figure": bool(body.quantities), "date": bool(body.dates), "name": bool(new)}
    return _share([float(held[want]) for want in question.wants])


def _share(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0
