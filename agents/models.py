"""Binds roles to models: each role's profile, its chat model built at first use, one door for every call.

Knows settings, profiles and chat models; knows nothing of prompts or evidence.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel

from heiso.agents.answer import Role, Trace, Usage
from heiso.agents.embedded import address_of
from heiso.agents.registry import Profile, Registry
from heiso.agents.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from heiso.agents.chat import ReasoningChat

__all__ = ["BoundModels", "ModelReply", "Models"]

# Four claims of two sentences in any of the languages, as JSON; a thinking model gets room for its trace.
_ANSWER_TOKENS = 700
_THINKING_TOKENS = 8_000


@dataclass(frozen=True)
class ModelReply:
    """What a role's model said: the parsed object, its trace if it showed one, and what the call used."""

    parsed: BaseModel
    trace: Trace | None
    usage: Usage


class Models(Protocol):
    """The one door to the models. A scripted one may stand in for it in tests."""

    def name(self, role: Role) -> str:
        """The profile that serves `role`."""

    def ask(
        self,
        role: Role,
        messages: Sequence[tuple[str, str]],
        schema: type[BaseModel],
        on_token: Callable[[str, bool], None],
        seconds: float,
    ) -> ModelReply:
        """Asks the model of `role`; (role, text) messages; waits at most `seconds`."""


class BoundModels:
    """Models as the settings bind them. Unknown profiles are refused at once, keys and weights looked for at first use."""

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        """Raises UnknownModel for a role whose profile is not in the registry."""
        known = registry or Registry.load(settings.home / "models.yaml")
        roles: tuple[Role, ...] = ("planner", "analyst", "critic", "judge")
        self._settings = settings
        self._profiles: dict[Role, Profile] = {role: known.get(settings.profile_of(role)) for role in roles}
        self._chats: dict[str, ReasoningChat] = {}
        self._lock = threading.Lock()

    def name(self, role: Role) -> str:
        """The profile that serves `role`."""
        return self._profiles[role].name

    def warm(self, role: Role = "analyst") -> None:
        """Loads the model of `role` now rather than at its first call.

        Raises:
            MissingKey, BadWeights, BadSettings: it cannot be reached; the error says why.
        """
        self._chat(self._profiles[role])

    def ask(
        self,
        role: Role,
        messages: Sequence[tuple[str, str]],
        schema: type[BaseModel],
        on_token: Callable[[str, bool], None],
        seconds: float,
    ) -> ModelReply:
        """Asks the model of `role`.

        Raises:
            ModelUnavailable, ModelRejected, UnparsableReply: the call failed, after retries.
            MissingKey, BadWeights: the model cannot be used as things are.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        from heiso.agents.chat import reply

        profile = self._profiles[role]
        chat = self._chat(profile).model_copy(update={"request_timeout": seconds})
        kinds = {"system": SystemMessage, "user": HumanMessage}
        said = reply(chat, [kinds[kind](text) for kind, text in messages], schema, on_token, role=role)
        assert said.parsed is not None
        return ModelReply(said.parsed, _trace(role, profile, said.reasoning, said.usage), said.usage)

    def say(self, role: Role, messages: Sequence[tuple[str, str]]) -> str:
        """Asks the model of `role` for plain text; raises what `ask` raises."""
        from langchain_core.messages import HumanMessage, SystemMessage

        from heiso.agents.chat import reply

        kinds = {"system": SystemMessage, "user": HumanMessage}
        chat = self._chat(self._profiles[role])
        return reply(chat, [kinds[kind](text) for kind, text in messages], role=role).text

    def _chat(self, profile: Profile) -> ReasoningChat:
        from heiso.agents.chat import chat_model

        with self._lock:
            if profile.name not in self._chats:
                tokens = _ANSWER_TOKENS if profile.thinking == "none" else _THINKING_TOKENS
                self._chats[profile.name] = chat_model(
                    profile,
                    base_url=address_of(profile, self._settings),
                    timeout=self._settings.seconds,
                    max_tokens=tokens,
                )
            return self._chats[profile.name]


def _trace(role: Role, profile: Profile, text: str, usage: Usage) -> Trace | None:
    if not text and not usage.reasoning_tokens:
        return None
    kind = profile.provider.trace_kind if text else "hidden"
    return Trace(role=role, kind=kind, text=text, tokens=usage.reasoning_tokens or None)
