"""How the lines of a PDF join to running text: divided words, scripts without spaces, list markers.

Knows strings; knows nothing of where they stand on a page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["UNSEEN", "bullet", "is_figure", "is_wide", "joined", "joint", "marker", "words"]

# Control characters and others that show nothing.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
_BULLET = re.compile(r"[•●○◦▪■□◆◇‣⁃∙]\s*|[・·–—*-]\s+")
_NUMBERED = re.compile(
    r"\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})[.)）]\s+|[（(](?:\d{1,2}|[一二三四五六七八九十]+)[)）]|[①-⑳]|[一二三四五六七八九十]+、"
)
_FIGURE = re.compile(
    r"[\s(（△▲+−–—-]*[$€£¥￥]?\s*[\d０-９][\d０-９,，.．\s]*\S{0,4}|[-–—―‐n/a./ ]+", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_COMPOSED = re.compile(r"[^\W_][\u0300-\u036f\u3099\u309a]+")


def is_wide(char: str) -> bool:
    """Whether `char` is written without spaces between words: Chinese and Japanese, not Korean."""
    return ord(char) >= 0x2E80 and not 0xAC00 <= ord(char) < 0xD7B0


def is_figure(text: str) -> bool:
    """Whether `text` is a figure with sign and unit, or what a table has in place of one (n/a, a dash)."""
    return _FIGURE.fullmatch(text) is not None


def words(text: str) -> list[str]:
    """The words of `text` in small letters, hyphenated ones whole."""
    return _WORD.findall(text.lower())


def bullet(text: str) -> str:
    """The bullet that `text` begins with, and the space after it; "" if there is none."""
    match = _BULLET.match(text)
    return match[0] if match else ""


def marker(text: str) -> str:
    """The bullet or number of a list item that `text` begins with; "" if there is none."""
    match = _BULLET.match(text) or _NUMBERED.match(text)
    return match[0] if match else ""


def joint(left: str, right: str, known: frozenset[str]) -> tuple[str, str]:
    """How two lines join: the left one, mended where a word was divided, and what comes between.

    `known` are the words of the document; they tell a divided word from a compound.
    """
    if not left or not right:
        return left, ""
    if left.endswith("\xad"):
        return left[:-1], ""
    if left.endswith("-") and right[0].islower() and len(left) > 1 and left[-2].isalpha():
        head, tail = words(left[:-1])[-1], words(right)[0]
        compound = f"{head}-{tail}" in known or "-" in head or (head in known and tail in known)
        return (left, "") if compound and head + tail not in known else (left[:-1], "")
    closed = is_wide(left[-1]) or is_wide(right[0]) or (left.endswith(("-", "/")) and right[0].isalnum())
    return left, "" if closed else " "


def joined(lines: Iterable[str], known: frozenset[str] = frozenset()) -> str:
    """One text of several lines, with `known` as for `joint`.

    Decomposed letters and kana are composed; full-width forms and ligatures stay as they are.
    """
    text = ""
    for line in lines:
        left, between = joint(text, line.strip(), known)
        text = left + between + line.strip()
    text = _COMPOSED.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    return " ".join(text.replace("\xad", "").split())
