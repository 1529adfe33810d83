"""From the lines of the pages of a PDF to Markdown: running headers, paragraphs, lists, headings.

Knows lines in reading order; knows neither pdfium nor where columns are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from heiso.corpus.pdf_lines import Piece
from heiso.corpus.pdf_text import bullet, is_wide, joined, joint, marker, words

__all__ = ["Page", "compose"]

_PAGE_NUMBER = re.compile(r"[\W\d_]*(?:(?:page|p|pp|of|ページ|頁|第|页|共|[ivxlc]+)[\W\d_]*)*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？：:;；…]['\"”’」』）)\]]*\Z")
# The dots of a table of contents.
_LEADERS = re.compile(r"(?:[.…・·]\s?){4,}\s*\S{0,6}\Z")
_FIGURES = re.compile(r"\d{1,9}")
_LONGEST_HEADING = 150


@dataclass(frozen=True)
class Page:
    """The flows of lines of a page, in reading order, and its upper and lower edge."""

    flows: list[list[Piece]]
    top: float = 0.0
    bottom: float = 0.0


@dataclass(slots=True)
class _Paragraph:
    """Lines that belong together; a table makes a paragraph of its own."""

    lines: list[Piece]
    text: str = ""
    level: int = 0

    @property
    def marker(self) -> str:
        """The bullet or number of a list item that it begins with."""
        return marker(self.lines[0].text)

    @property
    def plain(self) -> bool:
        """Whether it is running text, which may go on in the next column or page."""
        return not (self.level or self.lines[0].table)


@dataclass(frozen=True)
class _Body:
    """What is usual in a document: the size and stress of its text, its heading sizes, its words."""

    size: float
    stress: int
    sizes: tuple[float, ...]
    words: frozenset[str]


@dataclass(frozen=True)
class _Place:
    """A line in the margin of a page, how far it is from the upper edge, and the figures in it."""

    page: int
    height: float
    figures: tuple[int, ...]
    line: Piece


def compose(pages: Sequence[Page]) -> tuple[str, tuple[int, ...]]:
    """The Markdown of all pages, and the offset at which each begins."""
    pages = _without_running_lines(pages)
    body = _body(pages)
    parts: list[str] = []
    offsets: list[int] = []
    length = 0
    last: _Paragraph | None = None
    for page in pages:
        offset = -1
        for paragraph in (p for flow in page.flows for p in _paragraphs(flow, body)):
            text = _markdown(paragraph)
            if not text:
                continue
            between = "\n\n" if parts else ""
            if last and _goes_on(last, paragraph):
                text = paragraph.text
                tail, between = joint(parts[-1], text, body.words)
                length -= len(parts[-1]) - len(tail)
                parts[-1] = tail
            parts += [between, text]
            offset = length + len(between) if offset < 0 else offset
            length += len(between) + len(text)
            last = paragraph
        offsets.append(offset)
    following = length
    for index in reversed(range(len(offsets))):  # a page without text begins where the next one does
        following = offsets[index] = offsets[index] if offsets[index] >= 0 else following
    return "".join(parts), tuple(offsets)


def _without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """Takes repeated headers and footers out, all but the first; page numbers altogether.

    A line counts as repeated only if it stands at the same height of the margin on most pages and its figures
    are the same, or count the pages: a total at the foot of every page stays.
    """
    gone: set[int] = set()
    for key, places in _in_margins(pages).items():
        height = median(place.height for place in places)
        same = [place for place in places if abs(place.height - height) <= 4]
        if len({place.page for place in same}) < max(3, 0.4 * len(pages)) or not _count_pages(same):
            continue
        bare = _PAGE_NUMBER.fullmatch(key.replace("#", "1"))
        gone.update(id(place.line) for place in (same if bare else same[1:]))
    return [
        replace(page, flows=[kept for flow in page.flows if (kept := [p for p in flow if id(p) not in gone])])
        for page in pages
    ]


def _in_margins(pages: Sequence[Page]) -> dict[str, list[_Place]]:
    """The lines in the upper and lower margins, by their text with a sign in place of each figure."""
    found: dict[str, list[_Place]] = defaultdict(list)
    for index, page in enumerate(pages):
        margin = 0.12 * (page.bottom - page.top)
        for line in (line for flow in page.flows for line in flow if not line.table):
            if line.bottom < page.top + margin or line.top > page.bottom - margin:
                figures = tuple(int(figure) for figure in _FIGURES.findall(line.text))
                place = _Place(index, line.base - page.top, figures, line)
                found[_FIGURES.sub("#", line.text)].append(place)
    return found


def _count_pages(places: Sequence[_Place]) -> bool:
    """Whether each figure of a line is the same on all pages, or goes up with them."""
    for figures in zip(*(place.figures for place in places), strict=True):
        steps = {figure - place.page for figure, place in zip(figures, places, strict=True)}
        if len(set(figures)) > 1 and len(steps) > 1:
            return False
    return True


def _body(pages: Sequence[Page]) -> _Body:
    lines = [line for page in pages for flow in page.flows for line in flow if not line.table]
    sizes: Counter[float] = Counter()
    stresses: Counter[int] = Counter()
    for line in lines:
        sizes[_rounded(line.size)] += len(line.text)
        stresses[line.stress] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    larger = sorted({_rounded(line.size) for line in lines if _is_larger(line, size)}, reverse=True)
    whole: set[str] = set()
    hyphen = False
    for line in lines:
        found = words(line.text)
        after, hyphen = hyphen, line.text.endswith("-")
        whole.update(found[after : len(found) - hyphen])  # without the halves of divided words
    return _Body(size, stresses.most_common(1)[0][0] if stresses else 0, tuple(larger), frozenset(whole))


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _is_larger(line: Piece, size: float) -> bool:
    return _rounded(line.size) >= 1.15 * size and _length(line.text) <= _LONGEST_HEADING


def _length(text: str) -> int:
    """Length with a CJK character counted as two."""
    return sum(2 if is_wide(char) else 1 for char in text)


def _paragraphs(flow: Sequence[Piece], body: _Body) -> list[_Paragraph]:
    """The paragraphs, headings, list items and tables of a flow."""
    texts = [line for line in flow if not line.table]
    margins = min((line.x0 for line in texts), default=0.0), max((line.x1 for line in texts), default=0.0)
    steps = [b.base - a.base for a, b in pairwise(texts) if 0 < b.base - a.base < 2.2 * a.size]
    pitch = median(steps) if steps else 0.0
    paragraphs: list[_Paragraph] = []
    for line in flow:
        if paragraphs and not _begins(paragraphs[-1], line, pitch, margins):
            paragraphs[-1].lines.append(line)
        else:
            paragraphs.append(_Paragraph([line]))
    for paragraph in paragraphs:
        paragraph.text = joined((line.text for line in paragraph.lines), body.words)
        paragraph.level = _level(paragraph, body)
    return paragraphs


def _begins(paragraph: _Paragraph, line: Piece, pitch: float, margins: tuple[float, float]) -> bool:
    """Whether `line` begins a new paragraph."""
    last = paragraph.lines[-1]
    if line.table or last.table or line.stress != last.stress:
        return True
    size = max(line.size, last.size)
    step = line.base - last.base
    if abs(line.size - last.size) > 0.12 * size or not 0 < step <= max(1.4 * pitch, 1.35 * size):
        return True
    ended = _SENTENCE_END.search(last.text) is not None
    if bullet(line.text) or (marker(line.text) and (paragraph.marker or ended)):
        return True
    if _LEADERS.search(last.text) or _is_indented(paragraph, line, margins):
        return True
    short = last.x1 - last.x0 < 0.6 * (margins[1] - last.x0)
    return (ended or short) and _left_room(last, line, margins[1])


def _is_indented(paragraph: _Paragraph, line: Piece, margins: tuple[float, float]) -> bool:
    """Whether `line` is set in or out against the line above it as the first line of a paragraph is."""
    last, size, first = paragraph.lines[-1], line.size, len(paragraph.lines) == 1
    indent = (line.x0 - last.x0) / size
    shifted = not (first and paragraph.marker) if indent > 0.8 else indent < -0.8 and not first
    centred = abs(line.x0 + line.x1 - last.x0 - last.x1) < size and all(
        one.x0 - margins[0] > size and margins[1] - one.x1 > size for one in (line, last)
    )
    return shifted and not centred


def _left_room(last: Piece, line: Piece, right: float) -> bool:
    """Whether the first word of `line` would have fitted into the line above it."""
    word = line.text.split(maxsplit=1)[0] if line.text.strip() else ""
    if word and is_wide(word[0]):
        return right - last.x1 > 3 * line.size
    return right - last.x1 > (len(word) + 2) * line.width / max(len(line.text), 1)


def _level(paragraph: _Paragraph, body: _Body) -> int:
    """The heading level of a paragraph, 0 for what is none."""
    line, text = paragraph.lines[0], paragraph.text
    letters = sum(1 for char in text if char.isalpha())
    if line.table or letters < 2 or len(paragraph.lines) > 3 or _length(text) > _LONGEST_HEADING:
        return 0
    if bullet(text) or _LEADERS.search(text):
        return 0
    if _is_larger(line, body.size):
        return min(body.sizes.index(_rounded(line.size)) + 1, 6)
    sentence = _SENTENCE_END.search(text) and not text.endswith(("?", "？", "!", "！"))
    if line.stress > body.stress and line.size > 0.95 * body.size and not sentence and _length(text) <= 100:
        return min(len(body.sizes) + 1, 6)
    return 0


def _goes_on(last: _Paragraph, paragraph: _Paragraph) -> bool:
    """Whether a paragraph of one column or page goes on in the next one."""
    if not (last.plain and paragraph.plain):
        return False
    end, start = last.lines[-1], paragraph.lines[0]
    alike = abs(end.size - start.size) < 0.06 * end.size and end.stress == start.stress
    if not alike or paragraph.marker or _SENTENCE_END.search(last.text) or len(last.lines) < 2:
        return False
    full = end.x1 > max(line.x1 for line in last.lines) - 2 * end.size
    first = paragraph.text[0]
    return (
        full and (first.islower() or is_wide(first) or is_wide(last.text[-1])) and not start.base > end.base
    )


def _markdown(paragraph: _Paragraph) -> str:
    if paragraph.lines[0].table:
        return paragraph.lines[0].table
    text = paragraph.text
    if paragraph.level:
        return f"{'#' * paragraph.level} {text}"
    head = bullet(text)
    if head and head != text:
        return f"- {text.removeprefix(head)}"
    return "\\" + text if re.match(r"#{1,6}\s|\|", text) else text
