"""Tests of the readers of workbooks and delimited text, over files as people make them and broken ones."""

import csv as plain_csv
import importlib.util
import io
import re
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Border, Side

from heiso.corpus import sheets
from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import table
from heiso.corpus.sheets import csv, number, stored, xlsx

_spec = importlib.util.spec_from_file_location(
    "heiso_test_made_office", Path(__file__).with_name("made_office.py")
)
assert _spec and _spec.loader
made = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = made
_spec.loader.exec_module(made)
book = made.book


def read(fill, **properties):
    return xlsx(book(fill, **properties), "価格表.xlsx")


def rows(sheet, *values) -> None:
    for row in values:
        sheet.append(row)


def refused(reader, data: bytes, name: str) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        reader(data, name)
    assert caught.value.message.startswith(f"{name} ")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


# --- Workbooks ---


def test_a_price_table_in_japanese():
    def fill(workbook):
        sheet = workbook.active
        sheet.title = "料金"
        rows(
            sheet, ["API料金表（2025年1月時点）"], [], ["モデル", "入力", "出力"], ["DeepSeek R1", 0.55, 2.19]
        )
        rows(sheet, ["o1", 15, 60], ["注：百万トークンあたりの米ドル"])
        for row in sheet["B4:C5"]:
            for cell in row:
                cell.number_format = '"$"#,##0.00'

    extract = read(fill, title="料金表", created=made.STAMP, language="ja")
    assert extract.text == (
        "## 料金\n\nAPI料金表（2025年1月時点）\n\n"
        "| モデル | 入力 | 出力 |\n| --- | --- | --- |\n| DeepSeek R1 | $0.55 | $2.19 |\n| o1 | $15.00 | $60.00 |\n\n"
        "注：百万トークンあたりの米ドル"
    )
    assert (extract.title, extract.date, extract.language) == ("料金表", "2025-05-14", "ja")
    assert extract.pages == (0,)
    assert extract.notes == ()


def test_a_balance_sheet_keeps_the_labels_inside_its_table():
    def fill(workbook):
        rows(
            workbook.active,
            ["", "2024", "2025"],
            ["資産の部"],
            ["現金", 100, 120],
            ["負債の部"],
            ["借入金", 50, 40],
        )

    assert read(fill).text.endswith(
        "|  | 2024 | 2025 |\n| --- | --- | --- |\n| 資産の部 |  |  |\n| 现金 | 100 | 120 |\n".replace(
            "现", "現"
        )
        + "| 負債の部 |  |  |\n| 借入金 | 50 | 40 |"
    )


def test_sheets_are_pages_and_hidden_ones_are_told():
    def fill(workbook):
        workbook.active.title = "Sales"
        rows(workbook.active, ["year", "sales"], [2025, 1])
        for title, state in [
            ("Secret", "hidden"),
            ("Deep", "veryHidden"),
            ("空", "visible"),
            ("成本", "visible"),
        ]:
            sheet = workbook.create_sheet(title)
            sheet.sheet_state = state
            if title != "空":
                rows(sheet, ["项目", title], ["研发", 2])

    extract = read(fill)
    assert extract.text == (
        "## Sales\n\n| year | sales |\n| --- | --- |\n| 2025 | 1 |\n\n## 空\n\n"
        "## 成本\n\n| 项目 | 成本 |\n| --- | --- |\n| 研发 | 2 |"
    )
    assert extract.pages == tuple(extract.text.index(mark) for mark in ("## Sales", "## 空", "## 成本"))
    assert extract.notes == (
        "Sheet 'Secret' is hidden and was left out.",
        "Sheet 'Deep' is hidden and was left out.",
        "Sheet '空' is empty.",
    )


def test_blocks_far_apart():
    def fill(workbook):
        sheet = workbook.active
        for place, value in {"C3": "a", "D3": "b", "C4": 1, "D4": 2, "XFD9000": "x", "XFC9000": "y"}.items():
            sheet[place] = value
        sheet["A1048576"] = "# the end"

    assert read(fill).text == (
        "## Sheet\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n| y | x |\n| --- | --- |\n\n\\# the end"
    )


def test_a_wrong_dimension_loses_nothing():
    data = book(lambda workbook: rows(workbook.active, ["a", "b"], [1, 2], [3, 4]))
    for wrong in ("A1", "A1:XFD1048576"):
        changed = made.replaced(
            data, "xl/worksheets/sheet1.xml", '<dimension ref="A1:B3"', f'<dimension ref="{wrong}"'
        )
        assert xlsx(
            changed, "a.xlsx"
        ).text == "## Sheet1\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |".replace("Sheet1", "Sheet")


def test_merged_cells_are_filled_once():
    def fill(workbook):
        sheet = workbook.active
        rows(sheet, ["四半期業績", None, None], ["", "Q1", "Q2"], ["国内", 1, 2], [None, 3, 4])
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("A3:A4")

    assert read(fill).text == (
        "## Sheet\n\n四半期業績\n\n|  | Q1 | Q2 |\n| --- | --- | --- |\n| 国内 | 1 | 2 |\n|  | 3 | 4 |"
    )


def shown(value, code: str = "General") -> str:
    """A value in a cell with a number format, as the reader shows it."""

    def fill(workbook):
        workbook.active["A1"] = value
        workbook.active["A1"].number_format = code

    return read(fill).text.removeprefix("## Sheet\n\n")


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (datetime(2025, 3, 31), "yyyy/m/d", "2025-03-31"),
        (datetime(2025, 3, 31, 15, 30), "yyyy/m/d", "2025-03-31"),
        (datetime(2025, 3, 31, 15, 30), "yyyy/m/d h:mm", "2025-03-31 15:30"),
        (datetime(2025, 3, 31, 15, 30, 5), "yyyy-mm-dd hh:mm:ss", "2025-03-31 15:30:05"),
        (datetime(2025, 3, 1), 'yyyy"年"m"月"', "2025-03"),
        (datetime(2025, 3, 1), "mmm-yy", "2025-03"),
        (datetime(2025, 3, 1), '[$-zh-CN]yyyy"年"m"月"d"日"', "2025-03-01"),
        (datetime(2025, 3, 1), '[$-411]ggge"年"m"月"d"日"', "2025-03-01"),
        (datetime(2025, 3, 1), "[White]yyyy/mm/dd", "2025-03-01"),
        (datetime(2025, 3, 1), "yyyy", "2025"),
        (date(2025, 3, 31), "m/d", "2025-03-31"),
        (time(9, 5), "h:mm", "09:05"),
        (time(9, 5, 7), "h:mm:ss AM/PM", "09:05:07"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (timedelta(hours=1, seconds=9), "[h]:mm:ss", "1:00:09"),
        (True, "General", "TRUE"),
        ("#REF!", "General", "#REF!"),
        ("a\nb  c", "General", "a b c"),
        ("_x0041_x_x000D_y", "General", "Ax y"),
        ("001", "@", "001"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567, "#,##0", "1,234,567"),
        (-0.125, "0.0%", "-12.5%"),
    ],
)
def test_values_as_a_person_sees_them(value, code, expected):
    assert shown(value, code) == expected


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (1234567.891, "#,##0", "1,234,568"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-1234.5, r"#,##0_);[Red]\(#,##0\)", "(1,235)"),
        (-1234, '#,##0;"▲ "#,##0', "▲ 1,234"),
        (-5, "#,##0;;0", "-5"),
        (5000000, '"¥"#,##0', "¥5,000,000"),
        (5000000, r"[$¥-411]#,##0;[Red]-[$¥-411]#,##0", "¥5,000,000"),
        (-5000000, r"[$¥-411]#,##0;[Red]-[$¥-411]#,##0", "-¥5,000,000"),
        (-12.5, "[$$-409]#,##0.00", "-$12.50"),
        (1234.5, '#,##0.00"元"', "1,234.50元"),
        (3, '0"期"', "3期"),
        (1234567890, '#,##0,,"百万円"', "1,235百万円"),
        (1500, '0.0,"k"', "1.5k"),
        (0, r'_(* #,##0_);_(* \(#,##0\);_(* "-"??_);_(@_)', "-"),
        (5, r'_(* #,##0_);_(* \(#,##0\);_(* "-"??_);_(@_)', "5"),
        (0, "#,###", "0"),
        (0.034, "+0.0%;-0.0%", "+3.4%"),
        (-0.034, "+0.0%;-0.0%", "-3.4%"),
        (2.675, "0.00", "2.68"),
        (0.5, "0.0#", "0.5"),
        (0.25, ".00", "0.25"),
        (7, "000", "007"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (0.5, "# ?/?", "0.5"),
        (1234567, "000-0000", "1234567"),
        (5, "[>=100]0.0;0", "5"),
        (5, "", "5"),
        (5, "\\", "5"),
        (1 / 3, "General", "0.3333333333"),
        (123456789.125, "General", "123456789.12"),
        (1e-7, "General", "1E-07"),
        (1e20, "#,##0", "1E+20"),
        (3.0, "General", "3"),
        (-0.5, "0." + "0" * 40 + "%", "-50.0000000000%"),
    ],
)
def test_number_formats(value, code, expected):
    assert number(value, code) == expected


@given(
    st.floats(-1e300, 1e300),
    st.sampled_from(["#,##0.00", "0.0%", '"¥"#,##0', "0.00E+00"]),
)
def test_a_formatted_number_reads_back(value, code):
    text = number(value, code).replace(",", "").replace("¥", "")
    back = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    places = {"#,##0.00": 0.0051, "0.0%": 0.00051, '"¥"#,##0': 0.51, "0.00E+00": 0.0}[code]
    assert back == pytest.approx(value, rel=0.0051 if code == "0.00E+00" else 1e-9, abs=places)


@given(st.floats(), st.text(alphabet='#0?.,%"\\[]$¥;_-* @/Ee+Gyhm', max_size=12))
def test_any_format_gives_a_line(value, code):
    assert number(value, code).strip() == number(value, code) != ""


def test_stored_numbers_of_charts():
    assert stored("0.352", "0%") == "35%"
    assert stored("45000", "yyyy/m/d") == "2023-03-15"
    assert stored("1e99", "yyyy/m/d") == "1E+99"
    assert stored("#N/A", "0%") == "#N/A"


def test_east_asian_formats_that_no_file_states():
    data = book(lambda workbook: rows(workbook.active, [45000, 0.5, 45000.25, 45000]))
    styles = made.member(data, "xl/styles.xml").decode()
    cells = re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)
    assert cells
    more = "".join(
        f'<xf numFmtId="{at}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for at in (0, 58, 32, 31)
    )
    data = made.changed(
        data, {"xl/styles.xml": styles.replace(cells[0], f"<cellXfs>{more}</cellXfs>").encode()}
    )
    sheet = made.member(data, "xl/worksheets/sheet1.xml").decode()
    for at, place in enumerate(["A1", "B1", "C1"], 1):
        sheet = re.sub(f'<c r="{place}"', f'<c r="{place}" s="{at}"', sheet)
    data = made.changed(data, {"xl/worksheets/sheet1.xml": sheet.encode()})
    assert xlsx(data, "a.xlsx").text.startswith("## Sheet\n\n| 2023-03-15 | 12:00 | 2023-03-15 | 45000 |")


def test_formulas_errors_and_formatted_blanks():
    def fill(workbook):
        workbook.active.title = "Calc"
        rows(workbook.active, ["item", "value"], ["sum", 0], ["ratio", 0], [None, 0])
        workbook.active["B5"].border = Border(left=Side("thin"))

    data, name = book(fill), "xl/worksheets/sheet1.xml"
    sheet = made.member(data, name).decode()
    # As Excel writes formulas and their values, the last of which is no characters.
    for place, cell in {
        "B2": '<c r="B2"><f>1+1</f><v>2</v></c>',
        "B3": '<c r="B3" t="e"><f>A9/0</f><v>#DIV/0!</v></c>',
        "B4": '<c r="B4" t="str"><f>IF(TRUE,"","x")</f><v></v></c>',
    }.items():
        sheet, count = re.subn(f'<c r="{place}".*?</c>', cell, sheet)
        assert count == 1
    extract = xlsx(made.changed(data, {name: sheet.encode()}), "a.xlsx")
    assert extract.text == "## Calc\n\n| item | value |\n| --- | --- |\n| sum | 2 |\n| ratio | #DIV/0! |"
    assert extract.notes == ()


def test_formulas_without_a_stored_value_are_told():
    def fill(workbook):
        rows(workbook.active, ["a", 1], ["b", 2], ["sum", "=B1+B2", 0.5])
        workbook.active["D1"].number_format = "0%"
        rows(workbook.create_sheet("二"), ["x", "=1"], ["=2", "=3"])
        rows(workbook.create_sheet("三"), ["x", "y"])

    extract = read(fill)
    assert "| sum |  | 0.5 |" in extract.text
    assert extract.notes == (
        "Sheet 'Sheet' holds 1 formula without a stored value.",
        "Sheet '二' holds 3 formulas without a stored value.",
    )


def test_what_stands_beside_the_cells_is_told():
    def fill(workbook):
        sheet = workbook.active
        rows(sheet, ["x", 1], ["y", 2])
        sheet["A1"].comment = Comment("why?", "A")
        bars = BarChart()
        bars.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2))
        sheet.add_chart(bars, "D1")
        workbook.create_chartsheet("図").add_chart(BarChart())

    box = (
        '<xdr:twoCellAnchor xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
        "<xdr:sp><xdr:txBody/></xdr:sp></xdr:twoCellAnchor>"
    )
    data = made.replaced(book(fill), "xl/drawings/drawing1.xml", "</wsDr>", f"{box}</wsDr>")
    assert xlsx(data, "a.xlsx").notes == (
        "Sheet '図' is a chart and was left out.",
        "What stands beside the cells was left out (charts: 2).",
        "What stands beside the cells was left out (text boxes: 1).",
        "What stands beside the cells was left out (comment sheets: 1).",
    )


def test_a_long_table_is_read_whole():
    def fill(workbook):
        for at in range(3000):
            workbook.active.append([f"社{at}", at, at / 7])

    lines = read(fill).text.splitlines()
    assert len(lines) == 2 + 3000 + 1
    assert lines[-1] == "| 社2999 | 2999 | 428.4285714 |"


def test_too_many_cells(monkeypatch):
    monkeypatch.setattr(sheets, "_CELLS", 6)
    six = book(lambda workbook: rows(workbook.active, [1, 2, 3], [4, 5, 6]))
    assert xlsx(six, "a.xlsx").text
    seven = book(lambda workbook: rows(workbook.active, [1, 2, 3], [4, 5, 6], [7]))
    assert "more than 6 cells" in refused(xlsx, seven, "大.xlsx").message

    def fill(workbook):
        rows(workbook.active, [1, 2, 3, 4])
        rows(workbook.create_sheet(), [1, 2, 3, 4])

    refused(xlsx, book(fill), "大.xlsx")
    assert "more than 6 cells" in refused(csv, b"1,2,3\n4,5,6\n7\n", "大.csv").message


def test_a_string_that_many_cells_share(monkeypatch):
    monkeypatch.setattr(sheets, "_CHARACTERS", 99_999)
    bomb = book(lambda workbook: rows(workbook.active, *[["x" * 1000] * 10] * 10))
    assert "more than 99,999 characters" in refused(xlsx, bomb, "大.xlsx").message
    monkeypatch.setattr(sheets, "_CHARACTERS", 100_000)
    assert xlsx(bomb, "a.xlsx").text


def test_warnings_of_the_library_are_kept_quiet():
    data = book(lambda workbook: rows(workbook.active, ["a", "b"]))
    sheet = made.member(data, "xl/worksheets/sheet1.xml")
    unknown = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    data = made.changed(data, {"xl/worksheets/sheet1.xml": sheet.replace(b"</worksheet>", unknown)})
    assert xlsx(data, "a.xlsx").text == "## Sheet\n\n| a | b |\n| --- | --- |"


def test_workbooks_without_visible_text():
    assert "empty" in refused(xlsx, book(lambda workbook: None), "空.xlsx").hint

    def fill(workbook):
        workbook.create_sheet("隠し").sheet_state = "hidden"
        rows(workbook["隠し"], ["x"])

    assert "Sheet '隠し' is hidden" in refused(xlsx, book(fill), "空.xlsx").hint


BROKEN = made.broken(
    book(lambda workbook: rows(workbook.active, *[[at, "x" * 50, at**3] for at in range(50)])),
    "xl/worksheets/sheet1.xml",
)


@pytest.mark.parametrize("how", sorted(BROKEN))
def test_broken_workbooks(how):
    refused(xlsx, BROKEN[how], "壊れた価格表.xlsx")


def test_another_office_file():
    document = made.word(lambda document: document.add_paragraph("x"))
    assert "cannot be read as a workbook" in refused(xlsx, document, "a.xlsx").message


# --- Delimited text ---


EXPECTED = "| 会社名 | 売上高 |\n| --- | --- |\n| 東京電機 | 1,234 |\n| 大阪化学 | 567 |"
COMMAS = '会社名,売上高\r\n東京電機,"1,234"\r\n大阪化学,567\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc-jp"])
def test_encodings(encoding):
    assert csv(COMMAS.encode(encoding), "売上.csv").text == EXPECTED


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters(delimiter, end):
    lines = ["会社名,売上高", '東京電機,"1,234"', "大阪化学,567"]
    text = end.join(line.replace(",", delimiter).replace(f"1{delimiter}234", "1,234") for line in lines)
    assert csv(text.encode(), "売上.csv").text == EXPECTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,price\nR1,2.19\n", "| name | price |\n| --- | --- |\n| R1 | 2.19 |"),
        ("模型;价格\nR1;2,19\nV3;1,10\n", "| 模型 | 价格 |\n| --- | --- |\n| R1 | 2,19 |\n| V3 | 1,10 |"),
        ("date\tclose\n2025-01-02\t1,234.5\n", "| date | close |\n| --- | --- |\n| 2025-01-02 | 1,234.5 |"),
        ("one column\nof words\n", "| one column |\n| --- |\n| of words |"),
        ("会社名\n売上高\n", "| 会社名 |\n| --- |\n| 売上高 |"),
        ("a,b\n", "| a | b |\n| --- | --- |"),
        ('a,b\n"two\nlines, one cell","say ""hi"" | bye"\n', '| a | b |\n| --- | --- |\n| two lines, one cell | say "hi" \\| bye |'),
        ("a,b,c\n1\n1,2,3,4\n\n,,\n5,6\n", "| a | b | c |  |\n| --- | --- | --- | --- |\n| 1 |  |  |  |\n| 1 | 2 | 3 | 4 |\n| 5 | 6 |  |  |"),
        ("a,b\n\x01x\x85,y\u2028z\n", "| a | b |\n| --- | --- |\n| x | y z |"),
        ("令和6年度 統計表\n年度,人口\n2023,124\n2024,123\n", "| 令和6年度 統計表 |  |\n| --- | --- |\n| 年度 | 人口 |\n| 2023 | 124 |\n| 2024 | 123 |"),
    ],
)  # fmt: skip
def test_tables(text, expected):
    extract = csv(text.encode(), "表.csv")
    assert extract.text == expected
    assert extract.pages == extract.notes == ()


def test_the_ending_tells_tabs():
    assert csv(b"a, b\tc\nd, e\tf\n", "x.TSV").text == "| a, b | c |\n| --- | --- |\n| d, e | f |"


CELL = st.text(alphabet='ab1,;|"\n漢字 .', max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=8))
def test_what_the_csv_module_writes_is_read_back(values):
    stream = io.StringIO()
    plain_csv.writer(stream, delimiter="\t", quoting=plain_csv.QUOTE_ALL).writerows(
        [["h1", "h2", "h3"], *values]
    )
    assert csv(stream.getvalue().encode(), "x.tsv").text == table([["h1", "h2", "h3"], *values])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", ""),
        (b" \n\n", ""),
        (b",,\n,,\n", "holds no text"),
        (b"\x00\x01\x02\x03" * 50, ""),
        (BROKEN["garbage"], ""),
        (BROKEN["encrypted"], ""),
        (BROKEN["truncated"], ""),
        (b'a,b\n"' + b"never closed\n" * 20_000, "field larger than field limit (131072) in row 2"),
        (b"a,b\n" + b"x" * 131_073 + b",1\n", "field larger"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\x00", ""),
    ],
)
def test_broken_delimited_text(data, says):
    assert says in refused(csv, data, "壊れた表.csv").message
