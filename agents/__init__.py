"""The analyst: models, prompts, the four agents, and the public API."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heiso.agents.analyst import Analyst
    from heiso.agents.answer import Answer, Check, Citation, Claim, ConflictNote, Trace, Usage
    from heiso.agents.settings import Settings

__all__ = ["Analyst", "Answer", "Check", "Citation", "Claim", "ConflictNote", "Settings", "Trace", "Usage"]

# Loaded at first use: whoever reads the settings alone must not wait for the index and its libraries.
_HOMES = {"Analyst": "analyst", "Settings": "settings"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"heiso.agents.{_HOMES.get(name, 'answer')}"), name)
