"""Makes files of every kind that a reader is for, with text of the bundled briefings in new order, for measurements.

Knows formats and briefings; the same seed makes the same text. PDF needs reportlab, which `make dev` installs.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from heiso.corpus import bundled, sentences

__all__ = ["Made", "make"]


@dataclass(frozen=True)
class Made:
    """The text of one file: paragraphs of a few sentences, under one title, and the language of both."""

    title: str
    language: str
    paragraphs: tuple[str, ...]


def make(folder: Path, count: int, *, seed: int = 0, kinds: Sequence[str] = ()) -> list[Path]:
    """Writes `count` files into `folder`, one kind after the other (all of them, or those of `kinds`), and names them."""
    writers = {kind: write for kind, write in _WRITERS.items() if not kinds or kind in kinds}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, text in enumerate(_texts(count, seed)):
        kind = list(writers)[number % len(writers)]
        path = folder / f"{number:04d}-{text.language}.{kind}"
        path.write_bytes(writers[kind](text))
        paths.append(path)
    return paths


def _texts(count: int, seed: int) -> Iterator[Made]:
    """Texts that share no paragraph, so that no vector of one serves another."""
    draw = random.Random(seed)
    said: dict[str, list[str]] = {}
    for document in bundled():
        lines = [line for line in document.text.splitlines() if line and not line.startswith("#")]
        said.setdefault(document.language, []).extend(
            line[start:end] for line in lines for start, end in sentences.split(line)
        )
    for number in range(count):
        language = "ja" if number % 2 else "en"
        gap = "" if language == "ja" else " "
        paragraphs = tuple(gap.join(draw.sample(said[language], 3)) for _ in range(draw.randint(4, 12)))
        yield Made(f"{'調査メモ' if language == 'ja' else 'Research note'} {number}", language, paragraphs)


def _markdown(text: Made) -> bytes:
    return "\n\n".join((f"# {text.title}", *text.paragraphs)).encode()


def _plain(text: Made) -> bytes:
    encoding = "shift_jis" if text.language == "ja" else "utf-8"
    return "\r\n\r\n".join((text.title, *text.paragraphs)).encode(encoding, "replace")


def _html(text: Made) -> bytes:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.paragraphs)
    menu = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(8))
    return (
        f"<!doctype html><html lang='{text.language}'><head><meta charset='utf-8'><title>{text.title}</title></head>"
        f"<body><nav><ul>{menu}</ul></nav><article><h1>{text.title}</h1>{body}</article></body></html>"
    ).encode()


def _rows(text: Made) -> list[list[str]]:
    return [["No.", "Note"], *([str(n), paragraph] for n, paragraph in enumerate(text.paragraphs, 1))]


def _csv(text: Made) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(_rows(text))
    return out.getvalue().encode("utf-8-sig")


def _xlsx(text: Made) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = "Notes"
    for row in _rows(text):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _docx(text: Made) -> bytes:
    import docx

    document, out = docx.Document(), io.BytesIO()
    document.add_heading(text.title, level=1)
    for paragraph in text.paragraphs:
        document.add_paragraph(paragraph)
    document.save(out)
    return out.getvalue()


def _pptx(text: Made) -> bytes:
    from pptx import Presentation

    deck, out = Presentation(), io.BytesIO()
    for paragraph in text.paragraphs:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = text.title
        slide.placeholders[1].text = paragraph
    deck.save(out)
    return out.getvalue()


def _pdf(text: Made) -> bytes:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    japanese = text.language == "ja"
    if japanese:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    font, wrap = ("HeiseiMin-W3", "CJK") if japanese else ("Times-Roman", None)
    style = ParagraphStyle("body", fontName=font, wordWrap=wrap, leading=14, spaceAfter=8)
    head = ParagraphStyle("head", parent=style, fontSize=18, leading=24)
    out = io.BytesIO()
    story = [Paragraph(escape(text.title), head), *(Paragraph(escape(p), style) for p in text.paragraphs)]
    SimpleDocTemplate(out, title=text.title).build(story)
    return out.getvalue()


_WRITERS: dict[str, Callable[[Made], bytes]] = {
    "md": _markdown,
    "txt": _plain,
    "html": _html,
    "csv": _csv,
    "xlsx": _xlsx,
    "docx": _docx,
    "pptx": _pptx,
    "pdf": _pdf,
}
