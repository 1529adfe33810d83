"""PDF files for the tests, made with reportlab: reports, columns, tables, and files broken on purpose."""

import io
import zlib
from collections.abc import Callable, Sequence

from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

MINCHO, GOTHIC, SONG, MSUNG = "HeiseiMin-W3", "HeiseiKakuGo-W5", "STSong-Light", "MSung-Light"
for _font in (MINCHO, GOTHIC, SONG, MSUNG):
    pdfmetrics.registerFont(UnicodeCIDFont(_font))
GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
TEXT_WIDTH = 475


def canvas(
    draw: Callable[[Canvas], None], *, title: str = "", password: str = "", **settings: object
) -> bytes:
    """A PDF of what `draw` draws."""
    buffer = io.BytesIO()
    encrypt = StandardEncryption(password) if password else None
    made = Canvas(buffer, pagesize=A4, encrypt=encrypt, **settings)
    if title:
        made.setTitle(title)
    draw(made)
    made.save()
    return buffer.getvalue()


def texts(*lines: str, font: str = "Helvetica", size: float = 10, top: float = 780) -> bytes:
    """One page of lines."""

    def draw(page: Canvas) -> None:
        page.setFont(font, size)
        for number, line in enumerate(lines):
            page.drawString(60, top - 1.3 * size * number, line)

    return canvas(draw)


def style(font: str, size: float = 10, **settings: object) -> ParagraphStyle:
    wrap = None if font.startswith(("Times", "Helvetica")) else "CJK"
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=1.4 * size, spaceAfter=6, wordWrap=wrap, **settings
    )


def paragraph(text: str, font: str, size: float = 10, **settings: object) -> Paragraph:
    return Paragraph(text, style(font, size, **settings))


def grid(rows: Sequence[Sequence[str]], font: str = "Helvetica", commands: Sequence[object] = GRID) -> Table:
    return Table(rows, style=[*commands, ("FONT", (0, 0), (-1, -1), font, 9)], repeatRows=1)


def story(
    *flowables: Flowable,
    columns: int = 1,
    furniture: Callable[[Canvas, int], None] | None = None,
    title: str = "",
) -> bytes:
    """A PDF with the flowables set in columns; `furniture` draws the header and footer of a page."""
    buffer = io.BytesIO()
    gutter = 20
    width = (TEXT_WIDTH - gutter * (columns - 1)) / columns
    frames = [Frame(60 + index * (width + gutter), 70, width, 700, 0, 0, 0, 0) for index in range(columns)]
    made = BaseDocTemplate(buffer, pagesize=A4, title=title)
    made.addPageTemplates(
        PageTemplate(
            frames=frames, onPage=lambda page, _: furniture(page, page.getPageNumber()) if furniture else None
        )
    )
    made.build(list(flowables))
    return buffer.getvalue()


def picture(width: int = 200, height: int = 300) -> ImageReader:
    return ImageReader(Image.new("RGB", (width, height), (200, 30, 30)))


def raw(*objects: bytes, catalog: int = 1) -> bytes:
    """A PDF of hand-written objects, numbered from 1, with a right cross-reference table."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        catalog,
        start,
    )
    return bytes(out)


def page_of(
    content: bytes, filters: bytes = b"", *, pages: bytes = b"", page: bytes = b"/MediaBox [0 0 595 842]"
) -> bytes:
    """A one-page PDF with the given content stream, and entries of its page tree and page."""
    return raw(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 %s >>" % pages,
        b"<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>" % page,
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def bomb(megabytes: int) -> bytes:
    """A stream of spaces that unpacks to `megabytes`."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
