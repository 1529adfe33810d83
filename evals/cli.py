"""`heiso eval`: asks the gold questions, evaluates retrieval, and prints how it went. Knows scores and tables only."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heiso.corpus.errors import NotWritable
from heiso.evals.cases import Case, load

if TYPE_CHECKING:
    from rich.table import Table

    from heiso.evals.retrieval import Evaluation, Group, Latency
    from heiso.evals.run import Outcome, Recall
    from heiso.evals.statistics import Estimate

__all__ = ["group"]

_GOLD = ["acceptance", "development"]
_RETRIEVAL = "retrieval"
_WIDE = 120


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The names of a list with commas, each one of the components."""
    if value is None:
        return ()
    from heiso.evals.retrieval import COMPONENTS

    names = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    for name in names:
        if name not in COMPONENTS:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(COMPONENTS)}.")
    return names


@click.group(name="eval")
def group() -> None:
    """Ask the gold questions and score the answers; evaluate retrieval on test collections."""


@group.command(name="run")
@click.option(
    "--suite",
    type=click.Choice([*_GOLD, _RETRIEVAL]),
    default="acceptance",
    show_default=True,
    help="Which gold questions; or retrieval, on test collections of your own.",
)
@click.option("--model", default=None, help="The profile to ask; the one of the settings when not given.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=None,
    help="Only the first N of each language; of a test collection, N at random, always the same.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Write every answer as JSON lines; of retrieval, everything measured as JSON.",
)
@click.option(
    "--at-least", type=click.IntRange(min=0), default=0, help="Leave with exit code 1 below this many passes."
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Retrieval: a folder with corpus.jsonl, queries.jsonl and qrels.tsv; may be given several times.",
)
@click.option(
    "--components",
    callback=_names,
    default=None,
    help="Retrieval: some of lexical,dense,fused,reranked; all that the index has when not given.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Retrieval: keep the vectors of passages in this folder, so that the next run only searches.",
)
def run(
    suite: str,
    model: str | None,
    sample: int | None,
    out: Path | None,
    at_least: int,
    data: tuple[Path, ...],
    components: tuple[str, ...],
    cache: Path | None,
) -> None:
    """Ask a suite and print a line for each question, then the sums by language.

    The retrieval suite asks no model: it indexes the documents of each folder and prints recall@1, 5 and 10, nDCG@10
    and MRR@10 of every component with 95 % intervals, by language pair, and the time a question takes.
    """
    if suite == _RETRIEVAL:
        if not data or model is not None or at_least:
            raise click.UsageError("--suite retrieval needs --data, and takes no --model and no --at-least.")
        _run_retrieval(data, components, sample, cache, out)
        return
    if data or components or cache:
        raise click.UsageError("--data, --components and --cache are for --suite retrieval.")
    _run_gold(suite, model, sample, out, at_least)


def _run_gold(suite: str, model: str | None, sample: int | None, out: Path | None, at_least: int) -> None:
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
@click.option(
    "--suite", type=click.Choice(_GOLD), default="development", show_default=True, help="Which questions."
)
def retrieval(suite: str) -> None:
    """Print the share of the required facts in the first 1, 3 and 5 passages, without asking a model."""
    from heiso.agents import Analyst
    from heiso.evals.run import recall

    with Analyst() as analyst:
        rows = list(recall(analyst, load(suite)))  # type: ignore[arg-type]
    for line in _recalls(rows):
        click.echo(line)


def _run_retrieval(
    folders: Sequence[Path],
    components: tuple[str, ...],
    sample: int | None,
    cache: Path | None,
    out: Path | None,
) -> None:
    from rich.console import Console

    from heiso.agents.settings import Settings
    from heiso.corpus import vocabulary
    from heiso.evals.collection import load_collection
    from heiso.evals.embedding import CachedEmbedder
    from heiso.evals.retrieval import evaluate
    from heiso.evals.statistics import SEED
    from heiso.retrieval import embedder

    settings = Settings.load()
    vocabulary.use(settings.vocabulary_file)
    embed = embedder(settings.embedder)
    collections = [load_collection(folder) for folder in folders]
    # Into a file or a pipe, rich would fold to 80 columns.
    wide = None if sys.stdout.isatty() else _WIDE
    console = Console(width=wide, highlight=False, markup=False, emoji=False)
    evaluations = []
    for whole in collections:
        collection = whole.sample(sample, seed=SEED) if sample else whole
        click.echo(f"{collection.name}: indexing {len(collection.documents)} documents …", err=True)
        with_cache = CachedEmbedder(embed, cache) if cache else embed
        evaluation = evaluate(collection, with_cache, components=components)
        evaluations.append(evaluation)
        click.echo(_head(evaluation))
        console.print(_table(evaluation))
    if out is not None:
        _write(out, json.dumps(_measured(evaluations, sample), ensure_ascii=False, indent=1) + "\n")


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


# ---- retrieval


def _head(evaluation: Evaluation) -> str:
    documents = ", ".join(f"{language} {count}" for language, count in evaluation.documents.items())
    left_out = f" ({evaluation.unjudged} without a relevant document left out)" if evaluation.unjudged else ""
    without = f", {evaluation.unsearchable} of them without a passage" if evaluation.unsearchable else ""
    return (
        f"{evaluation.name}: {sum(evaluation.documents.values())} documents ({documents}){without}, "
        f"{evaluation.passages} passages, {evaluation.questions} questions{left_out}\n"
        f"embedder {evaluation.embedder}, index {evaluation.fingerprint[:12]}"
    )


def _table(evaluation: Evaluation) -> Table:
    """Metrics as rows, components as columns; a section for each language pair where there are several."""
    from rich import box
    from rich.table import Table

    names = list(evaluation.latencies)
    differs = bool(evaluation.groups[0].differences)
    table = Table(
        box=box.SIMPLE,
        caption="Means, 95 % bootstrap intervals over questions, median milliseconds. Lexical and dense come of one call.",
        caption_justify="left",
    )
    for title in ("", *names, *(["fused − better part"] if differs else [])):
        table.add_column(title, overflow="fold")
    # With a single pair, "all" would say the same once more.
    for group in evaluation.groups if len(evaluation.groups) > 2 else evaluation.groups[1:]:
        table.add_section()
        table.add_row(f"{group.pair} ({group.questions})", style="bold")
        for row in _rows(group, names):
            table.add_row(*row)
    table.add_section()
    for label, measured in (
        ("ms (p95)", evaluation.latencies),
        ("with embedding", evaluation.with_embedding),
    ):
        table.add_row(label, *(_milliseconds(measured[name]) for name in names))
    return table


def _rows(group: Group, names: Sequence[str]) -> list[list[str]]:
    rows = []
    for metric in group.metrics[names[0]]:
        row = [metric, *(_interval(group.metrics[name][metric]) for name in names)]
        if metric in group.differences:
            difference = group.differences[metric]
            row.append(_interval(difference.estimate, sign="+", part=difference.part))
        rows.append(row)
    return rows


def _interval(estimate: Estimate, *, sign: str = "", part: str = "") -> str:
    """A mean, its interval in a line of its own; five of them side by side would be too wide."""
    return f"{estimate.mean:{sign}.3f} {part}\n[{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"


def _milliseconds(latency: Latency) -> str:
    return f"{latency.median:.1f} ({latency.p95:.1f})"


def _measured(evaluations: Sequence[Evaluation], sample: int | None) -> dict[str, object]:
    from heiso.evals.statistics import RESAMPLES, SEED

    return {
        "heiso": version("heiso"),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "sample": sample,
        "seed": SEED,
        "resamples": RESAMPLES,
        "collections": [asdict(evaluation) for evaluation in evaluations],
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWritable(
            f"{path.name} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error
