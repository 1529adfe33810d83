"""The public door: ask a question, get an Answer, or the events of the run as they come.

Puts settings, index, models and workflow together; knows no widgets and no gold answers.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from heiso.agents.answer import Answer
from heiso.agents.events import Answered, Event
from heiso.agents.finish import finish
from heiso.agents.library import open_index
from heiso.agents.models import BoundModels, Models
from heiso.agents.question import Question
from heiso.agents.settings import Settings
from heiso.agents.state import Deps, State
from heiso.corpus.errors import BadSettings, RunError
from heiso.corpus.records import Language
from heiso.retrieval import Index

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Analyst"]

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")


class Analyst:
    """Answers questions from an index of documents with the models that its settings name.

    Example:
        >>> from heiso.agents import Analyst
        >>> with Analyst() as analyst:
        ...     answer = analyst.ask("What licence is DeepSeek-R1 released under?")
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        index: Index | None = None,
        models: Models | None = None,
        **overrides: Any,
    ) -> None:
        """Opens the index, bringing in the bundled briefings where they are missing; models load at first use.

        Args:
            settings: the settings; read from the environment and the settings file when not given.
            index: an index to use in place of the one that the settings name.
            models: a door to models in place of the one that the settings name.
            overrides: single settings by name, as `Settings.load` takes them.

        Raises:
            BadSettings, UnknownModel: a setting cannot be used.
            IndexMismatch, IndexUnavailable, NotWritable: the index cannot be opened.
        """
        if settings is not None and overrides:
            raise BadSettings("Give either settings or single overrides.", hint="Settings.load(**overrides)")
        self.settings = settings or Settings.load(**overrides)
        self.models: Models = models or BoundModels(self.settings)
        self._own_index = index is None
        self.index = index or open_index(self.settings)

    def ask(self, question: str, *, as_of: str | None = None, language: Language | None = None) -> Answer:
        """Answers one question.

        Args:
            question: in Japanese, English or Chinese.
            as_of: an ISO date; only what sources dated at most then say is used.
            language: the language to answer in; the question's own when not given.

        Raises:
            BadQuestion, BadSettings: the question or the date cannot be used.
            RunError: a model failed and nothing could be answered; MissingKey, BadWeights: it cannot be used at all.
        """
        for event in self.stream(question, as_of=as_of, language=language):
            if isinstance(event, Answered):
                return event.answer
        raise RunError("The run ended without an answer.")

    def stream(
        self, question: str, *, as_of: str | None = None, language: Language | None = None
    ) -> Iterator[Event]:
        """The events of one question as they come; the last is `Answered`. Raises what `ask` raises."""
        from heiso.agents.graph import workflow

        state, deps, began = self._start(question, as_of, language, _writer)
        for mode, payload in workflow().stream(state, context=deps, stream_mode=["custom", "values"]):
            if mode == "custom":
                yield cast("Event", payload)
            else:
                state = cast("State", payload)
        yield Answered(finish(state, deps, seconds=time.monotonic() - began))

    async def astream(
        self, question: str, *, as_of: str | None = None, language: Language | None = None
    ) -> AsyncIterator[Event]:
        """`stream` for asynchronous callers: the agents work in threads, the loop stays free."""
        from heiso.agents.graph import workflow

        state, deps, began = self._start(question, as_of, language, _writer)
        async for mode, payload in workflow().astream(state, context=deps, stream_mode=["custom", "values"]):
            if mode == "custom":
                yield cast("Event", payload)
            else:
                state = cast("State", payload)
        yield Answered(finish(state, deps, seconds=time.monotonic() - began))

    async def aask(
        self, question: str, *, as_of: str | None = None, language: Language | None = None
    ) -> Answer:
        """`ask` for asynchronous callers."""
        async for event in self.astream(question, as_of=as_of, language=language):
            if isinstance(event, Answered):
                return event.answer
        raise RunError("The run ended without an answer.")

    def close(self) -> None:
        """Closes the index that the analyst opened."""
        if self._own_index:
            self.index.close()

    def __enter__(self) -> Analyst:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(
        self, question: str, as_of: str | None, language: Language | None, emit: Callable[[Event], None]
    ) -> tuple[State, Deps, float]:
        if as_of is not None and not _DATE.match(as_of):
            raise BadSettings(f"{as_of!r} is no date.", hint="Write it as 2025, 2025-08 or 2025-08-14.")
        began = time.monotonic()
        asked = language or (None if self.settings.language == "auto" else self.settings.language)
        deps = Deps(
            index=self.index,
            models=self.models,
            evidence=self.settings.evidence,
            rounds=self.settings.rounds,
            as_of=as_of,
            deadline=began + self.settings.seconds,
            emit=emit,
        )
        return {"question": Question(question, asked)}, deps, began


def _writer(event: Event) -> None:
    """Hands an event to the stream of the run that the calling node belongs to."""
    from langgraph.config import get_stream_writer

    get_stream_writer()(event)
