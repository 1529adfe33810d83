"""Reads the characters of a PDF page with pdfminer, several times slower, where pdfium misses some.

Knows pdfminer; knows nothing of lines, and not when it is needed.
"""

from __future__ import annotations

import io
import logging
import math
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from heiso.corpus.pdf_chars import Glyph, Style, stress_of, turned

__all__ = ["FallbackReader"]


class FallbackReader:
    """The pages of a file as pdfminer reads them.

    Raises:
        Exception: whatever pdfminer raises on a damaged file.
    """

    def __init__(self, data: bytes) -> None:
        logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it warns of each oddity
        self._pages = list(PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(data)))))

    def glyphs(self, index: int) -> list[Glyph]:
        """The characters of a page, in the coordinates of pdfium.

        Raises:
            Exception: whatever pdfminer raises on a damaged page.
        """
        page = self._pages[index]
        page.rotate = 0
        manager = PDFResourceManager()
        collector = _Collector(manager, page.mediabox[0], page.mediabox[1])
        PDFPageInterpreter(manager, collector).process_page(page)
        return collector.glyphs


class _Collector(PDFLayoutAnalyzer):
    """Takes the characters as they come, without any layout; `x` and `y` is the corner of the page."""

    def __init__(self, manager: PDFResourceManager, x: float, y: float) -> None:
        super().__init__(manager, laparams=None)
        self.glyphs: list[Glyph] = []
        self._x, self._y = x, y
        self._styles: dict[tuple[Any, ...], Style] = {}
        self._drawn: set[tuple[str, int, int]] = set()

    def render_char(self, matrix: Any, font: Any, fontsize: float, *args: Any) -> float:
        """Takes the character that pdfminer has placed; its advance comes back."""
        advance = super().render_char(matrix, font, fontsize, *args)
        char: Any = self.cur_item._objs[-1]
        a, b, c, d, e, f = matrix
        x, y = self._x, self._y
        turn = 1 if font.is_vertical() else round(-math.atan2(b, a) / (math.pi / 2)) % 4
        base = turned(e + x, f + y, e + x, f + y, turn)[1]
        key = (font.fontname, fontsize, a, b, c, d, base)
        if key not in self._styles:
            size = max(abs(fontsize) * math.hypot(c, d), 1.0)
            self._styles[key] = Style(size, stress_of(str(font.fontname)), turn, base)
        style = self._styles[key]
        text = "\ufffd" if char.get_text().startswith("(cid:") else char.get_text()
        if not self._is_shadow(text, char.x0, char.y0, style.size):
            self.glyphs.append(Glyph(text, char.x0 + x, char.y0 + y, char.x1 + x, char.y1 + y, style))
        return advance

    def _is_shadow(self, text: str, left: float, bottom: float, size: float) -> bool:
        """Whether the same character stands there already (drawn twice to look bold)."""
        column, row = round(10 * left / size), round(10 * bottom / size)
        near = ((text, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if not text.isspace() and any(place in self._drawn for place in near):
            return True
        self._drawn.add((text, column, row))
        return False
