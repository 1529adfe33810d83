"""Checks the briefings: every sentence rests on a source, every figure and date stands in its facts, in both languages.

Knows the form of briefings and facts and compares by the exact readers; does not know what a sentence means, so an
untrue sentence whose figures are right passes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from heiso.corpus import arithmetic, briefing, vocabulary
from heiso.corpus.briefing import Briefing
from heiso.corpus.dates import Date, read_dates
from heiso.corpus.entities import Mention
from heiso.corpus.errors import BadDocument
from heiso.corpus.facts import Fact
from heiso.corpus.facts import facts as bundled_facts
from heiso.corpus.quantities import Quantity, agree
from heiso.corpus.reading import read
from heiso.corpus.records import Document, Language, Source
from heiso.corpus.sections import Section, Sentence, sections

__all__ = ["Finding", "check"]

_LANGUAGES: tuple[Language, ...] = ("en", "ja")
_LENGTHS = {"en": (350, 1000, "words"), "ja": (800, 2200, "characters")}
# Counts up to this one are of what a sentence itself lists ("three reasons"); facts do not state them.
_SMALL = 10
_MOST_NAMED = 3
_WEAK = re.compile(
    r"\b(?:weak|unconfirmed|unverified|not (?:been )?confirmed|one source|single source|only source|rumou?r)"
    r"|根拠の弱|未確認|確認され(?:て|ず)|確認でき(?:て|ず|な)|裏付け|噂",
    re.IGNORECASE,
)
_BARRED = {"supply-risk-001": "its only source is a market post that nothing confirms"}


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: `rule` is its kind in a word, `line` is 1-based in the raw file."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class _Holding(NamedTuple):
    """The figures and dates that facts, or a section, state."""

    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]


@dataclass(frozen=True)
class _Page:
    """A briefing file that could be read, and the facts that it may rest on."""

    file: str
    briefing: Briefing
    facts: Mapping[str, Fact]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        return tuple(sections(self.briefing.document))

    @cached_property
    def sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.briefing.document.sources}

    @cached_property
    def derived(self) -> tuple[Quantity, ...]:
        return tuple(figure for entry in self.briefing.derived for figure in read(entry.figure).quantities)

    def facts_of(self, marks: Iterable[str]) -> list[Fact]:
        """The facts of the marked sources, so far as marks and facts resolve."""
        cited = (name for mark in marks if mark in self.sources for name in self.sources[mark].facts)
        return [self.facts[name] for name in cited if name in self.facts]

    def at(self, offset: int, rule: str, message: str) -> Finding:
        return Finding(self.file, self.briefing.line(offset), rule, message)

    def entry(self, rule: str, message: str, *path: str | int) -> Finding:
        return Finding(self.file, self.briefing.line_of(*path), rule, message)


def check(folder: Path | Traversable | None = None, facts: Mapping[str, Fact] | None = None) -> list[Finding]:
    """Checks every briefing of `folder` against `facts`; the bundled ones where none are given.

    Returns:
        The findings in order of file and line; none means that all rules hold.

    Raises:
        BadDocument: the bundled facts cannot be read, or the folder holds no briefing.
    """
    facts = bundled_facts() if facts is None else facts
    found: list[Finding] = []
    topics: dict[str, list[_Page]] = defaultdict(list)
    for file in _files(briefing.folder() if folder is None else folder):
        try:
            page = _Page(file.name, briefing.read(file.read_text(encoding="utf-8"), name=file.name), facts)
        except UnicodeDecodeError:
            found.append(Finding(file.name, 1, "form", "the file is not UTF-8"))
            continue
        except BadDocument as error:
            found.append(Finding(file.name, 1, "form", error.message.removeprefix(f"{file.name}: ")))
            continue
        topics[page.briefing.document.id].append(page)
        found += _page(page)
    for pages in topics.values():
        found += _topic(pages)
    return sorted(set(found))


def _files(folder: Path | Traversable) -> list[Path | Traversable]:
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name
    )
    if not files:
        raise BadDocument(
            f"{folder.name}: the folder holds no briefing.", hint="Briefings end in .en.md, .ja.md."
        )
    return list(files)


# --- one file ----------------------------------------------------------------------------------------------
def _page(page: _Page) -> list[Finding]:
    rules = (
        _marks,
        _sources,
        _conflicts,
        _unmarked,
        _figures,
        _front,
        _derived,
        _entities,
        _section_marks,
        _weak,
        _length,
    )
    return [finding for rule in rules for finding in rule(page)]


def _marks(page: _Page) -> Iterator[Finding]:
    for torn in re.finditer(r"\[\^", page.briefing.document.text):
        yield page.at(torn.start(), "mark", "a source mark is not closed")
    for mark in page.briefing.document.marks:
        if mark.source not in page.sources:
            yield page.at(
                mark.offset, "mark", f"source mark [^{mark.source}] has no entry in the front matter"
            )


def _sources(page: _Page) -> Iterator[Finding]:
    document = page.briefing.document
    if not document.sources:
        yield page.entry("source", "the briefing has no sources", "sources")
    marked = {mark.source for mark in document.marks}
    for i, source in enumerate(document.sources):
        if source is not page.sources[source.id]:
            yield page.entry("source", f"the id {source.id} is used twice", "sources", i)
        if source.id not in marked:
            yield page.entry("source", f"source {source.id} is marked nowhere in the text", "sources", i)
        for j, name in enumerate(source.facts):
            if message := _fault_of_fact(page.facts.get(name), name, source):
                yield page.entry("fact", f"source {source.id}: {message}", "sources", i, "facts", j)


def _fault_of_fact(fact: Fact | None, name: str, source: Source) -> str:
    if fact is None:
        return f"there is no fact {name}"
    if name in _BARRED:
        return f"fact {name} must not be used: {_BARRED[name]}"
    if fact.url != source.url:
        return f"its url is not that of fact {name}, {fact.url or 'which has none'}"
    return ""


def _conflicts(page: _Page) -> Iterator[Finding]:
    for i, conflict in enumerate(page.briefing.document.conflicts):
        for j, side in enumerate(conflict.sides):
            if side.source not in page.sources:
                message = f"conflict {conflict.id} has no source {side.source}"
                yield page.entry("mark", message, "conflicts", i, "sides", j)


def _unmarked(page: _Page) -> Iterator[Finding]:
    for section in page.sections:
        for sentence in section.sentences:
            if sentence.heading or sentence.marks:
                continue
            if claims := _claims(sentence):
                yield page.at(
                    sentence.start, "unmarked", f"no source mark ends the sentence that states {claims}"
                )


def _claims(sentence: Sentence) -> str:
    """What of a sentence needs a source: its first figure, date or name; "" when there is none."""
    reading = sentence.reading
    found: list[Quantity | Date | Mention] = [*reading.quantities, *reading.dates, *reading.mentions]
    start, end = min(((item.start, item.end) for item in found), default=(0, 0))
    return sentence.text[start:end]


def _figures(page: _Page) -> Iterator[Finding]:
    """A figure or date must be in the facts of the marks of its sentence; a heading's in those of its section."""
    for section in page.sections:
        for sentence in section.sentences:
            marks = section.marks if sentence.heading else sentence.marks
            if marks:
                for item, rule, message in _unstated(page, sentence, marks):
                    yield page.at(sentence.start + item.start, rule, message)


def _front(page: _Page) -> Iterator[Finding]:
    """The figures of the title and of the sides of conflicts, which readers see as well."""
    document = page.briefing.document
    for _, rule, message in _unstated(page, Sentence(document.title), tuple(page.sources)):
        yield page.entry(rule, message, "title")
    for i, conflict in enumerate(document.conflicts):
        for j, side in enumerate(conflict.sides):
            for _, rule, message in _unstated(page, Sentence(side.statement), (side.source,)):
                yield page.entry(rule, message, "conflicts", i, "sides", j)


def _unstated(
    page: _Page, sentence: Sentence, marks: tuple[str, ...]
) -> Iterator[tuple[Quantity | Date, str, str]]:
    """The figures and dates that the facts of `marks` do not state, each with its rule and message."""
    held = _holding(page.facts_of(marks))
    cited = ", ".join(f"[^{mark}]" for mark in marks[:_MOST_NAMED]) + (
        " …" if len(marks) > _MOST_NAMED else ""
    )
    for figure in sentence.figures:
        if not _is_small(figure) and not _stated(figure, (*held.quantities, *page.derived)):
            yield figure, "figure", f"{sentence.shown(figure)!r} is in no fact of {cited}"
    for date in sentence.reading.dates:
        if not _dated(date, held.dates):
            yield date, "date", f"{sentence.shown(date)!r} is in no fact of {cited}"


def _holding(facts: Iterable[Fact]) -> _Holding:
    quantities: list[Quantity] = []
    dates: list[Date] = []
    for fact in facts:
        for reading in (read(fact.en), read(fact.ja)):
            quantities += reading.quantities
            dates += reading.dates
        (as_of, *_) = own = read_dates(fact.as_of)
        dates += [replace(date, year=as_of.year) for date in dates if date.year is None]
        dates += [*own, *read_dates(fact.date)]
    return _Holding(tuple(quantities), tuple(dates))


def _stated(figure: Quantity, others: Iterable[Quantity]) -> bool:
    return any(agree(figure, other) for other in others)


def _is_small(figure: Quantity) -> bool:
    return figure.unit == "" and figure.value <= _SMALL and figure.value == int(figure.value)


def _dated(date: Date, others: Iterable[Date]) -> bool:
    """Whether one of `others` states every part of `date`."""
    own = _parts(date)
    return any(
        all(mine in (None, theirs) for mine, theirs in zip(own, _parts(other), strict=True))
        for other in others
    )


def _parts(date: Date) -> tuple[int | None, ...]:
    return date.year, date.month, date.day, date.quarter, date.half


def _derived(page: _Page) -> Iterator[Finding]:
    """A derived figure is what its formula gives, computed from figures that the facts state, and is used."""
    held = _holding(page.facts_of(page.sources)).quantities
    used = [figure for section in page.sections for s in section.sentences for figure in s.reading.quantities]
    for number, entry in enumerate(page.briefing.derived):
        try:
            message = arithmetic.fault(entry.figure, entry.formula, held)
        except BadDocument as error:
            message = error.message
        if not message and not any(_stated(figure, used) for figure in read(entry.figure).quantities):
            message = "the text does not use it"
        if message:
            yield page.entry("derived", f"derived {entry.figure}: {message}", "derived", number)


def _entities(page: _Page) -> Iterator[Finding]:
    document, table = page.briefing.document, vocabulary.entities()
    named = read(document.text).names
    for number, name in enumerate(document.entities):
        if name not in table.entities:
            yield page.entry("entity", f"{name} is not in the table of names", "entities", number)
        elif name not in named:
            yield page.entry("entity", f"{name} is not named in the text", "entities", number)


def _section_marks(page: _Page) -> Iterator[Finding]:
    for section in page.sections:
        if not section.marks:
            yield page.at(section.start, "section", "the section has no source mark")


def _weak(page: _Page) -> Iterator[Finding]:
    """A section that rests on a source of low confidence says so in a sentence that is marked with it."""
    weak = [source.id for source in page.briefing.document.sources if source.confidence == "low"]
    for section in page.sections:
        for name in weak:
            cited = [sentence for sentence in section.sentences if name in sentence.marks]
            if cited and not any(_WEAK.search(sentence.text) for sentence in cited):
                yield page.at(
                    cited[0].start, "weak", f"[^{name}] is of low confidence, and no word here says so"
                )


def _length(page: _Page) -> Iterator[Finding]:
    document = page.briefing.document
    if document.language not in _LENGTHS:
        return
    least, most, unit = _LENGTHS[document.language]
    body = " ".join(s.text for section in page.sections for s in section.sentences if not s.heading)
    length = len(body.split()) if unit == "words" else len(re.sub(r"\s", "", body))
    if not least <= length <= most:
        yield page.at(0, "length", f"{length:,} {unit}, not {least} to {most:,}")


# --- the two languages of a topic --------------------------------------------------------------------------
def _topic(pages: Sequence[_Page]) -> Iterator[Finding]:
    by_language = {page.briefing.document.language: page for page in pages}
    if len(pages) != len(by_language) or set(by_language) != set(_LANGUAGES):
        languages = ", ".join(sorted(page.briefing.document.language for page in pages))
        yield Finding(
            pages[0].file, 1, "language", f"the topic is there in {languages}, not once in en and ja each"
        )
        return
    en, ja = (by_language[language] for language in _LANGUAGES)
    for key, value in _shared(en.briefing.document).items():
        if value != _shared(ja.briefing.document)[key]:
            yield ja.entry("pair", f"{key}: not as in {en.file}", key)
    if len(en.sections) != len(ja.sections):
        yield ja.at(0, "pair", f"{len(ja.sections)} sections, but {len(en.sections)} in {en.file}")
        return
    for own, other in ((en, ja), (ja, en)):
        for mine, theirs in zip(own.sections, other.sections, strict=True):
            yield from _partners(own, mine, other, theirs)


def _shared(document: Document) -> dict[str, object]:
    """What the front matter of both languages says alike."""
    sources = [(s.id, s.url, s.date, s.kind, s.confidence, s.facts) for s in document.sources]
    conflicts = [(c.id, [side.source for side in c.sides]) for c in document.conflicts]
    return {"date": document.date, "entities": document.entities, "sources": sources, "conflicts": conflicts}


def _partners(own: _Page, mine: Section, other: _Page, theirs: Section) -> Iterator[Finding]:
    """Figures and dates of a section that its counterpart does not state.

    A small count alone is none ("the A800 and the H800" may be "two chips"), but two that differ are.
    """
    figures = [figure for sentence in theirs.sentences for figure in sentence.figures]
    dates = [date for sentence in theirs.sentences for date in sentence.reading.dates]
    here = [figure for sentence in mine.sentences for figure in sentence.figures]
    differ = any(_is_small(figure) and not _stated(figure, here) for figure in figures)
    where = f"has no partner in {other.file}:{other.briefing.line(theirs.start)}"
    for sentence in mine.sentences:
        for figure in sentence.figures:
            if not _stated(figure, figures) and (differ or not _is_small(figure)):
                yield own.at(sentence.start + figure.start, "pair", f"{sentence.shown(figure)!r} {where}")
        for date in sentence.reading.dates:
            if not _dated(date, dates):
                yield own.at(sentence.start + date.start, "pair", f"{sentence.shown(date)!r} {where}")
