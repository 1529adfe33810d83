import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heiso.corpus.sentences import split

CASES = [
    "R1はMITである。|o1は非公開だ。",
    "価格はいくら？|R1です！|以上。",
    "价格是多少？|不知道。|再见！",
    "DeepSeek released R1.|It is open.",
    "DeepSeek-V3.1 scored 3.14.|V3.1 is newer.",
    "The U.S. Commerce Department acted.|NVIDIA complied.",
    "Chips, e.g. the H800 (i.e. a cut-down H100), were sold.|Then came H20.",
    "Cambricon Inc. rose 3.5%.|Huawei fell.",
    "It was sold to NVIDIA Inc. |The price is unknown.",
    "See No. 5 for more.|The answer is no.|Yes.",
    "R1 vs. o1 is close.|Dr. Li agreed.",
    "J. Huang and K. F. Lee spoke.|They left.",
    "It raised a Series B.|Tencent joined.",
    "01.AI and Z.ai are firms.|Z.ai is listed.",
    "Backed by 01.AI.|The rest is unknown.",
    "It ended in 2024.|Growth was 13.9% in 2023.",
    "「安い？」と聞いた。|彼は答えた。",
    "彼は「安い。」と言わない。|以上。",
    "（未確認である。）|次の文。",
    "R1は無料だ(MIT)。|次。",
    '"It is cheap."|He left.',
    '"Is it cheap?" he asked.|She nodded.',
    "R1 was cheap.[^nature-r1][^readme]|V3 was not.[^v3]",
    "R1は29万4,000ドルである。[^nature-r1]|V3は別だ。[^v3]",
    "Sold in the U.S.[^a]|next came China.",
    "一行目\n\n|二行目。",
    "## Heading\n|Text follows.",
    "前文。|\n## 見出し\n|本文である。",
    "- one\n|- two\n|- three",
    "1. Buy.\n|2. Sell.",
    "The model\nis cheap.|Really?!|Yes...",
    "R1は安い?|それとも高い?",
    "https://example.com/a?b=1 を参照。|次。",
    "全角．|次の文．",
    "円周率は3．14である．|以上．",
    "Mr. Trump met Xi on Sept. 3 in Beijing.|It rained in Sept.|The end.",
]


@pytest.mark.parametrize("marked", CASES)
def test_sentences(marked):
    text = marked.replace("|", " " if marked.isascii() else "")
    parts = [part.strip() for part in marked.split("|")]
    assert [text[start:end] for start, end in split(text)] == parts


@pytest.mark.parametrize("text", ["", " \n\u3000\n"])
def test_nothing_has_no_sentence(text):
    assert split(text) == ()


@given(st.one_of(st.text(), st.text(alphabet="aB1 .。?！」)\n#-[^x]U")))
def test_spans_cover_everything_that_is_not_white_space(text):
    spans = split(text)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in zip(spans, spans[1:], strict=False))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_a_long_run_of_dots_takes_no_more_than_its_length():
    began = time.perf_counter()
    split("…" * 2_000 + "x")
    short = time.perf_counter() - began
    began = time.perf_counter()
    assert split("…" * 40_000 + "x") == ((0, 40_001),)
    assert time.perf_counter() - began < 100 * max(short, 0.001)  # a quadratic search takes 400 times as long
