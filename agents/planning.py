"""The planner: reads the question exactly, and asks its model only for what exact reading leaves open.

Open are a question in a language that no document is in (translations), and one that asks several things (parts).
What the model says is checked as well: a translation that loses or invents a name or a figure is dropped.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from heiso.agents import prompts
from heiso.agents.events import Planned, Started, Thinking
from heiso.agents.question import Question
from heiso.agents.state import Deps, Plan, State, clock
from heiso.corpus import dates, quantities
from heiso.corpus.errors import RunError
from heiso.corpus.language import detect
from heiso.corpus.reading import read
from heiso.corpus.records import Language

__all__ = ["PlanReply", "faithful", "plan"]

_MOST_PARTS = 4


class PlanReply(BaseModel):
    """What the planner's model is asked for."""

    en: str = Field(max_length=600)
    ja: str = Field(max_length=600)
    parts: list[str] = Field(default_factory=list, max_length=8)


def plan(state: State, deps: Deps) -> State:
    """Decides what to search for; a planner's model that fails costs its translations, not the question."""
    update: State = {}
    with clock(update, "plan"):  # type: ignore[arg-type]
        question = state["question"]
        deps.emit(Started("plan", deps.models.name("planner")))
        planned = Plan(parts=(question.text,))
        if question.language not in deps.index.languages():
            planned = _ask(question, deps, update)
        update["plan"] = planned
        deps.emit(
            Planned(
                language=question.language,
                parts=planned.parts,
                names=tuple(sorted(question.reading.names)),
                unknown=question.unknown,
                translations=planned.translations,
            )
        )
    return update


def faithful(original: str, other: str) -> bool:
    """Whether a translation, or a part, names nothing and states no figure or date that the original does not."""
    here, there = read(original), read(other)
    return (
        there.names <= here.names
        and all(any(quantities.agree(q, p) for p in here.quantities) for q in there.quantities)
        and all(any(dates.agree(d, e) for e in here.dates) for d in there.dates)
    )


def _ask(question: Question, deps: Deps, update: State) -> Plan:
    def on_token(text: str, reasoning: bool) -> None:
        deps.emit(Thinking("planner", text, reasoning))

    try:
        said = deps.models.ask("planner", prompts.plan(question), PlanReply, on_token, deps.seconds_left())
    except RunError as error:
        update["notes"] = (
            f"The planner's model gave no plan ({error.message}); searched with the question alone.",
        )
        return Plan(parts=(question.text,))
    update["usage"] = {"planner": said.usage}
    update["traces"] = (said.trace,) if said.trace else ()
    assert isinstance(said.parsed, PlanReply)
    return _checked(question, said.parsed)


def _checked(question: Question, said: PlanReply) -> Plan:
    offered: dict[Language, str] = {"en": said.en, "ja": said.ja}
    translations = {
        language: text
        for language, text in offered.items()
        if language != question.language
        and text.strip()
        and detect(text) == language
        and faithful(question.text, text)
        and faithful(text, question.text)
    }
    parts = tuple(part for part in said.parts[:_MOST_PARTS] if part.strip() and faithful(question.text, part))
    return Plan(translations=translations, parts=parts or (question.text,))
