import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.dates import agree, read_dates

MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
]  # fmt: skip


def parts(text, **options):
    return [(d.year, d.month, d.day, d.quarter, d.half) for d in read_dates(text, **options)]


def date(year=None, month=None, day=None, quarter=None, half=None):
    return (year, month, day, quarter, half)


READ = [
    ("2025年8月14日", [date(2025, 8, 14)]),
    ("２０２５年８月の", [date(2025, 8)]),
    ("8月14日に", [date(None, 8, 14)]),
    ("2025 年", [date(2025)]),
    ("2025年度", [date(2025)]),
    ("25年8月", [date(2025, 8)]),
    ("14 August 2025", [date(2025, 8, 14)]),
    ("14th of August, 2025", [date(2025, 8, 14)]),
    ("August 14, 2025", [date(2025, 8, 14)]),
    ("Aug. 2025", [date(2025, 8)]),
    ("Sept 2025", [date(2025, 9)]),
    ("Aug 14", [date(None, 8, 14)]),
    ("17 Oct", [date(None, 10, 17)]),
    ("in May", [date(None, 5)]),
    ("by October", [date(None, 10)]),
    ("2025-08-14", [date(2025, 8, 14)]),
    ("2025/8/14", [date(2025, 8, 14)]),
    ("2025.8.14", [date(2025, 8, 14)]),
    ("2025-08", [date(2025, 8)]),
    ("in 2024,", [date(2024)]),
    ("2024 revenue", [date(2024)]),
    ("mid-2025", [date(2025)]),
    ("FY2025", [date(2025)]),
    ("Q1 2026", [date(2026, quarter=1)]),
    ("1Q 2026", [date(2026, quarter=1)]),
    ("2026Q1", [date(2026, quarter=1)]),
    ("first quarter of 2026", [date(2026, quarter=1)]),
    ("fourth-quarter 2025", [date(2025, quarter=4)]),
    ("2026年第1四半期", [date(2026, quarter=1)]),
    ("2026年第一季度", [date(2026, quarter=1)]),
    ("2026年1〜3月期", [date(2026, quarter=1)]),
    ("first half of 2025", [date(2025, half=1)]),
    ("H2 2025", [date(2025, half=2)]),
    ("2025年上半期", [date(2025, half=1)]),
    ("2025年上半年", [date(2025, half=1)]),
    ("2025年前半", [date(2025, half=1)]),
    ("2025年下半年", [date(2025, half=2)]),
    ("2025年の後半", [date(2025, half=2)]),
    ("in the second half", [date(half=2)]),
    ("令和7年", [date(2025)]),
    ("令和元年", [date(2019)]),
    ("平成31年4月30日", [date(2019, 4, 30)]),
    ("民國114年", [date(2025)]),
    ("2025-2026", [date(2025), date(2026)]),
    ("2025–26", [date(2025), date(2026)]),
    ("14-15 May 2026", [date(2026, 5, 14), date(2026, 5, 15)]),
    ("May 14-15, 2026", [date(2026, 5, 14), date(2026, 5, 15)]),
    ("2026年5月14〜15日", [date(2026, 5, 14), date(2026, 5, 15)]),
    ("2025年1〜9月", [date(2025, 1), date(2025, 9)]),
    ("2026年4月27日〜5月3日", [date(2026, 4, 27), date(2026, 5, 3)]),
    ("27 April-3 May 2026", [date(2026, 4, 27), date(2026, 5, 3)]),
    ("2025年3月14日公布、同年9月1日施行", [date(2025, 3, 14), date(2025, 9, 1)]),
    ("2025年3月14日と同30日", [date(2025, 3, 14), date(2025, None, 30)]),
]

NO_DATE = [
    "1,509", "2,024", "2024.5", "2,048 GPUs", "2048 H800 GPUs", "2000億元", "2000社", "2000 companies",
    "2000 billion", "$2000", "1899", "2101", "20250", "A2024", "GPT-2024", "2024x", "2020年代", "1990s", "3年",
    "6か月", "3年間", "you may 5", "half of the firms", "one quarter of them", "14日",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_dates_are_read_with_the_parts_they_state(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize("text", NO_DATE)
def test_figures_and_names_are_no_dates(text):
    assert parts(text) == []


def test_skipped_names_hold_no_dates():
    text = "AIME 2024は2025年に"
    assert parts(text, skip=[(0, 9)]) == [date(2025)]


def test_a_span_is_the_whole_expression():
    text = "それは令和7年8月14日のことで"
    (found,) = read_dates(text)
    assert text[found.start : found.end] == "令和7年8月14日"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2025", "14 August 2025", True),
        ("令和7年", "2025年", True),
        ("8月14日", "August 14, 2025", True),
        ("2025年8月", "2025-09", False),
        ("2024", "2025年8月", False),
        ("8月", "2025年", False),
        ("Q1 2026", "2026年第一季度", True),
        ("Q1 2026", "2026年第二季度", False),
        ("H1 2025", "2025年上半年", True),
        ("H1 2025", "2025年下半期", False),
    ],
)
def test_agreement(a, b, expected):
    (first,), (second,) = read_dates(a), read_dates(b)
    assert agree(first, second) is expected
    assert agree(second, first) is expected


DAY_FORMS = [
    "{y}年{m}月{d}日",
    "{d} {name} {y}",
    "{name} {d}, {y}",
    "{abc} {d}, {y}",
    "{y}-{m:02}-{d:02}",
    "{y}/{m}/{d}",
]
MONTH_FORMS = ["{y}年{m}月", "{name} {y}", "{abc}. {y}", "{y}-{m:02}"]


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 31))
def test_every_form_of_a_day_reads_back(year, month, day):
    names = {"name": MONTHS[month - 1], "abc": MONTHS[month - 1][:3]}
    for form in DAY_FORMS:
        assert parts(form.format(y=year, m=month, d=day, **names)) == [date(year, month, day)], form
    for form in MONTH_FORMS:
        assert parts(form.format(y=year, m=month, **names)) == [date(year, month)], form
    for form in ["{d} {name}", "{name} {d}", "{m}月{d}日"]:
        assert parts(form.format(m=month, d=day, **names)) == [date(None, month, day)], form


@given(st.integers(1900, 2100), st.integers(1, 4))
def test_every_form_of_a_part_of_a_year_reads_back(year, quarter):
    word, half = ["first", "second", "third", "fourth"][quarter - 1], (quarter + 1) // 2
    for form in [
        f"Q{quarter} {year}",
        f"{word} quarter of {year}",
        f"{year}年第{quarter}四半期",
        f"{year} Q{quarter}",
    ]:
        assert parts(form) == [date(year, quarter=quarter)], form
    for form in [f"H{half} {year}", f"{year}年{'上下'[half - 1]}半期", f"{year}年{'上下'[half - 1]}半年"]:
        assert parts(form) == [date(year, half=half)], form


@given(st.integers(1, 50))
def test_eras_read_as_gregorian_years(year):
    assert parts(f"令和{year}年") == [date(2018 + year)]


@given(st.text())
def test_no_text_raises_and_spans_lie_in_it_in_order(text):
    found = read_dates(text)
    assert all(0 <= item.start < item.end <= len(text) for item in found)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
