"""Lexical search over passages: an FTS5 table of tokens and names, ranked by BM25.

Knows tokens and one table; knows nothing about documents, vectors or how rankings are joined.
"""

from __future__ import annotations

from heiso.retrieval.database import Database
from heiso.retrieval.tokens import name_tokens, tokens

__all__ = ["Terms"]

# An entity named in question and passage says more than a shared word; 2 by trial on the bundled briefings.
_WEIGHTS = "1.0, 2.0"
_MOST_TERMS = 256


class Terms:
    """The tokens of each passage, by the rowid of the passage in the table `passages` of the same file."""

    SCHEMA = "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(words, names, tokenize='porter unicode61');"

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, rowid: int, text: str) -> None:
        """Adds a passage's text."""
        self._db.all(
            "INSERT INTO terms(rowid, words, names) VALUES (?, ?, ?)",
            (rowid, " ".join(tokens(text)), " ".join(name_tokens(text))),
        )

    def remove(self, document: str) -> None:
        """Removes the passages of one document; before they leave their own table."""
        self._db.all(
            "DELETE FROM terms WHERE rowid IN (SELECT rowid FROM passages WHERE document = ?)", (document,)
        )

    def clear(self) -> None:
        """Removes everything."""
        self._db.all("DELETE FROM terms")

    def search(
        self, query: str, k: int, *, language: str | None = None, until: int | None = None
    ) -> list[tuple[str, float]]:
        """The `k` passages with the highest BM25 score, of one language or all, best first; scores are positive.

        `until` (yyyymmdd) leaves out the passages of a later date.
        """
        terms = list(dict.fromkeys((*name_tokens(query), *tokens(query))))[:_MOST_TERMS]
        if not terms:
            return []
        # The tokens are letters and digits only; quoting keeps them from being read as operators.
        match = " OR ".join(f'"{term}"' for term in terms)
        rows = self._db.all(
            f"SELECT p.id, -bm25(terms, {_WEIGHTS}) AS score FROM terms JOIN passages p ON p.rowid = terms.rowid "
            "WHERE terms MATCH ? AND (? IS NULL OR p.language = ?) AND p.date <= ? "
            "ORDER BY score DESC, p.id LIMIT ?",
            (match, language, language, 99999999 if until is None else until, k),
        )
        return [(id_, float(score)) for id_, score in rows]
