"""Says the rows of a pipe table in words: each cell under the head of its column, with the unit that the head names.

Knows the form of a table; does not know what its figures mean.
"""

from __future__ import annotations

import re

__all__ = ["is_row", "is_rule", "spoken"]

_RULE = re.compile(r"\|(?:[ \t]*:?-+:?[ \t]*\|)+")
_CELL = re.compile(r"(?<!\\)\|")
_NUMBER = re.compile(r"[-−▲△]?[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?")
# 売上（億円）, Revenue ($ million), 价格(元/百万tokens), 単位: 百万円
_UNIT = re.compile(
    r"\s*[（(［\[]\s*(?:単位|单位|單位|[Uu]nits?|[Ii]n)?\s*[:：]?\s*([^（()）\]］]{1,24})[）)\]］]\s*\Z"
)
_SIGN = re.compile(r"(US\$|HK\$|[$€£¥￥]|USD|HKD|RMB|CNY|JPY|EUR)\s*(.*)")
_WIDE = re.compile("[぀-ヿ一-鿿%％]")


def is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    return line.lstrip().startswith("|")


def is_rule(line: str) -> bool:
    """Whether a line is the rule under the head of a table."""
    return _RULE.fullmatch(line.strip()) is not None


def spoken(head: str, row: str) -> str:
    """The cells of `row`, each after the head of its column; figures take the unit that the head gives in brackets.

    "" for `head` leaves the cells as they are. Blank cells are left out.

    Example:
        >>> spoken("| Company | Revenue ($ million) |", "| Cambricon | 403 |")
        'Company: Cambricon; Revenue: $403 million'
    """
    heads, cells = _cells(head), _cells(row)
    heads += [""] * (len(cells) - len(heads))
    return "; ".join(_said(above, cell) for above, cell in zip(heads, cells, strict=False) if cell)


def _cells(row: str) -> list[str]:
    bare = row.strip()
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(bare)[1:-1]] if bare else []


def _said(head: str, cell: str) -> str:
    unit = _UNIT.search(head)
    if unit and _NUMBER.fullmatch(cell):
        return f"{head[: unit.start()]}: {_with_unit(cell, unit[1].strip())}"
    return f"{head}: {cell}" if head else cell


def _with_unit(number: str, unit: str) -> str:
    if sign := _SIGN.fullmatch(unit):
        gap = "" if len(sign[1]) == 1 or sign[1].endswith("$") else " "
        return f"{sign[1]}{gap}{number} {sign[2]}".rstrip()
    return f"{number}{unit}" if _WIDE.search(unit) else f"{number} {unit}"
