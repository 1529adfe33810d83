"""Zip containers of office files: whether one is safe to open, and what it says about itself (`docProps/`).

Knows the container and its properties; knows nothing of what the documents in it look like.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from heiso.corpus.errors import BadDocument

__all__ = ["Properties", "check", "properties", "reading"]

_TOTAL = 512 * 1024 * 1024
_LARGE = 10 * 1024 * 1024
_RATIO = 200
_MEMBERS = 50_000
_FIRST = 1 << 16
# The container of the binary formats (.doc, .xls, .ppt), in which encrypted office files are wrapped as well.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
_UNSAFE = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|\Z)", re.DOTALL)

_CORE = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "app": "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
}
_DAY = re.compile(r"(?:199|2\d\d)\d-\d\d-\d\d")
# When the empty documents that python-docx and python-pptx start from were made.
_TEMPLATES = ("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z")
# What programs write by themselves: a name for a file that has none, or the name of the file that was printed.
_RUBBISH = re.compile(
    r"(?:untitled|無題|无标题|無標題|タイトル|标题|title|microsoft (?:word|powerpoint|excel) - .*|"
    r"(?:word|microsoft word) (?:document|文書|文档)|(?:microsoft )?powerpoint (?:presentation|プレゼンテーション|演示文稿|簡報)|"
    r"(?:document|presentation|book|workbook|文書|文档|文件|プレゼンテーション|演示文稿|簡報|ブック|工作簿|活頁簿)\s*\d*|"
    r"(?:slide|スライド|幻灯片|投影片)\s*\d+|.*\.(?:docx?|dotx?|pptx?|xlsx?))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Properties:
    """What an office file says about itself; "" and 0 where it does not. `date` is ISO, `length` counts pages."""

    title: str = ""
    date: str = ""
    language: str = ""
    length: int = 0


def check(data: bytes, name: str) -> None:
    """Returns when `data` is a zip container that a library may open.

    Raises:
        BadDocument: empty, encrypted, damaged or not a zip at all; a member's name leads out of the container; it
            unpacks to more than 512 MB or a large member to 200 times its size; an XML member declares entities, which
            office formats forbid and entity bombs need; it is in the Strict variant, which the libraries cannot read.
    """
    _check_kind(data, name)
    with reading(name, "zip container"), zipfile.ZipFile(BytesIO(data)) as container:
        members = container.infolist()
        _check_sizes(members, name)
        for member in members:
            if _UNSAFE.match(member.filename):
                raise BadDocument(
                    f"{name} is unsafe: it holds a file whose name leads out of its folder.",
                    hint="Do not open it unless you trust where it comes from.",
                )
            if member.flag_bits & 1:
                raise _encrypted(name)
            # Drawing programs put entities into their SVG files, which stay as they are, unread.
            if not member.is_dir() and not member.filename.lower().endswith(".svg"):
                with container.open(member) as stream:
                    _check_entities(stream, name)
        if "_rels/.rels" in container.namelist() and _STRICT in container.read("_rels/.rels"):
            raise BadDocument(
                f"{name} is in the Strict variant of Open XML.",
                hint="Save it as an ordinary .docx, .xlsx or .pptx.",
            )


@contextmanager
def reading(name: str, kind: str) -> Iterator[None]:
    """Maps what a library raises over a damaged file to BadDocument; `kind` says what was to be read.

    The libraries raise a dozen types over damaged files (KeyError, XMLSyntaxError, zlib.error, RecursionError ...)
    and promise none, so everything but a lack of memory is mapped.

    Raises:
        BadDocument: for whatever was raised inside.
    """
    try:
        yield
    except (BadDocument, MemoryError):
        raise
    except Exception as error:
        raise BadDocument(
            f"{name} is damaged or not what its name says: it cannot be read as a {kind}.",
            hint="Open it in the program it was made with and save it again.",
        ) from error


def properties(data: bytes, name: str) -> Properties:
    """The title (unless a program made it up), the date of creation or else of change, the language, the page count.

    Raises:
        BadDocument: the properties are damaged.
    """
    # Read here, because the libraries fill missing properties with values of their own, such as today's date.
    with reading(name, "zip container"), zipfile.ZipFile(BytesIO(data)) as container:
        core = _root(container, "docProps/core.xml")
        created, changed = _value(core, "dcterms:created"), _value(core, "dcterms:modified")
        title = " ".join(_value(core, "dc:title").split())
        length = _value(_root(container, "docProps/app.xml"), "app:Pages")
    return Properties(
        title="" if _RUBBISH.fullmatch(title) else title,
        date=_day(created) or _day(changed),
        language=_value(core, "dc:language"),
        length=int(length) if length.isdecimal() else 0,
    )


def _check_kind(data: bytes, name: str) -> None:
    if not data:
        raise BadDocument(f"{name} holds no text.", hint="The file is empty (0 bytes).")
    if data.startswith(_COMPOUND):
        if _ENCRYPTED in data:
            raise _encrypted(name)
        raise BadDocument(
            f"{name} is in an older binary format (.doc, .xls or .ppt).",
            hint="Save it as .docx, .xlsx or .pptx.",
        )
    if not zipfile.is_zipfile(BytesIO(data)):
        raise BadDocument(
            f"{name} is cut off, damaged or not an office file.",
            hint="Copy or download it again, and see that its ending is right.",
        )


def _encrypted(name: str) -> BadDocument:
    return BadDocument(f"{name} is encrypted.", hint="Remove the password and save it again.")


def _check_sizes(members: list[zipfile.ZipInfo], name: str) -> None:
    bomb = any(m.file_size > _LARGE and m.file_size > _RATIO * m.compress_size for m in members)
    if bomb or len(members) > _MEMBERS or sum(member.file_size for member in members) > _TOTAL:
        raise BadDocument(
            f"{name} unpacks to far more than its size.",
            hint="It may be a decompression bomb; save it in smaller parts if it is not.",
        )


def _check_entities(stream: IO[bytes], name: str) -> None:
    """Reads an XML member up to its root element, before which entities are declared; other members are left alone."""
    parser = expat.ParserCreate()
    seen: list[str] = []
    # A doctype without declarations of its own, such as that of an embedded web page, is harmless.
    parser.StartDoctypeDeclHandler = lambda *doctype: seen.append("entities" if doctype[-1] else "doctype")
    parser.StartElementHandler = lambda *_: seen.append("root")
    try:
        while not seen and (chunk := stream.read(_FIRST)):
            parser.Parse(chunk, False)
    except expat.ExpatError:
        # An image, or broken XML: the one needs no check, the other the library refuses.
        pass
    if "entities" in seen:
        raise BadDocument(
            f"{name} is unsafe: it declares XML entities, which an office file never does.",
            hint="Do not open it unless you trust where it comes from.",
        )


def _root(container: zipfile.ZipFile, member: str) -> ElementTree.Element | None:
    return ElementTree.fromstring(container.read(member)) if member in container.namelist() else None


def _value(root: ElementTree.Element | None, path: str) -> str:
    return "" if root is None else (root.findtext(path, "", _CORE) or "").strip()


def _day(stamp: str) -> str:
    match = _DAY.match(stamp)
    return match[0] if match and stamp not in _TEMPLATES else ""
