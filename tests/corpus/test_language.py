import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.language import detect

QUESTIONS = [
    # Japanese
    ("DeepSeek-R1のライセンスは?", "ja"),
    ("中国製造2025とは何ですか？", "ja"),
    ("中国製造2025", "ja"),
    ("輸出規制", "ja"),
    ("価格", "ja"),
    ("DeepSeek R1 価格", "ja"),
    ("売上高 2024年", "ja"),
    ("半導体輸出規制の影響", "ja"),
    ("百川智能(Baichuan)の出資者は誰?", "ja"),
    ("R1とo1のAIME 2024の得点を比べて", "ja"),
    ("ファーウェイ", "ja"),
    ("Kimi K2 Thinking ライセンス", "ja"),
    ("Made in China 2025とは", "ja"),
    ("AIME 2024 GPQA Diamond SWE-bench Verified MATH-500のR1のスコアは", "ja"),
    ("OpenAI o1とClaude Opus 4.5はどちらが安い?", "ja"),
    ("中国企業時価総額一覧", "ja"),
    ("アリババの通义千问はいつ公開?", "ja"),
    ("DeepSeekの総学習費用は29万4,000ドルか。「What did it cost?」という記事がある。", "ja"),
    ("円建て", "ja"),
    ("人工知能関連投資額", "ja"),
    # Chinese, simplified and traditional
    ("2024年中国人工智能产业规模有多大?", "zh"),
    ("R1与o1在AIME 2024的得分?", "zh"),
    ("百川智能3億美元融資的投資者?", "zh"),
    ("百川智能融了多少钱？", "zh"),
    ("DeepSeek什么时候发布R2?", "zh"),
    ("中国制造2025", "zh"),
    ("中國製造2025", "zh"),
    ("价格", "zh"),
    ("價格", "zh"),
    ("R1與o1哪個更便宜?", "zh"),
    ("华为昇腾910C的产能", "zh"),
    ("英伟达H20", "zh"),
    ("DeepSeek is 中国公司吗", "zh"),
    ("华为(ファーウェイ)的市场份额是多少?", "zh"),
    ("美國出口管制對DeepSeek有何影響?", "zh"),
    ("智谱上市后的市值", "zh"),
    ("DeepSeek的open source license是什么?", "zh"),
    ("月之暗面", "zh"),
    # English
    ("What is the license of DeepSeek-R1?", "en"),
    ("What does 月之暗面 mean in English?", "en"),
    ("Is ムーンショット Chinese?", "en"),
    ("Who is 梁文锋?", "en"),
    ("What is ファーウェイ's share?", "en"),
    ("Compare R1 and o1", "en"),
    ("DeepSeek R1 vs o1", "en"),
    ("Which chips does 华为 sell to 百度 in 2025?", "en"),
    ("The term 推論(リーズニング) is used for reasoning, and it also means inference in Japanese.", "en"),
    ("The article says 「推論の年」, that is the year of inference, and it was printed in Japan.", "en"),
    ("R1", "en"),
    ("", "en"),
    ("2025?", "en"),
]


@pytest.mark.parametrize(("text", "language"), QUESTIONS)
def test_detects_the_language_of_a_question(text, language):
    assert detect(text) == language


@given(st.text())
def test_never_raises(text):
    assert detect(text) in ("ja", "en", "zh")


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_without_kana_and_han_it_is_english(text):
    assert detect(text) == "en"


@given(st.text(alphabet="あいうえおかきくけこのはがをに", min_size=1))
def test_hiragana_alone_is_japanese(text):
    assert detect(text) == "ja"
