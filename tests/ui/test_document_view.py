"""Tests of what is shown of documents: texts with sources, lists, counts, and how an ingest goes."""

import io

from rich.console import Console

from heiso.corpus import bundled, cut
from heiso.corpus.errors import BadDocument
from heiso.retrieval.ingest import Outcome, Report
from heiso.ui import document_view
from heiso.ui.document_view import IngestReport
from heiso.ui.terminal import show


def told(lines) -> str:
    console = Console(file=io.StringIO(), width=400)
    show(console, lines)
    return console.file.getvalue()


def test_a_document_is_shown_with_numbered_marks_and_their_sources():
    document = next(d for d in bundled() if d.key == "deepseek-r1.en")
    out = told(document_view.document_lines(document))
    text, _, sources = out.partition("\nSources\n")
    for count, source in enumerate(document.sources, 1):
        assert f"[{count}] {source.title}" in sources
        assert (f"[{count}]" in text) == any(mark.source == source.id for mark in document.marks)
    mark = min(document.marks, key=lambda mark: mark.offset)
    assert document.text[mark.offset - 20 : mark.offset] + "[" in text


def test_documents_are_listed_and_counted():
    documents = [d for d in bundled() if d.id in ("deepseek-r1", "mistral")]
    passages = {d.key: len(cut(d)) for d in documents}
    listed = told(document_view.documents_lines(documents, passages))
    count = passages["mistral.en"] + passages["mistral.ja"]
    assert f"mistral  en, ja · {count} passages\n" in listed
    assert all(f"  {d.title}\n" in listed for d in documents)
    stats = told(document_view.stats_lines(documents, passages, facts=459))
    facts = {fact for d in documents for s in d.sources for fact in s.facts}
    assert (
        "topics of the briefings: 2\n" in stats
        and "topics in both languages: 2\n" in stats
        and "documents (en): 2\n" in stats
        and f"facts used: {len(facts)}\n" in stats
    )


BROKEN = BadDocument("b\x1b.pdf is damaged.", hint="Fetch it again.")
OUTCOMES = (
    Outcome("/a.txt", "added", "a-1.en"),
    Outcome("/b\x1b.pdf", "failed", "b-1.en", error=BROKEN),
    Outcome("/c.pdf", "changed", "c-1.ja", ("Page 3 is an image without text.",)),
    Outcome("/d.txt", "unchanged", "d-1.en"),
)


def test_a_report_counts_and_names_what_was_left_out():
    out = told(document_view.report_lines(Report(OUTCOMES, {".png": 3, "": 1})))
    assert (
        out
        == "1 added · 1 changed · 1 unchanged · 1 failed\nleft out, no reader: 1 without a suffix, 3 .png\n"
    )
    assert told(document_view.report_lines(Report(()))) == "no files\n"


def test_failures_and_notes_are_told_as_they_come():
    console = Console(file=io.StringIO(), width=400)
    with IngestReport(console, live=False) as watch:
        for done, outcome in enumerate(OUTCOMES, 1):
            watch(outcome, done, len(OUTCOMES))
    out = console.file.getvalue().splitlines()
    assert out == [
        "1 of 4 files",
        "✗ b␛.pdf is damaged. Fetch it again.",
        "  its earlier version stays: b-1.en",
        "2 of 4 files",
        "! /c.pdf: Page 3 is an image without text.",
        "3 of 4 files",
        "4 of 4 files",
    ]


def test_quiet_tells_failures_only():
    console = Console(file=io.StringIO(), width=400)
    with IngestReport(console, live=True, quiet=True) as watch:
        for done, outcome in enumerate(OUTCOMES[:2], 1):
            watch(outcome, done, 2)
    assert len(console.file.getvalue().splitlines()) == 2


def test_a_bar_tells_rate_and_time_left():
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with IngestReport(console, live=True) as watch:
        for done in range(1, 6):
            watch(OUTCOMES[0], done, 10)
        shown = told([*_plain(watch)])
    assert "5/10" in shown and "files/s" in shown


def _plain(watch):
    console = Console(file=io.StringIO(), width=120)
    console.print(watch._bars.get_renderable())
    from heiso.ui.terminal import line

    return [line(part) for part in console.file.getvalue().splitlines()]
