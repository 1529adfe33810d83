"""The critic: exact checks first, then its model, one independent question about each claim; and what happens next.

A small model's opinion never overrules an exact check: it decides only where code found nothing to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from heiso.agents import prompts
from heiso.agents.answer import Check, Claim, Verdict
from heiso.agents.checks import check, verdict
from heiso.agents.conflicts import missing_sides
from heiso.agents.events import Critiqued, Next, Started, Thinking
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question, covers, speaks_of
from heiso.agents.state import Deps, State, clock
from heiso.corpus import quantities
from heiso.corpus.errors import RunError
from heiso.corpus.reading import read

__all__ = ["Opinion", "critique", "judge", "quoted", "same_statement"]


class Opinion(BaseModel):
    """The fixed grammar of the critic's model."""

    verdict: Literal["yes", "no"]


def critique(state: State, deps: Deps) -> State:
    """Gives each claim of the draft its verdict, keeps those that hold, and chooses the next step."""
    update: State = {}
    with clock(update, "critique"):  # type: ignore[arg-type]
        question, pack = state["question"], state["pack"]
        deps.emit(Started("critique", deps.models.name("critic")))
        judged = [judge(claim, pack, question) for claim in state["draft"]]
        judged = [_with_opinion(claim, question, pack, deps, update) for claim in judged]
        before = state.get("kept", ())
        kept = _merge(before, [claim for claim in judged if claim.verdict == "supported"])
        failed = tuple(claim for claim in judged if claim.verdict != "supported")
        faults = _faults(failed, kept, pack, question)
        gained = len(kept) > len(before)
        step = _next(state, deps, kept=bool(kept), gained=gained, faults=bool(faults))
        if step == "finish" and not kept:
            step = "abstain"
        if step in ("finish", "abstain"):
            kept = kept or quoted(question, pack)
            step = "finish" if kept else "abstain"
        update |= {
            "draft": tuple(judged),
            "kept": kept,
            "dropped": failed,
            "faults": faults,
            "next": step,
            "reason": "no_evidence" if step == "abstain" else None,
        }
        deps.emit(Critiqued(tuple(judged), step, update["reason"]))
    return update


def judge(claim: Claim, pack: EvidencePack, question: Question) -> Claim:
    """The claim with its exact checks and the verdict that they give.

    A claim that fails under the key it cites, and passes whole under another of the pack, is given that key: a model
    often says the right thing of the wrong passage. A check of the result tells so.
    """
    checked = claim.model_copy(update={"checks": check(claim, pack, question)})
    checked = checked.model_copy(update={"verdict": verdict(checked.checks)})
    if checked.verdict == "supported" or checked.verdict == "contradicted":
        return checked
    for key in pack.keys:
        moved = claim.model_copy(update={"keys": (key,)})
        checks = check(moved, pack, question)
        if verdict(checks) == "supported" and _carries(moved, checks):
            note = Check(name="keys", passed=True, detail=f"{', '.join(claim.keys) or 'no key'} -> {key}")
            return moved.model_copy(update={"checks": (note, *checks[1:]), "verdict": "supported"})
    return checked


def quoted(question: Question, pack: EvidencePack) -> tuple[Claim, ...]:
    """The first sentence of the pack that answers by itself, in the source's own words; none when none does.

    It must be in the question's language, speak of every name and of a measure that was asked for, and hold the kind
    of thing that was asked for.
    """
    asked = question.reading
    for item in pack.items:
        if item.passage.language != question.language:
            continue
        for sentence in item.sentences:
            here = sentence.reading
            names = here.names | read(" ".join((item.passage.title, *item.passage.heading))).names
            claim = Claim(text=sentence.text, keys=(item.key,), origin="quoted")
            if not all(covers(name, names) for name in asked.names) or not _answers(question, sentence.text):
                continue
            if not all(speaks_of(measure, here) for measure in question.measures):
                continue
            checks = check(claim, pack, question)
            if verdict(checks) == "supported":
                return (claim.model_copy(update={"checks": checks, "verdict": "supported"}),)
    return ()


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


def _with_opinion(claim: Claim, question: Question, pack: EvidencePack, deps: Deps, update: State) -> Claim:
    """Adds the critic model's opinion of a claim that no exact check refuted."""
    if claim.verdict not in ("supported", "unchecked"):
        return claim

    def on_token(text: str, reasoning: bool) -> None:
        deps.emit(Thinking("critic", text, reasoning))

    try:
        said = deps.models.ask(
            "critic", prompts.critique(question, pack, claim), Opinion, on_token, deps.seconds_left()
        )
    except RunError as error:
        update["notes"] = (*update.get("notes", ()), f"The critic's model gave no opinion ({error.message}).")
        opinion = Check(name="model", passed=None, detail="no opinion")
    else:
        assert isinstance(said.parsed, Opinion)
        spent = update.get("usage", {}).get("critic")
        update["usage"] = {"critic": said.usage if spent is None else spent + said.usage}
        update["traces"] = (*update.get("traces", ()), *((said.trace,) if said.trace else ()))
        opinion = Check(name="model", passed=said.parsed.verdict == "yes")
    decided: Verdict = claim.verdict
    if decided == "unchecked" and opinion.passed is not None:
        decided = "supported" if opinion.passed else "unsupported"
    return claim.model_copy(update={"checks": (*claim.checks, opinion), "verdict": decided})


def _faults(
    failed: Sequence[Claim], kept: Sequence[Claim], pack: EvidencePack, question: Question
) -> tuple[str, ...]:
    """What the analyst is told: every failed check, sides of a disagreement left out, a kind of thing not given."""
    told = [
        prompts.fault(one.name, claim=claim.text, detail=one.detail, language=question.language)
        for claim in failed
        for one in claim.checks
        if one.passed is False
    ]
    told += [
        prompts.fault("conflict", claim="", detail=detail, language=question.language)
        for detail in missing_sides(kept, pack)
    ]
    if kept and (missing := _unspoken(question, kept)):
        told.append(prompts.fault("missing", claim="", detail=", ".join(missing), language=question.language))
    if kept and not any(_answers(question, claim.text) for claim in kept):
        wanted = ", ".join(sorted(question.wants))
        told.append(prompts.fault("kind", claim=kept[0].text, detail=wanted, language=question.language))
    return tuple(dict.fromkeys(told))


def _unspoken(question: Question, kept: Sequence[Claim]) -> list[str]:
    """What was asked for and no claim states: measures, and models or chips where several were asked about."""
    readings = [read(claim.text) for claim in kept]
    measures = [m for m in question.measures if not any(speaks_of(m, reading) for reading in readings)]
    things = [m.entity.name for m in question.reading.mentions if m.entity.kind in ("model", "chip")]
    names = frozenset(name for reading in readings for name in reading.names)
    unnamed = (
        [name for name in dict.fromkeys(things) if not covers(name, names)] if len(set(things)) > 1 else []
    )
    return [*sorted(measures), *unnamed]


def _next(state: State, deps: Deps, *, kept: bool, gained: bool, faults: bool) -> Next:
    """Finish when nothing is left to mend; a round that improved nothing ends the loop."""
    rounds = state.get("rounds", 0)
    first = rounds <= 1
    if not faults:
        return "finish"
    if rounds <= deps.rounds and (first or gained):
        return "revise"
    if not kept and not state.get("widened", False) and deps.rounds:
        return "retrieve"
    return "finish"


def _merge(before: Sequence[Claim], new: Sequence[Claim]) -> tuple[Claim, ...]:
    """Claims that hold, each statement once; the fuller wording wins."""
    merged = list(before)
    for claim in new:
        if not any(same_statement(claim.text, held.text) for held in merged):
            merged.append(claim)
    return tuple(merged)


def _answers(question: Question, text: str) -> bool:
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


def _carries(claim: Claim, checks: Sequence[Check]) -> bool:
    """Whether enough was found to move a claim to another key: a figure or a date, not names alone."""
    return any(one.passed for one in checks if one.name in ("numbers", "dates"))
