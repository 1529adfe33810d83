"""Recorded disagreements between sources: which of them an answer touches, and which side it leaves out.

Knows claims, sentences and the conflicts that documents record; decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from heiso.agents.answer import Claim, ConflictNote
from heiso.agents.pack import Evidence, EvidencePack, Sentence
from heiso.corpus import quantities
from heiso.corpus.quantities import Quantity
from heiso.corpus.reading import read
from heiso.corpus.records import Conflict

# How the briefings mark a side that is a slip of the pen: it is told, but no answer need state it.
_SLIP = re.compile(r"wrong|garbled|misread|misprint|typo|誤|正しくない", re.IGNORECASE)

__all__ = ["best_sentence", "missing_sides", "touched"]


def best_sentence(claim: Claim, item: Evidence) -> Sentence:
    """The sentence of a passage that carries a claim: most of its figures, dates and names, then the first."""
    here = read(claim.text)

    def shared(sentence: Sentence) -> int:
        there = sentence.reading
        figures = sum(any(quantities.agree(q, p) for p in there.quantities) for q in here.quantities)
        return 4 * figures + len(here.names & there.names) + len(here.terms & there.terms)

    return max(item.sentences, key=shared)


def touched(claims: Sequence[Claim], pack: EvidencePack) -> tuple[ConflictNote, ...]:
    """The conflicts about figures that the claims state, each once."""
    found = {conflict.id: conflict for claim in claims for conflict in _conflicts(claim, pack)}
    return tuple(
        ConflictNote(about=conflict.about, sides=tuple(side.statement for side in conflict.sides))
        for conflict in found.values()
    )


def missing_sides(claims: Sequence[Claim], pack: EvidencePack) -> list[str]:
    """For each conflict that the claims give one side of, and whose other side the pack holds: both sides, as recorded.

    A side that the record marks as a slip of the pen is passed over.
    """
    stated = [quantity for claim in claims for quantity in read(claim.text).quantities]
    held = [quantity for item in pack.items for quantity in item.reading.quantities]
    found: dict[str, str] = {}
    for claim in claims:
        for conflict in _conflicts(claim, pack):
            for side in conflict.sides:
                figures = read(side.statement).quantities
                if _SLIP.search(side.statement):
                    continue
                if figures and _any_agree(figures, held) and not _any_agree(figures, stated):
                    found[conflict.id] = " / ".join(s.statement for s in conflict.sides)
    return list(found.values())


def _conflicts(claim: Claim, pack: EvidencePack) -> list[Conflict]:
    """The conflicts marked at the claim's own sentences, where a side states a figure of the claim."""
    stated = read(claim.text).quantities
    found = []
    for item in (pack.get(key) for key in claim.keys):
        if item is None:
            continue
        for conflict in item.conflicts(best_sentence(claim, item)):
            figures = [q for side in conflict.sides for q in read(side.statement).quantities]
            if _any_agree(figures, stated):
                found.append(conflict)
    return found


def _any_agree(some: Sequence[Quantity], others: Sequence[Quantity]) -> bool:
    return any(quantities.agree(q, p) for q in some for p in others)
