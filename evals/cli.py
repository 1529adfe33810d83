"""`heiso eval`: asks the gold questions and prints how the answers did. Knows scores and tables, no widgets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heiso.evals.cases import Case, load

if TYPE_CHECKING:
    from heiso.evals.run import Outcome, Recall

__all__ = ["group"]

_SUITES = click.Choice(["acceptance", "development"])


@click.group(name="eval")
def group() -> None:
    """Ask the gold questions and score the answers."""


@group.command(name="run")
@click.option("--suite", type=_SUITES, default="acceptance", show_default=True, help="Which questions.")
@click.option("--model", default=None, help="The profile to ask; the one of the settings when not given.")
@click.option("--sample", type=click.IntRange(min=1), default=None, help="Only the first N of each language.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Write every answer as JSON lines.",
)
@click.option(
    "--at-least", type=click.IntRange(min=0), default=0, help="Leave with exit code 1 below this many passes."
)
def run(suite: str, model: str | None, sample: int | None, out: Path | None, at_least: int) -> None:
    """Ask a suite and print a line for each question, then the sums by language."""
    from heiso.agents import Analyst
    from heiso.evals.run import ask_all

    cases = _sampled(load(suite), sample)  # type: ignore[arg-type]
    outcomes = []
    with Analyst(model=model) as analyst:
        for outcome in ask_all(analyst, cases):
            outcomes.append(outcome)
            click.echo(_line(outcome))
    if out is not None:
        out.write_text("".join(_record(outcome) + "\n" for outcome in outcomes), encoding="utf-8")
    for line in _sums(outcomes):
        click.echo(line)
    if sum(_passed(outcome) for outcome in outcomes) < at_least:
        raise click.exceptions.Exit(1)


@group.command(name="retrieval")
@click.option("--suite", type=_SUITES, default="development", show_default=True, help="Which questions.")
def retrieval(suite: str) -> None:
    """Print the share of the required facts in the first 1, 3 and 5 passages, without asking a model."""
    from heiso.agents import Analyst
    from heiso.evals.run import recall

    with Analyst() as analyst:
        rows = list(recall(analyst, load(suite)))  # type: ignore[arg-type]
    for line in _recalls(rows):
        click.echo(line)


def _sampled(cases: Sequence[Case], sample: int | None) -> list[Case]:
    taken: dict[str, int] = {}
    chosen = []
    for case in cases:
        taken[case.language] = taken.get(case.language, 0) + 1
        if sample is None or taken[case.language] <= sample:
            chosen.append(case)
    return chosen


def _line(outcome: Outcome) -> str:
    case, answer, scored = outcome.case, outcome.answer, outcome.score
    if answer is None or scored is None:
        return f"ERROR {case.id} {case.language} {case.question}\n      {outcome.error}"
    sign = "pass " if scored.passed else "MISS "
    reason = f" ({answer.reason})" if answer.reason else ""
    seconds = answer.timings.get("total", 0.0)
    text = " ".join(answer.text.split())
    return f"{sign} {case.id} {case.language} {case.question}\n      {answer.status}{reason} {seconds:.0f} s: {text}"


def _sums(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for language in ("ja", "en", "zh", "all"):
        mine = [o for o in outcomes if language in ("all", o.case.language)]
        scores = [o.score for o in mine if o.score is not None]
        if mine:
            facts = sum(s.facts for s in scores) / len(scores) if scores else 0.0
            cited = sum(s.cited for s in scores) / len(scores) if scores else 0.0
            errors = len(mine) - len(scores)
            lines.append(
                f"{language:>4}  n {len(mine):>3}  passed {sum(map(_passed, mine)):>3}  facts {facts:.2f}  "
                f"facts cited {cited:.2f}  errors {errors}"
            )
    return lines


def _recalls(rows: Sequence[Recall]) -> list[str]:
    lines = []
    answerable = [row for row in rows if row.case.status == "answered"]
    for language in ("ja", "en", "zh", "all"):
        mine = [row for row in answerable if language in ("all", row.case.language)]
        if mine:
            shares = "  ".join(
                f"@{k} {sum(r.shares[k] for r in mine) / len(mine):.3f}" for k in mine[0].shares
            )
            lines.append(f"{language:>4}  n {len(mine):>3}  facts found {shares}")
    for status in ("answered", "no_evidence", "out_of_scope"):
        near = sorted(r.similarity for r in rows if status in (r.case.status, r.case.reason))
        if near:
            lines.append(
                f"best similarity, {status}: {near[0]:.3f} to {near[-1]:.3f}, median {near[len(near) // 2]:.3f}"
            )
    return lines


def _passed(outcome: Outcome) -> bool:
    return outcome.score is not None and outcome.score.passed


def _record(outcome: Outcome) -> str:
    answer = outcome.answer.model_dump(mode="json") if outcome.answer else None
    scored = {**vars(outcome.score), "passed": outcome.score.passed} if outcome.score else None
    record = {"case": outcome.case.model_dump(), "score": scored, "error": outcome.error, "answer": answer}
    return json.dumps(record, ensure_ascii=False)
