"""Evidence packs: the ordered passages that one question is answered from, under keys that heiso mints and resolves.

Knows documents and passages; knows nothing of models or of what is claimed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from heiso.corpus import sentences, tables
from heiso.corpus.reading import Reading, read
from heiso.corpus.records import Conflict, Document, Passage, Source

__all__ = ["Evidence", "EvidencePack", "Sentence"]

_KEY = re.compile(r"E\d+\Z")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a piece of evidence, or a row of its table; `document.text[start:end] == text`.

    `said` is the same in words: of a row, each cell under the head of its column.
    """

    key: str
    text: str
    start: int
    end: int
    said: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "said", self.said or self.text)

    @property
    def reading(self) -> Reading:
        """What the sentence holds."""
        return read(self.said)


@dataclass(frozen=True)
class Evidence:
    """A passage under its key, with the document that it is from."""

    key: str
    passage: Passage
    document: Document

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the passage and the rows of its tables without their heads, with spans in the document."""
        text, at = self.passage.text, self.passage.start
        head = next((line for line in self.passage.heading[-1:] if tables.is_row(line)), "")
        found = []
        spans = sentences.split(text)
        for (start, end), (after, _) in zip(spans, (*spans[1:], (len(text), 0)), strict=True):
            line = text[start:end]
            if not tables.is_row(line):
                found.append(Sentence(self.key, line, at + start, at + end))
            elif tables.is_rule(text[after:].partition("\n")[0]):
                head = line
            elif not tables.is_rule(line):
                found.append(Sentence(self.key, line, at + start, at + end, tables.spoken(head, line)))
        return tuple(found)

    @cached_property
    def reading(self) -> Reading:
        """What the passage holds, its title and headings included: they name the subject of its sentences."""
        rows = [sentence.said for sentence in self.sentences if sentence.said != sentence.text]
        return read("\n".join((self.passage.searchable, *rows)))

    def sources(self, sentence: Sentence) -> tuple[Source, ...]:
        """The sources that `sentence` rests on."""
        return self.document.sources_of(sentence.start, sentence.end)

    def conflicts(self, sentence: Sentence) -> tuple[Conflict, ...]:
        """The recorded disagreements that a source of `sentence` is a side of."""
        marked = {source.id for source in self.sources(sentence)}
        return tuple(
            conflict
            for conflict in self.document.conflicts
            if any(side.source in marked for side in conflict.sides)
        )


@dataclass(frozen=True)
class EvidencePack:
    """The evidence for one question, in the order that models see it."""

    items: tuple[Evidence, ...] = field(default=())

    @classmethod
    def of(cls, passages: Iterable[tuple[Passage, Document]]) -> EvidencePack:
        """Mints the keys E1, E2, … in order."""
        return cls(
            tuple(Evidence(f"E{n}", passage, document) for n, (passage, document) in enumerate(passages, 1))
        )

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 over keys and passages: equal packs are the same evidence, whoever reads them."""
        lines = (f"{item.key} {item.passage.document} {item.passage.text}" for item in self.items)
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def __len__(self) -> int:
        return len(self.items)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(item.key for item in self.items)

    def get(self, key: str) -> Evidence | None:
        """The evidence under `key`, written as minted; None for a key that was never minted."""
        return self._by_key.get(key) if _KEY.match(key) else None

    def sentences(self) -> Sequence[Sentence]:
        """Every sentence of the pack, in order."""
        return [sentence for item in self.items for sentence in item.sentences]

    @cached_property
    def _by_key(self) -> dict[str, Evidence]:
        return {item.key: item for item in self.items}
