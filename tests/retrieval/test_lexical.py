"""Tests of lexical search: BM25 over three languages, any text as a query, dates."""

from math import log

import pytest

from heiso.corpus.records import Document
from heiso.retrieval.store import Store
from tests.retrieval.stored import CHIPS, CHIPS_JA, PRICE, found, put


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store.sqlite", embedder="e")
    yield opened
    opened.close()


def note(number: int, text: str) -> Document:
    return Document(f"n{number}", "en", "Note", "2025-01-01", text)


def test_bm25_order(store):
    put(store, PRICE, CHIPS, CHIPS_JA)
    ranking = store.terms.search("price", 10, language="en")
    assert found(store, "price") == ["price.en", "chips.en"]
    assert [match.score for match in ranking] == sorted((match.score for match in ranking), reverse=True)
    assert all(match.score > 0 for match in ranking)
    assert len(store.terms.search("price", 1, language="en")) == 1
    assert found(store, "华为 半导体", "ja") == ["chips.ja"]  # a name, and Han forms of another language
    assert found(store, "Ascend", "ja") == ["chips.ja"]  # a Latin word between Japanese ones
    assert found(store, "tokens", "ja") == []


def test_coverage_is_the_share_of_the_idf(store):
    texts = ["lanterns and violins", "a lantern", *["Nothing of that."] * 8]
    put(store, *(note(number, text) for number, text in enumerate(texts)))
    lantern, violin, zorblatt = log(8.5 / 2.5), log(9.5 / 1.5), log(10.5 / 0.5)
    first, second = store.terms.search("lantern violin", 10, language="en")
    assert first.coverage == pytest.approx(1, abs=1e-5)
    assert second.coverage == pytest.approx(lantern / (lantern + violin), abs=1e-5)
    (only,) = store.terms.search("the violins of zorblatt", 10, language="en")
    assert only.coverage == pytest.approx(violin / (violin + zorblatt), abs=1e-5)


def test_coverage_counts_a_term_once(store):
    again = note(1, "violins and violins and violins")
    put(store, again, note(2, "violins"), *(note(n, "Nothing of that.") for n in range(3, 9)))
    first, second = store.terms.search("violin zorblatt", 10, language="en")
    assert first.score > second.score
    assert first.coverage == pytest.approx(second.coverage, abs=1e-5)
    assert 0 < first.coverage < 1


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
