"""The reading order of a PDF page: what stands in columns, above them and below them.

Knows where pieces of text stand; knows nothing of what they say but whether it is a figure.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from statistics import median

from heiso.corpus.pdf_chars import Char
from heiso.corpus.pdf_lines import Piece, append, rows_of, runs_of, segments_of
from heiso.corpus.pdf_rules import Rules, grids_of
from heiso.corpus.pdf_tables import aligned_table, assign_cells, end_of_aligned, ruled_table
from heiso.corpus.pdf_text import is_figure

__all__ = ["flows"]


def flows(chars: Sequence[Char], rules: Rules) -> list[list[Piece]]:
    """The lines and tables of a page in reading order.

    A flow is a column, or what stands above or below columns.
    """
    return _flows(_pieces(chars, rules))


def _pieces(chars: Sequence[Char], rules: Rules) -> list[Piece]:
    """Stretches of text and ruled tables of a page, in no particular order."""
    tables = assign_cells(chars, grids_of(rules))
    runs = runs_of(chars)
    pieces = segments_of(run for run in runs if run.cell is None)
    for number, grid in tables.items():
        pieces.append(ruled_table(grid, [run for run in runs if run.cell and run.cell[0] == number]))
    return pieces


def _flows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    bands = _bands(pieces)
    found: list[list[Piece]] = []
    single: list[Piece] = []
    index = 0
    while index < len(bands):
        end, columns = _columns(bands, index)
        if not columns:
            single += bands[index]
            index += 1
            continue
        if single:
            found.append(_lines(single))
            single = []
        for column in columns:
            found += _flows(column)
        index = end
    if single:
        found.append(_lines(single))
    return found


def _bands(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Cuts between pieces where nothing crosses a horizontal line."""
    bands: list[list[Piece]] = []
    floor = -math.inf
    for piece in sorted(pieces, key=lambda piece: _middle(piece)[0]):
        top, bottom = _middle(piece)
        if bands and top < floor:
            bands[-1].append(piece)
        else:
            bands.append([piece])
        floor = max(floor, bottom)
    return bands


def _middle(piece: Piece) -> tuple[float, float]:
    """Top and bottom of a piece without the leading that makes the boxes of neighbouring lines overlap."""
    if piece.table:
        return piece.top, piece.bottom
    return piece.base - 0.6 * piece.size, piece.base


def _columns(bands: Sequence[list[Piece]], first: int) -> tuple[int, list[list[Piece]]]:
    """The columns that begin at a band, and the band after them; no columns where the page has one."""
    left, right = min(p.x0 for b in bands for p in b), max(p.x1 for b in bands for p in b)
    free = [(left, right)]
    end = first
    while end < len(bands):
        narrowed = _without(free, bands[end])
        if not any(x0 > left and (x1 < right or x1 - x0 > 0.15 * (right - left)) for x0, x1 in narrowed):
            break
        free = narrowed
        end += 1
    pieces = [piece for band in bands[first:end] for piece in band]
    gutters = [
        (x0 + x1) / 2
        for x0, x1 in free
        if any(p.x1 <= x0 for p in pieces) and any(p.x0 >= x1 for p in pieces)
    ]
    columns: list[list[Piece]] = [[] for _ in range(len(gutters) + 1)]
    for piece in pieces:
        columns[bisect_left(gutters, piece.x0)].append(piece)
    if not gutters or not _are_columns(columns):
        return first, []
    end = _trimmed(bands, first, end, gutters[0])
    kept = {id(piece) for band in bands[first:end] for piece in band}
    return end, [[piece for piece in column if id(piece) in kept] for column in columns]


def _without(free: Iterable[tuple[float, float]], band: Iterable[Piece]) -> list[tuple[float, float]]:
    """What of the free intervals the band leaves, where it is wide enough for a gutter."""
    for piece in band:
        margin = 0.4 * min(piece.size, 12)
        free = [
            part
            for x0, x1 in free
            for part in ((x0, min(x1, piece.x0)), (max(x0, piece.x1), x1))
            if part[1] - part[0] > margin
        ]
    return list(free)


def _are_columns(columns: Sequence[list[Piece]]) -> bool:
    """Tells columns of text from the columns of a table: long lines, or lines on other heights."""
    for column in columns:
        texts = [piece for piece in column if not piece.table]
        if len(texts) < 3:
            return False
    em = median(piece.size for column in columns for piece in column if not piece.table)
    if all(median(piece.width for piece in column) >= 10 * em for column in columns):
        return not _rows_of_table(columns)
    smallest = min(columns, key=len)
    bases = sorted(piece.base for column in columns if column is not smallest for piece in column)
    aligned = sum(1 for piece in smallest if _nearest(bases, piece.base) < 0.15 * em)
    return (
        len(smallest) >= 4
        and aligned < 0.5 * len(smallest)
        and all(median(piece.width for piece in column) >= 5 * em for column in columns)
    )


def _rows_of_table(columns: Sequence[list[Piece]]) -> bool:
    """Whether long texts side by side still are a table: a column of figures next to its labels."""
    return any(2 * sum(is_figure(piece.text) for piece in column) > len(column) for column in columns)


def _nearest(values: Sequence[float], value: float) -> float:
    at = bisect_left(values, value)
    return min((abs(other - value) for other in values[max(at - 1, 0) : at + 1]), default=math.inf)


def _trimmed(bands: Sequence[list[Piece]], first: int, end: int, gutter: float) -> int:
    """The end of the columns without what follows them on the left side only after a clear gap."""
    last = max(i for i in range(first, end) if any(piece.x0 > gutter for piece in bands[i]))
    for index in range(last + 1, end):
        above = max(_middle(piece)[1] for piece in bands[index - 1])
        gap = min(_middle(piece)[0] for piece in bands[index]) - above
        if gap > 2.2 * max(piece.size for piece in bands[index]):
            return index
    return end


def _lines(pieces: Sequence[Piece]) -> list[Piece]:
    """The lines of one flow, with unruled tables made into tables."""
    rows = rows_of(pieces)
    lines: list[Piece] = []
    index = 0
    while index < len(rows):
        end = end_of_aligned(rows, index) if len(rows[index]) > 1 else index
        if end > index:
            lines.append(aligned_table(rows[index:end]))
            index = end
            continue
        line = rows[index][0]
        for piece in rows[index][1:]:
            append(line, piece)
        lines.append(line)
        index += 1
    return lines
