"""Reads spreadsheets and delimited text (xlsx, csv, tsv) as Markdown tables, numbers as a person sees them.

Knows cell values and number formats. It computes no formula, and it does not see which rows and columns are hidden,
nor charts, images and text boxes, of which it only tells how many there are.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from heiso.corpus import plain, zips
from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import Extract, table

__all__ = ["csv", "number", "stored", "xlsx"]

_CELLS = 2_000_000
# Cells share their strings, so that a small file can show a long one a million times.
_CHARACTERS = 100_000_000
_DELIMITERS = ",\t;|"
# The sniffer takes time that grows with the square of what it is given.
_SAMPLE = 1 << 13
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")

# One part of a number format: what is written as it stands, what is left out, and the digits themselves.
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<left>\[[^\]]*\]|_.|\*.)|'
    r"(?P<digits>(?:[#0?][#0?,]*(?<!,)(?:\.[#0?]*)?|\.[#0?]+),*)|(?P<percent>%)|(?P<literal>[^/@])",
    re.DOTALL,
)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*)(?:;|\Z)', re.DOTALL)
_CONDITION = re.compile(r"\[[<>=]")
_SCIENTIFIC = re.compile(r"[0#?]\.?(?P<places>0*)[#?]*E\+0+", re.IGNORECASE)
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|[_*].|am/pm|a/p', re.IGNORECASE)
# Dates and times whose format Excel leaves to its East Asian language versions, so that no format is in the file.
_EAST_ASIAN = frozenset((*range(27, 37), *range(50, 59)))


class _Room:
    """How much a file may still hold."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._cells, self._characters = _CELLS, _CHARACTERS

    def take(self, text: str) -> str:
        """Makes room for a cell.

        Raises:
            BadDocument: there is none left.
        """
        self._cells -= 1
        self._characters -= len(text)
        if self._cells < 0:
            raise BadDocument(
                f"{self._name} holds more than {_CELLS:,} cells.",
                hint="Split it, or delete the formatted but empty rows and columns around the data.",
            )
        if self._characters < 0:
            raise BadDocument(f"{self._name} shows more than {_CHARACTERS:,} characters.", hint="Split it.")
        return text


def xlsx(data: bytes, name: str) -> Extract:
    """The visible sheets of a workbook, each a page under its name, its blocks of rows as tables.

    A row of one cell above or below a table is a paragraph. Hidden sheets, formulas without a stored value, charts,
    images, text boxes and comments are told in `notes`.

    Raises:
        BadDocument: damaged, unsafe, encrypted, larger than two million cells, or without any visible text.
    """
    zips.check(data, name)
    properties = zips.properties(data, name)
    text, pages, notes = "", [], []
    with zips.reading(name, "workbook"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")
        book = _open(data, values=True)
        room = _Room(name)
        filled = False
        unvalued: dict[str, set[str]] = {}
        for sheet in book.worksheets:
            title = _clean(sheet.title)
            if sheet.sheet_state != "visible":
                notes.append(f"Sheet '{title}' is hidden and was left out.")
                continue
            rows, unvalued[sheet.title] = _rows(sheet, room)
            if not rows:
                notes.append(f"Sheet '{title}' is empty.")
            filled = filled or bool(rows)
            text += "\n\n" if text else ""
            pages.append(len(text))
            text += "\n\n".join([f"## {title}", *_blocks(rows)])
        book.close()
        notes += _formulas(data, unvalued)
        notes += [f"Sheet '{_clean(sheet.title)}' is a chart and was left out." for sheet in book.chartsheets]
        notes += _left_out(data)
    if not filled:
        raise BadDocument(f"{name} holds no text.", hint=" ".join(notes) or "Its sheets are empty.")
    return Extract(
        text,
        title=properties.title,
        date=properties.date,
        language=properties.language,
        pages=tuple(pages),
        notes=tuple(notes),
    )


def csv(data: bytes, name: str) -> Extract:
    """A delimited text as one table, its first row the head; commas, tabs, semicolons and bars are recognised.

    Raises:
        BadDocument: empty, not text, larger than two million cells, or with a field of more than 131,072 characters.
    """
    from csv import Error, reader

    text, _ = plain.decode(data, name)
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    rows: list[list[str]] = []
    room = _Room(name)
    try:
        for row in reader(StringIO(text, newline=""), delimiter=_delimiter(text, name)):
            rows.append([room.take(cell) for cell in row])
    except Error as error:
        raise BadDocument(
            f"{name} cannot be read as a table: {error} in row {len(rows) + 1}.",
            hint="A quotation mark that is never closed is the usual cause.",
        ) from error
    found = table(rows)
    if not found:
        raise BadDocument(f"{name} holds no text.", hint="The file is empty or holds only blank cells.")
    return Extract(found)


def number(value: float, code: str) -> str:
    """`value` as the number format `code` shows it, serial dates excepted; plainly where the format is an unusual one."""
    sections = _SECTION.findall(code or "General")[:-1]
    section = sections[0]
    signed = True
    if value < 0 and len(sections) > 1:
        section, signed = sections[1], False
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    if "general" in code.lower() or _CONDITION.search(code) or abs(value) >= 1e15:
        return _general(value)
    if match := _SCIENTIFIC.search(section):
        return f"{value:.{len(match['places'])}E}"
    shown = _filled(abs(value), section)
    if not shown:
        return _general(value)
    return "-" + shown if value < 0 and signed else shown


def stored(value: str, code: str) -> str:
    """A number as a chart stores it, as the number format `code` shows it; anything else as it stands."""
    from openpyxl.styles import is_date_format

    try:
        figure = float(value)
    except ValueError:
        return value
    return _serial(figure, None, code) if is_date_format(code) else number(figure, code)


def _open(data: bytes, *, values: bool) -> Any:
    """The workbook, with the stored values of its formulas or with the formulas."""
    from openpyxl import load_workbook

    return load_workbook(BytesIO(data), read_only=True, data_only=values, keep_links=False)


def _rows(sheet: Any, room: _Room) -> tuple[list[list[str]], set[str]]:
    """The rows of `sheet` as shown, up to its last filled one, and the places of the cells that lack a value.

    Raises:
        BadDocument: `room` has none left.
    """
    # What the file says of its size is often wrong: too small loses rows, too large makes millions of blank ones.
    sheet.reset_dimensions()
    rows: list[list[str]] = []
    unvalued: set[str] = set()
    blank = 0
    for row in sheet.iter_rows():
        # Cells that the file does not hold know no place.
        unvalued.update(
            c.coordinate for c in row if c.value is None and c.data_type == "n" and hasattr(c, "row")
        )
        shown = [room.take(_shown(cell)) for cell in row]
        if not any(shown):
            blank += 1
            continue
        # A thousand blank rows part two blocks as well as one does.
        rows += [[]] * min(blank, 1) + [shown]
        blank = 0
    return rows, unvalued


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        if cell.style_array.numFmtId in _EAST_ASIAN:
            return _serial(value, cell.parent.parent.epoch, "y-m-d")
        return number(value, cell.number_format)
    if isinstance(value, (date, time, timedelta)):
        return _moment(value, cell.number_format)
    from openpyxl.utils.escape import unescape

    return _clean(unescape(str(value)))


def _clean(text: str) -> str:
    """One line of `text` without control characters."""
    return " ".join(_CONTROL.sub("", text).split())


def _serial(value: float, epoch: datetime | None, code: str) -> str:
    """The date or time of a serial number, by default of the usual epoch; the number where it is no date."""
    from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

    try:
        moment = from_excel(value, epoch or WINDOWS_EPOCH)
    except (OverflowError, ValueError):
        return _general(value)
    return _moment(moment, code)


def _moment(value: date | time | timedelta, code: str) -> str:
    """A date in ISO form, only as exact as its format shows it; a clock time as HH:MM, with seconds where there are any."""
    if isinstance(value, timedelta):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
    clock = value if isinstance(value, time) else value.time() if isinstance(value, datetime) else time()
    hour = clock.isoformat("seconds" if clock.second else "minutes")
    if isinstance(value, time):
        return hour
    letters = _NOT_LETTERS.sub("", code.split(";")[0]).lower()
    if "h" in letters:
        return f"{value:%Y-%m-%d} {hour}"
    day = f"{value:%Y-%m-%d}"
    if "d" in letters:
        return day
    return day[:7] if "m" in letters else day[:4]


def _general(value: float) -> str:
    """A number without a format of its own: whole, or with the decimals that a sheet shows."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    whole = len(str(int(abs(value)))) if abs(value) < 1e15 else 0
    return f"{value:.{max(10, min(whole + 2, 15))}g}".upper()


def _filled(value: float, section: str) -> str:
    """`value` put into one section of a number format; "" where the section is not understood or shows nothing."""
    parts = _parts(section)
    digits = [part["digits"] for part in parts if part["digits"]]
    if len(digits) != 1 or sum(len(part[0]) for part in parts) != len(section):
        literal = "".join(_literal(part) for part in parts).strip()
        return literal if value == 0 and not digits else ""
    percent = sum(1 for part in parts if part["percent"])
    shown = _digits(Decimal(repr(value)) * 100**percent, digits[0])
    return "".join(shown if part["digits"] else _literal(part) for part in parts).strip()


@lru_cache(maxsize=1024)
def _parts(section: str) -> tuple[re.Match[str], ...]:
    return tuple(_PART.finditer(section))


def _literal(part: re.Match[str]) -> str:
    names = ("quoted", "escaped", "currency", "percent", "literal")
    return next((part[name] for name in names if part[name]), "")


def _digits(value: Decimal, pattern: str) -> str:
    """`value` in a pattern such as `#,##0.0#`; each comma behind the last digit divides by a thousand."""
    bare = pattern.rstrip(",")
    whole, _, places = bare.partition(".")
    places = places[
        :10
    ]  # a sheet holds fifteen digits, and more places would only show what binary made of them
    scaled = value / 1000 ** (len(pattern) - len(bare))
    rounded = scaled.quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    left, _, right = f"{rounded:{',' if ',' in whole else ''}f}".partition(".")
    least = places.count("0")
    right = right[:least] + right[least:].rstrip("0")
    if left == "0" and "0" not in whole and set(whole) == {"?"}:
        # The dash that accountants write for nothing: "-"??
        left = ""
    return left.rjust(whole.count("0"), "0") + (f".{right}" if right else "")


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Paragraphs and tables: a block is what stands between blank rows."""
    block: list[Sequence[str]] = []
    for row in [*rows, []]:
        if row:
            block.append(row)
            continue
        wide = [at for at, cells in enumerate(block) if sum(map(bool, cells)) > 1]
        first, last = (wide[0], wide[-1] + 1) if wide else (len(block), len(block))
        yield from map(_paragraph, block[:first])
        if wide:
            yield table(block[first:last])
        yield from map(_paragraph, block[last:])
        block = []


def _paragraph(row: Sequence[str]) -> str:
    """The one filled cell of a row; a number sign at its start makes no heading."""
    return re.sub(r"\A(?=#{1,6}\s)", r"\\", "".join(row))


def _formulas(data: bytes, unvalued: dict[str, set[str]]) -> Iterator[str]:
    """Tells formulas without a stored value from cells that are only formatted, which takes a second look."""
    if not any(unvalued.values()):
        return
    book = _open(data, values=False)
    for title, places in unvalued.items():
        if not places:
            continue
        sheet = book[title]
        sheet.reset_dimensions()
        formulas = (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f")
        if count := sum(1 for cell in formulas if cell.coordinate in places):
            noun = "formula" if count == 1 else "formulas"
            yield f"Sheet '{_clean(title)}' holds {count} {noun} without a stored value."
    book.close()


def _left_out(data: bytes) -> list[str]:
    """What stands on the sheets beside the cells, counted by the members that hold it."""
    with zipfile.ZipFile(BytesIO(data)) as container:
        names = container.namelist()
        drawings = [name for name in names if name.startswith("xl/drawings/drawing")]
        boxes = sum(len(re.findall(rb"<(?:\w+:)?txBody\b", container.read(name))) for name in drawings)
    found = [
        ("charts", sum(1 for name in names if name.startswith("xl/charts/chart"))),
        ("images", sum(1 for name in names if name.startswith("xl/media/"))),
        ("text boxes", boxes),
        ("comment sheets", sum(1 for name in names if re.match(r"xl/(?:comments/)?comment[^/]*\.xml", name))),
    ]
    return [f"What stands beside the cells was left out ({what}: {count})." for what, count in found if count]


def _delimiter(text: str, name: str) -> str:
    """The character between fields: as the ending says, as the sniffer finds, or the one the first line has most of."""
    from csv import Error, Sniffer

    sample = text[:_SAMPLE]
    if name.lower().endswith((".tsv", ".tab")) and "\t" in sample:
        return "\t"
    try:
        return Sniffer().sniff(sample, delimiters=_DELIMITERS).delimiter
    except Error:
        first = next((line for line in sample.splitlines() if line.strip()), "")
        return max(_DELIMITERS, key=first.count)
