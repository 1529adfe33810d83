"""Tests of the reader of briefing files: each fault of the form is one BadDocument; marks leave the text."""

import pytest

from heiso.corpus.briefing import parse, read
from heiso.corpus.errors import BadDocument, UserError

FRONT = """id: topic
language: en
title: "A title: with a colon"
date: 2026-11-24
entities: [DeepSeek, Huawei]
sources:
  - {id: one, title: One, publisher: P, url: "https://a.example/1", date: "2025-01", kind: primary, confidence: high}
  - {id: two.b, title: Two, publisher: P, url: "https://a.example/2", date: "2025", kind: seed, confidence: low,
     facts: [f-1]}
conflicts:
  - id: C-1
    about: "the price"
    sides: [{source: one, statement: "1"}, {source: two.b, statement: "2"}]"""
BODY = "## First\n\nOne says so.[^one] Both say this.[^one][^two.b] No one says that.\n\n## 第二\n\n二つ目。[^two.b]三つ目。[^one]"


def document(front: str = FRONT, body: str = BODY):
    return parse(f"---\n{front}\n---\n\n{body}\n", name="topic.en.md")


def test_the_fields():
    found = document()
    assert (found.id, found.language, found.key) == ("topic", "en", "topic.en")
    assert (found.title, found.date) == ("A title: with a colon", "2026-11-24")
    assert (found.kind, found.licence, found.entities) == ("briefing", "Apache-2.0", ("DeepSeek", "Huawei"))
    assert [(s.id, s.date, s.facts) for s in found.sources] == [
        ("one", "2025-01", ()),
        ("two.b", "2025", ("f-1",)),
    ]
    assert [side.source for side in found.conflicts[0].sides] == ["one", "two.b"]


def test_marks_leave_the_text_and_keep_their_place():
    found = document()
    assert found.text == (
        "## First\n\nOne says so. Both say this. No one says that.\n\n## 第二\n\n二つ目。三つ目。"
    )
    assert [(found.text[mark.offset - 4 : mark.offset], mark.source) for mark in found.marks] == [
        (" so.", "one"),
        ("his.", "one"),
        ("his.", "two.b"),
        ("二つ目。", "two.b"),
        ("三つ目。", "one"),
    ]


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [
        ("One says so.", ["one"]),
        ("Both say this.", ["one", "two.b"]),
        ("No one says that.", []),
        ("One says so. Both say this.", ["one", "two.b"]),
        ("二つ目。", ["two.b"]),
        ("三つ目。", ["one"]),
    ],
)
def test_sources_of_a_sentence(sentence, sources):
    found = document()
    start = found.text.index(sentence)
    assert [source.id for source in found.sources_of(start, start + len(sentence))] == sources


def test_line_ends_of_windows_are_the_same_document():
    raw = f"---\n{FRONT}\n---\n\n{BODY}\n"
    assert parse(raw.replace("\n", "\r\n"), name="n") == parse(raw, name="n")


@pytest.mark.parametrize("gap", ["\n", "\n\n\n", "\r\n\r\n"])
def test_every_character_and_entry_knows_its_line(gap):
    raw = f"---\n{FRONT}\n---\n{gap}{BODY}\n"
    found = read(raw, name="topic.en.md")
    lines = raw.split("\n")
    text = found.document.text
    for sentence in ("## First", "One says so.", "No one says that.", "## 第二", "三つ目。"):
        assert sentence in lines[found.line(text.index(sentence)) - 1]
    assert lines[found.line_of("sources", 1) - 1].startswith("  - {id: two.b")
    assert "f-1" in lines[found.line_of("sources", 1, "facts", 0) - 1]
    assert lines[found.line_of("conflicts", 0, "sides", 1) - 1].strip().startswith("sides:")
    assert found.line_of("derived") == found.line_of() == 2


def test_derived_figures():
    front = FRONT + '\nderived: [{figure: "2.9%", from: "116,000 / 4 million"}]'
    (derived,) = read(f"---\n{front}\n---\n{BODY}", name="n").derived
    assert (derived.figure, derived.formula) == ("2.9%", "116,000 / 4 million")
    assert read(f"---\n{FRONT}\n---\n{BODY}", name="n").derived == ()


def test_marks_that_do_not_resolve_are_left_to_the_check():
    found = read(f"---\n{FRONT}\n---\nNobody.[^three]", name="n").document
    assert [mark.source for mark in found.marks] == ["three"]


def test_the_digest_changes_with_anything():
    own = document().digest
    assert document().digest == own
    assert document(body=BODY + " More.").digest != own
    assert document(body=BODY.replace("so.[^one]", "so.[^two.b]")).digest != own
    assert document(FRONT.replace("confidence: low", "confidence: high")).digest != own


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", "no front matter"),
        (BODY, "no front matter"),
        (f"---\n{FRONT}\n{BODY}", "no front matter"),
        (f"\n---\n{FRONT}\n---\n{BODY}", "no front matter"),
        (f"---\nid: [\n---\n{BODY}", "not YAML"),
        (f"---\ntitle: a: b\n---\n{BODY}", "not YAML"),
        (f"---\n- a\n- b\n---\n{BODY}", "front matter"),
        (f"---\n\n---\n{BODY}", "front matter"),
        (f"---\n{FRONT}\nauthor: me\n---\n{BODY}", "author: Extra inputs"),
        (f"---\n{FRONT}\nderived: [{{figure: '1'}}]\n---\n{BODY}", "derived.0.from: Field required"),
        (f"---\n{FRONT.replace('id: topic', 'name: topic')}\n---\n{BODY}", "id: Field required"),
        (f"---\n{FRONT.replace('language: en', 'language: fr')}\n---\n{BODY}", "language: Input should be"),
        (
            f"---\n{FRONT.replace('kind: seed', 'kind: rumour')}\n---\n{BODY}",
            "sources.1.kind: Input should be",
        ),
        (f"---\n{FRONT.replace(', publisher: P', '', 1)}\n---\n{BODY}", "sources.0.publisher"),
        (f"---\n{FRONT}\n---\nNobody.[^three]", "source mark 'three' resolves to no entry"),
        (f"---\n{FRONT}\n---\nNobody.[^ one]", "source mark ' one' resolves to no entry"),
        (f"---\n{FRONT}\n---\n誰も。[^出典]", "source mark '出典' resolves to no entry"),
        (f"---\n{FRONT}\n---\nNobody.[^]", "source mark '' resolves to no entry"),
    ],
)
def test_faults_name_the_file(raw, said):
    with pytest.raises(BadDocument) as caught:
        parse(raw, name="topic.en.md")
    assert isinstance(caught.value, UserError)
    assert caught.value.message.startswith("topic.en.md: ")
    assert said in caught.value.message
    assert caught.value.hint
