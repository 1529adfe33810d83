"""An index of documents: lexical and dense search over the same passages, joined language by language.

Knows stores, fusion and passages; knows nothing about who asks or which model answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Literal

from heiso.corpus import language as languages_of
from heiso.corpus import passages as cutting
from heiso.corpus import vocabulary
from heiso.corpus.errors import BadQuestion
from heiso.corpus.folding import fold
from heiso.corpus.records import Document, Language, Passage
from heiso.retrieval.dense import Dense
from heiso.retrieval.diversity import spread
from heiso.retrieval.embed import Embedder, Vectors, embedder
from heiso.retrieval.fusion import Ranking, follow, fuse, interleave, lead, min_max
from heiso.retrieval.neutral import Neutral
from heiso.retrieval.store import Row, Store

__all__ = ["Hit", "Index"]

# Ten passages of one page are one source; three of them hold what it says of one thing.
_MOST_OF_A_PAGE = 3
# Candidates of each arm: deep enough that a passage ranked low by one arm can be lifted by the other.
_DEPTH = 50


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` is its place in [0, 1] between the worst and the best of its language; `ranks` are 1-based, by retriever;
    `similarity` is the cosine of question and passage, or None when the dense search did not reach it.
    """

    passage: Passage
    score: float
    similarity: float | None
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Pool:
    """What was found in one language: the ranking, the passages in it, their cosines and ranks as in `Hit`."""

    ranking: Ranking
    rows: Mapping[str, Row]
    similarities: Mapping[str, float]
    ranks: Mapping[str, Mapping[str, int]]

    def beside(self, first: _Pool) -> _Pool:
        """The same, drawn towards the passages that are like the best one of `first`."""
        best = first.rows[first.ranking[0][0]].vector
        likeness = {id_: float(self.rows[id_].vector @ best) for id_, _ in self.ranking}
        return replace(self, ranking=follow(self.ranking, likeness, lead(first.ranking)))

    def hits(self) -> list[Hit]:
        """The passages, best first."""
        scores = min_max(dict(self.ranking))
        return [
            Hit(self.rows[id_].passage, scores[id_], self.similarities.get(id_), self.ranks[id_])
            for id_, _ in self.ranking
        ]


@dataclass(frozen=True)
class _Ask:
    """A search: its text, vector and language, and what it is limited to (`until` as yyyymmdd)."""

    text: str
    vector: Vectors
    language: Language
    until: int | None
    among: Mapping[str, Row] | None
    translations: Mapping[Language, str]


class Index:
    """Documents on disk, searchable. Open it with `Index.open`; a folder holds one index."""

    def __init__(self, store: Store, dense: Dense, embed: Embedder) -> None:
        self._store = store
        self._dense = dense
        self._embed = embed
        self._neutral = Neutral(embed)

    @classmethod
    def open(cls, folder: str | Path, *, embed: Embedder | None = None, chroma: str = "") -> Index:
        """Opens the index in `folder`, making it when there is none; `chroma` names a Chroma server instead of disk.

        What a killed process left half done is finished first.

        Raises:
            IndexMismatch: the folder holds an index of another embedder or format.
            IndexUnavailable: a store cannot be opened.
            NotWritable: the folder cannot be written.
        """
        model = embed or embedder()
        root = Path(folder)
        store = Store(root / "store.sqlite", embedder=model.name)
        try:
            _follow_vocabulary(store)
            dense = Dense(store, chroma or root / "chroma", root / "dense.lock", embedder=model.name)
        except BaseException:
            store.close()
            raise
        return cls(store, dense, model)

    def close(self) -> None:
        """Closes the files of the index."""
        self._store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, documents: Iterable[Document], *, files: Mapping[str, str] | None = None) -> int:
        """Adds documents, replacing those of the same key or origin; unchanged ones cost nothing.

        All of them come in together or none does. Only texts that the index has no vector of are embedded.

        Args:
            documents: of one key, the last counts.
            files: digests of the files that documents were read from, by key, for `files`.

        Returns:
            How many changed.

        Raises:
            NoSpace, NotWritable, IndexUnavailable: the index cannot be written; it is as it was.
        """
        said = files or {}
        held = self._store.held()
        latest = {document.key: document for document in documents}
        changed = {
            key: document
            for key, document in latest.items()
            if key not in held or held[key].digest != document.digest
        }
        touched = [
            key for key in latest.keys() - changed.keys() if held[key].file != said.get(key, held[key].file)
        ]
        if not changed and not touched:
            return 0
        rows = self._rows(list(changed.values()))
        with self._store.change():
            for key, document in changed.items():
                self._store.put(document, rows[key], said.get(key, ""))
            for key in touched:
                self._store.set_file(key, said[key])
        if changed:
            self._dense.settle()
        return len(changed)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes documents by key."""
        with self._store.change():
            for key in keys:
                self._store.remove(key)
        self._dense.settle()

    def keys(self, kind: Literal["briefing", "document"] | None = None) -> frozenset[str]:
        """The keys of the documents held, all or those of one kind."""
        return frozenset(key for key, held in self._store.held().items() if kind in (None, held.kind))

    def files(self) -> dict[str, tuple[str, str]]:
        """Key and file digest of every document that was read from a file, by origin."""
        return {held.origin: (key, held.file) for key, held in self._store.held().items() if held.origin}

    def counts(self) -> Mapping[str, int]:
        """The number of passages of every document, by key."""
        counts = self._store.counts()
        return {key: counts.get(key, 0) for key in self._store.held()}

    def languages(self) -> tuple[Language, ...]:
        """The languages of the passages held, the commonest first."""
        return tuple(self._store.languages())

    def document(self, key: str) -> Document:
        """The document held under `key`; KeyError when there is none."""
        document = self._store.document(key)
        if document is None:
            raise KeyError(key)
        return document

    @property
    def fingerprint(self) -> str:
        """The sha256 over every document held: equal for indexes of equal content."""
        lines = sorted(f"{key} {held.digest}" for key, held in self._store.held().items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def consistent(self) -> bool:
        """Whether the dense side holds exactly the passages of the store."""
        return self._store.all_ids() == self._dense.ids()

    def knows(self, name: str) -> bool:
        """Whether any passage holds `name`, as a word or as an unbroken run of CJK characters."""
        return any(name_is_in(name, hit.passage.searchable) for hit in self._lexical_hits(name))

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        languages: Sequence[Language] | None = None,
        as_of: str | None = None,
        since: str | None = None,
        documents: Sequence[str] | None = None,
        entities: Sequence[str] | None = None,
        translations: Mapping[Language, str] | None = None,
    ) -> list[Hit]:
        """The `k` best passages for `query`: one pool per language, interleaved, the question's language first.

        No page, or section of a document without pages, gives more than three while there are others.

        Args:
            query: a question or keywords, in any of the three languages.
            k: how many passages, at most.
            languages: only passages of these languages; None for all.
            as_of: only passages that rest on sources dated at most this ISO date.
            since: only passages that rest on sources dated at least this ISO date.
            documents: only passages of these documents, by key, or by id for every language of it.
            entities: only passages that name one of these, in any spelling that the vocabulary knows.
            translations: the query in other languages, where a planner has them; used beside the query itself.

        Raises:
            BadQuestion: the query is blank, or the vocabulary knows no such entity.
        """
        if not query.strip():
            raise BadQuestion("The search text is empty.", hint="Type what to search for.")
        among = self._among(documents, entities, since)
        until = iso_number(as_of) if as_of else None
        own = languages_of.detect(query)
        wanted = [lang for lang in self._store.languages() if languages is None or lang in languages]
        wanted.sort(key=lambda lang: lang != own)
        ask = _Ask(query, self._embed.query(query), own, until, among, translations or {})
        filled = [pool for pool in (self._pool(ask, lang) for lang in wanted) if pool.ranking]
        pools = [pool.beside(filled[0]) if at else pool for at, pool in enumerate(filled)]
        hits = {hit.passage.id: hit for pool in pools for hit in pool.hits()}
        order = interleave([[id_ for id_, _ in pool.ranking] for pool in pools])
        return spread([hits[id_] for id_ in order], k, _place, most=_MOST_OF_A_PAGE)

    def neighbours(self, passage: Passage, *, before: int = 1, after: int = 1) -> list[Passage]:
        """The passages of the same document around `passage`, itself among them, in the order of the text."""
        found = self._store.passages(self._store.passage_ids(passage.document)).values()
        ordered = sorted(found, key=lambda one: one.start)
        at = next(n for n, one in enumerate(ordered) if one.id == passage.id)
        return ordered[max(0, at - before) : at + after + 1]

    def rankings(self, query: str, k: int) -> dict[str, list[str]]:
        """The ids of the `k` best passages by each part of the search alone, over all languages: lexical and dense.

        For measuring the parts against the whole.
        """
        return {
            "lexical": [match.id for match in self._store.terms.search(query, k)],
            "dense": [id_ for id_, _ in self._dense.nearest(self._embed.query(query), k)],
        }

    def passage(self, id_: str) -> Passage:
        """The passage of an id; KeyError when there is none."""
        return self._store.passages([id_])[id_]

    def _rows(self, documents: Sequence[Document]) -> dict[str, list[Row]]:
        """The passages of documents, by key, with their dates and vectors."""
        cut = {document.key: cutting.cut(document) for document in documents}
        texts = list(dict.fromkeys(p.searchable for passages in cut.values() for p in passages))
        vectors = self._store.vectors_of(texts)
        missing = [text for text in texts if text not in vectors]
        vectors |= zip(missing, self._embed.passages(missing), strict=True)
        return {
            document.key: [
                Row(passage, passage_date(document, passage), vectors[passage.searchable])
                for passage in cut[document.key]
            ]
            for document in documents
        }

    def _among(
        self, documents: Sequence[str] | None, entities: Sequence[str] | None, since: str | None
    ) -> dict[str, Row] | None:
        """The passages that the filters leave, with their vectors; None without filters."""
        sets: list[frozenset[str]] = []
        if documents is not None:
            sets.append(self._store.ids_of(documents))
        if entities is not None:
            sets.append(self._store.terms.naming(entities) if entities else frozenset())
        if since is not None:
            sets.append(self._store.ids_since(iso_number(since)))
        return self._store.rows(sorted(frozenset.intersection(*sets))) if sets else None

    def _pool(self, ask: _Ask, language: Language) -> _Pool:
        """The ranking inside one language: both searches joined."""
        asked = [ask.vector]
        near = [ask.vector if language == ask.language else self._neutral.across(ask.vector, ask.language)]
        translation = ask.translations.get(language)
        if translation:
            asked = near = [ask.vector, self._embed.query(translation)]
        lexical = self._store.terms.search(
            translation or ask.text, _DEPTH, language=language, until=ask.until, among=ask.among
        )
        dense: dict[str, float] = {}
        for one in near:
            for id_, score in self._nearest(one, ask, language):
                dense[id_] = max(score, dense.get(id_, -1.0))
        coverage = {match.id: match.coverage for match in lexical}
        rows = self._store.rows([*coverage.keys() | dense.keys()])
        by_part = {
            "lexical": {match.id: rank for rank, match in enumerate(lexical, start=1)},
            "dense": {id_: rank for rank, id_ in enumerate(sorted(dense, key=lambda i: -dense[i]), start=1)},
        }
        return _Pool(
            ranking=[(id_, score) for id_, score in fuse(coverage, dense) if id_ in rows],
            rows=rows,
            similarities={
                id_: max(float(one @ rows[id_].vector) for one in asked) for id_ in dense if id_ in rows
            },
            ranks={id_: {name: at[id_] for name, at in by_part.items() if id_ in at} for id_ in rows},
        )

    def _nearest(self, vector: Vectors, ask: _Ask, language: Language) -> list[tuple[str, float]]:
        """The nearest passages of one language; among those that filters leave, by comparing with each."""
        if ask.among is None:
            return self._dense.nearest(vector, _DEPTH, language=language, until=ask.until)
        found = [
            (id_, float(vector @ row.vector))
            for id_, row in ask.among.items()
            if row.passage.language == language and (ask.until is None or row.date <= ask.until)
        ]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:_DEPTH]

    def _lexical_hits(self, text: str) -> list[Hit]:
        found = [
            match.id
            for lang in self._store.languages()
            for match in self._store.terms.search(text, _DEPTH, language=lang)
        ]
        return [Hit(passage, 0.0, None) for passage in self._store.passages(found).values()]


def _place(hit: Hit) -> Hashable:
    """The page of a passage; where there are no pages, its section."""
    passage = hit.passage
    return (passage.document, passage.heading if passage.page is None else passage.page)


def _follow_vocabulary(store: Store) -> None:
    """Names are tokens: another vocabulary than the one that the tokens were made with makes them anew."""
    now = vocabulary.digest()
    if store.meta("vocabulary") != now:
        with store.change():
            store.read_terms_again()
            store.set_meta("vocabulary", now)


def name_is_in(name: str, text: str) -> bool:
    """Whether `text` holds `name`, folded, Latin names at word boundaries."""
    wanted = r"[\s\-‐-―・]*".join(re.escape(part) for part in re.split(r"[\s\-‐-―・]+", fold(name)) if part)
    return bool(wanted) and re.search(rf"(?<![a-z0-9]){wanted}(?![a-z0-9])", fold(text)) is not None


def passage_date(document: Document, passage: Passage) -> int:
    """When what a passage says could be known, as yyyymmdd: the latest date of its sources, or the document's."""
    sources = document.sources_of(passage.start, passage.end)
    return max((iso_number(source.date) for source in sources), default=0) or iso_number(document.date)


def iso_number(date: str) -> int:
    """An ISO date (year, year-month or full) as yyyymmdd, a missing part read as its first; 0 for no date."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", date)
    if match is None:
        return 0
    year, month, day = (int(part) if part else 1 for part in match.groups())
    return year * 10_000 + month * 100 + day
