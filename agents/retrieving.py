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
from heiso.agents.relevance import scores
from heiso.agents.state import Deps, Plan, State, clock
from heiso.corpus.reading import read
from heiso.corpus.records import Language, Passage
from heiso.retrieval import Hit, Index

__all__ = ["Gap", "choose", "find", "gap", "retrieve"]

_CANDIDATES = 48
# The languages an answer is best written from: Chinese reads Japanese figures and names almost as they are.
_READING: dict[Language, tuple[Language, ...]] = {
    "ja": ("ja", "zh", "en"),
    "en": ("en", "ja", "zh"),
    "zh": ("zh", "ja", "en"),
}
_NEW_COVERAGE = 0.25
_FAR = 0.3
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


def find(question: Question, index: Index, k: int) -> list[Hit]:
    """The `k` passages that the question alone finds: no plan, no model."""
    return choose(question, index.search(question.text, _CANDIDATES), k)


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
    """At most `k` passages to answer from: the best first, each next one also by what it adds; briefings in one language.

    A passage far below the best that names nothing still asked for is left out: it would only lead a small model astray.
    """
    readable = _one_language(question, hits)
    value = scores(question, readable)
    left = {hit.passage.id: hit for hit in readable}
    chosen: list[Hit] = []
    names, terms = set(question.reading.names), set(question.reading.terms)
    while left and len(chosen) < k:
        id_ = max(left, key=lambda i: value[i] + _NEW_COVERAGE * _adds(left[i].passage, names, terms))
        hit = left.pop(id_)
        if (
            chosen
            and value[id_] < value[chosen[0].passage.id] - _FAR
            and not _adds(hit.passage, names, terms)
        ):
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


def _one_language(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """Of a document that was found in several languages, the hits in the one best read for this question."""
    best: dict[str, int] = {}
    rank = {language: at for at, language in enumerate(_READING[question.language])}
    for hit in hits:
        name = _briefing(hit)
        best[name] = min(best.get(name, len(rank)), rank[hit.passage.language])
    return [hit for hit in hits if rank[hit.passage.language] == best[_briefing(hit)]]


def _briefing(hit: Hit) -> str:
    return hit.passage.document.rpartition(".")[0]


def _adds(passage: Passage, names: set[str], terms: set[str]) -> float:
    """The share of what is still asked for that the passage brings."""
    reading = read(passage.text)
    got = [covers(name, reading.names) for name in names] + [
        covers_term(term, reading.terms) for term in terms
    ]
    return sum(got) / len(got) if got else 0.0
