"""The dense side of an index: vectors of passages in Chroma, on disk or on a server.

The only file that imports chromadb. Knows ids, vectors and a few filters; knows nothing about text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from heiso.corpus.errors import IndexMismatch, IndexUnavailable
from heiso.corpus.records import Passage
from heiso.retrieval.embed import Vectors

__all__ = ["VectorStore"]

# Chroma refuses larger batches (SQLite's limit on variables); its own advice is 50-250, more is no faster.
_BATCH = 500


class _Found(NamedTuple):
    id: str
    score: float


class VectorStore:
    """A Chroma collection of unit vectors, one a passage; scores are cosine similarities."""

    def __init__(self, location: str | Path, *, name: str, embedder: str) -> None:
        """Opens or creates the collection `name` in a folder, or on a server at http(s)://host:port.

        Raises:
            IndexMismatch: the collection was filled by another embedder.
            IndexUnavailable: the folder or the server cannot be opened.
        """
        self._collection = _open(location, name, embedder)
        made_by = (self._collection.metadata or {}).get("embedder")
        if made_by != embedder:
            raise IndexMismatch(
                f"The index was made with the embedder {made_by!r}, the setting names {embedder!r}.",
                hint="Set HEISO_EMBEDDER back, or run `heiso corpus rebuild`.",
            )

    def put(self, passages: Sequence[Passage], vectors: Vectors, dates: Sequence[int]) -> None:
        """Adds or replaces the vectors of passages; `dates` (yyyymmdd) are what `until` filters by."""
        for first in range(0, len(passages), _BATCH):
            batch = list(zip(passages, dates, strict=True))[first : first + _BATCH]
            self._collection.upsert(
                ids=[passage.id for passage, _ in batch],
                embeddings=vectors[first : first + _BATCH],
                metadatas=[{"document": p.document, "language": p.language, "date": d} for p, d in batch],
            )

    def remove(self, ids: Sequence[str]) -> None:
        """Removes the vectors of passages; ids that are not there are passed over."""
        for first in range(0, len(ids), _BATCH):
            self._collection.delete(ids=list(ids[first : first + _BATCH]))

    def nearest(self, vector: Vectors, k: int, *, language: str, until: int | None = None) -> list[_Found]:
        """The `k` passages of one language nearest to `vector`, best first, dated at most `until`."""
        where: dict[str, Any] = {"language": language}
        if until is not None:
            where = {"$and": [where, {"date": {"$lte": until}}]}
        count = self._collection.count()
        if not count:
            return []
        found = self._collection.query(
            query_embeddings=[vector], n_results=min(k, count), where=where, include=["distances"]
        )
        distances = found["distances"] or [[]]
        return [_Found(i, 1.0 - d) for i, d in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self) -> frozenset[str]:
        """The ids of every passage held."""
        return frozenset(self._collection.get(include=[])["ids"])


def _open(location: str | Path, name: str, embedder: str) -> Any:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    settings = Settings(anonymized_telemetry=False)
    try:
        url = urlsplit(str(location))
        if url.scheme in ("http", "https"):
            client = chromadb.HttpClient(
                host=url.hostname or "127.0.0.1",
                port=url.port or (443 if url.scheme == "https" else 8000),
                ssl=url.scheme == "https",
                settings=settings,
            )
        else:
            client = chromadb.PersistentClient(path=str(location), settings=settings)
        return client.get_or_create_collection(
            name,
            metadata={"embedder": embedder},
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )
    except (ChromaError, ValueError, OSError) as error:
        raise IndexUnavailable(
            f"The vector store at {str(location)!r} cannot be opened: {next(iter(str(error).splitlines()), type(error).__name__)}",
            hint="Check the folder or the server's address (HEISO_CHROMA).",
        ) from error
