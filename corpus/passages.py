"""Cuts a document into passages along headings, paragraphs and sentences, keeping exact spans.

Knows text only; knows nothing about embedding or search, so the size is a plain argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from heiso.corpus import sentences
from heiso.corpus.records import Document, Passage

__all__ = ["cut"]

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$")
# Weighted length: a CJK character says about as much as 2.5 Latin ones (a 4-bit e5 token count of the briefings).
_CJK_WEIGHT = 2.5
# A sentence shorter than this share of a passage says too little alone: it takes the next one with it.
_SHORT = 0.45


@dataclass(frozen=True)
class _Block:
    """A paragraph and the headings above it; `section` tells sections of equal headings apart."""

    start: int
    end: int
    heading: tuple[str, ...]
    section: int


def cut(document: Document, *, size: int = 240) -> tuple[Passage, ...]:
    """Cuts `document` into passages of at most about `size` weighted characters.

    A passage never crosses a heading; a paragraph longer than `size` is cut between sentences; short paragraphs of
    one section are joined. A sentence longer than `size` stays whole, and one much shorter does
    not stand alone.
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
            heading=block.heading,
        )
        for block in _join(document.text, spans, size)
    )


def weight(text: str) -> float:
    """The length of `text` in Latin characters' worth."""
    wide = sum(1 for char in text if ord(char) >= 0x2E80)
    return len(text) + wide * (_CJK_WEIGHT - 1)


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs, split by blank lines and headings, in order."""
    path: list[tuple[int, str]] = []
    start = end = -1
    offset = section = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        match = _HEADING.match(bare)
        if (match or not bare) and start >= 0:
            yield _Block(start, end, _titles(path), section)
            start = -1
        if match:
            path = [above for above in path if above[0] < len(match[1])] + [(len(match[1]), match[2])]
            section += 1
        elif bare:
            lead = len(line) - len(line.lstrip())
            start = offset + lead if start < 0 else start
            end = offset + lead + len(bare)
        offset += len(line)
    if start >= 0:
        yield _Block(start, end, _titles(path), section)


def _titles(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in path)


def _fit(text: str, block: _Block, size: int) -> Iterator[_Block]:
    """Cuts a block longer than `size` between sentences."""
    if weight(text[block.start : block.end]) <= size:
        yield block
        return
    start = end = -1
    for left, right in sentences.split(text[block.start : block.end]):
        left, right = left + block.start, right + block.start
        if start >= 0 and weight(text[start:right]) > size and weight(text[start:end]) >= _SHORT * size:
            yield replace(block, start=start, end=end)
            start = -1
        start = left if start < 0 else start
        end = right
    if start >= 0:
        yield replace(block, start=start, end=end)


def _join(text: str, blocks: Iterator[_Block], size: int) -> Iterator[_Block]:
    """Joins neighbours of one section while they fit together."""
    held: _Block | None = None
    for block in blocks:
        if held and held.section == block.section and weight(text[held.start : block.end]) <= size:
            held = replace(held, end=block.end)
            continue
        if held:
            yield held
        held = block
    if held:
        yield held
