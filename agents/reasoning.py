"""The analyst: asks its model for claims with evidence keys, or for better ones after the critic's objections.

Knows prompts and the form of a draft; judges nothing. Keys that were never minted are dropped and reported here.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, create_model

from heiso.agents import prompts
from heiso.agents.answer import Claim
from heiso.agents.events import Drafted, KeyDropped, Started, Thinking
from heiso.agents.pack import EvidencePack
from heiso.agents.state import Deps, State, clock

__all__ = ["draft_schema", "reason"]

_LONGEST_CLAIM = 600


def reason(state: State, deps: Deps) -> State:
    """Drafts claims from the pack."""
    update: State = {}
    with clock(update, "reason"):  # type: ignore[arg-type]
        question, pack = state["question"], state["pack"]
        deps.emit(Started("reason", deps.models.name("analyst")))

        def on_token(text: str, reasoning: bool) -> None:
            deps.emit(Thinking("analyst", text, reasoning))

        faults = state.get("faults", ())
        messages = (
            prompts.revise(question, pack, state.get("draft", ()), faults)
            if faults
            else prompts.reason(question, pack)
        )
        said = deps.models.ask("analyst", messages, draft_schema(pack), on_token, deps.seconds_left())
        claims, unknown = _resolve(said.parsed, pack)
        for key, text in unknown:
            deps.emit(KeyDropped(key, text))
        deps.emit(Drafted(claims))
        update |= {
            "draft": claims,
            "rounds": state.get("rounds", 0) + 1,
            "unknown_keys": tuple(key for key, _ in unknown),
            "usage": {"analyst": said.usage},
            "traces": (said.trace,) if said.trace else (),
        }
    return update


def draft_schema(pack: EvidencePack) -> type[BaseModel]:
    """The form of a draft: the keys of the pack stand in the schema, for servers that hold a model to it.

    Parsing is wider than the schema: any key is read, so that a made-up one is seen, dropped and reported.
    """
    keys: Any = Field(
        json_schema_extra={"items": {"type": "string", "enum": list(pack.keys)}, "minItems": 1, "maxItems": 2}
    )
    evidence = Annotated[list[str], BeforeValidator(_listed), keys]
    claim = create_model(
        "DraftClaim", evidence=(evidence, ...), claim=(str, Field(min_length=1, max_length=_LONGEST_CLAIM))
    )
    claims = Annotated[list[claim], Field(min_length=1, max_length=prompts.MOST_CLAIMS)]  # type: ignore[valid-type]
    return create_model("Draft", claims=(claims, ...))


def _listed(value: Any) -> Any:
    """Models also write one key as plain text, or several in one string."""
    if isinstance(value, str):
        return [part for part in value.replace(",", " ").replace("[", " ").replace("]", " ").split() if part]
    return value


def _resolve(draft: Any, pack: EvidencePack) -> tuple[tuple[Claim, ...], tuple[tuple[str, str], ...]]:
    """The claims under keys that exist, each text once; and the keys that do not, with the claim that cited them."""
    claims: dict[str, Claim] = {}
    unknown: list[tuple[str, str]] = []
    for row in draft.claims:
        text = " ".join(row.claim.split())
        keys = dict.fromkeys(key.strip("[]() ") for key in row.evidence)
        unknown += [(key, text) for key in keys if pack.get(key) is None]
        if text:
            claims.setdefault(text, Claim(text=text, keys=tuple(key for key in keys if pack.get(key))))
    return tuple(claims.values()), tuple(unknown)
