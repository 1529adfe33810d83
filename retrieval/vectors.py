"""The dense side of an index: vectors of passages in Chroma, on disk or on a server.

The only file that imports chromadb. Knows ids, vectors and a few filters; knows nothing about text.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from heiso.corpus.errors import IndexMismatch, IndexUnavailable
from heiso.retrieval.embed import Vectors

if TYPE_CHECKING:
    from heiso.retrieval.store import Row

__all__ = ["VectorStore", "is_server", "wipe"]

# Chroma refuses larger batches (SQLite's limit on variables); its own advice is 50-250, more is no faster.
_BATCH = 500


class _Found(NamedTuple):
    id: str
    score: float


class VectorStore:
    """A Chroma collection of unit vectors, one a passage; scores are cosine similarities.

    A collection on disk sees what its own process wrote. When another one has written, open it again.
    """

    def __init__(self, location: str | Path, *, name: str, embedder: str) -> None:
        """Opens or creates the collection `name` in a folder, or on a server at http(s)://host:port.

        Raises:
            IndexMismatch: the collection was filled by another embedder.
            IndexUnavailable: the folder or the server cannot be opened.
        """
        self._location = location
        with self._told("opened"):
            self._collection = _client(location).get_or_create_collection(
                name,
                metadata={"embedder": embedder},
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,
            )
        made_by = (self._collection.metadata or {}).get("embedder")
        if made_by != embedder:
            raise IndexMismatch(
                f"The index was made with the embedder {made_by!r}, the setting names {embedder!r}.",
                hint="Set HEISO_EMBEDDER back, or run `heiso corpus rebuild`.",
            )

    def put(self, rows: Sequence[Row]) -> None:
        """Adds or replaces the vectors of passages; their dates (yyyymmdd) are what `until` filters by."""
        for first in range(0, len(rows), _BATCH):
            batch = rows[first : first + _BATCH]
            with self._told("written"):
                self._collection.upsert(
                    ids=[passage.id for passage, _, _ in batch],
                    embeddings=np.stack([vector for _, _, vector in batch]),
                    metadatas=[
                        {"document": p.document, "language": p.language, "date": date} for p, date, _ in batch
                    ],
                )

    def remove(self, ids: Sequence[str]) -> None:
        """Removes the vectors of passages; ids that are not there are passed over."""
        for first in range(0, len(ids), _BATCH):
            with self._told("written"):
                self._collection.delete(ids=list(ids[first : first + _BATCH]))

    def nearest(
        self, vector: Vectors, k: int, *, language: str | None = None, until: int | None = None
    ) -> list[_Found]:
        """The `k` passages nearest to `vector`, of one language or all, best first, dated at most `until`."""
        wanted: list[dict[str, Any]] = []
        if language is not None:
            wanted.append({"language": language})
        if until is not None:
            wanted.append({"date": {"$lte": until}})
        where = {"$and": wanted} if len(wanted) > 1 else next(iter(wanted), None)
        count = self.count()
        if not count or k < 1:
            return []
        with self._told("read"):
            found = self._collection.query(
                query_embeddings=[vector], n_results=min(k, count), where=where, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [_Found(i, 1.0 - d) for i, d in zip(found["ids"][0], distances[0], strict=True)]

    def count(self) -> int:
        """How many passages are held."""
        with self._told("read"):
            return int(self._collection.count())

    def ids(self) -> frozenset[str]:
        """The ids of every passage held."""
        with self._told("read"):
            return frozenset(self._collection.get(include=[])["ids"])

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Chroma's own errors, and those of its connection, as IndexUnavailable."""
        from chromadb.errors import ChromaError
        from httpx import HTTPError

        try:
            yield
        except (ChromaError, HTTPError, ValueError, OSError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise IndexUnavailable(
                f"The vector store at {str(self._location)!r} cannot be {what}: {reason}",
                hint="Check the folder or the server's address (HEISO_CHROMA).",
            ) from error


def is_server(location: str | Path) -> bool:
    """Whether `location` is the address of a Chroma server."""
    return urlsplit(str(location)).scheme in ("http", "https")


def wipe(location: str | Path, name: str) -> None:
    """Removes the collection `name` of a server, or the whole folder: reading damaged files of Chroma can end the process.

    Raises:
        IndexUnavailable: the folder is not one of Chroma's, or the server cannot be reached.
    """
    from chromadb.errors import ChromaError, NotFoundError

    try:
        if is_server(location):
            with suppress(NotFoundError):
                _client(location).delete_collection(name)
            return
        folder = Path(location)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "chroma.sqlite3").is_file():
            raise FileNotFoundError("it holds no chroma.sqlite3")
        if folder.exists():
            shutil.rmtree(folder)
    except (ChromaError, ValueError, OSError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise IndexUnavailable(
            f"The vector store at {str(location)!r} cannot be made anew: {reason}",
            hint="Check the folder or the server's address (HEISO_CHROMA).",
        ) from error


def _client(location: str | Path) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if is_server(location):
        url = urlsplit(str(location))
        return chromadb.HttpClient(
            host=url.hostname or "127.0.0.1",
            port=url.port or (443 if url.scheme == "https" else 8000),
            ssl=url.scheme == "https",
            settings=settings,
        )
    # Chroma hands out one shared client a folder, which does not see what other processes write: ask for a new one.
    SharedSystemClient.clear_system_cache()
    return chromadb.PersistentClient(path=str(location), settings=settings)
