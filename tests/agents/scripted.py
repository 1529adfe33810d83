"""Helpers of the tests of the agents: packs made of plain text, and models that say what a test tells them."""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from heiso.agents.answer import Claim, Role, Usage
from heiso.agents.checks import check
from heiso.agents.models import ModelReply
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question
from heiso.corpus import cut
from heiso.corpus.language import detect
from heiso.corpus.records import Document, Mark, Source

# A neutral question in each language: it names nothing, so that only the claim is weighed.
NEUTRAL = {"ja": "この資料は何を述べているか?", "en": "What does this text say?", "zh": "这份资料说了什么?"}


def document(text: str, *, publisher: str = "Desk", title: str = "Notes", name: str = "note") -> Document:
    """A document whose every character rests on one source of `publisher`."""
    source = Source("s", "A report", publisher, "https://example.com", "2025-08-14", "secondary", "high")
    marks = tuple(Mark(at + 1, "s") for at in range(len(text)))
    return Document(name, detect(text), title, "2025-08-14", text, sources=(source,), marks=marks)


def pack(*texts: str, publisher: str = "Desk") -> EvidencePack:
    """A pack of one passage for each text, in order: E1, E2, …"""
    pairs = []
    for at, text in enumerate(texts):
        made = document(text, publisher=publisher, name=f"note{at}")
        (passage,) = cut(made, size=100_000)
        pairs.append((passage, made))
    return EvidencePack.of(pairs)


def checks(
    claim: str,
    evidence: str | EvidencePack,
    *,
    keys: Sequence[str] = ("E1",),
    question: str = "",
    publisher: str = "Desk",
) -> dict[str, Any]:
    """What each check says of `claim`: name -> passed."""
    held = pack(evidence, publisher=publisher) if isinstance(evidence, str) else evidence
    asked = Question(question or NEUTRAL[detect(claim)])
    return {one.name: one.passed for one in check(Claim(text=claim, keys=tuple(keys)), held, asked)}


Row = tuple[Sequence[str], str]
Script = Sequence[Row] | Exception | Callable[[str], Sequence[Row]]


def items(prompt: str) -> dict[str, str]:
    """The evidence of a prompt, by key."""
    return dict(re.findall(r"^\[(E\d+)\] (.*)$", prompt, re.MULTILINE))


class Scripted:
    """Stands in for models: `analyst` holds one script for each draft, the last one serving every later draft.

    A key "@words" stands for the first piece of evidence that holds these words, "!words" for the first that does not.
    """

    def __init__(
        self,
        *analyst: Script,
        critic: str | Exception | Callable[[str], str] = "yes",
        planner: dict[str, Any] | Exception | None = None,
    ) -> None:
        self.analyst = analyst
        self.critic = critic
        self.planner = planner if planner is not None else {"en": "", "ja": "", "parts": []}
        self.calls: list[tuple[Role, list[tuple[str, str]]]] = []
        self._lock = threading.Lock()

    def name(self, role: Role) -> str:
        return f"scripted/{role}"

    def roles(self) -> list[Role]:
        return [role for role, _ in self.calls]

    def prompts(self, role: Role) -> list[str]:
        return [messages[-1][1] for asked, messages in self.calls if asked == role]

    def ask(self, role: Role, messages: Any, schema: Any, on_token: Any, seconds: float) -> ModelReply:
        with self._lock:
            drafts = self.roles().count("analyst")
            self.calls.append((role, list(messages)))
        assert seconds > 0
        text = messages[-1][1]
        reply = {"planner": self._planned, "analyst": self._drafted, "critic": self._judged}[role](
            text, drafts
        )
        on_token(f"<{role}>", False)
        return ModelReply(schema.model_validate(reply), None, Usage(calls=1, input_tokens=len(text)))

    def _planned(self, text: str, drafts: int) -> Any:
        return _raise_or(self.planner)

    def _drafted(self, text: str, drafts: int) -> Any:
        script = _raise_or(self.analyst[min(drafts, len(self.analyst) - 1)])
        rows = script(text) if callable(script) else script
        return {"claims": [{"evidence": [_key(k, text) for k in keys], "claim": said} for keys, said in rows]}

    def _judged(self, text: str, drafts: int) -> Any:
        said = _raise_or(self.critic)
        return {"verdict": said(text) if callable(said) else said}


def _raise_or(script: Any) -> Any:
    if isinstance(script, Exception):
        raise script
    return script


def _key(key: str, prompt: str) -> str:
    if key[:1] not in "@!":
        return key
    held = items(prompt)
    found = [name for name, text in held.items() if (key[1:] in text) == (key[0] == "@")]
    assert found, f"no evidence for {key!r} in {held}"
    return found[0]
