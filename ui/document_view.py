"""What heiso shows of documents in a terminal: lists, texts with their sources, counts, and how an ingest goes.

Knows rich and the records that it shows; opens nothing. What documents say is data here, as in `terminal`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from heiso.ui.terminal import Line, line, one_line, place_text, show, source_text, tail, visible, word

if TYPE_CHECKING:
    from heiso.corpus.records import Document, Language, Source
    from heiso.retrieval.ingest import Outcome, Report

__all__ = ["IngestReport", "document_lines", "documents_lines", "report_lines", "stats_lines"]

_STEP = 10  # percent between two plain lines of an ingest
_NAME = 40  # cells of a file's name beside the bar


def documents_lines(documents: Iterable[Document], passages: Mapping[str, int]) -> list[Line]:
    """A list of documents, the languages of one id together; `passages` counts them by document key."""
    by_id: dict[str, list[Document]] = {}
    for document in documents:
        by_id.setdefault(document.id, []).append(document)
    lines = []
    for id_, held in by_id.items():
        count = sum(passages[document.key] for document in held)
        languages = ", ".join(document.language for document in held)
        lines.append(line((id_, "bold"), (f"  {languages} · {count} passages", "dim")))
        lines += [line(one_line(document.title), indent=2) for document in held]
    return lines


def document_lines(document: Document) -> list[Line]:
    """A document's text with numbered source marks, then these sources."""
    number = {source.id: count for count, source in enumerate(document.sources, 1)}
    text, at = "", 0
    for mark in sorted(document.marks, key=lambda mark: mark.offset):
        text += f"{document.text[at : mark.offset]}[{number[mark.source]}]"
        at = mark.offset
    about = (document.key, document.publisher, document.date, document.kind, document.licence, document.url)
    lines = [line((document.title, "bold")), line((place_text("", about).lstrip("— "), "dim")), line()]
    lines += [Line(Text(line)) for line in visible(text + document.text[at:]).split("\n")]
    if document.sources:
        lines += [line(), line((word("sources", document.language), "underline"))]
    return lines + [_numbered(number[source.id], source, document.language) for source in document.sources]


def _numbered(count: int, source: Source, language: Language) -> Line:
    return line((f"[{count}] ", "cyan"), source_text(vars(source), language), indent=2)


def stats_lines(documents: Sequence[Document], passages: Mapping[str, int], *, facts: int) -> list[Line]:
    """Counts over documents: topics, documents by language, passages, sources, and how many of the `facts` are used."""
    sources = [source for document in documents for source in document.sources]
    languages = sorted({document.language for document in documents})
    briefings = [document for document in documents if document.kind == "briefing"]
    counts = {
        "topics of the briefings": len({document.id for document in briefings}),
        "topics in both languages": sum(
            1
            for topic in {d.id for d in briefings}
            if {d.language for d in briefings if d.id == topic} >= {"en", "ja"}
        ),
        "documents of your own": len(documents) - len(briefings),
    }
    counts |= {f"documents ({lang})": sum(d.language == lang for d in documents) for lang in languages}
    counts |= {
        "passages": sum(passages.values()),
        "sources": len({source.url or (source.title, source.publisher) for source in sources}),
        "facts used": len({fact for source in sources for fact in source.facts}),
        "facts recorded": facts,
    }
    return [line((f"{name}: ", "dim"), f"{count:,}") for name, count in counts.items()]


def report_lines(report: Report) -> Iterator[Line]:
    """What an ingest did, in a few lines: counts, then what files of other kinds were left out."""
    from heiso.retrieval.ingest import STATES

    counts = Counter(outcome.state for outcome in report.outcomes)
    told = [f"{counts[state]:,} {state}" for state in STATES if counts[state]]
    yield line((" · ".join(told) or "no files", "bold"))
    if report.left_out:
        kinds = ", ".join(
            f"{count:,} {suffix or 'without a suffix'}" for suffix, count in sorted(report.left_out.items())
        )
        yield line((f"left out, no reader: {kinds}", "dim"))


def _outcome_lines(outcome: Outcome) -> Iterator[Line]:
    """What a person must know of one file: that it failed, and what could not be taken of it."""
    if outcome.error is not None:
        yield line(("✗ ", "red"), one_line(str(outcome.error)))
        if outcome.key:
            yield line(f"its earlier version stays: {outcome.key}", indent=2)
    for note in outcome.notes:
        yield line(("! ", "yellow"), one_line(f"{outcome.path}: {note}"))


class IngestReport:
    """Tells how an ingest goes: a bar with rate and time left in a terminal, elsewhere a line for every 10 %."""

    def __init__(self, console: Console, *, live: bool, quiet: bool = False) -> None:
        self._console = console
        self._told = 0
        self._quiet = quiet
        self._bars: Bars | None = None
        if live and not quiet:
            self._bars = Bars(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("{task.description}", style="dim"),
                console=console,
            )

    def __call__(self, outcome: Outcome, done: int, of: int) -> None:
        """Takes the next file."""
        show(self._console, _outcome_lines(outcome))
        if self._quiet:
            return
        if self._bars is None:
            step = 100 * done // of // _STEP
            if step > self._told or done == of:
                self._told = step
                show(self._console, [line((f"{done:,} of {of:,} files", "dim"))])
            return
        if not self._bars.task_ids:
            self._bars.add_task("", total=of, rate="")
        speed = self._bars.tasks[0].speed
        self._bars.update(
            self._bars.task_ids[0],
            completed=done,
            total=of,
            description=tail(one_line(outcome.path), _NAME),
            rate=f"{speed:.1f} files/s" if speed else "",
        )

    def __enter__(self) -> IngestReport:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()
