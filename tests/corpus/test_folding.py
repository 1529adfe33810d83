import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.folding import fold, fold_map

ONE_FORM = (
    "训练 訓練|国 國|发 発 發|气 気 氣|关 関 關|图 図 圖|价格 価格 價格|制造 製造|华为 華為|昇腾 昇騰|智谱 智譜|"
    "黄仁勋 黃仁勳 黄仁勲|预测 予測 預測|辩论 弁論 辯論|数值 数値 數值|战略 戦略 戰略|经济 経済 經濟|辽宁 遼寧|"
    "ＤｅｅｐＳｅｅｋ deepseek DEEPSEEK|ﾃﾞｨｰﾌﾟ ディープ|１２３ 123|高 髙|户 戸|"
    "防卫 防衛 防衞|沪 滬|戏 戯 戲 戱|叙 敘 敍|艺 芸 藝"
)


@pytest.mark.parametrize("forms", [group.split() for group in ONE_FORM.split("|")])
def test_forms_of_one_word_fold_to_one_form(forms):
    assert len({fold(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("百度", "百川"), ("ハード", "バード"), ("モデル", "モテル"), ("R1", "R2"), ("かな", "カナ")],
)
def test_different_words_stay_apart(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "needle", "original"),
    [
        ("これはﾃﾞｨｰﾌﾟｼｰｸのR1", "ディープシーク", "ﾃﾞｨｰﾌﾟｼｰｸ"),
        ("㍿百度の株", "百度", "百度"),
        ("Straße 华为", "華為", "华为"),
        ("e\u0301 訓練", "训练", "訓練"),
        ("ＯｐｅｎＡＩのo1", "openai", "ＯｐｅｎＡＩ"),
    ],
)
def test_a_match_leads_back_to_the_original(text, needle, original):
    folded, index = fold_map(text)
    start = folded.index(fold(needle))
    end = start + len(fold(needle))
    stop = index[end] if end < len(index) else len(text)
    assert text[index[start] : stop] == original


@given(st.text())
def test_the_map_has_an_entry_for_each_character_and_never_goes_back(text):
    folded, index = fold_map(text)
    assert fold(text) == folded
    assert len(folded) == len(index)
    assert index == sorted(index)
    assert all(0 <= position < len(text) for position in index)


@given(st.text(alphabet="aAｂßガﾊﾟ訓練训国國発发"))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_folding_any_han_character_twice_changes_nothing():
    han = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))]
    assert [char for char in han if fold(fold(char)) != fold(char)] == []


def test_importing_does_not_load_opencc():
    code = "import sys, heiso.corpus.folding as f; f.fold('ABC'); sys.exit('opencc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
