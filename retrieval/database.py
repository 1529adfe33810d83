"""One SQLite file for many threads and processes: statements one at a time, transactions whole or not at all.

Knows locking and SQLite's errors; knows no table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from heiso.corpus.errors import IndexUnavailable, NoSpace, NotWritable

__all__ = ["Database"]

# Another process's transaction takes well under a second; a minute is a process that hangs.
_PATIENCE = 60.0


class Database:
    """A SQLite file in WAL mode. A thread that is inside `change` keeps the others of its process out."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the file.

        Raises:
            IndexUnavailable: the file is no database, or another process keeps it locked.
            NotWritable: the folder cannot be written.
        """
        self._path = path
        self._guard = RLock()
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def create(self, schema: str) -> None:
        """Runs several statements that make tables where they are missing."""
        with self._guard, self._told():
            self._db.executescript(schema)

    def all(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""
        with self._guard:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        rows = self.all(sql, values)
        return rows[0] if rows else None

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Inserts a row and gives its rowid."""
        with self._guard:
            rowid = self._db.execute(sql, values).lastrowid
        assert rowid is not None
        return rowid

    def each(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Runs a statement once for each of `values`."""
        with self._guard:
            self._db.executemany(sql, values)

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; whatever is raised inside undoes all of it.

        Raises:
            NoSpace: the disk is full.
            IndexUnavailable: another process has been writing for a minute.
        """
        with self._guard, self._told():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:  # a full disk may have undone it already
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as errors of heiso's own; what else is raised inside passes."""
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise IndexUnavailable(
                    f"Another process is writing to the index: {error}.", hint="Try again in a minute."
                ) from error
            if code == sqlite3.SQLITE_FULL:
                raise NoSpace(
                    f"The index could not be written: {error}.", hint="Free some disk space."
                ) from error
            if isinstance(error, sqlite3.OperationalError | OSError):
                raise NotWritable(
                    f"The index folder {str(self._path.parent)!r} cannot be written: {error}.",
                    hint="Mend its permissions, or set HEISO_HOME to another folder.",
                ) from error
            raise IndexUnavailable(
                f"The index file {str(self._path)!r} cannot be read: {error}.",
                hint="Run `heiso corpus rebuild`.",
            ) from error
