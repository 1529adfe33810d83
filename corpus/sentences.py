"""Cuts Japanese, Chinese and English text into sentences.

It knows punctuation and the common abbreviations, and nothing of grammar.
"""

from __future__ import annotations

import re

__all__ = ["split"]

_FULL = "。！？｡．"
_CLOSERS = "」』）)］】〉》〕”’\"'"
_STOP = re.compile(
    rf"(?P<stop>(?<![{_FULL}!?.…])[{_FULL}!?.…]*[{_FULL}!?.])(?P<tail>(?:[{_CLOSERS}]|\[\^[^\]\s]{{1,80}}\])*)"
    r"|(?P<line>\n[ \t\u3000\r]*(?=\n|[-*・>|+•] ?|\#{1,6} |\d{1,2}[.)] )|(?<=\n)\#{1,6} [^\n]*\n|\A\#{1,6} [^\n]*\n)"
)
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
# 「…ですか？」と聞いた: a particle after a closing bracket carries the sentence on.
_GOES_ON = re.compile(r"[とはがをにでのもへやな、，,：:]")
_OPENER = re.compile(
    r"[\"'“‘(]*(?:The|It|In|On|At|By|A|An|This|That|These|Those|They|He|She|We|However|But|And|For|From|As|"
    r"Its|Their|Both|All|When|While|After|Before|What|Which|Who|How|Why|Is|Are|Does|Did)\b"
)
_NEVER_LAST = re.compile(
    r"(?<![^\W_])(?:e\.g|i\.e|vs|cf|viz|approx|ca|Dr|Mr|Mrs|Ms|Prof|Gen|Sen|Rep|Gov|St|Fig|Figs|Eq|Sec|Vol|pp|ed|eds)$",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(
    r"(?<![^\W_])(?:No|Nos|Art|Ch|p|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)$", re.IGNORECASE
)
_MAYBE_LAST = re.compile(
    r"(?<![^\W_])(?:Inc|Corp|Ltd|Co|Bros|LLC|Jr|Sr|etc|al|est|Dept|Univ|a\.m|p\.m|Ph\.D|(?:[A-Z]\.)+[A-Z])$"
)
_INITIAL = re.compile(r"(?<![^\W_])(?<!Series )(?<!Plan )(?<!Class )(?<!Company )(?<!Phase )[A-Z]$")
_NUMBERED = re.compile(r"(?:\A|\n)[ \t]*\d{1,2}$")


def split(text: str) -> tuple[tuple[int, int], ...]:
    """Returns the spans of the sentences of `text`, in order and without white space at either end.

    Together the spans hold every character that is not white space. A heading, a list item and a
    paragraph end a sentence; closing brackets and footnote marks belong to the sentence they follow.
    """
    spans = []
    start = 0
    for match in _STOP.finditer(text):
        if match["line"] is None and not _is_end(text, match):
            continue
        spans.append(_strip(text, start, match.end()))
        start = match.end()
    spans.append(_strip(text, start, len(text)))
    return tuple((start, end) for start, end in spans if start < end)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Tells whether the punctuation in `match` ends a sentence."""
    stop, tail = match["stop"], match["tail"]
    if "[^" in tail:
        return True
    after = text[match.end() : match.end() + 1]
    if not after:
        return True
    if tail and _GOES_ON.match(after):
        return False
    if stop[-1] == "．":
        return not after.isdigit()
    if any(char in _FULL for char in stop):
        return True
    if not (after.isspace() or _CJK.match(after)):
        return False
    following = text[match.end() : match.end() + 40].lstrip()
    if tail and following[:1].islower():
        return False
    return stop != "." or _is_full_stop(text, match.start(), following)


def _is_full_stop(text: str, at: int, following: str) -> bool:
    """Tells whether the dot at `at` ends a sentence rather than an abbreviation or a list number."""
    before = text[max(0, at - 20) : at]
    if not following:
        return True
    if _NEVER_LAST.search(before) or _NUMBERED.search(before):
        return False
    if _BEFORE_NUMBER.search(before):
        return not following[0].isdigit()
    if _MAYBE_LAST.search(before) or _INITIAL.search(before):
        return _OPENER.match(following) is not None
    return True
