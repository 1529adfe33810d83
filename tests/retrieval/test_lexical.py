"""Tests of lexical search: BM25 over three languages, any text as a query, dates."""

import pytest

from heiso.retrieval.store import Store
from tests.retrieval.stored import CHIPS, CHIPS_JA, PRICE, found, put


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store.sqlite", embedder="e")
    yield opened
    opened.close()


def test_bm25_order(store):
    put(store, PRICE, CHIPS, CHIPS_JA)
    ranking = store.terms.search("price", 10, language="en")
    assert found(store, "price") == ["price.en", "chips.en"]
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
    assert all(score > 0 for _, score in ranking)
    assert len(store.terms.search("price", 1, language="en")) == 1
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
