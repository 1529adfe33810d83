"""Folds text for matching: width, case, and one common form for simplified, traditional and Japanese Han.

It knows characters, not words or names, and what it returns is never shown to a reader. The forms that OpenCC does not
know are in `forms.yaml`; more may be put over them for the whole process.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["HAN", "end_in_original", "fold", "fold_map", "use_variants", "variants"]

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# A character with the marks that NFKC may melt into it (accents, kana voicing marks of either width).
_MARK = re.compile(r"[\u0300-\u036f\u3099\u309a\uff9e\uff9f]")
_CLUSTER = re.compile(rf".{_MARK.pattern}*", re.DOTALL)
_HAN = re.compile(f"[{HAN}]")
_FORMS = Path(__file__).with_name("forms.yaml")

# What `use_variants` put over the bundled forms: a folded character, and the one that stands for it.
_own: dict[str, str] = {}


def fold(text: str) -> str:
    """Returns `text` as it is compared, without telling where each character came from."""
    return fold_map(text)[0]


def fold_map(text: str) -> tuple[str, list[int]]:
    """Folds `text` and remembers the way back.

    Returns:
        The folded text, and for each of its characters the index in `text` of the character (the first
        one, where several melt into one) that it came from.
    """
    if text.isascii():
        return text.lower(), list(range(len(text)))
    clusters = _CLUSTER.findall(text) if _MARK.search(text) else list(text)
    pieces = [_fold_cluster(cluster) for cluster in clusters]
    folded = "".join(pieces)
    if len(pieces) == len(folded) == len(text):
        return folded, list(range(len(text)))
    starts = accumulate(map(len, clusters), initial=0)
    return folded, [start for start, piece in zip(starts, pieces, strict=False) for _ in piece]


def end_in_original(text: str, index: list[int], end: int) -> int:
    """Returns where in `text` the character ends whose folded form ends at or around `end`; `index` is its map."""
    while end < len(index) and index[end] == index[end - 1]:
        end += 1
    return index[end] if end < len(index) else len(text)


def use_variants(groups: Iterable[str]) -> None:
    """Makes the Han characters of each group one for the whole process, on top of what comes with heiso.

    All forms of a character (traditional, Japanese) go with it, and groups that share one become one group. Its form is
    that of the first character of the group that came last. What another call had made one is forgotten.
    """
    global _own
    _own = {}
    _fold_cluster.cache_clear()
    own: dict[str, str] = {}
    for group in groups:
        first, *others = (own.get(form, form) for form in map(fold, group))
        merged = {form for form, stands in own.items() if stands in others}
        own |= dict.fromkeys((*others, *merged), first)
    _own = {form: stands for form, stands in own.items() if form != stands}
    _fold_cluster.cache_clear()


def variants() -> dict[str, str]:
    """Returns the characters whose form OpenCC does not give, bundled and in force, each with its form."""
    return {char: _own.get(form, form) for char, form in (_by_hand() | _own).items()}


@lru_cache(maxsize=1 << 15)
def _fold_cluster(cluster: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return _HAN.sub(lambda han: _fold_han(han[0]), plain)


def _fold_han(char: str) -> str:
    form = _by_hand().get(char) or _by_opencc(char)
    return _own.get(form, form)


def _by_opencc(char: str) -> str:
    to_traditional, to_simplified = _converters()
    return to_simplified(to_traditional(char))


@cache
def _by_hand() -> dict[str, str]:
    """The characters whose common form OpenCC does not give, each with that form."""
    groups = yaml.safe_load(_FORMS.read_text(encoding="utf-8"))["variants"]
    return {char: group[0] for group in groups for char in group}


@cache
def _converters() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Loads OpenCC, which is not needed before the first Han character."""
    import opencc

    return opencc.OpenCC("jp2t").convert, opencc.OpenCC("t2s").convert
