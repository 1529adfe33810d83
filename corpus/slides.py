"""Reads PowerPoint presentations (pptx) as Markdown, a heading for each slide.

Knows shapes, tables, charts, diagrams and the speaker's notes. It leaves out footers, comments and what is
drawn on masters; what it cannot take, such as images, it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from heiso.corpus import ooxml, zips
from heiso.corpus.extract import Extract, table

__all__ = ["pptx"]

_AT_THE_EDGE = frozenset(("DATE", "FOOTER", "HEADER", "SLIDE_NUMBER"))
_LISTED = frozenset(("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT"))


def pptx(data: bytes, name: str) -> Extract:
    """A presentation, one page a slide, its title as heading: text from top to bottom and left to right,
    tables, charts, diagrams, and the speaker's notes under a line "Notes:". Hidden slides are read, and told
    in `notes`.

    Raises:
        BadDocument: damaged, unsafe, encrypted, or without any text.
    """
    zips.check(data, name)
    properties = zips.properties(data, name)
    text, pages, notes = "", [], []
    left_out: Counter[str] = Counter()
    filled = False
    with zips.reading(name, "presentation"):
        from pptx import Presentation

        for at, slide in enumerate(Presentation(BytesIO(data)).slides, 1):
            read = _Slide(slide)
            blocks = list(read.blocks())
            text += "\n\n" if text else ""
            pages.append(len(text))
            text += ooxml.joined([f"## {read.title or f'Slide {at}'}", *blocks])
            if slide.element.get("show") in ("0", "false"):
                notes.append(f"Slide {at} is hidden in the presentation.")
            if read.title or blocks:
                filled = True
            else:
                notes.append(f"Slide {at} holds no text.")
            notes += ooxml.left_out_notes(f"Slide {at}", read.left_out)
            left_out += read.left_out
    if not filled:
        raise ooxml.no_text(name, left_out)
    return Extract(
        text,
        title=properties.title,
        date=properties.date,
        language=properties.language,
        pages=tuple(pages),
        notes=tuple(notes),
    )


class _Slide:
    """A walk over the shapes of a slide."""

    def __init__(self, slide: Any) -> None:
        title = slide.shapes.title
        # A picture may stand in the place of the title.
        texted = title is not None and title.has_text_frame
        self.title = " ".join(_shown(title.text_frame.text).split()) if texted else ""
        self.left_out: Counter[str] = Counter()
        self._slide = slide

    def blocks(self) -> Iterator[str]:
        """What is on the slide below its title, and the notes of the speaker."""
        taken = self._slide.shapes.title.shape_id if self.title else None
        for shape in _ordered(shape for shape in self._slide.shapes if shape.shape_id != taken):
            yield from self._shape(shape)
        # Shapes of newer kinds, which the library passes over; their other branch is for older programs.
        for newer in self._slide.shapes.element.findall("{*}AlternateContent"):
            yield from ooxml.paragraphs(newer[0])
        if self._slide.has_notes_slide:
            frame = self._slide.notes_slide.notes_text_frame
            if frame is not None and (said := list(_frame(frame, listed=False))):
                yield from ["Notes:", *said]
        if any(relation.reltype.endswith("/comments") for relation in self._slide.part.rels.values()):
            self.left_out["comments"] += 1

    def _shape(self, shape: Any) -> Iterator[str]:
        from pptx.shapes.graphfrm import GraphicFrame
        from pptx.shapes.group import GroupShape
        from pptx.shapes.picture import Movie, Picture

        if isinstance(shape, GroupShape):
            for inner in _ordered(shape.shapes):
                yield from self._shape(inner)
        elif isinstance(shape, GraphicFrame):
            yield from self._graphic(shape)
        elif isinstance(shape, Picture | Movie):
            self.left_out["images" if isinstance(shape, Picture) else "recordings"] += 1
        elif shape.has_text_frame and (kind := _placeholder(shape)) not in _AT_THE_EDGE:
            yield from _frame(shape.text_frame, listed=kind in _LISTED)

    def _graphic(self, frame: Any) -> Iterator[str]:
        if frame.has_table:
            found = table([[_merged(cell) for cell in row.cells] for row in frame.table.rows])
            if found:
                yield found
            return
        for path in (".//c:chart", ".//dgm:relIds"):
            element = frame.element.find(path, ooxml.NAMES)
            if element is not None:
                yield from ooxml.graphic(element, self._slide.part, self.left_out)
                return
        self.left_out["embedded objects"] += 1


def _ordered(shapes: Iterable[Any]) -> Iterator[Any]:
    """Shapes from top to bottom, and from left to right those that stand side by side."""
    rows: list[list[Any]] = []
    for shape in sorted(shapes, key=lambda each: each.top or 0):
        first = rows[-1][0] if rows else shape
        reach = min(first.height or 0, shape.height or 0) / 2
        if rows and (shape.top or 0) <= (first.top or 0) + reach:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    for row in rows:
        yield from sorted(row, key=lambda each: each.left or 0)


def _placeholder(shape: Any) -> str:
    return shape.placeholder_format.type.name if shape.is_placeholder else ""


def _frame(frame: Any, *, listed: bool) -> Iterator[str]:
    """The paragraphs of a text frame; in a `listed` one they are list items, as the masters make them."""
    paragraphs = [(paragraph, text) for paragraph in frame.paragraphs if (text := _shown(paragraph.text))]
    counts: dict[int, int] = {}
    for paragraph, text in paragraphs:
        level = paragraph.level
        marks = {ooxml.local(child) for child in paragraph._p.iterfind("a:pPr/*", ooxml.NAMES)}
        counts = {at: count for at, count in counts.items() if at <= level}
        indent = "   " * level
        if "buAutoNum" in marks:
            counts[level] = counts.get(level, 0) + 1
            yield f"{indent}{counts[level]}. {text}".replace("\n", f"\n{indent}   ")
        elif marks & {"buChar", "buBlip"} or (listed and len(paragraphs) > 1 and "buNone" not in marks):
            yield f"{indent}- {text}".replace("\n", f"\n{indent}  ")
        else:
            yield ooxml.escaped(text)


def _merged(cell: Any) -> str:
    return "" if cell.is_spanned else _shown(cell.text)


def _shown(text: str) -> str:
    """The text of a shape, in which the library writes a line break as a vertical tab."""
    return ooxml.trimmed(ooxml.without_controls(text))
