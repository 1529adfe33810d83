"""Tests of the lexical side: what is held, BM25, any text as a query, transactions, and a file of another make."""

from dataclasses import replace

import pytest

from heiso.corpus.errors import IndexMismatch, IndexUnavailable, NoSpace, NotWritable
from heiso.corpus.passages import cut
from heiso.corpus.records import Document, Source
from heiso.retrieval import lexical
from heiso.retrieval.lexical import LexicalStore

PRICE = Document(
    "price",
    "en",
    "Prices",
    "2025-03-01",
    "## Cut\n\nThe price of tokens fell. DeepSeek cut the price of tokens.",
)
CHIPS = Document(
    "chips",
    "en",
    "Chips",
    "2026-01-01",
    "## Output\n\nHuawei makes chips, and one price is quoted among the many things said.",
)
CHIPS_JA = Document(
    "chips", "ja", "チップ", "2026-01-01", "## 生産\n\nファーウェイはAscendの半導体を生産する。"
)


@pytest.fixture
def store(tmp_path):
    opened = LexicalStore(tmp_path / "new" / "lexical.sqlite", embedder="e")
    yield opened
    opened.close()


def put(store: LexicalStore, *documents: Document) -> None:
    with store.change():
        for document in documents:
            passages = cut(document)
            store.remove(document.key)
            store.put(document, passages, [int(document.date.replace("-", ""))] * len(passages))


def found(store: LexicalStore, query: str, language: str = "en", **filters: int) -> list[str]:
    ids = [id_ for id_, _ in store.search(query, 10, language=language, **filters)]
    return [store.passages(ids)[id_].document for id_ in ids]


def test_add(store):
    source = Source("s", "t", "p", "u", "2025", "seed", "low", ("f",))
    document = replace(PRICE, sources=(source,), entities=("DeepSeek",))
    put(store, document, CHIPS, CHIPS_JA)
    assert store.digests() == {d.key: d.digest for d in (document, CHIPS, CHIPS_JA)}
    assert store.document("price.en") == document
    assert store.document("price.ja") is None
    assert store.all_ids() == {p.id for d in (document, CHIPS, CHIPS_JA) for p in cut(d)}
    held = store.passages(store.passage_ids("chips.ja"))
    assert tuple(held.values()) == cut(CHIPS_JA)
    assert store.languages() == ["en", "ja"]
    assert store.passages([]) == {} == store.passages(["nothing"])


def test_replace_and_remove(store):
    put(store, PRICE, CHIPS)
    old = store.passage_ids("price.en")
    put(store, replace(PRICE, text="Nothing of that is said any more."))
    assert store.all_ids().isdisjoint(old)
    assert found(store, "tokens") == []
    assert found(store, "said any more")[0] == "price.en"
    with store.change():
        store.remove("price.en")
        store.remove("unknown.en")
    assert store.digests().keys() == {"chips.en"}
    assert found(store, "said any more") == ["chips.en"]


def test_bm25_order(store):
    put(store, PRICE, CHIPS, CHIPS_JA)
    ranking = store.search("price", 10, language="en")
    assert found(store, "price") == ["price.en", "chips.en"]
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
    assert all(score > 0 for _, score in ranking)
    assert len(store.search("price", 1, language="en")) == 1
    assert found(store, "华为 半导体", "ja") == ["chips.ja"]  # a name, and Han forms of another language
    assert found(store, "Ascend", "ja") == ["chips.ja"]  # a Latin word between Japanese ones
    assert found(store, "tokens", "ja") == []


def test_until(store):
    put(store, PRICE, CHIPS)
    assert found(store, "price", until=20251231) == ["price.en"]
    assert found(store, "price", until=20250301) == ["price.en"]
    assert found(store, "price", until=20250228) == []


@pytest.mark.parametrize(
    "query",
    [
        "price AND OR NOT tokens",
        'price "tokens',
        "NEAR(price tokens, 2)",
        "words:price -tokens +price ^price price*",
        "price); DROP TABLE passages; --",
        "'price' ''",
        "price 🚀🀄",
        "price \ud800",
        "price\x00",
        "{price}: [x] \\",
        "price 𰀀 ½ ② ー・",
        "price " + "x" * 10_000,
        "DeepSeek " + " ".join(f"w{n}" for n in range(3_000)),
        "price" + "深" * 10_000,
        "price" + "".join(chr(0x4E00 + n) for n in range(10_000)),
    ],
)
def test_any_query_finds_what_it_names(store, query):
    put(store, PRICE)
    assert found(store, query) == ["price.en"]


@pytest.mark.parametrize(
    "query", ["", " \n", "?!。、…", '"', "🚀", "\ud800", "\x00", "the of", "ー・", "𰀀", "*"]
)
def test_a_query_without_words_finds_nothing(store, query):
    put(store, PRICE)
    assert found(store, query) == []


def test_what_is_raised_inside_undoes_all(store):
    put(store, PRICE)
    with pytest.raises(ZeroDivisionError), store.change():
        store.remove("price.en")
        store.put(CHIPS, cut(CHIPS), [0])
        raise ZeroDivisionError
    assert store.digests().keys() == {"price.en"}
    assert found(store, "price") == ["price.en"]
    assert found(store, "chips") == []
    put(store, CHIPS)  # and the next change works
    assert found(store, "chips") == ["chips.en"]


def test_it_is_there_after_closing(store, tmp_path):
    put(store, PRICE)
    store.close()
    again = LexicalStore(tmp_path / "new" / "lexical.sqlite", embedder="e")
    assert found(again, "price") == ["price.en"]
    again.close()


def test_another_embedder_or_format_is_refused(store, tmp_path, monkeypatch):
    path = tmp_path / "new" / "lexical.sqlite"
    with pytest.raises(IndexMismatch, match="another embedder.*'e'.*'f'.*rebuild"):
        LexicalStore(path, embedder="f")
    monkeypatch.setattr(lexical, "FORMAT", lexical.FORMAT + 1)
    with pytest.raises(IndexMismatch, match="another version of heiso.*rebuild"):
        LexicalStore(path, embedder="e")


def test_no_index_file(tmp_path):
    (tmp_path / "lexical.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailable, match=r"lexical\.sqlite.*rebuild"):
        LexicalStore(tmp_path / "lexical.sqlite", embedder="e")


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="HEISO_HOME"):
        LexicalStore(tmp_path / "file" / "lexical.sqlite", embedder="e")


def test_reading_waits_for_no_writer_and_a_second_writer_is_told(store, tmp_path):
    put(store, PRICE)
    with store.change():
        store.remove("price.en")
        other = LexicalStore(tmp_path / "new" / "lexical.sqlite", embedder="e")
        assert found(other, "price") == ["price.en"]
        other._db.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(IndexUnavailable, match="Another process"), other.change():
            pass
    assert found(other, "price") == []
    other.close()


def test_a_full_disk(store):
    put(store, PRICE)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NoSpace):
        put(store, replace(CHIPS, text="\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(300))))
    assert store.digests().keys() == {"price.en"}
    assert found(store, "price") == ["price.en"]
