"""Tests of the embedded server: one a file and process, loopback only, broken weights. The real model is slow."""

import json
import os
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from heiso.agents import embedded
from heiso.agents.registry import Registry
from heiso.agents.settings import Settings
from heiso.agents.weights import Part, Weights, catalogue, is_present
from heiso.corpus.errors import BadSettings, BadWeights

BODY = b"GGUF" + bytes(range(256)) * 40


class FakeServer:
    """Stands for xllamacpp.Server and counts."""

    made: list[object] = []
    fails = False

    def __init__(self, params: types.SimpleNamespace) -> None:
        time.sleep(0.02)  # long enough for a second thread to come in between
        if FakeServer.fails:
            raise RuntimeError("Failed to init server")
        self.made.append(params)
        self.listening_address = f"http://127.0.0.1:{4000 + len(self.made)}"


@pytest.fixture
def fake(monkeypatch):
    module = types.ModuleType("xllamacpp")
    module.CommonParams = lambda: types.SimpleNamespace(  # type: ignore[attr-defined]
        model=types.SimpleNamespace(),
        cpuparams=types.SimpleNamespace(),
        cpuparams_batch=types.SimpleNamespace(),
    )
    module.Server = FakeServer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "xllamacpp", module)
    monkeypatch.setattr(FakeServer, "made", [])
    yield FakeServer
    embedded.stop_all()


@pytest.fixture
def settings(monkeypatch, tmp_path) -> Settings:
    """A cache with two made-up weights, whole and stamped."""
    known = {}
    for name in ("one", "two"):
        part = Part(package="p", version="1", member="m", size=len(BODY), sha256="0" * 64)
        known[name] = Weights(
            name=name,
            title=name,
            file=f"{name}.gguf",
            size=len(BODY),
            sha256="0" * 64,
            licence="none",
            origin="us",
            parts=(part,),
        )
        put(tmp_path / f"{name}.gguf", BODY)
    monkeypatch.setattr(embedded, "catalogue", lambda: known)
    return Settings.load(cache=tmp_path)


def put(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    stamp = {"sha256": "0" * 64, "size": len(body), "mtime_ns": path.stat().st_mtime_ns}
    path.with_name(f"{path.name}.stamp").write_text(json.dumps(stamp))


def test_one_server_a_file_whoever_asks(fake, settings):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(embedded.serve("one", settings))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["http://127.0.0.1:4001"] * 8
    assert embedded.serve("two", settings) == "http://127.0.0.1:4002"
    assert len(fake.made) == 2
    embedded.stop_all()
    assert embedded.serve("one", settings) == "http://127.0.0.1:4003"


def test_what_the_server_is_told(fake, settings, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    embedded.serve("one", settings, context=2048)
    (params,) = fake.made
    assert params.hostnames == ["127.0.0.1"] and params.port == 0
    assert (params.n_ctx, params.cpuparams.n_threads, params.cpuparams_batch.n_threads) == (2048, 8, 8)
    assert params.model.path == str(settings.cache / "one.gguf") and params.verbosity == -1


def test_a_server_of_another_process_is_not_ours(fake, settings, monkeypatch):
    first = embedded.serve("one", settings)
    here = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: here + 1)
    assert embedded.serve("one", settings) != first
    embedded.stop_all()
    monkeypatch.setattr(os, "getpid", lambda: here)
    assert embedded.serve("one", settings) == first


def _missing(path: Path) -> None:
    path.unlink()


def _short(path: Path) -> None:
    put(path, BODY[:-1])


def _other_kind(path: Path) -> None:
    put(path, b"HTML" + BODY[4:])


def _touched(path: Path) -> None:
    path.write_bytes(BODY)
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_missing, "are not in"),
        (_short, "10243 of 10244 bytes"),
        (_other_kind, "not the file that was checked"),
        (_touched, "not the file that was checked"),
    ],
)
def test_broken_weights_never_reach_llama(fake, settings, harm, said):
    harm(settings.cache / "one.gguf")
    with pytest.raises(BadWeights, match=said) as caught:
        embedded.serve("one", settings)
    assert "`heiso models pull one`" in caught.value.hint
    assert fake.made == []


def test_unknown_weights_and_a_load_that_fails(fake, settings, monkeypatch):
    with pytest.raises(BadWeights, match="no weights 'three'.*one, two"):
        embedded.serve("three", settings)
    monkeypatch.setattr(fake, "fails", True)
    with pytest.raises(BadWeights, match=r"could not load .*one\.gguf.*models pull one"):
        embedded.serve("one", settings)
    monkeypatch.setattr(fake, "fails", False)
    assert embedded.serve("one", settings)


def test_garbage_behind_a_sound_header_leaves_the_process_alive(tmp_path):
    (tmp_path / "x.gguf").write_bytes(BODY)
    code = (
        "import sys; from pathlib import Path\n"
        "from heiso.agents import embedded\n"
        "from heiso.corpus.errors import BadWeights\n"
        "try: embedded._start(Path(sys.argv[1]), 'x', 512)\n"
        "except BadWeights as error: sys.exit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.gguf")], capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


def test_addresses(fake, settings):
    registry = Registry.load()
    assert embedded.address_of(registry.get("zai/glm-5.3"), settings) == "https://api.z.ai/api/paas/v4"
    own = registry.get("openai-compatible/x")
    with pytest.raises(BadSettings, match="HEISO_BASE_URL"):
        embedded.address_of(own, settings)
    there = settings.model_copy(update={"base_url": "http://localhost:8000/v1"})
    assert embedded.address_of(own, there) == "http://localhost:8000/v1"
    ours = registry.get("embedded/smollm2-135m").model_copy(update={"weights": "one"})
    assert embedded.address_of(ours, settings) == "http://127.0.0.1:4001/v1"
    assert fake.made[0].n_ctx == 2048


# ---- the real model


class Founding(BaseModel):
    company: str = Field(description="会社名")
    year: int = Field(description="設立年")
    sentence: str = Field(description="日本語の一文")


@pytest.fixture(scope="module")
def real() -> Settings:
    settings = Settings.load()
    if not is_present(catalogue()["qwen2.5-coder-1.5b"], settings.cache):
        pytest.skip("the weights are not there: run `heiso models pull qwen2.5-coder-1.5b`")
    yield settings
    embedded.stop_all()


@pytest.mark.slow
def test_the_embedded_qwen_answers_in_japanese_and_reuses_the_prefix(real, capfd):
    from langchain_core.messages import HumanMessage, SystemMessage

    from heiso.agents.chat import chat_model, reply

    profile = Registry.load().get("embedded/qwen2.5-coder-1.5b")
    address = embedded.address_of(profile, real)
    assert _listens_on(int(address.removesuffix("/v1").rpartition(":")[2])) == ["0100007F"]
    model = chat_model(profile, base_url=address, timeout=300, max_tokens=120)
    evidence = SystemMessage(
        "証拠だけから日本語で答える。\n証拠: DeepSeek(深度求索)は2023年に梁文鋒が杭州で設立した。" * 2
    )
    pieces: list[str] = []
    first = reply(
        model, [evidence, HumanMessage("いつ設立された?")], Founding, lambda text, _: pieces.append(text)
    )
    assert isinstance(first.parsed, Founding) and first.parsed.year == 2023
    assert any("぀" <= sign <= "鿿" for sign in first.parsed.sentence)
    assert len(pieces) > 5 and "".join(pieces).strip() == first.text
    assert first.usage.cost == 0 and first.usage.output_tokens > 5
    second = reply(model, [evidence, HumanMessage("どこで設立された?")], Founding)
    assert second.usage.cached_tokens > 0
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_leaving_in_the_middle_of_a_reply_is_no_crash(real):
    code = (
        "import sys, threading, time\n"
        "from langchain_core.messages import HumanMessage\n"
        "from heiso.agents.chat import chat_model\n"
        "from heiso.agents import embedded\n"
        "from heiso.agents.registry import Registry\n"
        "from heiso.agents.settings import Settings\n"
        "profile = Registry.load().get('embedded/qwen2.5-coder-1.5b')\n"
        "address = embedded.address_of(profile, Settings.load())\n"
        "model = chat_model(profile, base_url=address, timeout=60, max_tokens=400)\n"
        "begun = threading.Event()\n"
        "def work():\n"
        "    for _ in model.stream([HumanMessage('Count to one hundred.')]):\n"
        "        begun.set()\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "assert begun.wait(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=200, check=False)
    assert done.returncode == 0


def _listens_on(port: int) -> list[str]:
    """The addresses, in the kernel's hexadecimal, that something listens on at this port."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return [
        line[1].partition(":")[0] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")
    ]
