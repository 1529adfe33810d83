"""Tests of the critic's exact checks, right and wrong cases in three languages, and of citation keys."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.agents.answer import Check, Claim
from heiso.agents.checks import check, verdict
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question
from heiso.corpus import bundled, cut

_spec = importlib.util.spec_from_file_location("heiso_test_scripted", Path(__file__).with_name("scripted.py"))
assert _spec and _spec.loader
scripted = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = scripted
_spec.loader.exec_module(scripted)

INDUSTRY = {
    "ja": "CNNICによると、2024年の中国のAI産業は7,000億元を超え、20%伸びた。",
    "en": "CNNIC says that China's AI industry exceeded 700 billion yuan in 2024, up 20%.",
    "zh": "CNNIC表示，2024年中国人工智能产业规模超过7000亿元，增长20%。",
}
FUNDING = {
    "ja": "ミストラルは評価額117億ユーロで調達し、MiniMaxの市場規模は1.07兆香港ドル、費用は29万4,000ドルである。",
    "en": "Mistral raised at a valuation of €11.7 billion, MiniMax is worth HK$1.07 trillion and the cost was $294,000.",
    "zh": "Mistral以117亿欧元的估值融资，MiniMax市值为1.07万亿港元，成本为29.4万美元。",
}

# (id, claim, evidence, passed)
NUMBERS = [
    *(
        (f"{name}-in-{there}-evidence", claim, INDUSTRY[there], passed)
        for there in INDUSTRY
        for name, claim, passed in (
            ("7000oku-gen", "中国のAI産業は7,000億元を超えた。", True),
            ("700bn-yuan", "China's AI industry exceeded 700 billion yuan.", True),
            ("RMB700bn", "China's AI industry exceeded RMB700bn.", True),
            ("7000yi-yuan", "中国人工智能产业超过7000亿元。", True),
            ("0.7-wanyi", "中国人工智能产业超过0.7万亿元。", True),
            ("20-percent-ja", "中国のAI産業は20%伸びた。", True),
            ("20-percent-en", "China's AI industry grew 20 percent.", True),
            ("20-percent-zh", "中国人工智能产业增长百分之20。", True),
            ("700oku-gen-wrong", "中国のAI産業は700億元を超えた。", False),
            ("700yi-wrong", "中国人工智能产业超过700亿元。", False),
            ("70bn-wrong", "China's AI industry exceeded 70 billion yuan.", False),
            ("7-trillion-wrong", "China's AI industry exceeded 7 trillion yuan.", False),
            ("7-cho-wrong", "中国のAI産業は7兆元を超えた。", False),
            ("dollars-not-yuan-ja", "中国のAI産業は7,000億ドルを超えた。", False),
            ("dollars-not-yuan-en", "China's AI industry exceeded $700 billion.", False),
            ("dollars-not-yuan-zh", "中国人工智能产业超过7000亿美元。", False),
            ("yen-not-yuan", "中国のAI産業は7,000億円を超えた。", False),
            ("two-percent-wrong", "China's AI industry grew 2%.", False),
            ("points-not-percent", "中国のAI産業は20ポイント伸びた。", False),
            ("one-right-one-wrong", "China's AI industry exceeded 700 billion yuan, up 24%.", False),
        )
    ),
    *(
        (f"{name}-in-{there}-funding", claim, FUNDING[there], passed)
        for there in FUNDING
        for name, claim, passed in (
            ("294000-dollars-en", "The cost was $294,000.", True),
            ("294K", "The cost was $294K.", True),
            ("29man4000-doru", "費用は29万4,000ドルである。", True),
            ("29.4wan-meiyuan", "成本为29.4万美元。", True),
            ("1.07-cho-hkd", "MiniMaxは1.07兆香港ドルである。", True),
            ("1.07-trillion-hkd", "MiniMax is worth HK$1.07 trillion.", True),
            ("1.07-wanyi-hkd", "MiniMax市值为1.07万亿港元。", True),
            ("117-oku-euro", "評価額は117億ユーロである。", True),
            ("294-million-wrong", "The cost was $294 million.", False),
            ("29man4000-gen-wrong", "費用は29万4,000元である。", False),
            ("us-not-hk-dollars", "MiniMax is worth $1.07 trillion.", False),
            ("1.07-yi-wrong", "MiniMax市值为1.07亿港元。", False),
        )
    ),
    ("no-figure", "DeepSeek makes models.", "DeepSeek makes models with 3 people.", None),
    ("name-digits-are-no-figures", "On AIME 2024 Kimi K2 did well.", "Kimi K2 did well on AIME 2024.", None),
]

FT = "DeepSeek went back to NVIDIA, a newspaper reported on 14 August 2025."
FT_JA = "DeepSeekは学習をNVIDIAに戻したと、2025年8月14日に報じられた。"
FT_ZH = "据2025年8月14日报道，DeepSeek转回NVIDIA芯片训练。"
DATES = [
    *(
        (f"{name}-against-{there}", claim, text, passed)
        for there, text in (("en", FT), ("ja", FT_JA), ("zh", FT_ZH))
        for name, claim, passed in (
            ("day-en", "DeepSeek went back on 14 August 2025.", True),
            ("day-us", "DeepSeek went back on August 14, 2025.", True),
            ("day-ja", "DeepSeekは2025年8月14日に戻した。", True),
            ("day-zh", "DeepSeek于2025年8月14日转回。", True),
            ("month-ja", "DeepSeekは2025年8月に戻した。", True),
            ("month-en", "DeepSeek went back in August 2025.", True),
            ("year-zh", "DeepSeek在2025年转回。", True),
            ("era-ja", "DeepSeekは令和7年に戻した。", True),
            ("wrong-day-en", "DeepSeek went back on 15 August 2025.", False),
            ("wrong-day-ja", "DeepSeekは2025年8月15日に戻した。", False),
            ("wrong-month-zh", "DeepSeek于2025年7月转回。", False),
            ("wrong-year-en", "DeepSeek went back on 14 August 2024.", False),
            ("wrong-era-ja", "DeepSeekは令和6年に戻した。", False),
        )
    ),
    ("no-date", "DeepSeek went back to NVIDIA.", FT, None),
]

MOONSHOT = {
    "ja": "月之暗面はKimi K2を公開した。",
    "en": "Moonshot AI released Kimi K2.",
    "zh": "月之暗面发布了Kimi K2。",
}
NAMES = [
    *(
        (f"{name}-against-{there}", claim, MOONSHOT[there], passed)
        for there in MOONSHOT
        for name, claim, passed in (
            ("same-en", "Moonshot AI released Kimi K2.", True),
            ("same-ja", "ムーンショットがKimi K2を公開した。", True),
            ("same-zh", "月之暗面推出Kimi K2。", True),
            ("other-maker-en", "Zhipu AI released Kimi K2.", False),
            ("other-maker-ja", "智譜AIがKimi K2を公開した。", False),
            ("other-maker-zh", "智谱AI发布了Kimi K2。", False),
            ("other-model-en", "Moonshot AI released Kimi K2 and DeepSeek-V3.", False),
            ("other-model-zh", "月之暗面发布了通义千问。", False),
        )
    ),
    ("maker-of-a-named-model", "Huawei's chips were used.", "Ascend 910C chips were used.", True),
    ("huawei-zh-for-ja", "华为参与了训练。", "ファーウェイが学習に参加した。", True),
    ("no-name", "The market grew.", "Huawei grew.", None),
]

QUOTE = [
    (
        "ja-right",
        "同社は「国産チップを優先する」と述べた。",
        "同社は「国産チップを優先する」と述べた。",
        True,
    ),
    (
        "ja-wrong",
        "同社は「輸入チップを優先する」と述べた。",
        "同社は「国産チップを優先する」と述べた。",
        False,
    ),
    ("en-right", "The firm spoke of “an option under study”.", "The plan is an option under study.", True),
    ("en-wrong", "The firm spoke of “a final decision”.", "The plan is an option under study.", False),
    ("zh-right", "该公司称“优先采用国产芯片”。", "该公司表示将优先采用国产芯片。", True),
    ("zh-wrong", "该公司称“优先采用进口芯片”。", "该公司表示将优先采用国产芯片。", False),
    ("a-name-is-no-quote", "「中国製造2025」は計画だ。", "計画は2015年に公表された。", None),
    (
        "other-language-says-nothing",
        "同社は「国産を優先する」と述べた。",
        "The firm puts home-made first.",
        None,
    ),
]

NEVER = "DeepSeek-R2 was never released."
NEVER_JA = "DeepSeek-R2は一度も公開されていない。"
NEVER_ZH = "DeepSeek-R2从未发布。"
FAILED = "The training of DeepSeek-R2 on Ascend failed."
FAILED_JA = "AscendでのDeepSeek-R2の学習は失敗した。"
FAILED_ZH = "DeepSeek-R2在昇腾上的训练失败了。"
GOAL = "Tripling is not a target of Made in China 2025."
GOAL_JA = "3倍増は「中国製造2025」の目標ではない。"
GOAL_ZH = "三倍不是《中国制造2025》的目标。"
POLARITY = [
    *(
        (f"{name}-against-{there}", claim, evidence, passed)
        for there, evidence in (("en", NEVER), ("ja", NEVER_JA), ("zh", NEVER_ZH))
        for name, claim, passed in (
            ("never-released", NEVER, True),
            ("not-yet-released", "DeepSeek-R2 has not been released yet.", True),
            ("koukai-sareteinai", NEVER_JA, True),
            ("mikoukai", "DeepSeek-R2は未公開である。", True),
            ("congwei-fabu", NEVER_ZH, True),
            ("shangwei-tuichu", "DeepSeek-R2尚未推出。", True),
            ("released", "DeepSeek-R2 was released.", False),
            ("koukai-sareta", "DeepSeek-R2は公開された。", False),
            ("yijing-fabu", "DeepSeek-R2已经发布。", False),
        )
    ),
    *(
        (f"{name}-against-{there}", claim, evidence, passed)
        for there, evidence in (("en", FAILED), ("ja", FAILED_JA), ("zh", FAILED_ZH))
        for name, claim, passed in (
            ("failed", "The training of DeepSeek-R2 failed.", True),
            ("did-not-succeed", "DeepSeek-R2 did not succeed.", True),
            ("shippai", "DeepSeek-R2の学習は失敗した。", True),
            ("seikou-shinakatta", "DeepSeek-R2の学習は成功しなかった。", True),
            ("shibai", "DeepSeek-R2的训练失败了。", True),
            ("meiyou-chenggong", "DeepSeek-R2的训练没有成功。", True),
            ("succeeded", "DeepSeek-R2 succeeded.", False),
            ("seikou-shita", "DeepSeek-R2は成功した。", False),
            ("qude-chenggong", "DeepSeek-R2取得成功。", False),
            ("did-not-fail", "DeepSeek-R2 did not fail.", False),
        )
    ),
    *(
        (f"{name}-against-{there}", claim, evidence, passed)
        for there, evidence in (("en", GOAL), ("ja", GOAL_JA), ("zh", GOAL_ZH))
        for name, claim, passed in (
            ("not-a-target", GOAL, True),
            ("mokuhyou-dewanai", GOAL_JA, True),
            ("mokuhyou-dewa-arimasen", "3倍増は「中国製造2025」の目標ではありません。", True),
            ("bushi-mubiao", GOAL_ZH, True),
            ("bingfei-mubiao", "三倍并非《中国制造2025》的目标。", True),
            ("a-target", "Tripling is a target of Made in China 2025.", False),
            ("mokuhyou-dearu", "3倍増は「中国製造2025」の目標である。", False),
            ("shi-mubiao", "三倍是《中国制造2025》的目标。", False),
        )
    ),
    ("of-another-name", "DeepSeek-V3 was released.", NEVER, None),
    ("nothing-stated", "DeepSeek-R2 is a model.", NEVER, None),
    (
        "denied-verb-elsewhere-in-the-clause",
        "Doubao's figures had not been reproduced at launch.",
        "Doubaoの数字は公開時点で再現されていなかった。",
        None,
    ),
    (
        "proof-of-a-claim-denied",
        "No proof of OpenAI's claim against DeepSeek was found.",
        "OpenAIはDeepSeekについて主張した。",
        None,
    ),
]

HIGHER = "DeepSeek-R1 scored 79.8 and OpenAI o1-1217 scored 79.2 on AIME 2024."
COMPARISON = [
    ("higher-en", "DeepSeek-R1 scored higher than OpenAI o1 on AIME 2024.", HIGHER, None),
    ("higher-en-wrong", "OpenAI o1 scored higher than DeepSeek-R1 on AIME 2024.", HIGHER, False),
    ("uwamawaru", "AIME 2024ではDeepSeek-R1がOpenAI o1を上回る。", HIGHER, None),
    ("uwamawaru-wrong", "AIME 2024ではOpenAI o1がDeepSeek-R1を上回る。", HIGHER, False),
    ("yori-takai-wrong", "DeepSeek-R1よりOpenAI o1が高い。", HIGHER, False),
    ("gaoyu-wrong", "OpenAI o1的得分高于DeepSeek-R1。", HIGHER, False),
    ("bi-gao-wrong", "OpenAI o1比DeepSeek-R1高。", HIGHER, False),
    ("diyu", "OpenAI o1的得分低于DeepSeek-R1。", HIGHER, None),
    ("another-benchmark", "OpenAI o1 scored higher than DeepSeek-R1 on GPQA Diamond.", HIGHER, None),
]

ATTRIBUTION = [
    ("respectively-right-ja", "R1とo1はそれぞれ79.8と79.2点。", HIGHER, None),
    ("swapped-ja", "R1とo1はそれぞれ79.2と79.8点。", HIGHER, False),
    ("swapped-en", "DeepSeek-R1 scored 79.2 and OpenAI o1 scored 79.8.", HIGHER, False),
    ("swapped-zh", "DeepSeek-R1和OpenAI o1分别得分79.2和79.8。", HIGHER, False),
]

TABLES = {
    "numbers": NUMBERS,
    "dates": DATES,
    "names": NAMES,
    "quote": QUOTE,
    "polarity": POLARITY,
    "comparison": COMPARISON,
    "attribution": ATTRIBUTION,
}
ROWS = [pytest.param(name, *row[1:], id=f"{name}-{row[0]}") for name, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize(("name", "claim", "evidence", "passed"), ROWS)
def test_each_check(name, claim, evidence, passed):
    assert scripted.checks(claim, evidence)[name] is passed


@pytest.mark.parametrize(
    ("keys", "passed"),
    [
        (("E1",), True),
        (("E1", "E2"), True),
        (("E3",), False),
        (("E1", "E9"), False),
        ((), False),
        (("e1",), False),
    ],
)
def test_keys_must_have_been_minted(keys, passed):
    assert scripted.checks("It grew.", scripted.pack("It grew.", "It fell."), keys=keys)["keys"] is passed


def test_a_claim_without_a_passage_is_unsupported():
    found = check(
        Claim(text="It grew 5%.", keys=("E7",)), scripted.pack("It grew 5%."), Question("Did it grow?")
    )
    assert verdict(found) == "unsupported"
    assert "numbers" not in {one.name for one in found}


@pytest.mark.parametrize(
    ("claim", "passed"),
    [
        ("The Financial Times reported that training failed.", True),
        ("フィナンシャル・タイムズは学習が失敗したと報じた。", True),
        ("《金融时报》报道训练失败。", True),
        ("Bloomberg reported that training failed.", False),
        ("ブルームバーグは学習が失敗したと報じた。", False),
    ],
)
def test_the_publisher_of_the_source_may_be_named(claim, passed):
    text = "The training on Ascend failed."
    assert scripted.checks(claim, text, publisher="Financial Times")["names"] is passed
    if passed:
        assert scripted.checks(claim, text, publisher="Desk")["names"] is False


QUESTION = {"ja": "資料には何とあるか?", "en": "What is said there?", "zh": "资料里说了什么?"}
SENTENCE = {
    "ja": "この市場は大きく伸びており、今後も広がる。",
    "en": "This market has grown and will grow further.",
    "zh": "这个市场增长很快，今后还会扩大。",
}


@pytest.mark.parametrize("asked", QUESTION)
@pytest.mark.parametrize("said", SENTENCE)
def test_a_claim_is_in_the_language_of_the_question(asked, said):
    found = scripted.checks(SENTENCE[said], SENTENCE[said], question=QUESTION[asked])
    assert found["language"] is (said == asked)


def test_a_claim_of_names_and_figures_has_no_language():
    found = scripted.checks("GPT-5: 74.9%", "GPT-5: 74.9%", question="GPT-5の点数は?")
    assert found["language"] is None


@pytest.mark.parametrize(
    ("question", "claim", "passed"),
    [
        ("What did DeepSeek do?", "DeepSeek released a model.", True),
        ("What did Huawei do?", "DeepSeek released a model.", False),
        ("ファーウェイは何をしたか?", "DeepSeekはモデルを公開した。", False),
        ("华为做了什么?", "DeepSeek发布了模型。", False),
        ("What did DeepSeek do?", "DeepSeek-V3 was released.", True),
        ("What is the revenue of DeepSeek?", "DeepSeek released a model.", False),
        ("What is the revenue of DeepSeek?", "DeepSeek's sales were $5 million.", True),
        ("DeepSeekの売上高は?", "DeepSeekの売上は500万ドル。", True),
        ("What happened there?", "DeepSeek released a model.", None),
    ],
)
def test_a_claim_speaks_of_what_was_asked(question, claim, passed):
    assert scripted.checks(claim, claim, question=question)["subject"] is passed


@pytest.mark.parametrize(
    ("failed", "found", "wanted"),
    [
        ((), ("numbers",), "supported"),
        ((), (), "unchecked"),
        (("numbers",), ("names",), "unsupported"),
        (("polarity",), ("numbers",), "contradicted"),
        (("comparison", "names"), (), "contradicted"),
        (("attribution",), ("numbers",), "contradicted"),
        ((), ("subject", "keys", "language"), "unchecked"),
    ],
)
def test_verdicts(failed, found, wanted):
    made = [Check(name=n, passed=False) for n in failed] + [Check(name=n, passed=True) for n in found]
    assert verdict([*made, Check(name="quote", passed=None)]) == wanted


def test_the_74_3_case_never_holds():
    """AIME 2024でR1とo1はそれぞれ74.3と79.2点: 74.3 is another lab's figure for o1."""
    claim = "AIME 2024でR1とo1はそれぞれ74.3と79.2点だった。"
    own = scripted.checks(claim, "AIME 2024: " + HIGHER)
    assert own["numbers"] is False
    other = HIGHER + " Alibaba's Qwen3 report lists 74.3 for OpenAI o1 on AIME 2024."
    assert scripted.checks(claim, other)["attribution"] is False


@given(st.text(max_size=12))
def test_any_text_may_be_asked_for_as_a_key(key):
    made = scripted.pack("It grew.", "It fell.", "It stood.")
    assert (made.get(key) is not None) == (key in {"E1", "E2", "E3"})


@given(st.integers(-5, 40), st.sampled_from(["E{}", "e{}", "E0{}", " E{}", "E{}\n", "[E{}]", "Ｅ{}", "{}"]))
def test_only_minted_keys_resolve(number, form):
    made = scripted.pack(*(f"Fact {n}." for n in range(12)))
    key = form.format(number)
    found = made.get(key)
    assert (found is not None) == (key in made.keys)
    assert found is None or found.key == key


@given(
    st.lists(
        st.text("abcあ中 ", min_size=1, max_size=8).filter(str.strip), min_size=2, max_size=4, unique=True
    )
)
def test_a_fingerprint_tells_order_and_content(texts):
    texts = [text.strip() for text in texts]
    if len(set(texts)) < len(texts):
        return
    made, again = scripted.pack(*texts), scripted.pack(*texts)
    assert made.fingerprint == again.fingerprint
    assert (
        made.fingerprint != EvidencePack.of((i.passage, i.document) for i in reversed(made.items)).fingerprint
    )
    assert made.fingerprint != scripted.pack(*texts[:-1], texts[-1] + "x").fingerprint
    assert made.fingerprint != scripted.pack(*texts[:-1]).fingerprint


COPIED = (
    "ai-chip-tripling", "api-prices", "benchmark-limits", "china-ai-industry-size", "deepseek-cost", "deepseek-r2",
    "distillation", "h20-saga", "huawei-ascend", "minimax-models", "r1-vs-o1", "zhipu-finances",
)  # fmt: skip


def _copied(language: str, of: dict[str, EvidencePack]) -> list[tuple[str, str, str]]:
    """(verdict, sentence, failed checks) of every sentence of the briefings, claimed under its own key."""
    question = Question(scripted.NEUTRAL[language])
    found = []
    for made in of.values():
        for sentence in made.sentences():
            results = check(Claim(text=sentence.text, keys=(sentence.key,)), made, question)
            failed = [f"{one.name}: {one.detail}" for one in results if one.passed is False]
            found.append((verdict(results), sentence.text, "; ".join(failed)))
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_sentence_copied_under_its_key_holds(language):
    documents = {d.id: d for d in bundled() if d.language == language and d.id in COPIED}
    assert len(documents) == len(COPIED)
    found = _copied(language, {i: EvidencePack.of((p, d) for p in cut(d)) for i, d in documents.items()})
    assert len(found) > 200
    assert not [row for row in found if row[0] == "contradicted"]
    held = sum(row[0] in ("supported", "unchecked") for row in found) / len(found)
    assert held >= 0.97, [row for row in found if row[0] == "unsupported"]


@pytest.mark.parametrize(("said", "there"), [("ja", "en"), ("en", "ja")])
def test_a_faithful_translation_is_rarely_called_a_contradiction(said, there):
    """The same section in the other language: 6.4% were called contradicted before, 1.2% now."""
    documents = {d.key: d for d in bundled() if d.id in COPIED}
    question, total, wrong = Question(scripted.NEUTRAL[said]), 0, []
    for name in COPIED:
        for own, other in zip(
            _sections(documents[f"{name}.{said}"]), _sections(documents[f"{name}.{there}"]), strict=True
        ):
            for sentence in own.sentences():
                results = check(Claim(text=sentence.text, keys=other.keys), other, question)
                total += 1
                if verdict(results) == "contradicted":
                    wrong.append((sentence.text, [one for one in results if one.passed is False]))
    assert len(wrong) / total <= 0.03, wrong


def _sections(document) -> list[EvidencePack]:
    sections: dict[tuple[str, ...], list] = {}
    for passage in cut(document):
        sections.setdefault(passage.heading, []).append((passage, document))
    return [EvidencePack.of(pairs) for pairs in sections.values()]


@pytest.mark.parametrize(
    ("claim", "evidence", "passed"),
    [
        ("智谱AI上市募集了5700万元。", "智譜AIの売上は2022年が5,700万元である。", False),
        ("Zhipu AI raised 57 million yuan in its IPO.", "智譜AIの売上は2022年が5,700万元である。", False),
        ("智譜AIの純利益は5,700万元である。", "Zhipu AI's revenue was 57 million yuan in 2022.", False),
        ("智谱AI的收入是5700万元。", "智譜AIの売上は2022年が5,700万元である。", None),
        ("Zhipu AI's revenue was 57 million yuan.", "智譜AIの売上は2022年が5,700万元である。", None),
        ("智譜AIの学習費用は5,700万元である。", "The cost to Zhipu AI was 57 million yuan.", None),
        ("Alibaba invested in its $300 million round.", "Baichuan got $300 million from investors.", None),
        ("Zhipu AI reported 57 million yuan.", "智譜AIの売上は2022年が5,700万元である。", None),
    ],
)
def test_a_figure_is_of_the_measure_that_the_claim_says(claim, evidence, passed):
    assert scripted.checks(claim, evidence)["measure"] is passed
