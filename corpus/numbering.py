"""The lists of a Word document: what number or bullet stands before each paragraph, counted as Word counts.

Knows the numbering part and the forms of figures; knows nothing of the text of the paragraphs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from heiso.corpus.ooxml import NAMES, W, value

__all__ = ["Lists"]

_KANJI = "〇一二三四五六七八九"
_KANJI_FORMS = frozenset(
    ("japaneseCounting", "chineseCounting", "chineseCountingThousand", "taiwaneseCountingThousand")
)
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True)
class _Level:
    """How a list numbers one of its levels: `label` holds %1 for the figure of the first level, and so on."""

    start: int
    format: str
    label: str


class Lists:
    """The lists of a document, and how far each has been counted; `root` is its numbering part, or None."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._levels: dict[tuple[str, int], _Level] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        if root is not None:
            self._take(root)

    def label(self, elements: Sequence[Any]) -> tuple[str, int]:
        """What stands before a paragraph, and how deep it is indented: "-" for a bullet, "" outside of lists.

        `elements` are the paragraph and its styles, the nearest first; the list counts on.
        """
        number = _nearest(elements, "w:numId")
        at = int(_nearest(elements, "w:ilvl") or 0)
        abstract = self._abstract.get(number, "")
        level = self._levels.get((abstract, at))
        if level is None:
            return "", 0
        if level.format == "bullet":
            return "-", at
        counts = self._counts[abstract]
        for deeper in [one for one in counts if one > at]:
            del counts[deeper]
        # A list that starts anew does so once, at its first item.
        start = self._starts.pop((number, at), None)
        counts[at] = counts.get(at, level.start - 1) + 1 if start is None else start
        label = re.sub(r"%([1-9])", lambda match: self._figure(abstract, int(match[1]) - 1), level.label)
        return label, at

    def _take(self, root: Any) -> None:
        for each in root.findall("w:abstractNum", NAMES):
            for level in each.findall("w:lvl", NAMES):
                self._levels[each.get(f"{W}abstractNumId"), int(level.get(f"{W}ilvl"))] = _Level(
                    start=int(value(level, "w:start") or 0),
                    format=value(level, "w:numFmt") or "decimal",
                    label=value(level, "w:lvlText"),
                )
        for each in root.findall("w:num", NAMES):
            number = each.get(f"{W}numId")
            self._abstract[number] = value(each, "w:abstractNumId")
            for level in each.findall("w:lvlOverride", NAMES):
                if start := value(level, "w:startOverride"):
                    self._starts[number, int(level.get(f"{W}ilvl"))] = int(start)

    def _figure(self, abstract: str, depth: int) -> str:
        level = self._levels.get((abstract, depth))
        if level is None:
            return ""
        return _figure(self._counts[abstract].setdefault(depth, level.start), level.format)


def _nearest(elements: Sequence[Any], tag: str) -> str:
    """What the first of `elements` that says something of the kind `tag` says."""
    return next((found for each in elements if (found := value(each, f"w:pPr/w:numPr/{tag}"))), "")


def _figure(count: int, form: str) -> str:
    """A count in the digits or letters of a list; plain digits for the rarer forms."""
    if form.endswith("Letter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form.startswith("upper") else letter
    if form.endswith("Roman"):
        roman = "".join(_roman(count))
        return roman.upper() if form.startswith("upper") else roman
    if form.startswith("decimalEnclosedCircle") and 0 < count <= 20:
        return chr(ord("①") + count - 1)
    if form in _KANJI_FORMS:
        return _kanji(count)
    return str(count)


def _roman(count: int) -> Iterator[str]:
    for worth, sign in _ROMAN:
        yield sign * (count // worth)
        count %= worth


def _kanji(count: int) -> str:
    if not 0 < count < 100:
        return str(count)
    tens, ones = divmod(count, 10)
    return (_KANJI[tens] if tens > 1 else "") + ("十" if tens else "") + (_KANJI[ones] if ones else "")
