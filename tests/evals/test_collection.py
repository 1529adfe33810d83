"""Tests of reading a test collection: what is taken, and for each way to be broken the file and the line."""

import json

import pytest

from heiso.corpus.errors import BadDocument, UserError
from heiso.evals.collection import load_collection

DOCUMENTS = [
    {"id": "d1", "title": "Chips", "text": "Huawei makes chips.", "lang": "en"},
    {"id": "d2", "title": "", "text": "華為は半導体を作る。", "lang": "ja"},
    {"id": "d3", "text": "华为生产芯片。\u2028第二行", "lang": "zh", "source": "passed over"},
]
QUERIES = [
    {"id": "q1", "text": "Who makes chips?", "lang": "en", "answers": ["Huawei"]},
    {"id": "q2", "text": "谁生产芯片？", "lang": "zh"},
    {"id": "q3", "text": "Who bakes bread?", "lang": "en"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq1\td3\t0\nq2\td3\t1\nq3\td1\t0\n"


def lines(entries):
    return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    (root / "corpus.jsonl").write_text(lines(DOCUMENTS), encoding="utf-8")
    (root / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (root / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return root


def test_what_is_read(folder):
    collection = load_collection(folder)
    assert collection.name == "set"
    assert [(d.key, d.title, d.text) for d in collection.documents] == [
        ("d1.en", "Chips", "Huawei makes chips."),
        ("d2.ja", "", "華為は半導体を作る。"),
        ("d3.zh", "", "华为生产芯片。\u2028第二行"),
    ]
    assert [(q.id, q.text, q.language) for q in collection.queries] == [
        ("q1", "Who makes chips?", "en"),
        ("q2", "谁生产芯片？", "zh"),
    ]
    assert collection.grades == {"q1": {"d1": 2, "d2": 1}, "q2": {"d3": 1}}
    assert collection.unjudged == 1


def test_windows_line_ends_a_byte_order_mark_and_blank_lines(folder):
    plain = load_collection(folder)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n")
    assert load_collection(folder) == plain


def test_a_sample_is_the_same_every_time(folder):
    many = [{"id": f"q{n}", "text": "?", "lang": "en"} for n in range(50)]
    (folder / "queries.jsonl").write_text(lines(many), encoding="utf-8")
    judged = "".join(f"q{n}\td1\t1\n" for n in range(50))
    (folder / "qrels.tsv").write_text(f"q\td\tr\n{judged}", encoding="utf-8")
    collection = load_collection(folder)
    ids = [query.id for query in collection.sample(10, seed=0).queries]
    assert len(set(ids)) == 10 and ids == sorted(ids, key=lambda id_: int(id_[1:]))
    assert ids == [query.id for query in load_collection(folder).sample(10, seed=0).queries]
    assert ids != [query.id for query in collection.sample(10, seed=1).queries]
    assert ids != [query.id for query in collection.queries[:10]]
    assert collection.sample(99, seed=0) == collection
    assert collection.sample(10, seed=0).documents == collection.documents


TWICE = lines([DOCUMENTS[0], DOCUMENTS[1], DOCUMENTS[0]])
BROKEN = {
    "no such file": ("corpus.jsonl", None, r"set/corpus\.jsonl cannot be read"),
    "empty": ("queries.jsonl", "\n \n", r"set/queries\.jsonl is empty"),
    "not UTF-8": ("corpus.jsonl", b"\xff\xfe", r"set/corpus\.jsonl is not UTF-8"),
    "not JSON": ("corpus.jsonl", lines(DOCUMENTS) + "{broken\n", r"corpus\.jsonl, line 4: the line: "),
    "no text": ("queries.jsonl", '{"id": "q1", "lang": "en"}', r"queries\.jsonl, line 1: text: "),
    "blank text": ("corpus.jsonl", '{"id": "d1", "text": " ", "lang": "en"}', r"line 1: text: "),
    "a language of no one": ("corpus.jsonl", '{"id": "d1", "text": "x", "lang": "fr"}', r"line 1: lang: "),
    "a document twice": ("corpus.jsonl", TWICE, r"corpus\.jsonl, line 3: the id 'd1' comes twice"),
    "a question twice": ("queries.jsonl", lines([QUERIES[0]] * 2), r"queries\.jsonl, line 2: the id 'q1'"),
    "no judgements": ("qrels.tsv", "", r"qrels\.tsv is empty"),
    "a header alone": ("qrels.tsv", "q\td\tr\n", r"qrels\.tsv: no question has a relevant document"),
    "no header": ("qrels.tsv", "q1\td1\t1\n", r"qrels\.tsv, line 1: a header line is missing"),
    "spaces": ("qrels.tsv", "q\td\tr\nq1\td1\t1\nq2 d3 1\n", r"line 3: 1 columns instead of 3"),
    "unknown question": ("qrels.tsv", "q\td\tr\n\nq9\td1\t1\n", r"line 3: the question 'q9' is not in"),
    "unknown document": ("qrels.tsv", "q\td\tr\nq1\td9\t1\n", r"line 2: the document 'd9' is not in"),
    "no number": ("qrels.tsv", "q\td\tr\nq1\td1\tyes\n", r"line 2: the relevance 'yes' is not"),
    "below nothing": ("qrels.tsv", "q\td\tr\nq1\td1\t-1\n", r"line 2: the relevance '-1' is not"),
    "judged twice": (
        "qrels.tsv",
        "q\td\tr\nq1\td1\t1\nq1\td1\t0\n",
        r"line 3: 'q1' and 'd1' are judged twice",
    ),
    "nothing relevant": ("qrels.tsv", "q\td\tr\nq1\td1\t0\n", r"no question has a relevant document"),
}


@pytest.mark.parametrize(("name", "content", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named(folder, name, content, message):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadDocument, match=message) as caught:
        load_collection(folder)
    assert isinstance(caught.value, UserError) and "qrels.tsv" in caught.value.hint
