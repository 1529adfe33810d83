"""Tests of the check of briefings: a clean copy has no findings, and each planted fault is found at its file and line."""

from pathlib import Path

import pytest

from heiso.corpus.check import Finding, check
from heiso.corpus.errors import BadDocument
from heiso.corpus.facts import Fact


def fact(name: str, en: str, ja: str, url: str, as_of: str = "2025-08-27", **changes: str) -> Fact:
    common = {"title": "T", "publisher": "P", "date": as_of, "kind": "secondary", "confidence": "medium"}
    return Fact(id=name, as_of=as_of, en=en, ja=ja, url=url, **{**common, **changes})


FACTS = {
    one.id: one
    for one in (
        fact(
            "idc-001",
            "Of about 4 million accelerators shipped in 2025, Huawei had about 812,000.",
            "2025年に出荷されたアクセラレータ約400万枚のうち、ファーウェイは約81万2,000枚である。",
            "https://a.example/idc",
            as_of="2026-04",
        ),
        fact(
            "idc-002",
            "Cambricon shipped about 116,000 in the same year.",
            "同じ年のカンブリコンは約11万6,000枚である。",
            "https://a.example/idc",
            as_of="2026-04",
        ),
        fact(
            "results-001",
            "On 27 August Cambricon reported 2.88 billion yuan for the first half of 2025, up 4,348%.",
            "カンブリコンは8月27日、2025年上半期の売上を28億8,000万元、4,348%増と発表した。",
            "https://a.example/results",
        ),
        fact(
            "post-001",
            "A post speaks of 28.81 billion yuan.",
            "ある投稿は288億1,000万元とする。",
            "https://a.example/post",
            confidence="low",
        ),
        fact("supply-risk-001", "A post.", "投稿。", "https://a.example/post"),
        fact("results-002", "No figure.", "数字なし。", "https://a.example/other"),
    )
}

SOURCES = """\
sources:
  - id: idc
    title: "Shares"
    publisher: "P"
    url: "https://a.example/idc"
    date: "2026-04"
    kind: secondary
    confidence: medium
    facts: [idc-001, idc-002]
  - id: results
    title: "Results"
    publisher: "P"
    url: "https://a.example/results"
    date: "2025-08-27"
    kind: secondary
    confidence: medium
    facts: [results-001]
  - id: post
    title: "A post"
    publisher: "P"
    url: "https://a.example/post"
    date: "2025-08-27"
    kind: secondary
    confidence: low
    facts: [post-001]
"""
FRONT = """\
---
id: {id}
language: {language}
title: "{title}"
date: 2026-11-24
entities: [Huawei, Cambricon]
""" + SOURCES.replace("{", "{{").replace("}", "}}")
EN = (
    FRONT
    + """\
derived: [{{figure: "2.9%", from: "116,000 / 4 million"}}]
conflicts:
  - id: C-1
    about: "the revenue"
    sides:
      - {{source: results, statement: "2.88 billion yuan (right)"}}
      - {{source: post, statement: "28.81 billion yuan"}}
---

## Cambricon holds 2.9%

Of about 4 million units in 2025, Huawei shipped about 812,000.[^idc] Cambricon shipped about 116,000, or 2.9%.[^idc]

No source found says more.

## A half year of 2.88 billion yuan

On 27 August 2025 Cambricon reported 2.88 billion yuan, up 4,348%.[^results]
One weak post prints 28.81 billion yuan.[^post]

{filler}
"""
)
JA = (
    FRONT
    + """\
derived: [{{figure: "2.9%", from: "11万6,000 / 400万"}}]
conflicts:
  - id: C-1
    about: "売上"
    sides:
      - {{source: results, statement: "28億8,000万元（正しい）"}}
      - {{source: post, statement: "288億1,000万元"}}
---

## カンブリコンは2.9%

2025年の約400万枚のうち、ファーウェイは約81万2,000枚だった。[^idc] カンブリコンは約11万6,000枚、2.9%である。[^idc]

これ以上を述べる資料はない。

## 半期の売上は28億8,000万元

カンブリコンは2025年8月27日、4,348%増の28億8,000万元と発表した。[^results] 根拠の弱い投稿は288億1,000万元と書く。[^post]

{filler}
"""
)
FILLERS = {
    "en": "Words that state nothing fill the page until it is long enough to be read. " * 25,
    "ja": "何も述べない文がここに続き、紙面を静かに埋めていく。" * 36,
}
TITLES = {"en": "Chips shipped", "ja": "チップの出荷"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for topic in ("alpha", "beta"):
        for language, page in (("en", EN), ("ja", JA)):
            text = page.format(id=topic, language=language, title=TITLES[language], filler=FILLERS[language])
            (tmp_path / f"{topic}.{language}.md").write_text(text, encoding="utf-8")
    return tmp_path


def plant(folder: Path, name: str, old: str, new: str) -> int:
    """Replaces what stands once in a file; the line, 1-based, that it stood on."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def rules(found: list[Finding]) -> set[tuple[str, int, str]]:
    return {(finding.file, finding.line, finding.rule) for finding in found}


def test_a_clean_copy_has_no_findings(folder):
    assert check(folder, FACTS) == []


# --- the three faults that matter most ---------------------------------------------------------------------
def test_a_wrong_figure(folder):
    line = plant(folder, "beta.en.md", "Huawei shipped about 812,000", "Huawei shipped about 821,000")
    found = check(folder, FACTS)
    assert {(f.file, f.line) for f in found if "821,000" in f.message} == {("beta.en.md", line)}
    assert ("beta.en.md", line, "figure") in rules(found)
    assert str(found[0]).startswith(f"beta.en.md:{line}: '821,000'")


def test_a_missing_mark_and_a_missing_entry(folder):
    line = plant(folder, "alpha.ja.md", "発表した。[^results]", "発表した。")
    other = plant(folder, "beta.en.md", "4,348%.[^results]", "4,348%.[^filing]")
    found = rules(check(folder, FACTS))
    assert ("alpha.ja.md", line, "unmarked") in found
    assert ("beta.en.md", other, "mark") in found
    assert {file for file, _, _ in found} == {"alpha.ja.md", "beta.en.md"}


def test_a_figure_that_differs_in_japanese(folder):
    line = plant(
        folder,
        "alpha.ja.md",
        "アーウェイは".replace("ア", "ファ", 1) + "約81万2,000枚",
        "ファーウェイは約8万1,200枚",
    )
    found = check(folder, FACTS)
    pairs = {(f.file, f.line) for f in found if f.rule == "pair"}
    assert ("alpha.ja.md", line) in pairs
    assert {file for file, _ in pairs} == {"alpha.ja.md", "alpha.en.md"}


# --- every other rule --------------------------------------------------------------------------------------
PLANTED = [
    # (file, old, new, rule): the finding stands on the line of `old`
    ("en", "[idc-001, idc-002]", "[idc-001, idc-002, idc-009]", "fact"),
    ("en", "facts: [results-001]", "facts: [results-001, results-002]", "fact"),
    ("ja", "facts: [post-001]", "facts: [post-001, supply-risk-001]", "fact"),
    ("en", "On 27 August 2025 Cambricon", "On 28 August 2025 Cambricon", "date"),
    ("en", "On 27 August 2025 Cambricon", "On 27 August 2024 Cambricon", "date"),
    ("en", "## Cambricon holds 2.9%", "## Cambricon holds 2.8%", "figure"),
    ("en", "2.88 billion yuan (right)", "2.89 billion yuan (right)", "figure"),
    ("en", "2.88 billion yuan (right)", "28.81 billion yuan (right)", "figure"),
    ("en", 'title: "Chips shipped"', 'title: "7 million chips shipped"', "figure"),
    ("ja", "根拠の弱い投稿は", "投稿は", "weak"),
    ("en", "[Huawei, Cambricon]", "[Huawei, Cambricon, SMIC]", "entity"),
    ("en", "[Huawei, Cambricon]", "[Huawei, Cambricon, Nobody Inc]", "entity"),
    ("ja", "{source: post, statement", "{source: poster, statement", "mark"),
    ("en", "One weak post prints 28.81 billion yuan.[^post]", "A post.[^post", "mark"),
    ("en", "No source found says more.", "No source found on Huawei says more.", "unmarked"),
    ("en", "No source found says more.", "No source found in 2026 says more.", "unmarked"),
    ("en", "No source found says more.", "No source found says 7% more.", "unmarked"),
    ("ja", "date: 2026-11-24", "date: 2026-11-23", "pair"),
    ("ja", "[Huawei, Cambricon]", "[Cambricon, Huawei]", "pair"),
]


@pytest.mark.parametrize(("language", "old", "new", "rule"), PLANTED)
def test_a_planted_fault_is_found_where_it_stands(folder, language, old, new, rule):
    name = f"alpha.{language}.md"
    line = plant(folder, name, old, new)
    assert (name, line, rule) in rules(check(folder, FACTS))


def test_sections_that_have_no_counterpart(folder):
    plant(folder, "alpha.ja.md", "資料はない。", "資料はない。\n\n## 余談\n\n余談である。[^idc]")
    (found,) = check(folder, FACTS)
    assert (found.file, found.rule) == ("alpha.ja.md", "pair")
    assert found.message == "3 sections, but 2 in alpha.en.md"


def test_a_front_matter_that_cannot_be_read(folder):
    plant(folder, "alpha.en.md", "language: en", "language: fr")
    found = check(folder, FACTS)
    assert ("alpha.en.md", 1, "form") in rules(found)
    assert ("alpha.ja.md", 1, "language") in rules(found)


def test_a_source_that_is_marked_nowhere(folder):
    plant(folder, "alpha.en.md", "One weak post prints 28.81 billion yuan.[^post]\n", "")
    found = [finding for finding in check(folder, FACTS) if finding.rule == "source"]
    assert [str(finding) for finding in found] == [
        "alpha.en.md:24: source post is marked nowhere in the text"
    ]


def test_an_id_that_is_used_twice(folder):
    line = plant(folder, "alpha.en.md", "  - id: results", "  - id: idc")
    assert any(f.line in (line, 8) and "idc is used twice" in f.message for f in check(folder, FACTS))


def test_a_briefing_without_sources(folder):
    path = folder / "alpha.en.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(SOURCES, "sources: []\n"), encoding="utf-8")
    assert ("alpha.en.md", 7, "source") in rules(check(folder, FACTS))


def test_a_section_without_a_mark(folder):
    line = plant(folder, "alpha.en.md", "No source found says more.", "## Nothing\n\nNo source says more.")
    assert ("alpha.en.md", line, "section") in rules(check(folder, FACTS))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_too_short_and_too_long(folder, language):
    name = f"alpha.{language}.md"
    plant(folder, name, FILLERS[language], FILLERS[language] * 4)
    (found,) = check(folder, FACTS)
    assert (found.file, found.rule) == (name, "length")
    plant(folder, name, FILLERS[language] * 4, "")
    (found,) = check(folder, FACTS)
    assert (found.file, found.rule) == (name, "length")


def test_a_language_that_is_missing(folder):
    (folder / "beta.ja.md").unlink()
    (found,) = check(folder, FACTS)
    assert (found.file, found.rule) == ("beta.en.md", "language")


def test_a_file_that_is_no_text(folder):
    (folder / "gamma.en.md").write_bytes(b"\xff\xfe---")
    (found,) = check(folder, FACTS)
    assert str(found) == "gamma.en.md:1: the file is not UTF-8"


def test_an_empty_folder_is_no_clean_one(tmp_path):
    with pytest.raises(BadDocument, match="holds no briefing"):
        check(tmp_path, FACTS)


# --- what is no fault --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("or 2.9%.[^idc]", "or 2.9%, the smaller of two counts.[^idc]"),
        ("or 2.9%.[^idc]", "or 2.9%, for an hour.[^idc]"),
        ("Huawei shipped about 812,000", "Huawei shipped about 812 thousand"),
        ("No source found says more.", "No source found says more, as of now."),
    ],
)
def test_small_counts_and_other_spellings_are_no_faults(folder, old, new):
    plant(folder, "alpha.en.md", old, new)
    assert check(folder, FACTS) == []


@pytest.mark.parametrize("price", ["1時間あたり", "1時間で", "1週間で", "100万トークンあたり"])
def test_what_a_price_is_counted_by_is_no_figure(folder, price):
    plant(folder, "alpha.ja.md", "2.9%である。[^idc]", f"{price}2.9%である。[^idc]")
    assert check(folder, FACTS) == []


def test_small_counts_that_differ_are_faults(folder):
    line = plant(folder, "alpha.en.md", "or 2.9%.[^idc]", "or 2.9%, of three makers.[^idc]")
    assert check(folder, FACTS) == []
    other = plant(folder, "alpha.ja.md", "2.9%である。[^idc]", "四つの会社のうち2.9%である。[^idc]")
    found = rules(check(folder, FACTS))
    assert found == {("alpha.en.md", line, "pair"), ("alpha.ja.md", other, "pair")}


def test_a_date_without_a_year_is_of_the_year_of_its_fact(folder):
    text, url = "27 August, 2.88 billion yuan, up 4,348%.", "https://a.example/results"
    own = fact("results-001", text, text, url, as_of="2025")
    assert check(folder, {**FACTS, "results-001": own}) == []
    other = fact("results-001", text, text, url, as_of="2024")
    assert {f.rule for f in check(folder, {**FACTS, "results-001": other})} == {"date"}


def test_line_ends_of_windows_change_no_line(folder):
    path = folder / "alpha.en.md"
    line = plant(folder, "alpha.en.md", "up 4,348%", "up 4,349%")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert ("alpha.en.md", line, "figure") in rules(check(folder, FACTS))


# --- derived figures ---------------------------------------------------------------------------------------
DERIVED = 'derived: [{figure: "2.9%", from: "116,000 / 4 million"}]'


@pytest.mark.parametrize(
    "entry",
    [
        '{figure: "2.9%", from: "116000 / 4000000"}',
        '{figure: "2.9%", from: "(116,000) / (4 million)"}',
        '{figure: "2.9%", from: "116,000 / 4 million + 4,348% - 4,348%"}',
    ],
)
def test_arithmetic_that_holds(folder, entry):
    plant(folder, "alpha.en.md", DERIVED, f"derived: [{entry}]")
    assert check(folder, FACTS) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('{figure: "2.9%", from: "812,000 / 4 million"}', "812,000 / 4 million gives 20.3 %"),
        ('{figure: "2.8%", from: "116,000 / 4 million"}', "gives 2.9 %"),
        ('{figure: "2.9%", from: "11.6 / 400"}', "11.6 is in no fact"),
        ('{figure: "2.9%", from: "4348 - 4345.1"}', "4348 is in no fact"),
        ('{figure: "2.9%", from: "116,000 / (4 million - 4 million)"}', "cannot be worked out"),
        ('{figure: "2.9%", from: "116,000 ** 4 million"}', "cannot be worked out"),
        ('{figure: "2.9%", from: "116,000 /"}', "cannot be worked out"),
        ('{figure: "2.9%", from: ""}', "cannot be worked out"),
        ("{figure: \"2.9%\", from: \"__import__('os').system('true')\"}", "is not one figure"),
        ('{figure: "2.9%", from: "open"}', "'open' is not one figure"),
        ('{figure: "2.9%", from: "f0"}', "'f0' is not one figure"),
        ('{figure: "2.9%", from: "(lambda: 116,000)()"}', "is not one figure"),
        (f'{{figure: "2.9%", from: "{"(" * 150}116,000{")" * 150}"}}', "longer than"),
        ('{figure: "a little", from: "116,000 / 4 million"}', "this is not one figure"),
    ],
)
def test_arithmetic_that_does_not_hold(folder, entry, said):
    line = plant(folder, "alpha.en.md", DERIVED, f"derived: [{entry}]")
    found = [f for f in check(folder, FACTS) if f.rule == "derived"]
    assert [(f.file, f.line) for f in found] == [("alpha.en.md", line)]
    assert said in found[0].message


def test_a_derived_figure_must_be_declared_and_used(folder):
    plant(folder, "alpha.en.md", DERIVED + "\n", "")
    assert {(f.file, f.rule) for f in check(folder, FACTS)} == {("alpha.en.md", "figure")}
    plant(
        folder,
        "alpha.en.md",
        "conflicts:",
        DERIVED.replace("]", ', {figure: "7 times", from: "812,000 / 116,000"}]') + "\nconflicts:",
    )
    (found,) = check(folder, FACTS)
    assert (found.rule, found.message) == ("derived", "derived 7 times: the text does not use it")
