"""Reads Word documents (docx) as Markdown: headings, lists, tables, notes, text boxes, tracked changes.

Knows WordprocessingML. It lays out no page, and it leaves out headers, footers, comments and the table of
contents; what it cannot take, such as images, it counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from heiso.corpus import ooxml, zips
from heiso.corpus.extract import Extract, table
from heiso.corpus.numbering import Lists
from heiso.corpus.ooxml import BREAK, NAMES, W, local, value

__all__ = ["docx"]

_HEADING = re.compile(r"(?:heading|見出し|标题|標題)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile("title|表題|标题|標題", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目次|目录|目錄)\s*(?:[1-9]|heading|見出し|标题|標題)", re.IGNORECASE)
# What stands around content without changing it; of tracked changes, the accepted side.
_WRAPPERS = frozenset(
    ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo")
)
_SKIPPED = frozenset(
    ("del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr", "instrText", "delText", "rt", "rubyPr")
)
_WRITTEN = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-", "lastRenderedPageBreak": BREAK}
_LEFT_OUT = {
    "pic": "images",
    "imagedata": "images",
    "object": "embedded objects",
    "altChunk": "embedded documents",
    "commentReference": "comments",
    "sym": "symbols of a picture font",
}


def docx(data: bytes, name: str) -> Extract:
    """A Word document: paragraphs, headings, lists and tables in order, notes at the end of their section.

    Tracked changes are taken as accepted, hidden text is left out. The format has no pages; `pages` are those
    of the last layout by Word, and only where the breaks it left in the text are as many as the pages it
    counted.

    Raises:
        BadDocument: damaged, unsafe, encrypted, or without any text.
    """
    zips.check(data, name)
    properties = zips.properties(data, name)
    with zips.reading(name, "Word document"):
        from docx import Document

        word = _Word(Document(BytesIO(data)))
        marked = ooxml.joined(word.read())
    text, pages = _paged(marked)
    if not text:
        raise ooxml.no_text(name, word.left_out)
    return Extract(
        text,
        title=properties.title,
        date=properties.date,
        language=properties.language,
        pages=pages if len(pages) == properties.length > 1 else (),
        notes=tuple(ooxml.left_out_notes("The document", word.left_out)),
    )


class _Word:
    """A walk through a Word document, from its first block to its last."""

    def __init__(self, document: Any) -> None:
        self.left_out: Counter[str] = Counter()
        self._document = document
        self._styles = {
            style.get(f"{W}styleId"): style for style in document.styles.element.iter(f"{W}style")
        }
        default = document.styles.element.find("w:style[@w:type='paragraph'][@w:default='1']", NAMES)
        self._default = "" if default is None else default.get(f"{W}styleId")
        self._lists = Lists(_related(document.part, "/numbering"))
        self._notes = {kind: _related(document.part, f"/{kind}s") for kind in ("footnote", "endnote")}
        self._numbers: dict[tuple[str, str], int] = {}
        # Notes whose section has not ended, breaks that no block has taken yet, text whose paragraph runs on.
        self._pending: list[str] = []
        self._breaks = ""
        self._carried = ""

    def read(self) -> Iterator[str]:
        """The blocks of the document in order."""
        yield from self._blocks(self._document.element.body)
        yield from self._pending
        if self._breaks:
            yield self._breaks

    def _blocks(self, parent: Any, *, plain: bool = False, inner: list[str] | None = None) -> Iterator[str]:
        """The blocks in `parent`; a `plain` one, a cell or a note, has no headings.

        Tables go to `inner`, if given.
        """
        for child in _children(parent):
            tag = local(child)
            if tag == "p":
                yield from self._paragraph(child, plain)
            elif tag == "tbl" and inner is not None:
                inner += self._table(child)
            elif tag == "tbl":
                yield from self._table(child)
            elif tag in _LEFT_OUT:
                self.left_out[_LEFT_OUT[tag]] += 1
        if self._carried:
            carried, self._carried = self._carried, ""
            yield ooxml.escaped(ooxml.trimmed(carried))

    def _paragraph(self, paragraph: Any, plain: bool) -> Iterator[str]:
        chain = self._chain(value(paragraph, "w:pPr/w:pStyle") or self._default)
        if any(_CONTENTS.fullmatch(value(style, "w:name")) for style in chain):
            self.left_out["lines of a table of contents"] += 1
            return
        before, self._pending = self._pending, []
        # The notes and boxes in it have paragraphs of their own, which must not take what is carried.
        carried, self._carried = self._carried, ""
        boxes: list[str] = []
        text = carried + "".join(self._inline(paragraph, boxes))
        if _has(paragraph, "w:pPr/w:rPr/w:del"):
            # Its end was deleted: accepted, it runs on into the next paragraph.
            self._carried, text = text, ""
        text = ooxml.trimmed(text)
        # Breaks at its edges stand between paragraphs, not inside the marks of a heading.
        bare = text.strip(f"{BREAK}\n ")
        first, _, last = text.partition(bare) if bare else (text, "", "")
        self._breaks += BREAK * first.count(BREAK)
        level = 0 if plain else _level(paragraph, chain)
        if level and bare:
            yield from before
            before = []
        self._pending = before + self._pending
        if bare:
            breaks, self._breaks = self._breaks, BREAK * last.count(BREAK)
            yield breaks + self._marked(paragraph, chain, level, bare)
        yield from boxes

    def _marked(self, paragraph: Any, chain: Sequence[Any], level: int, text: str) -> str:
        """`text` with the marks of a heading or a list item before it."""
        label, depth = self._lists.label([paragraph, *chain])
        if level:
            return f"{'#' * level} {label.removeprefix('-')} {text}".replace("\n", " ").replace("  ", " ")
        indent = "   " * depth
        if label == "-" or re.fullmatch(r"\d+[.)．]?", label):
            mark = label if label == "-" else f"{label.rstrip('.)．')}."
            return f"{indent}{mark} " + text.replace("\n", f"\n{indent}   ")
        return ooxml.escaped(f"{label} {text}".lstrip())

    def _inline(self, parent: Any, boxes: list[str]) -> Iterator[str]:
        """The text of a paragraph or a run; what floats beside it goes to `boxes`."""
        for child in _children(parent):
            tag = local(child)
            if tag == "t":
                yield ooxml.without_controls(child.text)
            elif tag in _WRITTEN:
                yield _WRITTEN[tag]
            elif tag == "br":
                yield "\n" if child.get(f"{W}type", "textWrapping") == "textWrapping" else ""
            elif tag in ("footnoteReference", "endnoteReference"):
                yield self._noted(tag.removesuffix("Reference"), child.get(f"{W}id"))
            elif tag == "r" and _is_hidden(child):
                self.left_out["runs of hidden text"] += 1
            elif tag in _LEFT_OUT:
                self.left_out[_LEFT_OUT[tag]] += 1
            elif tag in ("txbxContent", "chart", "relIds"):
                boxes += self._floating(tag, child)
            elif tag not in _SKIPPED:
                yield from self._inline(child, boxes)

    def _floating(self, tag: str, element: Any) -> list[str]:
        if tag == "txbxContent":
            return list(self._blocks(element))
        return ooxml.graphic(element, self._document.part, self.left_out)

    def _noted(self, kind: str, number: str) -> str:
        """The mark of a note; the note itself is held until its section ends."""
        root = self._notes[kind]
        note = None if root is None else root.find(f"w:{kind}[@w:id='{int(number)}']", NAMES)
        if note is None:
            return ""
        if (kind, number) in self._numbers:
            return f"[^{self._numbers[kind, number]}]"
        mark = self._numbers[kind, number] = len(self._numbers) + 1
        held, self._pending = self._pending, []
        text = " ".join(self._blocks(note, plain=True)).replace("\n", " ")
        self._pending = [*held, f"[^{mark}]: {text}", *self._pending]
        return f"[^{mark}]"

    def _table(self, element: Any) -> Iterator[str]:
        rows = [
            [cell for cell in _kind(row, "tc") if not _has(cell, "w:tcPr/w:cellDel")]
            for row in _kind(element, "tr")
            if not _has(row, "w:trPr/w:del")
        ]
        if sum(map(len, rows)) == 1:
            # A box that was drawn as a table.
            yield from self._blocks(next(filter(None, rows))[0])
            return
        inner: list[str] = []
        breaks, self._breaks = self._breaks, ""
        found = table([[text for cell in cells for text in self._cell(cell, inner)] for cells in rows])
        if found:
            yield breaks + found
        else:
            self._breaks = breaks + self._breaks
        yield from inner

    def _cell(self, cell: Any, inner: list[str]) -> Iterator[str]:
        """A cell's text and the blanks of the columns that it spans; tables inside it go to `inner`."""
        yield "" if _is_continued(cell) else "\n".join(self._blocks(cell, plain=True, inner=inner))
        yield from [""] * (int(value(cell, "w:tcPr/w:gridSpan") or 1) - 1)

    def _chain(self, style: str) -> list[Any]:
        """The style of that id and the styles it is based on, the nearest first."""
        chain: dict[str, Any] = {}
        while style in self._styles and style not in chain:
            chain[style] = self._styles[style]
            style = value(chain[style], "w:basedOn")
        return list(chain.values())


def _children(parent: Any) -> Iterator[Any]:
    """The children of an XML element, looking through what only wraps them."""
    for child in parent.iterchildren("{*}*"):
        tag = local(child)
        if tag == "AlternateContent":
            # The same content twice, for newer and for older programs.
            for branch in child[:1]:
                yield from _children(branch)
        elif tag == "sdt" and _has(child, "w:sdtPr/w:showingPlcHdr"):
            continue
        elif tag in _WRAPPERS:
            yield from _children(child)
        else:
            yield child


def _kind(parent: Any, tag: str) -> list[Any]:
    return [child for child in _children(parent) if local(child) == tag]


def _has(element: Any, path: str) -> bool:
    return element.find(path, NAMES) is not None


def _is_hidden(run: Any) -> bool:
    mark = run.find("w:rPr/w:vanish", NAMES)
    return mark is not None and mark.get(f"{W}val", "true") not in ("0", "false", "off")


def _is_continued(cell: Any) -> bool:
    """Whether a cell is merged into the one above it, which holds the text."""
    merge = cell.find("w:tcPr/w:vMerge", NAMES)
    return merge is not None and merge.get(f"{W}val", "continue") == "continue"


def _level(paragraph: Any, chain: Sequence[Any]) -> int:
    """The level of a heading, 1-6; 0 for any other paragraph."""
    for element in (paragraph, *chain):
        outline = value(element, "w:pPr/w:outlineLvl")
        if outline:
            return min(int(outline) + 1, 6) if int(outline) < 9 else 0
        name = value(element, "w:name")
        if match := _HEADING.fullmatch(name):
            return min(int(match[1]), 6)
        if _TITLE.fullmatch(name):
            return 1
    return 0


def _related(part: Any, kind: str) -> Any:
    """The root of the part that stands in that relation to `part`; None where there is none."""
    for relation in part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            return ooxml.parsed(relation.target_part.blob)
    return None


def _paged(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` without the marks of page breaks, and the offsets at which its pages begin."""
    parts = text.split(BREAK)
    offsets = [0]
    for part in parts[:-1]:
        offsets.append(offsets[-1] + len(part))
    whole = "".join(parts).rstrip()
    return whole, tuple(min(offset, len(whole)) for offset in offsets)
