"""Finds files and reads them as documents: which there are, what each really is, how large it may be.

Knows paths and the first bytes of formats; what is inside a format is known by its own module, imported when
needed.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict, Unpack, cast

from heiso.corpus import describe
from heiso.corpus.errors import BadDocument, BadSettings
from heiso.corpus.extract import Extract
from heiso.corpus.records import Document, Language

__all__ = [
    "LARGEST",
    "READERS",
    "SUFFIXES",
    "About",
    "Format",
    "Found",
    "Trouble",
    "digest",
    "find",
    "read",
    "shown",
]

LARGEST = 100 * 2**20
# Raise it when a reader gives another text for the same file, so that what was read before is read again.
READERS = 1


@dataclass(frozen=True)
class Format:
    """A format that heiso reads: the function of the module that reads it, and which fields the file truly
    states.

    The date of a PDF or an office file is when a program wrote it; that of a web page is when it was
    published.
    """

    name: str
    module: str
    function: str
    states: frozenset[str] = frozenset()


_PDF = Format("PDF", "pdf", "extract")
_HTML = Format("HTML", "html", "extract", frozenset({"date"}))
_DOCX = Format("Word", "word", "docx")
_PPTX = Format("PowerPoint", "slides", "pptx")
_XLSX = Format("Excel", "sheets", "xlsx")
_CSV = Format("CSV", "sheets", "csv")
_TEXT = Format("plain text", "plain", "text")
_MARKDOWN = Format("Markdown", "plain", "markdown", frozenset({"date", "language"}))

SUFFIXES: Mapping[str, Format] = MappingProxyType(
    {
        ".pdf": _PDF,
        ".html": _HTML,
        ".htm": _HTML,
        ".xhtml": _HTML,
        ".docx": _DOCX,
        ".pptx": _PPTX,
        ".xlsx": _XLSX,
        ".csv": _CSV,
        ".tsv": _CSV,
        ".md": _MARKDOWN,
        ".markdown": _MARKDOWN,
        ".txt": _TEXT,
        ".text": _TEXT,
    }
)

_UNREAD = {
    ".doc": "Open it in Word and save it as .docx.",
    ".xls": "Open it in Excel and save it as .xlsx.",
    ".ppt": "Open it in PowerPoint and save it as .pptx.",
    ".docm": "Save it without macros, as .docx.",
    ".xlsm": "Save it without macros, as .xlsx.",
    ".pptm": "Save it without macros, as .pptx.",
    ".xlsb": "Save it as .xlsx.",
    ".rtf": "Open it in a word processor and save it as .docx.",
    ".odt": "Save it as .docx.",
    ".ods": "Save it as .xlsx.",
    ".odp": "Save it as .pptx.",
    ".epub": "Convert it to .html or .pdf.",
    ".pages": "Export it as .docx or .pdf.",
    ".numbers": "Export it as .xlsx.",
    ".key": "Export it as .pptx or .pdf.",
    ".zip": "Unpack it and give the folder.",
    ".gz": "Unpack it and give the file.",
    ".7z": "Unpack it and give the folder.",
    ".rar": "Unpack it and give the folder.",
    ".png": "Run OCR over it and save the text.",
    ".jpg": "Run OCR over it and save the text.",
    ".jpeg": "Run OCR over it and save the text.",
    ".gif": "Run OCR over it and save the text.",
    ".tif": "Run OCR over it and save the text.",
    ".tiff": "Run OCR over it and save the text.",
}
_READ = "heiso reads " + ", ".join(SUFFIXES) + "."
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_STREAMS = (
    ("EncryptedPackage", ("an encrypted office file", "")),
    ("WordDocument", ("an old Word document", ".doc")),
    ("PowerPoint Document", ("an old PowerPoint presentation", ".ppt")),
    ("Workbook", ("an old Excel workbook", ".xls")),
    ("Book", ("an old Excel workbook", ".xls")),
)
_MAGIC = (
    (b"{\\rtf", ("a rich text file", ".rtf")),
    (b"\x89PNG\r\n", ("a PNG image", ".png")),
    (b"\xff\xd8\xff", ("a JPEG image", ".jpg")),
    (b"GIF8", ("a GIF image", ".gif")),
    (b"II*\0", ("a TIFF image", ".tif")),
    (b"MM\0*", ("a TIFF image", ".tif")),
    (b"\x1f\x8b\x08", ("a gzip archive", ".gz")),
    (b"7z\xbc\xaf\x27\x1c", ("a 7-Zip archive", ".7z")),
    (b"Rar!\x1a\x07", ("a RAR archive", ".rar")),
)
_MEMBERS = (
    ("word/", ("a Word document", ".docx")),
    ("ppt/", ("a PowerPoint presentation", ".pptx")),
    ("xl/workbook.bin", ("a binary Excel workbook", ".xlsb")),
    ("xl/", ("an Excel workbook", ".xlsx")),
)
_MIMETYPES = {
    "application/epub+zip": ("an EPUB book", ".epub"),
    "application/vnd.oasis.opendocument.text": ("an OpenDocument text", ".odt"),
    "application/vnd.oasis.opendocument.spreadsheet": ("an OpenDocument spreadsheet", ".ods"),
    "application/vnd.oasis.opendocument.presentation": ("an OpenDocument presentation", ".odp"),
}
_HTML_HEAD = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_SAME = {".htm": ".html", ".xhtml": ".html", ".jpeg": ".jpg", ".tiff": ".tif"}
_MACROS = (".docm", ".xlsm", ".pptm")
_LONGEST_SLUG = 60
# What would break a line, drive a terminal or turn its writing direction; the rest of a name is shown as it
# is.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ISO = re.compile(r"\d{4}(?:-\d{2}){0,2}")


class Overrides(TypedDict, total=False):
    """The fields of `About`, as keywords."""

    title: str | None
    date: str | None
    language: str | None
    entities: Iterable[str] | None
    publisher: str | None
    url: str | None


@dataclass(frozen=True)
class About:
    """What is said of documents in place of what their files say; "" and () leave it to the file.

    Raises:
        BadSettings: `date` is no day, month or year in ISO form, or `language` is none of ja, en and zh.
    """

    title: str = ""
    date: str = ""
    language: str = ""
    entities: tuple[str, ...] = ()
    publisher: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if self.language and self.language not in ("ja", "en", "zh"):
            raise BadSettings(f"The language {self.language!r} is not known.", hint="Say ja, en or zh.")
        if self.date and not _is_iso(self.date):
            raise BadSettings(
                f"The date {self.date!r} cannot be read.", hint="Write it as 2025-08-27, 2025-08 or 2025."
            )


@dataclass(frozen=True)
class Trouble:
    """A path that was asked for, or met in a folder, and cannot be read."""

    path: str
    error: BadDocument


@dataclass(frozen=True)
class Found:
    """The files to read, each once, in a stable order; the paths in trouble; and what in folders was left
    out, by suffix.
    """

    files: tuple[Path, ...]
    troubles: tuple[Trouble, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def read(
    path: str | os.PathLike[str],
    about: About | None = None,
    *,
    largest: int = LARGEST,
    **said: Unpack[Overrides],
) -> Document:
    """Reads a file as a document. What `about` and the keywords say goes before what the file says.

    Args:
        path: PDF, HTML, Word, PowerPoint, Excel, CSV, Markdown or plain text, as its suffix says.
        about: title, date, language, entities, publisher and url, where they are not to be found in the file.
        largest: the number of bytes above which a file is refused.
        **said: single fields of `about`.

    Raises:
        BadDocument: the file is not there, cannot be opened, is too large, is of another kind than its suffix
            says or of none that heiso reads, is damaged, or holds no text.
        BadSettings: a date or language is given that cannot be read.
    """
    about = _together(about, said)
    place, status = _locate(path, largest)
    name = shown(place.name)
    data = _bytes(place, largest)
    form = _format(place, data)
    extract = _extract(form, data, name)
    stem = shown(place.stem)
    day, notes = describe.date(
        extract,
        stem,
        stated="date" in form.states,
        modified=datetime.date.fromtimestamp(status.st_mtime),
        today=datetime.date.today(),
    )
    stated = extract.language if "language" in form.states else ""
    return Document(
        id=_id(place),
        language=cast(Language, about.language or stated or describe.language(extract.text)),
        title=about.title or describe.title(extract, stem),
        date=about.date or day,
        text=extract.text,
        publisher=about.publisher or extract.publisher,
        url=about.url,
        entities=about.entities or extract.entities or describe.entities(extract.text),
        pages=extract.pages,
        origin=os.fspath(place),
        notes=extract.notes if about.date else (*extract.notes, *notes),
    )


def digest(
    path: str | os.PathLike[str],
    about: About | None = None,
    *,
    largest: int = LARGEST,
    **said: Unpack[Overrides],
) -> str:
    """The sha256 of the file, of what is said about it and of the version of the readers: another one is to
    be read again.

    Raises:
        BadDocument: the file is not there, cannot be opened, or is too large.
        BadSettings: a date or language is given that cannot be read.
    """
    place, _ = _locate(path, largest)
    seen = hashlib.sha256(repr((READERS, _together(about, said))).encode("utf-8", "surrogatepass"))
    try:
        with place.open("rb") as stream:
            while block := stream.read(2**20):
                seen.update(block)
    except OSError as error:
        raise _refused(place, error) from error
    return seen.hexdigest()


def find(paths: Iterable[str | os.PathLike[str]]) -> Found:
    """The files of `paths`: those named, and those of known suffixes in the folders named, however deep.

    Each file comes once, by its resolved path, and links that lead back into a folder end there. In folders,
    hidden files, lock files of office programs (`~$`) and `__MACOSX` are passed over. Nothing is raised: a
    path that is not there, a named file of an unknown suffix and a folder that cannot be listed are in
    `troubles`.
    """
    search = _Search()
    for path in paths:
        search.take(Path(path))
    return Found(tuple(search.files), tuple(search.troubles), dict(sorted(search.left_out.items())))


def shown(text: str) -> str:
    """`text` with control characters and undecodable bytes escaped, so that it stays on one line."""
    return _UNSHOWN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


class _Search:
    """One call of `find`."""

    def __init__(self) -> None:
        self.files: dict[Path, None] = {}
        self.troubles: list[Trouble] = []
        self.left_out: Counter[str] = Counter()
        self._folders: set[str] = set()

    def take(self, path: Path) -> None:
        """Takes a path that was named."""
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                self._walk(os.path.realpath(path))
                return
            place, _ = _locate(path, None)
            if place.suffix.lower() not in SUFFIXES:
                raise _unread(place)
        except (OSError, ValueError) as error:
            self.troubles.append(Trouble(str(path), _refused(path, error)))
        except BadDocument as error:
            self.troubles.append(Trouble(str(path), error))
        else:
            self.files.setdefault(place)

    def _walk(self, folder: str) -> None:
        """Takes what is in a folder, its files before its folders; a stack, because folders nest deeper than
        calls may.
        """
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            if here in self._folders:
                continue
            self._folders.add(here)
            try:
                with os.scandir(here) as entries:
                    listed = sorted(
                        (entry for entry in entries if not _is_passed_over(entry.name)), key=lambda e: e.name
                    )
            except OSError as error:
                self.troubles.append(Trouble(here, _refused(Path(here), error)))
                continue
            waiting += reversed(list(self._inner(listed)))

    def _inner(self, listed: Iterable[os.DirEntry[str]]) -> Iterator[str]:
        """Takes the files among the entries of a folder, and yields its folders."""
        for entry in listed:
            try:
                if entry.is_dir():
                    yield os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                    continue
                suffix = os.path.splitext(entry.name)[1].lower()
                if suffix not in SUFFIXES:
                    self.left_out[shown(suffix)] += 1
                    continue
                place = (
                    _locate(entry.path, None)[0]
                    if entry.is_symlink()
                    else _regular(Path(entry.path), entry.stat())
                )
            except OSError as error:
                self.troubles.append(Trouble(entry.path, _refused(Path(entry.path), error)))
            except BadDocument as error:
                self.troubles.append(Trouble(entry.path, error))
            else:
                self.files.setdefault(place)


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def _locate(path: str | os.PathLike[str], largest: int | None) -> tuple[Path, os.stat_result]:
    """Where a regular file really is, and its status.

    A link to a file that has no suffix of its own (a store of blobs) stays as it is named.
    """
    given = Path(path)
    try:
        status = given.stat()
        place = Path(os.path.realpath(given))
        if place.suffix.lower() not in SUFFIXES and given.suffix.lower() in SUFFIXES:
            place = Path(os.path.realpath(given.parent)) / given.name
    except (OSError, ValueError) as error:
        raise _refused(given, error) from error
    _regular(given, status)
    if largest is not None and status.st_size > largest:
        raise _too_large(given, status.st_size, largest)
    return place, status


def _regular(path: Path, status: os.stat_result) -> Path:
    if stat.S_ISDIR(status.st_mode):
        raise BadDocument(f"{shown(path.name or str(path))} is a folder.", hint="Give a file.")
    if not stat.S_ISREG(status.st_mode):
        raise BadDocument(
            f"{shown(path.name)} is a device, a pipe or a socket, not a file.",
            hint="Save it to a file first.",
        )
    return path


def _too_large(path: Path, size: int, largest: int) -> BadDocument:
    return BadDocument(
        f"{shown(path.name)} is too large: {size / 2**20:,.1f} MB, and {largest / 2**20:,.1f} MB is the most.",
        hint="Split it.",
    )


def _refused(path: Path, error: OSError | ValueError) -> BadDocument:
    """What the system said, in words that name the file."""
    name = shown(str(path))
    if isinstance(error, FileNotFoundError):
        linked = os.path.islink(path)
        return BadDocument(
            f"{name} {'leads nowhere' if linked else 'does not exist'}.", hint="See that the path is right."
        )
    if isinstance(error, PermissionError):
        return BadDocument(f"{name} may not be read.", hint="Give yourself the right to read it.")
    reason = (error.strerror if isinstance(error, OSError) else str(error)) or "unknown reason"
    return BadDocument(f"{name} cannot be opened: {shown(reason)}.", hint="See that the path is right.")


def _bytes(place: Path, largest: int) -> bytes:
    """The whole file, which may have gone or grown since its status was read."""
    try:
        with place.open("rb") as stream:
            data = stream.read(largest + 1)
    except OSError as error:
        raise _refused(place, error) from error
    if len(data) > largest:
        raise _too_large(place, len(data), largest)
    if not data:
        raise BadDocument(f"{shown(place.name)} is empty (0 bytes).", hint="Save or fetch it once more.")
    return data


def _format(place: Path, data: bytes) -> Format:
    """The format of a file whose suffix and content agree."""
    name, suffix = shown(place.name), place.suffix.lower()
    suffix = _SAME.get(suffix, suffix)
    kind, real = _sniff(data, suffix)
    if kind == _STREAMS[0][1][0]:
        raise BadDocument(f"{name} is encrypted.", hint="Remove the password and save it again.")
    if real and real != suffix and not {real, suffix}.isdisjoint(SUFFIXES) and suffix not in _MACROS:
        hint = _UNREAD.get(real) or f"Rename it to {shown(place.stem)}{real}."
        raise BadDocument(f"{name} is really {kind} ({real}).", hint=hint)
    form = SUFFIXES.get(suffix)
    if form is None:
        raise _unread(place)
    return form


def _unread(place: Path) -> BadDocument:
    suffix = place.suffix.lower()
    kind = (
        f"of a kind that heiso does not read ({shown(suffix)})"
        if suffix
        else "without a suffix that says what it is"
    )
    return BadDocument(f"{shown(place.name)} is {kind}.", hint=_UNREAD.get(suffix, _READ))


def _sniff(data: bytes, suffix: str) -> tuple[str, str]:
    """What the bytes say they are, and the suffix that belongs to it; "" twice where they say nothing."""
    if data.startswith(_COMPOUND):
        found = (kind for name, kind in _STREAMS if name.encode("utf-16-le") in data)
        return next(found, ("an old office file", ".doc"))
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data, suffix)
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if head.lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in data[:1024]):
        return "a PDF", ".pdf"
    return ("a web page", ".html") if _HTML_HEAD.match(head) else ("", "")


def _sniff_zip(data: bytes, suffix: str) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            names = container.namelist()
            mimetype = container.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        # Damaged: the reader of the format says so; under another suffix it is still no text.
        return (
            ("", "") if SUFFIXES.get(suffix) in (_DOCX, _PPTX, _XLSX) else ("a damaged zip archive", ".zip")
        )
    if kind := _MIMETYPES.get(mimetype.decode("ascii", "replace").strip()):
        return kind
    found = (kind for prefix, kind in _MEMBERS if any(name.startswith(prefix) for name in names))
    return next(found, ("a zip archive", ".zip"))


def _extract(form: Format, data: bytes, name: str) -> Extract:
    """What the module of the format takes out, without white space at either end, its pages where they then
    are.
    """
    module = import_module(f"heiso.corpus.{form.module}")
    reader = cast(Callable[[bytes, str], Extract], getattr(module, form.function))
    extract = reader(data, name)
    lead = len(extract.text) - len(extract.text.lstrip())
    text = extract.text.strip()
    if not text:
        raise BadDocument(f"{name} holds no text.", hint="See that it is the right file.")
    return replace(
        extract, text=text, pages=tuple(min(max(page - lead, 0), len(text)) for page in extract.pages)
    )


def _together(about: About | None, said: Overrides) -> About:
    given = {name: value for name, value in said.items() if value}
    if "entities" in given:
        given["entities"] = tuple(cast(Iterable[str], given["entities"]))
    return replace(about or About(), **given) if given else about or About()  # type: ignore[arg-type]


def _is_iso(written: str) -> bool:
    try:
        datetime.date.fromisoformat((written + "-01-01")[:10])
    except ValueError:
        return False
    return _ISO.fullmatch(written) is not None


def _id(place: Path) -> str:
    """The stem as a slug, and six digits of the path, which tell files of one name apart."""
    slug = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", place.stem).casefold()).strip("-")
    return f"{slug[:_LONGEST_SLUG].strip('-') or 'document'}-{hashlib.sha256(os.fsencode(place)).hexdigest()[:6]}"
