"""Tests of evidence that is a table: its rows are sentences in words, its figures have the units of their columns."""

from heiso.agents.answer import Claim
from heiso.agents.checks import check, verdict
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question
from heiso.agents.selection import quoted
from heiso.corpus.passages import cut
from heiso.corpus.records import Document

ROWS = "\n".join(f"| 星河-{n} | {n}.5 | {n * 3}.4 | 2026-07-{n + 10} |" for n in range(1, 9))
TEXT = f"## 价格表\n\n下列价格自公布之日起生效。\n\n| 模型 | 输入价格（元/百万tokens） | 输出价格（元/百万tokens） | 生效日期 |\n| --- | --- | --- | --- |\n{ROWS}"
DOCUMENT = Document("prices", "zh", "价格", "2026-07-20", TEXT)
PACK = EvidencePack.of((passage, DOCUMENT) for passage in cut(DOCUMENT))
QUESTION = Question("星河-7的输出价格是多少?")


def key_of(name: str) -> str:
    return next(item.key for item in PACK.items if f"| {name} |" in item.passage.text)


def test_rows_are_sentences_and_heads_are_none():
    sentences = PACK.sentences()
    assert len([one for one in sentences if one.text.startswith("| 星河")]) == 8
    assert not [one for one in sentences if "---" in one.text or one.text.startswith("| 模型")]
    row = next(one for one in sentences if one.text.startswith("| 星河-7"))
    assert (
        row.said
        == "模型: 星河-7; 输入价格: 7.5元/百万tokens; 输出价格: 21.4元/百万tokens; 生效日期: 2026-07-17"
    )
    assert DOCUMENT.text[row.start : row.end] == row.text


def test_a_figure_of_a_table_is_checked_with_its_unit():
    def of(text: str) -> str:
        return verdict(check(Claim(text=text, keys=(key_of("星河-7"),)), PACK, QUESTION))

    assert len(PACK.items) > 1
    assert of("星河-7的输出价格是21.4元/百万tokens。") == "supported"
    assert of("星河-7的输出价格是21.4美元/百万tokens。") == "unsupported"
    assert of("星河-7的输出价格是22.4元/百万tokens。") == "unsupported"


def test_a_row_is_quoted_in_words():
    claim = quoted(QUESTION, PACK)
    assert claim is not None
    assert "---" not in claim.text and not claim.text.startswith("|")
