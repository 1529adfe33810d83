"""Keeps Chroma in step with the store, whatever is killed when, and however many processes write.

Chroma's files do not survive a process that is killed while it writes them, and its client does not see what other
processes wrote. So the store is the truth: what came and went is carried over under a lock, and when that was cut
off, or Chroma cannot read its files, the collection is made anew from the store. Knows no text and no ranking.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from heiso.corpus.errors import IndexUnavailable
from heiso.retrieval.embed import Vectors
from heiso.retrieval.store import Store
from heiso.retrieval.vectors import VectorStore, is_server, wipe

__all__ = ["Dense"]

_COLLECTION = "passages"
_STEP = 2_000
# Making 100,000 vectors anew takes a minute or two; whoever waits longer waits for something else.
_PATIENCE = 600.0
# Notes in the store: a write to Chroma is under way; how many there were.
_WRITING, _WRITTEN = "dense writing", "dense written"
# How many passages Chroma held after the last one, and where.
_COUNT, _PLACE = "dense count", "dense place"


class Dense:
    """The nearest passages to a vector, among those that the store holds."""

    def __init__(self, store: Store, location: str | Path, lock: Path, *, embedder: str) -> None:
        """Opens the vectors at `location`, a folder or a Chroma server's address, and brings them up to date.

        Raises:
            IndexMismatch: they were made by another embedder.
            IndexUnavailable: they cannot be opened, or another process holds the lock for ten minutes.
        """
        self._store = store
        self._location = location
        self._is_server = is_server(location)
        self._place = str(location) if self._is_server else "disk"
        self._lock = lock
        self._embedder = embedder
        with self._locked():
            self._seen = store.meta(_WRITTEN)
            if self._is_cut_off():
                self._make_anew()
            else:
                self._vectors = self._opened()
                self._settle()

    def settle(self) -> None:
        """Carries over what came to the store and what left it."""
        with self._locked():
            self._refresh()
            self._settle()

    def nearest(
        self, vector: Vectors, k: int, *, language: str | None = None, until: int | None = None
    ) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the `k` nearest passages, of one language or all, dated at most `until`."""
        if self._is_server:  # serves many at once, and sees what each of them writes
            return [*self._vectors.nearest(vector, k, language=language, until=until)]
        with self._locked():
            self._refresh()
            try:
                return [*self._vectors.nearest(vector, k, language=language, until=until)]
            except IndexUnavailable:
                self._make_anew()
                return [*self._vectors.nearest(vector, k, language=language, until=until)]

    def ids(self) -> frozenset[str]:
        """The ids of every passage held."""
        with self._locked():
            self._refresh()
            return self._vectors.ids()

    def _opened(self) -> VectorStore:
        try:
            return self._open()
        except IndexUnavailable:
            if self._is_server:
                raise
            wipe(self._location, _COLLECTION)
            return self._open()

    def _open(self) -> VectorStore:
        return VectorStore(self._location, name=_COLLECTION, embedder=self._embedder)

    def _refresh(self) -> None:
        """Opens the vectors again when another process has written them since."""
        if self._is_cut_off():
            self._make_anew()
        written = self._store.meta(_WRITTEN)
        if written != self._seen:
            self._vectors = self._opened()
            self._seen = written

    def _settle(self) -> None:
        """Carries over what is pending; makes everything anew when what is there cannot be trusted."""
        if self._is_cut_off() or not self._is_whole():
            self._make_anew()
        elif self._store.pending(1)[1]:
            try:
                self._write()
            except IndexUnavailable:
                if self._is_server:
                    raise
                self._make_anew()

    def _is_cut_off(self) -> bool:
        """Whether a process ended while it wrote. Its files are not even to be opened: Chroma may crash on them."""
        return bool(self._store.meta(_WRITING))

    def _is_whole(self) -> bool:
        """Whether Chroma is where it was, and holds as many passages as it was given. A server may hold more."""
        known = int(self._store.meta(_COUNT) or 0)
        if self._store.meta(_PLACE) != self._place and known:
            return False
        try:
            count = self._vectors.count()
        except IndexUnavailable:
            if self._is_server:
                raise
            return False
        return count >= known if self._is_server else count == known

    def _make_anew(self) -> None:
        """Fills an empty collection from the store."""
        with self._store.change():
            self._store.set_meta(_WRITING, "anew")
            self._store.await_all()
        if not self._is_server:
            wipe(self._location, _COLLECTION)
        self._vectors = self._open()
        self._write()

    def _write(self) -> None:
        with self._store.change():
            self._store.set_meta(_WRITING, self._store.meta(_WRITING) or "more")
        while True:
            number, ids = self._store.pending(_STEP)
            if not ids:
                break
            rows = self._store.rows(ids)
            self._vectors.put(list(rows.values()))
            self._vectors.remove([id_ for id_ in ids if id_ not in rows])
            with self._store.change():
                self._store.settle(number)
        written = str(int(self._store.meta(_WRITTEN) or 0) + 1)
        with self._store.change():
            self._store.set_meta(_WRITING, "")
            self._store.set_meta(_WRITTEN, written)
            self._store.set_meta(_COUNT, str(self._vectors.count()))
            self._store.set_meta(_PLACE, self._place)
        self._seen = written

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else reads or writes the vectors meanwhile: neither a thread of this process nor another one."""
        try:
            with FileLock(self._lock, timeout=_PATIENCE):
                yield
        except Timeout as error:
            raise IndexUnavailable(
                f"Another process has held {str(self._lock)!r} for {_PATIENCE / 60:.0f} minutes.",
                hint="Wait for it, or end it.",
            ) from error
