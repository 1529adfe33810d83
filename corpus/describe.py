"""Says what a document is from its text and its file name: title, date, language, and the names that it is
about.

Knows an Extract and dates as plain values; opens no file.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from itertools import islice

from heiso.corpus import language as languages
from heiso.corpus import vocabulary
from heiso.corpus.dates import Date, fold, read_dates
from heiso.corpus.extract import Extract
from heiso.corpus.passages import weight
from heiso.corpus.records import Language

__all__ = ["date", "entities", "language", "title"]

# What programs write for a title: a name for a file that has none, or the name of the file that was printed.
_RUBBISH = re.compile(
    r"(?:untitled|no title|title|名称未設定|無題|无标题|無標題|タイトル(?:なし)?|标题|新規.{0,12}|新建.{0,12}|about:blank|"
    r"microsoft (?:word|powerpoint|excel) - .*|(?:microsoft |word |microsoft word )?(?:document|文書|文档|文件)|"
    r"(?:microsoft )?(?:power)?point (?:presentation|プレゼンテーション|演示文稿|簡報)|presentation|sheet|"
    r"(?:sheet|slide|page|book|document|シート|スライド|ページ|ブック|文書|工作表|幻灯片|投影片|文档)\W?\d+|"
    r"\S*\.(?:docx?|pptx?|xlsx?|pdf|indd|qxd|tex|dvi|html?|odt|rtf|ai|eps|jtd|p65|fm|txt|md)|[\W\d_]*)\W*\d*",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"(?:abstract|summary|contents|table of contents|introduction|目\s*次|要\s*旨|要\s*約|概\s*要|はじめに|摘\s*要|目\s*录|前言|引言)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.{1,300}?)[ \t]*#*$", re.MULTILINE)
_INLINE = re.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)|\[([^\]\n]*)\]\([^)\n]*\)|(\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w))|\\([|*_#])"
)
_NO_TITLE_LINE = re.compile(r"[|>\-*+•・]|\d+[.)] |https?://|<|!\[")
_SENTENCE_END = re.compile(r"[.。]\Z")
_LONGEST_TITLE = 200
_LONGEST_LINE, _SHORTEST_SENTENCE = 160.0, 60.0
_FIRST_LINES = 12
_HEAD = 800
# 2025-08-27, 2025_08_27, 20250827; the forms with 年 are read as in any text.
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])(?!\d)")
# A period or a balance-sheet day, not a day of publication. A dash is none of a period before the place of a
# dateline.
_PERIOD_BEFORE = re.compile(
    r"(?:(?:ended|ending|as of|as at|since|from|until|through|due|自|至|截至|截止)[\s:]*|~\s*|[\d日]\s*[-〜–—]\s*)\Z",
    re.IGNORECASE,
)
_PERIOD_AFTER = re.compile(
    r"\s*(?:現在|时点|時点|に?終了|から|より|まで|以降|以来|に?締|期|止|起|为止|至|[-~〜–—]\s*(?:\d|[A-Z][a-z]{2,8}\.? \d|令和|平成))"
)
_WINDOWS, _WINDOW = 24, 400
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|https?://\S+|^\|.*$|[#*_`>|]+", re.DOTALL | re.MULTILINE)
_LANGUAGE_SAMPLE = 400_000
_LITTLE_PROSE = 0.2
# The names in a text of up to 64,000 characters are all counted, those of a longer one by samples from all
# over it.
_ENTITY_WINDOWS, _ENTITY_WINDOW = 16, 4000
_MOST_ENTITIES = 20


def title(extract: Extract, stem: str) -> str:
    """The title in the metadata unless a program made it up, else the first heading, else a short first line,
    else `stem`.
    """
    return (
        _usable(extract.title)
        or _first_heading(extract.text)
        or _first_line(extract.text)
        or " ".join(stem.split())
        or "document"
    )


def date(
    extract: Extract, stem: str, *, stated: bool, modified: datetime.date, today: datetime.date
) -> tuple[str, tuple[str, ...]]:
    """The ISO date of publication, and a note where it is a guess.

    `stated` says that the date of `extract` is one of publication; else it is when the file was made, and a
    date at the beginning of the text or in the file name goes first. A date after `today` is none of
    publication, unless it is stated.
    """
    if stated and extract.date:
        return extract.date, ()
    found = _date_in_text(extract.text[:_HEAD], today) or _date_in_name(stem, today)
    if found:
        return found, ()
    if extract.date and extract.date <= today.isoformat():
        return extract.date, ()
    return modified.isoformat(), (
        f"No date was found in the file; the day it was last changed, {modified.isoformat()}, was taken.",
    )


def language(text: str) -> Language:
    """The language that most of `text` is in, by samples from all over it: an English abstract makes no
    English paper.
    """
    prose = _NO_PROSE.sub(" ", text[:_LANGUAGE_SAMPLE])
    if len(prose) < _LITTLE_PROSE * min(len(text), _LANGUAGE_SAMPLE):  # a document of tables
        prose = text[:_LANGUAGE_SAMPLE].replace("|", " ")
    step = max(len(prose) // _WINDOWS, _WINDOW)
    votes: Counter[Language] = Counter()
    for start in range(0, len(prose), step):
        window = prose[start : start + _WINDOW].strip()
        if window:
            votes[languages.detect(window)] += round(weight(window))
    return votes.most_common(1)[0][0] if votes else "en"


def entities(text: str) -> tuple[str, ...]:
    """The canonical names of the known things that `text` names, the most frequent first, at most twenty."""
    step = max(len(text) // _ENTITY_WINDOWS, _ENTITY_WINDOW)
    parts = (text[at : at + _ENTITY_WINDOW] for at in range(0, len(text), step))
    counts = Counter(mention.entity.name for part in parts for mention in vocabulary.entities().find(part))
    return tuple(name for name, _ in counts.most_common(_MOST_ENTITIES))


def _usable(written: str) -> str:
    """A title on one line without Markdown; "" for none or rubbish."""
    plain = " ".join(
        _INLINE.sub(lambda match: match[1] or match[3] or "", written[: 2 * _LONGEST_TITLE]).split()
    )
    if len(plain) > _LONGEST_TITLE or "\ufffd" in plain or _RUBBISH.fullmatch(plain):
        return ""
    return plain


def _first_heading(text: str) -> str:
    """The first heading of the highest level that the text begins with, not an "Abstract"."""
    found = [
        (len(match[1]), usable)
        for match in islice(_HEADING.finditer(text), _FIRST_LINES)
        if (usable := _usable(match[2])) and not _GENERIC.fullmatch(usable)
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else ""


def _first_line(text: str) -> str:
    """The first line that is short and no sentence, date, list, table or figure."""
    lines = (line.strip() for line in text[: 40 * _HEAD].split("\n"))
    for line in islice(filter(None, lines), _FIRST_LINES):
        usable = "" if _NO_TITLE_LINE.match(line) else _usable(line.lstrip("# "))
        longest = _SHORTEST_SENTENCE if _SENTENCE_END.search(usable) else _LONGEST_LINE
        if not usable or _GENERIC.fullmatch(usable) or weight(usable) > longest:
            continue
        dated = read_dates(usable)
        if not dated or sum(d.end - d.start for d in dated) < len(usable) / 2:
            return usable
    return ""


def _date_in_text(head: str, today: datetime.date) -> str:
    for found in read_dates(head):
        day = _day(found, today)
        before, after = (
            fold(head[max(0, found.start - 12) : found.start]),
            fold(head[found.end : found.end + 16]),
        )
        if day and not _PERIOD_BEFORE.search(before) and not _PERIOD_AFTER.match(after):
            return day
    return ""


def _date_in_name(stem: str, today: datetime.date) -> str:
    for match in _IN_NAME.finditer(stem):
        day = _day(Date(int(match[1]), int(match[3]), int(match[4]), None, None, *match.span()), today)
        if day:
            return day
    return next(filter(None, (_day(found, today) for found in read_dates(stem))), "")


def _day(found: Date, today: datetime.date) -> str:
    """A full date of the calendar, not after `today`, as ISO; else ""."""
    if found.year is None or found.month is None or found.day is None:
        return ""
    try:
        day = datetime.date(found.year, found.month, found.day)
    except ValueError:  # 31 February
        return ""
    return day.isoformat() if day <= today else ""
