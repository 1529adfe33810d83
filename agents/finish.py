"""Makes the Answer out of the final state: text with citations, conflicts, status and reason.

Knows the state and the records; asks no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from heiso.agents.answer import Answer, Citation, Claim, Reason, Role, Status
from heiso.agents.conflicts import best_sentence, touched
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question, covers, speaks_of
from heiso.agents.state import Deps, State
from heiso.agents.wording import LEAD, REASONS, UNCOVERED
from heiso.corpus.reading import read

__all__ = ["finish"]

_ENDINGS = ("。", ".", "！", "!", "？", "?", "」", "”")


def finish(state: State, deps: Deps, *, seconds: float) -> Answer:
    """The whole answer; `seconds` is the wall time of the run."""
    question, pack = state["question"], state.get("pack", EvidencePack())
    claims = state.get("kept", ())
    status, reason, explanation = _status(state, question, claims, pack)
    roles: tuple[Role, ...] = ("planner", "analyst", "critic")
    usage = state.get("usage", {})
    timings = {**state.get("timings", {}), "models": sum(u.seconds for u in usage.values()), "total": seconds}
    return Answer(
        question=question.text,
        language=question.language,
        status=status,
        reason=reason,
        explanation=explanation,
        text=_text(question, claims, pack) if claims else explanation,
        claims=claims,
        citations=tuple(_citation(claim, key, pack) for claim in claims for key in claim.keys),
        conflicts=touched(claims, pack),
        dropped=_once(state.get("dropped", ()), claims),
        unknown_keys=tuple(dict.fromkeys(state.get("unknown_keys", ()))),
        traces=state.get("traces", ()),
        usage=usage,
        timings={name: round(value, 3) for name, value in timings.items()},
        models={role: deps.models.name(role) for role in roles},
        rounds=state.get("rounds", 0),
        pack=pack.fingerprint if pack.items else "",
        corpus=deps.index.fingerprint,
        as_of=deps.as_of,
        notes=state.get("notes", ()),
    )


def _once(dropped: Sequence[Claim], kept: Sequence[Claim]) -> tuple[Claim, ...]:
    """The dropped claims, each text once, without those that a later round put right."""
    said = {claim.text for claim in kept}
    return tuple({claim.text: claim for claim in dropped if claim.text not in said}.values())


def _status(
    state: State, question: Question, claims: Sequence[Claim], pack: EvidencePack
) -> tuple[Status, Reason | None, str]:
    language = question.language
    if not claims:
        reason: Reason = state.get("reason") or "no_evidence"
        about = state.get("explanation", "")
        template = REASONS[reason][language]
        return "abstained", reason, template.format(about=f" ({about})" if about else "")
    missing = _uncovered(question, claims, pack)
    if missing:
        return "partial", "no_evidence", UNCOVERED[language].format(about=", ".join(missing))
    return "answered", None, ""


def _uncovered(question: Question, claims: Sequence[Claim], pack: EvidencePack) -> list[str]:
    """Names and measures that were asked about and that no claim, nor the passage behind it, speaks of."""
    texts = [claim.text for claim in claims]
    texts += [item.passage.searchable for claim in claims for key in claim.keys if (item := pack.get(key))]
    names = frozenset(name for text in texts for name in read(text).names)
    missing = [name for name in question.reading.names if not covers(name, names)]
    return sorted(
        missing + [m for m in question.measures if not any(speaks_of(m, read(text)) for text in texts)]
    )


def _text(question: Question, claims: Sequence[Claim], pack: EvidencePack) -> str:
    between = " " if question.language == "en" else ""
    said = between.join(_cited(claim, question) for claim in claims)
    lead = _lead(question, claims, pack)
    return f"{lead}{between}{said}" if lead else said


def _cited(claim: Claim, question: Question) -> str:
    text = (
        claim.text
        if claim.text.endswith(_ENDINGS)
        else claim.text + ("." if question.language == "en" else "。")
    )
    return text + "".join(f"[{key}]" for key in claim.keys)


def _lead(question: Question, claims: Sequence[Claim], pack: EvidencePack) -> str:
    """Yes or no, where the question asks for it and the evidence affirms or denies just what it asks."""
    if not question.polar:
        return ""
    signs = []
    for claim in claims:
        for item in (pack.get(key) for key in claim.keys):
            if item is not None:
                signs += _signs(question, best_sentence(claim, item).text)
    return LEAD[question.language][signs[0]] if signs and len(set(signs)) == 1 else ""


def _signs(question: Question, sentence: str) -> list[bool]:
    """For each thing the question states of a name: does the sentence, of the same name, say so or the opposite?"""
    return [
        asked.affirmed == said.affirmed
        for asked in question.reading.statements
        for said in read(sentence).statements
        if said.term == asked.term and asked.names & said.names
    ]


def _citation(claim: Claim, key: str, pack: EvidencePack) -> Citation:
    item = pack.get(key)
    assert item is not None, key
    sentence, document = best_sentence(claim, item), item.document
    sources: tuple[dict[str, Any], ...] = tuple(asdict(source) for source in item.sources(sentence))
    return Citation(
        key=key,
        document=document.key,
        title=document.title,
        kind=document.kind,
        publisher=document.publisher,
        date=document.date,
        language=document.language,
        url=document.url,
        heading=item.passage.heading,
        page=item.passage.page,
        passage=item.passage.text,
        quote=sentence.text,
        start=sentence.start,
        end=sentence.end,
        sources=sources,
    )
