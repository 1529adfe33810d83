"""Which models there are and how to reach each: providers and profiles as data, checked when they are read.

Knows YAML files and the names of key variables; knows no chat library, and hands out keys only as secrets.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, ValidationError

from heiso.corpus.errors import BadSettings, MissingKey, UnknownModel

__all__ = ["Price", "Profile", "Provider", "Registry"]

BUNDLED = Path(__file__).with_name("models.yaml")
NO_KEY = "none"  # what an endpoint without keys is sent, since the client library wants something

Origin = Literal["cn", "us", "eu", ""]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Row = TypeVar("Row", bound=_Row)


class Provider(_Row):
    """Who serves models, at which address, and which variables may hold the key (the first that is set wins).

    `trace` names the field that carries the reasoning, `trace_kind` how much of it the provider shows, `length` the
    parameter that limits a reply. `verified` False: taken from one source or none.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: str
    origin: Origin
    base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
    key: tuple[str, ...]
    key_optional: bool = False
    trace: str = ""
    trace_kind: Literal["full", "summary", "hidden"] = "full"
    length: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    verified: bool


class Price(_Row):
    """Price of 1,000,000 tokens; `cached` None means that a discount for cached input is not known."""

    input: Amount
    cached: Amount | None = None
    output: Amount
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]

    def cost(self, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> Decimal:
        """Gives what a call costs; `input_tokens` include the cached ones, `output_tokens` the reasoning."""
        cached = self.input if self.cached is None else self.cached
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * cached + output_tokens * self.output) / 1_000_000


class Profile(_Row):
    """How to reach one model and what it can do.

    `thinking`: always (cannot be switched off), toggle (on or off), effort (by degrees, none included), none.
    `temperature` False: the model refuses or ignores one. `context` None: not known. `weights` is the name in
    weights.yaml of an embedded model. A `name` that ends in `/*` stands for every model of the provider; a profile
    made from it has `assumed` True.
    """

    name: Annotated[str, Field(pattern=r"^[^/\s]+/\S+$")]
    model: Annotated[str, Field(min_length=1)]
    provider: Provider
    origin: Origin
    context: PositiveInt | None = None
    thinking: Literal["always", "toggle", "effort", "none"]
    structured: Literal["json_schema", "json_object", "none"]
    temperature: bool
    price: Price | None = None
    evidence_tokens: PositiveInt | None = None
    weights: str | None = None
    note: str = ""
    assumed: bool = False

    def key(self) -> SecretStr:
        """Reads the key from the first of the provider's variables that is set.

        Raises:
            MissingKey: none is set, and the provider needs one.
            BadSettings: the value holds characters that no key has.
        """
        for variable in self.provider.key:
            if value := os.environ.get(variable, "").strip():
                if not (value.isascii() and value.isprintable()) or " " in value:
                    raise BadSettings(f"{variable} holds characters that no key has.", hint="Set it anew.")
                return SecretStr(value)
        if self.provider.key_optional or not self.provider.key:
            return SecretStr(NO_KEY)
        names = " or ".join(self.provider.key)
        raise MissingKey(
            f"{self.name} needs a key, and none is set.", hint=f"Set {names} in the environment."
        )


class Registry:
    """All profiles by name: the bundled ones, and over them those of the files given."""

    def __init__(self, profiles: dict[str, Profile]) -> None:
        self._profiles = profiles

    @classmethod
    def load(cls, *paths: Path) -> Registry:
        """Reads the bundled file, then each of `paths` that exists; later rows replace earlier ones of their name.

        Raises:
            BadSettings: a file is not YAML, or a row is not what it must be.
        """
        providers: dict[str, Provider] = {}
        rows: dict[str, tuple[Path, dict[str, Any]]] = {}
        for path in (BUNDLED, *paths):
            if path.exists():
                data = _read(path)
                for where, row in _rows(path, data, "providers"):
                    provider = _checked(Provider, row, where)
                    providers[provider.name] = provider
                rows |= {str(row.get("name")): (path, row) for _, row in _rows(path, data, "profiles")}
        return cls({name: _profile(row, path, providers) for name, (path, row) in rows.items()})

    def names(self) -> tuple[str, ...]:
        """Gives the names of all profiles, bundled ones first; one that ends in `/*` takes any model id there."""
        return tuple(self._profiles)

    def get(self, name: str) -> Profile:
        """Finds a profile by its exact name, or by the pattern of its provider.

        Raises:
            UnknownModel: there is none; the hint names the nearest.
        """
        if name in self._profiles and not name.endswith("/*"):
            return self._profiles[name]
        provider, _, model = name.partition("/")
        pattern = self._profiles.get(f"{provider}/*")
        if pattern is None or not model or model == "*" or any(map(str.isspace, model)):
            raise UnknownModel(f"There is no model profile {name!r}.", hint=self._suggest(name))
        return pattern.model_copy(update={"name": name, "model": model, "assumed": True})

    def _suggest(self, name: str) -> str:
        def likeness(known: str) -> float:
            forms = (known, known.partition("/")[2])
            return max(difflib.SequenceMatcher(None, name.lower(), form.lower()).ratio() for form in forms)

        nearest = sorted(self._profiles, key=likeness, reverse=True)[:3]
        return f"Did you mean {', '.join(nearest[:-1])} or {nearest[-1]}?"


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"{path} cannot be read: {' '.join(str(error).split())}.") from None
    data = {} if data is None else data
    if not isinstance(data, dict) or not data.keys() <= {"providers", "profiles"}:
        raise BadSettings(f"{path} must hold `providers` and `profiles` and nothing else.")
    return data


def _rows(path: Path, data: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = data.get(kind) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadSettings(f"{path}: `{kind}` must be a list of rows.")
    for row in rows:
        yield f"{path}, {kind}, {row.get('name')}", row


def _profile(row: dict[str, Any], path: Path, providers: dict[str, Provider]) -> Profile:
    where = f"{path}, profiles, {row.get('name')}"
    provider = providers.get(str(row.get("provider")))
    if provider is None:
        raise BadSettings(f"{where}: provider {row.get('provider')!r} is not one of {', '.join(providers)}.")
    return _checked(Profile, {**row, "provider": provider}, where)


def _checked(kind: type[Row], row: dict[str, Any], where: str) -> Row:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadSettings(f"{where}: {place}: {first['msg']}.") from None
