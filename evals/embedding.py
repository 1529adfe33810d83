"""Embedders around an embedder: one that keeps vectors on disk, and one that times questions.

Knows texts, vectors and one SQLite file; knows nothing about documents or what is evaluated.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from heiso.corpus.errors import NotWritable
from heiso.retrieval.embed import Embedder, Vectors, text_key

__all__ = ["CachedEmbedder", "TimedEmbedder"]

# Written after each batch, so that a run that is broken off has not embedded for nothing.
_BATCH = 64
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS vectors(embedder TEXT, text TEXT, vector BLOB, PRIMARY KEY (embedder, text))"
)


class CachedEmbedder:
    """Keeps the vectors of passages in a folder, by embedder and text; questions are embedded anew."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        self._path = folder / "vectors.sqlite"
        self.name = inner.name

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,)."""
        return self._inner.query(text)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimensions); only texts that are not kept are embedded.

        Raises:
            NotWritable: the file of kept vectors cannot be opened, read or written.
        """
        if not texts:
            return self._inner.passages(texts)
        with self._opened() as db:
            kept = self._kept(db, texts)
            missing = list(dict.fromkeys(text for text in texts if text not in kept))
            for first in range(0, len(missing), _BATCH):
                batch = missing[first : first + _BATCH]
                made = dict(zip(batch, self._inner.passages(batch), strict=True))
                self._keep(db, made)
                kept |= made
        return np.stack([kept[text] for text in texts])

    def _kept(self, db: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Vectors]:
        found = {}
        for text in set(texts):
            row = db.execute(
                "SELECT vector FROM vectors WHERE embedder = ? AND text = ?", (self.name, text_key(text))
            ).fetchone()
            if row:
                found[text] = np.frombuffer(row[0], dtype="<f4")
        return found

    def _keep(self, db: sqlite3.Connection, made: dict[str, Vectors]) -> None:
        rows = [
            (self.name, text_key(text), np.asarray(vector, dtype="<f4").tobytes())
            for text, vector in made.items()
        ]
        with db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path)) as db:
                db.execute(_SCHEMA)
                yield db
        except (sqlite3.DatabaseError, FileExistsError, PermissionError) as error:
            raise NotWritable(
                f"The cache of vectors {self._path.name!r} cannot be used: {error}.",
                hint="Remove it, or name another folder.",
            ) from error


class TimedEmbedder:
    """Embeds each question once and remembers its vector and how long that took.

    With the question embedded beforehand, the time of a search is that without the embedder.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._vectors: dict[str, Vectors] = {}
        self._seconds: dict[str, float] = {}
        self.name = inner.name

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,)."""
        if text not in self._vectors:
            began = time.perf_counter()
            self._vectors[text] = self._inner.query(text)
            self._seconds[text] = time.perf_counter() - began
        return self._vectors[text]

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, shape (len(texts), dimensions)."""
        return self._inner.passages(texts)

    def seconds(self, text: str) -> float:
        """How long it took to embed the question `text`, which is embedded now if it was not yet."""
        self.query(text)
        return self._seconds[text]
