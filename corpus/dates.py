"""Reads calendar dates out of Japanese, English and Chinese text.

Knows years, months, days, quarters, halves and eras as they are written; the eras are in `forms.yaml`, and more may be
put over them for the whole process. It does not know what day it is ("last month"), does not check that a month has a
31st, and keeps no time zones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

__all__ = ["Date", "agree", "blank", "eras", "fold", "read_dates", "use_eras"]


@dataclass(frozen=True)
class Date:
    """A date with the parts that the text states; `text[start:end]` is the expression it was read from.

    `year` is Gregorian, `month` 1-12, `day` 1-31, `quarter` 1-4, `half` 1-2; None is a part left unsaid.
    """

    year: int | None
    month: int | None
    day: int | None
    quarter: int | None
    half: int | None
    start: int
    end: int


# Full-width ASCII, the wide yen sign, the wide space and the look-alike hyphens; one character each, so
# that a span in the folded text is the same span in the text read.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FOLD |= {0xFFE5: ord("¥"), 0x3000: ord(" "), 0xA0: ord(" "), 0x2010: ord("-"), 0x2011: ord("-")}

_ERAS_FILE = Path(__file__).with_name("forms.yaml")
# What `use_eras` put over the bundled eras.
_own: dict[str, int] = {}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDER = {"first": 1, "second": 2, "third": 3, "fourth": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_ORDER |= {"上": 1, "前": 1, "下": 2, "後": 2, "后": 2}

# What makes 2000 a count instead of a year when it follows the digits.
_COUNTED = (
    r"\s?-?(?:%|[万萬億亿兆千百元円倍社件個个人名枚台種种つ家张張款项項基点問本校回次天秒字×]|ドル|美元|港|ユーロ|"
    r"モデル|パーセント|ポイント|時間|小时|日間|[かヶカヵケ][月国]|年間|トークン|パラメータ|词元|参数|言語|ページ|"
    r"(?:percent|per cent|hundred|thousand|million|billion|trillion|[mb]n|x|times|fold|hours?|days?|weeks?|"
    r"months?|years?|seconds?|minutes?|nm|[kMGT]?W|[KMGTP]?B|[KMT]|tokens?|parameters?|yuan|RMB|dollars?|yen|"
    r"euros?|users|people|points?|companies|employees|questions|problems|samples|servers|cards|chips|units|"
    r"nodes|(?:[A-Z]+[0-9]+ )?GPUs?)(?![A-Za-z]))"
)
# A number starts here: no digit, letter, currency sign or separator of a longer number before it.
_FREE = r"(?<![A-Za-z0-9$€£¥])(?<![0-9][.,:/-])"
_DASH = r"\s?[-~〜–—]\s?"
_YEAR = r"(?:19[0-9]{2}|20[0-9]{2}|2100)"
_MONTH = r"(?:1[0-2]|0?[1-9])(?![0-9])"
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])(?![0-9]|[.,][0-9])"
_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])\.?"
)
_LONG_NAME = r"(?:January|February|April|June|July|August|September|October|November|December)(?![A-Za-z])"
# "March" and "May" are also words: alone they are months only after a preposition of time.
_WORD_NAME = r"(?<=\b(?:in|by|of) )(?:March|May)(?![A-Za-z])"

_SHORT = rf"{_FREE}(?P<short>[0-9]{{2}})(?=\s?年\s?{_MONTH}\s?月)"
_CJK_DAY = rf"(?P<day>{_DAY})(?:\s?日)?{_DASH}(?P<day2>{_DAY})\s?日|(?P<day_b>{_DAY})\s?日"
_CJK_MONTH = rf"(?P<month>{_MONTH}){_DASH}(?P<month2>{_MONTH})\s?月(?P<term>期)?"
_CJK_MONTH += rf"|(?P<month_b>{_MONTH})\s?月(?:\s?(?:{_CJK_DAY}))?"
_CJK_QUARTER = r"(?:第\s?)?(?P<quarter>[1-4一二三四])\s?(?:四半期|季度)|Q(?P<quarter_b>[1-4])(?![0-9A-Za-z])"
_CJK_HALF = r"(?P<half>[上下](?=半期|半年|期)|[前後后](?=半))(?:半期|半年|半|期)"
_QUARTER = (
    r"(?:Q(?P<quarter>[1-4])|(?P<quarter_b>[1-4])Q|(?P<quarter_c>first|second|third|fourth)[ -]quarter)"
)
_HALF = r"(?:H(?P<half>[12])|(?P<half_b>[12])H|(?P<half_c>first|second)[ -]half)"
_OF_YEAR = rf"(?:,? | of | of the | in )?(?P<year>{_YEAR})(?![0-9A-Za-z])"

# Between the ends of a range that were read as two dates.
_RANGE = re.compile(r"\s?(?:[-~〜–—、・]|から|至|到|と|和|及び)\s?| to | and ")

# Tried in this order, after `_cjk_form`; what one has read, the later ones no longer see.
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_FREE}(?:{_CJK_MONTH})",
        # 2025-08-14, 2025/8/14, 2025.8.14, 2025-08
        rf"{_FREE}(?P<year>{_YEAR})(?P<sep>[-/.])(?P<month>{_MONTH})(?P=sep)(?P<day>{_DAY})(?![-/0-9A-Za-z])",
        rf"{_FREE}(?P<year>{_YEAR})(?:-(?P<month>0[1-9]|1[0-2])|/(?P<month_b>{_MONTH}))(?![-/.0-9A-Za-z])",
        # 14 August 2025, 14-15 May 2026, 17 Oct; then August 14, 2025, Aug 14; then August 2025, Aug. 2025
        rf"{_FREE}(?:(?P<day>{_DAY})(?:st|nd|rd|th)?{_DASH}(?P<day2>{_DAY})|(?P<day_b>{_DAY}))"
        rf"(?:st|nd|rd|th)? (?:of )?(?P<name>{_NAME})(?:,? (?P<year>{_YEAR})(?![0-9A-Za-z]))?",
        rf"\b(?P<name>{_NAME}) (?:(?P<day>{_DAY}){_DASH}(?P<day2>{_DAY})|(?P<day_b>{_DAY}))(?:st|nd|rd|th)?"
        rf"(?![A-Za-z])(?!{_COUNTED})(?:,? (?P<year>{_YEAR})(?![0-9A-Za-z]))?",
        rf"\b(?P<name>{_NAME})(?:,? | of )(?P<year>{_YEAR})(?![0-9A-Za-z])",
        # Q1 2026, 1Q 2026, first quarter of 2026, 2026 Q1, Q1; the same for halves, but no bare H1
        rf"\b(?i:{_QUARTER}{_OF_YEAR}|{_HALF}{_OF_YEAR.replace('year', 'year_b')})",
        rf"{_FREE}(?P<year>{_YEAR})[ -]?(?:Q(?P<quarter>[1-4])|H(?P<half>[12]))(?![0-9A-Za-z])",
        r"\bQ(?P<quarter>[1-4])(?![0-9A-Za-z])|第\s?(?P<quarter_b>[1-4一二三四])\s?(?:四半期|季度)",
        r"(?P<half>[上下])半[期年]|\b(?:(?P<half_b>first|second)[ -]half|"
        r"(?P<quarter>first|second|third|fourth)[ -]quarter)(?! of (?!the year))(?![A-Za-z-])",
        # 2025-2026, 2025-26
        rf"{_FREE}(?P<year>{_YEAR}){_DASH}(?P<year2>{_YEAR}|[0-9]{{2}})"
        rf"(?![-0-9A-Za-z]|[.,][0-9])(?!{_COUNTED})",
        # 2024, mid-2025, FY2025
        rf"(?:{_FREE}(?<![A-Za-z]-)|(?<=\b(?i:mid|end|pre)-)|(?<=\b(?i:late|post)-)|(?<=\bearly-)"
        rf"|(?<=\b[FC]Y))(?P<year>{_YEAR})(?![0-9A-Za-z年])(?![.,:][0-9])(?!-[0-9A-Z])(?!{_COUNTED})",
        rf"\b(?P<name>{_LONG_NAME})|(?P<name_b>{_WORD_NAME.replace('(?:in|by|of)', '(?i:in|by|of)')})",
        # 同月30日, 同30日
        rf"(?<=同)月?(?P<day>{_DAY})\s?日(?!間|间)",
    )
)


def use_eras(own: Mapping[str, int]) -> None:
    """Reads these eras too in the whole process, in place of bundled ones of the same name and of any other call's.

    The number is the Gregorian year before the first year of the era.
    """
    global _own
    _own = dict(own)
    eras.cache_clear()
    _cjk_form.cache_clear()


@cache
def eras() -> dict[str, int]:
    """Returns the eras in force, each with the Gregorian year before its first."""
    bundled: dict[str, int] = yaml.safe_load(_ERAS_FILE.read_text(encoding="utf-8"))["eras"]
    return bundled | _own


@cache
def _cjk_form() -> re.Pattern[str]:
    """2025年8月14日, 令和7年, 25年8月, 2026年第1四半期, 2025年上半期, 2026年5月14〜15日, 2025年1〜9月."""
    # The years of an era that began before Christ have four digits today (皇紀2685年), and no others do.
    names = [
        re.escape(name) + (r"(?=\s?[0-9]{4})" if before < 0 else r"(?!\s?[0-9]{4})")
        for name, before in eras().items()
    ]
    era = rf"(?P<era>{'|'.join(names)})\s?(?P<era_year>[0-9]{{1,4}}|元)"
    return re.compile(
        rf"(?:{_FREE}(?P<year>{_YEAR})|{era}|{_SHORT})\s?年(?!間|间|代)度?"
        rf"(?:\s?(?:{_CJK_MONTH})|(?:の|、)?\s?(?:{_CJK_QUARTER})|の?\s?{_CJK_HALF})?",
        re.ASCII,
    )


def fold(text: str) -> str:
    """Writes full-width letters, digits and signs as ASCII; the length and every position stay."""
    return text.translate(_FOLD)


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Overwrites the spans with NUL, which no pattern of a date or figure matches; the length stays."""
    signs = list(text)
    for start, end in spans:
        start, end = max(0, start), min(end, len(text))
        signs[start:end] = "\0" * (end - start)
    return "".join(signs)


def read_dates(text: str, *, skip: Iterable[tuple[int, int]] = ()) -> tuple[Date, ...]:
    """Reads all dates in order of their place.

    Args:
        text: Japanese, English or Chinese text.
        skip: Spans of names ("AIME 2024") whose digits are no dates.

    Returns:
        Dates whose spans do not overlap; a range gives two.
    """
    rest = blank(fold(text), skip)
    found: list[Date] = []
    for form in (_cjk_form(), *_FORMS):
        for match in form.finditer(rest):
            found.extend(_dates_of(match))
        rest = blank(rest, ((date.start, date.end) for date in found))
    return tuple(_with_years(sorted(found, key=lambda date: date.start), fold(text)))


def agree(a: Date, b: Date) -> bool:
    """Whether every part that both state is equal, and they share at least one.

    A month is not weighed against a quarter or half: which months those have depends on the fiscal year.
    """
    pairs = zip(_parts(a), _parts(b), strict=True)
    shared = [(x, y) for x, y in pairs if x is not None and y is not None]
    return bool(shared) and all(x == y for x, y in shared)


def _with_years(dates: list[Date], text: str) -> list[Date]:
    """Gives the ends of a range, and what follows 同年 or 同, the year that is written only once."""
    for i in range(1, len(dates)):
        before, date = dates[i - 1], dates[i]
        ranged = _RANGE.fullmatch(text, before.end, date.start)
        if before.year and not date.year and (ranged or text[: date.start].endswith(("同年", "同"))):
            dates[i] = replace(date, year=before.year)
        elif ranged and date.year and not before.year:
            dates[i - 1] = replace(before, year=date.year)
    return dates


def _parts(date: Date) -> tuple[int | None, ...]:
    return (date.year, date.month, date.day, date.quarter, date.half)


def _dates_of(match: re.Match[str]) -> tuple[Date, ...]:
    """One date, or the two ends of a range: there the first span stops where the second number starts."""
    said = {name.split("_")[0]: value for name, value in match.groupdict().items() if value is not None}
    first = Date(
        year=_year(match),
        month=_month(said),
        day=int(said["day"]) if "day" in said else None,
        quarter=_ordinal(said.get("quarter")),
        half=_ordinal(said.get("half")),
        start=match.start(),
        end=match.end(),
    )
    if "term" in said and first.month in (1, 4, 7, 10) and int(said["month2"]) == first.month + 2:
        return (replace(first, month=None, quarter=(first.month + 2) // 3),)  # 1〜3月期
    for part in ("year", "month", "day"):
        if f"{part}2" in said:
            return _ends(first, part, int(said[f"{part}2"]), match)
    return (first,)


def _ends(first: Date, part: str, second: int, match: re.Match[str]) -> tuple[Date, Date]:
    """Splits a range at the group that holds its second number."""
    cut = match.start(f"{part}2")
    if part == "year":
        century = (first.year or 0) // 100 * 100
        return replace(first, end=cut), replace(
            first, year=second if second > 99 else century + second, start=cut
        )
    later = (
        replace(first, month=second, start=cut) if part == "month" else replace(first, day=second, start=cut)
    )
    return replace(first, end=cut), later


def _year(match: re.Match[str]) -> int | None:
    said = match.groupdict()
    if said.get("era"):
        return eras()[said["era"]] + (1 if said["era_year"] == "元" else int(said["era_year"]))
    if said.get("short"):
        return 2000 + int(said["short"])
    year = said.get("year") or said.get("year_b")
    return int(year) if year else None


def _month(said: dict[str, str]) -> int | None:
    if "name" in said:
        return _MONTHS.index(said["name"][:3].lower()) + 1
    return int(said["month"]) if "month" in said else None


def _ordinal(written: str | None) -> int | None:
    if written is None:
        return None
    return _ORDER.get(written.lower()) or int(written)
