from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.dates import read_dates
from heiso.corpus.quantities import Quantity, agree, read_quantities, render

UNITS = (
    "", "%", "point", "x", "CNY", "USD", "JPY", "HKD", "EUR", "second", "hour", "day", "month", "year", "nm",
    "parameter", "token", "watt", "byte",
)  # fmt: skip
LANGUAGES = ("ja", "en", "zh")

# (text, [(value, unit), ...])
READ = [
    ("over 700 billion yuan", [("7e11", "CNY")]),
    ("7,000億元", [("7e11", "CNY")]),
    ("7000亿元", [("7e11", "CNY")]),
    ("7000 亿元人民币", [("7e11", "CNY")]),
    ("人民币7000亿元", [("7e11", "CNY")]),
    ("RMB700bn", [("7e11", "CNY")]),
    ("七千亿元", [("7e11", "CNY")]),
    ("4.5万亿元", [("4.5e12", "CNY")]),
    ("6.7千亿", [("6.7e11", "")]),
    ("1兆2,000億円", [("1.2e12", "JPY")]),
    ("29万4,000ドル", [("294000", "USD")]),
    ("2万8,000", [("28000", "")]),
    ("一兆二千億円", [("1.2e12", "JPY")]),
    ("2.788百万", [("2788000", "")]),
    ("$294K", [("294000", "USD")]),
    ("$6M", [("6e6", "USD")]),
    ("$1.6bn", [("1.6e9", "USD")]),
    ("US$500 million", [("5e8", "USD")]),
    ("HK$1.07 trillion", [("1.07e12", "HKD")]),
    ("1.07兆香港ドル", [("1.07e12", "HKD")]),
    ("120億港元", [("1.2e10", "HKD")]),
    ("€11.7 billion", [("1.17e10", "EUR")]),
    ("117億ユーロ", [("1.17e10", "EUR")]),
    ("27 cents", [("0.27", "USD")]),
    ("￥150で買う", [("150", "JPY")]),
    ("¥150，不贵", [("150", "CNY")]),
    ("40.2%", [("40.2", "%")]),
    ("40.2 per cent", [("40.2", "%")]),
    ("４０．２％", [("40.2", "%")]),
    ("40.2パーセント", [("40.2", "%")]),
    ("百分之40.2", [("40.2", "%")]),
    ("百分之四十", [("40", "%")]),
    ("4割", [("40", "%")]),
    ("七成", [("70", "%")]),
    ("3 percentage points", [("3", "point")]),
    ("3ポイント", [("3", "point")]),
    ("3个百分点", [("3", "point")]),
    ("1,509", [("1509", "")]),
    ("1，509家", [("1509", "")]),
    ("１，５０９件", [("1509", "")]),
    ("一百二十人", [("120", "")]),
    ("six dense models", [("6", "")]),
    ("twenty-five firms", [("25", "")]),
    ("671B parameters", [("671e9", "parameter")]),
    ("6,710億パラメータ", [("671e9", "parameter")]),
    ("6710亿个参数", [("671e9", "parameter")]),
    ("37B active", [("37e9", "")]),
    ("128K tokens", [("128000", "token")]),
    ("128Kトークン", [("128000", "token")]),
    ("14.8 trillion tokens", [("14.8e12", "token")]),
    ("per million output tokens", [("1e6", "token")]),
    ("2.788 million H800 GPU-hours", [("2788000", "hour")]),
    ("278.8万GPU時間", [("2788000", "hour")]),
    ("278.8万 GPU小时", [("2788000", "hour")]),
    ("three and a half years", [("3.5", "year")]),
    ("3年半", [("3.5", "year")]),
    ("a 13-year term", [("13", "year")]),
    ("半年", [("6", "month")]),
    ("7か月", [("7", "month")]),
    ("7个月", [("7", "month")]),
    ("two weeks", [("14", "day")]),
    ("20日以内", [("20", "day")]),
    ("55天", [("55", "day")]),
    ("50 ms", [("0.05", "second")]),
    ("3倍", [("3", "x")]),
    ("両倍", [("2", "x")]),
    ("两倍", [("2", "x")]),
    ("tripling", [("3", "x")]),
    ("a tenfold slip", [("10", "x")]),
    ("27x faster", [("27", "x")]),
    ("1.7 times", [("1.7", "x")]),
    ("a 7nm process", [("7", "nm")]),
    ("559 kW", [("559000", "watt")]),
    ("500兆瓦", [("5e8", "watt")]),
    ("80GB HBM at 4 TB/s", [("8e10", "byte"), ("4e12", "byte")]),
    ("300PFLOPS", [("3e17", "flops")]),
    ("2,048 H800 GPUs", [("2048", "")]),
    ("2048 H800 GPUs", [("2048", "")]),
    ("a factor of 10", [("10", "x")]),
    ("一桁多い誤り", [("10", "x")]),
    ("an order of magnitude", [("10", "x")]),
    ("64 times 8 is 512", [("64", ""), ("8", ""), ("512", "")]),
    ("64×8は512", [("64", ""), ("8", ""), ("512", "")]),
    ("downloaded 10.9 million times", [("10.9e6", "")]),
    ("1,090万回ダウンロードされた", [("10.9e6", "")]),
    ("used 20 times less", [("20", "x")]),
    ("240日の猶予", [("240", "day")]),
    ("first three quarters", [("9", "month")]),
    ("最初の3四半期", [("9", "month")]),
    ("an 11th straight quarter", [("33", "month")]),
    ("11四半期連続", [("33", "month")]),
    ("3週続けて", [("21", "day")]),
    ("8GPUのノード", [("8", "")]),
    ("三段階の価格", [("3", "")]),
    ("100万トークン1.2元", [("1e6", "token"), ("1.2", "CNY")]),
    ("half of the price", [("50", "%")]),
    ("価格の半分", [("50", "%")]),
    ("halved", [("50", "%")]),
    ("a tenth of them", [("10", "%")]),
    ("10分の1", [("10", "%")]),
    ("a quarter of the market", [("25", "%")]),
    ("three-quarters of users", [("75", "%")]),
    ("四分之三", [("75", "%")]),
    # the magnitude and unit of a range or a series are written once
    ("$5.6-6 million", [("5.6e6", "USD"), ("6e6", "USD")]),
    ("5.6〜6百万ドル", [("5.6e6", "USD"), ("6e6", "USD")]),
    ("4〜14か月", [("4", "month"), ("14", "month")]),
    ("from 5 to 6 billion yuan", [("5e9", "CNY"), ("6e9", "CNY")]),
    ("931億元と711億元", [("93.1e9", "CNY"), ("71.1e9", "CNY")]),
    ("93.1 billion and 71.1 billion yuan", [("93.1e9", "CNY"), ("71.1e9", "CNY")]),
    ("0.55／2.19ドル", [("0.55", "USD"), ("2.19", "USD")]),
    ("57 million yuan in 2022, 125 million in 2023", [("57e6", "CNY"), ("125e6", "CNY")]),
    ("160 billion yuan ($22.7 billion), from 150 billion",
     [("160e9", "CNY"), ("22.7e9", "USD"), ("150e9", "CNY")]),
    ("$5.2 million for 671 billion parameters, 37 billion active",
     [("5.2e6", "USD"), ("671e9", "parameter"), ("37e9", "")]),
    ("700 or 900 billion yuan", [("7e11", "CNY"), ("9e11", "CNY")]),
    ("7,000億元か、9,000億元か", [("7e11", "CNY"), ("9e11", "CNY")]),
    ("the 160 billion and the 200 billion yuan", [("1.6e11", "CNY"), ("2e11", "CNY")]),
    ("300対180PFLOPS", [("3e17", "flops"), ("1.8e17", "flops")]),
    ("R1 scored 79.8 and o1-mini 63.6", [("79.8", ""), ("63.6", "")]),
    ("R1在AIME得79.8分", [("79.8", "")]),
]  # fmt: skip

NO_QUANTITY = [
    "R1, o1-1217, H800, V3.1, E3, 910C, GPT-4o, Step3, FP8, v5",
    "Qwen3-235B-A22B",
    "Qwen 2.5-Max",
    "gpt-oss-120b",
    "version 1.2.3",
    "in 2024",
    "2024年",
    "2025-08-14",
    "14 August 2025",
    "Aug 14",
    "17 Oct",
    "Q1 2026",
    "2026年第1四半期",
    "上半期",
    "令和7年8月14日",
    "二〇二五年",
    "the 1990s, 2020年代",
    "[E3] [^12] [1, 2]",
    "pass@1",
    "第3位, 3rd, 3番目, 第一",
    "one of the firms",
    "一つの",
    "1つのモデル",
    "一个模型",
    "三元論",
    "千问 百度 十分",
    "两 sides",
    "数十万個",
    "one-third-party, first quarter, the third firm, half a point, 十分の",
    "9時30分, 9:30",
    "3×10^24 FLOP",
    "https://example.org/2/3?x=44",
    "2.5m",
    "double-digit",
    "in rank 8, ranked 8, version 1.0, バージョン1.0, 大基金3期",
    "1問あたり, 1株, 1トークンずつ",
    "a quarter earlier, the quarter of 2025, in the first half, the first half of the list, half a point",
    "",
]

QUALIFIERS = [
    ("over 700 billion yuan", "over"),
    ("7,000億元超", "over"),
    ("超过7000亿元", "over"),
    ("700 billion yuan or more", "over"),
    ("more than 30%", "over"),
    ("逾200家", "over"),
    ("200多个国家", "over"),
    ("20 多万", "over"),
    ("100万人以上", "over"),
    ("800,000+ samples", "over"),
    ("less than 3%", "under"),
    ("3%未満", "under"),
    ("不到3%", "under"),
    ("about $5.6 million", "about"),
    ("約560万ドル", "about"),
    ("大约560万美元", "about"),
    ("约为560万美元", "about"),
    ("30社程度", "about"),
    ("turnover 30", "exact"),
    ("40.2%", "exact"),
]


def figures(text, **options):
    return [(quantity.value, quantity.unit) for quantity in read_quantities(text, **options)]


def one(text):
    (quantity,) = read_quantities(text)
    return quantity


@pytest.mark.parametrize(("text", "expected"), READ)
def test_figures_are_read_in_base_units(text, expected):
    assert figures(text) == [(Decimal(value), unit) for value, unit in expected]


@pytest.mark.parametrize("text", NO_QUANTITY)
def test_names_dates_ordinals_and_articles_are_no_quantities(text):
    assert figures(text) == []


@pytest.mark.parametrize(("text", "qualifier"), QUALIFIERS)
def test_qualifiers_are_read_before_and_after(text, qualifier):
    assert one(text).qualifier == qualifier


def test_skipped_names_hold_no_figures():
    text = "AIME 24では79.8"
    assert figures(text, skip=[(0, 7)]) == [(Decimal("79.8"), "")]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("it is over 700 billion yuan a year", "700 billion yuan"),
        ("約1兆2,000億円です", "1兆2,000億円"),
        ("达到 HK$1.07 trillion。", "HK$1.07 trillion"),
        ("百分之40.2的企业", "百分之40.2"),
        ("１，５０９社", "１，５０９社"),
    ],
)
def test_a_span_is_the_expression_with_its_unit(text, span):
    quantity = one(text)
    assert text[quantity.start : quantity.end] == span


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("7,000億元", "700 billion yuan", True),
        ("700 billion yuan", "7000亿元", True),
        ("7,000億元", "7,000億円", False),
        ("7,000億元", "7,000億ドル", False),
        ("7,000億元", "700億元", False),
        ("40.2%", "百分之40.2", True),
        ("40%", "4割", True),
        ("40%", "40ポイント", False),
        ("40%", "40", False),
        ("1,509社", "1509", True),
        ("6,710億", "671B parameters", True),
        ("100 tokens", "100 parameters", False),
        ("about $5.6 million", "$5.576 million", True),
        ("$5.576 million", "約560万ドル", True),
        ("$5.6 million", "$5.576 million", False),
        ("about $5.6 million", "$5.7 million", False),
        ("about $5.6 million", "$5.676 million", False),
        ("$5.6 million", "about $5.576 million", False),
    ],
)
def test_agreement(a, b, expected):
    assert agree(one(a), one(b)) is expected
    assert agree(one(b), one(a)) is expected


def test_only_like_counts_stand_for_one_another():
    token, parameter = (Quantity(Decimal(7), unit, "exact", 0, 1) for unit in ("token", "parameter"))
    assert not agree(token, parameter)


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        ("7e11", "CNY", ("7,000億元", "700 billion yuan", "7000亿元")),
        ("5.576e6", "USD", ("557万6,000ドル", "$5.576 million", "557.6万美元")),
        ("1.07e12", "HKD", ("1兆700億香港ドル", "HK$1.07 trillion", "1.07万亿港元")),
        ("150", "JPY", ("150円", "150 yen", "150日元")),
        ("40.2", "%", ("40.2%", "40.2%", "40.2%")),
        ("1509", "", ("1,509", "1,509", "1,509")),
        ("1", "year", ("1年間", "1 year", "1年")),
        ("559000", "watt", ("559kW", "559kW", "559kW")),
        ("0", "%", ("0%", "0%", "0%")),
        ("6", "flops", ("6 flops", "6 flops", "6 flops")),
    ],
)
def test_each_language_writes_a_figure_its_way(value, unit, written):
    assert tuple(render(Decimal(value), unit, language) for language in LANGUAGES) == written


# 0.1 .. 10^14 with up to four significant digits
amounts = st.builds(
    lambda digits, zeros: Decimal(digits).scaleb(zeros), st.integers(1, 9999), st.integers(-3, 14)
).filter(lambda value: Decimal("0.1") <= value <= 10**14)


@given(amounts, st.sampled_from(UNITS), st.sampled_from(LANGUAGES))
def test_a_rendered_figure_reads_back(value, unit, language):
    written = render(value, unit, language)
    quantity = one(written)
    assert (quantity.value, quantity.unit) == (value, unit)
    assert written[quantity.start : quantity.end] == written


@given(amounts, st.sampled_from(UNITS))
def test_a_figure_agrees_with_itself_in_every_language(value, unit):
    ja, en, zh = (one(render(value, unit, language)) for language in LANGUAGES)
    assert agree(ja, en) and agree(en, zh) and agree(zh, ja)


pieces = st.sampled_from(
    [*(text for text, _ in READ), *NO_QUANTITY, "約", "億", "$", "-", "〜", "万", " ", "\n", "年"]
)


@given(st.one_of(st.text(), st.lists(st.one_of(pieces, st.text(max_size=3))).map("".join)))
def test_spans_lie_in_the_text_and_never_overlap(text):
    found = [*read_quantities(text), *read_dates(text)]
    spans = sorted((item.start, item.end) for item in found)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


@given(st.text(alphabet="0123456789.,万億兆千百十〜-%$", max_size=60))
def test_any_run_of_digits_and_magnitudes_is_read_without_error(text):
    assert all(quantity.value >= 0 for quantity in read_quantities(text))


def test_what_follows_a_name_belongs_to_it():
    text = "DeepSeek-R1-0528 scored 91.4 and Qwen3-235B-A22B-Instruct-2507 85"
    found = figures(text, skip=[(0, 11), (text.index("Qwen3"), text.index("-Instruct"))])
    assert found == [(Decimal("91.4"), ""), (Decimal(85), "")]


@pytest.mark.parametrize(
    ("en", "ja", "zh"),
    [
        ("a third of", "3分の1", "三分之一"),
        ("two-thirds of", "三分の二", "3分之2"),
        ("one ninth.", "9分の1", "九分之一"),
        ("half of", "半額", "一半"),
    ],
)
def test_fractions_agree_across_the_languages(en, ja, zh):
    assert agree(one(en), one(ja)) and agree(one(ja), one(zh))
    assert one(f"about {en}").qualifier == "about"


@given(st.integers(1, 9), st.integers(2, 9))
def test_a_fraction_is_its_share_in_per_cent(over, under):
    digits = "一二三四五六七八九"
    found = one(f"{digits[under - 1]}分の{digits[over - 1]}")
    assert agree(found, one(f"{under}分の{over}"))
    assert abs(found.value * under / 100 - over) < Decimal("1e-20")


def test_the_last_group_of_a_figure_is_no_identifier():
    (found,) = read_quantities("H800での278万8,000GPU時間")
    assert found.value == 2_788_000 and found.unit == "hour"
