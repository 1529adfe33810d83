"""Brings the user's files into an index: reads what is new or changed, leaves what is not, and tells of each file.

Knows files and the index; knows no format, and nothing of who asked for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from heiso.corpus import files, vocabulary
from heiso.corpus.errors import BadDocument, UserError
from heiso.corpus.files import About
from heiso.corpus.isolated import IsolatedReader
from heiso.corpus.records import Document
from heiso.retrieval.index import Index

__all__ = ["STATES", "Outcome", "Report", "ingest"]

# Written to the index together: enough for the embedder to be kept busy, little enough to lose when killed.
_BATCH_CHARACTERS = 24_000
_BATCH_FILES = 64

State = Literal["added", "changed", "unchanged", "removed", "failed"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Outcome:
    """What became of one file. `key` is its document; of a file that failed, the earlier version that stays, or ""."""

    path: str
    state: State
    key: str = ""
    notes: tuple[str, ...] = ()
    error: UserError | None = None


@dataclass(frozen=True)
class Report:
    """What became of every file. `left_out` counts, by suffix, the files of folders that no reader is for."""

    outcomes: tuple[Outcome, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def of(self, state: State) -> tuple[Outcome, ...]:
        """The outcomes of one state."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == state)


def ingest(
    index: Index,
    paths: Iterable[str | Path],
    *,
    sync: bool = False,
    about: About | None = None,
    watch: Callable[[Outcome, int, int], None] | None = None,
) -> Report:
    """Brings files, and the files of folders, into `index`.

    Each file comes in whole or not at all: killed at any point, the index holds it as before or as after, and the next
    call goes on from there. A file that cannot be read is told of and the others are still taken; what the index holds
    of an earlier version stays.

    Args:
        index: where the documents go.
        paths: files and folders.
        sync: also remove the documents whose files are gone from these folders.
        about: what is said of the documents in place of what their files say.
        watch: called after each file with its outcome, the number of files done, and the number of all.

    Raises:
        NoSpace, NotWritable, IndexUnavailable: the index cannot be written; what came in before stays.
    """
    said = about or About()
    roots = [Path(path) for path in paths]
    found = files.find(roots)
    count = len(found.files) + len(found.troubles)
    with IsolatedReader(vocabulary_file=vocabulary.path()) as reader:
        run = _Run(index, reader, said, count, watch or (lambda outcome, done, of: None))
        for trouble in found.troubles:
            run.tell(Outcome(trouble.path, "failed", error=trouble.error))
        for path in found.files:
            run.take(path)
        run.write()
    if sync:
        run.drop(_gone(index, roots, {os.fspath(path) for path in found.files}))
    return Report(tuple(run.outcomes), found.left_out)


class _Run:
    """One call of `ingest`: the documents that wait to be written together, and what was told so far."""

    def __init__(
        self,
        index: Index,
        reader: IsolatedReader,
        about: About,
        count: int,
        watch: Callable[[Outcome, int, int], None],
    ) -> None:
        self.outcomes: list[Outcome] = []
        self._index = index
        self._reader = reader
        self._about = about
        self._count = count
        self._watch = watch
        self._held = index.files()
        self._waiting: list[tuple[Document, str]] = []

    def take(self, path: Path) -> None:
        """Reads a file that is new or changed."""
        origin = os.fspath(path)
        key, known = self._held.get(origin, ("", ""))
        try:
            digest = files.digest(path, self._about)
            if digest == known:
                self.tell(Outcome(origin, "unchanged", key))
                return
            document = self._reader.read(path, self._about)
        except BadDocument as error:
            self.tell(Outcome(origin, "failed", key, error=error))
            return
        self._waiting.append((document, digest))
        if (
            len(self._waiting) >= _BATCH_FILES
            or sum(len(d.text) for d, _ in self._waiting) >= _BATCH_CHARACTERS
        ):
            self.write()

    def write(self) -> None:
        """Writes what waits."""
        waiting, self._waiting = self._waiting, []
        self._index.add([d for d, _ in waiting], files={d.key: digest for d, digest in waiting})
        for document, _ in waiting:
            state: State = "changed" if document.origin in self._held else "added"
            self.tell(Outcome(document.origin, state, document.key, document.notes))

    def drop(self, gone: Mapping[str, str]) -> None:
        """Removes the documents of files that are no more, by path."""
        self._index.remove(gone.values())
        self._count += len(gone)
        for path, key in gone.items():
            self.tell(Outcome(path, "removed", key))

    def tell(self, outcome: Outcome) -> None:
        """Notes an outcome, and passes it on."""
        self.outcomes.append(outcome)
        self._watch(outcome, len(self.outcomes), self._count)


def _gone(index: Index, roots: Iterable[Path], found: set[str]) -> dict[str, str]:
    """The documents, by path, whose files were once under `roots` and are there no more."""
    folders = [root.resolve() for root in roots if root.is_dir()]
    return {
        origin: key
        for origin, (key, _) in sorted(index.files().items())
        if origin not in found
        and any(Path(origin).is_relative_to(folder) for folder in folders)
        and not os.path.lexists(origin)
    }
