"""Kills `heiso ingest` at random moments while it works on 300 files that keep changing, and looks at what is left.

`make soak` kills it 30 times, the ordinary slow tests 5 times (SOAK_KILLS).
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from heiso.corpus import bundled, cut, read
from heiso.evals.made import make
from heiso.retrieval import Index

KILLS = int(os.environ.get("SOAK_KILLS", "5"))
FILES = 300
COMMAND = [sys.executable, "-c", "from heiso.ui.cli import main; main()"]


def ingest(home: Path, *paths: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "HEISO_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [*COMMAND, "ingest", "--sync", *map(str, paths)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def look(home: Path, allowed: dict[str, set[str]]) -> set[str]:
    """Opens the index as the next user would and checks that it holds whole versions only, each file once.

    `allowed` are, by path, the texts that the file has or had since the last look. Gives the paths held.
    """
    with Index.open(home / "index") as index:
        assert index.consistent
        origins = []
        for key in index.keys("document"):
            document = index.document(key)
            origins.append(document.origin)
            assert document.text in allowed[document.origin], f"{document.origin} is half done"
            held = index.counts()[key]
            assert held == len(cut(document)) > 0
        assert not [path for path, count in Counter(origins).items() if count > 1]
        briefings = index.keys("briefing")
        assert not briefings or briefings == {document.key for document in bundled()}
        if origins:
            document = index.document(random.choice(sorted(index.keys("document"))))
            passage = random.choice(cut(document))
            best = index.search(passage.text, 3, languages=[passage.language])
            assert passage.id in {hit.passage.id for hit in best if "dense" in hit.ranks}
    return set(origins)


def change(folder: Path, round_: int, draw: random.Random) -> None:
    """Gives a fifth of the files other text, removes some, and adds as many."""
    paths = sorted(folder.iterdir())
    fresh = make(folder.with_name(f"fresh-{round_}"), FILES, seed=100 + round_)
    by_suffix = {suffix: [p for p in fresh if p.suffix == suffix] for suffix in {p.suffix for p in fresh}}
    for path in draw.sample(paths, len(paths) // 5):
        path.write_bytes(draw.choice(by_suffix[path.suffix]).read_bytes())
    for path in draw.sample(paths, 3):
        path.unlink()
        path.with_stem(f"again-{round_}-{path.stem}").write_bytes(
            draw.choice(by_suffix[path.suffix]).read_bytes()
        )


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_random_moments(tmp_path):
    draw = random.Random(7)
    folder, home = tmp_path / "files", tmp_path / "home"
    make(folder, FILES)
    texts: dict[str, set[str]] = {}

    def note() -> None:
        for path in folder.iterdir():
            texts.setdefault(str(path), set()).add(read(path).text)

    note()
    killed = 0
    while killed < KILLS:
        child = ingest(home, folder)
        time.sleep(draw.uniform(0.5, 12))
        if child.poll() is None:
            child.kill()
            killed += 1
        out, err = child.communicate()
        assert child.returncode in (0, -9), err
        look(home, texts)

        if child.returncode == 0 or draw.random() < 0.3:
            change(folder, killed, draw)
            note()
    child = ingest(home, folder)
    out, err = child.communicate()
    assert child.returncode == 0, err
    now = {str(path): {read(path).text} for path in folder.iterdir()}
    assert look(home, now) == set(now)
    assert ingest(home, folder).communicate()[0].startswith(f"{FILES} unchanged")


@pytest.mark.slow
def test_two_processes_at_once(tmp_path):
    folder, home = tmp_path / "files", tmp_path / "home"
    paths = make(folder, 60)
    children = [ingest(home, *paths[:40]), ingest(home, *paths[20:])]
    for child in children:
        err = child.communicate()[1]
        assert child.returncode == 0, err
    now = {str(path): {read(path).text} for path in paths}
    assert look(home, now) == set(now)
