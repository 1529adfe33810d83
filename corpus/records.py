"""Documents, passages and their sources: plain records that every layer shares.

Knows nothing about where documents come from, how they are searched, or who reads them.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Conflict", "ConflictSide", "Document", "Language", "Mark", "Passage", "Source"]

Language = Literal["ja", "en", "zh"]


@dataclass(frozen=True)
class Source:
    """Where a statement comes from.

    `date` is ISO (year, year-month or full); `kind` is primary, secondary or seed; `confidence` is high, medium or low.
    """

    id: str
    title: str
    publisher: str
    url: str
    date: str
    kind: Literal["primary", "secondary", "seed"]
    confidence: Literal["high", "medium", "low"]
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConflictSide:
    """What one source of a conflict says, in the document's language."""

    source: str
    statement: str


@dataclass(frozen=True)
class Conflict:
    """A recorded disagreement between sources; `about` names its subject."""

    id: str
    about: str
    sides: tuple[ConflictSide, ...]


@dataclass(frozen=True)
class Mark:
    """A source mark: the sentence that ends at character `offset` of the text rests on `source`."""

    offset: int
    source: str


@dataclass(frozen=True)
class Document:
    """A source text. A briefing is a bundled document; its two languages share one id.

    `text` is Markdown, headings included, without its source marks: those are in `marks`. `pages` are the offsets at
    which its pages (slides, sheets) begin, the first page first, and () when it has none. `origin` is the file that it
    was read from, and `notes` say what of that file could not be taken.
    """

    id: str
    language: Language
    title: str
    date: str
    text: str
    publisher: str = "heiso"
    url: str = ""
    kind: Literal["briefing", "document"] = "document"
    licence: str = ""
    entities: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    marks: tuple[Mark, ...] = ()
    pages: tuple[int, ...] = ()
    origin: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name under which an index holds this document: id and language."""
        return f"{self.id}.{self.language}"

    @property
    def digest(self) -> str:
        """The sha256 of what the document says and rests on; changes when anything of it does."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()

    def sources_of(self, start: int, end: int) -> tuple[Source, ...]:
        """The sources marked inside the span [start, end], in order, each once."""
        wanted = dict.fromkeys(mark.source for mark in self.marks if start < mark.offset <= end)
        by_id = {source.id: source for source in self.sources}
        return tuple(by_id[name] for name in wanted)

    def page_at(self, offset: int) -> int | None:
        """The page that character `offset` stands on, 1-based; None without pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None


@dataclass(frozen=True)
class Passage:
    """A slice of a document: `document.text[start:end] == text`.

    `heading` is the path of headings above it, outermost first; `page` is 1-based, or None without pages.
    """

    document: str
    language: Language
    start: int
    end: int
    text: str
    title: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        raw = "\x1f".join((self.document, str(self.start), self.searchable))
        object.__setattr__(self, "id", hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:20])

    @property
    def searchable(self) -> str:
        """What is embedded and indexed: title and headings give a short passage its subject."""
        return "\n".join((" / ".join((self.title, *self.heading)), self.text))
