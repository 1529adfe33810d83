"""Folds text for matching: width, case, and one common form for simplified, traditional and Japanese Han.

It knows characters, not words or names, and what it returns is never shown to a reader.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fold", "fold_map"]

# A character with the marks that NFKC may melt into it (accents, kana voicing marks of either width).
_MARK = re.compile(r"[\u0300-\u036f\u3099\u309a\uff9e\uff9f]")
_CLUSTER = re.compile(rf".{_MARK.pattern}*", re.DOTALL)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# What OpenCC leaves apart or joins with another word than ours: 値段 / 值段, 予測 / 预测, 弁論 / 辩论.
_BY_HAND = dict(zip("値予弁欠缶糸戸聡呉舎闘頬髙﨑衞", "值预辩缺罐丝户聪吴舍斗颊高崎卫", strict=True))


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


@lru_cache(maxsize=1 << 15)
def _fold_cluster(cluster: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return _HAN.sub(lambda han: _fold_han(han[0]), plain)


def _fold_han(char: str) -> str:
    by_hand = _BY_HAND.get(char)
    if by_hand is not None:
        return by_hand
    to_traditional, to_simplified = _converters()
    return to_simplified(to_traditional(char))


@cache
def _converters() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """Loads OpenCC, which is not needed before the first Han character."""
    import opencc

    return opencc.OpenCC("jp2t").convert, opencc.OpenCC("t2s").convert
