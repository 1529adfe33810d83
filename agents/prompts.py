"""Fills in the prompts of prompts.yaml. Knows their names and variables; knows nothing of models or graphs."""

from __future__ import annotations

import string
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from heiso.agents.answer import Claim
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question
from heiso.corpus.errors import BadSettings
from heiso.corpus.quantities import Quantity, render
from heiso.corpus.records import Language

__all__ = ["Messages", "critique", "fault", "figure_pairs", "plan", "reason", "revise"]

Messages = list[tuple[str, str]]

# The variables that each prompt may use; a prompt with another one is refused when the file is read.
_VARIABLES: dict[str, frozenset[str]] = {
    "system": frozenset(),
    "evidence": frozenset({"items"}),
    "item": frozenset({"key", "heading", "text"}),
    "question": frozenset({"question"}),
    "plan": frozenset({"question"}),
    "reason": frozenset({"language", "most", "figures"}),
    "figures": frozenset({"language", "pairs"}),
    "revise": frozenset({"language", "most", "figures", "draft", "faults"}),
    "critique": frozenset({"claim", "key"}),
}
_FAULT_VARIABLES = frozenset({"claim", "detail", "language"})
MOST_CLAIMS = 4


def plan(question: Question) -> Messages:
    """Asks the planner for translations and parts."""
    return [("system", _prompt("system")), ("user", _fill("plan", question=question.text))]


def reason(question: Question, pack: EvidencePack) -> Messages:
    """Asks the analyst for claims."""
    figures = figure_pairs(question, pack)
    task = _fill("reason", language=language_name(question.language), most=MOST_CLAIMS, figures=figures)
    return _shared(question, pack, task)


def revise(question: Question, pack: EvidencePack, draft: Sequence[Claim], faults: Sequence[str]) -> Messages:
    """Asks the analyst again, with its draft and what was wrong with it."""
    task = _fill(
        "revise",
        language=language_name(question.language),
        most=MOST_CLAIMS,
        figures=figure_pairs(question, pack),
        draft=_lines(claim.text for claim in draft),
        faults=_lines(faults),
    )
    return _shared(question, pack, task)


def critique(question: Question, pack: EvidencePack, claim: Claim) -> Messages:
    """Asks the critic about one claim."""
    return _shared(question, pack, _fill("critique", claim=claim.text, key=" and ".join(claim.keys)))


def fault(name: str, *, claim: str, detail: str, language: Language) -> str:
    """What is told to the analyst about a failed check."""
    template: str = _file()["faults"][name]
    return template.format(claim=claim, detail=detail, language=language_name(language))


def language_name(language: Language) -> str:
    """The language's name in the prompts' own language."""
    return str(_file()["languages"][language])


def figure_pairs(question: Question, pack: EvidencePack) -> str:
    """The figures of evidence in other languages, as the question's language writes them; empty when there are none."""
    pairs: dict[str, str] = {}
    for item in pack.items:
        if item.passage.language != question.language:
            for quantity in _worth_converting(item.passage.text):
                written = item.passage.text[quantity.start : quantity.end]
                pairs.setdefault(written, render(quantity.value, quantity.unit, question.language))
    if not pairs:
        return ""
    text = "; ".join(f"{written} = {converted}" for written, converted in list(pairs.items())[:12])
    return _fill("figures", language=language_name(question.language), pairs=text).rstrip()


def _worth_converting(text: str) -> list[Quantity]:
    """Large or priced figures: what languages write with different magnitudes and units."""
    from heiso.corpus.reading import read

    return [q for q in read(text).quantities if q.value >= Decimal(10_000)]


def _shared(question: Question, pack: EvidencePack, task: str) -> Messages:
    items = "\n\n".join(
        _fill("item", key=item.key, heading=item.passage.heading[-1] if item.passage.heading else item.passage.title,
              text=item.passage.text.replace("\n", " "))
        for item in pack.items
    )  # fmt: skip
    prefix = _fill("evidence", items=items) + _fill("question", question=question.text)
    return [("system", _prompt("system")), ("user", prefix + task)]


def _lines(texts: Any) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _fill(name: str, **values: object) -> str:
    return _prompt(name).format(**values)


def _prompt(name: str) -> str:
    return str(_file()[name])


@cache
def _raw() -> str:
    return resources.files("heiso.agents").joinpath("prompts.yaml").read_text(encoding="utf-8")


@cache
def _file() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(_raw())
    for name, allowed in _VARIABLES.items():
        _check(name, data[name], allowed)
    for name, template in data["faults"].items():
        _check(f"faults.{name}", template, _FAULT_VARIABLES)
    return data


def _check(name: str, template: str, allowed: frozenset[str]) -> None:
    used = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    if used - allowed:
        raise BadSettings(
            f"prompts.yaml: the prompt {name!r} uses {sorted(used - allowed)}, it may use {sorted(allowed)}.",
            hint="Write literal braces twice.",
        )
