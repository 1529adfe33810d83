"""The command line: reads arguments, asks the layers below, shows what they give, and turns errors into one line.

Thin: knows options, streams and exit codes. Everything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heiso.corpus.errors import BadQuestion, BadSettings, HeisoError, RunError, UserError
from heiso.ui import documents
from heiso.ui.streams import console, moves

if TYPE_CHECKING:
    from rich.console import Console

    from heiso.agents.analyst import Analyst
    from heiso.agents.answer import Answer
    from heiso.agents.events import Event
    from heiso.agents.registry import Profile, Registry
    from heiso.agents.settings import Settings
    from heiso.agents.weights import Weights
    from heiso.corpus.records import Language
    from heiso.ui.terminal import Watch

__all__ = ["cli", "main"]

INTERRUPTED = 130
CHECK_SECONDS = 120.0


# ---- the door, and how it fails


class Door(click.Group):
    """The outermost group: what goes wrong inside becomes one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except HeisoError as error:
            _complain(str(error))
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            _complain("Interrupted.")
            ctx.exit(INTERRUPTED)
        except (click.exceptions.Exit, click.Abort, click.ClickException, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("HEISO_DEBUG") == "1":
                click.echo(traceback.format_exc(), err=True, nl=False)
            else:
                said = f"{type(error).__name__}: {error}"
                _complain(f"unexpected {said} (set HEISO_DEBUG=1 for the traceback, and please report it)")
            ctx.exit(1)


class Lazy(click.Group):
    """A group that is imported when it is entered, and not for the help of the group above it."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Hands over to the real group, which its package has entered under this name."""
        (entry,) = entry_points(group="heiso.commands", name=self.name or "")
        group: click.Group = entry.load()
        return group.make_context(info_name, args, parent=parent, **extra)


def _complain(message: str) -> None:
    from heiso.ui.terminal import one_line

    click.echo(f"heiso: {one_line(message)}", err=True)


def main() -> None:
    """The console entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(prog_name="heiso")
    except SystemExit as done:
        if done.code == INTERRUPTED:
            _leave()
        raise


def _leave() -> None:
    """Ends the process without waiting for a model's call that still runs in a thread."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(INTERRUPTED)


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="heiso", message="%(prog)s %(version)s")
def cli() -> None:
    """An analyst assistant: cited claims, honest abstention, models side by side."""


cli.add_command(Lazy("eval", short_help="Score answers and retrieval against the gold questions."))
cli.add_command(documents.ingest)
cli.add_command(documents.corpus)


@cli.command()
def ui() -> None:
    """Open the page in a browser (not there yet)."""
    raise UserError("The page is not there yet.", hint="Use `heiso ask`.")


# ---- ask


@cli.command()
@click.argument("question")
@click.option("--model", metavar="PROFILE", help="Model of every role that has none of its own.")
@click.option("--planner", metavar="PROFILE", help="Model of the planner.")
@click.option("--critic", metavar="PROFILE", help="Model of the critic.")
@click.option("--language", type=click.Choice(["auto", "ja", "en", "zh"]), help="Language of the answer.")
@click.option(
    "--as-of", metavar="DATE", help="Use only sources dated at most then: 2025, 2025-08 or 2025-08-14."
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON and nothing else.")
@click.option("--quiet", is_flag=True, help="Do not tell the progress on standard error.")
def ask(question: str, as_of: str | None, as_json: bool, quiet: bool, **chosen: str | None) -> None:
    """Answer QUESTION from the documents; `-` reads it from standard input."""
    from heiso.agents.question import Question
    from heiso.agents.settings import Settings
    from heiso.ui import terminal

    text = _question_text(question)
    _check_date(as_of)
    settings = Settings.load(**chosen)
    language = Question(text, None if settings.language == "auto" else settings.language).language
    errors = None if quiet else console(stderr=True)
    watch = terminal.Watch(errors, language, live=moves(errors))
    with _analyst(settings, errors, language) as analyst:
        answer = _run(analyst, text, as_of, watch)
    if as_json:
        click.echo(answer.model_dump_json(indent=2).encode("utf-8"))
    else:
        terminal.show(console(), terminal.answer_lines(answer))


def _question_text(argument: str) -> str:
    from heiso.agents.question import LONGEST

    if argument != "-":
        if any("\ud800" <= char <= "\udfff" for char in argument):
            raise BadQuestion("The question is not valid UTF-8.", hint="Check the terminal's encoding.")
        return argument.strip()
    most = 4 * LONGEST  # bytes: no character takes more than four
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise BadQuestion(
            f"Standard input holds more than a question of {LONGEST:,} characters can.", hint="Shorten it."
        )
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadQuestion(
            f"The question on standard input is not valid UTF-8 (byte {error.start + 1}).", hint="Convert it."
        ) from None


def _check_date(text: str | None) -> None:
    """Looks at the date before anything is opened or downloaded."""
    if text is None:
        return
    try:
        if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text, re.ASCII):
            raise ValueError
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise BadSettings(f"{text!r} is no date.", hint="Write it as 2025, 2025-08 or 2025-08-14.") from None


@contextmanager
def _analyst(settings: Settings, errors: Console | None, language: Language) -> Iterator[Analyst]:
    """An analyst that can work: profiles and keys are looked at first, then the index, then weights are fetched."""
    from rich.text import Text

    from heiso.agents.analyst import Analyst
    from heiso.agents.models import BoundModels
    from heiso.ui.terminal import Line, show, word

    models = BoundModels(settings)
    registry = _registry(settings)
    profiles = [registry.get(settings.profile_of(role)) for role in ("planner", "analyst", "critic")]
    for profile in profiles:
        profile.key()
    if errors:
        show(errors, [Line(Text(f"… {word('opening', language)}", "dim"))])
    with Analyst(settings, models=models) as analyst:
        for name in dict.fromkeys(profile.weights for profile in profiles if profile.weights):
            _pull(_weights(name), settings.cache, errors, language)
        yield analyst


def _run(analyst: Analyst, text: str, as_of: str | None, watch: Watch) -> Answer:
    from heiso.agents.events import Answered

    with watch:
        for event in _in_background(analyst.stream(text, as_of=as_of)):
            watch.see(event)
            if isinstance(event, Answered):
                return event.answer
    raise RunError("The run ended without an answer.")


def _in_background(events: Iterator[Event]) -> Iterator[Event]:
    """The events, taken in a thread of their own: Ctrl-C need not wait until a model's call is through."""
    from queue import Empty, SimpleQueue
    from threading import Thread

    came: SimpleQueue[Event | Exception | None] = SimpleQueue()

    def take() -> None:
        try:
            for event in events:
                came.put(event)
        except Exception as error:
            came.put(error)
        finally:
            came.put(None)

    Thread(target=take, daemon=True).start()
    while True:
        try:  # a signal that comes just before a wait without end would be seen only after it
            item = came.get(timeout=0.2)
        except Empty:
            continue
        if item is None:
            return
        if isinstance(item, Exception):
            raise item
        yield item


# ---- models


@cli.group()
def models() -> None:
    """List, show, check and fetch models."""


@models.command("list")
def models_list() -> None:
    """List the model profiles."""
    from heiso.agents.settings import Settings

    settings = Settings.load()
    registry = _registry(settings)
    for name in registry.names():
        if not name.endswith("/*"):
            _show_profile(registry.get(name), settings, whole=False)


@models.command("show")
@click.argument("profile")
def models_show(profile: str) -> None:
    """Show everything about PROFILE; keys are never shown."""
    from heiso.agents.settings import Settings

    settings = Settings.load()
    _show_profile(_registry(settings).get(profile), settings, whole=True)


@models.command("check")
@click.argument("profile")
def models_check(profile: str) -> None:
    """Ask PROFILE one short question, and say what failed if something does."""
    from pydantic import BaseModel

    from heiso.agents.models import BoundModels
    from heiso.agents.settings import Settings
    from heiso.ui.terminal import cost_of, one_line

    class Word(BaseModel):
        word: str

    settings = Settings.load(model=profile, planner=profile, critic=profile, judge=profile)
    messages = [("system", 'Reply with JSON only: {"word": "<the word>"}'), ("user", "The word is: ready")]
    seconds = min(settings.seconds, CHECK_SECONDS)
    said = BoundModels(settings).ask("analyst", messages, Word, lambda text, reasoning: None, seconds)
    used, word = said.usage, one_line(str(said.parsed.model_dump()["word"]))
    trace = said.trace.kind if said.trace else "none"
    cost = cost_of([used], embedded=profile.startswith("embedded/"), language="en")
    tokens = f"{used.input_tokens:,} tokens in, {used.output_tokens:,} out"
    click.echo(f"{profile} works: said {word!r} in {used.seconds:.1f} s · {tokens} · trace {trace} · {cost}")


@models.command("pull")
@click.argument("name")
def models_pull(name: str) -> None:
    """Fetch the weights NAME, or those of the profile NAME."""
    from heiso.agents.settings import Settings
    from heiso.agents.weights import catalogue, path_of

    settings = Settings.load()
    if name not in catalogue():
        profile = _registry(settings).get(name)
        if not profile.weights:
            raise UserError(f"{name} is reached over the network: there is nothing to pull.")
        name = profile.weights
    weights = _weights(name)
    _pull(weights, settings.cache, console(stderr=True), "en")
    click.echo(f"{name}: {path_of(weights, settings.cache)}")


def _pull(weights: Weights, folder: Path, errors: Console | None, language: Language) -> None:
    from heiso.agents import weights as store
    from heiso.ui.terminal import PullReport

    if store.is_present(weights, folder):
        return
    if errors is None:
        store.pull(weights, folder)
        return
    with PullReport(errors, weights.name, language, live=moves(errors)) as report:
        store.pull(weights, folder, progress=report)


def _weights(name: str) -> Weights:
    from heiso.agents.weights import catalogue

    known = catalogue()
    if name not in known:
        raise BadSettings(f"There are no weights {name!r}.", hint=f"Known are: {', '.join(known)}.")
    return known[name]


def _registry(settings: Settings) -> Registry:
    from heiso.agents.registry import Registry

    return Registry.load(settings.home / "models.yaml")


def _show_profile(profile: Profile, settings: Settings, *, whole: bool) -> None:
    from heiso.ui.terminal import profile_lines, show

    here = _weights_state(profile, settings)
    show(console(), profile_lines(profile, key=_key_state(profile), weights=here, whole=whole))


def _key_state(profile: Profile) -> str:
    """Says which variable holds the key, never the key."""
    names = profile.provider.key
    if not names:
        return "not needed"
    if held := next((name for name in names if os.environ.get(name, "").strip()), ""):
        return f"set ({held})"
    return f"{'optional' if profile.provider.key_optional else 'missing'} ({' or '.join(names)})"


def _weights_state(profile: Profile, settings: Settings) -> str:
    from heiso.agents.weights import is_present

    if not profile.weights:
        return ""
    return "present" if is_present(_weights(profile.weights), settings.cache) else "missing"
