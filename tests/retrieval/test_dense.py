"""Tests of what keeps Chroma in step: other processes, writers that are killed, files that Chroma cannot read."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from heiso.corpus.errors import IndexUnavailable
from heiso.corpus.records import Passage
from heiso.retrieval.dense import Dense
from heiso.retrieval.store import Row, Store

SIZE = 32


def vector(number: int) -> np.ndarray:
    drawn = np.random.default_rng(number).normal(size=SIZE)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def row(number: int) -> Row:
    return Row(Passage("d.en", "en", number, number + 1, "x", "T"), 20250101, vector(number))


def put(store: Store, *numbers: int) -> None:
    with store.change():
        for number in numbers:
            store._put_passage(row(number))
        store._await(row(number).passage.id for number in numbers)


def opened(folder: Path) -> tuple[Store, Dense]:
    store = Store(folder / "store.sqlite", embedder="e")
    return store, Dense(store, folder / "chroma", folder / "dense.lock", embedder="e")


@pytest.fixture
def pair(tmp_path):
    store, dense = opened(tmp_path)
    yield store, dense
    store.close()


def finds(dense: Dense, *numbers: int) -> bool:
    return all(dense.nearest(vector(n), 1, language="en")[0][0] == row(n).passage.id for n in numbers)


def elsewhere(folder: Path, *numbers: int) -> None:
    """Puts passages from another process."""
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, '.')\n"
        "from tests.retrieval.test_dense import opened, put\n"
        "store, dense = opened(Path(sys.argv[1]))\n"
        "put(store, *map(int, sys.argv[2:])); dense.settle()"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), *map(str, numbers)], check=True)


def test_what_is_pending_is_carried_over(pair):
    store, dense = pair
    put(store, 1, 2, 3)
    assert dense.ids() == frozenset()
    dense.settle()
    assert dense.ids() == store.all_ids()
    assert finds(dense, 1, 2, 3)
    assert store.pending(1) == (0, [])
    with store.change():
        store._await([row(2).passage.id])
        store._db.all("DELETE FROM passages WHERE id = ?", (row(2).passage.id,))
    dense.settle()
    assert dense.ids() == store.all_ids() == {row(1).passage.id, row(3).passage.id}


def test_what_another_process_wrote_is_seen(pair, tmp_path):
    store, dense = pair
    put(store, 1)
    dense.settle()
    elsewhere(tmp_path, *range(10, 1300))  # more than Chroma keeps in its log
    assert finds(dense, 1, 10, 700, 1299)
    put(store, 2)
    dense.settle()
    assert dense.ids() == store.all_ids()
    assert finds(dense, 2, 11)


def test_opening_finishes_what_was_pending(pair, tmp_path):
    store, dense = pair
    put(store, 1)
    dense.settle()
    put(store, 2)
    again_store, again = opened(tmp_path)
    assert finds(again, 1, 2)
    assert finds(dense, 1, 2)
    again_store.close()


@pytest.mark.parametrize("who", ["the next to open", "one that is open"])
def test_a_write_that_was_cut_off_is_made_anew(pair, tmp_path, who):
    """Half-written files of Chroma's end the process that reads them: they must not be opened."""
    store, dense = pair
    put(store, *range(1200))
    dense.settle()
    with store.change():
        store.set_meta("dense writing", "more")
    damaged = [path for path in (tmp_path / "chroma").rglob("*.bin") if path.stat().st_size]
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if who == "the next to open":
        store, dense = opened(tmp_path)
    assert finds(dense, 0, 600, 1199)
    assert dense.ids() == store.all_ids()
    assert store.meta("dense writing") == ""
    store.close()


def test_files_that_chroma_cannot_read_are_made_anew(pair, tmp_path):
    store, dense = pair
    put(store, *range(1200))
    dense.settle()
    for path in (tmp_path / "chroma").rglob("header.bin"):
        path.unlink()
    again_store, again = opened(tmp_path)
    assert again.ids() == store.all_ids()
    assert finds(again, 0, 600, 1199)
    again_store.close()


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_damaged_database_of_chroma_is_made_anew(pair, tmp_path, content):
    store, dense = pair
    put(store, 1, 2)
    dense.settle()
    for path in (tmp_path / "chroma").glob("chroma.sqlite3*"):
        path.write_bytes(content)
    again_store, again = opened(tmp_path)
    assert finds(again, 1, 2)
    again_store.close()


def test_a_folder_of_chroma_that_went_away_is_made_anew(pair, tmp_path):
    store, dense = pair
    put(store, 1, 2)
    dense.settle()
    (tmp_path / "chroma").rename(tmp_path / "elsewhere")
    again_store, again = opened(tmp_path)
    assert finds(again, 1, 2)
    again_store.close()


def test_who_holds_the_lock_for_too_long_is_told(pair, tmp_path, monkeypatch):
    from filelock import FileLock

    store, dense = pair
    monkeypatch.setattr("heiso.retrieval.dense._PATIENCE", 0.05)
    with FileLock(tmp_path / "dense.lock"), pytest.raises(IndexUnavailable, match="Another process"):
        dense.nearest(vector(1), 1, language="en")
    assert dense.nearest(vector(1), 1, language="en") == []
