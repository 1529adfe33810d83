"""Writes a figure with its unit the way Japanese, English and Chinese do.

Knows units and magnitudes; does not round and does not read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

__all__ = ["render"]

# How each language writes a unit around the figure; en takes the plural and drops its s for 1.
_WRITTEN: dict[str, tuple[str, str, str]] = {
    "%": ("{}%", "{}%", "{}%"),
    "point": ("{}ポイント", "{} percentage points", "{}个百分点"),
    "x": ("{}倍", "{} times", "{}倍"),
    "CNY": ("{}元", "{} yuan", "{}元"),
    "USD": ("{}ドル", "${}", "{}美元"),
    "JPY": ("{}円", "{} yen", "{}日元"),
    "HKD": ("{}香港ドル", "HK${}", "{}港元"),
    "EUR": ("{}ユーロ", "€{}", "{}欧元"),
    "second": ("{}秒", "{} seconds", "{}秒"),
    "hour": ("{}時間", "{} hours", "{}小时"),
    "day": ("{}日間", "{} days", "{}天"),
    "month": ("{}か月", "{} months", "{}个月"),
    "year": ("{}年間", "{} years", "{}年"),
    "nm": ("{}nm", "{} nm", "{}纳米"),
    "parameter": ("{}パラメータ", "{} parameters", "{}参数"),
    "token": ("{}トークン", "{} tokens", "{}词元"),
    "": ("{}", "{}", "{}"),
}
_PREFIXED = {"watt": ("W", "kW", "MW", "GW", "TW"), "byte": (" bytes", "KB", "MB", "GB", "TB", "PB")}
_SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    "en": ((12, " trillion"), (9, " billion"), (6, " million")),
    "ja": ((12, "兆"), (8, "億"), (4, "万")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}


def render(value: Decimal, unit: str, language: Literal["ja", "en", "zh"]) -> str:
    """Writes a figure the way the language does, exactly: 7,000億元, 700 billion yuan, 7000亿元.

    Args:
        value: In base units, not negative.
        unit: A unit of `Quantity`; one that is not known is written after the figure.
        language: The language to write in.
    """
    if signs := _PREFIXED.get(unit):
        step = max((n for n in range(len(signs)) if Decimal(1000) ** n <= value), default=0)
        return _plain(value / Decimal(1000) ** step) + signs[step]
    written = _WRITTEN.get(unit, ("{} " + unit,) * 3)[("ja", "en", "zh").index(language)]
    if language == "en" and value == 1 and " " in written:
        written = written.removesuffix("s")
    return written.format(_composed_ja(value) if language == "ja" else _scaled(value, language))


def _plain(value: Decimal) -> str:
    digits = f"{value:,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _scaled(value: Decimal, language: str) -> str:
    for zeros, sign in _SCALES[language]:
        if value >= Decimal(10) ** zeros:
            digits = _plain(value.scaleb(-zeros))
            return (digits.replace(",", "") if language == "zh" else digits) + sign
    return _plain(value)


def _composed_ja(value: Decimal) -> str:
    """29万4,000: groups of four digits, each with its own magnitude."""
    written = ""
    for zeros, sign in _SCALES["ja"]:
        count, value = divmod(value, Decimal(10) ** zeros)
        written += f"{_plain(count)}{sign}" if count else ""
    return written + (_plain(value) if value or not written else "")
