"""The ruling lines that are drawn on a PDF page, and the grids that they make where they cross.

Knows pdfium's paths; knows no text, so not which grid is a table.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2 as pdfium
from pypdfium2 import raw

from heiso.corpus.pdf_chars import turned

__all__ = ["Grid", "Rules", "grids_of", "ruling_lines"]

# A page with more ruling lines, crossings or paths than this is a chart or a map, not a table.
_MOST_RULES = 4000
_MOST_CROSSINGS = 200_000
_MOST_PATHS = 20_000
_DEEPEST = 6

_Rule = tuple[float, float, float]  # position across, start and end along


@dataclass(slots=True)
class Rules:
    """The straight lines that are drawn on a page, across and down for a reader who has turned it upright."""

    across: list[_Rule] = field(default_factory=list)
    down: list[_Rule] = field(default_factory=list)

    def add(self, start: tuple[float, float], end: tuple[float, float], turn: int) -> None:
        """Adds a line in the coordinates of the page; a short or slanting one is passed over."""
        (left, right), (low, high) = sorted((start[0], end[0])), sorted((start[1], end[1]))
        x0, top, x1, bottom = turned(left, low, right, high, turn)
        if bottom - top < 1 and x1 - x0 > 3:
            self.across.append(((top + bottom) / 2, x0, x1))
        elif x1 - x0 < 1 and bottom - top > 3:
            self.down.append(((x0 + x1) / 2, top, bottom))


@dataclass(slots=True)
class Grid:
    """Ruled cells: `cells` numbers the cell of each unit square, equal numbers for merged ones."""

    xs: list[float]
    ys: list[float]
    cells: list[list[int]]

    def cell(self, x: float, y: float) -> int | None:
        """The number of the cell at a point, None outside."""
        if not (self.xs[0] <= x < self.xs[-1] and self.ys[0] <= y < self.ys[-1]):
            return None
        return self.cells[bisect_right(self.ys, y) - 1][bisect_right(self.xs, x) - 1]


def ruling_lines(page: pdfium.PdfPage, turn: int) -> Rules:
    """The lines of a page that is read in the direction `turn`; none where a chart or map has too many."""
    rules = Rules()
    for number, path in enumerate(page.get_objects([raw.FPDF_PAGEOBJ_PATH], _DEEPEST)):
        _trace(path, rules, turn)
        if number > _MOST_PATHS or len(rules.across) + len(rules.down) > _MOST_RULES:
            return Rules()
    return rules


def _trace(path: pdfium.PdfObject, rules: Rules, turn: int) -> None:
    """Adds the straight stretches of a path to `rules`."""
    matrix = _onto_page(path)
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(min(raw.FPDFPath_CountSegments(path), _MOST_RULES)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            rules.add(last, point, turn)
        if raw.FPDFPathSegment_GetClose(segment):
            rules.add(point, first, turn)
        last = point


def _onto_page(path: pdfium.PdfObject) -> pdfium.PdfMatrix:
    """The matrix that brings a path, which may stand inside form objects, onto the page."""
    matrix, form = path.get_matrix(), path.container
    while form:
        matrix, form = matrix.multiply(form.get_matrix()), form.container
    return matrix


def grids_of(rules: Rules) -> list[Grid]:
    """The grids that crossing rules make."""
    across, down = _snapped(rules.across), _snapped(rules.down)
    if len(across) < 2 or not down or len(across) * len(down) > _MOST_CROSSINGS:
        return []
    group = list(range(len(across)))  # the group of each horizontal rule; a vertical one joins those it meets
    met: list[list[int]] = []
    for x, start, end in down:
        meets = [
            i for i, (y, x0, x1) in enumerate(across) if start - 2 <= y <= end + 2 and x0 - 2 <= x <= x1 + 2
        ]
        met.append(meets)
        joined = {group[i] for i in meets}
        group = [min(joined) if g in joined else g for g in group]
    grids = []
    for number in sorted(set(group)):
        rows = [rule for rule, g in zip(across, group, strict=True) if g == number]
        columns = [rule for rule, meets in zip(down, met, strict=True) if meets and group[meets[0]] == number]
        if len(rows) >= 2 and columns:
            grids.append(_grid(rows, columns))
    return grids


def _snapped(rules: Iterable[_Rule]) -> list[_Rule]:
    """Rules that lie (nearly) on one line, made one where they touch."""
    lines: list[list[_Rule]] = []
    for rule in sorted(rules):
        if lines and rule[0] - lines[-1][-1][0] <= 2:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    joined: list[_Rule] = []
    for line in lines:
        position = sum(rule[0] for rule in line) / len(line)
        spans: list[list[float]] = []
        for _, start, end in sorted(line, key=lambda rule: rule[1]):
            if spans and start <= spans[-1][1] + 3:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, end])
        joined += [(position, start, end) for start, end in spans]
    return joined


def _grid(across: list[_Rule], down: list[_Rule]) -> Grid:
    """The grid of one group of rules; its outer border counts as drawn: many tables leave the sides open."""
    xs = _places([x for x, _, _ in down], min(r[1] for r in across), max(r[2] for r in across))
    ys = _places([y for y, _, _ in across], min(r[1] for r in down), max(r[2] for r in down))
    cells = [[row * (len(xs) - 1) + column for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]

    def merge(old: int, new: int) -> None:
        for line in cells:
            line[:] = [new if cell == old else cell for cell in line]

    for row, (y0, y1) in enumerate(pairwise(ys)):
        for column, (x0, x1) in enumerate(pairwise(xs)):
            if column and not _covered(down, x0, (y0 + y1) / 2):
                merge(cells[row][column], cells[row][column - 1])
            if row and not _covered(across, y0, (x0 + x1) / 2):
                merge(cells[row][column], cells[row - 1][column])
    return Grid(xs, ys, cells)


def _places(positions: list[float], first: float, last: float) -> list[float]:
    places: list[float] = []
    for position in sorted({*positions, first, last}):
        if not places or position - places[-1] > 4:
            places.append(position)
    return places


def _covered(rules: Iterable[_Rule], position: float, at: float) -> bool:
    return any(abs(rule[0] - position) <= 4 and rule[1] - 2 <= at <= rule[2] + 2 for rule in rules)
