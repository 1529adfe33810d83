"""Evaluates retrieval on a test collection: how well each component ranks the documents, and how long it takes.

Knows indexes, rankings and metrics; knows nothing about models that answer, or how a report is shown.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from heiso.corpus.errors import BadSettings
from heiso.corpus.records import Passage
from heiso.evals.collection import Collection, Query
from heiso.evals.embedding import TimedEmbedder
from heiso.evals.metrics import METRICS, Grades
from heiso.evals.statistics import Estimate, bootstrap, paired_bootstrap
from heiso.retrieval import Embedder, Hit, Index

__all__ = [
    "ALL",
    "COMPONENTS",
    "DEPTH",
    "Asked",
    "Difference",
    "Evaluation",
    "Group",
    "Latency",
    "Ranker",
    "Searchable",
    "ask",
    "evaluate",
    "latencies",
    "rankers",
    "summarise",
]

COMPONENTS = ("lexical", "dense", "fused", "reranked")
_FUSED = "fused"
_PARTS = ("lexical", "dense")
DEPTH = 10
# Passages asked for, for each document wanted; more are asked for where that does not suffice.
_PASSAGES = 5
ALL = "all"

# The ids of the best documents for a question, at most so many, best first, each once.
Ranker = Callable[[Query, int], list[str]]


class Searchable(Protocol):
    """What is asked of an index."""

    def search(self, query: str, k: int, /) -> Sequence[Hit]:
        """The `k` best passages."""

    def rankings(self, query: str, k: int, /) -> Mapping[str, Sequence[str]]:
        """For each component by name, the ids of its `k` best passages over all languages, best first."""

    def passage(self, id_: str, /) -> Passage:
        """The passage of an id."""


@dataclass(frozen=True)
class Asked:
    """One question: its grades, the ranking of each component, the seconds of each, and those of the embedder."""

    query: Query
    grades: Grades
    pair: str
    rankings: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    embedding: float


@dataclass(frozen=True)
class Difference:
    """The fused ranking minus the better of its parts, `part`, question by question."""

    part: str
    estimate: Estimate


@dataclass(frozen=True)
class Group:
    """The questions of one language pair, or all: metrics by component, and differences by metric.

    A metric that says nothing about any of the questions is left out.
    """

    pair: str
    questions: int
    metrics: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Latency:
    """Milliseconds a question."""

    median: float
    p95: float


@dataclass(frozen=True)
class Evaluation:
    """What was measured on one test collection.

    `unsearchable` counts documents that gave no passage. `latencies` and `with_embedding` are by component, without
    and with the embedding of the question; components that one call of the index gives have the time of that call.
    """

    name: str
    embedder: str
    fingerprint: str
    documents: Mapping[str, int]
    passages: int
    unsearchable: int
    questions: int
    unjudged: int
    groups: tuple[Group, ...]
    latencies: Mapping[str, Latency]
    with_embedding: Mapping[str, Latency]
    asked: tuple[Asked, ...]


def evaluate(collection: Collection, embed: Embedder, *, components: Sequence[str] = ()) -> Evaluation:
    """Indexes the documents of `collection` in a temporary folder, asks every question, and scores the rankings.

    Args:
        collection: what to index, and what to ask.
        embed: the embedder of the index; its name is part of the result.
        components: names of what to evaluate; () for all that the index has.

    Raises:
        BadSettings: the index has no component of that name, or the embedder cannot be loaded.
        IndexTrouble, NoSpace, NotWritable: the temporary index cannot be written or read.
    """
    timed = TimedEmbedder(embed)
    with tempfile.TemporaryDirectory() as folder, Index.open(folder, embed=timed) as index:
        index.add(collection.documents)
        counts = index.counts()
        ids = {document.key: document.id for document in collection.documents}
        chosen = rankers(index, ids, collection.queries[0], components)
        asked = ask(chosen, collection, timed.seconds)
        return Evaluation(
            name=collection.name,
            embedder=embed.name,
            fingerprint=index.fingerprint,
            documents=dict(Counter(document.language for document in collection.documents)),
            passages=sum(counts.values()),
            unsearchable=sum(not count for count in counts.values()),
            questions=len(asked),
            unjudged=collection.unjudged,
            groups=summarise(asked),
            latencies=latencies(asked, with_embedding=False),
            with_embedding=latencies(asked, with_embedding=True),
            asked=asked,
        )


def rankers(
    index: Searchable, ids: Mapping[str, str], probe: Query, components: Sequence[str] = ()
) -> dict[str, Ranker]:
    """The rankers of an index, by component: the fused search, and whatever `index.rankings` gives.

    Args:
        index: the index to ask.
        ids: the id of each document, by the key under which the index holds it.
        probe: a question, asked once to learn what there is.
        components: names of those wanted; () for all.

    Raises:
        BadSettings: the index has no component of that name.
    """
    parts = [name for name in index.rankings(probe.text, 1) if name != _FUSED]
    key_of = cache(lambda passage: index.passage(passage).document)
    available = {name: _part(index, name, key_of, ids) for name in parts} | {_FUSED: _fused(index, ids)}
    for name in components:
        if name not in available:
            raise BadSettings(f"The index has no component {name!r}.", hint=f"It has {', '.join(available)}.")
    order = [*COMPONENTS, *sorted(available.keys() - set(COMPONENTS))]
    return {name: available[name] for name in order if name in (components or available)}


def ask(
    rankers: Mapping[str, Ranker], collection: Collection, embedding: Callable[[str], float]
) -> tuple[Asked, ...]:
    """Asks every question of every ranker.

    Args:
        rankers: by component.
        collection: the questions and their grades.
        embedding: embeds a question, so that no ranker has to, and gives the seconds that it took.

    Raises:
        ValueError: a ranker names a document twice.
    """
    languages = {document.id: document.language for document in collection.documents}
    embedding("warm up")
    for ranker in rankers.values():
        ranker(collection.queries[0], DEPTH)
    rows = []
    for query in collection.queries:
        grades = collection.grades[query.id]
        to = "+".join(sorted({languages[document] for document in grades}))
        seconds = embedding(query.text)
        answers = {name: _timed(name, ranker, query) for name, ranker in rankers.items()}
        rows.append(
            Asked(
                query=query,
                grades=grades,
                pair=f"{query.language} → {to}",
                rankings={name: ranking for name, (ranking, _) in answers.items()},
                seconds={name: spent for name, (_, spent) in answers.items()},
                embedding=seconds,
            )
        )
    return tuple(rows)


def summarise(asked: Sequence[Asked]) -> tuple[Group, ...]:
    """The metrics over all questions, then those of each language pair, with their intervals."""
    pairs = sorted({row.pair for row in asked})
    of_pairs = (_group(pair, [row for row in asked if row.pair == pair]) for pair in pairs)
    return (_group(ALL, asked), *of_pairs)


def latencies(asked: Sequence[Asked], *, with_embedding: bool) -> dict[str, Latency]:
    """Milliseconds a question, by component."""
    found = {}
    for name in asked[0].seconds:
        spent = [1000 * (row.seconds[name] + (row.embedding if with_embedding else 0.0)) for row in asked]
        median, p95 = np.percentile(spent, (50, 95))
        found[name] = Latency(float(median), float(p95))
    return found


def _group(pair: str, asked: Sequence[Asked]) -> Group:
    scores = {name: _scores(name, asked) for name in asked[0].rankings}
    return Group(
        pair=pair,
        questions=len(asked),
        metrics={
            name: {metric: bootstrap(values) for metric, values in by_metric.items()}
            for name, by_metric in scores.items()
        },
        differences=_differences(scores),
    )


def _scores(component: str, asked: Sequence[Asked]) -> dict[str, list[float]]:
    """The values of each metric, of the questions that it says something about."""
    values = {}
    for name, metric in METRICS.items():
        all_of_them = [metric(row.rankings[component], row.grades) for row in asked]
        values[name] = [value for value in all_of_them if value is not None]
    return {name: found for name, found in values.items() if found}


def _differences(scores: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Difference]:
    parts = [name for name in _PARTS if name in scores]
    if _FUSED not in scores or not parts:
        return {}
    found = {}
    for metric, fused in scores[_FUSED].items():
        better = max(parts, key=lambda name: sum(scores[name][metric]))
        found[metric] = Difference(better, paired_bootstrap(fused, scores[better][metric]))
    return found


def _fused(index: Searchable, ids: Mapping[str, str]) -> Ranker:
    def rank(query: Query, k: int) -> list[str]:
        return _documents(
            lambda most: [hit.passage.document for hit in index.search(query.text, most)], ids, k
        )

    return rank


def _part(index: Searchable, name: str, key_of: Callable[[str], str], ids: Mapping[str, str]) -> Ranker:
    def rank(query: Query, k: int) -> list[str]:
        return _documents(
            lambda most: [key_of(id_) for id_ in index.rankings(query.text, most)[name]], ids, k
        )

    return rank


def _documents(keys: Callable[[int], Sequence[str]], ids: Mapping[str, str], k: int) -> list[str]:
    """The `k` best documents, given the keys of those of the best passages.

    The best passage of a document counts, and passages are asked for until there are enough documents.
    """
    most = _PASSAGES * k
    while True:
        found = keys(most)
        documents = list(dict.fromkeys(ids[key] for key in found))
        if len(documents) >= k or len(found) < most:
            return documents[:k]
        most *= 2


def _timed(name: str, ranker: Ranker, query: Query) -> tuple[list[str], float]:
    began = time.perf_counter()
    ranking = ranker(query, DEPTH)
    spent = time.perf_counter() - began
    if len(set(ranking)) < len(ranking):
        raise ValueError(f"the component {name!r} ranks a document twice for the question {query.id!r}")
    return ranking, spent
