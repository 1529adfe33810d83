"""Checks whose figure it is: a claim that gives one model the figure that its evidence gives another.

Reads who stands around a figure, in Japanese, English and Chinese; knows claims and sentences as text only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from heiso.corpus import quantities
from heiso.corpus.entities import Mention
from heiso.corpus.quantities import Quantity
from heiso.corpus.reading import read

__all__ = ["misattributed", "owners"]

_IN_TURN = re.compile(r"それぞれ|順に|\brespectively\b|分别|分別|依次", re.IGNORECASE)
# "79.2 for OpenAI o1", "145 kW for the NVIDIA GB200": the owner follows, for certain.
_OWNER_FOLLOWS = re.compile(
    r"(?:/s)?\s*(?:points?\s*)?(?:for|by|from)\s+(?:the\s+|both\s+)?(?:[a-z]+\s+)?(?:[A-Z][\w.]*(?:['’]s)?\s+){0,2}\Z"
)
# What parts a figure from a name that follows it: the name then begins something of its own.
_BREAK = re.compile(
    r"[、,，;；。:：()（）]|\b(?:and|but|while|whereas|vs|versus|against|compared|above|below|than|or)\b",
    re.IGNORECASE,
)
# 44.6 and 85.5, 総6,710億、活性370億: figures of one owner.
_LISTED = re.compile(r"\s*(?:,|、|，|/|・|と|和|and)?\s*\w{0,2}\s*\Z", re.IGNORECASE)
# A figure that relates two things, and so is of neither: K2.6より約30%減, 30% fewer than K2.6.
_RELATES_BEFORE = re.compile(r"(?:より|比)(?:も|約|およそ)*\Z")
_RELATES_AFTER = re.compile(r"\s*(?:fewer|less|more|higher|lower|cheaper|faster|slower|better|worse)\b")
_SHARE_OF = re.compile(r"\s*of\b")
_RELATING_UNITS = frozenset({"x", "point"})
# "in the Kimi k1.5 table", Qwen3の報告: where a figure stands, not whose it is.
_WHERE = re.compile(
    r"(?:['’]s)?[の的\s]*(?:表|報告|報道|報|カード|ページ|报告|页面|tables?\b|reports?\b|cards?\b|pages?\b|papers?\b)"
)
_THINGS = frozenset({"model", "chip"})


def owners(text: str) -> list[tuple[Quantity, frozenset[str]]]:
    """Each figure of a sentence with the models and chips that it may be said of; figures of nobody are left out.

    In a list taken in turn (それぞれ, respectively, 分别) the figures go to the names in their order. A name after "for"
    is the only owner; otherwise every name may be that stands between the figure before and this one, or follows without
    a break. Small counts, multiples, differences and what a price is per are nobody's.
    """
    reading = read(text)
    things = [m for m in reading.mentions if m.entity.kind in _THINGS and not _WHERE.match(text, m.end)]
    ends = {thing.end + 1 for thing in things}
    # Qwen3-8B: the size belongs to the name.
    figures = [q for q in reading.quantities if not (q.start in ends and text[q.start - 1] in "-‐–")]
    if _IN_TURN.search(text):
        names = list(dict.fromkeys(thing.entity.name for thing in things))
        if len(names) != len(figures) or len(names) < 2:
            return []
        return [(figure, frozenset({name})) for figure, name in zip(figures, names, strict=True)]
    found = [
        (figure, _owners(text, at, figures, things))
        for at, figure in enumerate(figures)
        if not _relates(text, figure)
    ]
    return [(figure, names) for figure, names in found if names]


def misattributed(claim: str, evidence: Sequence[str]) -> str:
    """The figure that a claim gives to one and its evidence to others, told in one line; empty when there is none."""
    held = [pair for sentence in evidence for pair in owners(sentence)]
    for figure, names in owners(claim):
        theirs = {owner for other, said in held if quantities.agree(figure, other) for owner in said}
        if theirs and not any(_related(name, owner) for name in names for owner in theirs):
            whose, not_whose = ", ".join(sorted(theirs)), " or ".join(sorted(names))
            return f"{claim[figure.start : figure.end]} is of {whose}, not of {not_whose}"
    return ""


def _relates(text: str, figure: Quantity) -> bool:
    if text.lower().startswith("per ", figure.start):
        return True
    if figure.unit in _RELATING_UNITS or _RELATES_AFTER.match(text, figure.end):
        return True
    if figure.unit == "%" and _SHARE_OF.match(text, figure.end):
        return True
    if _RELATES_BEFORE.search(text[: figure.start]):
        return True
    return figure.unit == "" and figure.value < 10 and "." not in text[figure.start : figure.end]


def _owners(text: str, at: int, figures: Sequence[Quantity], things: Sequence[Mention]) -> frozenset[str]:
    """Who may own the figure at `at`."""
    figure = figures[at]
    limit = figures[at + 1].start if at + 1 < len(figures) else len(text)
    after = [thing for thing in things if figure.end <= thing.start < limit]
    if after and _OWNER_FOLLOWS.match(text[figure.end : after[0].start]):
        return frozenset(thing.entity.name for thing in after)
    found = set()
    if after and not _BREAK.search(text[figure.end : after[0].start]):
        found.add(after[0].entity.name)
    listed = limit < len(text) and not after and _LISTED.match(text[figure.end : limit])
    if listed:
        found |= _owners(text, at + 1, figures, things)
    return frozenset(found | _before(at, figures, things))


def _before(at: int, figures: Sequence[Quantity], things: Sequence[Mention]) -> set[str]:
    """The names between the figure before and this one; where there are none, those before that one, and so on."""
    end = figures[at].start
    for start in [*(figure.end for figure in reversed(figures[:at])), 0]:
        names = {thing.entity.name for thing in things if start <= thing.start and thing.end <= end}
        if names:
            return names
    return set()


def _related(one: str, other: str) -> bool:
    """Kimi and Kimi K2, OpenAI o1 and OpenAI o1-preview: a family and its member may share a figure."""
    return one == other or one.startswith(other) or other.startswith(one)
