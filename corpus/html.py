"""Reads HTML pages: their main text as Markdown, without menus, notices, scripts and hidden elements.

Knows markup and declared encodings; knows no browser, so neither style sheets nor what scripts add.
"""

from __future__ import annotations

import copy
import logging
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import trafilatura
from htmldate import find_date
from lxml import etree, html
from trafilatura.settings import use_config

from heiso.corpus.dates import read_dates
from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import Extract, table
from heiso.corpus.plain import decode

__all__ = ["extract"]

_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]+)",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# What a browser reads under these names; the later codecs know characters that the first one lacks.
_CODECS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms_kanji"), ("cp932",)),
    **dict.fromkeys(("euc-jp", "x-euc-jp"), ("euc_jp", "euc_jis_2004")),
    **dict.fromkeys(("iso-2022-jp",), ("iso2022_jp", "iso2022_jp_ext")),
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk", "gb18030"), ("gb18030",)),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5"), ("big5hkscs", "cp950")),
    **dict.fromkeys(("iso-8859-1", "latin1", "us-ascii", "ascii"), ("cp1252",)),
    **dict.fromkeys(("utf-8", "utf8", "utf-16", "unicode"), ("utf-8",)),
}
_ONE_BYTE = re.compile(r"windows-125\d|iso-8859-\d{1,2}|koi8-[ru]|euc-kr")
# A page with more damaged characters than this share is in another encoding.
_MOST_DAMAGED = 0.001

_NEVER_SEEN = ("script", "style", "template", "rt", "rp")
_NO_CONTENT = (
    *("nav", "footer", "aside", "form", "button", "select", "iframe", "object", "svg", "head", "noscript"),
    *("textarea", "canvas", "audio", "video", "datalist"),
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_NO_SIZE = re.compile(r"font-size\s*:\s*0(?:\.0*)?(?:px|pt|r?em|%)?\s*(?:;|!|\Z)", re.IGNORECASE)
_WIDE = r"[\u2e80-\uabff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]"
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*\r?\n\s*(?={_WIDE})")
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
_COMPOSED = re.compile(r"[^\W_][\u0300-\u036f\u3099\u309a]+")
# Below this many characters trafilatura gives its main text up for all text of the page; a Japanese or Chinese notice
# says as much in these as an English one in its default of 250.
_SHORTEST_ARTICLE = 60
# Beyond this many cells a table's spans are a trap for the memory, not a table.
_MOST_CELLS = 50_000
_MOST_SPAN = 1000

# Elements of HTML, and those that trafilatura makes of them.
_INLINE = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "cite",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "hi",
            "i",
            "ins",
            "kbd",
        ),
        *("label", "mark", "q", "rb", "ref", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub"),
        *("sup", "time", "tt", "u", "var", "wbr"),
    )
)
_LISTS = frozenset(("ul", "ol", "menu", "dl", "list"))
_HEADING = re.compile(r"h([1-6])\Z")


def extract(data: bytes, name: str) -> Extract:
    """The main text of an HTML page as Markdown, with the title, date, language and publisher that it states.

    A page in which no main text can be told from the rest is taken whole, and a note says so.

    Raises:
        BadDocument: `data` is empty, in no known encoding, nested too deeply, or holds no text.
    """
    for library in ("trafilatura", "htmldate", "justext"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    source, notes = _decoded(data, name)
    tree = _parsed(source, name)
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    scripts = bool(tree.xpath(".//script"))
    try:
        hidden = _prepare(tree)
        date = _date(tree)
        main = _main(tree)
        text = _rendered(main.body) if main is not None else ""
        if not text:
            text = _whole(tree)
            notes.append("The main text could not be told from the rest of the page, so all of it was taken.")
    except RecursionError as error:
        raise _too_deep(name) from error
    except (etree.LxmlError, ValueError, TypeError, AttributeError) as error:
        raise BadDocument(f"{name} cannot be read as HTML.", hint="Save the page from a browser.") from error
    if not text:
        hint = (
            "Its text is made by scripts; print the page to PDF in a browser." if scripts else "It is blank."
        )
        raise BadDocument(f"{name} holds no text.", hint=hint)
    if hidden:
        notes.append(f"{hidden} hidden element(s) with text were left out.")
    return Extract(
        text,
        title=_line(main.title if main is not None else None) or _line(tree.findtext(".//title")),
        date=date,
        language=language,
        publisher=_line(main.sitename if main is not None else None),
        notes=tuple(notes),
    )


# --- encoding and parsing ---


def _decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    """The page as text; what it declares itself to be goes first, as long as it is true."""
    if data[:2] in (b"<\0", b"\0<") and len(data) % 2 == 0:
        return data.decode("utf-16-le" if data[1] == 0 else "utf-16-be", "replace"), []
    declared = None if data.startswith(_BOMS) else _declared(data)
    if not declared:
        return decode(data, name)[0], []
    for codec in declared:
        try:
            return data.decode(codec), []
        except UnicodeDecodeError:
            continue
    try:
        return decode(data, name)[0], []
    except BadDocument:
        text = data.decode(declared[0], "replace")
        damaged = text.count("\ufffd")
        if damaged > _MOST_DAMAGED * len(text):
            raise
        return text, [f"{damaged} character(s) of the page are damaged and were read as \ufffd."]


def _declared(data: bytes) -> tuple[str, ...]:
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    label = (match[1] or match[2]).decode("ascii", "replace").lower() if match else ""
    return _CODECS.get(label) or ((label,) if _ONE_BYTE.fullmatch(label) else ())


def _parsed(source: str, name: str) -> Any:
    source = re.sub(r"\A\s*<\?xml[^>]*>", "", source.replace("\0", ""))
    if not source.strip():
        raise BadDocument(f"{name} holds no text.", hint="The file is blank; save the page once more.")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadDocument(f"{name} holds no text.", hint="Save the page from a browser.") from error
    # The parser stops there and would keep the beginning of the page only.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise _too_deep(name)
    return tree


def _too_deep(name: str) -> BadDocument:
    return BadDocument(f"{name} is nested too deeply to be read.", hint="Print the page to PDF in a browser.")


# --- before the main text is looked for ---


def _prepare(tree: Any) -> int:
    """Takes out what no person sees and mends what trafilatura would lose; returns how many texts were hidden."""
    for element in tree.xpath("|".join(f".//{tag}" for tag in _NEVER_SEEN)):
        if element.getparent() is not None and not _is_data(element):
            element.drop_tree()
    hidden = 0
    for element in tree.xpath(".//body//*[@hidden or @style]"):
        if element.getroottree().getroot() is tree and _is_hidden(element):
            hidden += bool(element.text_content().strip())
            element.drop_tree()
    for element in tree.iter(etree.Element):
        _mend_text(element)
    for element in tree.xpath(".//figcaption|.//table/caption"):
        _set_free(element)
    for grid in tree.xpath(".//table[not(.//table)]"):
        _expand(grid)
    for cell in tree.xpath(
        ".//td|.//th"
    ):  # what is left of spans, trafilatura would fill up with empty cells
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    return hidden


def _is_data(element: Any) -> bool:
    """Whether a script holds the page's metadata (JSON-LD), which trafilatura reads."""
    return element.tag == "script" and "ld+json" in (element.get("type") or "")


def _is_hidden(element: Any) -> bool:
    style = element.get("style") or ""
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    return bool(_HIDDEN.search(style) or (_NO_SIZE.search(style) and len(element) == 0))


def _mend_text(element: Any) -> None:
    """Joins CJK lines that the source breaks, and keeps a raised figure apart from the figure before it."""
    if element.text:
        element.text = _WIDE_BREAK.sub("", element.text)
    if element.tail:
        element.tail = _WIDE_BREAK.sub("", element.tail)
    if element.tag == "sup" and element.text and element.text[0].isdigit():
        before = element.getprevious()
        text = before.tail if before is not None else element.getparent().text
        if text and text[-1].isdigit():
            element.text = f"^{element.text}"


def _set_free(caption: Any) -> None:
    """Makes the caption of a table or figure a paragraph, which it is for a reader."""
    caption.tag = "p"
    holder = caption.getparent()
    if holder.tag == "table":
        holder.addprevious(caption)
    elif holder.tag == "figure":
        holder.tag = "div"


def _expand(grid: Any) -> None:
    """Writes the text of a merged cell into each of its places; a cell as wide as the table stays one."""
    rows = grid.xpath(".//tr")
    width = max((sum(_span(cell, "colspan") for cell in _cells(row)) for row in rows), default=0)
    if width * len(rows) > _MOST_CELLS:
        return
    hanging: dict[int, tuple[Any, int]] = {}  # by column: a cell from above, and for how many rows still
    for row in rows:
        places, hanging = _places(_cells(row), hanging, width)
        for element in list(row):
            row.remove(element)
        row.extend(places)


def _places(
    cells: list[Any], hanging: dict[int, tuple[Any, int]], width: int
) -> tuple[list[Any], dict[int, tuple[Any, int]]]:
    """The cells of a row, one a column, and what of them hangs into the rows below."""
    places: list[Any] = []
    below: dict[int, tuple[Any, int]] = {}

    def put(cell: Any, down: int) -> None:
        if down > 1:
            below[len(places)] = cell, down - 1
        places.append(copy.deepcopy(cell))

    for cell in [*cells, None]:
        while len(places) in hanging:
            put(*hanging[len(places)])
        if cell is not None:
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(across if across < width or down > 1 else 1):
                put(cell, down)
    return places, below


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _span(cell: Any, side: str) -> int:
    stated = re.match(r"\s*(\d{1,4})", cell.get(side) or "")
    return min(max(int(stated[1]), 1), _MOST_SPAN) if stated else 1


# --- the main text ---


def _main(tree: Any) -> Any:
    """What trafilatura makes of the page: its main text as a tree, and its metadata; None if it finds nothing."""
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(_SHORTEST_ARTICLE))
    without_menus = copy.deepcopy(tree)
    for menu in without_menus.xpath(".//nav|.//*[@role='navigation']"):
        if menu.getparent() is not None:
            menu.drop_tree()
    return trafilatura.bare_extraction(
        without_menus,
        include_comments=False,
        include_links=False,
        include_images=False,
        include_formatting=False,
        with_metadata=True,
        config=config,
    )


def _date(tree: Any) -> str:
    """The day on which the page says that it was published; a date that its text only speaks of does not count."""
    head = html.document_fromstring("<html><head></head><body></body></html>")
    for element in tree.xpath("./head/meta|.//script[contains(@type, 'ld+json')]"):
        head[0].append(copy.deepcopy(element))
    if stated := find_date(head, original_date=True, extensive_search=False):
        return stated
    marked = tree.xpath(
        ".//*[@itemprop='datePublished' or @pubdate]|.//time[not(ancestor::aside or ancestor::footer)]"
        "|.//*[contains(@class, 'date') or contains(@class, 'publish')][string-length(normalize-space()) < 40]"
    )
    for element in marked[:1]:
        stated = element.get("datetime") or element.get("content") or element.text_content()
        for date in read_dates(re.sub(r"(?<=\d)T(?=\d)", " ", stated)):
            if date.year and date.month and date.day:
                return f"{date.year:04}-{date.month:02}-{date.day:02}"
    return ""


def _whole(tree: Any) -> str:
    """All text of the page but its menus and forms; those too if there is nothing else."""
    body = tree.find("body")
    whole = copy.deepcopy(tree if body is None else body)
    for element in whole.xpath("|".join(f".//{tag}" for tag in _NO_CONTENT)):
        if element.getparent() is not None:
            element.drop_tree()
    return _rendered(whole) or _clean(" ".join("" if body is None else body.text_content().split()))


def _rendered(element: Any) -> str:
    return "\n\n".join(_blocks(element))


def _blocks(element: Any) -> Iterator[str]:
    """The Markdown blocks of an element, in order."""
    inline = element.text or ""
    for child in element:
        if child.tag in ("br", "lb"):
            inline += "\n"
        elif child.tag in _INLINE and not any(inner.tag not in _INLINE for inner in child.iterdescendants()):
            inline += child.text_content() if hasattr(child, "text_content") else "".join(child.itertext())
        else:
            yield from _paragraph(inline)
            inline = ""
            yield from _block(child)
        inline += child.tail or ""
    yield from _paragraph(inline)


def _paragraph(text: str) -> Iterator[str]:
    lines = [_line(line) for line in text.split("\n")] if "\n" in text else [_line(text)]
    text = "\n".join(line for line in lines if line)
    if text:
        yield "\\" + text if re.match(r"#{1,6}\s|\|", text) else text


def _block(element: Any) -> Iterator[str]:
    heading = _HEADING.match(element.get("rend") or "" if element.tag == "head" else element.tag)
    if heading:
        text = " ".join(" ".join(_blocks(element)).split())
        if text:
            yield f"{'#' * int(heading[1])} {text}"
    elif element.tag == "table":
        yield from _table(element)
    elif element.tag in _LISTS:
        lines = list(_items(element))
        if lines:
            yield "\n".join(lines)
    else:
        yield from _blocks(element)


def _table(element: Any) -> Iterator[str]:
    """A table as a pipe table; the paragraphs of one that only sets a page."""
    rows = [
        [list(_blocks(cell)) for cell in row if cell.tag in ("td", "th", "cell")]
        for row in element.iter("tr", "row")
    ]
    if max(map(len, rows), default=0) < 2:
        yield from (block for row in rows for cell in row for block in cell)
        return
    text = table([[" ".join(cell) for cell in row] for row in rows])
    if text:
        yield text


def _items(element: Any) -> Iterator[str]:
    """The lines of a list, those of the lists inside it indented."""
    number = 0
    term = ""
    for item in element.iterchildren("li", "item", "dt", "dd"):
        kind = (item.get("rend") or item.tag)[:2]
        inner = [child for child in item if child.tag in _LISTS]
        for child in inner:
            item.remove(child)
        text = " ".join(" ".join(_blocks(item)).split())
        if kind == "dt":
            term = f"{term}, {text}" if term else text
            continue
        if kind == "dd":
            text, term = f"{term}: {text}" if term else text, ""
        number += 1
        if text:
            ordered = element.tag == "ol" or element.get("rend") == "ol"
            yield f"{number}. {text}" if ordered else f"- {text}"
        yield from (f"  {line}" for child in inner for line in _items(child))
    if term:
        yield f"- {term}"


def _line(text: str | None) -> str:
    """Text on one line, composed, without what no person sees."""
    return _clean(_SPACES.sub(" ", text or "").strip())


def _clean(text: str) -> str:
    return _COMPOSED.sub(lambda match: unicodedata.normalize("NFC", match[0]), _UNSEEN.sub("", text))
