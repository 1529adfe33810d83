"""Reads PDF files: text in reading order with headings, tables and page offsets, without OCR.

Knows files, pages and metadata, and what to refuse; leaves to its fellow modules how a page is read.
"""

from __future__ import annotations

import base64
import ctypes
import html
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
from pypdfium2 import raw

from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import Extract
from heiso.corpus.pdf_chars import Box, Char, PdfiumGlyphs, characters, turned
from heiso.corpus.pdf_layout import flows
from heiso.corpus.pdf_markdown import Page, compose
from heiso.corpus.pdf_rules import Rules, ruling_lines
from heiso.corpus.pdf_text import UNSEEN

if TYPE_CHECKING:
    from heiso.corpus.pdf_fallback import FallbackReader

__all__ = ["extract"]

# pdfium is not safe for threads, whichever document each of them reads.
_PDFIUM = threading.Lock()

# No honest page comes near these; a file made to exhaust the memory does.
_MOST_BYTES_OF_STREAM = 512 * 2**20
_HIGHEST_RATIO = 200
_ANY_RATIO_BELOW = 10 * 2**20
# Deflate packs at most 1032 : 1, so a shorter stream cannot reach _ANY_RATIO_BELOW.
_SHORTEST_BOMB = _ANY_RATIO_BELOW // 1032
_MOST_OBJECTS = 20_000
_FILE_ENDS_IN = 2048

_BROKEN_HINT = "Open it in a PDF viewer and save it again, or fetch it once more."
_OCR_HINT = "Its pages are images; run OCR over it first."
_RUBBISH_TITLE = re.compile(
    r"(?:microsoft \w+ - .*|untitled\W*\d*|無題\W*\d*|名称未設定.*|无标题\W*\d*|document\W?\d*|slide \d+|"
    r"(?:power)?point presentation|powerpoint プレゼンテーション|no title|title|about:blank|\W*|\d+|"
    r".*\.(?:docx?|pptx?|xlsx?|pdf|indd|qxd|tex|dvi|html?|odt|rtf|ai|eps|jtd|p65|fm))",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:D:)?(\d{4})(?:-?(0[1-9]|1[0-2]))?(?:-?(0[1-9]|[12]\d|3[01]))?")


def extract(data: bytes, name: str) -> Extract:
    """The text of a PDF as Markdown, with the offsets of its pages and what its metadata say.

    Multi-column pages are read column by column; ruled tables and well-aligned unruled ones become pipe
    tables. Running headers stay at their first page only, bare page numbers go. Pages without text are told
    in `notes`.

    Raises:
        BadDocument: `data` is empty, no PDF, encrypted, truncated, corrupt, or holds no text.
    """
    _check(data, name)
    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise _refusal(error, data, name) from error
        try:
            fallback = cache(lambda: _fallback(data))
            read = [_page(document, index, fallback, name) for index in range(len(document))]
            info = {key: value.strip() for key, value in document.get_metadata_dict().items()}
            attached = document.count_attachments()
            language = _language(document)
        except pdfium.PdfiumError as error:
            raise BadDocument(f"{name} is damaged: {_one_line(error)}.", hint=_BROKEN_HINT) from error
        finally:
            document.close()
    text, offsets = compose([page for page, _ in read])
    notes = [note for _, note in read if note]
    if not text.strip():
        raise BadDocument(f"{name} holds no text.", hint=_OCR_HINT if notes else "Its pages are blank.")
    if attached:
        notes.append(f"{attached} file(s) attached to the PDF were not read.")
    title, date = _metadata(info, data)
    return Extract(text, title=title, date=date, language=language, pages=offsets, notes=tuple(notes))


def _check(data: bytes, name: str) -> None:
    """Refuses what pdfium would take half of, or would choke on."""
    if not data:
        raise BadDocument(f"{name} is empty (0 bytes).", hint="Fetch it once more.")
    if b"%PDF-" not in data[:1024]:
        raise BadDocument(f"{name} is not a PDF.", hint="Give it the ending of what it is.")
    # pdfium rebuilds a file without its end from the objects that are left, and would lose pages silently.
    if b"%%EOF" not in data.rstrip(b"\0\r\n\t ")[-_FILE_ENDS_IN:]:
        raise BadDocument(f"{name} is truncated: the end of the file is missing.", hint="Fetch it once more.")
    if _is_bomb(data):
        raise BadDocument(
            f"{name} unpacks to far more than its size and was not read.",
            hint="Print it to a new PDF if you trust it.",
        )


def _is_bomb(data: bytes) -> bool:
    """Whether a stream that pdfium would unpack for the text is out of all proportion.

    Images it leaves packed.
    """
    if re.search(rb"/(?:FlateDecode|Fl)\s*/(?:FlateDecode|Fl)\b", data):
        return True
    start = 0
    while (start := data.find(b"stream", start)) >= 0:
        head = data[data.rfind(b"obj", 0, start) : start]
        start += len(b"stream")
        end = data.find(b"endstream", start)
        end = len(data) if end < 0 else end
        suspect = end - start > _SHORTEST_BOMB and not re.search(rb"/Subtype\s*/Image", head)
        if suspect and _unpacks_too_far(_unwrapped(data[start:end].strip(b"\r\n"), head)):
            return True
        start = end + len(b"endstream")
    return False


def _unwrapped(stream: bytes, head: bytes) -> bytes:
    """A stream without the ASCII form that it may have around the packed one."""
    try:
        if re.search(rb"/(?:ASCII85Decode|A85)\b", head):
            return base64.a85decode(stream.strip().removesuffix(b"~>").removeprefix(b"<~"))
        if re.search(rb"/(?:ASCIIHexDecode|AHx)\b", head):
            return bytes.fromhex(stream.strip().rstrip(b">").decode("ascii"))
    except ValueError:  # damaged: pdfium decides
        return b""
    return stream


def _unpacks_too_far(stream: bytes) -> bool:
    inflate, total, rest = zlib.decompressobj(), 0, stream
    most = min(_MOST_BYTES_OF_STREAM, max(_ANY_RATIO_BELOW, _HIGHEST_RATIO * len(stream)))
    try:
        while rest and not inflate.eof and total <= most:
            total += len(inflate.decompress(rest, 2**20))
            rest = inflate.unconsumed_tail
    except zlib.error:  # not deflated, or damaged: pdfium decides
        return False
    return total > most


def _refusal(error: pdfium.PdfiumError, data: bytes, name: str) -> BadDocument:
    # The code is that of the last call that set one, so it alone does not tell an encrypted file.
    if b"/Encrypt" in data and error.err_code == raw.FPDF_ERR_PASSWORD:
        return BadDocument(f"{name} is encrypted.", hint="Remove the password and try again.")
    if b"/Encrypt" in data and error.err_code == raw.FPDF_ERR_SECURITY:
        return BadDocument(
            f"{name} is encrypted in a way that cannot be opened.", hint="Remove the protection."
        )
    return BadDocument(f"{name} is damaged and cannot be opened as a PDF.", hint=_BROKEN_HINT)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _fallback(data: bytes) -> FallbackReader:
    from heiso.corpus.pdf_fallback import FallbackReader  # few files need pdfminer

    return FallbackReader(data)


def _page(
    document: pdfium.PdfDocument, index: int, fallback: Callable[[], FallbackReader], name: str
) -> tuple[Page, str]:
    """A page, and what of it could not be taken, or ""."""
    page = document[index]
    try:
        box = _visible(page)
        chars, unmapped, is_whole = _chars(page, box, index, fallback, name)
        if is_whole:
            note = _note(page, index + 1, len(chars), unmapped)
        else:
            note = f"Page {index + 1} has text in a font that is not embedded; some of it is missing."
        if not chars:
            return Page([]), note
        turns = [turn for turn, _ in Counter(char.style.turn for char in chars).most_common()]
        rules = ruling_lines(page, turns[0])
    finally:
        page.close()
    found = []
    for turn in turns:
        group = [char for char in chars if char.style.turn == turn]
        found += flows(group, rules if turn == turns[0] else Rules())
    _, top, _, bottom = turned(*box, turns[0])
    return Page(found, top, bottom), note


def _chars(
    page: pdfium.PdfPage, box: Box, index: int, fallback: Callable[[], FallbackReader], name: str
) -> tuple[list[Char], int, bool]:
    """The characters of a page, how many have no known meaning, and whether these are all."""
    glyphs = PdfiumGlyphs(page, f"Page {index + 1} of {name}")
    chars, unmapped = characters(glyphs, box)
    if not glyphs.missed():
        return chars, unmapped, True
    try:
        return *characters(fallback().glyphs(index), box), True
    except Exception:  # pdfminer has no base class for what it raises on a damaged page
        return chars, unmapped, False


def _visible(page: pdfium.PdfPage) -> Box:
    """The part of the page that is shown, in the coordinates of its content (unturned)."""
    left, bottom, right, top = page.get_bbox()
    # A crop box outside the page would leave nothing.
    return (left, bottom, right, top) if left < right and bottom < top else page.get_mediabox()


def _note(page: pdfium.PdfPage, number: int, count: int, unmapped: int) -> str:
    """What of this page could not be taken, or ""."""
    if unmapped > 0.3 * (count + unmapped):
        return f"Page {number} has a font without a character map; its text is missing or wrong."
    if count > 100:
        return ""
    kinds: Counter[int] = Counter()
    covered = 0.0
    for item in islice(page.get_objects(max_depth=3), _MOST_OBJECTS):
        kinds[item.type] += 1
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            covered = max(covered, (right - left) * (top - bottom))
    if not count and kinds[raw.FPDF_PAGEOBJ_IMAGE]:
        return f"Page {number} is an image without text; run OCR over it first."
    if not count and kinds[raw.FPDF_PAGEOBJ_PATH] > 20:
        return f"Page {number} is a drawing without text; run OCR over it first."
    if count and covered > 0.5 * page.get_width() * page.get_height():
        return f"Page {number} is mostly an image; run OCR over it if the image holds text."
    return ""


def _language(document: pdfium.PdfDocument) -> str:
    length = raw.FPDFCatalog_GetLanguage(document.raw, None, 0)
    if length <= 2:
        return ""
    buffer = (ctypes.c_ushort * length)()
    raw.FPDFCatalog_GetLanguage(document.raw, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace").strip("\0 ")


def _metadata(info: dict[str, str], data: bytes) -> tuple[str, str]:
    """Title and date of creation; the XMP packet is asked only for what the Info dictionary lacks."""
    title, date = _title(info.get("Title", "")), _date(info.get("CreationDate", ""))
    if title and date:
        return title, date
    packet = _xmp(data)
    return title or _title(packet.get("title", "")), date or _date(packet.get("CreateDate", ""))


def _title(title: str) -> str:
    title = " ".join(UNSEEN.sub("", title).split())
    return "" if _RUBBISH_TITLE.fullmatch(title) else title


def _date(stated: str) -> str:
    match = _DATE.match(stated)
    return "-".join(part for part in match.groups() if part) if match and match[1] > "1980" else ""


def _xmp(data: bytes) -> dict[str, str]:
    """Title and date of the document's XMP packet, which PDF keeps readable.

    Packets of images name no producer.
    """
    for match in re.finditer(rb"<x:xmpmeta.*?</x:xmpmeta>", data, re.DOTALL):
        packet = match[0].decode("utf-8", "replace")
        if "pdf:Producer" in packet:
            title = re.search(r"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", packet, re.DOTALL)
            date = re.search(r"xmp:CreateDate(?:>|=[\"'])([^<\"']+)", packet)
            return {
                "title": html.unescape(title[1]) if title else "",
                "CreateDate": date[1].strip() if date else "",
            }
    return {}
