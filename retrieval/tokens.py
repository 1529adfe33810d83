"""Tokens for lexical search in Japanese, English and Chinese: CJK uni- and bigrams, Latin words, entity names.

Knows how text is matched; knows nothing about ranking or storage.
"""

from __future__ import annotations

import re
from itertools import pairwise

from heiso.corpus import folding, vocabulary

__all__ = ["content_words", "name_tokens", "tokens"]

# Written as escapes: some editors turn U+F900 into another character, and the range with it.
_CJK = r"\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005\u3006\U00020000-\U0003134f"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:\.[0-9]+)*")
_WIDE = re.compile(rf"[{_CJK}]")
_HIRAGANA = re.compile(r"[ぁ-んー]+")
# Function words carry no subject; without them an English question ranks by what it asks about.
_STOP_WORDS = """
a an and are as at be been by did do does for from had has have how in is it its many much of on or s that the their
there they this to was were what when where which who why will with you
"""
_STOP = frozenset(_STOP_WORDS.split())


def tokens(text: str) -> list[str]:
    """The tokens of `text`, in order, folded: single characters and pairs of a CJK run, whole Latin words."""
    found: list[str] = []
    for match in _RUN.finditer(folding.fold(text)):
        run = match[0]
        if _WIDE.match(run):
            found.extend(run)
            found.extend(a + b for a, b in pairwise(run))
        elif run not in _STOP:
            found.append(run.replace(".", "d"))
    return found


def content_words(text: str) -> frozenset[str]:
    """The tokens of `text` that carry meaning: no single character, nothing in hiragana alone."""
    return frozenset(token for token in tokens(text) if len(token) > 1 and not _HIRAGANA.fullmatch(token))


def name_tokens(text: str) -> list[str]:
    """One token for each entity and glossary term that `text` names, the same in every language that names it."""
    return [
        _token(name) for name in sorted(vocabulary.entities().names(text) | vocabulary.glossary().names(text))
    ]


def _token(name: str) -> str:
    """A name as a token that no word of a text can be."""
    return "xn" + "".join(char for char in name.lower() if char.isalnum())
