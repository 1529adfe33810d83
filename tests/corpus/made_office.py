"""Makes office files for the tests: good ones with the libraries, broken ones by changing the members of a good one.

Knows, too, how a reader refuses a file; it knows no reader by name.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from pptx import Presentation

from heiso.corpus.errors import BadDocument

W = nsdecls("w")
BOMB = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'
FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def saved(thing) -> bytes:
    """The bytes of a document, a presentation or a workbook."""
    stream = io.BytesIO()
    thing.save(stream)
    return stream.getvalue()


def word(fill: Callable, **properties) -> bytes:
    document = Document()
    for key, value in properties.items():
        setattr(document.core_properties, key, value)
    fill(document)
    return saved(document)


def slides(fill: Callable, **properties) -> bytes:
    presentation = Presentation()
    for key, value in properties.items():
        setattr(presentation.core_properties, key, value)
    fill(presentation)
    return saved(presentation)


def book(fill: Callable, **properties) -> bytes:
    workbook = Workbook()
    for key, value in properties.items():
        setattr(workbook.properties, key, value)
    fill(workbook)
    return saved(workbook)


def image() -> io.BytesIO:
    """A PNG file, a red square of four by four pixels."""
    chunks = {
        b"IHDR": struct.pack(">2I5B", 4, 4, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress((b"\0" + b"\xff\0\0" * 4) * 4),
        b"IEND": b"",
    }
    written = (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks.items()
    )
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(written))


def xml(document, source: str):
    """Appends raw WordprocessingML to the body, before its section properties."""
    element = parse_xml(source.replace("<w:p>", f"<w:p {W}>", 1) if "xmlns" not in source else source)
    document.element.body.insert(len(document.element.body) - 1, element)
    return element


def changed(data: bytes, members: Mapping[str, bytes | None]) -> bytes:
    """The zip container with members put in, replaced or (None) taken out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


def member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return container.read(name)


def replaced(data: bytes, name: str, old: str, new: str) -> bytes:
    """The container with a text replaced in one member, which must hold it."""
    content = member(data, name)
    assert old.encode() in content
    return changed(data, {name: content.replace(old.encode(), new.encode())})


def refused(reader: Callable, data: bytes, name: str) -> BadDocument:
    """The error that `reader` raises over `data`, which must be one line that names the file, with a hint."""
    with pytest.raises(BadDocument) as caught:
        reader(data, name)
    assert caught.value.message.startswith(f"{name} ")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


def broken(data: bytes, main: str) -> dict[str, bytes]:
    """The ways in which the good file `data`, whose content is in the member `main`, can be broken."""
    content = member(data, main)
    declared = content.find(b"?>") + 2 if content.startswith(b"<?xml") else 0
    entity = content[:declared] + BOMB + content[declared:]
    locked = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        for info in container.infolist():
            locked[info.header_offset + 6] |= 1
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        locked[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    middle = len(data) // 2
    return {
        "empty": b"",
        "garbage": random.Random(3).randbytes(5000),
        "text": "売上高は1,234億円でした。".encode(),
        "html": b"<!DOCTYPE html><html><body>Not what its name says</body></html>",
        "truncated": data[: len(data) * 2 // 3],
        "start only": data[:100],
        "overwritten": data[: middle - 400] + bytes(800) + data[middle + 400 :],
        "encrypted": compound + "EncryptedPackage".encode("utf-16-le") + bytes(100),
        "older format": compound + "WordDocument".encode("utf-16-le") + bytes(100),
        "password of the zip": bytes(locked),
        "bomb": changed(data, {main: content[:-1] + b" " * 60_000_000 + content[-1:]}),
        "traversal": changed(data, {"../../evil.xml": b"<a/>"}),
        "traversal inside": changed(data, {"word/../../evil.xml": b"<a/>"}),
        "traversal of Windows": changed(data, {"word\\..\\..\\evil.xml": b"<a/>"}),
        "absolute": changed(data, {"/etc/evil.xml": b"<a/>"}),
        "drive": changed(data, {"C:evil.xml": b"<a/>"}),
        "entities": changed(data, {main: entity}),
        "no content": changed(data, {main: None}),
        "no types": changed(data, {"[Content_Types].xml": None}),
        "half an XML": changed(data, {main: content[: len(content) // 2]}),
        "control characters": changed(data, {main: content.replace(b">", b">\x01\x08", 20)}),
        "not an XML": changed(data, {main: b"\x00\x01 garbage"}),
        "deep nesting": changed(data, {main: content[:-20] + b"<w>" * 100_000 + b"</w>" * 100_000}),
        "another zip": changed(data, dict.fromkeys(names(data), None) | {"readme.txt": b"hello"}),
    }


def names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return container.namelist()


STAMP = datetime(2025, 5, 14, 9, 30)
