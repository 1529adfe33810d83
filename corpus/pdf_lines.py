"""From the characters of a PDF page to stretches of text on its lines.

Knows gaps, base lines and raised figures; knows neither columns nor paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heiso.corpus.pdf_chars import Char
from heiso.corpus.pdf_text import is_wide

__all__ = ["Piece", "append", "row_text", "rows_of", "runs_of", "segments_of"]

# What is further apart than this many em on one line need not be one text (a gutter, a cell).
_GAP = 0.9


@dataclass(slots=True)
class Piece:
    """A stretch of text on one line, or a whole table (`table` is its Markdown), y growing downwards.

    `sizes` and `stresses` are sums over its `count` characters; `cell` is as in `Char`.
    """

    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    text: str = ""
    count: int = 0
    sizes: float = 0.0
    stresses: int = 0
    cell: tuple[int, int] | None = None
    table: str = ""

    @property
    def size(self) -> float:
        """The mean size of its characters."""
        return self.sizes / self.count if self.count else self.bottom - self.top

    @property
    def stress(self) -> int:
        """The stress that (nearly) all of its characters have at least."""
        return int(self.stresses / self.count + 0.05) if self.count else 0

    @property
    def width(self) -> float:
        """How far it reaches along its line."""
        return self.x1 - self.x0


def runs_of(chars: Sequence[Char]) -> list[Piece]:
    """Joins characters that follow each other on a line."""
    runs: list[Piece] = []
    for char in chars:
        style = char.style
        if runs and _follows(char, runs[-1]):
            run = runs[-1]
            run.text += _power(run, char) or _space(run.text, char.text, (char.x0 - run.x1) / style.size)
            run.text += char.text
            run.x1 = max(run.x1, char.x1)
            if style.size > run.size:
                run.base, run.top, run.bottom = style.base, char.top, char.bottom
        else:
            text = char.text.lstrip()
            run = Piece(char.x0, char.top, char.x1, char.bottom, style.base, text, cell=char.cell)
            runs.append(run)
        run.count += 1
        run.sizes += style.size
        run.stresses += style.stress
    return runs


def _follows(char: Char, run: Piece) -> bool:
    size, step = char.style.size, abs(char.style.base - run.base)
    if char.cell != run.cell or not -0.5 * size <= char.x0 - run.x1 <= _GAP * size:
        return False
    if step > 0.5 * max(size, run.bottom - run.top):
        return False
    overlap = min(char.bottom, run.bottom) - max(char.top, run.top)
    return step <= 0.1 * size or overlap > 0.4 * (char.bottom - char.top)


def _power(run: Piece, char: Char) -> str:
    """The sign that keeps a raised figure (a footnote mark, a power) apart from the figure before it."""
    raised = run.base - char.style.base > 0.15 * run.size and char.style.size < 0.85 * run.size
    figures = char.text[0].isdigit() and run.text[-1:].isdigit()
    return "^" if raised and figures and not re.search(r"\^\d*\Z", run.text) else ""


def _space(left: str, right: str, gap: float) -> str:
    """The space between two stretches of a line that are `gap` em apart."""
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return ""
    return " " if gap > (0.6 if is_wide(left[-1]) or is_wide(right[0]) else 0.22) else ""


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces by the line that they stand on, from the top, each line from the left."""
    rows: list[list[Piece]] = []
    base = 0.0
    for piece in sorted(pieces, key=lambda piece: (piece.base, piece.x0)):
        alone = piece.table or (rows and rows[-1][0].table)
        if rows and not alone and piece.base - base <= 0.4 * max(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
            base = piece.base
    return [sorted(row, key=lambda piece: piece.x0) for row in rows]


def row_text(row: Sequence[Piece]) -> str:
    """The text of the pieces of one line."""
    text, end = "", row[0].x0
    for piece in row:
        text += _space(text, piece.text, (piece.x0 - end) / piece.size) + piece.text
        end = piece.x1
    return text


def segments_of(runs: Iterable[Piece]) -> list[Piece]:
    """Runs of a line that all but touch, made one, whatever the order they were drawn in."""
    segments: list[Piece] = []
    for row in rows_of(runs):
        for index, run in enumerate(row):
            last = segments[-1] if index else None
            if last and run.x0 - last.x1 <= 0.6 * max(run.size, last.size):
                append(last, run)
            else:
                segments.append(run)
    return segments


def append(piece: Piece, other: Piece) -> None:
    """Adds `other` at the right end of `piece`."""
    gap = (other.x0 - piece.x1) / max(piece.size, other.size)
    piece.text += _space(piece.text, other.text, gap) + other.text
    if other.count > piece.count:
        piece.base = other.base
    piece.x1 = max(piece.x1, other.x1)
    piece.top, piece.bottom = min(piece.top, other.top), max(piece.bottom, other.bottom)
    piece.count += other.count
    piece.sizes += other.sizes
    piece.stresses += other.stresses
