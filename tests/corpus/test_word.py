"""Tests of the reader of Word documents, over files as people make them and broken ones."""

import importlib.util
import sys
from pathlib import Path

import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from heiso.corpus.errors import BadDocument
from heiso.corpus.word import docx

_spec = importlib.util.spec_from_file_location(
    "heiso_test_made_office", Path(__file__).with_name("made_office.py")
)
assert _spec and _spec.loader
made = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = made
_spec.loader.exec_module(made)
W, image, refused, word, xml = made.W, made.image, made.refused, made.word, made.xml


def read(fill, **properties):
    return docx(word(fill, **properties), "報告.docx")


def body(source: str):
    """A Word file with one paragraph of raw content, read."""
    return read(lambda document: xml(document, source))


def test_a_financial_report_in_japanese():
    def fill(document):
        document.add_heading("2025年3月期 決算短信", 0)
        document.add_paragraph("　当社グループの連結売上高は1,234億円（前期比12.3%増）となりました。")
        document.add_heading("経営成績", 1)
        document.add_paragraph("営業利益は過去最高を更新しました。")
        table = document.add_table(rows=3, cols=3)
        for row, cells in enumerate(
            [["", "売上高", "営業利益"], ["2024", "1,099", "88"], ["2025", "1,234", "101"]]
        ):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        document.add_heading("今後の見通し", 2)
        document.add_paragraph("生成AI向け半導体の需要が続く見込みです。")

    extract = read(fill, title="2025年3月期 決算短信", created=made.STAMP, language="ja-JP")
    assert extract.text == (
        "# 2025年3月期 決算短信\n\n"
        "当社グループの連結売上高は1,234億円（前期比12.3%増）となりました。\n\n"
        "# 経営成績\n\n"
        "営業利益は過去最高を更新しました。\n\n"
        "|  | 売上高 | 営業利益 |\n| --- | --- | --- |\n| 2024 | 1,099 | 88 |\n| 2025 | 1,234 | 101 |\n\n"
        "## 今後の見通し\n\n"
        "生成AI向け半導体の需要が続く見込みです。"
    )
    assert (extract.title, extract.date, extract.language) == ("2025年3月期 決算短信", "2025-05-14", "ja-JP")
    assert extract.pages == extract.notes == ()


def test_an_english_press_release_with_lists():
    def fill(document):
        document.add_heading("DeepSeek releases R1", 1)
        document.add_paragraph("The model is open.", style="List Bullet")
        document.add_paragraph("It costs\n$2.19 a million tokens.", style="List Bullet")
        document.add_paragraph("First download it.", style="List Number")
        document.add_paragraph("Then run it.", style="List Number")
        document.add_paragraph("# of users: 30 million")
        document.add_paragraph("#1 in the app store")

    assert read(fill).text == (
        "# DeepSeek releases R1\n\n"
        "- The model is open.\n- It costs\n   $2.19 a million tokens.\n1. First download it.\n2. Then run it.\n\n"
        "\\# of users: 30 million\n\n#1 in the app store"
    )


@pytest.mark.parametrize(
    ("id", "name", "mark"),
    [("1", "heading 1", "#"), ("a3", "標題 2", "##"), ("31", "标题 3", "###"), ("m4", "見出し 4", "####")]
    + [
        ("h5", "Heading 5", "#####"),
        ("h9", "heading 9", "######"),
        ("Titel", "title", "#"),
        ("b", "標題", "#"),
    ],
)
def test_headings_by_localised_styles(id, name, mark):
    def fill(document):
        style = document.styles.add_style("Made", WD_STYLE_TYPE.PARAGRAPH)
        style.element.set(f"{{{style.element.nsmap['w']}}}styleId", id)
        style.element.name_val = name
        xml(document, f'<w:p><w:pPr><w:pStyle w:val="{id}"/></w:pPr><w:r><w:t>市场概况</w:t></w:r></w:p>')
        document.add_paragraph("中国人工智能市场规模达到5000亿元。")

    assert read(fill).text == f"{mark} 市场概况\n\n中国人工智能市场规模达到5000亿元。"


def test_headings_by_inheritance_and_outline_level():
    def fill(document):
        style = document.styles.add_style("House heading", WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Heading 3"]
        document.add_paragraph("Inherited", style="House heading")
        xml(document, '<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r><w:t>Outlined</w:t></w:r></w:p>')
        outline = '<w:pPr><w:pStyle w:val="Heading1"/><w:outlineLvl w:val="9"/></w:pPr>'
        xml(document, f"<w:p>{outline}<w:r><w:t>Body text</w:t></w:r></w:p>")
        document.add_heading("", 1)

    assert read(fill).text == "### Inherited\n\n## Outlined\n\nBody text"


def test_styles_based_on_each_other_end():
    def fill(document):
        first = document.styles.add_style("First", WD_STYLE_TYPE.PARAGRAPH)
        second = document.styles.add_style("Second", WD_STYLE_TYPE.PARAGRAPH)
        first.base_style, second.base_style = second, first
        document.add_paragraph("Round and round", style="First")

    assert read(fill).text == "Round and round"


def numbering(document, *levels: tuple[str, str], start: int = 1) -> None:
    """Gives the document the list 77 with these (format, label) levels."""
    root = document.part.numbering_part.element
    marks = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{label}"/></w:lvl>'
        for at, (form, label) in enumerate(levels)
    )
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{marks}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {W} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    root.append(
        parse_xml(
            f'<w:num {W} w:numId="78"><w:abstractNumId w:val="77"/><w:lvlOverride w:ilvl="0">'
            '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        )
    )


def item(document, text: str, level: int = 0, number: int = 77, style: str = "") -> None:
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    xml(document, f"<w:p><w:pPr>{style}{place}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")


def test_nested_lists_count_as_word_does():
    def fill(document):
        numbering(document, ("decimal", "%1."), ("bullet", "o"), ("decimal", "%3)"))
        for text, level in [
            ("one", 0),
            ("dot", 1),
            ("two", 0),
            ("in", 2),
            ("in too", 2),
            ("three", 0),
            ("in", 2),
        ]:
            item(document, text, level)
        item(document, "anew", number=78)
        item(document, "and on", number=78)
        item(document, "no list", number=0)

    assert read(fill).text == (
        "1. one\n   - dot\n2. two\n      1. in\n      2. in too\n3. three\n      1. in\n1. anew\n2. and on\n\nno list"
    )


def test_labels_of_contracts_and_chapters_are_kept():
    def fill(document):
        numbering(
            document, ("japaneseCounting", "第%1条"), ("decimal", "%1.%2"), ("lowerRoman", "(%3)"), start=9
        )
        item(document, "目的", style="Heading1")
        item(document, "定義", style="Heading1")
        item(document, "秘密情報とは次のものをいう。", 1)
        item(document, "図面", 2)
        item(document, "契約期間", style="Heading1")

    assert read(fill).text == (
        "# 第九条 目的\n\n# 第十条 定義\n\n10.9 秘密情報とは次のものをいう。\n\n(ix) 図面\n\n# 第十一条 契約期間"
    ).replace("10.9", "十.9")


@pytest.mark.parametrize(
    ("form", "label"),
    [("upperLetter", "AB"), ("lowerLetter", "ab"), ("upperRoman", "XXVIII"), ("decimalEnclosedCircle", "28")]
    + [("chineseCounting", "二十八"), ("decimalZero", "28")],
)
def test_forms_of_figures(form, label):
    def fill(document):
        numbering(document, (form, "(%1)"), start=28)
        item(document, "x")

    expected = "BB" if form == "upperLetter" else "bb" if form == "lowerLetter" else label
    assert read(fill).text == f"({expected}) x"


def test_merged_cells_say_their_text_once():
    def fill(document):
        table = document.add_table(rows=3, cols=3)
        for at, text in enumerate("abcdefghi"):
            table.cell(at // 3, at % 3).text = text
        table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
        table.cell(1, 2).merge(table.cell(2, 2)).text = "tall"
        # Word keeps what was in a merged cell, and does not show it.
        table._tbl.tr_lst[2].tc_lst[2].p_lst[0].add_r().text = "unseen"

    assert read(fill).text == ("| wide |  | c |\n| --- | --- | --- |\n| d | e | tall |\n| g | h |  |")


def test_a_table_in_a_cell_follows_its_table_and_a_box_is_no_table():
    def fill(document):
        outer = document.add_table(rows=1, cols=2)
        outer.cell(0, 0).text = "left\nright | bar"
        inner = outer.cell(0, 1).add_table(rows=2, cols=2)
        outer.cell(0, 1).paragraphs[0].text = "prices"
        for at, text in enumerate(["model", "price", "R1", "$2.19"]):
            inner.cell(at // 2, at % 2).text = text
        box = document.add_table(rows=1, cols=1)
        box.cell(0, 0).paragraphs[0].text = "Note"
        box.cell(0, 0).paragraphs[0].style = "Heading 2"
        box.cell(0, 0).add_paragraph("Boxed text.")

    assert read(fill).text == (
        "| left right \\| bar | prices |\n| --- | --- |\n\n"
        "| model | price |\n| --- | --- |\n| R1 | $2.19 |\n\n"
        "## Note\n\nBoxed text."
    )


CHANGES = """<w:p><w:r><w:t xml:space="preserve">Revenue was </w:t></w:r>
<w:del w:id="1" w:author="A"><w:r><w:delText>10</w:delText><w:br/></w:r></w:del>
<w:ins w:id="2" w:author="A"><w:r><w:t>12</w:t></w:r></w:ins><w:r><w:t xml:space="preserve"> billion yen</w:t></w:r>
<w:moveFrom w:id="3" w:author="A"><w:r><w:t> gone</w:t></w:r></w:moveFrom>
<w:moveTo w:id="4" w:author="A"><w:r><w:t xml:space="preserve"> in 2025</w:t></w:r></w:moveTo><w:r><w:t>.</w:t></w:r></w:p>"""


def test_tracked_changes_are_taken_as_accepted():
    assert body(CHANGES).text == "Revenue was 12 billion yen in 2025."


def test_a_deleted_paragraph_end_joins_and_a_deleted_row_is_gone():
    gone = '<w:pPr><w:rPr><w:del w:id="1" w:author="A"/></w:rPr></w:pPr>'

    def fill(document):
        xml(document, f'<w:p>{gone}<w:r><w:t xml:space="preserve">The price </w:t></w:r></w:p>')
        xml(document, "<w:p><w:r><w:t>fell.</w:t></w:r></w:p>")
        table = document.add_table(rows=2, cols=2)
        for at, text in enumerate(["kept", "too", "deleted", "row"]):
            table.cell(at // 2, at % 2).text = text
        mark = parse_xml(f'<w:trPr {W}><w:del w:id="2" w:author="A"/></w:trPr>')
        table.rows[1]._tr.insert(0, mark)
        xml(document, f"<w:p>{gone}<w:r><w:t>The last one.</w:t></w:r></w:p>")

    assert read(fill).text == "The price fell.\n\n| kept | too |\n| --- | --- |\n\nThe last one."


def test_hyperlinks_fields_controls_and_ruby():
    source = """<w:p><w:hyperlink><w:r><w:t>経済産業省</w:t></w:r></w:hyperlink>
    <w:r><w:t>の</w:t></w:r><w:r><w:ruby><w:rt><w:r><w:t>はんどうたい</w:t></w:r></w:rt>
    <w:rubyBase><w:r><w:t>半導体</w:t></w:r></w:rubyBase></w:ruby></w:r>
    <w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>戦略</w:t></w:r></w:sdtContent></w:sdt>
    <w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Click here</w:t></w:r></w:sdtContent></w:sdt>
    <w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r>
    <w:r><w:t>第</w:t><w:tab/><w:t>3版</w:t><w:noBreakHyphen/><w:t>A</w:t></w:r></w:p>"""
    assert body(source).text == "経済産業省の半導体戦略第 3版-A"


def test_hidden_text_and_comments_are_told():
    extract = body(
        "<w:p><w:r><w:t>Seen.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>Unseen.</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t> Seen too.</w:t></w:r></w:p>'
    )
    assert extract.text == "Seen. Seen too."
    assert extract.notes == ("The document holds runs of hidden text that were left out (1).",)

    def fill(document):
        paragraph = document.add_paragraph("Text.")
        document.add_comment(paragraph.runs, text="Is that so?", author="B")

    extract = read(fill)
    assert extract.text == "Text."
    assert extract.notes == ("The document holds comments that were left out (1).",)


def test_images_are_counted_and_headers_left_out():
    def fill(document):
        document.sections[0].header.paragraphs[0].text = "CONFIDENTIAL"
        document.sections[0].footer.paragraphs[0].text = "Page 1"
        document.add_paragraph("A picture:")
        document.add_picture(image())
        document.add_picture(image())

    extract = read(fill)
    assert extract.text == "A picture:"
    assert extract.notes == ("The document holds images that were left out (2).",)


BOX = """<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml">
<w:r><w:t>Before </w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>
<w:txbxContent><w:p><w:r><w:t>吹き出しの文</w:t></w:r></w:p></w:txbxContent></wps:txbx></wps:wsp></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>吹き出しの文</w:t></w:r></w:p></w:txbxContent></v:textbox>
</w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t xml:space="preserve"> and after.</w:t></w:r></w:p>"""


def test_a_text_box_follows_its_paragraph_once():
    assert body(BOX).text == "Before and after.\n\n吹き出しの文"


GRAPHIC = """<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
 xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:r><w:t>図のとおり。</w:t></w:r>
<w:r><w:drawing><a:graphic><a:graphicData>{}</a:graphicData></a:graphic></w:drawing></w:r></w:p>"""
CHART = """<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart><c:plotArea><c:barChart>
<c:ser><c:tx><c:v>2025</c:v></c:tx><c:cat><c:strCache><c:pt idx="0"><c:v>華為</c:v></c:pt></c:strCache></c:cat>
<c:val><c:numCache><c:formatCode>0%</c:formatCode><c:pt idx="0"><c:v>0.4</c:v></c:pt></c:numCache></c:val></c:ser>
</c:barChart></c:plotArea></c:chart></c:chartSpace>"""
DIAGRAM = """<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>設計</a:t></a:r></a:p>
</dgm:t></dgm:pt><dgm:pt><dgm:t><a:p/></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"""


@pytest.mark.parametrize(
    ("kind", "element", "content", "block"),
    [
        (
            RELATIONSHIP_TYPE.CHART,
            '<c:chart r:id="{}"/>',
            CHART,
            "|  | 2025 |\n| --- | --- |\n| 華為 | 40% |",
        ),
        (RELATIONSHIP_TYPE.DIAGRAM_DATA, '<dgm:relIds r:dm="{}"/>', DIAGRAM, "- 設計"),
    ],
)
def test_charts_and_diagrams_follow_their_paragraph(kind, element, content, block):
    def reads(content: str):
        def fill(document):
            package = document.part.package
            part = Part(PackURI("/word/graphic.xml"), "application/xml", content.encode(), package)
            xml(document, GRAPHIC.format(element.format(document.part.relate_to(part, kind))))

        return read(fill)

    extract = reads(content)
    assert (extract.text, extract.notes) == (f"図のとおり。\n\n{block}", ())
    extract = reads("<empty/>")
    what = "charts" if "chart" in element else "diagrams"
    assert extract.text == "図のとおり。"
    assert extract.notes == (f"The document holds {what} that were left out (1).",)


def with_notes(fill, footnotes: list[str]) -> bytes:
    parts = "".join(
        f'<w:footnote w:id="{at}"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:footnote>'
        for at, text in enumerate(footnotes, 1)
    )
    separator = '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    blob = f"<w:footnotes {W}>{separator}{parts}</w:footnotes>".encode()

    def filled(document):
        package = document.part.package
        part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, blob, package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        fill(document)

    return word(filled)


def test_footnotes_stand_at_the_end_of_their_section():
    def fill(document):
        document.add_heading("One", 1)
        xml(document, '<w:p><w:r><w:t>First</w:t><w:footnoteReference w:id="2"/><w:t>.</w:t></w:r></w:p>')
        document.add_paragraph("More.")
        xml(
            document,
            '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Two</w:t><w:footnoteReference w:id="1"/>'
            "</w:r></w:p>",
        )
        xml(document, '<w:p><w:r><w:t>Again</w:t><w:footnoteReference w:id="2"/></w:r></w:p>')

    assert docx(with_notes(fill, ["総務省調べ。", "As of May 2025."]), "a.docx").text == (
        "# One\n\nFirst[^1].\n\nMore.\n\n[^1]: As of May 2025.\n\n# Two[^2]\n\nAgain[^1]\n\n[^2]: 総務省調べ。"
    )


def test_what_a_deleted_paragraph_end_joins_stays_out_of_boxes_and_notes():
    gone = '<w:pPr><w:rPr><w:del w:id="9" w:author="A"/></w:rPr></w:pPr>'

    def fill(document):
        xml(document, f'<w:p>{gone}<w:r><w:t xml:space="preserve">Joined. </w:t></w:r></w:p>')
        xml(document, BOX)
        xml(document, f'<w:p>{gone}<w:r><w:t xml:space="preserve">Joined too</w:t></w:r></w:p>')
        xml(document, '<w:p><w:r><w:footnoteReference w:id="1"/><w:t>.</w:t></w:r></w:p>')

    assert docx(with_notes(fill, ["総務省調べ。"]), "a.docx").text == (
        "Joined. Before and after.\n\n吹き出しの文\n\nJoined too[^1].\n\n[^1]: 総務省調べ。"
    )


def test_a_table_of_contents_is_told():
    def fill(document):
        document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
        document.add_paragraph("目次", style="TOC Heading")
        document.add_paragraph("1. 概要\t3", style="toc 1")
        document.add_heading("概要", 1)

    extract = read(fill)
    assert extract.text == "# 概要"
    assert extract.notes == ("The document holds lines of a table of contents that were left out (2).",)


BREAK = "<w:lastRenderedPageBreak/>"


def paged(pages: int) -> bytes:
    def fill(document):
        xml(
            document,
            f"<w:p><w:r><w:t>Page one ends in a </w:t></w:r><w:r>{BREAK}<w:t>sentence.</w:t></w:r></w:p>",
        )
        xml(
            document,
            f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r>{BREAK}<w:t>Three</w:t></w:r></w:p>',
        )
        xml(document, f"<w:p><w:r>{BREAK}</w:r></w:p>")
        table = document.add_table(rows=1, cols=2)
        table.cell(0, 0).text, table.cell(0, 1).text = "four", "4"

    return made.replaced(word(fill), "docProps/app.xml", "<Pages>1</Pages>", f"<Pages>{pages}</Pages>")


def test_pages_of_the_last_layout():
    extract = docx(paged(4), "a.docx")
    text = "Page one ends in a sentence.\n\n# Three\n\n| four | 4 |\n| --- | --- |"
    assert extract.text == text
    assert extract.pages == (0, text.index("sentence"), text.index("# Three"), text.index("| four"))


def test_pages_that_do_not_add_up_are_none():
    extract = docx(paged(5), "a.docx")
    assert extract.pages == ()
    assert "\ufdd0" not in extract.text


def test_control_characters_and_wide_spaces_are_cleaned():
    extract = body(
        "<w:p><w:r><w:t>\u3000a\x85b\u200a\ufdd0c </w:t><w:br/><w:br/><w:t> d\xa0e\u3000</w:t></w:r></w:p>"
    )
    assert extract.text == "ab\u200ac\nd e"


# --- Broken files ---


BROKEN = made.broken(word(lambda document: document.add_paragraph("x" * 999)), "word/document.xml")


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_broken_files(how):
    refused(docx, BROKEN[how], "壊れた報告.docx")


def test_no_text_says_why():
    assert "no content" in refused(docx, word(lambda document: None), "a.docx").hint
    assert "OCR" in refused(docx, word(lambda document: document.add_picture(image())), "a.docx").hint

    def chunk(document):
        document.element.body.insert(0, parse_xml(f"<w:altChunk {W}/>"))

    assert refused(docx, word(chunk), "a.docx").hint == "It holds only embedded documents."


def test_a_presentation_is_no_document():
    deck = made.slides(lambda presentation: None)
    assert "Word document" in refused(docx, deck, "a.docx").message


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_one_clear_error_or_none(data):
    good = bytearray(word(lambda document: document.add_paragraph("A sentence that is long enough.")))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        docx(bytes(good), "a.docx")
    except BadDocument as error:
        assert error.message.startswith("a.docx ") and "\n" not in str(error)
