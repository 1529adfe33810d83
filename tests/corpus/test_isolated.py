"""Tests of reading in another process: the same as in this one, and what a file that hangs or crashes costs."""

import os
import signal
import subprocess
import sys
import time

import pytest

from heiso.corpus.errors import BadDocument
from heiso.corpus.files import About, read
from heiso.corpus.isolated import IsolatedReader


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "価格.txt"
    path.write_text("価格表\n\nトークンの価格は2026年3月に3元に下がった。Nothing else.")
    return path


@pytest.fixture
def reader():
    with IsolatedReader(seconds=60) as opened:
        yield opened


def test_it_reads_what_this_process_reads(reader, note):
    assert reader.read(note, About()) == read(note)
    said = About(title="表\n", date="2026-03", entities=("Qwen",))
    assert reader.read(note, said) == read(note, said)


def test_errors_come_over_whole(reader, note, tmp_path):
    (tmp_path / "b\x1bad.pdf").write_bytes(b"%PDF-1.4")
    for path in (tmp_path / "b\x1bad.pdf", tmp_path / "missing.txt"):
        with pytest.raises(BadDocument) as here:
            read(path)
        with pytest.raises(BadDocument) as there:
            reader.read(path, About())
        assert (there.value.message, there.value.hint) == (here.value.message, here.value.hint)
    assert reader.read(note, About()).title == "価格表"


def test_a_name_that_is_no_text(reader, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("A note on prices that fell.")
    assert reader.read(path, About()) == read(path)


def test_a_reader_that_crashes_costs_one_file(reader, note):
    assert reader.read(note, About())
    os.kill(reader._process.pid, signal.SIGSEGV)
    with pytest.raises(BadDocument, match=r"価格\.txt brought its reader down"):
        reader.read(note, About())
    assert reader.read(note, About()) == read(note)


def test_a_file_that_hangs_costs_one_file(note, tmp_path):
    with IsolatedReader(seconds=60) as reader:
        reader.read(note, About())
        reader._seconds = 0.5
        os.kill(reader._process.pid, signal.SIGSTOP)
        with pytest.raises(BadDocument, match=r"価格\.txt could not be read in 0 seconds"):
            reader.read(note, About())
        reader._seconds = 60
        assert reader.read(note, About()) == read(note)


def test_the_other_side_ends_when_this_one_is_killed(tmp_path, note):
    code = (
        "import sys\nfrom pathlib import Path\nfrom heiso.corpus.files import About\n"
        "from heiso.corpus.isolated import IsolatedReader\n"
        "reader = IsolatedReader()\nreader.read(Path(sys.argv[1]), About())\n"
        "print(reader._process.pid, flush=True)\nimport time; time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(note)], stdout=subprocess.PIPE, text=True)
    other = int(child.stdout.readline())
    child.kill()
    child.communicate()
    for _ in range(100):
        if not _runs(other):
            break
        time.sleep(0.1)
    assert not _runs(other)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_user_s_vocabulary_is_in_force_there(tmp_path, note):
    (tmp_path / "own.yaml").write_text("entities:\n- {name: Zorblatt, kind: company, aliases: [価格表]}\n")
    with IsolatedReader(vocabulary_file=tmp_path / "own.yaml") as reader:
        assert "Zorblatt" in reader.read(note, About()).entities
