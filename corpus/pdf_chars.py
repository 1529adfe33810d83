"""The characters of a PDF page, placed as a reader who has turned the page upright sees them.

Knows what pdfium reports of characters and fonts; knows neither lines nor words.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from heiso.corpus.errors import BadDocument
from heiso.corpus.pdf_text import UNSEEN, is_wide

__all__ = ["Box", "Char", "Glyph", "PdfiumGlyphs", "Style", "characters", "stress_of", "turned"]

# No honest page comes near this; a file made to exhaust the memory does.
_MOST_CHARACTERS = 2_000_000
# Bullets of the Symbol and Wingdings fonts, which have no Unicode of their own.
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "•", 0xF0D8: "•", 0xF076: "•", 0xF06E: "•", 0xF0FC: "✓"}
_BOLD = re.compile(r"bold|black|heavy|demi|[-_]?W[6-9]\b", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
_GOTHIC = re.compile(r"gothic|kakugo|simhei|heiti", re.IGNORECASE)

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Style:
    """What the characters of one text object share.

    `stress` is as `stress_of` says; `turn` is the direction in quarter turns; `base` is where the base line
    is, growing downwards for a reader who has turned the page upright.
    """

    size: float
    stress: int
    turn: int
    base: float = 0.0


@dataclass(slots=True)
class Glyph:
    """A character as a library reports it, y growing upwards; `style` is None for spaces that it made up."""

    text: str
    left: float = 0.0
    bottom: float = 0.0
    right: float = 0.0
    top: float = 0.0
    style: Style | None = None


@dataclass(slots=True)
class Char:
    """A character and its box, y growing downwards; `text` has a leading space where a word begins.

    `cell` is the number of the ruled table that it stands in, and of the cell in that one.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    style: Style
    cell: tuple[int, int] | None = None


def stress_of(font: str) -> int:
    """0 for a plain face, 1 for a CJK Gothic (the heading face of a text in Mincho), 2 for a bold one."""
    return 2 if _BOLD.search(font) else 1 if _GOTHIC.search(font) else 0


def turned(left: float, bottom: float, right: float, top: float, turn: int) -> Box:
    """A box of the page as x0, top, x1, bottom seen by a reader who has turned it upright."""
    if turn == 0:
        return left, -top, right, -bottom
    if turn == 1:
        return -top, -right, -bottom, -left
    if turn == 2:
        return -right, bottom, -left, top
    return bottom, left, top, right


def characters(glyphs: Iterable[Glyph], page: Box) -> tuple[list[Char], int]:
    """The characters inside the box `page` in the order of its content, and how many have no meaning."""
    left, bottom, right, top = page
    chars: list[Char] = []
    space, unmapped = "", 0
    for glyph in glyphs:
        text = glyph.text
        if text.isspace():
            space = space if glyph.style is None and space else " " if glyph.style else "\0"
            continue
        if text == "\ufffd" or UNSEEN.match(text):
            unmapped += text != "\u200b"
            continue
        if glyph.right < left or glyph.left > right or glyph.top < bottom or glyph.bottom > top:
            continue  # outside the page: nobody sees it
        # pdfium makes spaces up from gaps, which are no word spaces between CJK characters.
        made_up = space == "\0" and bool(chars) and is_wide(chars[-1].text[-1]) and is_wide(text[0])
        text = f" {text}" if space and not made_up else text
        space = ""
        assert glyph.style is not None
        chars.append(Char(text, glyph.left, glyph.bottom, glyph.right, glyph.top, glyph.style))
    _downwards(chars)
    for char in chars:
        char.x0, char.top, char.x1, char.bottom = turned(
            char.x0, char.top, char.x1, char.bottom, char.style.turn
        )
    return chars, unmapped


def _downwards(chars: Sequence[Char]) -> None:
    """Marks objects of upright characters that run downwards (vertical Japanese) as turned.

    pdfium reports no writing mode, so the way from a character to the next one decides.
    """
    for left, right in pairwise(chars):
        style = right.style
        step = left.top - right.top
        if style is left.style and not style.turn and step > 0.5 * style.size > 2 * abs(right.x0 - left.x0):
            style.turn = 1
            style.base = -(right.x0 + right.x1) / 2


class PdfiumGlyphs:
    """The characters of a page as pdfium reports them; the style of a text object is read once.

    `where` names the page in the error.

    Raises:
        BadDocument: the page holds far more characters than one can show.
    """

    def __init__(self, page: pdfium.PdfPage, where: str) -> None:
        self._page = page
        self._textpage = page.get_textpage()  # held: pdfium closes it with this object
        self._handle = self._textpage.raw
        self._count = self._textpage.count_chars()
        if self._count > _MOST_CHARACTERS:
            raise BadDocument(f"{where} holds {self._count} characters.", hint="Split the page.")
        self._styles: dict[int, Style] = {}
        self._stresses: dict[int, int] = {}

    def __iter__(self) -> Iterator[Glyph]:
        # The plain functions: those of pypdfium2 make several objects for each character.
        handle, box, high = self._handle, raw.FS_RECTF(), 0
        reference = ctypes.byref(box)
        for index in range(self._count):
            code = raw.FPDFText_GetUnicode(handle, index)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code, high = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00, 0
            text = _SYMBOLS.get(code) or chr(code)
            if code == 2 and raw.FPDFText_IsHyphen(handle, index):
                text = "-"
            if text.isspace() and raw.FPDFText_IsGenerated(handle, index):
                if code == 0x20:
                    yield Glyph(text)
                continue
            raw.FPDFText_GetLooseCharBox(handle, index, reference)
            yield Glyph(text, box.left, box.bottom, box.right, box.top, self._style(index))

    def missed(self) -> bool:
        """Whether pdfium passed over text in a font that is neither embedded nor installed.

        To be asked once the others were read. pdfium does not know how large such
        characters are, and takes a short or repeated text of no size for nothing.
        """
        for item in self._page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=1):
            if ctypes.addressof(item.raw.contents) in self._styles:
                continue
            left, bottom, right, top = item.get_bounds()
            if (right - left < 0.01 or top - bottom < 0.01) and not item.get_font().is_embedded:
                return True
        return False

    def _style(self, index: int) -> Style:
        item = raw.FPDFText_GetTextObject(self._handle, index)
        key = ctypes.addressof(item.contents)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._read(index, item)
        return style

    def _read(self, index: int, item: Any) -> Style:
        matrix, x, y = raw.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetMatrix(self._handle, index, matrix)
        raw.FPDFText_GetCharOrigin(self._handle, index, x, y)
        turn = round(raw.FPDFText_GetCharAngle(self._handle, index) / (math.pi / 2)) % 4
        size = raw.FPDFText_GetFontSize(self._handle, index) * math.hypot(matrix.c, matrix.d)
        base = turned(x.value, y.value, x.value, y.value, turn)[1]
        return Style(max(size, 1.0), self._stress(raw.FPDFTextObj_GetFont(item)), turn, base)

    def _stress(self, font: Any) -> int:
        if not font:
            return 0
        key = ctypes.addressof(font.contents)
        if key not in self._stresses:
            bold = raw.FPDFFont_GetFlags(font) & _FORCE_BOLD
            self._stresses[key] = 2 if bold else stress_of(pdfium.PdfFont(font).get_base_name())
        return self._stresses[key]
