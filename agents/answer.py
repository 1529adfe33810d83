"""Answers and what they are made of: claims with verdicts, citations, conflicts, traces, usage.

Plain records, made whole by the workflow; the doors render them and the evaluation scores them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heiso.corpus.records import Language

__all__ = [
    "Answer",
    "Check",
    "Citation",
    "Claim",
    "ConflictNote",
    "Reason",
    "Role",
    "Status",
    "Trace",
    "Usage",
    "Verdict",
]

Role = Literal["planner", "analyst", "critic", "judge"]
Status = Literal["answered", "partial", "abstained"]
Reason = Literal["no_evidence", "conflicting_evidence", "stale_evidence", "out_of_scope", "model_refused"]
Verdict = Literal["supported", "contradicted", "unsupported", "unchecked"]
CheckName = Literal[
    "keys",
    "numbers",
    "dates",
    "names",
    "polarity",
    "comparison",
    "attribution",
    "words",
    "measure",
    "quote",
    "language",
    "subject",
    "kind",
    "model",
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Record):
    """One check of a claim. `passed` None means that the check had nothing to say."""

    name: CheckName
    passed: bool | None
    detail: str = ""


class Citation(_Record):
    """Where a claim's support stands: the passage, and in it the sentence that carries the claim.

    `start` and `end` are the characters of `quote` in the document's text; `sources` what that sentence rests on.
    """

    key: str
    document: str
    title: str
    kind: str
    publisher: str
    date: str
    language: Language
    url: str
    heading: tuple[str, ...]
    page: int | None
    passage: str
    quote: str
    start: int
    end: int
    sources: tuple[dict[str, Any], ...] = ()


class Claim(_Record):
    """One checkable statement, the evidence keys it cites, and the verdict with the checks that gave it.

    `origin` tells whose words it is in: the model's, or the source's own ("quoted") where the model's did not hold.
    """

    text: str
    keys: tuple[str, ...]
    verdict: Verdict = "unchecked"
    checks: tuple[Check, ...] = ()
    origin: Literal["model", "quoted"] = "model"


class ConflictNote(_Record):
    """Sources that disagree about something the answer states."""

    about: str
    sides: tuple[str, ...]


class Trace(_Record):
    """The reasoning of one model call. `kind` says what the vendor shows: all of it, a summary, or nothing."""

    role: Role
    kind: Literal["full", "summary", "hidden"]
    text: str
    tokens: int | None = None


class Usage(_Record):
    """What one role used. Tokens; seconds of model time; `cost` is None when the price is unknown, never 0 for that."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0
    cost: Decimal | None = None
    currency: str = "USD"

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            seconds=self.seconds + other.seconds,
            cost=cost,
            currency=self.currency,
        )


class Answer(_Record):
    """The whole result of one question.

    `dropped` holds claims that did not hold, with their checks; `unknown_keys` keys that the model made up.
    `timings` are seconds by agent, "total" included; `pack` is the fingerprint of the evidence, `corpus` of the index.
    """

    question: str
    language: Language
    status: Status
    reason: Reason | None = None
    explanation: str = ""
    text: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    conflicts: tuple[ConflictNote, ...] = ()
    dropped: tuple[Claim, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()
    usage: dict[Role, Usage] = Field(default_factory=dict)
    timings: dict[str, float] = Field(default_factory=dict)
    models: dict[Role, str] = Field(default_factory=dict)
    rounds: int = 0
    pack: str = ""
    corpus: str = ""
    as_of: str | None = None
    notes: tuple[str, ...] = ()
