"""Tests of whose figure it is, in three languages."""

import pytest

from heiso.agents.attribution import misattributed, owners

AIME = "DeepSeek-R1 scored 79.8 and OpenAI o1-1217 scored 79.2 on AIME 2024."
AIME_JA = "AIME 2024では、DeepSeek-R1が79.8、OpenAI o1-1217が79.2である。"
AIME_ZH = "在AIME 2024上，DeepSeek-R1得分79.8，OpenAI o1得分79.2。"


@pytest.mark.parametrize("evidence", [AIME, AIME_JA, AIME_ZH], ids=["en", "ja", "zh"])
@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("DeepSeek-R1 scored 79.8.", False),
        ("OpenAI o1 scored 79.2.", False),
        ("OpenAI o1 scored 79.8.", True),
        ("DeepSeek-R1 scored 79.2.", True),
        ("AIME 2024でR1とo1はそれぞれ79.8と79.2点。", False),
        ("AIME 2024でR1とo1はそれぞれ79.2と79.8点。", True),
        (
            "AIME 2024でR1とo1はそれぞれ74.3と79.2点。",
            False,
        ),  # 74.3 is nobody's there: the check of numbers says no
        ("DeepSeek-R1 and OpenAI o1 scored 79.8 and 79.2 respectively.", False),
        ("DeepSeek-R1 and OpenAI o1 scored 79.2 and 79.8 respectively.", True),
        ("DeepSeek-R1和OpenAI o1分别得分79.8和79.2。", False),
        ("DeepSeek-R1和OpenAI o1分别得分79.2和79.8。", True),
        ("The table gives 79.2 for OpenAI o1 and 79.8 for DeepSeek-R1.", False),
        ("The table gives 79.2 for DeepSeek-R1 and 79.8 for OpenAI o1.", True),
        ("DeepSeek-R1は79.2、OpenAI o1は79.8だった。", True),
        ("DeepSeek-R1得分79.2，OpenAI o1得分79.8。", True),
        ("The best score was 79.8.", False),
        ("Kimi K2 scored 79.8.", True),
    ],
)
def test_figures_of_two_models(claim, wrong, evidence):
    assert bool(misattributed(claim, [evidence])) is wrong


def test_another_labs_figure_counts_too():
    evidence = [AIME_JA, "アリババのQwen3の報告ではOpenAI o1のAIME 2024は74.3である。"]
    told = misattributed("AIME 2024でR1とo1はそれぞれ74.3と79.2点。", evidence)
    assert "74.3" in told and "OpenAI o1" in told and "DeepSeek-R1" in told
    assert not misattributed("AIME 2024でR1とo1はそれぞれ79.8と74.3点。", evidence)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (  # a table is where a figure stands, not whose it is
            "QwQのAIME 2024は、DeepSeekの表では44.0、Kimi k1.5の表では50.0である。",
            "QwQ's score on AIME 2024 is 44.0 in DeepSeek's table but 50.0 in the Kimi k1.5 table.",
        ),
        (
            "DeepSeek-R1を蒸留したQwen3-8Bは76.3%を記録した。",
            "Qwen3-8B, distilled from DeepSeek-R1, scored 76.3%.",
        ),
        (
            "Kimi K2.7は思考のトークンをKimi K2.6より約30%減らした。",
            "Kimi K2.7 used about 30% fewer tokens than Kimi K2.6.",
        ),
        (
            "DeepSeek-V4が必要とする計算量はDeepSeek-V3.2の27%である。",
            "DeepSeek-V4 needs 27% of DeepSeek-V3.2's computing.",
        ),
        ("OpenAI o1はDeepSeek-R1の約27倍だった。", "OpenAI o1 cost about 27 times DeepSeek-R1."),
        (
            "総6,710億、活性370億パラメータのDeepSeek-V3に近い。",
            "It is close to DeepSeek-V3, with 671 billion total and 37 billion active parameters.",
        ),
        (
            "DeepSeek-R1-Lite-Previewは52.5と91.6で、OpenAI o1-previewは44.6と85.5だった。",
            "DeepSeek-R1-Lite-Preview scored 52.5 and 91.6, against 44.6 and 85.5 for OpenAI o1-preview.",
        ),
        ("MiniMax-M1はH800を512基使った。", "The training of MiniMax-M1 ran on 512 H800 GPUs."),
        ("H20が4.0TB/s、H800が3.35TB/sである。", "It lists 4.0 TB/s for the H20 and 3.35 TB/s for the H800."),
    ],
)
def test_one_statement_in_two_languages_is_no_mistake(claim, evidence):
    assert misattributed(claim, [evidence]) == ""
    assert misattributed(evidence, [claim]) == ""


@pytest.mark.parametrize(
    "text", ["", "It grew 5%.", "DeepSeek-R1", "それぞれ5と6。", "DeepSeek-R1 and Kimi, respectively."]
)
def test_figures_of_nobody(text):
    assert owners(text) == []
