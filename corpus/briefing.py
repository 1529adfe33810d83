"""Reads the bundled briefings: Markdown with front matter and source marks, one file per topic and language.

Knows the form of a briefing file; knows nothing about other kinds of documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heiso.corpus.errors import BadDocument
from heiso.corpus.records import Conflict, Document, Language, Mark, Source

__all__ = ["Briefing", "Derived", "bundled", "folder", "parse", "read"]

_MARK = re.compile(r"\[\^([^\]\n]*)\]")
_LICENCE = "Apache-2.0"


class Derived(BaseModel):
    """A figure that no source prints: `formula` is arithmetic over figures that sources do print."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    figure: str
    formula: str = Field(alias="from")


class _Front(BaseModel):
    """The front matter of a briefing; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")
    id: str
    language: Language
    title: str
    date: str
    entities: tuple[str, ...]
    sources: tuple[Source, ...]
    conflicts: tuple[Conflict, ...] = ()
    derived: tuple[Derived, ...] = ()


@dataclass(frozen=True)
class Briefing:
    """A briefing file: its document, its derived figures, and the lines of the file that all of it stands on."""

    document: Document
    derived: tuple[Derived, ...]
    front: yaml.Node
    first_line: int

    def line(self, offset: int) -> int:
        """The line of the file, 1-based, that character `offset` of the document's text stands on."""
        return self.first_line + self.document.text.count("\n", 0, offset)

    def line_of(self, *path: str | int) -> int:
        """The line of the file that `line_of("sources", 0)` begins on; that of the front matter without such an entry."""
        return self._lines.get(path, self._lines[()])

    @cached_property
    def _lines(self) -> dict[tuple[str | int, ...], int]:
        return dict(_lines(self.front, ()))


@cache
def bundled() -> tuple[Document, ...]:
    """Every bundled briefing, in both languages, ordered by id and language.

    Raises:
        BadDocument: a briefing file is not in its form.
    """
    files = sorted((f for f in folder().iterdir() if f.name.endswith(".md")), key=lambda f: f.name)
    return tuple(parse(f.read_text(encoding="utf-8"), name=f.name) for f in files)


def folder() -> Traversable:
    """Where the bundled briefings are."""
    return resources.files("heiso.corpus").joinpath("briefings")


def parse(raw: str, *, name: str) -> Document:
    """Turns the text of a briefing file into a Document; `name` is named in errors.

    Raises:
        BadDocument: the front matter is missing or malformed, or a source mark does not resolve.
    """
    document = read(raw, name=name).document
    known = {source.id for source in document.sources}
    for mark in document.marks:
        if mark.source not in known:
            raise BadDocument(
                f"{name}: source mark {mark.source!r} resolves to no entry of the front matter.",
                hint="Add the source, or mend the mark.",
            )
    return document


def read(raw: str, *, name: str) -> Briefing:
    """Reads a briefing file with its lines; its source marks need not resolve. `name` is named in errors.

    Raises:
        BadDocument: the front matter is missing or malformed.
    """
    raw = raw.replace("\r\n", "\n")
    match = re.match(r"\A---\n(.*?)\n---\n\s*(.*?)\s*\Z", raw, re.DOTALL)
    if match is None:
        raise BadDocument(
            f"{name}: no front matter between two lines of '---'.", hint="See corpus/README.md."
        )
    front, node = _front(match[1], name)
    text, marks = _take_marks(match[2])
    document = Document(
        id=front.id,
        language=front.language,
        title=front.title,
        date=front.date,
        text=text,
        kind="briefing",
        licence=_LICENCE,
        entities=front.entities,
        sources=front.sources,
        conflicts=front.conflicts,
        marks=marks,
    )
    return Briefing(document, front.derived, node, first_line=raw.count("\n", 0, match.start(2)) + 1)


def _front(raw: str, name: str) -> tuple[_Front, yaml.Node]:
    """The front matter, and the node that knows its lines; every scalar is read as a string."""
    loader = yaml.BaseLoader(raw)
    try:
        node = loader.get_single_node() or yaml.MappingNode("tag:yaml.org,2002:map", [])
        return _Front.model_validate(loader.construct_document(node)), node
    except yaml.YAMLError as error:
        raise BadDocument(
            f"{name}: the front matter is not YAML: {error}", hint="Quote strings that hold ': '."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadDocument(
            f"{name}: front matter, {where}: {first['msg']}.", hint="See corpus/README.md."
        ) from error
    finally:
        loader.dispose()


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Each entry of the front matter with its line in the file, in which '---' stands before it."""
    yield path, node.start_mark.line + 2
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*path, number))


def _take_marks(body: str) -> tuple[str, tuple[Mark, ...]]:
    """Removes the source marks; each keeps the offset, in the text without marks, that it stood at."""
    pieces: list[str] = []
    marks: list[Mark] = []
    length = last = 0
    for match in _MARK.finditer(body):
        pieces.append(body[last : match.start()])
        length += match.start() - last
        marks.append(Mark(offset=length, source=match[1]))
        last = match.end()
    pieces.append(body[last:])
    return "".join(pieces), tuple(marks)
