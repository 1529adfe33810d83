"""Tests of reading and finding files: what each becomes, what is refused and how, what is passed over in folders."""

import datetime
import io
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus import cut, files, plain, read
from heiso.corpus.errors import BadDocument, BadSettings
from heiso.corpus.extract import Extract
from heiso.corpus.files import About

JAPANESE = "DeepSeekは2025年8月21日、DeepSeek-V3.1を公開した。アリババの価格も下がった。"
HTML = (
    "<!DOCTYPE html><html lang='ja'><head><meta charset='utf-8'><title>新モデルの価格</title></head><body><main>"
    f"<h1>新モデルの価格</h1><p>{JAPANESE}</p><p>{JAPANESE}</p></main></body></html>"
)


def docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("決算の概要", 1)
    document.add_paragraph(JAPANESE)
    return saved(document)


def pptx() -> bytes:
    from pptx import Presentation

    deck = Presentation()
    for title in ("中期計画", "価格の見通し"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = JAPANESE
    return saved(deck)


def xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "価格表"
    for row in (["モデル", "価格"], ["DeepSeek-R1", 2.19], ["Qwen3", 1.1]):
        book.active.append(row)
    return saved(book)


def pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream)
    for words in (
        "DeepSeek lowered the price of its models in August.",
        "Alibaba followed with its own models.",
    ):
        canvas.drawString(72, 700, words)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def saved(made) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def zipped(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as container:
        for name, content in members.items():
            container.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def compound(stream: str) -> bytes:
    """The beginning of a container of the old office formats, with the name of its main stream."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path, **said) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        read(path, **said)
    assert "\n" not in caught.value.message and caught.value.hint
    return caught.value


# --- what is read -------------------------------------------------------------------------------------------

GOOD = {
    "a.txt": (JAPANESE.encode("euc_jp"), "ja", "DeepSeekは"),
    "a.text": (JAPANESE, "ja", "DeepSeekは"),
    "a.md": (f"# 見出し\n\n{JAPANESE}", "ja", "# 見出し"),
    "a.markdown": (f"---\ntitle: 題\n---\n{JAPANESE}", "ja", "DeepSeekは"),
    "a.html": (HTML, "ja", "# 新モデルの価格"),
    "a.htm": (HTML, "ja", "# 新モデルの価格"),
    "a.csv": ("モデル,価格\nDeepSeek-R1,2.19\n".encode("cp932"), "ja", "| モデル | 価格 |"),
    "a.tsv": ("模型\t价格\nDeepSeek-R1\t2.19\n".encode("gb18030"), "zh", "| 模型 | 价格 |"),
    "a.docx": (docx, "ja", "# 決算の概要"),
    "a.pptx": (pptx, "ja", ""),
    "a.xlsx": (xlsx, "ja", "## 価格表"),
    "a.pdf": (pdf, "en", "DeepSeek lowered"),
    "A.PDF": (pdf, "en", "DeepSeek lowered"),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format(tmp_path, name):
    content, language, beginning = GOOD[name]
    path = written(tmp_path, name, content() if callable(content) else content)
    document = read(path)
    assert document.language == language and document.text.startswith(beginning)
    assert document.text == document.text.strip()
    assert "DeepSeek" in document.text
    assert document.kind == "document" and document.sources == () and document.url == document.publisher == ""
    assert document.origin == str(path.resolve())
    datetime.date.fromisoformat(document.date)
    assert all(passage.text == document.text[passage.start : passage.end] for passage in cut(document))


def test_every_suffix_has_a_reader():
    assert {name.lower()[1:] for name in GOOD} | {".xhtml"} == set(files.SUFFIXES)
    assert files.SUFFIXES[".pdf"].name == "PDF"


def test_pages_are_those_of_the_text(tmp_path):
    document = read(written(tmp_path, "a.pdf", pdf()))
    assert [document.text[page:].split()[0] for page in document.pages] == ["DeepSeek", "Alibaba"]
    assert [passage.page for passage in cut(document)] == [1, 2]


def test_pages_move_with_what_is_stripped(tmp_path, monkeypatch):
    text = "\n\n  first\n\nsecond\n\n"
    pages = (0, text.index("second"), len(text))
    monkeypatch.setattr(plain, "text", lambda data, name: Extract(text, pages=pages, notes=("A note.",)))
    document = read(written(tmp_path, "a.txt", "x"), date="2025")
    assert document.text == "first\n\nsecond"
    assert [document.text[page:] for page in document.pages] == ["first\n\nsecond", "second", ""]
    assert document.notes == ("A note.",)


def test_what_the_file_says(tmp_path):
    front = "---\ntitle: 題\ndate: 2025-08\nlanguage: zh\npublisher: 日銀\nentities: [X, Y]\n---\n"
    document = read(written(tmp_path, "2024-01-01.md", front + JAPANESE))
    assert (document.title, document.date, document.language) == ("題", "2025-08", "zh")
    assert (document.publisher, document.entities, document.notes) == ("日銀", ("X", "Y"), ())


def test_what_is_found_out(tmp_path):
    document = read(written(tmp_path, "memo.txt", f"DeepSeekの新モデル\n\n{JAPANESE}"))
    assert (document.title, document.date) == ("DeepSeekの新モデル", "2025-08-21")
    assert document.entities[0] == "DeepSeek" and "Alibaba" in document.entities


def test_the_day_of_the_last_change_is_told(tmp_path):
    path = written(tmp_path, "memo.txt", "No date in here.")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    document = read(path)
    assert document.date == datetime.date.fromtimestamp(1_700_000_000).isoformat()
    assert document.date in document.notes[0]


def test_overrides_win(tmp_path):
    path = written(
        tmp_path,
        "a.md",
        "---\ntitle: 題\ndate: 2025-08\nlanguage: ja\npublisher: p\nentities: [X]\n---\ntext",
    )
    said = {
        "title": "T",
        "date": "2020-01-02",
        "language": "zh",
        "publisher": "P",
        "url": "https://example.com/",
    }
    document = read(path, entities=["A", "B"], **said)
    assert {name: getattr(document, name) for name in said} == said
    assert document.entities == ("A", "B")
    assert read(path, About(**said, entities=("A", "B"))) == document
    assert read(path, About(title="other"), title="T").title == "T"
    assert read(path, title=None, date="").title == "題"


def test_an_override_of_the_date_needs_no_note(tmp_path):
    assert read(written(tmp_path, "memo.txt", "No date in here."), date="2025").notes == ()


@pytest.mark.parametrize(
    "said",
    [
        {"date": "2025-13"},
        {"date": "2025-02-30"},
        {"date": "20250827"},
        {"date": "August 2025"},
        {"date": "２０２５"},
        {"date": "2025-08-27T10:00"},
        {"language": "fr"},
        {"language": "Japanese"},
    ],
)
def test_overrides_that_cannot_be_read(tmp_path, said):
    with pytest.raises(BadSettings) as caught:
        read(written(tmp_path, "a.txt", "text"), **said)
    assert caught.value.hint
    with pytest.raises(BadSettings):
        About(**said)


def test_ids(tmp_path):
    names = {
        "Ｑ１　決算 (最終版).txt": "q1-決算-最終版",
        "Report_2025.Final.txt": "report-2025-final",
        "が.txt": "が",
        "---.txt": "document",
        "x" * 200 + ".txt": "x" * 60,
        "价格表.txt": "价格表",
    }
    for name, slug in names.items():
        id_ = read(written(tmp_path, name, "text")).id
        assert id_[:-7] == slug and id_[-7] == "-" and int(id_[-6:], 16) >= 0
    (tmp_path / "other").mkdir()
    here, there = written(tmp_path, "a.txt", "text"), written(tmp_path / "other", "a.txt", "text")
    assert read(here).id != read(there).id
    assert read(here).id == read(tmp_path / "other" / ".." / "a.txt").id


def test_a_relative_path(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "text")
    monkeypatch.chdir(tmp_path)
    assert read("a.txt") == read(path)


def test_links_are_followed(tmp_path):
    path = written(tmp_path, "a.txt", "text")
    (tmp_path / "b.txt").symlink_to(path)
    assert read(tmp_path / "b.txt") == read(path)
    blob = written(tmp_path, "blob", "text of a blob")
    (tmp_path / "c.txt").symlink_to(blob)
    assert read(tmp_path / "c.txt").origin == str((tmp_path / "c.txt").absolute())


def test_a_long_text_is_quick(tmp_path):
    path = written(tmp_path, "a.txt", "\n\n".join([JAPANESE * 3] * 340))
    assert path.stat().st_size > 100_000
    read(path)  # the table of names is loaded
    began = time.monotonic()
    assert len(cut(read(path))) > 300
    assert time.monotonic() - began < 3


def test_the_package_is_imported_without_the_readers():
    heavy = "pdfplumber, pypdfium2, trafilatura, lxml, docx, pptx, openpyxl, charset_normalizer"
    code = f"import sys, heiso.corpus; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- what is refused ----------------------------------------------------------------------------------------

MISNAMED = {
    "a.txt": (pdf, "a PDF", "Rename it to a.pdf."),
    "b.pdf": (docx, "a Word document", "Rename it to b.docx."),
    "c.docx": (xlsx, "an Excel workbook", "Rename it to c.xlsx."),
    "d.xlsx": (pptx, "a PowerPoint presentation", "Rename it to d.pptx."),
    "e.csv": (HTML, "a web page", "Rename it to e.html."),
    "f.md": (
        "\ufeff \n<!-- saved from -->\n<HTML><body>x</body></HTML>",
        "a web page",
        "Rename it to f.html.",
    ),
    "g.txt": (HTML.encode("utf-16"), "a web page", "Rename it to g.html."),
    "h.html": (pdf, "a PDF", "Rename it to h.pdf."),
    "i.xls": (HTML, "a web page", "Rename it to i.html."),
    "j.doc": (docx, "a Word document", "Rename it to j.docx."),
    "報告": (pdf, "a PDF", "Rename it to 報告.pdf."),
    "k.docx": (compound("WordDocument"), "an old Word document", "save it as .docx"),
    "l.xlsx": (compound("Workbook"), "an old Excel workbook", "save it as .xlsx"),
    "m.pptx": (compound("PowerPoint Document"), "an old PowerPoint presentation", "save it as .pptx"),
    "n.docx": ("{\\rtf1\\ansi text}", "a rich text file", "save it as .docx"),
    "o.pdf": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image", "OCR"),
    "p.docx": (zipped(mimetype="application/vnd.oasis.opendocument.text"), "an OpenDocument text", ".docx"),
    "q.html": (zipped(mimetype="application/epub+zip"), "an EPUB book", ".html"),
    "r.txt": (zipped(a__txt="x"), "a zip archive", "Unpack it"),
    "s.csv": (b"\x1f\x8b\x08\x00" + bytes(50), "a gzip archive", "Unpack it"),
    "t.txt": (docx()[:3000], "a damaged zip archive", "Unpack it"),
}


@pytest.mark.parametrize("name", MISNAMED)
def test_the_content_is_not_what_the_suffix_says(tmp_path, name):
    content, kind, advice = MISNAMED[name]
    error = refusal(written(tmp_path, name, content() if callable(content) else content))
    assert error.message.startswith(f"{name} is really {kind} (") and advice in error.hint


UNREAD = {
    "a.doc": (compound("WordDocument"), ".docx"),
    "a.xls": (compound("Workbook"), ".xlsx"),
    "a.ppt": (compound("PowerPoint Document"), ".pptx"),
    "a.rtf": ("{\\rtf1 text}", ".docx"),
    "a.epub": (zipped(mimetype="application/epub+zip"), ".html"),
    "a.docm": (docx, "without macros"),
    "a.odt": (zipped(mimetype="application/vnd.oasis.opendocument.text"), ".docx"),
    "a.zip": (zipped(a="x"), "Unpack"),
    "a.jpeg": (b"\xff\xd8\xff\xe0" + bytes(20), "OCR"),
    "a.pages": (zipped(Index="x"), "Export"),
    "a.exe": (b"MZ" + bytes(100), "heiso reads .pdf"),
    "README": ("text", "heiso reads .pdf"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_kind_that_is_not_read(tmp_path, name):
    content, advice = UNREAD[name]
    error = refusal(written(tmp_path, name, content() if callable(content) else content))
    assert name in error.message and "really" not in error.message and advice in error.hint


def test_encrypted(tmp_path):
    for name in ("a.xlsx", "a.docx", "a.doc"):
        error = refusal(written(tmp_path, name, compound("EncryptedPackage")))
        assert error.message == f"{name} is encrypted." and "password" in error.hint


def test_damaged(tmp_path):
    assert "a.docx" in refusal(written(tmp_path, "a.docx", docx()[:3000])).message
    assert "a.pdf" in refusal(written(tmp_path, "a.pdf", pdf()[:-100])).message
    assert "a.csv" in refusal(written(tmp_path, "a.csv", os.urandom(4000))).message


def test_empty_and_blank(tmp_path):
    for name in files.SUFFIXES:
        assert "is empty (0 bytes)" in refusal(written(tmp_path, f"a{name}", b"")).message
    assert "holds no text" in refusal(written(tmp_path, "a.txt", "\n \n")).message


def test_a_reader_that_finds_nothing_is_no_document(tmp_path, monkeypatch):
    monkeypatch.setattr(plain, "text", lambda data, name: Extract(" \n"))
    assert "holds no text" in refusal(written(tmp_path, "a.txt", "x")).message


def test_too_large_is_seen_before_it_is_read(tmp_path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as stream:
        stream.truncate(300 * 2**20)  # a hole in the file: no bytes on the disk
    began = time.monotonic()
    error = refusal(path)
    assert "huge.txt is too large: 300.0 MB, and 100.0 MB is the most." in error.message
    with pytest.raises(BadDocument, match="too large"):
        files.digest(path)
    assert time.monotonic() - began < 1
    small = written(tmp_path, "a.txt", "x" * 2000)
    assert "too large" in refusal(small, largest=1999).message
    assert read(small, largest=2000).text == "x" * 2000


def test_a_file_that_grows_while_it_is_read(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "x" * 10)
    located = files._locate(path, 10)
    written(tmp_path, "a.txt", "x" * 11)
    monkeypatch.setattr(files, "_locate", lambda *_: located)
    assert "too large" in refusal(path, largest=10).message


def test_a_file_that_vanishes(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "x")
    located = files._locate(path, 10)
    path.unlink()
    assert "does not exist" in refusal(path).message
    monkeypatch.setattr(files, "_locate", lambda *_: located)
    assert "does not exist" in refusal(path).message
    with pytest.raises(BadDocument, match="does not exist"):
        files.digest(path)


def test_no_permission(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "x")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in refusal(path).message
    with pytest.raises(BadDocument, match="may not be read"):
        files.digest(path)


def test_no_regular_file(tmp_path):
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    assert "folder.txt is a folder" in refusal(folder).message
    os.mkfifo(tmp_path / "pipe.txt")
    assert "pipe.txt is a device" in refusal(tmp_path / "pipe.txt").message
    assert "null is a device" in refusal("/dev/null").message
    for call in (read, files.digest):
        with pytest.raises(BadDocument):
            call(tmp_path / "pipe.txt")
    (tmp_path / "to-pipe.txt").symlink_to(tmp_path / "pipe.txt")
    assert "is a device" in refusal(tmp_path / "to-pipe.txt").message
    (tmp_path / "to-folder.txt").symlink_to(folder)
    assert "is a folder" in refusal(tmp_path / "to-folder.txt").message


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "c.txt")
    (tmp_path / "c.txt").symlink_to(tmp_path / "b.txt")
    assert "leads nowhere" in refusal(tmp_path / "a.txt").message
    assert "symbolic links" in refusal(tmp_path / "b.txt").message
    assert "does not exist" in refusal(tmp_path / "none" / "d.txt").message
    assert "cannot be opened" in refusal(written(tmp_path, "e.txt", "x") / "d.txt").message
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300 + ".txt")).message
    assert "null byte" in refusal("a\0b.txt").message
    assert refusal("").message


def test_odd_names_are_shown_on_one_line(tmp_path):
    odd = os.fsdecode(b"a\n\x1b[31m\xff\xe2\x80\xae.txt")
    error = refusal(written(tmp_path, odd, b"\0"))
    assert error.message.startswith("a\\n\\x1b[31m\\udcff\\u202e.txt is ")
    document = read(written(tmp_path, odd, "some words"))
    assert document.id.startswith("a-31m-")
    table = read(written(tmp_path, os.fsdecode(b"b\xff\n.csv"), "1,2\n3,4\n"))
    assert table.title == "b\\udcff\\n"
    assert files.shown("決算　資料 été.txt") == "決算　資料 été.txt"


@given(st.text())
def test_what_is_shown_is_one_printable_line(text):
    assert bool(files.shown(text).encode()) == bool(text)
    assert len(files.shown(text).splitlines()) <= 1


# --- digest -------------------------------------------------------------------------------------------------


def test_digest(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "text")
    first = files.digest(path)
    assert (
        first == files.digest(path) == files.digest(path, About()) == files.digest(path, title=None)
        and len(first) == 64
    )
    os.utime(path, (0, 0))
    assert files.digest(path) == first
    others = [
        files.digest(path, title="T"),
        files.digest(path, date="2025"),
        files.digest(path, entities=["T"]),
    ]
    assert len({first, *others}) == 4
    assert files.digest(path, About(title="T")) == others[0]
    monkeypatch.setattr(files, "READERS", files.READERS + 1)
    assert files.digest(path) != first
    monkeypatch.undo()
    path.write_text("Text")
    assert files.digest(path) != first


# --- find ---------------------------------------------------------------------------------------------------


def found(*paths) -> list[str]:
    return [path.name for path in files.find(paths).files]


def test_what_is_in_a_folder(tmp_path):
    for name in ("b.txt", "a.PDF", "決算　資料.docx", "z.doc", "c.doc", "Makefile", "d.JPG"):
        written(tmp_path, name, "x")
    for name in (".hidden.txt", "~$決算.docx"):
        written(tmp_path, name, "x")
    for name in ("sub", ".git", "__MACOSX"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, "inner.md", "x")
        written(tmp_path / name, "inner.py", "x")
    result = files.find([tmp_path])
    assert [path.name for path in result.files] == ["a.PDF", "b.txt", "決算　資料.docx", "inner.md"]
    assert result.files[-1] == tmp_path.resolve() / "sub" / "inner.md"
    assert result.left_out == {"": 1, ".doc": 2, ".jpg": 1, ".py": 1}
    assert result.troubles == ()
    assert files.find([str(tmp_path)]) == result


def test_what_is_named_is_taken_or_in_trouble(tmp_path):
    hidden = written(tmp_path, ".hidden.txt", "x")
    old, none = written(tmp_path, "a.doc", "x"), tmp_path / "none.txt"
    os.mkfifo(tmp_path / "pipe.txt")
    result = files.find([hidden, old, none, tmp_path / "pipe.txt", "a\0b"])
    assert result.files == (hidden.resolve(),)
    assert [trouble.path for trouble in result.troubles] == [
        str(old),
        str(none),
        str(tmp_path / "pipe.txt"),
        "a\0b",
    ]
    messages = [trouble.error.message for trouble in result.troubles]
    assert ".doc" in messages[0] and "does not exist" in messages[1] and "device" in messages[2]
    assert "save it as .docx" in result.troubles[0].error.hint
    assert result.left_out == {}


def test_each_file_comes_once_in_the_order_named(tmp_path):
    (tmp_path / "x").mkdir()
    a, b = written(tmp_path, "a.txt", "x"), written(tmp_path / "x", "b.txt", "x")
    (tmp_path / "link.txt").symlink_to(a)
    assert found(b, tmp_path, a, tmp_path / "x" / ".." / "a.txt", tmp_path / "link.txt") == ["b.txt", "a.txt"]
    assert found(tmp_path, b) == ["a.txt", "b.txt"]


def test_loops_of_links_end(tmp_path):
    (tmp_path / "x" / "y").mkdir(parents=True)
    written(tmp_path / "x" / "y", "a.txt", "x")
    (tmp_path / "x" / "y" / "up").symlink_to(tmp_path)
    (tmp_path / "x" / "self").symlink_to(".")
    outside = tmp_path / "outside"
    outside.mkdir()
    written(outside, "b.txt", "x")
    (tmp_path / "x" / "out").symlink_to(outside)
    result = files.find([tmp_path / "x"])
    assert sorted(path.name for path in result.files) == ["a.txt", "b.txt"]
    assert result.troubles == ()


def test_broken_links_in_a_folder_are_told(tmp_path):
    written(tmp_path, "a.txt", "x")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "c.txt").symlink_to(tmp_path / "c.txt")
    os.mkfifo(tmp_path / "d.txt")
    result = files.find([tmp_path])
    assert [path.name for path in result.files] == ["a.txt"]
    assert [Path(trouble.path).name for trouble in result.troubles] == ["b.txt", "c.txt", "d.txt"]


def test_a_socket_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.txt")
        assert "socket" in files.find([tmp_path]).troubles[0].error.message


def test_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    (tmp_path / "shut").mkdir()
    written(tmp_path, "a.txt", "x")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = files.find([tmp_path])
    assert [path.name for path in result.files] == ["a.txt"]
    assert "shut may not be read" in result.troubles[0].error.message


def test_a_thousand_levels(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        for _ in range(1000):
            os.mkdir("d")
            os.chdir("d")
        Path("a.txt").write_text("at the bottom")
        assert [read(path).text for path in files.find([tmp_path]).files] == ["at the bottom"]
    finally:  # pytest's own removal of old folders is recursive and would fail on this one
        os.chdir(tmp_path)
        subprocess.run(["rm", "-r", "d"], check=True)


def test_a_path_longer_than_the_system_takes_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(tmp_path)
    result = files.find([tmp_path])
    assert result.files == () and "cannot be opened" in result.troubles[0].error.message
    assert "\n" not in result.troubles[0].error.message


def test_names_in_any_script_and_no_encoding(tmp_path):
    names = ["价格表.csv", "ｶﾀｶﾅ.txt", "가격.txt", "été.md", os.fsdecode(b"\xff\xfe.txt"), "a\nb.txt"]
    for name in names:
        written(tmp_path, name, "x, y")
    assert sorted(found(tmp_path)) == sorted(names)


def test_nothing_is_found(tmp_path):
    assert files.find([tmp_path]) == files.Found(())
    assert files.find([]) == files.Found(())
