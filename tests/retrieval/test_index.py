"""Tests of the index: real embedder, real stores. What is found, what is kept in step, what is known when."""

import numpy as np
import pytest

from heiso.corpus import bundled, vocabulary
from heiso.corpus.errors import BadQuestion, IndexMismatch
from heiso.corpus.records import Document, Mark, Source
from heiso.retrieval import Index, embedder
from heiso.retrieval.index import iso_number, name_is_in

NAMES = ("ai-chip-tripling", "api-prices", "deepseek-company", "mistral")
BRIEFINGS = [document for document in bundled() if document.id in NAMES]


class Counting:
    """Stands for an embedder where meaning does not matter: counts letters, and what it is asked to embed."""

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.texts: list[str] = []

    def query(self, text):
        counts = np.bincount([ord(char) % 64 for char in text] or [0], minlength=64)
        return (counts / np.linalg.norm(counts)).astype(np.float32)

    def passages(self, texts):
        self.texts += texts
        return np.array([self.query(text) for text in texts], dtype=np.float32)


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """Four briefings in two languages; only for searching."""
    index = Index.open(tmp_path_factory.mktemp("four"))
    assert index.add(BRIEFINGS) == 8
    yield index
    index.close()


@pytest.fixture
def embed():
    return Counting()


@pytest.fixture
def index(tmp_path, embed):
    opened = Index.open(tmp_path, embed=embed)
    yield opened
    opened.close()


def source(name: str, date: str) -> Source:
    return Source(name, name, "p", "u", date, "primary", "high")


def note(text: str, name: str = "note", date: str = "2025-05-01", **more) -> Document:
    return Document(name, "en", "Note", date, text, **more)


def keys(index: Index, query: str, **filters) -> list[str]:
    return [hit.passage.document for hit in index.search(query, **filters)]


# --- finding -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "briefing", "own"),
    [
        ("华为昇腾910C 2026年的产量计划是多少?", "ai-chip-tripling", None),
        ("梁文锋创办的深度求索公司在哪里?", "deepseek-company", None),
        ("ファーウェイは2026年にAscend 910Cを何個生産する計画か?", "ai-chip-tripling", "ja"),
        ("Who invested in Mistral AI in September 2025?", "mistral", "en"),
    ],
)
def test_a_question_finds_both_languages(four, question, briefing, own):
    hits = four.search(question, 6)
    assert {hit.passage.document for hit in hits[:2]} == {f"{briefing}.en", f"{briefing}.ja"}
    if own:
        assert [hit.passage.language for hit in hits[:3:2]] == [own, own]
    assert len({hit.passage.id for hit in hits}) == len(hits) == 6
    for hit in hits:
        assert 0 <= hit.score <= 1
        assert hit.similarity is None or -1 <= hit.similarity <= 1.0001
        assert hit.ranks and set(hit.ranks) <= {"lexical", "dense"} and min(hit.ranks.values()) >= 1
        document = four.document(hit.passage.document)
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_languages_and_k(four):
    assert {hit.passage.language for hit in four.search("price", 8, languages=["ja"])} == {"ja"}
    assert four.search("price", 8, languages=["zh"]) == []
    assert four.search("price", 0) == []
    assert len(four.search("price", 3)) == 3
    assert set(four.languages()) == {"en", "ja"}


def test_a_translation_is_used_beside_the_question(four):
    plain = four.search("芯片产量翻三倍", 3, languages=["en"])
    helped = four.search(
        "芯片产量翻三倍", 3, languages=["en"], translations={"en": "tripling of AI-chip output"}
    )
    assert helped[0].passage.document == "ai-chip-tripling.en"
    assert max(h.similarity or 0 for h in helped) >= max(h.similarity or 0 for h in plain)


@pytest.mark.parametrize("query", ["", " \n\u3000"])
def test_a_blank_query(four, query):
    with pytest.raises(BadQuestion):
        four.search(query)


@pytest.mark.parametrize("query", ["?!。", '"price', "a OR NOT", "🚀", "\ud800", "price\x00", "深x " * 3_000])
def test_any_query_is_answered(four, query):
    assert len(four.search(query, 5)) == 5


def test_an_empty_index(index):
    assert index.search("price") == []
    assert index.add([]) == 0
    assert (index.keys(), index.languages(), index.consistent) == (frozenset(), (), True)
    assert not index.knows("DeepSeek")


def test_knows(four):
    known = (
        "DeepSeek",
        "deepseek",
        "ＤｅｅｐＳｅｅｋ",
        "Ascend 910C",
        "ファーウェイ",
        "梁文鋒",
        "Mistral AI",
    )
    assert [name for name in known if not four.knows(name)] == []
    unknown = ("Zorblatt", "DeepSee", "Ascend 910X", "龍門石窟", "", "?!", "\ud800")
    assert [name for name in unknown if four.knows(name)] == []


@pytest.mark.parametrize(
    ("name", "text", "held"),
    [
        ("o1", "OpenAI o1 is", True),
        ("o1", "o10 or go1", False),
        ("Open AI", "Open-AI", True),
        ("価格", "価格は", True),
        ("价格", "価格は", True),
        ("DeepSeek", "DeepSeekは", True),
        ("a.b", "axb", False),
        ("", "x", False),
    ],
)
def test_name_is_in(name, text, held):
    assert name_is_in(name, text) is held


# --- as of a date ------------------------------------------------------------------------------------------
def test_as_of_goes_by_the_sources_of_a_passage(index):
    text = "## A\n\nOld prices of tokens.\n\n## B\n\nNew prices of tokens.\n\n## C\n\nMixed prices. New ones too.\n\n## D\n\nBare prices."
    ends = [
        text.index(end) + len(end)
        for end in ("Old prices of tokens.", "New prices of tokens.", "Mixed prices.", "ones too.")
    ]
    marks = tuple(Mark(end, name) for end, name in zip(ends, ("old", "new", "old", "new"), strict=True))
    index.add([note(text, sources=(source("old", "2024-06"), source("new", "2025-02-03")), marks=marks)])

    def sections(as_of: str | None) -> set[str]:
        return {hit.passage.heading[0] for hit in index.search("prices", as_of=as_of)}

    assert sections(None) == sections("2025-05-01") == {"A", "B", "C", "D"}
    assert sections("2025-04-30") == sections("2025-02-03") == {"A", "B", "C"}
    assert sections("2025-02-02") == sections("2024-06-01") == {"A"}
    assert sections("2024-05-31") == set()


def test_as_of_over_the_briefings(four):
    for hit in four.search("price of tokens", 20, as_of="2025-06-30"):
        document = four.document(hit.passage.document)
        rests_on = document.sources_of(hit.passage.start, hit.passage.end)
        assert rests_on
        assert all(iso_number(one.date) <= 20250630 for one in rests_on)


def test_iso_number():
    dates = ("2025", "2025-03", "2025-03-09", "", "soon")
    assert [iso_number(date) for date in dates] == [20250101, 20250301, 20250309, 0, 0]


# --- keeping in step ---------------------------------------------------------------------------------------
def test_unchanged_documents_cost_nothing(index, embed):
    assert index.add([note("Prices fell."), note("Chips rose.", "other")]) == 2
    fingerprint = index.fingerprint
    embed.texts.clear()
    assert index.add([note("Prices fell."), note("Chips rose.", "other")]) == 0
    assert embed.texts == []
    assert index.fingerprint == fingerprint
    assert index.add([note("Prices fell."), note("Chips fell.", "other")]) == 1
    assert len(embed.texts) == 1
    assert index.fingerprint != fingerprint


def test_shipped_vectors_spare_the_model(tmp_path, monkeypatch):
    model = embedder()
    monkeypatch.setattr(model._inner, "passages", None)  # must not be called
    opened = Index.open(tmp_path, embed=model)
    assert opened.add(BRIEFINGS[:2]) == 2
    assert opened.consistent
    opened.close()


def test_a_replaced_document_leaves_nothing_behind(index):
    index.add([note("## A\n\nPrices of tokens fell.\n\n## B\n\nIt stays."), note("Chips.", "other")])
    index.add([note("## A\n\nThe museum opens.\n\n## B\n\nIt stays.")])
    assert index.consistent
    texts = [hit.passage.text for hit in index.search("Prices of tokens fell", 10)]
    assert sorted(texts) == ["Chips.", "It stays.", "The museum opens."]
    index.add([note("")])
    assert index.consistent
    assert keys(index, "museum") == ["other.en"]
    assert index.document("note.en").text == ""


def test_remove(index):
    index.add([note("Prices fell."), note("Chips rose.", "other")])
    index.remove(["note.en", "unknown.en"])
    assert index.consistent
    assert index.keys() == {"other.en"}
    assert keys(index, "Prices fell") == ["other.en"]
    with pytest.raises(KeyError):
        index.document("note.en")


def test_of_one_key_twice_the_last_is_kept(index):
    assert index.add([note("Prices fell."), note("Chips rose.")]) == 1
    assert index.consistent
    assert index.document("note.en").text == "Chips rose."


@pytest.mark.parametrize("side", ["put", "remove"])
def test_a_failure_of_the_dense_side_is_mended_by_whoever_opens_next(
    index, tmp_path, embed, monkeypatch, side
):
    index.add([note("Prices fell."), note("Chips rose.", "other")])
    new = [note("Prices doubled."), note("Chips halved.", "other")]

    def fails(*args):
        raise OSError("no more")

    monkeypatch.setattr(f"heiso.retrieval.vectors.VectorStore.{side}", fails)
    with pytest.raises(OSError, match="no more"):
        index.add(new)
    monkeypatch.undo()
    assert {key: index.document(key).text for key in sorted(index.keys())} == {d.key: d.text for d in new}
    again = Index.open(tmp_path, embed=embed)
    assert again.consistent
    for opened in (again, index):
        hits = opened.search("Prices", 10)
        assert {hit.passage.text for hit in hits} == {"Prices doubled.", "Chips halved."}
        assert all("dense" in hit.ranks for hit in hits)
    again.close()


def test_a_failure_before_that_changes_nothing(index, embed, monkeypatch):
    index.add([note("Prices fell.")])
    monkeypatch.setattr(index._store, "put", None)
    with pytest.raises(TypeError):
        index.add([note("Prices doubled."), note("Chips halved.", "other")])
    assert index.keys() == {"note.en"}
    assert index.consistent
    assert [hit.passage.text for hit in index.search("Prices", 10)] == ["Prices fell."]


def test_only_new_texts_are_embedded(index, embed):
    index.add([note("## A\n\nPrices fell.\n\n## B\n\nChips rose.")])
    embed.texts.clear()
    index.add([note("## A\n\nPrices fell.\n\n## B\n\nChips fell.")])
    assert [text.split("\n")[-1] for text in embed.texts] == ["Chips fell."]
    assert index.consistent


def test_files(index):
    index.add([note("Prices fell.", origin="/a.txt")], files={"note.en": "1"})
    assert index.files() == {"/a.txt": ("note.en", "1")}
    assert index.add([note("Prices fell.", origin="/a.txt")], files={"note.en": "2"}) == 0
    assert index.files() == {"/a.txt": ("note.en", "2")}
    assert index.counts() == {"note.en": 1}
    assert (index.keys("document"), index.keys("briefing")) == ({"note.en"}, frozenset())


def test_it_is_there_when_opened_again(index, tmp_path, embed):
    index.add([note("Prices fell.")])
    again = Index.open(tmp_path, embed=embed)
    assert again.fingerprint == index.fingerprint
    assert keys(again, "Prices") == ["note.en"]
    again.close()


def test_another_embedder_is_refused(index, tmp_path):
    index.add([note("Prices fell.")])
    with pytest.raises(IndexMismatch, match="rebuild"):
        Index.open(tmp_path, embed=Counting("another"))


def test_a_document_with_lone_surrogates_and_nul(index):
    document = note("Prices \ud800 fell\x00 far.")
    index.add([document])
    assert index.document("note.en") == document
    assert index.search("Prices")[0].passage.text == document.text
    assert index.consistent


def test_another_vocabulary_makes_the_names_of_all_passages_anew(index, tmp_path, embed):
    index.add([note("Zorblatt cut the prices."), note("Prices fell.", "other")])
    own = tmp_path / "own.yaml"
    own.write_text("entities:\n- {name: Zorblatt, kind: company, aliases: [ゾルブラット]}\n")
    vocabulary.use(own)
    try:
        again = Index.open(tmp_path, embed=embed)
        assert again._store.terms.search("ゾルブラット", 5, language="en")
        again.close()
    finally:
        vocabulary.use(None)
    again = Index.open(tmp_path, embed=embed)
    assert not again._store.terms.search("ゾルブラット", 5, language="en")
    again.close()
