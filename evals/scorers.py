"""Scores an answer against its case: facts across languages, citations, status, language. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heiso.agents.answer import Answer
from heiso.corpus import dates, quantities, vocabulary
from heiso.corpus.folding import fold
from heiso.corpus.language import detect
from heiso.corpus.reading import read
from heiso.evals.cases import Case

__all__ = ["Score", "holds", "score"]

_FIGURE_FIRST = re.compile(r"[\d$¥€£]|US\$|HK\$")


@dataclass(frozen=True)
class Score:
    """How one answer did. `facts` is the share of the required facts that supported claims give, each claim citing a
    passage that holds the fact; for an expected abstention 1 or 0. `passed`: all of them, in the right language, with
    the right status, and nothing forbidden.
    """

    case: str
    facts: float
    cited: float
    status: bool
    language: bool
    forbidden: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the answer is right in every respect."""
        return self.cited == 1.0 and self.status and self.language and not self.forbidden


def score(case: Case, answer: Answer) -> Score:
    """Scores `answer`. A fact counts as cited only where the claim and a passage that it cites both hold it."""
    abstained = answer.status == "abstained"
    if case.status == "abstained":
        right = abstained and answer.reason == case.reason
        return Score(case.id, float(right), float(right), right, detect(answer.text) == case.language, ())
    supported = [claim for claim in answer.claims if claim.verdict == "supported"]
    passages = {citation.key: f"{citation.title}\n{citation.passage}" for citation in answer.citations}
    said = [holds(forms, answer.text) for forms in case.facts]
    cited = [
        any(
            holds(forms, claim.text) and any(holds(forms, passages.get(key, "")) for key in claim.keys)
            for claim in supported
        )
        for forms in case.facts
    ]
    return Score(
        case=case.id,
        facts=_mean(said),
        cited=_mean(cited),
        status=not abstained,
        language=all(detect(claim.text) == case.language for claim in supported),
        forbidden=tuple(form for form in case.forbidden if holds((form,), answer.text)),
    )


def holds(forms: Sequence[str], text: str) -> bool:
    """Whether `text` gives a fact in one of its forms: its words, its figure or date in any of the languages, its name."""
    return any(_holds(form, text) for form in forms)


def _holds(form: str, text: str) -> bool:
    wanted, there = read(form), read(text)
    if wanted.dates and not wanted.quantities:
        return all(any(dates.agree(d, e) and (e.day or not d.day) for e in there.dates) for d in wanted.dates)
    if wanted.quantities and _FIGURE_FIRST.match(form):
        return all(any(quantities.agree(q, p) for p in there.quantities) for q in wanted.quantities)
    if wanted.names and not wanted.quantities and fold(form) in _spellings(wanted.names):
        return wanted.names <= there.names
    return fold(form) in fold(text)


def _spellings(names: frozenset[str]) -> set[str]:
    """The folded spellings of names: a form that is nothing but a name is matched through every alias."""
    table = vocabulary.entities().entities
    return {fold(alias) for name in names for alias in (name, *table[name].aliases)}


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 1.0
