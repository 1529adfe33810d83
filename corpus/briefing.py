"""Reads the bundled briefings: Markdown with front matter and source marks, one file per topic and language.

Knows the form of a briefing file; knows nothing about other kinds of documents.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from heiso.corpus.errors import BadDocument
from heiso.corpus.records import Conflict, Document, Language, Mark, Source

__all__ = ["bundled", "parse"]

_MARK = re.compile(r"\[\^([^\]\n]*)\]")
_LICENCE = "Apache-2.0"


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


@cache
def bundled() -> tuple[Document, ...]:
    """Every bundled briefing, in both languages, ordered by id and language.

    Raises:
        BadDocument: a briefing file is not in its form.
    """
    folder = resources.files("heiso.corpus").joinpath("briefings")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".md")), key=lambda f: f.name)
    return tuple(parse(f.read_text(encoding="utf-8"), name=f.name) for f in files)


def parse(raw: str, *, name: str) -> Document:
    """Turns the text of a briefing file into a Document; `name` is named in errors.

    Raises:
        BadDocument: the front matter is missing or malformed, or a source mark does not resolve.
    """
    front, body = _split(raw, name)
    text, marks = _take_marks(body.strip())
    known = {source.id for source in front.sources}
    for mark in marks:
        if mark.source not in known:
            raise BadDocument(
                f"{name}: source mark {mark.source!r} resolves to no entry of the front matter.",
                hint="Add the source, or mend the mark.",
            )
    return Document(
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


def _split(raw: str, name: str) -> tuple[_Front, str]:
    match = re.match(r"\A---\n(.*?)\n---\n(.*)\Z", raw.replace("\r\n", "\n"), re.DOTALL)
    if match is None:
        raise BadDocument(
            f"{name}: no front matter between two lines of '---'.", hint="See corpus/README.md."
        )
    try:
        data: Any = yaml.load(match[1], Loader=yaml.BaseLoader)
        return _Front.model_validate(data), match[2]
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
