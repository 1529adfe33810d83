"""The commands about documents: ingest, and list, show, remove, count, check and rebuild the corpus.

Thin: knows options and exit codes. Everything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heiso.corpus.errors import UserError
from heiso.ui.streams import console, moves

if TYPE_CHECKING:
    from heiso.corpus.records import Document
    from heiso.retrieval import Index

__all__ = ["corpus", "ingest"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option(
    "--sync", is_flag=True, help="Also remove the documents whose files are gone from these folders."
)
@click.option("--title", help="Title of the document; for one file only.")
@click.option("--date", metavar="DATE", help="When it was published: 2025, 2025-08 or 2025-08-14.")
@click.option("--language", type=click.Choice(["ja", "en", "zh"]), help="Language of the documents.")
@click.option("--publisher", help="Who published the documents.")
@click.option("--url", help="Address of the document; for one file only.")
@click.option(
    "--entity", "entities", multiple=True, metavar="NAME", help="What the documents are about; repeatable."
)
@click.option("--quiet", is_flag=True, help="Tell only what failed.")
def ingest(
    paths: tuple[str, ...],
    sync: bool,
    quiet: bool,
    title: str | None,
    url: str | None,
    entities: tuple[str, ...],
    **said: str | None,
) -> None:
    """Bring files and folders into the corpus: PDF, HTML, DOCX, PPTX, XLSX, CSV, Markdown, plain text.

    Files that are unchanged cost nothing. What a file says of itself (title, date, language) can be overridden.
    """
    from heiso.corpus.files import About
    from heiso.retrieval.ingest import ingest as bring_in
    from heiso.ui.document_view import IngestReport, report_lines
    from heiso.ui.terminal import show

    if (title or url) and (len(paths) > 1 or not os.path.isfile(paths[0])):
        raise UserError("A title or an address belongs to one file.", hint="Name one file.")
    plain = {name: value for name, value in said.items() if value}
    about = About(title=title or "", url=url or "", entities=entities, **plain)
    errors = console(stderr=True)
    with _opened() as index, IngestReport(errors, live=moves(errors), quiet=quiet) as watch:
        report = bring_in(index, paths, sync=sync, about=about, watch=watch)
    show(console(), report_lines(report))
    if report.of("failed"):
        raise click.exceptions.Exit(UserError.exit_code)


@click.group()
def corpus() -> None:
    """List, show, remove, count, check and rebuild the documents."""


@corpus.command("list")
def corpus_list() -> None:
    """List the documents: id, languages, passages, titles."""
    from heiso.ui.document_view import documents_lines
    from heiso.ui.terminal import show

    with _opened() as index:
        show(console(), documents_lines(_documents(index), index.counts()))


@corpus.command("stats")
def corpus_stats() -> None:
    """Count topics, documents, passages, sources and facts."""
    from heiso.corpus.facts import facts
    from heiso.ui.document_view import stats_lines
    from heiso.ui.terminal import show

    with _opened() as index:
        show(console(), stats_lines(_documents(index), index.counts(), facts=len(facts())))


@corpus.command("show")
@click.argument("id_", metavar="ID")
def corpus_show(id_: str) -> None:
    """Show the document ID with its sources: deepseek-r1 for every language, deepseek-r1.en for one."""
    from heiso.ui.document_view import document_lines
    from heiso.ui.terminal import show

    with _opened() as index:
        for count, document in enumerate(_wanted(index, id_)):
            if count:
                click.echo()
            show(console(), document_lines(document))


@corpus.command("remove")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def corpus_remove(ids: tuple[str, ...]) -> None:
    """Remove the documents ID from the corpus; their files stay where they are."""
    with _opened() as index:
        wanted = [document for id_ in ids for document in _wanted(index, id_)]
        for document in wanted:
            if document.kind == "briefing":
                raise UserError(f"{document.id} comes with heiso and cannot be removed.")
        index.remove(document.key for document in wanted)
    for document in wanted:
        click.echo(f"removed {document.key}")


@corpus.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def corpus_check(folder: Path | None) -> None:
    """Check the bundled briefings, or those in FOLDER: figures and dates against facts, one language against the other."""
    from heiso.corpus.check import check

    findings = check(folder)
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("The briefings are in order.")


@corpus.command("rebuild")
def corpus_rebuild() -> None:
    """Build the index anew from all documents; the old one goes when the new one is whole."""
    from heiso.agents.library import rebuild
    from heiso.agents.settings import Settings

    made = rebuild(Settings.load())
    if made.trouble:
        click.echo(f"heiso: {made.trouble} The old index is kept beside the new one.", err=True)
    click.echo(f"{made.folder}: {made.documents} documents")


def _opened() -> Index:
    from heiso.agents.library import open_index
    from heiso.agents.settings import Settings

    return open_index(Settings.load())


def _documents(index: Index) -> list[Document]:
    return [index.document(key) for key in sorted(index.keys())]


def _wanted(index: Index, id_: str) -> Sequence[Document]:
    """The documents of an id or a key.

    Raises:
        UserError: there is none; what is near is suggested.
    """
    from difflib import get_close_matches

    keys = sorted(index.keys())
    wanted = [key for key in keys if id_ in (key, key.rpartition(".")[0])]
    if not wanted:
        near = get_close_matches(id_, sorted({key.rpartition(".")[0] for key in keys}), cutoff=0.3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "See `heiso corpus list`."
        raise UserError(f"There is no document {id_!r}.", hint=hint)
    return [index.document(key) for key in wanted]
