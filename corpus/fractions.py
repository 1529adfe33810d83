"""Reads fractions that are written in words: a third, two-thirds, half of, 三分の一, 半分, 三分之一.

Knows the share that they state, in per cent; does not know 1/3 in digits, nor half a year or the first half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from heiso.corpus.notation import KANJI_DIGITS

__all__ = ["read_fractions"]

_PARTS = ("", "", "half", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "nine": 9}
_DIGITS = KANJI_DIGITS | {"十": 10, "千": 1000}
_NUMBER = r"(?:[0-9]{1,4}|[一二三四五六七八九十千两兩両])"
_FRACTION = re.compile(
    rf"(?<![百0-9.,第一二三四五六七八九十])(?P<cjk_under>{_NUMBER})分[の之](?P<cjk_over>{_NUMBER})(?![0-9.])"
    r"|(?P<cjk_half>半[分額额減减](?!か月|期)|一半)"
    rf"|(?<![A-Za-z-])(?i:(?<!first )(?<!last )(?<!past )(?P<over>{'|'.join(_COUNTS)})[ -]"
    # "a quarter" alone is three months
    rf"(?:(?P<quarter>quarter)s?(?= (?:of (?!the year|[12])|as\b))"
    rf"|(?P<under>{'|'.join(_PARTS[3:])})(?:s(?![A-Za-z])|(?= (?:of|as|the)\b|[.,;:)]|\Z)))"
    r"|(?P<half>(?<!first )(?<!second )(?:half(?= (?:of|as|the|that|its)\b)|halv(?:ed|es|ing)\b)))",
    re.ASCII,
)


def read_fractions(text: str) -> Iterator[tuple[Decimal, int, int]]:
    """Each fraction of `text` as (per cent, start, end), in order."""
    for match in _FRACTION.finditer(text):
        if match["cjk_half"] or match["half"]:
            yield _share(1, 2), *match.span()
        elif match["over"]:
            under = 4 if match["quarter"] else _PARTS.index(match["under"].lower())
            yield _share(_COUNTS[match["over"].lower()], under), *match.span()
        elif under := _count(match["cjk_under"]):
            yield _share(_count(match["cjk_over"]), under), *match.span()


def _share(over: int, under: int) -> Decimal:
    """The fraction in per cent."""
    return Decimal(over * 100) / Decimal(under)


def _count(written: str) -> int:
    return int(written) if written.isascii() else _DIGITS[written]
