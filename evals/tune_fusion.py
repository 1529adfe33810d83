"""Tries the constants of the fused search on test collections: the weights of coverage, and how neutral a question is.

`python -m heiso.evals.tune_fusion --data DIR`, where each folder in DIR holds a test collection. What is chosen for a
collection is what is best on the mean of the others, so that its result is that of a collection never seen. Knows the
parts of the search only; changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from heiso.corpus import language as languages_of
from heiso.corpus.passages import cut
from heiso.corpus.records import Language
from heiso.evals.collection import Collection, load_collection
from heiso.evals.metrics import ndcg
from heiso.retrieval import Embedder, embedder
from heiso.retrieval.embed import Vectors
from heiso.retrieval.fusion import Ranking, follow, fuse, interleave, lead
from heiso.retrieval.neutral import Neutral
from heiso.retrieval.store import Row, Store

__all__ = ["SHARES", "WEIGHTS", "Setting", "left_out", "main", "measure"]

WEIGHTS = tuple(product((1.0, 1.5, 2.0), (0.0, 0.2, 0.3, 0.4)))
SHARES = (0.0, 0.3, 0.5, 0.7)
_DEPTH = 50
_K = 10

# The weights of coverage, and the share of what questions have in common that is taken out.
Setting = tuple[tuple[float, float], float]


@dataclass(frozen=True)
class _Pool:
    """The passages of one language: the documents that they are of, and their vectors."""

    owners: Mapping[str, str]
    ids: Sequence[str]
    vectors: Vectors


def measure(collection: Collection, embed: Embedder) -> dict[Setting, float]:
    """The mean nDCG@10 on one collection with each setting."""
    totals = dict.fromkeys(product(WEIGHTS, SHARES), 0.0)
    neutral = {share: Neutral(embed, share=share) for share in SHARES}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store.sqlite", embedder=embed.name)
        try:
            pools = _filled(store, collection, embed)
            for query in collection.queries:
                own = languages_of.detect(query.text)
                wanted = sorted(pools, key=lambda lang: lang != own)
                vector = embed.query(query.text)
                coverage = {lang: _coverage(store, query.text, lang) for lang in wanted}
                for share in SHARES:
                    away = neutral[share].across(vector, own)
                    near = {lang: _near(pools[lang], vector if lang == own else away) for lang in wanted}
                    for weights in WEIGHTS:
                        fused = [fuse(coverage[lang], near[lang], weights=weights) for lang in wanted]
                        order = _joined(fused, [pools[lang] for lang in wanted])
                        totals[weights, share] += ndcg(order, collection.grades[query.id], k=_K)
        finally:
            store.close()
    return {setting: total / len(collection.queries) for setting, total in totals.items()}


def left_out(results: Mapping[str, Mapping[Setting, float]]) -> dict[str, Setting]:
    """For each collection, the setting that is best on the mean of all the others.

    Raises:
        ValueError: there is only one collection.
    """
    if len(results) < 2:
        raise ValueError("one collection has no others")
    chosen = {}
    for name, own in results.items():
        others = [result for other, result in results.items() if other != name]
        chosen[name] = max(own, key=lambda setting: sum(result[setting] for result in others))
    return chosen


def main() -> None:
    """Prints, for each collection, nDCG@10 with each setting and with the one chosen on the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of test collections")
    folders = sorted(path.parent for path in parser.parse_args().data.glob("*/qrels.tsv"))
    embed, results = embedder(), {}
    for folder in folders:
        results[folder.name] = measure(load_collection(folder), embed)
        sys.stdout.write("\n".join(_lines(folder.name, results[folder.name])) + "\n")
        sys.stdout.flush()
    for name, setting in left_out(results).items():
        sys.stdout.write(f"{name}: {setting} by the others, {100 * results[name][setting]:.2f}\n")


def _filled(store: Store, collection: Collection, embed: Embedder) -> dict[Language, _Pool]:
    """Puts the passages into the store, and gives those of each language."""
    by_language: dict[Language, dict[str, tuple[str, Vectors]]] = {}
    with store.change():
        for document in collection.documents:
            passages = cut(document)
            vectors = embed.passages([passage.searchable for passage in passages])
            store.put(document, [Row(p, 0, vector) for p, vector in zip(passages, vectors, strict=True)])
            held = by_language.setdefault(document.language, {})
            held |= {p.id: (document.id, vector) for p, vector in zip(passages, vectors, strict=True)}
    return {
        lang: _Pool(
            owners={id_: document for id_, (document, _) in held.items()},
            ids=list(held),
            vectors=np.stack([vector for _, vector in held.values()]),
        )
        for lang, held in by_language.items()
    }


def _coverage(store: Store, text: str, language: Language) -> dict[str, float]:
    return {match.id: match.coverage for match in store.terms.search(text, _DEPTH, language=language)}


def _near(pool: _Pool, vector: Vectors) -> dict[str, float]:
    scores = pool.vectors @ vector
    return {pool.ids[at]: float(scores[at]) for at in np.argsort(-scores, kind="stable")[:_DEPTH]}


def _joined(fused: Sequence[Ranking], pools: Sequence[_Pool]) -> list[str]:
    """The documents of all languages in turn, the best passage of each counts."""
    best = pools[0].vectors[pools[0].ids.index(fused[0][0][0])]
    rankings = [fused[0], *_followed(fused, pools, best)]
    owners = {id_: document for pool in pools for id_, document in pool.owners.items()}
    order = interleave([[id_ for id_, _ in ranking] for ranking in rankings])
    return list(dict.fromkeys(owners[id_] for id_ in order))


def _followed(fused: Sequence[Ranking], pools: Sequence[_Pool], best: Vectors) -> Iterator[Ranking]:
    for ranking, pool in zip(fused[1:], pools[1:], strict=True):
        like = dict(zip(pool.ids, (pool.vectors @ best).tolist(), strict=True))
        yield follow(ranking, {id_: like[id_] for id_, _ in ranking}, lead(fused[0]))


def _lines(name: str, result: Mapping[Setting, float]) -> Iterator[str]:
    yield f"{name}: nDCG@10 by weights (down) and share (across {', '.join(map(str, SHARES))})"
    for weights in WEIGHTS:
        yield f"  {weights}  " + "  ".join(f"{100 * result[weights, share]:.2f}" for share in SHARES)


if __name__ == "__main__":
    main()
