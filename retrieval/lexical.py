"""Lexical search over passages: an FTS5 table of tokens and names, ranked by BM25.

Knows tokens and one table; knows nothing about documents, vectors or how rankings are joined.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from math import log
from typing import NamedTuple

from heiso.corpus.errors import BadQuestion
from heiso.retrieval.database import Database
from heiso.retrieval.tokens import name_tokens, tokens

__all__ = ["Match", "Terms"]

# An entity named in question and passage says more than a shared word; 2 by trial on the bundled briefings.
_WEIGHTS = "1.0, 2.0"
_MOST_TERMS = 256
# With weights that large, further occurrences of a term add nothing: what is left of BM25 is the IDF of the terms that a
# passage holds, times k1 + 1, which FTS5 fixes at 2.2 (https://www.sqlite.org/fts5.html, "The bm25() function").
_SATURATED = "1e6, 1e6"
_GAIN = 2.2
# What FTS5 takes for the IDF of a term that more than half of the passages hold.
_LEAST_IDF = 1e-6


class Match(NamedTuple):
    """A passage found: its BM25 score, and which share of the question's terms it holds, in [0, 1], weighted by IDF."""

    id: str
    score: float
    coverage: float


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
        self,
        query: str,
        k: int,
        *,
        language: str | None = None,
        until: int | None = None,
        among: Collection[str] | None = None,
    ) -> list[Match]:
        """The `k` passages with the highest BM25 score, of one language or all, best first; scores are positive.

        `until` (yyyymmdd) leaves out the passages of a later date, `among` those whose ids it does not hold.
        """
        terms = list(dict.fromkeys((*name_tokens(query), *tokens(query))))[:_MOST_TERMS]
        if not terms:
            return []
        # The tokens are letters and digits only; quoting keeps them from being read as operators.
        match = " OR ".join(f'"{term}"' for term in terms)
        ids = None if among is None else json.dumps(list(among))
        rows = self._db.all(
            f"SELECT p.id, -bm25(terms, {_WEIGHTS}) AS score, -bm25(terms, {_SATURATED}) "
            "FROM terms JOIN passages p ON p.rowid = terms.rowid "
            "WHERE terms MATCH ? AND (? IS NULL OR p.language = ?) AND p.date <= ? "
            "AND (? IS NULL OR p.id IN (SELECT value FROM json_each(?))) ORDER BY score DESC, p.id LIMIT ?",
            (match, language, language, 99999999 if until is None else until, ids, ids, k),
        )
        whole = _GAIN * self._idf(terms) if rows else 1.0
        return [Match(id_, float(score), min(float(held) / whole, 1.0)) for id_, score, held in rows]

    def naming(self, names: Sequence[str]) -> frozenset[str]:
        """The ids of the passages that name any of `names`, in whatever spelling or language the vocabulary knows.

        Raises:
            BadQuestion: a name that the vocabulary does not know.
        """
        unknown = [name for name in names if not name_tokens(name)]
        if unknown:
            raise BadQuestion(
                f"{unknown[0]} is no name that heiso knows.",
                hint="Add it to your vocabulary, or leave it out.",
            )
        wanted = " OR ".join(f'"{token}"' for name in names for token in name_tokens(name))
        rows = self._db.all(
            "SELECT p.id FROM terms JOIN passages p ON p.rowid = terms.rowid WHERE terms MATCH ?",
            (f"names : ({wanted})",),
        )
        return frozenset(id_ for (id_,) in rows)

    def _idf(self, terms: Sequence[str]) -> float:
        """The IDF of all terms together, also of those that no passage holds, as FTS5 computes it."""
        (passages,) = self._db.all("SELECT count(*) FROM passages")[0]
        total = 0.0
        for term in terms:
            (holding,) = self._db.all("SELECT count(*) FROM terms WHERE terms MATCH ?", (f'"{term}"',))[0]
            total += max(log((passages - holding + 0.5) / (holding + 0.5)), _LEAST_IDF)
        return total
