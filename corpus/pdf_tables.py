"""The tables of a PDF page as Markdown: ruled ones, and unruled ones whose cells stand in columns.

Knows grids and pieces of text; knows neither pdfium nor the columns of running text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from heiso.corpus.extract import table
from heiso.corpus.pdf_chars import Char
from heiso.corpus.pdf_lines import Piece, row_text, rows_of
from heiso.corpus.pdf_rules import Grid
from heiso.corpus.pdf_text import is_figure, joined, marker

__all__ = ["aligned_table", "assign_cells", "end_of_aligned", "ruled_table"]

# A cell with more characters than this is a box around a part of the layout.
_LONGEST_CELL = 1500


def assign_cells(chars: Sequence[Char], grids: Sequence[Grid]) -> dict[int, Grid]:
    """Gives characters their cells, and returns the grids that are tables by their number in those cells."""
    counts: Counter[tuple[int, int]] = Counter()
    for char in chars if grids else ():
        x, y = (char.x0 + char.x1) / 2, (char.top + char.bottom) / 2
        for number, grid in enumerate(grids):
            if (cell := grid.cell(x, y)) is not None:
                char.cell = number, cell
                counts[char.cell] += 1
                break
    tables = {number: grid for number, grid in enumerate(grids) if _is_table(grid, number, counts)}
    for char in chars:
        if char.cell and char.cell[0] not in tables:
            char.cell = None
    return tables


def _is_table(grid: Grid, number: int, counts: Mapping[tuple[int, int], int]) -> bool:
    """Tells tables from the grids of charts (hardly any text) and from boxes around a layout (long texts)."""
    filled = {cell for owner, cell in counts if owner == number}
    rows = [row for row in grid.cells if filled.intersection(row)]
    columns = [column for column in zip(*grid.cells, strict=True) if filled.intersection(column)]
    every = {cell for row in grid.cells for cell in row}
    return (
        len(rows) >= 2
        and len(columns) >= 2
        and len(filled) >= max(3, 0.3 * len(every))
        and max(counts[number, cell] for cell in filled) <= _LONGEST_CELL
    )


def ruled_table(grid: Grid, runs: Iterable[Piece]) -> Piece:
    """A grid and the runs in its cells as a table.

    A merged cell's text stands in each of its places, but once in a row of its own.
    """
    texts: dict[int, list[Piece]] = defaultdict(list)
    for run in runs:
        if run.cell:
            texts[run.cell[1]].append(run)
    rows = [
        part if len(set(line)) > 1 else part[:1]
        for line in grid.cells
        for part in _stacked(line, grid, texts)
    ]
    top, bottom = grid.ys[0], grid.ys[-1]
    return Piece(grid.xs[0], top, grid.xs[-1], bottom, bottom, table=table(rows))


def _stacked(line: list[int], grid: Grid, texts: Mapping[int, list[Piece]]) -> list[list[str]]:
    """The texts of a row of cells; several rows where only the head is ruled off and lines stand for rows."""
    lines = [rows_of(texts.get(cell, [])) for cell in line]
    counts = Counter(len(rows) for rows in lines if rows)
    most = max(counts, default=0)
    spans = any(cell in other for other in grid.cells if other is not line for cell in line)
    if most < 3 or counts[most] < 2 or 2 * counts[most] <= counts.total() or spans:
        return [[joined(row_text(row) for row in rows) for rows in lines]]
    bases = next([row[0].base for row in rows] for rows in lines if len(rows) == most)
    cells = [[""] * len(line) for _ in bases]
    for column, rows in enumerate(lines):
        for row in rows:
            place = min(range(most), key=lambda index: abs(bases[index] - row[0].base))
            cells[place][column] = joined([cells[place][column], row_text(row)])
    return cells


_Columns = list[tuple[float, float]]  # left and right edge of each


def end_of_aligned(rows: Sequence[list[Piece]], first: int) -> int:
    """The end of the unruled table that begins at a row; `first` if none does."""
    columns: _Columns = []
    end = last = first
    while end < len(rows) and not rows[end][0].table:
        row = rows[end]
        wider = _spread(columns, row)
        if len(wider) < max(len(row), 2) or (len(row) == 1 and not _is_label(row[0], columns)):
            break
        if end > first and row[0].base - rows[end - 1][0].base > 4 * row[0].size:
            break
        if _clash(wider, row):
            break
        if len(wider) != len(columns) and any(_clash(wider, other) for other in rows[first:end]):
            break
        columns = wider
        end += 1
        last = end if len(row) > 1 else last
    return last if _reliable(rows[first:last], columns) else first


def _spread(columns: _Columns, row: Iterable[Piece]) -> _Columns:
    """The intervals that the columns and the cells of one more row take together."""
    spread: _Columns = []
    for x0, x1 in sorted([*columns, *((piece.x0, piece.x1) for piece in row)]):
        if spread and x0 < spread[-1][1]:
            spread[-1] = spread[-1][0], max(spread[-1][1], x1)
        else:
            spread.append((x0, x1))
    return spread


def _column_of(columns: _Columns, piece: Piece) -> int:
    return bisect_right(columns, piece.x0 + 0.01, key=lambda column: column[0]) - 1


def _clash(columns: _Columns, row: Sequence[Piece]) -> bool:
    """Whether two cells of a row stand in one column."""
    return any(_column_of(columns, left) == _column_of(columns, right) for left, right in pairwise(row))


def _is_label(piece: Piece, columns: _Columns) -> bool:
    """Whether a line of one cell is a label of the first column, such as a subhead between rows."""
    return len(columns) > 1 and abs(piece.x0 - columns[0][0]) < 3 * piece.size and piece.x1 < columns[1][0]


def _reliable(rows: Sequence[list[Piece]], columns: _Columns) -> bool:
    """Whether aligned rows are a table and no list, letter head or pair of short columns."""
    full = [row for row in rows if len(row) > 1]
    if len(full) < 3 or len(columns) < 2:
        return False
    first = [f"{row[0].text} " for row in full if _column_of(columns, row[0]) == 0]
    if 2 * sum(marker(text) == text for text in first) > len(first):
        return False
    if 2 * sum(len(row) for row in full) < len(full) * len(columns):
        return False
    cells = [piece.text for row in full for piece in row if _column_of(columns, piece) > 0]
    figures = sum(map(is_figure, cells))
    return figures >= 0.4 * len(cells) or (len(columns) > 2 and all(len(row) == len(columns) for row in full))


def aligned_table(rows: Sequence[list[Piece]]) -> Piece:
    """The rows of an unruled table as a table."""
    every = [piece for row in rows for piece in row]
    columns = _spread([], every)
    cells = [[""] * len(columns) for _ in rows]
    for line, row in zip(cells, rows, strict=True):
        for piece in row:
            line[_column_of(columns, piece)] = piece.text
    return Piece(
        min(p.x0 for p in every),
        min(p.top for p in every),
        max(p.x1 for p in every),
        max(p.bottom for p in every),
        rows[-1][0].base,
        table=table(cells),
    )
