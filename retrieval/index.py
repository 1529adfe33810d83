"""An index of documents: lexical and dense search over the same passages, joined language by language.

Knows stores, fusion and passages; knows nothing about who asks or which model answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from heiso.corpus import language as languages_of
from heiso.corpus import passages as cutting
from heiso.corpus.errors import BadQuestion
from heiso.corpus.folding import fold
from heiso.corpus.records import Document, Language, Passage
from heiso.retrieval.embed import Embedder, Vectors, embedder
from heiso.retrieval.fusion import fuse, interleave
from heiso.retrieval.lexical import LexicalStore
from heiso.retrieval.vectors import VectorStore

__all__ = ["Hit", "Index"]

# Candidates of each arm: deep enough that a passage ranked low by one arm can be lifted by the other.
_DEPTH = 50
# Across languages the lexical arm sees shared names and figures only; 0.3 was best where dense is far ahead.
_CROSS_WEIGHT = 0.3


@dataclass(frozen=True)
class Hit:
    """A passage found. `score` is the fused score in [0, 1] inside its language; `ranks` are 1-based, by retriever;
    `similarity` is the cosine of question and passage, or None when the dense search did not reach it.
    """

    passage: Passage
    score: float
    similarity: float | None
    ranks: Mapping[str, int] = field(default_factory=dict)


class Index:
    """Documents on disk, searchable. Open it with `Index.open`; a folder holds one index."""

    def __init__(self, lexical: LexicalStore, vectors: VectorStore, embed: Embedder) -> None:
        self._lexical = lexical
        self._vectors = vectors
        self._embed = embed

    @classmethod
    def open(cls, folder: str | Path, *, embed: Embedder | None = None, chroma: str = "") -> Index:
        """Opens the index in `folder`, making it when there is none; `chroma` names a Chroma server instead of disk.

        Raises:
            IndexMismatch: the folder holds an index of another embedder or format.
            IndexUnavailable: a store cannot be opened.
            NotWritable: the folder cannot be written.
        """
        model = embed or embedder()
        root = Path(folder)
        lexical = LexicalStore(root / "lexical.sqlite", embedder=model.name)
        try:
            vectors = VectorStore(chroma or root / "chroma", name="passages", embedder=model.name)
        except BaseException:
            lexical.close()
            raise
        return cls(lexical, vectors, model)

    def close(self) -> None:
        """Closes the files of the index."""
        self._lexical.close()

    def add(self, documents: Iterable[Document]) -> int:
        """Adds documents, replacing those of the same key; unchanged ones cost nothing. Returns how many changed."""
        held = self._lexical.digests()
        latest = {document.key: document for document in documents}
        changed = [document for key, document in latest.items() if held.get(key) != document.digest]
        if not changed:
            return 0
        cut = {document.key: cutting.cut(document) for document in changed}
        rows = [passage for passages in cut.values() for passage in passages]
        embedded = self._embed.passages([passage.searchable for passage in rows])
        vector_of = {passage.id: vector for passage, vector in zip(rows, embedded, strict=True)}
        gone: set[str] = set()
        with self._lexical.change():
            for document in changed:
                gone |= self._replace(document, cut[document.key], vector_of)
        # Only now: whatever stops the work before, every passage that the lexical side holds has its vector.
        self._vectors.remove(sorted(gone))
        return len(changed)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes documents by key."""
        gone: list[str] = []
        with self._lexical.change():
            for key in keys:
                gone += self._lexical.passage_ids(key)
                self._lexical.remove(key)
        self._vectors.remove(gone)

    def keys(self) -> frozenset[str]:
        """The keys of the documents held."""
        return frozenset(self._lexical.digests())

    def languages(self) -> tuple[Language, ...]:
        """The languages of the passages held, the commonest first."""
        return tuple(self._lexical.languages())

    def document(self, key: str) -> Document:
        """The document held under `key`; KeyError when there is none."""
        document = self._lexical.document(key)
        if document is None:
            raise KeyError(key)
        return document

    @property
    def fingerprint(self) -> str:
        """The sha256 over every document held: equal for indexes of equal content."""
        lines = sorted(f"{key} {digest}" for key, digest in self._lexical.digests().items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def consistent(self) -> bool:
        """Whether the lexical and the dense side hold the same passages."""
        return self._lexical.all_ids() == self._vectors.ids()

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
        translations: Mapping[Language, str] | None = None,
    ) -> list[Hit]:
        """The `k` best passages for `query`: one pool per language, interleaved, the question's language first.

        Args:
            query: a question or keywords, in any of the three languages.
            k: how many passages, at most.
            languages: only passages of these languages; None for all.
            as_of: only passages that rest on sources dated at most this ISO date.
            translations: the query in other languages, where a planner has them; used beside the query itself.

        Raises:
            BadQuestion: the query is blank.
        """
        if not query.strip():
            raise BadQuestion("The search text is empty.", hint="Type what to search for.")
        until = iso_number(as_of) if as_of else None
        own = languages_of.detect(query)
        wanted = [lang for lang in self._lexical.languages() if languages is None or lang in languages]
        wanted.sort(key=lambda lang: lang != own)
        vector = self._embed.query(query)
        said = translations or {}
        pools = [self._pool(query, vector, lang, own, until, said.get(lang)) for lang in wanted]
        hits = {hit.passage.id: hit for pool in pools for hit in pool}
        order = interleave([[hit.passage.id for hit in pool] for pool in pools])
        return [hits[id_] for id_ in order[:k]]

    def _replace(
        self, document: Document, passages: Sequence[Passage], vector_of: Mapping[str, Vectors]
    ) -> set[str]:
        """Puts a document in place of the one of its key; gives the ids of the passages that are no more."""
        gone = set(self._lexical.passage_ids(document.key)) - {passage.id for passage in passages}
        self._lexical.remove(document.key)
        dates = [passage_date(document, passage) for passage in passages]
        self._lexical.put(document, passages, dates)
        if passages:
            self._vectors.put(passages, np.stack([vector_of[passage.id] for passage in passages]), dates)
        return gone

    def _pool(
        self, query: str, vector: Vectors, language: str, own: str, until: int | None, translation: str | None
    ) -> list[Hit]:
        """The ranking inside one language: min-max fusion of both arms."""
        lexical = self._lexical.search(translation or query, _DEPTH, language=language, until=until)
        dense = dict(self._vectors.nearest(vector, _DEPTH, language=language, until=until))
        if translation:
            for id_, score in self._vectors.nearest(
                self._embed.query(translation), _DEPTH, language=language, until=until
            ):
                dense[id_] = max(score, dense.get(id_, -1.0))
        native = language == own or translation is not None
        fused = fuse(dict(lexical), dense, lexical_weight=0.5 if native else _CROSS_WEIGHT)
        passages = self._lexical.passages([id_ for id_, _ in fused])
        by_lexical = {id_: rank for rank, (id_, _) in enumerate(lexical, start=1)}
        by_dense = {id_: rank for rank, id_ in enumerate(sorted(dense, key=lambda i: -dense[i]), start=1)}
        hits = []
        for id_, score in fused:
            ranks = {
                name: at[id_] for name, at in (("lexical", by_lexical), ("dense", by_dense)) if id_ in at
            }
            if id_ in passages:
                hits.append(Hit(passages[id_], score, dense.get(id_), ranks))
        return hits

    def _lexical_hits(self, text: str) -> list[Hit]:
        found = [
            id_
            for lang in self._lexical.languages()
            for id_, _ in self._lexical.search(text, _DEPTH, language=lang)
        ]
        return [Hit(passage, 0.0, None) for passage in self._lexical.passages(found).values()]


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
