"""Reads a text exactly: which names, terms, figures and dates it holds, and what it affirms or denies of whom.

Brings the readers of this folder together; knows nothing of questions, claims or evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from heiso.corpus import dates, quantities, sentences, vocabulary
from heiso.corpus.dates import Date
from heiso.corpus.entities import Mention
from heiso.corpus.quantities import Quantity

__all__ = ["Reading", "Statement", "read"]

_ENGLISH = re.compile(r"\b(?:not|never|no|cannot|nor|neither|none|without)\b|n['’]t\b", re.IGNORECASE)
# Verbs, nouns and adjectives in the negative; 少ない, ないし and なければならない deny nothing.
_JAPANESE = re.compile(
    r"(?<!少)(?<!危)(?<!ばなら)な(?:い(?!し)|く(?!とも)|かった|ければ(?!な))|ませ[んぬ]|(?:ら|さ|せ|れ|か)ず|否定|ない$|未(?=[公発開確完])"
)
_CHINESE = re.compile(r"[不未没沒無无非否](?!过|過|仅|僅|断|斷|少|同|久|足|论|論|错|錯|问芯)")
# In Japanese only particles and inflection stand between a word and its denial: 公開|されてい|ない, 目標|では|なく.
_BETWEEN = re.compile(r"(?:用|向け)?[ぁ-ん]{0,9}\Z")
_FARTHEST, _FARTHEST_CHINESE = 60, 8
# No proof of a claim, not reproduced at launch: what follows these is not itself denied, but in "not for training" it is.
_ELSEWHERE = re.compile(r"\S\s+(?:of|by|at|on|in|to|that|for|than|from|with|about|because|since|until|as)\b")
# No launch page: the term only tells what kind of thing is denied.
_MODIFIES = re.compile(r"\s+(?:pages?|dates?|records?|timelines?|figures?|logs?|costs?)\b")
_CLAUSE = re.compile(r"[,、，;；。]|\b(?:but|while|and|although|whereas)\b|(?:が、|し、|一方)", re.IGNORECASE)
_KANA = re.compile(r"[぀-ヿ]")


@dataclass(frozen=True)
class Statement:
    """A glossary term that a clause affirms or denies, and the names that it does so of."""

    term: str
    affirmed: bool
    names: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """What a text holds. `names` are canonical names of entities, `terms` those of glossary entries."""

    names: frozenset[str]
    terms: frozenset[str]
    statements: tuple[Statement, ...]
    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]
    mentions: tuple[Mention, ...]


@lru_cache(maxsize=8192)
def read(text: str) -> Reading:
    """Reads `text`; digits that belong to a name (AIME 2024, Kimi K2) are no figures."""
    mentions = vocabulary.entities().find(text)
    skip = [(mention.start, mention.end) for mention in mentions]
    terms = vocabulary.glossary().find(text)
    return Reading(
        names=frozenset(mention.entity.name for mention in mentions),
        terms=frozenset(mention.entity.name for mention in terms),
        statements=tuple(_statements(text, mentions, terms)),
        quantities=quantities.read_quantities(text, skip=skip),
        dates=dates.read_dates(text, skip=skip),
        mentions=mentions,
    )


vocabulary.on_change(read.cache_clear)


def _statements(text: str, mentions: tuple[Mention, ...], terms: tuple[Mention, ...]) -> list[Statement]:
    """One statement for each term of each clause; a clause without a name speaks of those of its sentence."""
    found = []
    for left, right in sentences.split(text):
        whole = _names_in(mentions, left, right)
        for start, end in _clauses(text, left, right):
            here = [term for term in terms if start <= term.start < end]
            denied = _denied(text, start, end, here)
            names = _names_in(mentions, start, end) or whole
            # A clause that denies something says nothing certain of its other terms.
            said = here if denied is None else denied
            found += [Statement(t.entity.name, denied is None, names) for t in said]
    return found


def _denied(text: str, start: int, end: int, terms: list[Mention]) -> list[Mention] | None:
    """The terms that a clause denies for certain; None where it denies nothing.

    In English and Chinese that is the first after a denial, in Japanese the one before.
    """
    clause = text[start:end]
    japanese = _KANA.search(clause) is not None
    denials = list((_JAPANESE if japanese else _CHINESE).finditer(clause))
    english = list(_ENGLISH.finditer(clause))
    if not denials and not english:
        return None
    denied = []
    for match in denials:
        at = start + match.start()
        if japanese and match[0] == "未":
            denied += [t for t in terms if t.start == at + 1]
        elif japanese:
            denied += [t for t in terms if t.end <= at and _BETWEEN.match(text[t.end : at])][-1:]
        else:
            equated = match[0] == "非" or text.startswith("是", start + match.end())
            farthest = _FARTHEST if equated else _FARTHEST_CHINESE
            denied += [t for t in terms if at <= t.start <= start + match.end() + farthest][:1]
    for match in english:
        at = start + match.end()
        after = [t for t in terms if at <= t.start <= at + _FARTHEST][:1]
        denied += [
            t for t in after if not _ELSEWHERE.search(text[at : t.start]) and not _MODIFIES.match(text, t.end)
        ]
    return denied


def _names_in(mentions: tuple[Mention, ...], start: int, end: int) -> frozenset[str]:
    return frozenset(mention.entity.name for mention in mentions if start <= mention.start < end)


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start, *(match.end() for match in _CLAUSE.finditer(text, start, end)), end]
    return [(left, right) for left, right in zip(cuts, cuts[1:], strict=False) if left < right]
