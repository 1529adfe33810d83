"""An index of documents: lexical and dense search over the same passages, joined language by language.

Knows stores, fusion and passages; knows nothing about who asks or which model answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
from heiso.retrieval.embed import Embedder, Vectors, embedder
from heiso.retrieval.fusion import fuse, interleave
from heiso.retrieval.store import Row, Store

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

    def __init__(self, store: Store, dense: Dense, embed: Embedder) -> None:
        self._store = store
        self._dense = dense
        self._embed = embed

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
        wanted = [lang for lang in self._store.languages() if languages is None or lang in languages]
        wanted.sort(key=lambda lang: lang != own)
        vector = self._embed.query(query)
        said = translations or {}
        pools = [self._pool(query, vector, lang, own, until, said.get(lang)) for lang in wanted]
        hits = {hit.passage.id: hit for pool in pools for hit in pool}
        order = interleave([[hit.passage.id for hit in pool] for pool in pools])
        return [hits[id_] for id_ in order[:k]]

    def rankings(self, query: str, k: int) -> dict[str, list[str]]:
        """The ids of the `k` best passages by each part of the search alone, over all languages: lexical and dense.

        For measuring the parts against the whole.
        """
        return {
            "lexical": [id_ for id_, _ in self._store.terms.search(query, k)],
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

    def _pool(
        self, query: str, vector: Vectors, language: str, own: str, until: int | None, translation: str | None
    ) -> list[Hit]:
        """The ranking inside one language: min-max fusion of both arms."""
        lexical = self._store.terms.search(translation or query, _DEPTH, language=language, until=until)
        dense = dict(self._dense.nearest(vector, _DEPTH, language=language, until=until))
        if translation:
            for id_, score in self._dense.nearest(
                self._embed.query(translation), _DEPTH, language=language, until=until
            ):
                dense[id_] = max(score, dense.get(id_, -1.0))
        native = language == own or translation is not None
        fused = fuse(dict(lexical), dense, lexical_weight=0.5 if native else _CROSS_WEIGHT)
        passages = self._store.passages([id_ for id_, _ in fused])
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
            for lang in self._store.languages()
            for id_, _ in self._store.terms.search(text, _DEPTH, language=lang)
        ]
        return [Hit(passage, 0.0, None) for passage in self._store.passages(found).values()]


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
