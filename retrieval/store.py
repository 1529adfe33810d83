"""The lexical side of an index, and its record of documents and passages: one SQLite file with FTS5.

Knows SQL; knows nothing about vectors or how rankings are joined.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from heiso.corpus.errors import IndexMismatch, IndexUnavailable, NoSpace, NotWritable
from heiso.corpus.records import Document, Language, Passage
from heiso.retrieval.tokens import name_tokens, tokens

__all__ = ["LexicalStore"]

# 2: Latin words and the CJK characters beside them are tokens of their own.
FORMAT = 2
# An entity named in question and passage says more than a shared word; 2 by trial on the bundled briefings.
_WEIGHTS = "1.0, 2.0"
_MOST_TERMS = 256

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents(
    key TEXT PRIMARY KEY, digest TEXT NOT NULL, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passages(
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, language TEXT NOT NULL,
    date INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passages_document ON passages(document);
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(words, names, tokenize='porter unicode61');
"""

_DOCUMENT = TypeAdapter(Document)


class LexicalStore:
    """Documents, passages and their tokens. Each change is one transaction: it is there whole or not at all."""

    def __init__(self, path: Path, *, embedder: str) -> None:
        """Opens or creates the file.

        Raises:
            IndexMismatch: the file is of another format, or belongs to another embedder.
            IndexUnavailable: the file cannot be opened.
            NotWritable: the folder cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_SCHEMA)
            self._check("format", str(FORMAT), "another version of heiso")
            self._check("embedder", embedder, "another embedder")
        except IndexMismatch:
            self._db.close()
            raise
        except (sqlite3.OperationalError, OSError) as error:
            if _is_busy(error):
                raise _busy(error) from error
            raise NotWritable(
                f"The index folder {str(path.parent)!r} cannot be written: {error}.",
                hint="Mend its permissions, or set HEISO_HOME to another folder.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise IndexUnavailable(
                f"The index file {str(path)!r} cannot be read: {error}.", hint="Run `heiso corpus rebuild`."
            ) from error

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; whatever is raised inside undoes all of it.

        Raises:
            NoSpace: the disk is full.
            IndexUnavailable: another process has been writing for a minute.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:  # a full disk may have undone it already
                self._db.execute("ROLLBACK")
            if _is_busy(error):
                raise _busy(error) from error
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise NoSpace(
                    f"The index could not be written: {error}.", hint="Free some disk space."
                ) from error
            raise

    def digests(self) -> dict[str, str]:
        """The digest of every document held, by key."""
        return dict(self._db.execute("SELECT key, digest FROM documents"))

    def document(self, key: str) -> Document | None:
        """The document held under `key`."""
        row = self._db.execute("SELECT record FROM documents WHERE key = ?", (key,)).fetchone()
        return _DOCUMENT.validate_python(json.loads(row[0])) if row else None

    def passage_ids(self, key: str) -> list[str]:
        """The ids of the passages of one document."""
        return [row[0] for row in self._db.execute("SELECT id FROM passages WHERE document = ?", (key,))]

    def all_ids(self) -> frozenset[str]:
        """The ids of every passage held."""
        return frozenset(row[0] for row in self._db.execute("SELECT id FROM passages"))

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; ids that are not held are missing from the result."""
        marks = ",".join("?" * len(ids))
        rows = self._db.execute(f"SELECT id, record FROM passages WHERE id IN ({marks})", tuple(ids))
        return {id_: _passage(record) for id_, record in rows}

    def languages(self) -> list[Language]:
        """The languages of the passages held, the commonest first."""
        rows = self._db.execute(
            "SELECT language FROM passages GROUP BY language ORDER BY count(*) DESC, language"
        )
        return [row[0] for row in rows]

    def put(self, document: Document, passages: Sequence[Passage], dates: Sequence[int]) -> None:
        """Adds a document with its passages and their dates (yyyymmdd). Inside `change`, after `remove`."""
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?)",
            (document.key, document.digest, json.dumps(asdict(document))),
        )
        for passage, date in zip(passages, dates, strict=True):
            # As ASCII: SQLite takes no lone surrogates, which a document may hold.
            record = json.dumps({k: v for k, v in asdict(passage).items() if k != "id"})
            cursor = self._db.execute(
                "INSERT INTO passages(id, document, language, date, record) VALUES (?, ?, ?, ?, ?)",
                (passage.id, passage.document, passage.language, date, record),
            )
            text = passage.searchable
            self._db.execute(
                "INSERT INTO terms(rowid, words, names) VALUES (?, ?, ?)",
                (cursor.lastrowid, " ".join(tokens(text)), " ".join(name_tokens(text))),
            )

    def remove(self, key: str) -> None:
        """Removes a document and its passages. Inside `change` only."""
        self._db.execute(
            "DELETE FROM terms WHERE rowid IN (SELECT rowid FROM passages WHERE document = ?)", (key,)
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", (key,))
        self._db.execute("DELETE FROM documents WHERE key = ?", (key,))

    def search(
        self, query: str, k: int, *, language: str, until: int | None = None
    ) -> list[tuple[str, float]]:
        """The `k` passages of one language with the highest BM25 score, best first; scores are positive."""
        terms = list(dict.fromkeys((*name_tokens(query), *tokens(query))))[:_MOST_TERMS]
        if not terms:
            return []
        # The tokens are letters and digits only; quoting keeps them from being read as operators.
        match = " OR ".join(f'"{term}"' for term in terms)
        rows = self._db.execute(
            f"SELECT p.id, -bm25(terms, {_WEIGHTS}) AS score FROM terms JOIN passages p ON p.rowid = terms.rowid "
            "WHERE terms MATCH ? AND p.language = ? AND p.date <= ? ORDER BY score DESC, p.id LIMIT ?",
            (match, language, 99999999 if until is None else until, k),
        )
        return [(id_, float(score)) for id_, score in rows]

    def _check(self, name: str, value: str, other: str) -> None:
        wanted = "SELECT value FROM meta WHERE name = ?"
        row = self._db.execute(wanted, (name,)).fetchone()
        if row is None:  # only then: a reader must not wait for a writer
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
            row = self._db.execute(wanted, (name,)).fetchone()
        held = row[0]
        if held != value:
            raise IndexMismatch(
                f"The index belongs to {other}: {name} is {held!r}, wanted {value!r}.",
                hint="Run `heiso corpus rebuild`, or set HEISO_HOME to another folder.",
            )


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _busy(error: BaseException) -> IndexUnavailable:
    return IndexUnavailable(
        f"Another process is writing to the index: {error}.", hint="Try again in a minute."
    )


def _passage(record: str) -> Passage:
    fields = json.loads(record)
    return Passage(**{**fields, "heading": tuple(fields["heading"])})
