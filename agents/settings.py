"""Settings of heiso: one frozen record, read from arguments, HEISO_* variables, a TOML file and defaults.

Knows where settings come from; knows no model, no library that uses them, and no secret (keys are the registry's).
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_cache_dir, user_config_dir, user_data_dir
from pydantic import AfterValidator, Field, PositiveFloat, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from heiso.agents.answer import Role
from heiso.corpus.errors import BadSettings

__all__ = ["Settings", "config_file"]

PREFIX = "HEISO_"


def config_file() -> Path | None:
    """Gives the settings file: the one that HEISO_CONFIG names, or the user's own if there is one.

    Raises:
        BadSettings: HEISO_CONFIG names a file that is not there.
    """
    if named := os.environ.get(f"{PREFIX}CONFIG"):
        path = _absolute(Path(named))
        if not path.is_file():
            raise BadSettings(
                f"HEISO_CONFIG names {path}, and there is no such file.", hint="Mend or unset it."
            )
        return path
    path = Path(user_config_dir("heiso")) / "config.toml"
    return path if path.is_file() else None


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _web_address(address: str) -> str:
    if address and not address.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return address


Place = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """Everything a user can set. `Settings.load` is the way to make one; a bad value is then a `BadSettings`.

    `planner`, `critic` and `judge` are profiles for these roles (None: `model`). `evidence` is the number of passages
    in a pack, `rounds` the most rounds of critique, `seconds` the time for a whole question. `chroma` is a server's
    address ("": the store in `home`), `base_url` the endpoint of the `openai-compatible` profiles. `vocabulary` is a file
    of the user's own names, eras and characters (None: the one in `home`, if there is one).
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=True
    )

    model: str = "embedded/qwen2.5-coder-1.5b"
    planner: str | None = None
    critic: str | None = None
    judge: str | None = None
    home: Place = Field(default_factory=lambda: Path(user_data_dir("heiso")))
    cache: Place = Field(default_factory=lambda: Path(user_cache_dir("heiso")))
    embedder: str = "embedded"
    chroma: str = ""
    evidence: int = Field(default=5, ge=1, le=40)
    rounds: int = Field(default=2, ge=0, le=6)
    seconds: PositiveFloat = Field(default=600.0, allow_inf_nan=False)
    language: Literal["auto", "ja", "en", "zh"] = "auto"
    base_url: Annotated[str, AfterValidator(_web_address)] = ""
    vocabulary: Place | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Puts arguments before the environment and the environment before the file."""
        path = config_file()
        sources = (init_settings, env_settings)
        return sources if path is None else (*sources, TomlConfigSettingsSource(settings_cls, toml_file=path))

    @classmethod
    def load(cls, **overrides: Any) -> Settings:
        """Reads the settings; an override that is None counts as not given.

        Raises:
            BadSettings: a value outside its range, an unknown name, or a file that cannot be read.
        """
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**given)
        except ValidationError as error:
            raise _bad(error, given) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            reason = " ".join(str(error).split())
            raise BadSettings(
                f"{config_file()} cannot be read: {reason}.", hint="Mend or remove it."
            ) from None

    @property
    def vocabulary_file(self) -> Path | None:
        """The user's vocabulary: the file that was set, there or not, else `vocabulary.yaml` in `home` if there is one."""
        own = self.home / "vocabulary.yaml"
        return self.vocabulary or (own if own.is_file() else None)

    def profile_of(self, role: Role) -> str:
        """Names the profile that serves `role`."""
        own = {"planner": self.planner, "critic": self.critic, "judge": self.judge}
        return own.get(role) or self.model


def _bad(error: ValidationError, given: dict[str, Any]) -> BadSettings:
    first, *others = error.errors(include_url=False)
    name = str(first["loc"][0]) if first["loc"] else "settings"
    source = _source(name, given)
    if first["type"] == "extra_forbidden":
        text = f"Unknown setting {name!r} ({source})."
        return BadSettings(text, hint=f"Settings are: {', '.join(Settings.model_fields)}.")
    reason = first["msg"].removeprefix("Value error, ")
    text = " ".join(f"Setting {name!r} ({source}) cannot be {first['input']!r}: {reason}.".split())
    return BadSettings(text, hint=f"{len(others)} more cannot be used either." if others else "")


def _source(name: str, given: dict[str, Any]) -> str:
    if name in given:
        return "given as an argument"
    variable = f"{PREFIX}{name}".upper()
    if any(key.upper() == variable and value for key, value in os.environ.items()):
        return f"environment variable {variable}"
    return f"file {config_file()}"
