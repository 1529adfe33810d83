"""Tests of the reader of presentations, over files as people make them and broken ones."""

import importlib.util
import io
import sys
from pathlib import Path

import pytest
from pptx.chart.data import BubbleChartData, CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from heiso.corpus.slides import pptx

_spec = importlib.util.spec_from_file_location(
    "heiso_test_made_office", Path(__file__).with_name("made_office.py")
)
assert _spec and _spec.loader
made = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = made
_spec.loader.exec_module(made)
image, refused, slides = made.image, made.refused, made.slides


def deck(*fills, layout: int = 5) -> bytes:
    """A presentation of one slide for each function, by default with a title and nothing else."""

    def fill(presentation):
        for each in fills:
            each(presentation.slides.add_slide(presentation.slide_layouts[layout]))

    return slides(fill)


def show(*fills, layout: int = 5):
    return pptx(deck(*fills, layout=layout), "資料.pptx")


def box(slide, text: str, left: float, top: float, width: float = 2, height: float = 1):
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    shape.text_frame.text = text
    return shape


def test_a_deck_in_japanese_with_lists_and_notes():
    def first(slide):
        slide.shapes.title.text = "2025年度\v事業計画"
        frame = slide.placeholders[1].text_frame
        frame.text = "売上高は1,234億円"
        for level, text in [(1, "前期比12.3%増"), (0, "海外比率は40%")]:
            paragraph = frame.add_paragraph()
            paragraph.text, paragraph.level = text, level
        slide.notes_slide.notes_text_frame.text = "ここで質問を受ける。\n# 次へ"

    def second(slide):
        slide.shapes.title.text = "まとめ"
        slide.placeholders[1].text_frame.text = "投資を続けます。"

    def fill(presentation):
        first(presentation.slides.add_slide(presentation.slide_layouts[1]))
        second(presentation.slides.add_slide(presentation.slide_layouts[1]))

    extract = pptx(slides(fill, title="事業計画", created=made.STAMP), "資料.pptx")
    assert extract.text == (
        "## 2025年度 事業計画\n\n- 売上高は1,234億円\n   - 前期比12.3%増\n- 海外比率は40%\n\n"
        "Notes:\n\nここで質問を受ける。\n\n\\# 次へ\n\n"
        "## まとめ\n\n投資を続けます。"
    )
    assert extract.pages == (0, extract.text.index("## まとめ"))
    assert (extract.title, extract.date, extract.notes) == ("事業計画", "2025-05-14", ())


def test_reading_order_is_rows_then_columns():
    def fill(slide):
        slide.shapes.title.text = "Order"
        box(slide, "bottom", 1, 5)
        box(slide, "right", 5, 2.1)
        box(slide, "left", 1, 2.2)
        box(slide, "middle", 3, 2)

    assert show(fill).text == "## Order\n\nleft\n\nmiddle\n\nright\n\nbottom"


def test_groups_are_entered():
    def fill(slide):
        slide.shapes.title.text = "Groups"
        box(slide, "last", 1, 6)
        outer = slide.shapes.add_group_shape()
        inner = outer.shapes.add_group_shape()
        for holder, text, top in [(outer, "second", 4), (inner, "first", 3)]:
            shape = holder.shapes.add_textbox(Inches(1), Inches(top), Inches(2), Inches(0.5))
            shape.text_frame.text = text

    assert show(fill).text == "## Groups\n\nfirst\n\nsecond\n\nlast"


def test_tables_and_merged_cells():
    def fill(slide):
        slide.shapes.title.text = "价格表"
        grid = slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(5), Inches(2)).table
        for at, text in enumerate(["模型", "价格", "R1", "16元", "V3", "8元"]):
            grid.cell(at // 2, at % 2).text = text
        grid.cell(1, 1).merge(grid.cell(2, 1))
        grid.cell(1, 1).text = "8-16元"
        grid.cell(2, 1).text = "unseen"

    assert show(fill).text == "## 价格表\n\n| 模型 | 价格 |\n| --- | --- |\n| R1 | 8-16元 |\n| V3 |  |"


def chart(kind, data, title: str = ""):
    def fill(slide):
        slide.shapes.title.text = "Chart"
        frame = slide.shapes.add_chart(kind, Inches(1), Inches(2), Inches(5), Inches(4), data)
        frame.chart.has_title = bool(title)
        if title:
            frame.chart.chart_title.text_frame.text = title

    return show(fill).text.removeprefix("## Chart\n\n")


def test_charts_say_their_values():
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["Nvidia", "華為"]
    data.add_series("2024", (0.85, 0.1))
    data.add_series("2025", (0.662, None))
    assert chart(XL_CHART_TYPE.COLUMN_CLUSTERED, data, "シェア") == (
        "シェア\n\n|  | 2024 | 2025 |\n| --- | --- | --- |\n| Nvidia | 85.0% | 66.2% |\n| 華為 | 10.0% |  |"
    )
    data = XyChartData(number_format="General")
    series = data.add_series("cost")
    series.add_data_point(1.5, 0.1 + 0.2)
    series.add_data_point(2, 1234.5)
    assert (
        chart(XL_CHART_TYPE.XY_SCATTER, data) == "|  | cost |\n| --- | --- |\n| 1.5 | 0.3 |\n| 2 | 1234.5 |"
    )
    data = BubbleChartData(number_format="#,##0")
    data.add_series("size").add_data_point(1000, 2000, 3)
    assert chart(XL_CHART_TYPE.BUBBLE, data) == "|  | size |\n| --- | --- |\n| 1,000 | 2,000 |"


def test_charts_over_dates_and_over_levels():
    data = CategoryChartData()
    data.categories = [made.STAMP.date(), made.STAMP.date().replace(day=15)]
    data.add_series("close", (1, 2))
    assert "| 2025-05-14 | 1 |\n| 2025-05-15 | 2 |" in chart(XL_CHART_TYPE.LINE, data)
    data = CategoryChartData()
    for region, countries in {"Asia": ["Japan", "China"], "Europe": ["France"]}.items():
        category = data.add_category(region)
        for country in countries:
            category.add_sub_category(country)
    data.add_series("share", (3, 4, 5))
    assert "| Asia / Japan | 3 |\n| Asia / China | 4 |\n| Europe / France | 5 |" in chart(
        XL_CHART_TYPE.BAR_CLUSTERED, data
    )


def test_numbered_bulleted_and_bare_paragraphs():
    def fill(slide):
        slide.shapes.title.text = "Steps"
        frame = slide.placeholders[1].text_frame
        marks = [
            "buNone",
            "buAutoNum type='arabicPeriod'",
            "buAutoNum type='arabicPeriod'",
            "buChar char='-'",
        ]
        for at, (mark, text) in enumerate(zip(marks, ["Do this:", "fetch\vit", "run", "enjoy"], strict=True)):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.text = text
            properties = paragraph._p.get_or_add_pPr()
            spaced = f"<a:{mark} xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'/>"
            properties.append(parse_xml(spaced))

    assert show(fill, layout=1).text == "## Steps\n\nDo this:\n\n1. fetch\n   it\n2. run\n- enjoy"


def test_slides_without_title_or_text_keep_their_number():
    def pictured(slide):
        slide.shapes.add_picture(image(), 0, 0)
        slide.shapes.add_picture(image(), 0, 0)

    extract = show(lambda slide: box(slide, "Only a box", 1, 1), pictured, lambda slide: None, layout=6)
    assert extract.text == "## Slide 1\n\nOnly a box\n\n## Slide 2\n\n## Slide 3"
    assert extract.pages == tuple(extract.text.index(f"## Slide {at}") for at in (1, 2, 3))
    assert extract.notes == (
        "Slide 2 holds no text.",
        "Slide 2 holds images that were left out (2).",
        "Slide 3 holds no text.",
    )


def test_a_picture_in_the_place_of_the_title():
    def fill(slide):
        slide.shapes.title.element.getparent().remove(slide.shapes.title.element)
        picture = slide.shapes.add_picture(image(), 0, 0)
        mark = "<p:ph xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' type='title'/>"
        picture.element.nvPicPr.nvPr.append(parse_xml(mark))
        box(slide, "Text below", 1, 3)

    extract = show(fill)
    assert extract.text == "## Slide 1\n\nText below"
    assert extract.notes == ("Slide 1 holds images that were left out (1).",)


def test_hidden_slides_are_told():
    def hidden(slide):
        slide.shapes.title.text = "Backup"
        slide.element.set("show", "0")

    def shown(slide):
        slide.shapes.title.text = "Main"

    extract = show(shown, hidden)
    assert extract.text == "## Main\n\n## Backup"
    assert extract.notes == ("Slide 2 is hidden in the presentation.",)


NEWER = """<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><mc:Choice Requires="a14"><p:sp><p:txBody>
<a:p><a:r><a:t>Newer </a:t></a:r><a:r><a:t>shape</a:t></a:r></a:p></p:txBody></p:sp></mc:Choice>
<mc:Fallback><p:sp><p:txBody><a:p><a:r><a:t>Older</a:t></a:r></a:p></p:txBody></p:sp></mc:Fallback></mc:AlternateContent>"""
DIAGRAM = """<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><p:nvGraphicFramePr>
<p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/>
<a:ext cx="9" cy="9"/></p:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/diagram">
<dgm:relIds xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" r:dm="RID"/></a:graphicData></a:graphic>
</p:graphicFrame>"""
MODEL = """<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt modelId="0" type="doc"><dgm:t><a:p/></dgm:t>
</dgm:pt><dgm:pt modelId="1"><dgm:t><a:p><a:r><a:t>設計</a:t></a:r></a:p></dgm:t></dgm:pt>
<dgm:pt modelId="2"><dgm:t><a:p><a:r><a:t>量産</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"""


def test_newer_shapes_and_diagrams():
    def fill(slide):
        slide.shapes.title.text = "Flow"
        slide.shapes.element.append(parse_xml(NEWER))
        uri = PackURI("/ppt/diagrams/data1.xml")
        part = Part(uri, "application/xml", slide.part.package, MODEL.encode())
        related = slide.part.relate_to(
            part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
        )
        slide.shapes.element.append(parse_xml(DIAGRAM.replace("RID", related)))

    assert show(fill).text == "## Flow\n\n- 設計\n- 量産\n\nNewer shape"


def test_embedded_objects_are_told_and_footers_left_out():
    def fill(slide):
        slide.shapes.title.text = "Data"
        slide.shapes.add_ole_object(
            io.BytesIO(b"data"), "Excel.Sheet", Inches(1), Inches(2), Inches(1), Inches(1)
        )
        shape = slide.shapes.add_textbox(0, 0, 9, 9)
        shape.text_frame.text = "© 2025"
        mark = (
            "<p:ph xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' type='ftr' idx='11'/>"
        )
        shape.element.nvSpPr.nvPr.append(parse_xml(mark))

    extract = show(fill)
    assert extract.text == "## Data"
    assert extract.notes == ("Slide 1 holds embedded objects that were left out (1).",)


# --- Broken files ---


BROKEN = made.broken(deck(lambda slide: box(slide, "x" * 999, 1, 1)), "ppt/slides/slide1.xml")


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_broken_files(how):
    refused(pptx, BROKEN[how], "壊れた資料.pptx")


def test_no_text_says_why():
    assert "no content" in refused(pptx, slides(lambda presentation: None), "a.pptx").hint
    scanned = deck(lambda slide: slide.shapes.add_picture(image(), 0, 0), layout=6)
    assert "OCR" in refused(pptx, scanned, "a.pptx").hint


def test_a_document_is_no_presentation():
    text = made.word(lambda document: document.add_paragraph("x"))
    assert "presentation" in refused(pptx, text, "a.pptx").message
