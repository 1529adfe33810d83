"""What a run tells while it works: a typed union that the doors and the evaluation consume.

Plain records; knows nothing of how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heiso.agents.answer import Answer, Claim, Reason, Role
from heiso.agents.pack import EvidencePack
from heiso.corpus.records import Language

__all__ = [
    "Answered",
    "Critiqued",
    "Drafted",
    "Event",
    "KeyDropped",
    "Planned",
    "Retrieved",
    "Started",
    "Thinking",
]

Next = Literal["finish", "revise", "retrieve", "abstain"]


@dataclass(frozen=True)
class Started:
    """An agent begins its work."""

    agent: Literal["plan", "retrieve", "reason", "critique"]
    model: str = ""


@dataclass(frozen=True)
class Thinking:
    """A piece of a model's reasoning or reply, as it streams."""

    role: Role
    text: str
    reasoning: bool


@dataclass(frozen=True)
class Planned:
    """What the planner asks for: the parts of the question, the names it found, translations by language."""

    language: Language
    parts: tuple[str, ...]
    names: tuple[str, ...]
    unknown: tuple[str, ...]
    translations: dict[Language, str]


@dataclass(frozen=True)
class Retrieved:
    """The evidence that was found; `similarity` is the best cosine of question and passage."""

    pack: EvidencePack
    similarity: float | None


@dataclass(frozen=True)
class Drafted:
    """The analyst's claims, not checked yet."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class KeyDropped:
    """The model cited a key that was never minted; it is dropped and reported."""

    key: str
    claim: str


@dataclass(frozen=True)
class Critiqued:
    """The critic's verdicts and what happens next."""

    claims: tuple[Claim, ...]
    next: Next
    reason: Reason | None = None


@dataclass(frozen=True)
class Answered:
    """The end of the run."""

    answer: Answer


Event = Started | Thinking | Planned | Retrieved | Drafted | KeyDropped | Critiqued | Answered
