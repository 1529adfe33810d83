"""Tests of the embedders around an embedder: what is kept on disk, under which name, and what is timed."""

import time

import numpy as np
import pytest

from heiso.corpus.errors import NotWritable
from heiso.evals.embedding import CachedEmbedder, TimedEmbedder


class Letters:
    """Stands for an embedder: counts letters, and what it is asked to embed."""

    def __init__(self, name="letters", turn=0, breaks_at=None):
        self.name = name
        self.texts = []
        self.turn = turn
        self.breaks_at = breaks_at

    def query(self, text):
        time.sleep(0.002)
        self.texts.append(text)
        return np.roll(np.bincount([ord(c) % 16 for c in text] or [0], minlength=16), self.turn).astype("f4")

    def passages(self, texts):
        if self.breaks_at in texts:
            raise KeyboardInterrupt
        return np.array([self.query(text) for text in texts], dtype=np.float32)


def test_a_second_run_embeds_nothing(tmp_path):
    texts = ["one", "二", "one", "three"]
    first, second = Letters(), Letters()
    made = CachedEmbedder(first, tmp_path / "new" / "cache").passages(texts)
    again = CachedEmbedder(second, tmp_path / "new" / "cache").passages(texts[::-1])
    assert first.texts == ["one", "二", "three"] and second.texts == []
    assert made.dtype == again.dtype == np.float32
    assert np.array_equal(made, Letters().passages(texts)) and np.array_equal(again, made[::-1])


def test_only_new_texts_are_embedded(tmp_path):
    CachedEmbedder(Letters(), tmp_path).passages(["one"])
    inner = Letters()
    assert np.array_equal(
        CachedEmbedder(inner, tmp_path).passages(["two", "one"]), Letters().passages(["two", "one"])
    )
    assert inner.texts == ["two"]


def test_each_embedder_has_vectors_of_its_own(tmp_path):
    CachedEmbedder(Letters(), tmp_path).passages(["one"])
    other = Letters("other", turn=3)
    assert np.array_equal(
        CachedEmbedder(other, tmp_path).passages(["one"]), Letters(turn=3).passages(["one"])
    )
    assert CachedEmbedder(other, tmp_path).name == "other"


def test_what_was_embedded_before_a_break_is_kept(tmp_path):
    texts = [f"text {n}" for n in range(200)]
    with pytest.raises(KeyboardInterrupt):
        CachedEmbedder(Letters(breaks_at="text 150"), tmp_path).passages(texts)
    inner = Letters()
    CachedEmbedder(inner, tmp_path).passages(texts)
    assert inner.texts == texts[128:]


def test_questions_are_not_kept(tmp_path):
    for _ in range(2):
        inner = Letters()
        CachedEmbedder(inner, tmp_path).query("one")
        assert inner.texts == ["one"]


def test_no_texts(tmp_path):
    assert len(CachedEmbedder(Letters(), tmp_path).passages([])) == 0


def test_a_cache_that_is_none(tmp_path):
    (tmp_path / "vectors.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(NotWritable, match=r"vectors\.sqlite"):
        CachedEmbedder(Letters(), tmp_path).passages(["one"])
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match=r"vectors\.sqlite"):
        CachedEmbedder(Letters(), tmp_path / "file").passages(["one"])


def test_a_question_is_embedded_and_timed_once():
    inner = Letters()
    embed = TimedEmbedder(inner)
    seconds = embed.seconds("one")
    assert seconds > 0.001 and embed.seconds("one") == seconds
    assert np.array_equal(embed.query("one"), Letters().query("one"))
    assert inner.texts == ["one"]
    assert embed.name == "letters" and np.array_equal(embed.passages(["a"]), Letters().passages(["a"]))
