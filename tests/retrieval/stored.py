"""Documents and a store to put them into: what the tests of the store and of its lexical search share."""

import numpy as np

from heiso.corpus.passages import cut
from heiso.corpus.records import Document
from heiso.retrieval.store import Row, Store

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


def rows(document: Document) -> list[Row]:
    """The passages of a document; the vector of each is its length on an axis of its own."""
    date = int(document.date.replace("-", ""))
    return [Row(p, date, np.eye(8, dtype=np.float32)[i % 8]) for i, p in enumerate(cut(document))]


def put(store: Store, *documents: Document) -> None:
    with store.change():
        for document in documents:
            store.put(document, rows(document))


def found(store: Store, query: str, language: str = "en", **filters: int) -> list[str]:
    ids = [match.id for match in store.terms.search(query, 10, language=language, **filters)]
    return [store.passages(ids)[id_].document for id_ in ids]
