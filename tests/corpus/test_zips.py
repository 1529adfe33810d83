"""Tests of the check of zip containers: what is let through, what is refused and how, and what properties say."""

import importlib.util
import io
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from heiso.corpus import zips
from heiso.corpus.errors import BadDocument

_spec = importlib.util.spec_from_file_location(
    "heiso_test_made_office", Path(__file__).with_name("made_office.py")
)
assert _spec and _spec.loader
made = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = made
_spec.loader.exec_module(made)

GOOD = made.word(
    lambda document: document.add_paragraph("Revenue rose."), title="決算短信", created=made.STAMP
)
BROKEN = made.broken(GOOD, "word/document.xml")


def refused(data: bytes) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        zips.check(data, "報告.docx")
    assert caught.value.message.startswith("報告.docx ")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("empty", "holds no text"),
        ("garbage", "not an office file"),
        ("text", "not an office file"),
        ("truncated", "cut off"),
        ("start only", "cut off"),
        ("encrypted", "is encrypted"),
        ("password of the zip", "is encrypted"),
        ("older format", "older binary format"),
        ("bomb", "unpacks to far more"),
        ("traversal", "leads out"),
        ("traversal inside", "leads out"),
        ("traversal of Windows", "leads out"),
        ("absolute", "leads out"),
        ("drive", "leads out"),
        ("entities", "declares XML entities"),
    ],
)
def test_refused(how, says):
    assert says in refused(BROKEN[how]).message


def test_good_files_pass():
    zips.check(GOOD, "a.docx")
    zips.check(
        made.changed(GOOD, {"word/media/会社..ロゴ.png": b"\x89PNG", "word/..hidden/a.xml": b"<a/>"}),
        "a.docx",
    )


def container(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return stream.getvalue()


def test_a_large_member_may_be_large_but_not_out_of_nothing():
    blank = bytes(11 * 1024 * 1024)
    assert "unpacks" in refused(container({"a": blank})).message
    zips.check(container({"a": blank}, zipfile.ZIP_STORED), "a.docx")
    zips.check(container({"a": bytes(9 * 1024 * 1024)}), "a.docx")


def test_the_sum_of_sizes_is_limited(monkeypatch):
    data = container({"a": b"x" * 600, "b": b"y" * 600}, zipfile.ZIP_STORED)
    monkeypatch.setattr(zips, "_TOTAL", 1200)
    zips.check(data, "a.docx")
    monkeypatch.setattr(zips, "_TOTAL", 1199)
    refused(data)


def test_the_number_of_members_is_limited(monkeypatch):
    monkeypatch.setattr(zips, "_MEMBERS", 1)
    refused(container({"a": b"", "b": b""}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_found_behind_comments_and_in_other_encodings(encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?><!-- {"x" * 100_000} -->'
    refused(container({"odd.bin": f"{head}{made.BOMB.decode()}<a/>".encode(encoding)}))
    zips.check(
        container({"odd.bin": f"{head}<a><!-- {made.BOMB.decode()} --></a>".encode(encoding)}), "a.docx"
    )


def test_harmless_doctypes_pass():
    page = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/x.dtd"><html/>'
    drawing = made.BOMB.replace(b"DOCTYPE a", b"DOCTYPE svg") + b"<svg/>"
    zips.check(container({"word/chunk.htm": page, "word/media/image1.SVG": drawing}), "a.docx")


def test_the_strict_variant_is_named():
    strict = b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
    usual = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    relations = made.member(GOOD, "_rels/.rels")
    assert usual in relations
    error = refused(made.changed(GOOD, {"_rels/.rels": relations.replace(usual, strict)}))
    assert "Strict" in error.message and "ordinary" in error.hint


def test_reading_maps_whatever_a_library_raises():
    for error in (KeyError("x\ny"), ValueError("line\nline"), RecursionError(), zipfile.BadZipFile("bad")):
        with pytest.raises(BadDocument) as caught, zips.reading("a.docx", "Word document"):
            raise error
        assert caught.value.__cause__ is error
        assert "a.docx" in caught.value.message and "Word document" in caught.value.message
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt(), BadDocument("x")])
def test_reading_lets_through_what_is_not_the_files_fault(error):
    with pytest.raises(type(error)) as caught, zips.reading("a.docx", "Word document"):
        raise error
    assert caught.value is error


def test_properties():
    properties = zips.properties(GOOD, "a.docx")
    assert (properties.title, properties.date, properties.language) == ("決算短信", "2025-05-14", "")
    assert properties.length == 1


def test_a_file_without_properties_has_none():
    bare = made.changed(GOOD, {"docProps/core.xml": None, "docProps/app.xml": None})
    assert zips.properties(bare, "a.docx") == zips.Properties()


def test_the_date_of_a_template_is_not_the_date_of_the_document():
    assert zips.properties(made.word(lambda document: None), "a.docx").date == ""
    changed = made.word(lambda document: None, modified=datetime(2024, 2, 9))
    assert zips.properties(changed, "a.docx").date == "2024-02-09"
    assert (
        zips.properties(made.word(lambda document: None, created=datetime(1601, 1, 1)), "a.docx").date == ""
    )


@pytest.mark.parametrize(
    "title",
    [
        "Word Document",
        "PowerPoint プレゼンテーション",
        "PowerPoint 演示文稿",
        "文書 1",
        "Presentation1",
        "Untitled",
    ]
    + ["Microsoft Word - 決算短信_final.docx", "draft v2.doc", "スライド 1", "幻灯片 1", "工作簿1", "无标题"],
)
def test_titles_that_a_program_made_up_are_none(title):
    assert zips.properties(made.word(lambda document: None, title=title), "a.docx").title == ""


@pytest.mark.parametrize(
    "title", ["2025年3月期 決算短信", "Document understanding in 2025", "Title insurance", "R1"]
)
def test_other_titles_are_kept(title):
    assert zips.properties(made.word(lambda document: None, title=f" {title} "), "a.docx").title == title


def test_damaged_properties():
    with pytest.raises(BadDocument, match="a.docx is damaged"):
        zips.properties(made.changed(GOOD, {"docProps/core.xml": b"<a>"}), "a.docx")
