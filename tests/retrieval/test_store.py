"""Tests of the store: what is held, what is pending, transactions, and a file of another make."""

from dataclasses import replace

import numpy as np
import pytest

from heiso.corpus.errors import IndexMismatch, IndexUnavailable, NoSpace, NotWritable
from heiso.corpus.passages import cut
from heiso.corpus.records import Source
from heiso.retrieval import store as module
from heiso.retrieval.store import Store, documents_in
from tests.retrieval.stored import CHIPS, CHIPS_JA, PRICE, found, put, rows


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "new" / "store.sqlite", embedder="e")
    yield opened
    opened.close()


def test_add(store):
    source = Source("s", "t", "p", "u", "2025", "seed", "low", ("f",))
    document = replace(PRICE, sources=(source,), entities=("DeepSeek",))
    put(store, document, CHIPS, CHIPS_JA)
    assert {key: held.digest for key, held in store.held().items()} == {
        d.key: d.digest for d in (document, CHIPS, CHIPS_JA)
    }
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
    assert store.held().keys() == {"chips.en"}
    assert found(store, "said any more") == ["chips.en"]


def test_what_is_raised_inside_undoes_all(store):
    put(store, PRICE)
    with pytest.raises(ZeroDivisionError), store.change():
        store.remove("price.en")
        store.put(CHIPS, rows(CHIPS))
        raise ZeroDivisionError
    assert store.held().keys() == {"price.en"}
    assert found(store, "price") == ["price.en"]
    assert found(store, "chips") == []
    put(store, CHIPS)  # and the next change works
    assert found(store, "chips") == ["chips.en"]


def test_it_is_there_after_closing(store, tmp_path):
    put(store, PRICE)
    store.close()
    again = Store(tmp_path / "new" / "store.sqlite", embedder="e")
    assert found(again, "price") == ["price.en"]
    again.close()


def test_another_embedder_or_format_is_refused(store, tmp_path, monkeypatch):
    path = tmp_path / "new" / "store.sqlite"
    with pytest.raises(IndexMismatch, match="another embedder.*'e'.*'f'.*rebuild"):
        Store(path, embedder="f")
    monkeypatch.setattr(module, "FORMAT", module.FORMAT + 1)
    with pytest.raises(IndexMismatch, match="another version of heiso.*rebuild"):
        Store(path, embedder="e")


def test_no_index_file(tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailable, match=r"store\.sqlite.*rebuild"):
        Store(tmp_path / "store.sqlite", embedder="e")


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="HEISO_HOME"):
        Store(tmp_path / "file" / "store.sqlite", embedder="e")


def test_reading_waits_for_no_writer_and_a_second_writer_is_told(store, tmp_path):
    put(store, PRICE)
    with store.change():
        store.remove("price.en")
        other = Store(tmp_path / "new" / "store.sqlite", embedder="e")
        assert found(other, "price") == ["price.en"]
        other._db._db.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(IndexUnavailable, match="Another process"), other.change():
            pass
    assert found(other, "price") == []
    other.close()


def test_a_full_disk(store):
    put(store, PRICE)
    pages = store._db.all("PRAGMA page_count")[0][0]
    store._db.all(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NoSpace):
        put(store, replace(CHIPS, text="\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(300))))
    assert store.held().keys() == {"price.en"}
    assert found(store, "price") == ["price.en"]


def test_vectors_are_kept_exactly_and_found_by_text(store):
    put(store, PRICE, CHIPS)
    own = rows(CHIPS)
    held = store.rows([row.passage.id for row in own])
    assert all(np.array_equal(held[row.passage.id].vector, row.vector) for row in own)
    assert {row.date for row in held.values()} == {20260101}
    texts = [row.passage.searchable for row in own]
    assert store.vectors_of([*texts, "said nowhere"]).keys() == set(texts)


def test_a_file_holds_one_document(store):
    before = replace(PRICE, origin="/a.txt")
    with store.change():
        store.put(before, rows(before), "digest 1")
        store.put(CHIPS, rows(CHIPS))
    after = replace(before, language="ja", text="価格は下がった。")
    with store.change():
        store.put(after, rows(after), "digest 2")
    assert {key: held[1:] for key, held in store.held().items()} == {
        "price.ja": ("/a.txt", "digest 2", "document"),
        "chips.en": ("", "", "document"),
    }
    assert store.all_ids() == {row.passage.id for d in (after, CHIPS) for row in rows(d)}
    assert store.counts() == {"price.ja": 1, "chips.en": 1}


def test_what_came_and_went_is_pending_until_settled(store):
    put(store, PRICE)
    number, ids = store.pending(10)
    assert set(ids) == store.all_ids()
    store.settle(number)
    assert store.pending(10) == (0, [])
    with store.change():
        store.remove("price.en")
    put(store, CHIPS)
    number, ids = store.pending(1)
    assert ids == [row.passage.id for row in rows(PRICE)]
    store.settle(number)
    assert store.pending(10)[1] == [row.passage.id for row in rows(CHIPS)]
    with store.change():
        store.await_all()
    assert set(store.pending(10)[1]) == store.all_ids()


def test_nothing_is_pending_of_a_change_that_was_undone(store):
    with pytest.raises(ZeroDivisionError), store.change():
        store.put(PRICE, rows(PRICE))
        raise ZeroDivisionError
    assert store.pending(10) == (0, [])


def test_documents_can_be_taken_out_whatever_the_embedder(store, tmp_path):
    with store.change():
        store.put(PRICE, rows(PRICE), "digest")
    store.close()
    assert list(documents_in(tmp_path / "new" / "store.sqlite")) == [(PRICE, "digest")]
    assert list(documents_in(tmp_path / "none.sqlite")) == []
    (tmp_path / "bad.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailable, match="Ingest them again"):
        list(documents_in(tmp_path / "bad.sqlite"))
