"""What the readers of Word and PowerPoint share: namespaces, charts and diagrams, cleaning and joining text.

Knows DrawingML and single elements; knows neither how a Word document is built nor how a slide is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from heiso.corpus import sheets
from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import table

__all__ = [
    "BREAK",
    "NAMES",
    "W",
    "escaped",
    "graphic",
    "joined",
    "left_out_notes",
    "local",
    "no_text",
    "paragraphs",
    "parsed",
    "trimmed",
    "value",
    "without_controls",
]

NAMES = {
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
}
W = f"{{{NAMES['w']}}}"
# A noncharacter that stands where a page begins until the text is put together.
BREAK = "\ufdd0"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CONTROL = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f-\x9f{BREAK}]")
_SPACE = re.compile(r"[ \t\xa0]+")
_ITEM = re.compile(rf"{BREAK}* *(?:- |\d+\. )")
_HASHES = re.compile(r"(?=#{1,6}\s)")


def parsed(xml: bytes) -> Any:
    """The root element of an XML part, whose entities are left as they are."""
    from lxml import etree

    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))


def local(element: Any) -> str:
    """The name of an XML element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def value(element: Any, path: str) -> str:
    """The `w:val` of the WordprocessingML element at `path` below `element`; "" where there is none."""
    found = element.find(path, NAMES)
    return "" if found is None else str(found.get(f"{W}val", ""))


def without_controls(text: str | None) -> str:
    """`text` without control characters other than white space, and without BREAK."""
    return _CONTROL.sub("", text or "")


def trimmed(text: str) -> str:
    """`text` without blank lines and without spaces at the ends of lines."""
    return "\n".join(line for line in (_SPACE.sub(" ", line).strip() for line in text.splitlines()) if line)


def escaped(text: str) -> str:
    """`text` so that a number sign at its start makes no heading."""
    return _HASHES.sub(r"\\", text, count=1) if text.startswith("#") else text


def joined(blocks: Iterable[str]) -> str:
    """Blocks with a blank line between them; the items of a list stand close together."""
    text, before = "", ""
    for block in blocks:
        close = before and _ITEM.match(before) and _ITEM.match(block)
        text += ("\n" if close else "\n\n" if before else "") + block
        before = block
    return text


def paragraphs(parent: Any) -> Iterator[str]:
    """The DrawingML paragraphs below `parent` that hold text."""
    for paragraph in parent.iterfind(".//a:p", NAMES):
        runs = paragraph.iterfind(".//a:t", NAMES)
        if text := trimmed("".join(without_controls(run.text) for run in runs)):
            yield text


def graphic(element: Any, part: Any, left_out: Counter[str]) -> list[str]:
    """The blocks of the chart (`c:chart`) or diagram (`dgm:relIds`) that `element`, in `part`, refers to.

    One without text is counted in `left_out`.

    Raises:
        KeyError, ValueError, lxml.etree.XMLSyntaxError: it refers to nothing, or to something damaged.
    """
    is_chart = local(element) == "chart"
    related = part.rels[element.get(f"{_R}{'id' if is_chart else 'dm'}")].target_part
    root = parsed(related.blob)
    blocks = list(_chart(root) if is_chart else _diagram(root))
    if not blocks:
        left_out["charts" if is_chart else "diagrams"] += 1
    return blocks


def left_out_notes(where: str, left_out: Counter[str]) -> list[str]:
    """Sentences that tell what was left out, for the notes of an Extract."""
    return [f"{where} holds {what} that were left out ({count})." for what, count in sorted(left_out.items())]


def no_text(name: str, left_out: Counter[str]) -> BadDocument:
    """The error over a file without any text, with the reason as far as `left_out` tells it."""
    if left_out["images"]:
        hint = "It holds only images: run OCR over it first."
    elif left_out:
        hint = f"It holds only {' and '.join(sorted(left_out))}."
    else:
        hint = "The file has no content."
    return BadDocument(f"{name} holds no text.", hint=hint)


def _chart(root: Any) -> Iterator[str]:
    """The title of a chart, and its values as tables, one for each set of categories."""
    title = root.find(".//c:chart/c:title", NAMES)
    if title is not None and (text := " ".join(paragraphs(title))):
        yield escaped(text)
    series = []
    for each in root.iterfind(".//c:ser", NAMES):
        values = _points(each, ("c:val", "c:yVal"))
        heads = _points(each, ("c:cat", "c:xVal")) or {at: str(at + 1) for at in values}
        series.append((heads, each.findtext("c:tx//c:v", "", NAMES), values))
    for heads, alike in groupby(series, key=lambda one: one[0]):
        columns = [(name, values) for _, name, values in alike]
        places = sorted({*heads, *(at for _, values in columns for at in values)})
        rows = [[heads.get(at, ""), *(values.get(at, "") for _, values in columns)] for at in places]
        if rows:
            yield table([["", *(name for name, _ in columns)], *rows])


def _points(series: Any, paths: Sequence[str]) -> dict[int, str]:
    """The stored values at the first of `paths`, by their place, as their number format shows them."""
    source = next((found for path in paths if (found := series.find(path, NAMES)) is not None), None)
    if source is None:
        return {}
    points: dict[int, str] = {}
    code = source.findtext(".//c:formatCode", "General", NAMES)
    is_text = source.find(".//c:strCache", NAMES) is not None
    levels = source.findall(".//c:lvl", NAMES)
    for point in (levels[0] if levels else source).iterfind(".//c:pt", NAMES):
        at, value = int(point.get("idx")), point.findtext("c:v", "", NAMES)
        shown = value if is_text or levels else sheets.stored(value, code)
        points[at] = " / ".join([*(_above(level, at) for level in reversed(levels[1:])), shown])
    return points


def _above(level: Any, at: int) -> str:
    """The category of a higher level that the leaf at place `at` belongs to: the last one up to there."""
    points = [point for point in level.iterfind("c:pt", NAMES) if int(point.get("idx")) <= at]
    return points[-1].findtext("c:v", "", NAMES) if points else ""


def _diagram(root: Any) -> Iterator[str]:
    """The texts of a SmartArt diagram, as a list."""
    for point in root.iterfind(".//dgm:pt/dgm:t", NAMES):
        if text := " ".join(paragraphs(point)):
            yield f"- {text}"
