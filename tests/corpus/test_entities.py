import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.entities import EntityTable, NameFile, bundled, bundled_glossary
from heiso.corpus.errors import BadSettings
from heiso.corpus.folding import fold
from heiso.corpus.unknown import unknown_names

CANONICAL = """
DeepSeek, High-Flyer, OpenAI, Anthropic, Google, Meta, xAI, Mistral AI, NVIDIA, AMD, Alibaba, Tencent, ByteDance, Baidu,
Xiaomi, Meituan, Huawei, Cambricon, T-Head, SMIC, Moore Threads, MetaX, Biren, Hygon, Moonshot AI, Zhipu AI, MiniMax,
StepFun, Baichuan, 01.AI, Infinigence AI, ModelBest, Skywork, SemiAnalysis, Epoch AI, CAICT, CNNIC, IDC, Stanford HAI,
CAISI, DeepSeek-R1, DeepSeek-R1-Zero, DeepSeek-R1-Lite-Preview, DeepSeek-R2, DeepSeek-V3, DeepSeek-V3.1, DeepSeek-V3.2,
DeepSeek-V4, OpenAI o1, OpenAI o1-preview, OpenAI o1-mini, OpenAI o3, GPT-4o, GPT-5, GPT-5.5, Claude, Gemini, Grok, Llama,
Gemma, gpt-oss, Qwen, QwQ, Qwen3, Qwen3.5, Qwen3.7, Kimi, Kimi k1.5, Kimi K2, Kimi K2 Thinking, Kimi K2.5, Kimi K2.6,
Kimi K3, GLM, GLM-4.5, GLM-4.6, GLM-4.7, GLM-5, GLM-5.1, GLM-5.2, Doubao, Doubao 1.5 Pro, ERNIE, ERNIE 4.5, ERNIE X1,
Hunyuan, MiniMax-M1, MiniMax-M2, MiniMax-M2.5, MiniMax-M3, Step3, Yi-34B, Baichuan-M2, MiniCPM, MiMo, LongCat, H800, H100,
H20, H200, A800, RTX 6000D, Ascend, Ascend 910B, Ascend 910C, Ascend 910D, Ascend 950, CloudMatrix 384, CUDA, Zhenwu 810E,
Siyuan 690, Made in China 2025, AI Plus, National AI Industry Investment Fund, US export controls, Entity List, AIME 2024,
AIME 2025, MATH-500, GPQA Diamond, Codeforces, LiveCodeBench, SWE-bench Verified, MMLU, C-Eval, Financial Times, Bloomberg,
Reuters, Wall Street Journal, Nature, Ray, State Council, US Commerce Department, WAIC, Liang Wenfeng, Jensen Huang, HBM
"""
CANONICAL_NAMES = [" ".join(name.split()) for name in CANONICAL.split(",")]

FOUND = [
    ("DeepSeek R1", "DeepSeek-R1"),
    ("deepseekr1のライセンス", "DeepSeek-R1"),
    ("ディープシークR1", "DeepSeek-R1"),
    ("ディープ・シーク R1", "DeepSeek-R1"),
    ("ﾃﾞｨｰﾌﾟｼｰｸR1", "DeepSeek-R1"),
    ("R1は安い", "DeepSeek-R1"),
    ("R1-0528", "DeepSeek-R1"),
    ("R1-Zero", "DeepSeek-R1-Zero"),
    ("V3", "DeepSeek-V3"),
    ("V3.1", "DeepSeek-V3.1"),
    ("o1-1217", "OpenAI o1"),
    ("OpenAI o1-1217", "OpenAI o1"),
    ("o1-preview", "OpenAI o1-preview"),
    ("o1 mini", "OpenAI o1-mini"),
    ("K2の価格", "Kimi K2"),
    ("Kimi-K2-Thinking", "Kimi K2 Thinking"),
    ("GPT 4o", "GPT-4o"),
    ("GPT5.5", "GPT-5.5"),
    ("ends with GLM-5.", "GLM-5"),
    ("GLM 5.1", "GLM-5.1"),
    ("Qwen 3", "Qwen3"),
    ("通义千问", "Qwen"),
    ("通義千問", "Qwen"),
    ("千问的价格", "Qwen"),
    ("トンイー・チエンウェン", "Qwen"),
    ("Tongyi Qianwen", "Qwen"),
    ("文心一言", "ERNIE"),
    ("アーニーボット", "ERNIE"),
    ("ERNIE Bot", "ERNIE"),
    ("豆包", "Doubao"),
    ("月之暗面科技", "Moonshot AI"),
    ("ムーンショット", "Moonshot AI"),
    ("百川智能", "Baichuan"),
    ("バイチュアン", "Baichuan"),
    ("智譜", "Zhipu AI"),
    ("智谱清言", "Zhipu AI"),
    ("Z.ai", "Zhipu AI"),
    ("華為", "Huawei"),
    ("华为", "Huawei"),
    ("ファーウェイのチップ", "Huawei"),
    ("昇騰", "Ascend"),
    ("アセンド910C", "Ascend 910C"),
    ("英伟达", "NVIDIA"),
    ("エヌビディア", "NVIDIA"),
    ("中国製造2025", "Made in China 2025"),
    ("中国制造 2025", "Made in China 2025"),
    ("中國製造2025", "Made in China 2025"),
    ("メイドインチャイナ2025", "Made in China 2025"),
    ("MIC 2025", "Made in China 2025"),
    ("寒武紀", "Cambricon"),
    ("カンブリコン", "Cambricon"),
    ("零一万物", "01.AI"),
    ("零一萬物", "01.AI"),
    ("階躍星辰", "StepFun"),
    ("アリババクラウド", "Alibaba"),
    ("アリババチップ", "Alibaba"),
    ("20万基のH800sを", "H800"),
    ("米国の輸出規制", "US export controls"),
    ("出口管制", "US export controls"),
    ("エンティティ・リスト", "Entity List"),
    ("实体清单", "Entity List"),
    ("AI+行动", "AI Plus"),
    ("梁文鋒", "Liang Wenfeng"),
    ("黄仁勋", "Jensen Huang"),
    ("ジェンスン・フアン", "Jensen Huang"),
    ("フィナンシャル・タイムズ", "Financial Times"),
    ("a Nature paper", "Nature"),
    ("AIME24", "AIME 2024"),
    ("中国のMeta、", "Meta"),
]

NOT_FOUND = [
    ("MetaX", "Meta"),
    ("metal", "Meta"),
    ("meta-analysis", "Meta"),
    ("メタデータ", "Meta"),
    ("シグネイチャー", "Nature"),
    ("the nature of things", "Nature"),
    ("Yi is a name", "Yi"),
    ("yi-34b", "Yi"),
    ("GLM-5.7", "GLM-5"),
    ("GPT-50", "GPT-5"),
    ("K2.8", "Kimi K2"),
    ("k2", "Kimi K2"),
    ("AR1", "DeepSeek-R1"),
    ("R10", "DeepSeek-R1"),
    ("R1.5", "DeepSeek-R1"),
    ("H8000", "H800"),
    ("plan H 20", "H20"),
    ("AI plus data", "AI Plus"),
    ("101.AI", "01.AI"),
    ("M2 MacBook", "MiniMax-M2"),
    ("we ascend", "Ascend"),
    ("array", "Ray"),
    ("中国と米国", "Made in China 2025"),
]

UNKNOWN = [
    ("What is the price of Kimi K9?", ["Kimi K9"]),
    ("DeepSeek R3はいつ公開?", ["DeepSeek R3"]),
    ("GLM-9とQwen9とGPT 7", ["GLM-9", "Qwen9", "GPT 7"]),
    ("ディープシークR9", ["ディープシークR9"]),
    ("千问9多少钱?", ["千问9"]),
    ("Is Qwen3.9 open?", ["Qwen3.9"]),
    ("Did Toyota or Samsung buy H800 chips from BYD?", ["Toyota", "Samsung", "BYD"]),
    ("Toyota's plan for R1", ["Toyota"]),
    ("iPhone15とK9とR3", ["iPhone15", "K9", "R3"]),
    ("トヨタとソニーはR1を使うか", ["トヨタ", "ソニー"]),
    ("Ask Morgan Freeman about R1", ["Morgan Freeman"]),
    ("Which GPUs did ＢＹＤ buy?", ["ＢＹＤ"]),
    ("Does the Ascend 910Z exist?", ["Ascend 910Z"]),
]

ALL_KNOWN = [
    "What is the license of DeepSeek-R1 and of Kimi K2?",
    "Compare R1 with o1-preview on AIME 2024 in Q1 2025 at FP8.",
    "How much did DeepSeek spend on 2,048 H800 GPUs in January 2025?",
    "Does r1 use the MIT license?",
    "Which Chinese AI startups plan an IPO in Hong Kong, and is the US CEO right?",
    "Did the Nature paper by DeepSeek say MoE?",
    "Licensing terms of GLM-4.5, please",
    "What Did DeepSeek Really Cost?",
    "OpenAI 3 billion dollars; Qwen 32B; Llama 4; Claude Opus 4.5",
    "Kimiは3社から出資を受けたか。DeepSeekは2024年に設立?",
    "オープンソースモデルのトークンコストとベンチマークスコア",
    "アリババクラウドのデータセンター",
    "百川智能3億美元融資的投資者?",
    "中国製造2025の目標はチップ生産の3倍か",
    "Alibaba Q3 revenue and Huawei H1 profit",
    "DeepSeek H800 cluster",
    "WHAT IS THE LICENSE OF DEEPSEEK R1?",
    "",
]


@pytest.mark.parametrize("name", CANONICAL_NAMES)
def test_every_canonical_name_is_found_as_itself(name):
    assert bundled().names(f"「{name}」") == {name if name != "Yi-34B" else "Yi"}


@pytest.mark.parametrize(("text", "name"), FOUND)
def test_a_name_is_found(text, name):
    assert bundled().names(text) == {name}


@pytest.mark.parametrize(("text", "name"), NOT_FOUND)
def test_what_only_looks_like_a_name_is_not_found(text, name):
    assert name not in bundled().names(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("01.AIのYi", {"01.AI", "Yi"}),
        ("MiniMaxのM2", {"MiniMax", "MiniMax-M2"}),
        ("DeepSeek V3 and R1", {"DeepSeek-V3", "DeepSeek-R1"}),
        ("DeepSeekのR1", {"DeepSeek", "DeepSeek-R1"}),
        ("百度的文心一言和阿里的千问", {"Baidu", "ERNIE", "Alibaba", "Qwen"}),
        ("", set()),
    ],
)
def test_several_names(text, names):
    assert bundled().names(text) == names


def test_spans_lead_back_to_the_text_as_written():
    text = "㍿の話: ﾃﾞｨｰﾌﾟｼｰｸ R1と華為、ＫＩＭＩ Ｋ２."
    assert [text[m.start : m.end] for m in bundled().find(text)] == ["ﾃﾞｨｰﾌﾟｼｰｸ R1", "華為", "ＫＩＭＩ Ｋ２"]


@pytest.mark.parametrize(("text", "names"), UNKNOWN)
def test_unknown_names(text, names):
    found = unknown_names(text, bundled())
    assert [name for name, _, _ in found] == names
    assert all(text[start:end] == name for name, start, end in found)


@pytest.mark.parametrize("text", ALL_KNOWN)
def test_nothing_unknown(text):
    assert unknown_names(text, bundled()) == ()


@given(st.one_of(st.text(), st.text(alphabet="DepSk R1V3.-・ディープシークKimi9華為々ﾞ")))
def test_spans_are_valid_for_any_text(text):
    table = bundled()
    spans = [(mention.start, mention.end) for mention in table.find(text)]
    unknown = [(start, end) for _, start, end in unknown_names(text, table)]
    for found in (spans, unknown):
        assert all(0 <= start < end <= len(text) for start, end in found)
        assert all(one[1] <= other[0] for one, other in zip(found, found[1:], strict=False))


def test_no_spelling_belongs_to_two_entities_and_every_maker_is_known():
    table = bundled()
    owners: dict[str, set[str]] = {}
    for entity in table.entities.values():
        assert not entity.maker or table.entities[entity.maker].kind == "company"
        for alias in entity.aliases:
            owners.setdefault(fold(alias), set()).add(entity.name)
    assert {alias: names for alias, names in owners.items() if len(names) > 1} == {}


def test_two_thousand_characters_take_about_a_millisecond():
    text = (
        "DeepSeek-R1のライセンスはMITで、中国製造2025とは関係がない。Alibaba invested in 百川智能. " * 40
    )[:2000]
    table = bundled()
    times = []
    for _ in range(30):
        start = time.perf_counter()
        table.find(text)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.004


@pytest.fixture
def users_file(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_users_file_extends_and_overrides(users_file):
    path = users_file(
        "entities:\n"
        "- {name: Toyota, kind: company, origin: jp, aliases: [トヨタ, 丰田]}\n"
        "- {name: Kimi, kind: product, aliases: [キミー]}\n"
        "ordinary: [Zork]\n"
    )
    table = bundled().extended(NameFile.read(path), beside=bundled_glossary())
    assert table.names("豐田とトヨタ") == {"Toyota"}
    assert unknown_names("the Zork of トヨタ", table) == ()
    kimi = table.entities["Kimi"]
    assert (kimi.kind, kimi.origin, kimi.maker) == ("product", "cn", "Moonshot AI")
    assert table.names("キミー") == table.names("Kimi智能助手") == {"Kimi"}
    assert bundled().names("トヨタ") == frozenset()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("entities:\n- {name: Foo, kind: company, alias: [x]}", "entry 1 (Foo): alias"),
        ("entities:\n- {name: Foo, kind: planet}", "entry 1 (Foo): kind"),
        ("entities:\n- {kind: company}", "entry 1 (no name): name"),
        ("entities:\n- {name: Foo, kind: company, aliases: ['-']}", "entry 1 (Foo)"),
        ("entities:\n- {name: Foo, kind: company, aliases: [{text: x, exakt: true}]}", "entry 1 (Foo)"),
        (
            "entities:\n- {name: Foo, kind: chip, aliases: [x]}\n- {name: Bar, kind: chip, aliases: [X]}",
            "Bar: 'X' already belongs to Foo",
        ),
        ("entities: [Foo]", "entities, entry 1"),
        ("names: []", "names"),
        ("ordinary: [1]", "ordinary, entry 1"),
        ("- a\n- b", "top level"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_entry(users_file, text, says):
    path = users_file(text)
    with pytest.raises(BadSettings) as caught:
        EntityTable.read(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadSettings, match="none.yaml"):
        EntityTable.read(tmp_path / "none.yaml")
