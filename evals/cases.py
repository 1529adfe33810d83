"""Gold questions: what is asked, which facts an answer must give, which it must not, and when to abstain.

Knows the form of a case file; knows nothing of how answers are made or scored.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from heiso.corpus.errors import BadDocument
from heiso.corpus.records import Language

__all__ = ["Case", "Suite", "load", "load_file"]

Suite = Literal["acceptance", "development"]


class Case(BaseModel):
    """One question. `facts` are the required facts, each as its accepted forms; `briefings` hold them.

    Questions of one `cluster` ask for the facts of one briefing; `reason` is that of an expected abstention.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    cluster: str
    language: Language
    kind: str
    question: str
    facts: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...] = ()
    status: Literal["answered", "abstained"]
    reason: str = ""
    briefings: tuple[str, ...] = ()


def load(suite: Suite) -> tuple[Case, ...]:
    """The cases of a bundled suite, in order."""
    with resources.as_file(resources.files("heiso.evals").joinpath(f"{suite}.jsonl")) as path:
        return load_file(path)


def load_file(path: Path) -> tuple[Case, ...]:
    """The cases of a JSON-lines file, in order; blank lines are passed over.

    Raises:
        BadDocument: a line is not a case; the error names it by its number.
    """
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            cases.append(Case.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise BadDocument(f"{path.name}, line {number}: {where}: {first['msg']}.") from error
    return tuple(cases)
