"""Tests of ingest: what is read, kept, replaced and removed, and what is told of each file."""

import os
import sys

import numpy as np
import pytest

from heiso.corpus.errors import IndexUnavailable
from heiso.corpus.files import About
from heiso.evals.made import make
from heiso.retrieval import Index, ingest


class Letters:
    """Stands for an embedder where meaning does not matter; counts what it is asked to embed."""

    name = "letters"

    def __init__(self):
        self.texts = []

    def query(self, text):
        counts = np.bincount([ord(char) % 64 for char in text] or [0], minlength=64)
        return (counts / np.linalg.norm(counts)).astype(np.float32)

    def passages(self, texts):
        self.texts += texts
        return np.array([self.query(text) for text in texts], dtype=np.float32).reshape(-1, 64)


@pytest.fixture
def embed():
    return Letters()


@pytest.fixture
def index(tmp_path, embed):
    with Index.open(tmp_path / "index", embed=embed) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "files"
    made.mkdir()
    (made / "prices.txt").write_text("Prices of tokens fell to 3 yuan.\n\nNothing else is said of them.")
    (made / "chips.md").write_text("# チップ\n\nファーウェイは半導体を生産する。2026年の計画は60万個である。")
    return made


def states(report):
    return {os.path.basename(outcome.path): outcome.state for outcome in report.outcomes}


def texts(index):
    return {index.document(key).text for key in index.keys()}  # noqa: SIM118


def test_a_folder_comes_in_and_is_found(index, folder):
    report = ingest(index, [folder])
    assert states(report) == {"prices.txt": "added", "chips.md": "added"}
    assert set(index.files()) == {str(folder / "prices.txt"), str(folder / "chips.md")}
    hit = index.search("price of tokens", 1)[0]
    assert hit.passage.document == index.files()[str(folder / "prices.txt")][0]
    assert index.document(hit.passage.document).origin == str(folder / "prices.txt")
    assert index.consistent


def test_unchanged_files_are_not_read_again(index, folder, embed, monkeypatch):
    ingest(index, [folder])
    fingerprint = index.fingerprint
    embed.texts.clear()
    monkeypatch.setattr("heiso.corpus.files.read", None)
    os.utime(folder / "prices.txt", (1, 1))
    assert set(states(ingest(index, [folder])).values()) == {"unchanged"}
    assert (embed.texts, index.fingerprint) == ([], fingerprint)


def test_a_changed_file_replaces_its_passages(index, folder):
    ingest(index, [folder])
    (folder / "prices.txt").write_text("Salaries of engineers rose.\n\nNothing else is said of them.")
    assert states(ingest(index, [folder])) == {"prices.txt": "changed", "chips.md": "unchanged"}
    assert len(index.keys()) == 2
    assert index.consistent
    assert not [hit for hit in index.search("tokens", 5) if "tokens" in hit.passage.text]
    (folder / "prices.txt").write_text(
        "トークンの価格は3元に下がった。ほかには何も書かれていない。"
    )  # and its key with it
    ingest(index, [folder])
    assert sorted(key[-2:] for key in index.keys()) == ["ja", "ja"]  # noqa: SIM118


def test_what_is_said_about_a_file_is_part_of_it(index, folder):
    ingest(index, [folder / "prices.txt"])
    assert states(
        ingest(index, [folder / "prices.txt"], about=About(title="Price list", date="2025-03"))
    ) == {"prices.txt": "changed"}
    (key, _) = index.files()[str(folder / "prices.txt")]
    assert (index.document(key).title, index.document(key).date) == ("Price list", "2025-03")


def test_removed_files_go_with_sync_only_and_only_from_the_folders_named(index, folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("A note that stays where it is.")
    (folder / "inner").mkdir()
    (folder / "inner" / "deep.txt").write_text("A text that lies deeper than others.")
    ingest(index, [folder, tmp_path / "other"])
    for path in (folder / "prices.txt", folder / "inner" / "deep.txt", tmp_path / "other" / "note.txt"):
        path.unlink()
    assert states(ingest(index, [folder])) == {"chips.md": "unchanged"}
    assert len(index.keys()) == 4
    report = ingest(index, [folder], sync=True)
    assert states(report) == {"chips.md": "unchanged", "prices.txt": "removed", "deep.txt": "removed"}
    assert {os.path.basename(path) for path in index.files()} == {"chips.md", "note.txt"}
    assert index.consistent


def test_a_folder_that_is_gone_is_an_error_and_removes_nothing(index, folder):
    ingest(index, [folder])
    folder.rename(folder.with_name("moved"))
    report = ingest(index, [folder], sync=True)
    assert states(report) == {"files": "failed"}
    assert len(index.keys()) == 2


def test_a_broken_file_is_told_of_and_the_others_are_taken(index, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing")
    (folder / "empty.docx").write_bytes(b"")
    (folder / "image.png").write_bytes(b"\x89PNG")
    report = ingest(index, [folder])
    assert states(report) == {
        "prices.txt": "added",
        "chips.md": "added",
        "broken.pdf": "failed",
        "empty.docx": "failed",
    }
    assert report.left_out == {".png": 1}
    for outcome in report.of("failed"):
        assert os.path.basename(outcome.path) in str(outcome.error)
        assert "\n" not in str(outcome.error)
    assert len(index.keys()) == 2


def test_a_file_that_broke_keeps_its_earlier_version(index, folder):
    ingest(index, [folder])
    before = texts(index)
    (folder / "prices.txt").write_bytes(b"")
    report = ingest(index, [folder], sync=True)
    (failed,) = report.of("failed")
    assert failed.key == index.files()[str(folder / "prices.txt")][0]
    assert texts(index) == before


def test_progress_is_told_for_every_file(index, folder):
    (folder / "broken.pdf").write_bytes(b"")
    calls = []
    ingest(index, [folder, folder / "missing.txt"], watch=lambda *call: calls.append(call))
    assert [done for _, done, _ in calls] == [1, 2, 3, 4]
    assert {of for _, _, of in calls} == {4}


def test_an_index_that_cannot_be_written_ends_it_and_keeps_what_came_before(index, tmp_path, monkeypatch):
    paths = make(tmp_path / "many", 12, kinds=["md"])
    ingest(index, paths[:4])
    before = texts(index)
    monkeypatch.setattr(sys.modules["heiso.retrieval.ingest"], "_BATCH_FILES", 2)
    add, calls = index.add, []

    def fails(documents, **named):
        calls.append(1)
        if len(calls) == 3:
            raise IndexUnavailable("gone")
        return add(documents, **named)

    monkeypatch.setattr(index, "add", fails)
    with pytest.raises(IndexUnavailable):
        ingest(index, paths)
    monkeypatch.undo()
    assert before < texts(index)
    assert len(index.keys()) == 8
    assert len(ingest(index, paths).of("added")) == 4


def test_every_kind_of_made_file_is_taken(index, tmp_path):
    report = ingest(index, make(tmp_path / "made", 16))
    assert {outcome.state for outcome in report.outcomes} == {"added"}, report.of("failed")
    assert len(index.keys()) == 16
    assert min(index.counts().values()) >= 3


def test_a_name_that_is_no_text(index, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("A note on prices that fell.")
    assert set(states(ingest(index, [path])).values()) == {"added"}
    assert set(states(ingest(index, [path])).values()) == {"unchanged"}
    assert list(index.files()) == [str(path)]


def test_two_files_of_one_name(index, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "note.txt").write_text("A note on prices that fell.")
    assert set(states(ingest(index, [tmp_path / "a", tmp_path / "b"])).values()) == {"added"}
    assert len(index.keys()) == 2
