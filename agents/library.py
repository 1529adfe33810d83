"""Opens the index that the settings name, with the bundled briefings in it, and makes it anew.

Knows settings, folders and what belongs in an index; knows no agent and no widget.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from heiso.agents.settings import Settings
from heiso.corpus import bundled, vocabulary
from heiso.corpus.errors import IndexUnavailable, NotWritable, UserError
from heiso.corpus.records import Document
from heiso.retrieval import Index, embedder
from heiso.retrieval.store import documents_in

__all__ = ["Rebuilt", "index_folder", "open_index", "rebuild"]

_FILES = {"chroma", "dense.lock", *(f"store.sqlite{end}" for end in ("", "-wal", "-shm", "-journal"))}
# An index of the format before documents could be ingested: nothing in it that is not bundled.
_FILES |= {f"lexical.sqlite{end}" for end in ("", "-wal", "-shm", "-journal")}


@dataclass(frozen=True)
class Rebuilt:
    """What `rebuild` made: the folder, the number of documents, and why the user's own could not be carried over."""

    folder: Path
    documents: int
    trouble: str = ""


def index_folder(settings: Settings) -> Path:
    """Where the index is."""
    return settings.home / "index"


def open_index(settings: Settings, folder: Path | None = None) -> Index:
    """The index, with exactly the bundled briefings of this version beside the user's documents.

    The vocabulary that the settings name is in force from here on.

    Raises:
        BadSettings: the vocabulary or the embedder cannot be used.
        IndexMismatch, IndexUnavailable, NotWritable, NoSpace: the index cannot be opened or written.
    """
    vocabulary.use(settings.vocabulary_file)
    model = embedder(settings.embedder)
    index = Index.open(folder or index_folder(settings), embed=model, chroma=settings.chroma)
    try:
        index.add(bundled())
        if gone := index.keys("briefing") - {document.key for document in bundled()}:
            index.remove(gone)
    except BaseException:
        index.close()
        raise
    return index


def rebuild(settings: Settings) -> Rebuilt:
    """Builds the index anew from the bundled briefings and the documents that it holds.

    The old one stays in force until the new one is whole. One whose documents cannot be read is kept beside it.

    Raises:
        UserError: the folder is a link, or holds what heiso did not put there.
        NotWritable, NoSpace, IndexUnavailable: the new index cannot be written.
    """
    folder = index_folder(settings)
    _refuse_foreign(folder)
    own, trouble = _own_documents(folder / "store.sqlite")
    fresh = settings.home / f"index.new-{os.getpid()}"
    try:
        with open_index(settings, fresh) as index:
            index.add([document for document, _ in own], files={document.key: file for document, file in own})
            count = len(index.keys())
        _swap(fresh, folder, keep=bool(trouble))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Rebuilt(folder, count, trouble)


def _own_documents(path: Path) -> tuple[list[tuple[Document, str]], str]:
    """The user's documents with the digests of their files, or none and why."""
    try:
        return [(d, file) for d, file in documents_in(path) if d.kind != "briefing"], ""
    except IndexUnavailable as error:
        return [], str(error)


def _refuse_foreign(folder: Path) -> None:
    """Only what heiso itself put there is ever removed."""
    try:
        strange = [] if not folder.exists() else sorted({path.name for path in folder.iterdir()} - _FILES)
    except OSError as error:
        raise NotWritable(f"{folder} cannot be read ({error.strerror}).", hint="Move it away.") from None
    if folder.is_symlink() or strange:
        what = "is a link" if folder.is_symlink() else f"holds what is not heiso's ({', '.join(strange[:3])})"
        raise UserError(f"{folder} {what}, so it is not removed.", hint="Move it away, then run this again.")


def _swap(fresh: Path, folder: Path, *, keep: bool) -> None:
    """Puts the new index in the place of the old one, which goes unless it is to be kept."""
    old = folder.with_name(f"index.old-{os.getpid()}")
    try:
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise NotWritable(
            f"{folder} cannot be replaced ({error.strerror}).", hint="Check its rights."
        ) from error
    if not keep:
        shutil.rmtree(old, ignore_errors=True)
