"""Runs cases through an Analyst, scores each answer, and measures retrieval alone. Knows no widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from heiso.agents import Analyst, Answer
from heiso.agents.question import Question
from heiso.agents.retrieving import find
from heiso.corpus.errors import RunError
from heiso.evals.cases import Case
from heiso.evals.scorers import Score, holds, score

__all__ = ["Outcome", "Recall", "ask_all", "recall"]


@dataclass(frozen=True)
class Outcome:
    """One case with its answer and score, or the error that kept it from being answered."""

    case: Case
    answer: Answer | None
    score: Score | None
    error: str = ""


@dataclass(frozen=True)
class Recall:
    """The share of the required facts that stand in the first `k` passages, by case."""

    case: Case
    shares: dict[int, float]
    similarity: float


def ask_all(analyst: Analyst, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Asks each case in turn; a run that fails is an outcome with its error, never a score."""
    for case in cases:
        try:
            answer = analyst.ask(case.question)
        except RunError as error:
            yield Outcome(case, None, None, error.message)
        else:
            yield Outcome(case, answer, score(case, answer))


def recall(analyst: Analyst, cases: Sequence[Case], depths: Sequence[int] = (1, 3, 5)) -> Iterator[Recall]:
    """For each case that has facts, how many of them the retrieval agent finds, without any model."""
    for case in cases:
        hits = find(Question(case.question), analyst.index, max(depths))
        shares = {}
        for k in depths:
            text = "\n".join(hit.passage.searchable for hit in hits[:k])
            found = [holds(forms, text) for forms in case.facts]
            shares[k] = sum(found) / len(found) if found else 0.0
        yield Recall(case, shares, max((hit.similarity or 0.0 for hit in hits), default=0.0))
