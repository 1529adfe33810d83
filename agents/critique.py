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
from heiso.agents.question import Question
from heiso.agents.selection import answers, merge, on_topic, quoted, unspoken, unused
from heiso.agents.state import Deps, State, clock
from heiso.corpus.errors import RunError

__all__ = ["Opinion", "critique", "judge"]


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
        kept = merge(before, [claim for claim in judged if claim.verdict == "supported"])
        failed = tuple(claim for claim in judged if claim.verdict != "supported")
        faults = _faults(failed, kept, pack, question, first=state.get("rounds", 0) <= 1)
        step = _next(state, deps, kept=bool(kept), gained=len(kept) > len(before), faults=bool(faults))
        if step != "revise":
            kept = _settled(question, kept, pack)
            step = "finish" if kept else step
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
    if checked.verdict == "contradicted":
        return checked
    if checked.verdict == "supported":
        return _pared(checked, pack, question)
    for key in pack.keys:
        moved = claim.model_copy(update={"keys": (key,)})
        checks = check(moved, pack, question)
        if verdict(checks) == "supported" and _carries(checks):
            note = Check(name="keys", passed=True, detail=f"{', '.join(claim.keys) or 'no key'} -> {key}")
            return moved.model_copy(update={"checks": (note, *checks[1:]), "verdict": "supported"})
    return checked


def _pared(claim: Claim, pack: EvidencePack, question: Question) -> Claim:
    """The claim under those of its keys that hold it whole, where one does: a citation is a promise of support."""
    alone = [claim.model_copy(update={"keys": (key,)}) for key in claim.keys] if len(claim.keys) > 1 else []
    checked = [(one.keys[0], check(one, pack, question)) for one in alone]
    holding = [(key, checks) for key, checks in checked if verdict(checks) == "supported"]
    if not holding:
        return claim
    return claim.model_copy(update={"keys": tuple(key for key, _ in holding), "checks": holding[0][1]})


def _settled(question: Question, kept: Sequence[Claim], pack: EvidencePack) -> tuple[Claim, ...]:
    """The claims of the answer: those on the subject, and a source's own sentence where the model's words do not serve.

    That is where no claim rests on the passage nearest to the question and a sentence of it answers by itself, and
    where a measure was asked for that no claim states and a sentence names.
    """
    own = quoted(question, pack)
    first = pack.keys[:1]
    claims = on_topic(question, kept)
    if own is not None and own.keys == first and not any(claim.keys[:1] == first for claim in kept):
        claims = (own, *claims) if unspoken(question, (own,)) else (own,)
    elif not kept and own is not None:
        claims = (own,)
    for measure in unspoken(question, claims) if claims else ():
        more = quoted(question, pack, measure=measure)
        claims = claims if more is None else merge(claims, [more])
    return claims


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
    failed: Sequence[Claim], kept: Sequence[Claim], pack: EvidencePack, question: Question, *, first: bool
) -> tuple[str, ...]:
    """What the analyst is told: failed checks, sides of a disagreement left out, what was asked and is not answered."""
    language = question.language
    told = [
        prompts.fault(one.name, claim=claim.text, detail=one.detail, language=language)
        for claim in failed
        for one in claim.checks
        if one.passed is False
    ]
    # Asked for once: an analyst that left a side out twice will again, and the answer lists the conflict all the same.
    sides = missing_sides(kept, pack) if first else []
    told += [prompts.fault("conflict", claim="", detail=side, language=language) for side in sides]
    if kept and (missing := unspoken(question, kept)):
        told.append(prompts.fault("missing", claim="", detail=", ".join(missing), language=language))
    if kept and not any(answers(question, claim.text) for claim in kept):
        wanted = ", ".join(sorted(question.wants))
        told.append(prompts.fault("kind", claim=kept[0].text, detail=wanted, language=language))
    # Keys only: the words of a document stand in the evidence and nowhere else.
    if kept and unused(question, kept, pack):
        told.append(prompts.fault("more", claim="", detail=pack.keys[0], language=language))
    if told and not any(claim.keys[:1] == pack.keys[:1] for claim in kept):
        told.append(prompts.fault("unused", claim="", detail=pack.keys[0], language=language))
    return tuple(dict.fromkeys(told))


def _next(state: State, deps: Deps, *, kept: bool, gained: bool, faults: bool) -> Next:
    """Finish when nothing is left to mend; a round that improved nothing ends the loop."""
    rounds = state.get("rounds", 0)
    if not faults:
        return "finish" if kept else "abstain"
    if rounds <= deps.rounds and (rounds <= 1 or gained):
        return "revise"
    if kept:
        return "finish"
    return "retrieve" if deps.rounds and not state.get("widened", False) else "abstain"


def _carries(checks: Sequence[Check]) -> bool:
    """Whether enough was found to move a claim to another key: a figure or a date, not names alone."""
    return any(one.passed for one in checks if one.name in ("numbers", "dates"))
