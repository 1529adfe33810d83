"""Reads figures with their units out of Japanese, English and Chinese text, and tells whether two agree.

Knows magnitudes, currencies, percentages, multiples, durations and counters. It does not know signs, exchange
rates or what a figure counts, and takes a bare ¥ for yen outside Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from heiso.corpus import notation
from heiso.corpus.dates import blank, fold, read_dates
from heiso.corpus.fractions import read_fractions
from heiso.corpus.notation import Qualifier
from heiso.corpus.rendering import render

__all__ = ["Qualifier", "Quantity", "agree", "read_quantities", "render"]


@dataclass(frozen=True)
class Quantity:
    """A figure in base units; `text[start:end]` is the whole expression with its currency sign and unit.

    `unit` is "%", a currency code, "parameter", "token", "second", "hour", "day", "month", "year" (a
    duration), "watt", "byte", "nm", "x" (times), "point" (percentage points), "flops" (per
    second), or "" for a count or score.
    """

    value: Decimal
    unit: str
    qualifier: Qualifier
    start: int
    end: int


@dataclass(frozen=True)
class _Draft:
    """A figure whose magnitude or unit may still come from the other end of its range."""

    number: Decimal
    magnitude: Decimal
    unit: str
    factor: Decimal
    known: bool  # a unit or counter was written
    start: int
    end: int


def read_quantities(text: str, *, skip: Iterable[tuple[int, int]] = ()) -> tuple[Quantity, ...]:
    """Reads all figures in order of their place.

    Args:
        text: Japanese, English or Chinese text.
        skip: Spans of names ("AIME 2024", "Kimi K2") whose digits are no quantities.

    Returns:
        Quantities whose spans overlap neither each other nor the dates of the text; a range gives two.
    """
    spans = list(skip)
    rest = blank(fold(text), spans)
    rest = blank(rest, ((date.start, date.end) for date in read_dates(text, skip=spans)))
    yen = "CNY" if re.search("[一-鿿]", text) and not re.search("[ぁ-ヿ]", text) else "JPY"
    parts = [_Draft(value, Decimal(1), "%", Decimal(1), True, *span) for value, *span in read_fractions(rest)]
    rest = blank(rest, ((part.start, part.end) for part in parts))
    rest = blank(rest, (match.span() for match in notation.NO_QUANTITY.finditer(rest)))
    rest = blank(rest, _identifiers(rest))
    drafts = [*parts, *_inherit(_share(list(_drafts(rest, yen)), rest), rest)]
    return tuple(
        Quantity(_amount(d), d.unit, _qualifier(rest, d), d.start, d.end)
        for d in sorted(drafts, key=lambda draft: draft.start)
    )


def agree(a: Quantity, b: Quantity) -> bool:
    """Whether two figures state the same: unit and value are equal.

    A plain count also agrees with parameters and tokens, whose noun often stands before the figure. Only a
    figure qualified as "about" that is written with fewer digits may differ, by half its last digit.
    """
    if a.unit != b.unit and {a.unit, b.unit} not in ({"", "parameter"}, {"", "token"}):
        return False
    if a.value == b.value:
        return True
    coarse, fine = sorted((a, b), key=lambda quantity: _digits(quantity.value))
    if coarse.qualifier != "about" or _digits(coarse.value) == _digits(fine.value):
        return False
    last = Decimal(coarse.value.normalize().as_tuple().exponent)
    return abs(a.value - b.value) * 2 <= Decimal(10) ** last


def _digits(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


_LEADING = {"percent": "%", "factor": "x", "yen": ""}
# Downloaded 10.9 million times: what is done so often is counted, not multiplied.
_DONE = re.compile(r"ed (?:[a-z]+ ){0,2}\Z")
_MANY = 100_000
_GROUPED = re.compile(r"[0-9],\Z")
_GROUP = re.compile(r"[0-9]{3}(?=GPU)")


def _identifiers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of tokens that mix letters and digits and are no figure: o1-1217, 910C, Qwen3-235B-A22B."""
    for match in notation.TOKEN.finditer(text):
        token = match[0]
        if (
            not token.replace(".", "").isdigit()
            and re.search("[0-9]", token)
            and not notation.FIGURE.fullmatch(token)
        ):
            # 8,000GPU時間: the digits are the end of a figure, not the beginning of a name.
            tail = _GROUP.match(token) if _GROUPED.search(text, 0, match.start()) else None
            yield match.start() + (tail.end() if tail else 0), match.end()


def _drafts(text: str, yen: str) -> Iterator[_Draft]:
    position = 0
    while match := notation.NUMBER.search(text, position):
        draft = _draft(text, match, position, yen)
        position = draft.end if draft else match.end()
        if draft:
            yield draft


def _draft(text: str, match: re.Match[str], floor: int, yen: str) -> _Draft | None:
    """Reads the number of the match with its currency before it and magnitude and unit after it."""
    if match["whole"] or match["whole_cjk"]:
        whole, unit = notation.WHOLE[match[0][:5].lower()]
        return _Draft(Decimal(whole), Decimal(1), unit, Decimal(1), True, *match.span())
    before = notation.BEFORE.search(text, max(floor, match.start() - 12), match.start())
    currency = (before.lastgroup or "") if before else ""
    number, magnitude, end = _number(text, match, money=currency not in ("", "percent", "factor"))
    unit, factor, unit_end = _unit(text, end)
    known = unit_end > end
    if currency and not (known and unit in notation.CODES):
        unit, factor, unit_end = _LEADING.get(currency, currency) or yen, Decimal(1), end
    if unit == "x" and number * magnitude >= _MANY and _DONE.search(text, 0, match.start()):
        unit = ""
    if text.startswith("半", unit_end) and unit in ("year", "month", "hour"):  # 3年半
        number, unit_end = number + Decimal("0.5"), unit_end + 1
    draft = _Draft(
        number,
        magnitude,
        unit,
        factor,
        known or bool(currency),
        before.start() if before else match.start(),
        unit_end,
    )
    return draft if _counts(draft, match, text) else None


def _counts(draft: _Draft, match: re.Match[str], text: str) -> bool:
    """Whether the draft is a figure: no kanji of a word (一つ, 三元, 千问), no head of an unknown token (100m)."""
    if not match["kanji"]:
        return not re.match("[A-Za-z0-9]{2}", text[draft.end - 1 : draft.end + 1])
    if not draft.number:
        return False
    if draft.known:
        return not (draft.number == 1 and draft.unit == "") and not (
            draft.number < 10 and draft.unit == "CNY"
        )
    return match["kanji"][0] in notation.KANJI_DIGITS and draft.number >= 10000


def _number(text: str, match: re.Match[str], *, money: bool) -> tuple[Decimal, Decimal, int]:
    """(number, magnitude, end); the number is 0 where kanji spell none."""
    if match["kanji"]:
        return Decimal(_kanji(match["kanji"])), Decimal(1), match.end()
    if match["word"]:
        number, magnitude, end = Decimal(sum(map(_word, match["word"].split("-")))), Decimal(1), match.end()
    else:
        number, magnitude, end = _composed(text, match.start())
    if half := notation.AND_A_HALF.match(text, end):
        number, end = number + Decimal("0.5"), half.end()
    for _ in range(2):  # "hundred million" is two words
        if big := notation.BIG_WORD.match(text, end):
            magnitude, end = magnitude * Decimal(10) ** notation.BIG[big[1].lower()], big.end()
    if big := (notation.BIG_MONEY if money else notation.BIG_LETTER).match(text, end):
        magnitude, end = magnitude * Decimal(10) ** notation.BIG[big[0].strip().lower()], big.end()
    return number, magnitude, end


def _composed(text: str, start: int) -> tuple[Decimal, Decimal, int]:
    """Reads 1兆2,000億 or 29万4,000 as far as the segments descend."""
    total, last, end = Decimal(0), Decimal(0), start
    while segment := notation.SEGMENT.match(text, end):
        number = Decimal(segment["number"].replace(",", ""))
        magnitude = Decimal(10) ** sum(notation.ZEROS[sign] for sign in segment["myriad"] or "")
        if last and number * magnitude >= last:
            break
        single = not last
        total, last, end = total + number * magnitude, magnitude, segment.end()
        if magnitude == 1 or not re.match("[0-9]", text[end : end + 1]):
            return (number, magnitude, end) if single else (total, Decimal(1), end)
    return total, Decimal(1), end


def _word(word: str) -> int:
    return notation.WORDS[word.lower()]


def _kanji(written: str) -> int:
    """The value of a kanji numeral, 0 where the signs spell none (二五)."""
    total = section = digit = 0
    for sign in written:
        zeros = notation.ZEROS.get(sign, 0)
        if not zeros:
            if digit:
                return 0
            digit = notation.KANJI_DIGITS[sign]
        elif zeros < 4:
            section, digit = section + (digit or 1) * 10**zeros, 0
        else:
            section += digit
            total, section, digit = (total + section * 10**zeros if section else total * 10**zeros), 0, 0
    return total + section + digit


def _unit(text: str, end: int) -> tuple[str, Decimal, int]:
    """(unit, factor, end of the unit); the end stays where no unit is written."""
    between = notation.BETWEEN.match(text, end)
    for start in (end, between.end()) if between else (end,):
        if found := notation.UNIT_AFTER.match(text, start):
            unit, factor, _ = notation.UNITS[int((found.lastgroup or "")[1:])]
            return unit, Decimal(factor), found.end()
    return "", Decimal(1), end


def _share(drafts: list[_Draft], text: str) -> list[_Draft]:
    """Gives both ends of a range ($5.6-6 million, 4〜14か月) the magnitude and unit that one of them has."""
    for i in range(len(drafts) - 1):
        low, high = drafts[i], drafts[i + 1]
        gap = notation.RANGE.fullmatch(text, low.end, high.start)
        if not gap or (gap[0] == " and " and (low.magnitude == 1 or high.magnitude == 1)):
            continue
        if low.magnitude == 1 and low.number < high.number:
            drafts[i] = replace(drafts[i], magnitude=high.magnitude)
        if not low.known:
            drafts[i] = replace(drafts[i], unit=high.unit, factor=high.factor, known=high.known)
        elif not high.known and low.unit in notation.CODES and gap[0] != " to ":
            drafts[i + 1] = replace(high, unit=low.unit, factor=low.factor, known=True)
    return drafts


def _inherit(drafts: list[_Draft], text: str) -> list[_Draft]:
    """Gives a large bare figure the unit named before it: 57 million yuan in 2022, 125 million in 2023.

    A conversion in brackets hands nothing on, and amounts of one series are of like size.
    """
    named: _Draft | None = None
    since = 0
    for i, draft in enumerate(drafts):
        if notation.OTHER_TOPIC.search(text, since, draft.start):
            named = None
        large = _amount(draft) >= 10**6 and text[draft.end - 1] not in "KkMBbT"
        if draft.unit in notation.INHERITED and draft.known and text[draft.start - 1 : draft.start] != "(":
            named = draft
        elif named and large and _continues(named, draft) and notation.ELIDED.match(text, draft.end):
            drafts[i] = replace(draft, unit=named.unit)
        since = draft.end
    return drafts


def _continues(named: _Draft, draft: _Draft) -> bool:
    return not draft.known and _amount(named) / 1000 <= _amount(draft) <= _amount(named) * 1000


def _amount(draft: _Draft) -> Decimal:
    return draft.number * draft.magnitude * draft.factor


def _qualifier(text: str, draft: _Draft) -> Qualifier:
    for kind, trail in notation.TRAILS:
        if trail.match(text, draft.end):
            return kind
    for kind, lead in notation.LEADS:
        if lead.search(text, max(0, draft.start - 20), draft.start):
            return kind
    return "over" if re.search("[+多余餘超]|以上", text[draft.start : draft.end]) else "exact"
