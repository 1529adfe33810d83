"""Tests of the rows of tables in words: heads, units of columns in three languages, and what is left as it is."""

import pytest

from heiso.corpus.reading import read
from heiso.corpus.tables import is_rule, spoken


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        (
            "| 模型 | 输出价格（元/百万tokens） |",
            "| 星河-2 | 6.4 |",
            "模型: 星河-2; 输出价格: 6.4元/百万tokens",
        ),
        ("| 四半期 | 売上（億円） | 率(%) |", "| 2026年第1四半期 | 1,412 | 38 |", None),
        (
            "| Company | Revenue ($ million) |",
            "| Cambricon | 403 |",
            "Company: Cambricon; Revenue: $403 million",
        ),
        ("| A | Rev (RMB bn) |", "| x | 4.5 |", "A: x; Rev: RMB 4.5 bn"),
        ("| A | 費用（単位：百万円） |", "| x | ▲120 |", "A: x; 費用: ▲120百万円"),
        ("| A | Note (short) |", "| x | none yet |", "A: x; Note (short): none yet"),
        ("| A | B |", "| x |  | 3 |", "A: x; 3"),
        ("", "| x | 2 |", "x; 2"),
        ("| A \\| B | C |", "| a \\| b | c |", "A | B: a | b; C: c"),
    ],
)
def test_spoken(head, row, said):
    assert spoken(head, row) == (said or "四半期: 2026年第1四半期; 売上: 1,412億円; 率: 38%")


def test_the_readers_see_the_unit_of_the_column():
    text = spoken("| 模型 | 输出价格（元/百万tokens） | Revenue (in billion yuan) |", "| X | 6.4 | 2.88 |")
    found = {(float(q.value), q.unit) for q in read(text).quantities}
    assert {(6.4, "CNY"), (2.88e9, "CNY")} <= found


@pytest.mark.parametrize(
    ("line", "rule"), [("| --- | :-: |", True), ("|---|", True), ("| a | --- |", False), ("|", False)]
)
def test_is_rule(line, rule):
    assert is_rule(line) is rule
