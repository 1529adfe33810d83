"""The retrieval agent: searches, orders what was found, and makes the evidence pack, or finds that there is none.

Knows the index and the question; asks no model. What it abstains on rests on exact reading and on the corpus itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from heiso.agents.answer import Reason
from heiso.agents.events import Critiqued, Retrieved, Started
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question, covers, covers_term, speaks_of
from heiso.agents.relevance import score
from heiso.agents.state import Deps, Plan, State, clock
from heiso.corpus import quantities
from heiso.corpus.reading import read
from heiso.corpus.records import Passage
from heiso.retrieval import Hit, Index

__all__ = ["Gap", "choose", "gap", "retrieve"]

_CANDIDATES = 48
# Evidence in another language costs the analyst a translation; Chinese reads Japanese figures and names almost as is.
_READING = {("zh", "ja"): 0.97, ("zh", "en"): 0.92}
_FOREIGN = 0.85
_NEW_COVERAGE = 0.25
# The embedded e5 gives 0.83 and more to questions of this field, less to others (`heiso eval retrieval` prints both).
_NEAR = 0.83


class Gap(NamedTuple):
    """Why there is no evidence, and of what."""

    reason: Reason
    explanation: str


def retrieve(state: State, deps: Deps) -> State:
    """Makes the pack; a second call looks further, past the passages already seen."""
    update: State = {}
    with clock(update, "retrieve"):  # type: ignore[arg-type]
        question, plan = state["question"], state["plan"]
        deps.emit(Started("retrieve"))
        seen = state.get("seen", frozenset())
        missing = gap(question, deps.index)
        hits = [] if missing else _search(question, deps, plan)
        chosen = choose(question, [hit for hit in hits if hit.passage.id not in seen], deps.evidence)
        pack = EvidencePack.of((hit.passage, deps.index.document(hit.passage.document)) for hit in chosen)
        best = max((hit.similarity or 0.0 for hit in chosen), default=None)
        missing = missing or _uncovered(question, pack, best)
        update |= {
            "pack": pack,
            "seen": seen | {hit.passage.id for hit in chosen},
            "widened": bool(seen),
            "next": "abstain" if missing else "finish",
        }
        deps.emit(Retrieved(pack, best))
        if missing:
            update |= {"reason": missing.reason, "explanation": missing.explanation}
            deps.emit(Critiqued((), "abstain", missing.reason))
    return update


def gap(question: Question, index: Index) -> Gap | None:
    """What the question names that neither heiso nor any document knows."""
    unknown = [name for name in question.unknown if not index.knows(name)]
    if not unknown:
        return None
    names = ", ".join(unknown)
    if question.reading.names:
        return Gap("no_evidence", names)
    return Gap("out_of_scope", names)


def choose(question: Question, hits: Sequence[Hit], k: int) -> list[Hit]:
    """The `k` passages to answer from: the best first, each next one also by what it adds; no passage in two languages."""
    left = {hit.passage.id: (score(question, hit) * _readability(question, hit), hit) for hit in hits}
    chosen: list[Hit] = []
    names, terms = set(question.reading.names), set(question.reading.terms)
    while left and len(chosen) < k:
        id_ = max(left, key=lambda i: left[i][0] + _NEW_COVERAGE * _adds(left[i][1].passage, names, terms))
        hit = left.pop(id_)[1]
        if any(_same(hit.passage, other.passage) for other in chosen):
            continue
        chosen.append(hit)
        reading = read(hit.passage.searchable)
        names -= {name for name in names if covers(name, reading.names)}
        terms -= {term for term in terms if covers_term(term, reading.terms)}
    return chosen


def _search(question: Question, deps: Deps, plan: Plan) -> list[Hit]:
    """Hits for the question and each of its parts, the best score of each passage."""
    best: dict[str, Hit] = {}
    for part in dict.fromkeys((question.text, *plan.parts)):
        said = plan.translations if part == question.text else None
        for hit in deps.index.search(part, _CANDIDATES, as_of=deps.as_of, translations=said):
            held = best.get(hit.passage.id)
            if held is None or hit.score > held.score:
                best[hit.passage.id] = hit
    return list(best.values())


def _uncovered(question: Question, pack: EvidencePack, similarity: float | None) -> Gap | None:
    """Whether the pack speaks of nothing that was asked about."""
    reading = question.reading
    if not pack.items:
        return Gap("no_evidence", ", ".join(sorted(reading.names)))
    names = frozenset(name for item in pack.items for name in item.reading.names)
    missing = sorted(name for name in reading.names if not covers(name, names))
    if missing and len(missing) == len(reading.names):
        return Gap("no_evidence", ", ".join(missing))
    readings = [item.reading for item in pack.items]
    if question.measures and not any(
        speaks_of(m, reading) for m in question.measures for reading in readings
    ):
        return Gap("no_evidence", ", ".join(sorted(question.measures)))
    if not reading.names and (similarity or 0.0) < _NEAR:
        return Gap("out_of_scope", "")
    return None


def _readability(question: Question, hit: Hit) -> float:
    if hit.passage.language == question.language:
        return 1.0
    return _READING.get((question.language, hit.passage.language), _FOREIGN)


def _adds(passage: Passage, names: set[str], terms: set[str]) -> float:
    """The share of what is still asked for that the passage brings."""
    reading = read(passage.text)
    got = [covers(name, reading.names) for name in names] + [
        covers_term(term, reading.terms) for term in terms
    ]
    return sum(got) / len(got) if got else 0.0


def _same(one: Passage, other: Passage) -> bool:
    """Whether two passages are one statement in two languages: same briefing, same figures, same names."""
    if one.language == other.language or one.document.rpartition(".")[0] != other.document.rpartition(".")[0]:
        return False
    left, right = read(one.text), read(other.text)
    if not left.quantities or not right.quantities:
        return left.names == right.names
    few, many = sorted((left.quantities, right.quantities), key=len)
    return all(any(quantities.agree(q, p) for p in many) for q in few)
