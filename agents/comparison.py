"""Checks the direction of a comparison: who is said to be higher, against the figures that the evidence gives each.

Reads Japanese, English and Chinese comparatives; knows claims and sentences as text only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from heiso.corpus.entities import Mention
from heiso.corpus.reading import read

__all__ = ["Direction", "contradiction", "direction"]

_HIGHER = re.compile(
    r"\b(?:higher|more|above|ahead of|better|larger|bigger|greater|beats?|beating|outperform\w*|exceed\w*|surpass\w*|leads?|led)\b"
    r"|上回|高い|高く|高かっ|超え|勝る|勝っ|リード|優れ|大きい|多い|高于|超过|优于|领先|胜过|强于|大于|多于|更[高大多强]|比[^，。]{1,30}?(?:高|大|多|强)",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"\b(?:lower|less|below|behind|worse|smaller|fewer|trail\w*|cheaper|underperform\w*|falls? short)\b"
    r"|下回|低い|低く|低かっ|劣る|劣っ|及ばな|安い|小さい|少ない|低于|不及|落后|逊于|小于|少于|更[低小少弱]|比[^，。]{1,30}?(?:低|小|少|弱|便宜)",
    re.IGNORECASE,
)
# BよりAが高い, 与B相比，A更高, compared with B, A is higher: the first name is the one compared with.
_THAN_FIRST = re.compile(r"\s*(?:の[^、。]{0,12})?(?:より|(?:に|と)比べ|と比較し|相比)")
_THAN_BEFORE = re.compile(r"\b(?:compared (?:with|to)|than|unlike)\s+(?:the\s+)?\Z", re.IGNORECASE)
# A comparison that is denied says nothing of which is higher.
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|no)\b|n['’]t\b|(?<!少)(?<!及ば)な(?:い|く|かった)|[らか]ず|ません|[没沒未并並]|不(?!及)",
    re.IGNORECASE,
)
# Better means higher only where the figures are scores.
_QUALITY = re.compile(
    r"\b(?:better|worse|beats?|beating|outperform\w*|underperform\w*)\b|優れ|勝|劣|优于|胜过|逊于|强|弱",
    re.IGNORECASE,
)
_THINGS = frozenset({"company", "model", "chip", "product"})


@dataclass(frozen=True)
class Direction:
    """`higher` is said to be above `lower`; both are canonical names."""

    higher: str
    lower: str


def direction(text: str) -> Direction | None:
    """The comparison that a sentence of exactly two things states, or None."""
    things = _things(text)
    if len(things) != 2 or _DENIED.search(text):
        return None
    up, down = _HIGHER.search(text), _LOWER.search(text)
    if bool(up) == bool(down):
        return None
    first, second = things[0].entity.name, things[1].entity.name
    if _THAN_FIRST.match(text, things[0].end) or _THAN_BEFORE.search(text[: things[0].start]):
        first, second = second, first
    return Direction(first, second) if up else Direction(second, first)


def contradiction(claim: str, evidence: Sequence[str]) -> str:
    """What the figures of `evidence` say against the comparison in `claim`; empty when nothing does.

    Only a sentence that gives each of the two things one figure of one unit decides, on a benchmark that the claim
    names if both name one; and none does where another sentence bears the claim out.
    """
    said = direction(claim)
    if said is None:
        return ""
    wrong = ""
    for sentence in evidence:
        values = _values(sentence, scores=_QUALITY.search(claim) is not None)
        if values is None or set(values) != {said.higher, said.lower} or _apart(claim, sentence):
            continue
        if values[said.higher] > values[said.lower]:
            return ""
        if values[said.higher] < values[said.lower]:
            wrong = wrong or f"{said.higher} {values[said.higher]}, {said.lower} {values[said.lower]}"
    return wrong


def _apart(one: str, other: str) -> bool:
    """Whether both name benchmarks, and none that the other names."""
    left, right = _benchmarks(one), _benchmarks(other)
    return bool(left and right) and not left & right


def _benchmarks(text: str) -> frozenset[str]:
    return frozenset(m.entity.name for m in read(text).mentions if m.entity.kind == "benchmark")


def _values(sentence: str, *, scores: bool) -> dict[str, Decimal] | None:
    """The figure of each of two things, where names and figures stand in one order: A 79.8, B 79.2.

    With `scores`, figures of another unit than a score's are left out.
    """
    things = _things(sentence)
    figures = read(sentence).quantities
    if len(things) != 2 or len(figures) != 2 or figures[0].unit != figures[1].unit:
        return None
    if scores and figures[0].unit not in ("", "%"):
        return None
    return {thing.entity.name: figure.value for thing, figure in zip(things, figures, strict=True)}


def _things(text: str) -> list[Mention]:
    """The mentions of things that can be compared, each name once, in order."""
    first: dict[str, Mention] = {}
    for mention in read(text).mentions:
        if mention.entity.kind in _THINGS:
            first.setdefault(mention.entity.name, mention)
    return list(first.values())
