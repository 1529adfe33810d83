"""What an index holds for certain: documents, passages, their vectors and tokens, in one SQLite file.

Whatever else an index keeps is made from this file. Knows SQL; knows nothing about Chroma or how rankings are joined.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter

from heiso.corpus.errors import IndexMismatch, IndexUnavailable
from heiso.corpus.records import Document, Language, Passage
from heiso.retrieval.database import Database
from heiso.retrieval.embed import Vectors, text_key
from heiso.retrieval.lexical import Terms

__all__ = ["Held", "Row", "Store", "documents_in"]

# 3: vectors are held here, and documents know the file that they were read from.
FORMAT = 3
# SQLite takes at most 32,766 variables a statement; far fewer are as fast.
_CHUNK = 500

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents(
    key TEXT PRIMARY KEY, digest TEXT NOT NULL, origin TEXT NOT NULL, file TEXT NOT NULL,
    kind TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS documents_origin ON documents(origin);
CREATE TABLE IF NOT EXISTS passages(
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, language TEXT NOT NULL,
    date INTEGER NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passages_document ON passages(document);
CREATE INDEX IF NOT EXISTS passages_text ON passages(text);
CREATE INDEX IF NOT EXISTS passages_language ON passages(language);
CREATE TABLE IF NOT EXISTS pending(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL);
{Terms.SCHEMA}
"""

_DOCUMENT = TypeAdapter(Document)


class Held(NamedTuple):
    """What is known of a document without reading it: `digest` of its content, `origin` and digest of its `file`."""

    digest: str
    origin: str
    file: str
    kind: str


class Row(NamedTuple):
    """A passage with its date (yyyymmdd) and its vector, float32 of unit length."""

    passage: Passage
    date: int
    vector: Vectors


class Store:
    """Documents and passages on disk. Each `change` is one transaction: it is there whole or not at all.

    Ids of passages that came or went are kept as `pending` until whoever mirrors the passages elsewhere settles them.
    """

    def __init__(self, path: Path, *, embedder: str) -> None:
        """Opens or creates the file.

        Raises:
            IndexMismatch: the file is of another format, or belongs to another embedder.
            IndexUnavailable: the file cannot be opened.
            NotWritable: the folder cannot be written.
        """
        self._db = Database(path)
        try:
            self._check_format()
            self._db.create(_SCHEMA)
            self._check("format", str(FORMAT), "another version of heiso")
            self._check("embedder", embedder, "another embedder")
        except BaseException:
            self._db.close()
            raise
        self.terms = Terms(self._db)
        self.change = self._db.change

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    # ---- notes on the index itself

    def meta(self, name: str) -> str:
        """What is noted under `name`; "" when nothing is."""
        row = self._db.one("SELECT value FROM meta WHERE name = ?", (name,))
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        """Notes `value` under `name`."""
        self._db.all(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    # ---- documents

    def held(self) -> dict[str, Held]:
        """What is known of every document, by key."""
        rows = self._db.all("SELECT key, digest, origin, file, kind FROM documents")
        return {key: Held(digest, json.loads(origin), *rest) for key, digest, origin, *rest in rows}

    def document(self, key: str) -> Document | None:
        """The document held under `key`."""
        row = self._db.one("SELECT record FROM documents WHERE key = ?", (key,))
        return _DOCUMENT.validate_python(json.loads(row[0])) if row else None

    def put(self, document: Document, rows: Sequence[Row], file: str = "") -> None:
        """Puts a document and its passages in place of those of its key, and of its origin. Inside `change` only.

        `file` is the digest of the file that it was read from.
        """
        origin = json.dumps(document.origin)  # a path may hold bytes that are no text
        same = (
            self._db.all("SELECT key FROM documents WHERE origin = ?", (origin,)) if document.origin else []
        )
        for key in {document.key, *(key for (key,) in same)}:
            self.remove(key)
        self._db.all(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)",
            (
                document.key,
                document.digest,
                origin,
                file,
                document.kind,
                json.dumps(asdict(document)),
            ),
        )
        for row in rows:
            self._put_passage(row)
        self._await(row.passage.id for row in rows)

    def set_file(self, key: str, file: str) -> None:
        """Notes another digest of the file of a document whose content is the same. Inside `change` only."""
        self._db.all("UPDATE documents SET file = ? WHERE key = ?", (file, key))

    def remove(self, key: str) -> None:
        """Removes a document and its passages. Inside `change` only."""
        self._await(self.passage_ids(key))
        self.terms.remove(key)
        self._db.all("DELETE FROM passages WHERE document = ?", (key,))
        self._db.all("DELETE FROM documents WHERE key = ?", (key,))

    # ---- passages

    def passage_ids(self, key: str) -> list[str]:
        """The ids of the passages of one document."""
        return [row[0] for row in self._db.all("SELECT id FROM passages WHERE document = ?", (key,))]

    def all_ids(self) -> frozenset[str]:
        """The ids of every passage held."""
        return frozenset(row[0] for row in self._db.all("SELECT id FROM passages"))

    def ids_of(self, documents: Sequence[str]) -> frozenset[str]:
        """The ids of the passages of documents, by key (`mistral.en`) or by id, in every language (`mistral`)."""
        wanted = set(documents)
        keys = [key for key in self.held() if key in wanted or key.rpartition(".")[0] in wanted]
        return frozenset(id_ for key in keys for id_ in self.passage_ids(key))

    def ids_since(self, date: int) -> frozenset[str]:
        """The ids of the passages dated `date` (yyyymmdd) or later."""
        return frozenset(id_ for (id_,) in self._db.all("SELECT id FROM passages WHERE date >= ?", (date,)))

    def count(self) -> int:
        """How many passages are held."""
        return int(self._db.all("SELECT count(*) FROM passages")[0][0])

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; ids that are not held are missing from the result."""
        rows = self._where("id, record", "id", ids)
        return {id_: _passage(record) for id_, record in rows}

    def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """Passages with dates and vectors by id; ids that are not held are missing from the result."""
        found = self._where("id, record, date, vector", "id", ids)
        return {id_: Row(_passage(record), date, _vector(blob)) for id_, record, date, blob in found}

    def vectors_of(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those texts that some passage already has."""
        keys = {text_key(text): text for text in texts}
        return {keys[key]: _vector(blob) for key, blob in self._where("text, vector", "text", list(keys))}

    def languages(self) -> list[Language]:
        """The languages of the passages held, the commonest first."""
        rows = self._db.all(
            "SELECT language FROM passages GROUP BY language ORDER BY count(*) DESC, language"
        )
        return [row[0] for row in rows]

    def counts(self) -> Mapping[str, int]:
        """The number of passages of every document that has any, by key."""
        return dict(self._db.all("SELECT document, count(*) FROM passages GROUP BY document"))

    def read_terms_again(self) -> None:
        """Makes the tokens of every passage anew, for another vocabulary. Inside `change` only."""
        self.terms.clear()
        for rowid, record in self._db.all("SELECT rowid, record FROM passages"):
            self.terms.put(rowid, _passage(record).searchable)

    # ---- what the mirror of the passages has not seen yet

    def pending(self, most: int) -> tuple[int, list[str]]:
        """The oldest `most` ids that came or went, each once, and the number to settle them by."""
        rows = self._db.all("SELECT number, id FROM pending ORDER BY number LIMIT ?", (most,))
        return (rows[-1][0], list(dict.fromkeys(id_ for _, id_ in rows))) if rows else (0, [])

    def await_all(self) -> None:
        """Every passage is pending: the mirror is to be filled from nothing. Inside `change` only."""
        self._db.all("DELETE FROM pending")
        self._db.all("INSERT INTO pending(id) SELECT id FROM passages")

    def settle(self, number: int) -> None:
        """Forgets what was pending up to `number`."""
        self._db.all("DELETE FROM pending WHERE number <= ?", (number,))

    def _await(self, ids: Iterable[str]) -> None:
        self._db.each("INSERT INTO pending(id) VALUES (?)", ((id_,) for id_ in ids))

    def _put_passage(self, row: Row) -> None:
        passage = row.passage
        # As ASCII: SQLite takes no lone surrogates, which a document may hold.
        record = json.dumps({k: v for k, v in asdict(passage).items() if k != "id"})
        rowid = self._db.insert(
            "INSERT INTO passages(id, document, language, date, text, vector, record) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                passage.id,
                passage.document,
                passage.language,
                row.date,
                text_key(passage.searchable),
                np.asarray(row.vector, dtype="<f4").tobytes(),
                record,
            ),
        )
        self.terms.put(rowid, passage.searchable)

    def _where(self, columns: str, column: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for first in range(0, len(values), _CHUNK):
            chunk = tuple(values[first : first + _CHUNK])
            marks = ",".join("?" * len(chunk))
            yield from self._db.all(f"SELECT {columns} FROM passages WHERE {column} IN ({marks})", chunk)

    def _check_format(self) -> None:
        """Before anything is added to a file of another make."""
        if self._db.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
            self._check("format", str(FORMAT), "another version of heiso")

    def _check(self, name: str, value: str, other: str) -> None:
        if not self.meta(name):  # only then: a reader must not wait for a writer
            self._db.all("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
        held = self.meta(name)
        if held != value:
            raise IndexMismatch(
                f"The index belongs to {other}: {name} is {held!r}, wanted {value!r}.",
                hint="Run `heiso corpus rebuild`, or set HEISO_HOME to another folder.",
            )


def documents_in(path: Path) -> Iterator[tuple[Document, str]]:
    """The documents of a store, whatever its embedder, each with the digest of its file; none without such a file.

    Raises:
        IndexUnavailable: the file is damaged, or of an older format.
    """
    if not path.is_file():
        return
    db = sqlite3.connect(path, timeout=60)
    try:
        for record, file in db.execute("SELECT record, file FROM documents ORDER BY key"):
            yield _DOCUMENT.validate_python(json.loads(record)), file
    except sqlite3.DatabaseError as error:
        raise IndexUnavailable(
            f"The documents in {str(path)!r} cannot be read: {error}.", hint="Ingest them again."
        ) from error
    finally:
        db.close()


def _passage(record: str) -> Passage:
    fields = json.loads(record)
    return Passage(**{**fields, "heading": tuple(fields["heading"])})


def _vector(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype="<f4")
