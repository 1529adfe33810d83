"""Chooses among checked claims: which speak of what was asked, what is still unspoken, and when a source speaks for itself.

Exact reading only; knows claims, the question and the pack, and asks no model.
"""

from __future__ import annotations

from collections.abc import Sequence

from heiso.agents.answer import Claim
from heiso.agents.checks import check, verdict
from heiso.agents.conflicts import best_sentence
from heiso.agents.pack import Evidence, EvidencePack, Sentence
from heiso.agents.question import Question, covers, covers_term, speaks_of
from heiso.corpus import quantities
from heiso.corpus.reading import Reading, read
from heiso.retrieval.tokens import content_words

__all__ = ["answers", "merge", "on_topic", "quoted", "same_statement", "unspoken", "unused"]

_THINGS = frozenset({"company", "model", "chip"})
_CLEARLY_FEWER = 0.65


def merge(before: Sequence[Claim], new: Sequence[Claim]) -> tuple[Claim, ...]:
    """Claims that hold, each statement once, in the order they came."""
    merged = list(before)
    for claim in new:
        if not any(same_statement(claim.text, held.text) for held in merged):
            merged.append(claim)
    return tuple(merged)


def on_topic(question: Question, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims that speak of what was asked; all of them when none does so outright.

    Among them, those that share clearly fewer words with the question than the one that shares most are left out.
    """
    speaking = [claim for claim in claims if _speaks(question, read(claim.text))] or list(claims)
    asked = content_words(question.text)
    shared = {claim.text: len(asked & content_words(claim.text)) for claim in speaking}
    most = max(shared.values(), default=0)
    return tuple(claim for claim in speaking if shared[claim.text] >= _CLEARLY_FEWER * most)


def unspoken(question: Question, claims: Sequence[Claim]) -> list[str]:
    """What was asked for and no claim states: measures, and models or chips where several were asked about."""
    readings = [read(claim.text) for claim in claims]
    measures = [m for m in question.measures if not any(speaks_of(m, reading) for reading in readings)]
    things = {m.entity.name for m in question.reading.mentions if m.entity.kind in ("model", "chip")}
    names = frozenset(name for reading in readings for name in reading.names)
    unnamed = [name for name in things if not covers(name, names)] if len(things) > 1 else []
    return sorted(measures) + sorted(unnamed)


def quoted(question: Question, pack: EvidencePack, *, measure: str = "") -> Claim | None:
    """The first sentence of the pack that answers by itself, in the source's own words.

    It must be in the question's language, speak of every name and measure that was asked for, and hold the kind of
    thing that was asked for; with `measure`, it need only name that one. A heading may supply the subject only to a
    sentence that names none of its own.
    """
    for item in pack.items:
        if item.passage.language == question.language:
            for sentence in item.sentences:
                if _answers_alone(question, item, sentence, measure):
                    claim = Claim(text=sentence.said, keys=(item.key,), origin="quoted")
                    checks = check(claim, pack, question)
                    if verdict(checks) == "supported":
                        return claim.model_copy(update={"checks": checks, "verdict": "supported"})
    return None


def same_statement(one: str, other: str) -> bool:
    """Whether two claims state the same: equal figures and dates about the same names, or equal words."""
    left, right = read(one), read(other)
    if not left.quantities and not left.dates:
        return one == other
    return (
        left.names == right.names
        and len(left.quantities) == len(right.quantities)
        and all(any(quantities.agree(q, p) for p in right.quantities) for q in left.quantities)
        and {(d.year, d.month, d.day) for d in left.dates} == {(d.year, d.month, d.day) for d in right.dates}
    )


def unused(question: Question, claims: Sequence[Claim], pack: EvidencePack) -> list[Sentence]:
    """For a question that asks how or why: what the nearest passage says of the names asked about, and no claim rests on."""
    if not question.open or not pack.items:
        return []
    item = pack.items[0]
    used = {best_sentence(claim, item).start for claim in claims if item.key in claim.keys}
    return [
        sentence
        for sentence in item.sentences
        if sentence.start not in used
        and any(covers(name, sentence.reading.names) for name in question.reading.names)
    ]


def answers(question: Question, text: str) -> bool:
    """Whether a text holds one of the kinds of thing that the question asks for outright."""
    if not question.wants:
        return True
    here, asked = read(text), question.reading
    held = {
        "figure": any(not any(quantities.agree(q, p) for p in asked.quantities) for q in here.quantities),
        "date": bool(here.dates),
        "name": bool(here.names - asked.names),
    }
    return any(held[want] for want in question.wants)


def _speaks(question: Question, here: Reading) -> bool:
    """Whether a claim's own words are about the subject asked about, and about something asked of it."""
    asked = question.reading
    things = [mention.entity for mention in here.mentions if mention.entity.kind in _THINGS]
    asked_things = {m.entity.name for m in asked.mentions if m.entity.kind in _THINGS}
    if asked_things and things and not any(covers(name, here.names) for name in asked_things):
        return False
    subject = asked_things and things and "name" not in question.wants
    if subject and not _first_is_asked(things[0].name, things[0].maker, asked_things):
        return False
    if not asked.terms or ("date" in question.wants and here.dates):
        return True
    return any(covers_term(t, here.terms) or speaks_of(t, here) for t in asked.terms)


def _first_is_asked(name: str, maker: str, asked: set[str]) -> bool:
    """The first thing that a claim names is its subject: the one asked about, its family or its maker."""
    return name in asked or maker in asked or any(covers(name, frozenset({one})) for one in asked)


def _answers_alone(question: Question, item: Evidence, sentence: Sentence, measure: str) -> bool:
    here, asked = sentence.reading, question.reading
    own = any(mention.entity.kind in _THINGS for mention in here.mentions)
    above = read(" ".join((item.passage.title, *item.passage.heading))).names
    names = here.names if own else here.names | above
    if not all(covers(name, names) for name in asked.names):
        return False
    if measure:
        return covers_term(measure, here.terms)
    return all(speaks_of(one, here) for one in question.measures) and answers(question, sentence.said)
