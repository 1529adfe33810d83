"""Tests of what is said about a document: title, date, language and names, each from the best that there is."""

import datetime

import pytest

from heiso.corpus import bundled, describe
from heiso.corpus.extract import Extract

TODAY = datetime.date(2026, 11, 25)
MODIFIED = datetime.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("決算短信", "# 別の見出し\n\n本文", "決算短信"),
        ("  Annual \n report ", "text", "Annual report"),
        ("Microsoft Word - draft3.doc", "# The real title\n\ntext", "The real title"),
        ("untitled", "# 半導体の輸出規制\n\n本文", "半導体の輸出規制"),
        ("無題 1", "# 半導体の輸出規制\n\n本文", "半導体の輸出規制"),
        ("PowerPoint プレゼンテーション", "## 中期経営計画\n\n本文", "中期経営計画"),
        ("report_final.pdf", "## Results\n\n# The report\n\ntext", "The report"),
        ("12345", "# **Bold** and [linked](http://x)\n\ntext", "Bold and linked"),
        ("\ufffd\ufffdZ", "# Abstract\n\n## Scaling laws\n\ntext", "Scaling laws"),
        ("", "## Sheet1\n\n| a | b |\n| --- | --- |\n| 1 | 2 |", "file"),
        ("", "| a | b |\n| --- | --- |\n| 1 | 2 |", "file"),
        ("", "深度求索发布新模型\n\n公司今天宣布。", "深度求索发布新模型"),
        ("", "2025年8月27日\n\n各位\n\n本文", "各位"),
        (
            "",
            "DeepSeek announced today that it has lowered the prices of all its models again.\n\nMore.",
            "More.",
        ),
        ("", "- one\n- two\n\n" + "long " * 100, "file"),
        ("", "# " + "x" * 400 + "\n\nShort line", "Short line"),
        ("", "snake_case and 2*3*4", "snake_case and 2*3*4"),
    ],
)
def test_titles(title, text, expected):
    assert describe.title(Extract(text, title=title), "file") == expected


@pytest.mark.parametrize(
    ("text", "stem", "expected"),
    [
        ("2025年8月27日\n\n本日", "a", "2025-08-27"),
        ("令和7年8月7日\n\n本日", "a", "2025-08-07"),
        ("２０２５年８月２７日 公表", "a", "2025-08-27"),
        ("TOKYO, August 27, 2025 – Acme today announced", "a", "2025-08-27"),
        ("TOKYO, August 27, 2025 - 3 new models", "2024-01-01", "2024-01-01"),
        ("Results for the three months ended June 30, 2025\n\n14 August 2025", "a", "2025-08-14"),
        ("2025年4月1日〜2025年9月30日の業績\n\n2025年11月12日", "a", "2025-11-12"),
        ("2025年9月30日現在\n\n本文", "2025-10-05 残高", "2025-10-05"),
        ("due 2031-01-01, published 2025-01-31", "a", "2025-01-31"),
        ("valid 2099-01-01", "20250827_report", "2025-08-27"),
        ("no date", "Q3 2025-08-27", "2025-08-27"),
        ("no date", "report_2025_08_27", "2025-08-27"),
        ("no date", "決算2025年8月27日", "2025-08-27"),
        ("no date", "20251345", "2026-01-02"),
        ("2025-02-31", "12025082799", "2026-01-02"),
        ("In 2024 and in May 2025", "FY2025", "2026-01-02"),
        ("x" * 900 + " 2025-08-27", "a", "2026-01-02"),
    ],
)
def test_dates(text, stem, expected):
    found, notes = describe.date(Extract(text), stem, stated=False, modified=MODIFIED, today=TODAY)
    assert found == expected
    assert bool(notes) == (expected == MODIFIED.isoformat())
    assert not notes or MODIFIED.isoformat() in notes[0]


def test_the_order_of_dates():
    def date(text: str, stem: str, given: str, stated: bool) -> str:
        extract = Extract(text, date=given)
        return describe.date(extract, stem, stated=stated, modified=MODIFIED, today=TODAY)[0]

    assert date("2025-05-05", "2025-06-06", "2025-07", True) == "2025-07"
    assert date("2025-05-05", "2025-06-06", "2025-07-07", False) == "2025-05-05"
    assert date("none", "2025-06-06", "2025-07-07", False) == "2025-06-06"
    assert date("none", "none", "2025-07-07", False) == "2025-07-07"
    assert date("none", "none", "2099-07-07", False) == MODIFIED.isoformat()
    assert date("none", "none", "2099-07-07", True) == "2099-07-07"


ABSTRACT = (
    "This paper studies how the export controls of the United States have changed the supply of chips in China. "
    "We find that the share of domestic chips has risen, and that the price of inference has fallen. "
)


def body(language: str) -> str:
    return "\n\n".join(document.text for document in bundled()[:20] if document.language == language)


def test_an_english_abstract_makes_no_english_paper():
    japanese = body("ja")[:3000]
    references = (
        "[1] J. Smith and A. Jones, The cost of the models, in Proceedings of the Conference, 2024. " * 10
    )
    assert describe.language(f"# Title\n\n{ABSTRACT * 5}\n\n{japanese}\n\n{references}") == "ja"
    assert describe.language(ABSTRACT + japanese) == "ja"
    # A Japanese character says more than a Latin one: what has fewer of them may still be a Japanese paper.
    assert describe.language(ABSTRACT * 10 + japanese[:1500]) == "ja"


def test_a_quotation_makes_no_japanese_paper():
    assert (
        describe.language(body("en")[:6000] + "「推論の年である」と同社は述べた。" + body("en")[:6000])
        == "en"
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("公司今日公布截至九月三十日止三个月的未经审核业绩，营业收入同比增长百分之十八。", "zh"),
        ("公司今日公布截至九月三十日止三個月的未經審核業績，營業收入同比增長百分之十八。", "zh"),
        ("## 売上\n\n| 年度 | 売上高 | 営業利益 |\n| --- | --- | --- |\n| 2024 | 1,234 | 56 |", "ja"),
        ("| Year | Sales |\n| --- | --- |\n| 2024 | 1,234 |", "en"),
        ("https://example.com/a/very/long/address 価格は上がっています。", "ja"),
        ("12345", "en"),
    ],
)
def test_languages(text, language):
    assert describe.language(text) == language


@pytest.mark.parametrize("document", bundled()[::9], ids=lambda document: document.key)
def test_the_language_of_briefings(document):
    assert describe.language(document.text) == document.language


def test_entities_by_frequency():
    text = "アリババは通義千問を公開した。DeepSeekとAlibabaと阿里巴巴。DeepSeek-R1。" + "\n\nNVIDIA" * 5
    assert describe.entities(text)[:2] == ("NVIDIA", "Alibaba")
    assert "DeepSeek-R1" in describe.entities(text)
    assert describe.entities("天気は晴れ。") == ()


def test_at_most_twenty_entities_and_all_of_a_long_text_is_looked_at():
    assert len(describe.entities(body("en") + body("ja"))) == 20
    padding = "The weather is fine today. " * 20_000
    assert describe.entities(padding + "Huawei " * 40_000) == ("Huawei",)
