"""Reads a test collection for retrieval: corpus.jsonl, queries.jsonl and qrels.tsv of one folder.

Knows the form of the three files; knows nothing about how documents are searched or rankings are scored.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from heiso.corpus.errors import BadDocument
from heiso.corpus.records import Document, Language

__all__ = ["Collection", "Query", "load_collection"]

_HINT = (
    "A folder needs corpus.jsonl (id, title, text, lang), queries.jsonl (id, text, lang) and qrels.tsv "
    "(query, document, relevance; tabs between, a header line first)."
)
_Text = Annotated[str, StringConstraints(pattern=r"\S")]


@dataclass(frozen=True)
class Query:
    """A question of a test collection."""

    id: str
    text: str
    language: Language


@dataclass(frozen=True)
class Collection:
    """Documents, questions, and for each question the grades of its relevant documents.

    `queries` are those with a relevant document; `unjudged` counts the others, which cannot be scored.
    """

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]
    grades: Mapping[str, Mapping[str, int]]
    unjudged: int = 0

    def sample(self, count: int, *, seed: int) -> Collection:
        """The same documents with `count` questions drawn at random, or all when there are no more, in their order."""
        places = range(len(self.queries))
        drawn = sorted(random.Random(seed).sample(places, min(count, len(places))))
        return replace(self, queries=tuple(self.queries[place] for place in drawn))


class _Entry(BaseModel):
    """What documents and questions share; other fields of a line, such as answers, are passed over."""

    model_config = ConfigDict(frozen=True)

    id: _Text
    text: _Text
    lang: Language


class _Titled(_Entry):
    title: str = ""


_E = TypeVar("_E", bound=_Entry)


def load_collection(folder: Path) -> Collection:
    """Reads the test collection in `folder`.

    Raises:
        BadDocument: a file is missing, empty or no UTF-8, a line is not in its form, an id comes twice, a judgement
            names an unknown id, or no question has a relevant document.
    """
    documents = {
        entry.id: Document(id=entry.id, language=entry.lang, title=entry.title, date="", text=entry.text)
        for entry in _entries(folder / "corpus.jsonl", _Titled)
    }
    queries = {
        entry.id: Query(entry.id, entry.text, entry.lang)
        for entry in _entries(folder / "queries.jsonl", _Entry)
    }
    grades = _grades(folder / "qrels.tsv", queries, documents)
    judged = tuple(query for query in queries.values() if query.id in grades)
    if not judged:
        raise BadDocument(f"{_name(folder / 'qrels.tsv')}: no question has a relevant document.", hint=_HINT)
    return Collection(
        name=folder.resolve().name,
        documents=tuple(documents.values()),
        queries=judged,
        grades=grades,
        unjudged=len(queries) - len(judged),
    )


def _entries(path: Path, form: type[_E]) -> list[_E]:
    """The lines of a JSON-lines file, at least one, each id once."""
    found: dict[str, _E] = {}
    for number, line in _lines(path):
        try:
            entry = form.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise BadDocument(
                f"{_name(path)}, line {number}: {where}: {first['msg']}.", hint=_HINT
            ) from error
        if entry.id in found:
            raise BadDocument(f"{_name(path)}, line {number}: the id {entry.id!r} comes twice.", hint=_HINT)
        found[entry.id] = entry
    if not found:
        raise BadDocument(f"{_name(path)} is empty.", hint=_HINT)
    return list(found.values())


def _grades(
    path: Path, queries: Mapping[str, Query], documents: Mapping[str, Document]
) -> dict[str, dict[str, int]]:
    """The grades above 0, by question and document; the header line may name its columns as it likes."""
    seen: dict[tuple[str, str], int] = {}
    lines = _lines(path)
    header = next(lines, None)
    if header is None:
        raise BadDocument(f"{_name(path)} is empty.", hint=_HINT)
    if header[1].count("\t") != 2 or _number(header[1].split("\t")[2]) is not None:
        raise BadDocument(f"{_name(path)}, line {header[0]}: a header line is missing.", hint=_HINT)
    for number, line in lines:
        trouble, judged = _judgement(line, queries, documents)
        if judged[:2] in seen:
            trouble = f"{judged[0]!r} and {judged[1]!r} are judged twice"
        if trouble:
            raise BadDocument(f"{_name(path)}, line {number}: {trouble}.", hint=_HINT)
        seen[judged[:2]] = judged[2]
    grades: dict[str, dict[str, int]] = {}
    for (query, document), grade in seen.items():
        if grade > 0:
            grades.setdefault(query, {})[document] = grade
    return grades


def _judgement(
    line: str, queries: Mapping[str, Query], documents: Mapping[str, Document]
) -> tuple[str, tuple[str, str, int]]:
    """What is wrong with a line, "" for nothing; and its question, document and grade."""
    fields = line.split("\t")
    if len(fields) != 3:
        return f"{len(fields)} columns instead of 3", ("", "", 0)
    query, document, said = fields
    grade = _number(said)
    if query not in queries:
        trouble = f"the question {query!r} is not in queries.jsonl"
    elif document not in documents:
        trouble = f"the document {document!r} is not in corpus.jsonl"
    elif grade is None or grade < 0:
        trouble = f"the relevance {said!r} is not a whole number of at least 0"
    else:
        return "", (query, document, grade)
    return trouble, (query, document, 0)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers. Split at line feeds alone: JSON may hold other line ends."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadDocument(f"{_name(path)} cannot be read: {error.strerror}.", hint=_HINT) from error
    except UnicodeDecodeError as error:
        raise BadDocument(f"{_name(path)} is not UTF-8: {error.reason}.", hint=_HINT) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _name(path: Path) -> str:
    """Folder and file: there may be several folders."""
    return f"{path.parent.resolve().name}/{path.name}"
