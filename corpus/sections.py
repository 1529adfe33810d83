"""Divides a briefing into its sections and sentences, each with the source marks that it ends in.

Knows headings, sentences and marks; does not know whether a mark resolves or what its source says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from heiso.corpus import sentences
from heiso.corpus.dates import Date
from heiso.corpus.quantities import Quantity
from heiso.corpus.reading import Reading, read
from heiso.corpus.records import Document

__all__ = ["Section", "Sentence", "sections"]

# An hour and 1時間, a week and 1週間, per million tokens: what a price or a pace is counted by.
_MEASURES = {(Decimal(7), "day"), (Decimal(10**6), "token")}
_ARTICLES = ("", "token", "hour", "day", "month", "year")
_SHORT, _AROUND = 5, 8


@dataclass(frozen=True)
class Sentence:
    """A sentence or a heading of a briefing: `document.text[start:start + len(text)] == text`."""

    text: str
    start: int = 0
    marks: tuple[str, ...] = ()

    @property
    def heading(self) -> bool:
        """Whether this is a heading."""
        return self.text.startswith("#")

    @property
    def reading(self) -> Reading:
        """The sentence as read by the exact readers."""
        return read(self.text)

    @property
    def figures(self) -> list[Quantity]:
        """The figures that say something: one thing, one hour or "per million tokens" do not."""
        return [figure for figure in self.reading.quantities if not _says_nothing(figure)]

    def shown(self, item: Quantity | Date) -> str:
        """How a figure or date is written; with its neighbourhood when that is too short to be found by."""
        start, end = item.start, item.end
        if end - start < _SHORT:
            start, end = max(0, start - _AROUND), end + _AROUND
        return " ".join(self.text[start:end].split())


@dataclass(frozen=True)
class Section:
    """A heading, where there is one, and the sentences below it."""

    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        """Where the section begins in the text."""
        return self.sentences[0].start

    @property
    def marks(self) -> tuple[str, ...]:
        """Every source that the section is marked with, each once, in order."""
        return tuple(dict.fromkeys(mark for sentence in self.sentences for mark in sentence.marks))


def sections(document: Document) -> Iterator[Section]:
    """The sections of `document`, between headings of any level."""
    held: list[Sentence] = []
    for sentence in _sentences(document):
        if sentence.heading and held:
            yield Section(tuple(held))
            held = []
        held.append(sentence)
    if held:
        yield Section(tuple(held))


def _sentences(document: Document) -> Iterator[Sentence]:
    """Every sentence and heading; a source mark ends a sentence wherever it stands."""
    text = document.text
    marks: dict[int, list[str]] = defaultdict(list)
    for mark in document.marks:
        marks[mark.offset].append(mark.source)
    for left, right in pairwise(sorted({0, *marks, len(text)})):
        for start, end in sentences.split(text[left:right]):
            yield Sentence(text[left + start : left + end], left + start, tuple(marks.get(left + end, ())))


def _says_nothing(figure: Quantity) -> bool:
    return (figure.value, figure.unit) in _MEASURES or (figure.value == 1 and figure.unit in _ARTICLES)
