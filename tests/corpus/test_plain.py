"""Tests of text and Markdown files: every encoding comes back exactly, paragraphs are whole, rubbish is refused."""

import re
import textwrap
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heiso.corpus import bundled, plain, sentences
from heiso.corpus.errors import BadDocument

CHINESE = [
    "公司今日公布截至九月三十日止三个月的未经审核业绩。",
    "本季度营业收入为人民币一百二十六亿元，同比增长百分之十八。",
    "经营利润率由上年同期的百分之九点二提升至百分之十一，主要得益于产品结构优化。",
    "董事会建议派发中期股息每股人民币0.35元，股东名册登记日为2025年11月14日。",
    "由于汇率波动及原材料价格上涨，海外业务毛利率较上季下降1.4个百分点。",
    "央行宣布下调存款准备金率0.5个百分点，释放长期流动性约一万亿元。",
    "研究团队提出了一种稀疏注意力机制，在保持精度的同时把长文本推理成本降低了一半。",
    "实验结果表明，该模型在数学竞赛题上的准确率达到79.8%，与闭源模型基本持平。",
    "她说，真正的问题不在于技术本身，而在于谁来承担风险、谁来分享收益。",
    "春天来了，湖边的柳树抽出嫩绿的枝条，孩子们在草地上放风筝。",
    "警方提醒市民，凡是要求转账到陌生账户的电话，一律不要相信。",
    "这家餐厅的招牌菜是清蒸鲈鱼，配上姜丝和葱段，味道十分鲜美。",
    "历史学家认为，这场战争的根源可以追溯到十九世纪末的边界争端。",
    "病人术后恢复良好，预计下周可以出院，但仍需定期复查。",
    "台风预计明天凌晨在沿海登陆，渔船已经全部回港避风。",
    "半导体设备国产化率仍然偏低，光刻、量测和离子注入环节对进口的依赖最为突出。",
    "球队在加时赛最后一分钟打进制胜球，以三比二逆转取胜晋级决赛。",
    "深度求索发布了DeepSeek-V3.1，输入价格为每百万词元4元，输出为12元。",
]
TRADITIONAL = [
    "公司今日公布截至九月三十日止三個月的未經審核業績。",
    "本季度營業收入為新臺幣一百二十六億元，同比增長百分之十八。",
    "由於匯率波動及原材料價格上漲，海外業務毛利率較上季下降1.4個百分點。",
    "研究團隊提出了一種稀疏注意力機制，在保持精度的同時把推理成本降低了一半。",
    "她說，真正的問題不在於技術本身，而在於誰來承擔風險、誰來分享收益。",
    "春天來了，湖邊的柳樹抽出嫩綠的枝條，孩子們在草地上放風箏。",
    "警方提醒市民，凡是要求轉帳到陌生帳戶的電話，一律不要相信。",
    "颱風預計明天凌晨在沿海登陸，漁船已經全部回港避風。",
    "台積電表示，先進製程的產能已經被客戶預訂一空，明年將繼續擴產。",
    "球隊在加時賽最後一分鐘打進致勝球，以三比二逆轉取勝晉級決賽。",
]
HONG_KONG = "佢哋喺深水埗嘅舖頭買咗好多嘢，仲話下個禮拜會再嚟睇吓有冇新貨。"
WESTERN = [
    "Société Générale raised its forecast – again – to €1.2 billion for fiscal 2025.",
    "“We’re not there yet,” the naïve analyst said; revenue rose 12 % to £3.4 million.",
    "CHIFFRE D'AFFAIRES DE L'ANNÉE 2025",  # the É and the E after it are 万 in Big5
    "Müller & Søn shipped 1,000 units at 20 °C ± 2 to a café in Málaga.",
]


def cut(language: str) -> list[str]:
    spans = ((d, *span) for d in bundled() if d.language == language for span in sentences.split(d.text))
    # cp932 has one sign for both wave dashes.
    texts = {d.text[start:end].replace("〜", "～") for d, start, end in spans}
    return sorted(text for text in texts if len(text) >= 20 and not text.isascii())


JAPANESE = cut("ja")
SENTENCES = [
    *((text, codec) for text in JAPANESE for codec in ("cp932", "euc_jp")),
    *((text, codec) for text in CHINESE for codec in ("gb2312", "gbk", "gb18030")),
    *((text, codec) for text in TRADITIONAL for codec in ("big5", "cp950", "big5hkscs", "gb18030")),
    *((text, "cp1252") for text in WESTERN),
]


@given(st.sampled_from(SENTENCES))
@example((HONG_KONG, "big5hkscs"))
def test_a_sentence_comes_back_exactly(sample):
    text, codec = sample
    data = text.encode(codec, "ignore")
    assert plain.decode(data, "a.txt")[0] == data.decode(codec)


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp"])
def test_every_japanese_sentence_comes_back_exactly(codec):
    for text in JAPANESE[::3]:
        data = text.encode(codec, "ignore")
        assert plain.decode(data, "a.txt")[0] == data.decode(codec)


@given(
    st.sampled_from(JAPANESE + CHINESE + TRADITIONAL + WESTERN + ["plain ASCII"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_unicode_comes_back_exactly(text, codec):
    assert plain.decode(text.encode(codec), "a.txt") == (text, codec)


@given(st.sampled_from(CHINESE), st.integers(20, 40))
def test_the_beginning_of_a_chinese_sentence_is_enough(text, length):
    data = text[:length].encode("gb18030")
    assert plain.decode(data, "a.txt") == (text[:length], "gb18030")


@pytest.mark.parametrize("text", WESTERN)
def test_western_text_comes_back_exactly(text):
    assert plain.decode(text.encode("cp1252"), "a.txt") == (text, "cp1252")


def test_both_byte_orders_and_wide_marks():
    for codec, mark in (
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-be", b"\0\0\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\0\0"),
    ):
        assert plain.decode(mark + "価格は上がった。".encode(codec), "a.txt")[0] == "価格は上がった。"


def test_signs_of_windows_are_read():
    assert plain.decode("①営業利益は㈱平成の計画を上回った。髙橋".encode("cp932"), "a")[1] == "cp932"
    assert plain.decode("①営業利益は計画を上回った".encode("euc_jis_2004"), "a")[0].startswith("①営業利益")


def test_another_encoding_is_left_to_the_library():
    text = "Компания сообщила о росте выручки на двенадцать процентов по сравнению с прошлым годом. " * 5
    assert plain.decode(text.encode("cp1251"), "a.txt")[0] == text


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused(data):
    try:
        text, codec = plain.decode(data, "a.txt")
    except BadDocument as error:
        assert "a.txt" in error.message and "\n" not in error.message and error.hint
    else:
        assert "\0" not in text and codec


RUBBISH = {
    "empty": b"",
    "NULs": b"abc\0def" * 10,
    "UTF-16 without a mark": "The price of R1".encode("utf-16-le"),
    "random": bytes(range(1, 256)) * 8,
    "controls": b"\x01\x02\x03\x04\x05\x06 some words" * 3,
    "half a UTF-16 character": "価格".encode("utf-16") + b"\x00",
    "UTF-16 of lone surrogates": b"\xff\xfe\x00\xd8a\x00",
    "UTF-8 cut off": "価格は上がった。半導体の輸出は減った。".encode()[:-1],
    "UTF-8 with a wrong byte": "価格は上がった。".encode() + b"\xff" + "半導体の輸出は減った。".encode(),
    "UTF-32 out of range": b"\xff\xfe\x00\x00\xff\xff\xff\x7f",
    "white space": b" \n\t\n\x0c  \n",
    "wide white space": "\u3000\n\u3000".encode("cp932"),
}


@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH)
@pytest.mark.parametrize("reader", [plain.text, plain.markdown])
def test_rubbish_is_refused(reader, data):
    with pytest.raises(BadDocument) as caught:
        reader(data, "決算.txt")
    assert "決算.txt" in caught.value.message and "\n" not in caught.value.message and caught.value.hint


def test_the_damaged_line_is_named():
    with pytest.raises(BadDocument, match="line 3"):
        plain.decode(
            "一行目は読める。\n二行目も読める。\n三行目".encode() + b"\xe4\xb8" + "は違う。".encode(), "a.txt"
        )


# --- text ---------------------------------------------------------------------------------------------------


def wrapped(paragraph: str, width: int) -> str:
    """A paragraph as Japanese editors wrap it: words of Latin letters whole, 、 and 。 hanging over the edge."""
    lines, line = [], ""
    for piece in re.findall(r"[!-~]+|.", paragraph):
        columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line + piece)
        if columns > width and piece not in "、。」）・ー":
            lines, line = [*lines, line.rstrip()], piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line])


def prose(language: str, number: int) -> list[str]:
    document = [d for d in bundled() if d.language == language][number]
    parts = [part.replace("。 ", "。") for part in document.text.split("\n\n")]
    return [part for part in parts if not part.startswith("#") and not re.search(r"\s[-*]|\d+\. ", part)]


@pytest.mark.parametrize("width", [60, 72, 100])
@pytest.mark.parametrize("number", [3, 12, 30])
def test_wrapped_english_is_joined(number, width):
    paragraphs = prose("en", number)
    raw = "\n\n".join(textwrap.fill(part, width) for part in paragraphs)
    assert plain.text(raw.encode(), "a.txt").text == "\n\n".join(paragraphs)


@pytest.mark.parametrize("codec", ["utf-8", "euc_jp"])
@pytest.mark.parametrize("width", [60, 70, 80])
@pytest.mark.parametrize("number", [3, 12, 30])
def test_wrapped_japanese_is_joined_without_spaces(number, width, codec):
    paragraphs = prose("ja", number)
    raw = "\r\n\r\n".join(wrapped(part, width).replace("\n", "\r\n") for part in paragraphs)
    data = raw.encode(codec, "ignore")
    expected = "\n\n".join(part.encode(codec, "ignore").decode(codec) for part in paragraphs)
    assert plain.text(data, "a.txt").text == expected


def test_paragraphs_that_are_not_wrapped_stay():
    for document in bundled()[:6]:
        assert plain.text(document.text.encode(), "a.txt").text == document.text


def test_short_lines_stay():
    poem = "古池や\n蛙飛びこむ\n水の音\n\n静けさや\n岩にしみ入る\n蝉の声"
    assert plain.text(poem.encode(), "a.txt").text == poem
    address = "Acme Ltd.\n1 High Street\nLondon\nUnited Kingdom\n\nDear Sir,\nwe write to you.\nYours\nA. B."
    assert plain.text(address.encode(), "a.txt").text == address


FILLED = textwrap.fill("The demand for chips is higher than what the factories can make in a year. " * 6, 70)


def test_lists_and_columns_stay_in_a_wrapped_file():
    columns = "Name        Price       Date\nR1          2.19        2025\nV3          1.10        2024"
    items = "- the first thing that is said here\n- the second thing that is said here\n- a third"
    text = plain.text(f"{FILLED}\n\n{columns}\n\n{items}\n\n{FILLED}\n".encode(), "a.txt").text
    assert columns in text and items in text
    assert FILLED.replace("\n", " ") in text


def test_hyphens_at_a_line_end():
    body = FILLED.splitlines()
    lines = [
        *body,
        "this line of the text is about as long as the others are, and semicon-",
        "ductor is broken in it, whereas another one ends with the word state-",
        "owned, which keeps its sign because no other place has it; pre-war is",
        "a word too, and a semiconductor is named here once more so as to know.",
    ]
    text = plain.text("\n".join(lines).encode(), "a.txt").text
    assert "and semiconductor is broken" in text and "the word state-owned, which" in text


def test_indented_paragraphs_are_told_apart():
    raw = "　一つ目の段落である。\n　二つ目の段落である。\n　三つ目。"
    assert (
        plain.text(raw.encode("cp932"), "a.txt").text
        == "一つ目の段落である。\n\n二つ目の段落である。\n\n三つ目。"
    )


def test_headings_only_when_evident():
    raw = "Results\n=======\n\nSales rose.\n\nOutlook\n-------\n\n# Notes\nNo heading\n\n1. Item\n---\n"
    text = plain.text(raw.encode(), "a.txt").text
    assert text == "# Results\n\nSales rose.\n\n## Outlook\n\n# Notes\n\nNo heading\n\n1. Item\n---"


def test_form_feeds_are_pages():
    extract = plain.text("一頁目。\n\f\f三頁目。\n\n続き。\f".encode(), "a.txt")
    assert extract.text == "一頁目。\n\n三頁目。\n\n続き。"
    assert [extract.text[page:] for page in extract.pages[:3]] == [
        extract.text,
        "三頁目。\n\n続き。",
        "三頁目。\n\n続き。",
    ]
    assert len(extract.pages) == 4
    assert plain.text(b"one page", "a.txt").pages == ()


def test_the_text_is_clean():
    text = plain.text("a\ufeff b\x07c \r\n\r\nd\u2028e\x85f\tg  \rh".encode(), "a.txt").text
    assert text == "a bc\n\nd\ne\nf    g\nh"


@given(st.text(max_size=400))
def test_no_sign_is_lost(raw):
    kept = re.sub(r"[\s\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff#=-]", "", raw.encode("utf-8", "ignore").decode())
    try:
        text = plain.text(raw.encode("utf-8", "ignore"), "a.txt").text
    except BadDocument:
        return
    assert re.sub(r"[\s#=-]", "", text) == kept
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]| \n", text)


@pytest.mark.parametrize(
    "raw",
    [
        "a" + " " * 200_000 + "b",
        "\n" * 200_000 + "x",
        "<!--" * 50_000,
        "```\n" * 50_000,
        "- " * 100_000,
        "a-\n" * 60_000,
    ],
)
def test_hostile_texts_take_no_time(raw):
    began = time.monotonic()
    plain.text(raw.encode(), "a.txt")
    plain.markdown(raw.encode(), "a.md")
    assert time.monotonic() - began < 10


# --- Markdown -----------------------------------------------------------------------------------------------


def test_front_matter_is_taken_off():
    raw = (
        '---\nTitle: "決算: 要約"\ndate: 2025-08-27 10:00:00 +0900\nlang: ja-JP\npublisher: 日本銀行\n'
        "entities: [DeepSeek, 'Qwen 3', DeepSeek]\ndraft: false\n---\n\n# 本文\n\n売上は増えた。\n"
    )
    extract = plain.markdown(raw.encode(), "a.md")
    assert extract.text == "# 本文\n\n売上は増えた。"
    assert (extract.title, extract.date, extract.language) == ("決算: 要約", "2025-08-27", "ja")
    assert (extract.publisher, extract.entities, extract.notes) == ("日本銀行", ("DeepSeek", "Qwen 3"), ())


@pytest.mark.parametrize(
    ("written", "language"),
    [("zh-Hant", "zh"), ("en_US", "en"), ("Japanese", "ja"), ("中文", "zh"), ("fr", ""), ("", "")],
)
def test_languages_of_front_matter(written, language):
    extract = plain.markdown(f"---\nlanguage: {written}\n---\ntext".encode(), "a.md")
    assert extract.language == language
    assert bool(extract.notes) == (written == "fr")


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2025-08", "2025-08"),
        ("2025", "2025"),
        ("2025年8月7日", "2025-08-07"),
        ("August 7, 2025", "2025-08-07"),
        ("2025-08-27T10:00:00Z", "2025-08-27"),
        ("soon", ""),
    ],
)
def test_dates_of_front_matter(written, date):
    extract = plain.markdown(f"---\ndate: {written}\n---\ntext".encode(), "a.md")
    assert extract.date == date
    assert bool(extract.notes) == (not date)


@pytest.mark.parametrize("front", ["title: [unclosed", "[" * 5000, "a: b: c", "\t- x: '"])
def test_front_matter_that_is_none_stays_in_the_text(front):
    extract = plain.markdown(f"---\n{front}\n---\ntext".encode(), "a.md")
    assert front.strip()[:5] in extract.text and "front matter" in extract.notes[0]


def test_a_rule_at_the_top_is_no_front_matter():
    assert plain.markdown(b"---\nJust words\n---\ntext", "a.md").text == "---\nJust words\n---\ntext"


def test_comments_go_and_tags_stay():
    raw = "a <!-- one\n\ntwo --> b <br> <b>c</b>\n\n```html\n<!-- kept -->\n```\n\n<!-- unclosed"
    assert plain.markdown(raw.encode(), "a.md").text == (
        "a b <br> <b>c</b>\n\n```html\n<!-- kept -->\n```\n\n<!-- unclosed"
    )


def test_markdown_stands_as_it_is():
    raw = (
        "# A\n\n| 年 | 売上 |\n| --- | --- |\n| 2024 | 1,234 |\n\n1. one\n2. two\n\n> quoted\n\nlines\nstay\n"
    )
    for codec in ("utf-8", "utf-16", "cp932", "euc_jp"):
        assert plain.markdown(raw.encode(codec), "a.md").text == raw.strip()


def test_only_front_matter_is_no_text():
    with pytest.raises(BadDocument, match="holds no text"):
        plain.markdown(b"---\ntitle: x\n---\n<!-- nothing -->\n", "a.md")
