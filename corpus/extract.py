"""What a reader takes out of a file, whatever the format: Markdown, and what the file says about itself.

Knows no format and no path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Extract", "table"]


@dataclass(frozen=True)
class Extract:
    """The text of a file as Markdown (headings, lists, pipe tables), and what the file says about itself.

    `title`, `date` (ISO), `language` and `publisher` are "" where the file does not state them. `pages` are the offsets
    in `text` at which pages, slides or sheets begin, the first one first; () for a format without pages. `notes` say,
    each in one sentence, what could not be taken ("Page 3 is an image without text.").
    """

    text: str
    title: str = ""
    date: str = ""
    language: str = ""
    publisher: str = ""
    entities: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows of cells as a Markdown pipe table, the first row its head, one line a row, no line break inside a cell.

    Short rows are filled up; rows and columns that are blank throughout are left out; "" when nothing is left.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    cells = [row for row in cells if any(row)]
    width = max((len(row) for row in cells), default=0)
    cells = [row + [""] * (width - len(row)) for row in cells]
    kept = [column for column in range(width) if any(row[column] for row in cells)]
    lines = ["| " + " | ".join(row[column] for column in kept) + " |" for row in cells]
    return "\n".join([*lines[:1], "|" + " --- |" * len(kept), *lines[1:]]) if lines else ""


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(text.split()).replace("|", "\\|")
