"""The analyst: models, prompts, the four agents, and the public API."""

from heiso.agents.analyst import Analyst
from heiso.agents.answer import Answer, Check, Citation, Claim, ConflictNote, Trace, Usage
from heiso.agents.settings import Settings

__all__ = ["Analyst", "Answer", "Check", "Citation", "Claim", "ConflictNote", "Settings", "Trace", "Usage"]
