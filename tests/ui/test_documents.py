"""Tests of the commands about documents, in this process: ingest, list, show, remove, stats, check, rebuild."""

import shutil
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from heiso.corpus import bundled
from heiso.corpus.errors import NoSpace
from heiso.ui.cli import cli

TOPICS = ("deepseek-r1", "mistral")
FEW = tuple(document for document in bundled() if document.id in TOPICS)


@pytest.fixture
def heiso(tmp_path_factory, monkeypatch):
    """Runs the command line with a home of its own that a test may fill."""
    monkeypatch.setenv("HEISO_HOME", str(tmp_path_factory.mktemp("home") / "home"))
    monkeypatch.setattr("heiso.agents.library.bundled", lambda: FEW)

    def run(*args, stdin=None):
        return CliRunner().invoke(cli, [str(arg) for arg in args], input=stdin)

    return run


def one_complaint(done, *parts, code=2):
    """Exactly one line on stderr, nothing on stdout."""
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("heiso: ")
    for part in parts:
        assert part in done.stderr


def test_corpus_list_and_stats(heiso):
    listed = heiso("corpus", "list").stdout
    assert [line.split()[0] for line in listed.splitlines() if line[0] != " "] == list(TOPICS)
    assert all(document.title in listed for document in FEW)
    assert "topics of the briefings: 2\n" in heiso("corpus", "stats").stdout


def test_corpus_show_one_language_or_all(heiso):
    one = heiso("corpus", "show", "mistral.en").stdout
    both = heiso("corpus", "show", "mistral").stdout
    assert both.startswith(one) and len(both) > len(one) + 100
    assert "\nSources\n  [1] " in one


def test_corpus_show_of_nothing_suggests(heiso):
    one_complaint(heiso("corpus", "show", "mistrall"), "Did you mean mistral?")
    one_complaint(heiso("corpus", "show", "ø"), "heiso corpus list")


@pytest.fixture
def home(tmp_path, monkeypatch, heiso):
    monkeypatch.setenv("HEISO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_ingest_and_ask_for_it_again(heiso, tmp_path):
    (tmp_path / "価格表.txt").write_bytes(
        "価格表\r\n\r\nトークンの価格は2026年3月に3元に下がった。".encode("shift_jis")
    )
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 \x1b[2J")
    done = heiso("ingest", tmp_path)
    assert done.exit_code == 2
    assert done.stdout == "1 added · 1 failed\n"
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("✗")]
    assert "broken.pdf" in told
    listed = heiso("corpus", "list").stdout
    (key,) = [line.split()[0] for line in listed.splitlines() if line.startswith("価格表-")]
    assert "トークンの価格は2026年3月に3元に下がった。" in heiso("corpus", "show", key).stdout
    (tmp_path / "broken.pdf").unlink()
    again = heiso("ingest", tmp_path, "--quiet")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "1 unchanged\n", "")
    (tmp_path / "価格表.txt").unlink()
    assert heiso("ingest", tmp_path, "--sync").stdout == "1 removed\n"


def test_ingest_with_what_is_said_about_the_file(heiso, tmp_path):
    (tmp_path / "note.txt").write_text("Prices of tokens fell to 3 yuan in March.")
    said = (
        "--title",
        "Price list",
        "--date",
        "2025-03",
        "--language",
        "en",
        "--entity",
        "Qwen",
        "--publisher",
        "P",
    )
    assert heiso("ingest", tmp_path / "note.txt", *said).exit_code == 0
    listed = heiso("corpus", "list").stdout
    assert "Price list" in listed
    (key,) = [line.split()[0] for line in listed.splitlines() if line.startswith("note-")]
    assert "P · 2025-03" in heiso("corpus", "show", key).stdout
    one_complaint(heiso("ingest", tmp_path, "--title", "All of them"), "one file")
    one_complaint(heiso("ingest", tmp_path / "note.txt", "--date", "soon"), "'soon'", "2025-08-27")


def test_ingest_of_nothing(heiso, tmp_path):
    done = heiso("ingest", tmp_path / "missing")
    assert done.exit_code == 2 and "missing does not exist" in done.stderr and done.stdout == "1 failed\n"
    assert heiso("ingest", tmp_path).stdout == "no files\n"
    assert heiso("ingest").exit_code == 2


def test_remove(heiso, tmp_path):
    (tmp_path / "note.txt").write_text("Prices of tokens fell to 3 yuan in March.")
    heiso("ingest", tmp_path)
    (key,) = [word for word in heiso("corpus", "list").stdout.split() if word.startswith("note-")]
    one_complaint(heiso("corpus", "remove", "mistral"), "comes with heiso")
    one_complaint(heiso("corpus", "remove", "nothing"), "There is no document")
    assert heiso("corpus", "remove", key).stdout == f"removed {key}.en\n"
    one_complaint(heiso("corpus", "remove", key), "There is no document")
    assert (tmp_path / "note.txt").exists()


def test_check_names_file_and_line(heiso, tmp_path):
    folder = Path(str(resources.files("heiso.corpus"))) / "briefings"
    for language in ("en", "ja"):
        text = (folder / f"mistral.{language}.md").read_text(encoding="utf-8")
        (tmp_path / f"mistral.{language}.md").write_text(text, encoding="utf-8")
    assert heiso("corpus", "check", tmp_path).stdout == "The briefings are in order.\n"
    broken = tmp_path / "mistral.en.md"
    lines = broken.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "11.7 billion" in line and not line.startswith("#"))
    lines[number - 1] = lines[number - 1].replace("11.7 billion", "11.9 billion")
    broken.write_text("\n".join(lines), encoding="utf-8")
    done = heiso("corpus", "check", tmp_path)
    assert done.exit_code == 1
    assert f"mistral.en.md:{number}: " in done.stdout and "11.9 billion" in done.stdout


def test_rebuild_replaces_a_broken_index_and_keeps_it(heiso, home):
    (home / "index").mkdir(parents=True)
    (home / "index" / "store.sqlite").write_bytes(b"no database" * 100)
    one_complaint(heiso("corpus", "stats"), "Run `heiso corpus rebuild`", code=1)
    done = heiso("corpus", "rebuild")
    assert done.exit_code == 0 and done.stdout == f"{home / 'index'}: 4 documents\n"
    assert "Ingest them again" in done.stderr
    assert "topics of the briefings: 2\n" in heiso("corpus", "stats").stdout
    (kept,) = home.glob("index.old-*")
    assert (kept / "store.sqlite").read_bytes().startswith(b"no database")


def test_rebuild_takes_the_own_documents_along(heiso, home, tmp_path):
    (tmp_path / "note.txt").write_text("Prices of tokens fell to 3 yuan.\n\nChips of Huawei rose.")
    assert heiso("ingest", tmp_path / "note.txt").exit_code == 0
    (tmp_path / "note.txt").unlink()
    assert heiso("corpus", "rebuild").stdout.endswith(": 5 documents\n")
    assert "documents of your own: 1\n" in heiso("corpus", "stats").stdout
    assert [path.name for path in home.iterdir()] == ["index"]


def test_rebuild_makes_an_index_where_there_is_none(heiso, home):
    assert heiso("corpus", "rebuild").exit_code == 0
    assert (home / "index" / "store.sqlite").is_file()


def test_rebuild_removes_nothing_that_is_not_its_own(heiso, home, tmp_path):
    (home / "index").mkdir(parents=True)
    (home / "index" / "thesis.docx").write_text("years of work")
    one_complaint(heiso("corpus", "rebuild"), "thesis.docx", "not removed")
    assert (home / "index" / "thesis.docx").read_text() == "years of work"
    shutil.rmtree(home / "index")
    (home / "index").symlink_to(tmp_path)
    one_complaint(heiso("corpus", "rebuild"), "not removed")


def test_a_rebuild_that_fails_leaves_the_old_index(heiso, home, monkeypatch):
    (home / "index").mkdir(parents=True)
    (home / "index" / "store.sqlite").write_bytes(b"old")

    def fail():
        raise NoSpace("The disk is full.")

    monkeypatch.setattr("heiso.agents.library.bundled", fail)
    one_complaint(heiso("corpus", "rebuild"), "The disk is full.")
    assert (home / "index" / "store.sqlite").read_bytes() == b"old"
    assert [path.name for path in home.iterdir()] == ["index"]
