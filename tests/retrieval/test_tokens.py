"""Tests of the tokens: CJK pairs, Latin words beside them, width, Han forms, and names across languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.retrieval.tokens import name_tokens, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("推論費", ["推", "论", "费", "推论", "论费"]),
        ("モデル", ["モ", "デ", "ル", "モデ", "デル"]),
        ("费", ["费"]),
        ("Open weights", ["open", "weights"]),
        ("the price of it", ["price"]),
        ("V3.1 costs $5.576", ["v3d1", "costs", "5d576"]),
        ("end. Next", ["end", "next"]),
        ("DeepSeekの価格", ["deepseek", "の", "价", "格", "の价", "价格"]),
        ("2025年", ["2025", "年"]),
        ("年2025", ["年", "2025"]),
        ("R1モデルV3.1", ["r1", "モ", "デ", "ル", "モデ", "デル", "v3d1"]),
        ("华为Ascend芯片", ["华", "为", "华为", "ascend", "芯", "片", "芯片"]),
        ("a_b-c/d", ["b", "c", "d"]),
        ("", []),
        ("?!。、…🚀", []),
        ("\ud800\x00", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＤｅｅｐＳｅｅｋ Ｖ３", "deepseek v3"),
        ("ﾓﾃﾞﾙ", "モデル"),
        ("價格", "价格"),
        ("価格", "价格"),
        ("推論", "推论"),
        ("半導体", "半导体"),
        ("４０％", "40%"),
    ],
)
def test_forms_of_one_text(one, other):
    assert tokens(one) == tokens(other) != []


@pytest.mark.parametrize(
    "texts",
    [
        ("DeepSeek cut prices", "ディープシークが値下げ", "深度求索降价"),
        ("Huawei", "ファーウェイ", "华为", "華為"),
        ("Alibaba's training cost", "アリババの学習費用", "阿里巴巴的训练成本"),
    ],
)
def test_a_name_is_one_token_in_every_language(texts):
    found = [name_tokens(text) for text in texts]
    assert all(one == found[0] != [] for one in found)


@given(st.text(max_size=300))
def test_any_text_gives_tokens_that_need_no_care_in_a_query(text):
    assert all(token.isalnum() or not token.strip("・゠ー") for token in name_tokens(text))
    for token in tokens(text):
        assert '"' not in token and "\x00" not in token and not token.isspace() and token
