"""The state of one run and what its nodes are given. Plain types; knows nothing of what the nodes do."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from heiso.agents.answer import Claim, Reason, Role, Trace, Usage
from heiso.agents.events import Event, Next
from heiso.agents.models import Models
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question
from heiso.corpus.records import Language
from heiso.retrieval import Index

__all__ = ["Deps", "Plan", "State", "clock"]


@dataclass(frozen=True)
class Plan:
    """What to search for. `translations` by language; `parts` are the sub-questions, the whole one if it has no parts."""

    translations: dict[Language, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deps:
    """What the nodes of one run work with; handed in through the graph's runtime, never a module global."""

    index: Index
    models: Models
    evidence: int
    rounds: int
    as_of: str | None
    deadline: float
    emit: Callable[[Event], None]

    def seconds_left(self) -> float:
        """Seconds until the question's deadline; never less than a little, so that a call fails by itself."""
        return max(self.deadline - time.monotonic(), 0.05)


def _add_usage(left: dict[Role, Usage], right: dict[Role, Usage]) -> dict[Role, Usage]:
    return {**left, **{role: left[role] + usage if role in left else usage for role, usage in right.items()}}


def _add_seconds(left: dict[str, float], right: dict[str, float]) -> dict[str, float]:
    return {**left, **{name: left.get(name, 0.0) + seconds for name, seconds in right.items()}}


class State(TypedDict, total=False):
    """What the nodes pass on. `kept` are claims that hold, `draft` those of the last round with their verdicts."""

    question: Question
    plan: Plan
    pack: EvidencePack
    seen: frozenset[str]
    draft: tuple[Claim, ...]
    kept: tuple[Claim, ...]
    faults: tuple[str, ...]
    rounds: int
    widened: bool
    next: Next
    reason: Reason | None
    explanation: str
    dropped: Annotated[tuple[Claim, ...], operator.add]
    unknown_keys: Annotated[tuple[str, ...], operator.add]
    traces: Annotated[tuple[Trace, ...], operator.add]
    notes: Annotated[tuple[str, ...], operator.add]
    usage: Annotated[dict[Role, Usage], _add_usage]
    timings: Annotated[dict[str, float], _add_seconds]


@contextmanager
def clock(update: dict[str, Any], name: str) -> Iterator[None]:
    """Adds the seconds of the block to the update's timings under `name`."""
    began = time.monotonic()
    try:
        yield
    finally:
        update["timings"] = {name: time.monotonic() - began}
