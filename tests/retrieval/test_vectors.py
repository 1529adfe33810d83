"""Tests of the dense side on a real Chroma folder: put, remove, nearest, filters, and who made the vectors."""

import numpy as np
import pytest

from heiso.corpus.errors import IndexMismatch, IndexUnavailable
from heiso.corpus.records import Passage
from heiso.retrieval import vectors as module
from heiso.retrieval.store import Row
from heiso.retrieval.vectors import VectorStore, wipe

AXES = np.eye(8, dtype=np.float32)
DATES = [20250101, 20250601, 20260101, 20260601]


def passage(number: int, language: str = "en") -> Passage:
    return Passage("d.en", language, number, number + 1, "x", "T")


PASSAGES = [passage(0), passage(1), passage(2, "ja"), passage(3)]
ROWS = [Row(*row) for row in zip(PASSAGES, DATES, AXES[:4], strict=True)]
IDS = [row.passage.id for row in ROWS]


@pytest.fixture
def store(tmp_path):
    opened = VectorStore(tmp_path / "chroma", name="passages", embedder="e")
    opened.put(ROWS)
    return opened


def near(*weights: float) -> np.ndarray:
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(weights)] = weights
    return vector / np.linalg.norm(vector)


def test_nearest(store):
    found = store.nearest(near(0.1, 0.9, 0, 0.4), 10, language="en")
    assert [row.id for row in found] == [IDS[1], IDS[3], IDS[0]]
    assert [row.score for row in found] == pytest.approx([0.909, 0.404, 0.101], abs=1e-3)
    assert len(store.nearest(AXES[0], 1, language="en")) == 1


def test_filters(store):
    assert [row.id for row in store.nearest(AXES[0], 10, language="ja")] == [IDS[2]]
    assert store.nearest(AXES[0], 10, language="zh") == []
    assert {row.id for row in store.nearest(AXES[3], 10, language="en", until=20260101)} == set(IDS[:2])
    assert {row.id for row in store.nearest(AXES[3], 10, language="en", until=20250101)} == {IDS[0]}
    assert store.nearest(AXES[3], 10, language="en", until=20241231) == []


def test_put_replaces_and_remove_removes(store):
    store.put([Row(PASSAGES[0], 20200101, AXES[5])])
    assert store.ids() == set(IDS)
    assert store.nearest(AXES[5], 1, language="en", until=20200101)[0].score == pytest.approx(1)
    store.remove([IDS[0], "unknown"])
    assert store.ids() == set(IDS[1:])
    store.remove([])
    store.remove(IDS)
    assert store.ids() == frozenset()
    assert store.nearest(AXES[0], 3, language="en") == []


def test_more_than_one_batch(store, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 3)
    rows = [Row(passage(number), 20250101, axis) for number, axis in enumerate(AXES, 10)]
    store.put(rows)
    assert store.ids() == {*IDS, *(row.passage.id for row in rows)}
    for row in rows[4:]:
        assert store.nearest(row.vector, 1, language="en")[0].id == row.passage.id
    store.remove([row.passage.id for row in rows])
    assert store.ids() == set(IDS)


def test_it_is_there_when_opened_again(store, tmp_path):
    again = VectorStore(tmp_path / "chroma", name="passages", embedder="e")
    assert again.ids() == set(IDS)
    assert again.nearest(AXES[1], 1, language="en")[0].id == IDS[1]


def test_another_embedder_is_refused(store, tmp_path):
    with pytest.raises(IndexMismatch, match="'e'.*'f'.*HEISO_EMBEDDER"):
        VectorStore(tmp_path / "chroma", name="passages", embedder="f")
    assert VectorStore(tmp_path / "chroma", name="passages", embedder="e").ids() == set(IDS)


def test_a_place_that_cannot_be_opened(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnavailable, match="HEISO_CHROMA"):
        VectorStore(tmp_path / "file" / "chroma", name="passages", embedder="e")
    with pytest.raises(IndexUnavailable, match="HEISO_CHROMA"):
        VectorStore("http://127.0.0.1:1", name="passages", embedder="e")


def test_wipe(store, tmp_path):
    wipe(tmp_path / "chroma", "passages")
    assert VectorStore(tmp_path / "chroma", name="passages", embedder="another").ids() == frozenset()
    wipe(tmp_path / "new", "passages")
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnavailable, match="made anew"):
        wipe(tmp_path / "file", "passages")
    assert (tmp_path / "file").is_file()
