"""Finds in a question what looks like a proper name or an identifier and is in no table.

Knows how names are written in Latin letters and katakana; the table that it is given knows which names there are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from heiso.corpus.entities import EntityTable, Span
from heiso.corpus.folding import end_in_original, fold_map
from heiso.corpus.sentences import split

__all__ = ["unknown_names"]

_KATAKANA = re.compile("[ァ-ヺー]+")
_LETTERS = "A-Za-zＡ-Ｚａ-ｚÀ-ɏ0-9０-９"
_LATIN = re.compile(rf"[{_LETTERS}]+(?:[-‐‑.&'’][{_LETTERS}]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# What stands capitalised inside a sentence only where every word is (a heading, or shouting).
_TITLE_CASE = re.compile(
    r"\s(?:I[sS]|A[rR][eE]|W[aA][sS]|D[oO]|D[oO][eE][sS]|D[iI][dD]|H[aA][sS]|I[tT][sS]|H[oO][wW])\b"
)
_AFTER_SUBJECT = re.compile(r"['’]s\b|,? (?:is|was|has|had|will|and|or|vs\.?|versus|plans|said|says)\b")
_NO_NAME_ENDS = ("ing", "ed", "ly", "tion", "sion", "ment", "ness", "ity", "ers", "ors", "ies", "ists", "als")


def unknown_names(text: str, table: EntityTable) -> tuple[Span, ...]:
    """Finds what looks like a proper name or an identifier in a question and is no known entity.

    Returns:
        Each name as written, with its start and end; names that stand side by side come as one.
    """
    known = [(mention.start, mention.end) for mention in table.find(text)]
    spans = [
        (start, end)
        for version, start, end in table.versions(text)
        if not table.is_no_name(version) and not any(a <= start and end <= b for a, b in known)
    ]
    for start, end in (*_latin_names(text, table), *_katakana_names(text, table)):
        if not any(a < end and start < b for a, b in known):
            spans.append((start, end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and (start < joined[-1][1] or text[joined[-1][1] : start] in (" ", "・")):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple((text[start:end], start, end) for start, end in joined)


def _latin_names(text: str, table: EntityTable) -> Iterator[tuple[int, int]]:
    for start, end in split(text):
        sentence = text[start:end]
        capitals_tell = _TITLE_CASE.search(sentence) is None
        english = _CJK.search(sentence) is None
        for number, word in enumerate(_LATIN.finditer(sentence)):
            bare = re.sub(r"['’]s$", "", word[0])
            first = english and number == 0
            if first and not bare.lower().endswith(_NO_NAME_ENDS):
                first = _AFTER_SUBJECT.match(sentence, word.start() + len(bare)) is None
            if _is_name(bare, table, capitals_tell, first):
                yield start + word.start(), start + word.start() + len(bare)


def _is_name(word: str, table: EntityTable, capitals_tell: bool, first: bool) -> bool:
    """Judges a Latin word; `first` says that its first capital means nothing."""
    word = unicodedata.normalize("NFKC", word)
    if word[0].isdigit() or table.is_no_name(word):
        return False
    for part in re.split(r"[-‐.&'’]", word):
        if len(part) < 2 or part[0].isdigit() or table.is_no_name(part):
            continue
        inner = capitals_tell and any(char.isupper() for char in part[1:])
        capital = capitals_tell and not first and part[0].isupper()
        if inner or capital or any(char.isdigit() for char in part):
            return True
    return False


def _katakana_names(text: str, table: EntityTable) -> Iterator[tuple[int, int]]:
    folded, index = fold_map(text)
    for run in _KATAKANA.finditer(folded):
        if len(run[0]) >= 3 and run[0].strip("ー") and not table.is_no_name(run[0]):
            yield index[run.start()], end_in_original(text, index, run.end())
