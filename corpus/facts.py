"""Reads the facts that the briefings rest on: `facts.jsonl`, one sourced statement a line, in English and Japanese.

Knows the form of a fact; does not know which briefing uses it, nor whether it is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from heiso.corpus.errors import BadDocument

__all__ = ["Fact", "facts", "parse"]

_Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class Fact:
    """One statement of one source, in our own words in both languages.

    `as_of` is the ISO date that the statement holds for, `date` the source's own date as it was found ("2025-01
    (snapshot 2025-04-09)"); `url` may be "". `kind` is primary, secondary or seed; `confidence` high, medium or low.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", str_strip_whitespace=True)

    id: _Text
    as_of: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")]
    en: _Text
    ja: _Text
    title: _Text
    publisher: _Text
    url: str
    date: _Text
    kind: Literal["primary", "secondary", "seed"]
    confidence: Literal["high", "medium", "low"]


_FACT = TypeAdapter(Fact)


@cache
def facts() -> dict[str, Fact]:
    """The facts that come with heiso, by id.

    Raises:
        BadDocument: the file is missing, or a line of it is not in its form.
    """
    file = resources.files("heiso.corpus").joinpath("facts.jsonl")
    try:
        return parse(file.read_text(encoding="utf-8"), name=file.name)
    except FileNotFoundError as error:
        raise BadDocument(f"{file.name}: the file is missing.", hint="Install heiso anew.") from error


def parse(raw: str, *, name: str) -> dict[str, Fact]:
    """Reads the lines of a file of facts, by id; blank lines are passed over. `name` is named in errors.

    Raises:
        BadDocument: a line is no fact, has an empty text, or repeats an id; the message gives the line.
    """
    found: dict[str, Fact] = {}
    for number, line in enumerate(raw.split("\n"), start=1):
        if not line.strip():
            continue
        fact = _fact(line, f"{name}, line {number}")
        if fact.id in found:
            raise BadDocument(
                f"{name}, line {number}: the id {fact.id!r} is used twice.",
                hint="Each fact has an id of its own.",
            )
        found[fact.id] = fact
    return found


def _fact(line: str, where: str) -> Fact:
    try:
        return _FACT.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        why = f"{field}: {first['msg']}" if field else first["msg"]
        raise BadDocument(f"{where}: {why}.", hint="See corpus/README.md.") from error
