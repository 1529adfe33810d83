"""Tests of the reader of facts: every fault of a line is one BadDocument that names the line."""

import json

import pytest

from heiso.corpus.errors import BadDocument
from heiso.corpus.facts import Fact, parse

FACT = {
    "id": "a-001",
    "as_of": "2025-08-27",
    "en": "Cambricon earned 2.88 billion yuan.",
    "ja": "カンブリコンの売上は28億8,000万元である。",
    "title": "Results",
    "publisher": "P",
    "url": "https://a.example/1",
    "date": "2025-08 (snapshot 2025-09-01)",
    "kind": "secondary",
    "confidence": "medium",
}


def line(**changes: object) -> str:
    return json.dumps({**FACT, **changes}, ensure_ascii=False)


def without(key: str) -> str:
    return json.dumps({name: value for name, value in FACT.items() if name != key})


def test_facts_are_read_by_id():
    found = parse("\n".join((line(), "", line(id="a-002", url="", as_of="2025"), "")), name="facts.jsonl")
    assert list(found) == ["a-001", "a-002"]
    assert found["a-001"] == Fact(**FACT)
    assert found["a-002"].url == ""


def test_a_line_separator_inside_a_text_ends_no_line():
    assert parse(line(en="One\u2028two."), name="f")["a-001"].en == "One\u2028two."


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        (line(id="a-001"), "the id 'a-001' is used twice"),
        (line(id=""), "id: "),
        (line(id="b", en=" "), "en: "),
        (line(id="b", ja=None), "ja: "),
        (line(id="b", kind="rumour"), "kind: "),
        (line(id="b", confidence="sure"), "confidence: "),
        (line(id="b", as_of="August 2025"), "as_of: "),
        (line(id="b", note="x"), "note: Unexpected"),
        (without("date"), "date: "),
    ],
)
def test_faults_name_the_line(bad, said):
    with pytest.raises(BadDocument) as caught:
        parse(f"{line()}\n\n{bad}\n", name="facts.jsonl")
    assert caught.value.message.startswith("facts.jsonl, line 3: ")
    assert said in caught.value.message and "\n" not in caught.value.message
    assert caught.value.hint
