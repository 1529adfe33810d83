"""Cuts a document into passages along headings, paragraphs, table rows and sentences, keeping exact spans.

Knows text only; knows nothing about embedding or search, so the size is a plain argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from heiso.corpus import sentences, tables
from heiso.corpus.records import Document, Passage

__all__ = ["cut"]

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$")
# A longer line is a paragraph that happens to begin like a heading; as a heading it would be in every passage
# below it.
_LONGEST_HEADING = 400
# Weighted length: a CJK character says about as much as 2.5 Latin ones (a 4-bit e5 token count of the briefings).
_CJK_WEIGHT = 2.5
# A sentence shorter than this share of a passage says too little alone: it takes the next one with it.
_SHORT = 0.45
# A sentence longer than this many passages has no stops where it should: it is cut at commas and spaces.
_LONG = 3.5
_COMMA = re.compile(r"[、，；：](?![0-9０-９])|[,;:](?=\s)")
_SPACE = re.compile(r"(?<![0-9０-９])\s|\s(?![0-9０-９])")
_ANY_SPACE = re.compile(r"\s")
_BETWEEN_HAN = re.compile(r"(?<=[\u3041-\u30fa\u4e00-\u9fff])(?=[\u3041-\u30fa\u4e00-\u9fff「（])")
# Between any two signs, but neither inside a number (or a version, a date, a time) nor before a combining
# mark.
_ANYWHERE = re.compile(
    r"(?<=[^\s])(?<![0-9０-９])(?<![0-9０-９][.,．:-])(?=[^\s\u0300-\u036f\u3099\u309a\u200d\ufe00-\ufe0f])"
    r"|(?<=[0-9０-９])(?![.,．:-]?[0-9０-９])(?=[^\s\u0300-\u036f\u3099\u309a\u200d\ufe00-\ufe0f])"
)


@dataclass(frozen=True)
class _Block:
    """A paragraph or table and the headings above it; `section` tells sections of equal headings apart.

    `table` is the head row of the table that a block continues, and "" for any other block.
    """

    start: int
    end: int
    heading: tuple[str, ...]
    section: int
    table: str = ""
    rows: bool = False


def cut(document: Document, *, size: int = 240) -> tuple[Passage, ...]:
    """Cuts `document` into passages of at most about `size` weighted characters.

    A passage never crosses a heading, and a page only where a paragraph does; a paragraph longer than `size`
    is cut between sentences, a table between rows; short paragraphs of one section are joined. A sentence
    longer than `size` stays whole unless it is as long as several passages, and one much shorter does not
    stand alone. A passage that begins inside a table has the head row of the table as the last of its
    headings.
    """
    spans = (span for block in _blocks(document.text) for span in _fit(document.text, block, size))
    return tuple(
        Passage(
            document=document.key,
            language=document.language,
            start=block.start,
            end=block.end,
            text=document.text[block.start : block.end],
            title=document.title,
            heading=(*block.heading, block.table) if block.table else block.heading,
            page=document.page_at(block.start),
        )
        for block in _join(document, spans, size)
    )


def weight(text: str) -> float:
    """The length of `text` in Latin characters' worth."""
    wide = sum(1 for char in text if ord(char) >= 0x2E80)
    return len(text) + wide * (_CJK_WEIGHT - 1)


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs and tables, split by blank lines and headings, in order."""
    path: list[tuple[int, str]] = []
    start = end = -1
    offset = section = 0
    rows = False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        match = _HEADING.match(bare) if len(bare) <= _LONGEST_HEADING else None
        row = tables.is_row(bare)
        if (match or not bare or row != rows) and start >= 0:
            yield _Block(start, end, _titles(path), section, rows=rows)
            start = -1
        if match:
            path = [above for above in path if above[0] < len(match[1])] + [(len(match[1]), match[2])]
            section += 1
        elif bare:
            lead = len(line) - len(line.lstrip())
            start = offset + lead if start < 0 else start
            end = offset + lead + len(bare)
            rows = row
        offset += len(line)
    if start >= 0:
        yield _Block(start, end, _titles(path), section, rows=rows)


def _titles(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in path)


def _fit(text: str, block: _Block, size: int) -> Iterator[_Block]:
    """Cuts a block longer than `size` between sentences, or rows."""
    if weight(text[block.start : block.end]) <= size:
        yield block
    elif block.rows:
        yield from _fit_rows(text, block, size)
    else:
        for start, end in _packed(text, _sentences(text, block, size), size, _SHORT * size):
            yield replace(block, start=start, end=end)


def _fit_rows(text: str, block: _Block, size: int) -> Iterator[_Block]:
    rows = list(_lines(text, block))
    head = text[slice(*rows[0])]
    if len(rows) > 1 and tables.is_rule(text[slice(*rows[1])]):
        # The head alone says nothing: the first row goes with it, however long.
        rows[:3] = [(rows[0][0], rows[:3][-1][1])]
    else:
        head = ""
    for start, end in _packed(text, iter(rows), size, 0):
        yield replace(block, start=start, end=end, table=head if start > block.start else "")


def _lines(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    offset = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        lead = len(line) - len(line.lstrip())
        yield offset + lead, offset + len(line.rstrip())
        offset += len(line)


def _packed(
    text: str, spans: Iterator[tuple[int, int]], size: int, short: float
) -> Iterator[tuple[int, int]]:
    """Neighbouring spans together while they fit; what is lighter than `short` takes the next one in any
    case.
    """
    start = end = -1
    for left, right in spans:
        if start >= 0 and weight(text[start:right]) > size and weight(text[start:end]) >= short:
            yield start, end
            start = -1
        start = left if start < 0 else start
        end = right
    if start >= 0:
        yield start, end


def _sentences(text: str, block: _Block, size: int) -> Iterator[tuple[int, int]]:
    for left, right in sentences.split(text[block.start : block.end]):
        left, right = left + block.start, right + block.start
        if weight(text[left:right]) <= _LONG * size:
            yield left, right
        else:
            yield from _clauses(text, left, right, size)


def _clauses(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Cuts a sentence without stops into stretches of at most `size`, unless a single number is longer."""
    while (reach := _reach(text, start, end, size)) < end:
        stop = _break(text, start, reach, end)
        last = stop
        while text[last - 1].isspace():
            last -= 1
        yield start, last
        start = stop
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _reach(text: str, start: int, end: int, size: int) -> int:
    """How far a stretch from `start` may go; one sign at least."""
    room = float(size)
    for at in range(start, end):
        room -= weight(text[at])
        if room < 0:
            return max(at, start + 1)
    return end


def _break(text: str, start: int, reach: int, end: int) -> int:
    """The last good place for a cut up to `reach`: after a comma, at a space, between two signs; else the
    first one behind.
    """
    half = start + (reach - start) // 2
    for pattern, low in (
        (_COMMA, half),
        (_SPACE, half),
        (_BETWEEN_HAN, half),
        (_ANY_SPACE, half),
        (_ANYWHERE, start + 1),
    ):
        # The patterns look two signs ahead.
        stops = (match.end() for match in pattern.finditer(text, low, min(reach + 2, end)))
        last = max(takewhile(lambda stop: stop <= reach, stops), default=0)
        if last > start:
            return last
    behind = (
        match.end()
        for match in (_ANY_SPACE.search(text, reach, end), _ANYWHERE.search(text, reach, end))
        if match
    )
    return min(behind, default=end)


def _join(document: Document, blocks: Iterator[_Block], size: int) -> Iterator[_Block]:
    """Joins neighbours of one section and page while they fit together."""
    held: _Block | None = None
    for block in blocks:
        if held and _fits(document, held, block, size):
            held = replace(held, end=block.end)
            continue
        if held:
            yield held
        held = block
    if held:
        yield held


def _fits(document: Document, held: _Block, block: _Block, size: int) -> bool:
    if held.section != block.section or document.page_at(held.start) != document.page_at(block.start):
        return False
    return weight(document.text[held.start : block.end]) <= size
