"""Reads a sentence exactly: which names, terms, figures and dates it holds, and which terms it denies.

Brings the readers of this folder together; knows nothing of questions, claims or evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from heiso.corpus import dates, entities, quantities
from heiso.corpus.dates import Date
from heiso.corpus.entities import Mention
from heiso.corpus.quantities import Quantity

__all__ = ["Reading", "denied", "read"]

# A denial reaches the words near it: in English those after it, in Japanese and Chinese see `_reaches`.
_ENGLISH = re.compile(
    r"\b(?:not|never|no|cannot|nor|neither|without|n['’]t|denied|denies|failed to|fails to|rather than|instead of)\b"
    r"|(?<=\w)n['’]t\b",
    re.IGNORECASE,
)
# Verbs and adjectives in the negative; ないし, なければ and 少なく are none.
_JAPANESE = re.compile(
    r"(?<!少)(?<!危)な(?:い(?!し)|く(?!とも)|かった|ければ(?!な))|(?:ませ|まぬ)ん|ず(?:に|、|。|$)|ておらず|せず|れず|否定|ではなく|でなく|未公開|未発表"
)
_CHINESE = re.compile(r"[不未没無无非否](?!过|過|仅|僅|断|斷|少|同|久|足|论|論|錫|锡|問芯)")
_CLAUSE = re.compile(r"[,、，;；。:：]|\b(?:but|while|and|although|whereas)\b|(?:が、|し、|一方)")
_KANA = re.compile(r"[぀-ヿ]")


@dataclass(frozen=True)
class Reading:
    """What a text holds. `names` are canonical names of entities, `terms` of glossary entries; `denied` of the terms
    that the text denies ("never released": release).
    """

    names: frozenset[str]
    terms: frozenset[str]
    denied: frozenset[str]
    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]
    mentions: tuple[Mention, ...]


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Reads `text`; digits that belong to a name (AIME 2024, Kimi K2) are no figures."""
    mentions = entities.bundled().find(text)
    skip = [(mention.start, mention.end) for mention in mentions]
    terms = entities.glossary().find(text)
    return Reading(
        names=frozenset(mention.entity.name for mention in mentions),
        terms=frozenset(mention.entity.name for mention in terms),
        denied=denied(text, terms),
        quantities=quantities.read_quantities(text, skip=skip),
        dates=dates.read_dates(text, skip=skip),
        mentions=mentions,
    )


def denied(text: str, terms: tuple[Mention, ...]) -> frozenset[str]:
    """The names of the terms that stand in a clause that denies them.

    A clause runs between commas and conjunctions. In English the denial comes before what it denies ("was never
    released"), in Japanese after it (公開されていない), in Chinese before it (没有发布).
    """
    japanese = _KANA.search(text) is not None
    found = set()
    for start, end in _clauses(text):
        clause = text[start:end]
        for match in _denials(clause, japanese):
            at = start + match.start()
            found |= {
                mention.entity.name
                for mention in terms
                if start <= mention.start < end
                and _reaches(at, mention, japanese=_KANA.search(clause) is not None)
            }
    return frozenset(found)


def _reaches(at: int, term: Mention, *, japanese: bool) -> bool:
    return term.start <= at if japanese else term.end > at


def _denials(clause: str, japanese: bool) -> list[re.Match[str]]:
    found = list(_ENGLISH.finditer(clause))
    return found + list((_JAPANESE if japanese else _CHINESE).finditer(clause))


def _clauses(text: str) -> list[tuple[int, int]]:
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    return list(zip(cuts, cuts[1:], strict=False))
