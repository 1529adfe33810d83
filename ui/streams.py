"""The terminal's two streams as consoles. Knows what a stream can show; knows nothing that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "moves"]


def console(*, stderr: bool = False) -> Console:
    """Standard output or standard error, taking text as it is: no markup, no emoji codes."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def moves(console: Console | None) -> bool:
    """Whether a live display can be drawn: a real terminal, whatever colours are asked for."""
    return console is not None and console.file.isatty() and not console.is_dumb_terminal
