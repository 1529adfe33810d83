"""Reads a question exactly: its language, names, figures, dates, what it asks for, and names that nobody knows.

No model is asked here. Abstention rests on this reading, because a small model's word on what is missing does not hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from heiso.corpus import vocabulary
from heiso.corpus.errors import BadQuestion
from heiso.corpus.language import detect
from heiso.corpus.reading import Reading, read
from heiso.corpus.records import Language
from heiso.corpus.unknown import unknown_names

__all__ = ["LONGEST", "MEASURES_BY_VALUE", "Question", "Want", "covers", "covers_term", "speaks_of"]

Want = Literal["figure", "date", "name"]
LONGEST = 10_000

# A passage may give these by their value alone ("512 H800", "52.5 on AIME 2024", a person's name).
MEASURES_BY_VALUE = frozenset(
    {
        "GPU count",
        "accuracy",
        "chief executive",
        "customers",
        "demand",
        "founder",
        "founding date",
        "headquarters",
        "investor",
        "number of companies",
        "number of models",
        "rank",
        "rating",
        "release date",
        "score",
        "supplier",
        "users",
    }
)

# These a passage may give by a figure of their unit, without their name ("1,509 of 3,755, 40.2%").
_UNITS = {
    "market share": "%",
    "world share": "%",
    "growth rate": "%",
    "gross margin": "%",
    "profit margin": "%",
    "yield": "%",
    "parameters": "parameter",
    "total parameters": "parameter",
    "active parameters": "parameter",
    "context length": "token",
    "output limit": "token",
    "training tokens": "token",
    "token volume": "token",
    "process node": "nm",
    "electricity use": "watt",
}

_FIGURE = re.compile(
    r"\bhow (?:much|many|large|big|long|fast|high)\b|\bwhat (?:was|is|were|are) (?:the|its) (?:price|share|revenue|score)\b"
    r"|いくら|いくつ|何(?:点|社|件|個|人|枚|台|種|%|パーセント|億|万|兆|倍|基|ドル|元|円|トークン)|どれ(?:くらい|ほど|だけ)|どの(?:くらい|程度)"
    r"|総数|多少|多大|几[个個家倍亿]|占比|多长",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|month|date|day)\b|いつ|何年|何月|何日|什么时候|何时|哪一?年|哪一?天|几月",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\bwho(?:m|se)?\b|\bwhich (?:compan|firm|lab|investor)|誰|どの(?:企業|会社)|谁|哪[些家个](?:公司|企业|机构)?",
    re.IGNORECASE,
)
_WH = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how)\b|何|いつ|誰|どこ|どの|どれ|なぜ|いくら|いくつ|どう|どんな|どちら|"
    r"什么|哪|谁|几|多少|多大|如何|怎|为何|何时",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:how (?:did|does|do|has|have|is|was|were)|why|what happened|outcome|result|explain|describe)\b"
    r"|どうな|どのよう|なぜ|結果|理由|説明|背景|结果|如何|怎么|怎样|为什么|为何|原因|說明|说明",
    re.IGNORECASE,
)
_POLAR = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b|か[?？。]?\s*$|吗|嗎|是否|是不是|有没有",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """A question as the exact readers see it.

    Raises:
        BadQuestion: it is blank, longer than `LONGEST` characters, or holds nothing but punctuation.
    """

    text: str
    asked_language: Language | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise BadQuestion(
                "The question is empty.", hint="Ask something, for instance: heiso ask 'Who makes Kimi?'"
            )
        if len(self.text) > LONGEST:
            raise BadQuestion(
                f"The question has {len(self.text):,} characters; at most {LONGEST:,} are read.",
                hint="Shorten it, or bring a long text in as a document.",
            )
        if not any(char.isalnum() for char in self.text):
            raise BadQuestion("The question holds no words.", hint="Ask in Japanese, English or Chinese.")

    @cached_property
    def language(self) -> Language:
        """The language to answer in: the one asked for, or the question's own."""
        return self.asked_language or detect(self.text)

    @cached_property
    def reading(self) -> Reading:
        """Names, terms, figures and dates of the question."""
        return read(self.text)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """What looks like a name or an identifier and is in no table; the corpus may know it all the same."""
        return tuple(name for name, _, _ in unknown_names(self.text, vocabulary.entities()))

    @cached_property
    def wants(self) -> frozenset[Want]:
        """The kinds of thing that the question asks for outright."""
        asked: tuple[tuple[Want, re.Pattern[str]], ...] = (
            ("figure", _FIGURE),
            ("date", _DATE),
            ("name", _NAME),
        )
        return frozenset(want for want, pattern in asked if pattern.search(self.text))

    @cached_property
    def polar(self) -> bool:
        """Whether it asks for yes or no."""
        text = self.text.strip()
        return _POLAR.search(text) is not None and _WH.search(text) is None

    @cached_property
    def open(self) -> bool:
        """Whether it asks how or why something went, so that one sentence seldom is the whole answer."""
        return not self.wants and _OPEN.search(self.text) is not None

    @cached_property
    def measures(self) -> frozenset[str]:
        """The measures asked for that evidence must name to speak of them."""
        table = vocabulary.glossary().entities
        return frozenset(
            name
            for name in self.reading.terms
            if table[name].kind == "measure" and name not in MEASURES_BY_VALUE
        )


def covers(asked: str, present: frozenset[str]) -> bool:
    """Whether a text that names `present` speaks of `asked`: by its name, or by something that it makes."""
    if asked in present:
        return True
    table = vocabulary.entities().entities
    return any(
        table[name].maker == asked or name.startswith(f"{asked} ") for name in present if name in table
    )


def covers_term(asked: str, present: frozenset[str]) -> bool:
    """Whether `present` has the term `asked` or a narrower one (training cost for cost)."""
    return any(name == asked or name.endswith(f" {asked}") for name in present)


def speaks_of(measure: str, reading: Reading) -> bool:
    """Whether a text gives a measure: by its name, a narrower one, or a figure of the unit that only it has here."""
    unit = _UNITS.get(measure)
    return covers_term(measure, reading.terms) or any(q.unit == unit for q in reading.quantities)
