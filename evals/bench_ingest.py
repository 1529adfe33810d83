"""Measures ingesting: the second time against the first, and the time spent outside the embedder.

`python -m heiso.evals.bench_ingest`. Both sides of each ratio are measured in one run; knows the public API only.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from heiso.evals.made import make
from heiso.retrieval import Embedder, Index, embedder, ingest
from heiso.retrieval.embed import Vectors

__all__ = ["Measured", "Timed", "main", "measure"]

FILES = 80


class Timed:
    """An embedder that counts the seconds spent in it."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.seconds = 0.0
        self.texts = 0

    @property
    def name(self) -> str:
        """The name of the embedder inside."""
        return self._inner.name

    def query(self, text: str) -> Vectors:
        """The vector of a question."""
        return self._inner.query(text)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages; their time is counted."""
        began = time.monotonic()
        vectors = self._inner.passages(texts)
        self.seconds += time.monotonic() - began
        self.texts += len(texts)
        return vectors


@dataclass(frozen=True)
class Measured:
    """Seconds of ingesting the same `files` twice, and those of the first time that the embedder took."""

    files: int
    passages: int
    first: float
    again: float
    embedding: float

    @property
    def ratio(self) -> float:
        """How many times faster the second time is."""
        return self.first / self.again

    @property
    def outside(self) -> float:
        """The share of the first time that is spent outside the embedder."""
        return 1 - self.embedding / self.first


def measure(folder: Path, count: int) -> Measured:
    """Ingests `count` files of every kind into a new index in `folder`, twice."""
    make(folder / "files", count)
    embed = Timed(embedder())
    embed.query("warm up")
    with Index.open(folder / "index", embed=embed) as index:
        ingest(index, make(folder / "warm", 16, seed=1))  # libraries are loaded once, not a file
        embed.seconds, embed.texts = 0.0, 0
        first, again = (_seconds(index, folder / "files", count) for _ in range(2))
    return Measured(count, embed.texts, first, again, embed.seconds)


def _seconds(index: Index, folder: Path, count: int) -> float:
    began = time.monotonic()
    report = ingest(index, [folder])
    seconds = time.monotonic() - began
    assert len(report.of("added")) + len(report.of("unchanged")) == count, report
    return seconds


def main() -> None:
    """Prints both figures."""
    with tempfile.TemporaryDirectory() as folder:
        told = measure(Path(folder), FILES)
    sys.stdout.write(
        f"ingesting {told.files} files, {told.passages} passages: {told.first:.1f} s, "
        f"again {told.again:.3f} s: {told.ratio:.0f} x faster (target at least 100); "
        f"outside the embedder {told.outside:.1%} (target under 15%)\n"
    )


if __name__ == "__main__":
    main()
