"""Reads a text exactly: which names, terms, figures and dates it holds, and what it affirms or denies of whom.

Brings the readers of this folder together; knows nothing of questions, claims or evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from heiso.corpus import dates, entities, quantities, sentences
from heiso.corpus.dates import Date
from heiso.corpus.entities import Mention
from heiso.corpus.quantities import Quantity

__all__ = ["Reading", "Statement", "read"]

_ENGLISH = re.compile(r"\b(?:not|never|no|cannot|nor|neither|none|without)\b|n['’]t\b", re.IGNORECASE)
# Verbs, nouns and adjectives in the negative; 少ない, ないし and なければならない deny nothing.
_JAPANESE = re.compile(
    r"(?<!少)(?<!危)な(?:い(?!し)|く(?!とも)|かった|ければ(?!な))|ませ[んぬ]|(?:ら|さ|せ|れ|か)ず|否定|ない$"
)
_CHINESE = re.compile(r"[不未没沒無无非否](?!过|過|仅|僅|断|斷|少|同|久|足|论|論|错|錯|问芯)")
# In Japanese only particles and inflection stand between a word and its denial: 公開|されてい|ない, 目標|では|なく.
_BETWEEN = re.compile(r"[ぁ-ん]{0,9}\Z")
_FARTHEST = 60
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
    mentions = entities.bundled().find(text)
    skip = [(mention.start, mention.end) for mention in mentions]
    terms = entities.glossary().find(text)
    return Reading(
        names=frozenset(mention.entity.name for mention in mentions),
        terms=frozenset(mention.entity.name for mention in terms),
        statements=tuple(_statements(text, mentions, terms)),
        quantities=quantities.read_quantities(text, skip=skip),
        dates=dates.read_dates(text, skip=skip),
        mentions=mentions,
    )


def _statements(text: str, mentions: tuple[Mention, ...], terms: tuple[Mention, ...]) -> list[Statement]:
    """One statement for each term of each clause; a clause without a name speaks of those of its sentence."""
    found = []
    for left, right in sentences.split(text):
        whole = _names_in(mentions, left, right)
        for start, end in _clauses(text, left, right):
            here = [term for term in terms if start <= term.start < end]
            denied = _denied(text, start, end, here)
            names = _names_in(mentions, start, end) or whole
            found += [Statement(t.entity.name, t not in denied, names) for t in here]
    return found


def _denied(text: str, start: int, end: int, terms: list[Mention]) -> list[Mention]:
    """The terms of a clause that it denies: in English and Chinese the first after a denial, in Japanese the one before."""
    clause = text[start:end]
    japanese = _KANA.search(clause) is not None
    denied = []
    for match in (_JAPANESE if japanese else _CHINESE).finditer(clause):
        at = start + match.start()
        if japanese:
            denied += [t for t in terms if t.end <= at and _BETWEEN.match(text[t.end : at])][-1:]
        else:
            denied += _first_after(at, terms)
    for match in _ENGLISH.finditer(clause):
        denied += _first_after(start + match.start(), terms)
    return denied


def _first_after(at: int, terms: list[Mention]) -> list[Mention]:
    return [term for term in terms if at <= term.start <= at + _FARTHEST][:1]


def _names_in(mentions: tuple[Mention, ...], start: int, end: int) -> frozenset[str]:
    return frozenset(mention.entity.name for mention in mentions if start <= mention.start < end)


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start, *(match.end() for match in _CLAUSE.finditer(text, start, end)), end]
    return [(left, right) for left, right in zip(cuts, cuts[1:], strict=False) if left < right]
