"""Talks to chat models over the OpenAI wire format: traces apart from text, usage, retries, errors, parsed replies.

The one home of langchain-openai. Knows how a reply arrives; knows nothing of roles, prompts or evidence.
"""

from __future__ import annotations

import json
import logging
import math
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import BaseModel, SecretStr, ValidationError

from heiso.agents.answer import Usage
from heiso.agents.registry import NO_KEY, Profile
from heiso.corpus.errors import ModelRejected, ModelUnavailable, RunError, UnparsableReply

__all__ = ["ReasoningChat", "Reply", "Splitter", "chat_model", "parse", "reply", "translate"]

log = logging.getLogger(__name__)

ATTEMPTS = 3
BACKOFF = (
    1.0  # seconds before the second attempt; doubles, and a little chance keeps batches from marching in step
)
CONNECT_SECONDS = 10.0
SAID = 200  # characters of an endpoint's own words in an error line
FIELDS = ("reasoning_content", "reasoning")  # where a trace may stand; the first that holds text wins
TRACE = "reasoning_content"  # where langchain-core looks for one
FAMILY = "heiso"  # under "openai", langchain-core would not look there
OPEN, CLOSE = "<think>", "</think>"

OnToken = Callable[[str, bool], None]


# ---- the trace, apart from the text


@dataclass
class Splitter:
    """Takes a reply in pieces and keeps its trace apart from its text, however the tags are cut.

    A tag opens a trace at the start of the reply or of a line, and nowhere else: an answer may speak of `<think>`.
    With `holds`, text waits while it may still be a trace whose opening tag the server swallowed: until a tag, a
    trace in a field, or the end; what begins like JSON or code is an answer and does not wait.
    When a trace comes both in a field and in tags, only the one that came first is kept.
    """

    holds: bool = True
    _state: Literal["start", "trace", "gap", "text"] = "start"
    _buffer: str = ""
    _fresh: bool = True  # the text stands at the start of a line
    _begun: bool = False  # the trace has more than white space
    _source: Literal["", "field", "tags"] = ""
    _text: list[str] = field(default_factory=list)
    _trace: list[str] = field(default_factory=list)

    def feed(self, piece: str, field_trace: str = "") -> tuple[str, str]:
        """Takes a piece of text and of a field's trace; gives the text and the trace that are certain now."""
        if field_trace and self._source != "tags":
            self._source, self.holds = "field", False
        self._buffer += piece
        steps = {"start": self._start, "trace": self._in_trace, "gap": self._gap, "text": self._in_text}
        while steps[self._state]():
            pass
        return self._take(field_trace)

    def flush(self) -> tuple[str, str]:
        """Ends the reply: gives what still waited. A trace that was never closed stays a trace."""
        rest, self._buffer = self._buffer, ""
        if self._state == "trace":
            self._think(rest.rstrip())
        elif self._state != "gap":
            self._text.append(rest)
        return self._take("")

    def _take(self, field_trace: str) -> tuple[str, str]:
        text, tagged = "".join(self._text), "".join(self._trace)
        self._text.clear()
        self._trace.clear()
        if tagged and not self._source:
            self._source = "tags"
        return text, tagged if self._source == "tags" else field_trace

    def _think(self, piece: str) -> None:
        piece = piece if self._begun else piece.lstrip()
        self._begun = self._begun or bool(piece)
        self._trace.append(piece)

    def _start(self) -> bool:
        head = self._buffer.lstrip()
        if any(tag.startswith(head) and tag != head for tag in (OPEN, CLOSE)):
            return False  # nothing yet, or the beginning of a tag
        if head.startswith((OPEN, CLOSE)):
            tag = OPEN if head.startswith(OPEN) else CLOSE
            self._buffer, self._state = head[len(tag) :], "trace" if tag == OPEN else "gap"
            return True
        if not self.holds or head[0] in "{[`":
            self._state = "text"
            return True
        return self._swallowed()

    def _swallowed(self) -> bool:
        """Looks for a closing tag without an opening one."""
        close, opener = self._buffer.find(CLOSE), self._buffer.find(OPEN)
        if close >= 0 and not 0 <= opener < close:
            self._think(self._buffer[:close].rstrip())
            self._buffer, self._state = self._buffer[close + len(CLOSE) :], "gap"
            return True
        if opener >= 0:
            self._state = "text"
        return opener >= 0

    def _in_trace(self) -> bool:
        close = self._buffer.find(CLOSE)
        if close >= 0:
            self._think(self._buffer[:close].rstrip())
            self._buffer, self._state, self._begun = self._buffer[close + len(CLOSE) :], "gap", False
            return True
        certain = self._buffer[: len(self._buffer) - _overlap(self._buffer, CLOSE)].rstrip()
        self._think(certain)
        self._buffer = self._buffer[len(certain) :]
        return False

    def _gap(self) -> bool:
        """Drops the white space between trace and text."""
        self._buffer = self._buffer.lstrip()
        if self._buffer:
            self._state, self._fresh = "text", True
        return bool(self._buffer)

    def _in_text(self) -> bool:
        lead = "\n" if self._fresh else ""
        line = lead + self._buffer
        opener = line.find(f"\n{OPEN}")
        if opener >= 0:
            self._text.append(line[len(lead) : opener + 1])
            self._buffer, self._state = line[opener + 1 + len(OPEN) :], "trace"
            return True
        end = max(len(lead), len(line) - _overlap(line, f"\n{OPEN}"))
        certain, self._buffer = line[len(lead) : end], line[end:]
        self._text.append(certain)
        self._fresh = self._fresh and not certain
        return False


def _overlap(text: str, tag: str) -> int:
    """Says how many characters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:n])), 0)


# ---- the model


@dataclass
class _Flow:
    """What one streamed reply carries from chunk to chunk."""

    splitter: Splitter
    usage: UsageMetadata | None = None


class ReasoningChat(BaseChatOpenAI):
    """A chat model behind any OpenAI-compatible endpoint.

    The trace is in `additional_kwargs["reasoning_content"]`, never in the text. Usage comes once, with the last
    chunk: some endpoints repeat it in every chunk, and langchain would add it up.
    """

    heiso_profile: Profile
    stream_usage: bool | None = True

    @property
    def _llm_type(self) -> str:
        return "heiso"

    def _splitter(self) -> Splitter:
        return Splitter(holds=self.heiso_profile.thinking != "none")

    def _create_chat_result(
        self, response: dict[str, Any] | openai.BaseModel, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        data = response if isinstance(response, dict) else response.model_dump(warnings=False)
        for generation, choice in zip(result.generations, data["choices"], strict=True):
            message = generation.message
            splitter, content = self._splitter(), message.content
            text, trace = splitter.feed(
                content if isinstance(content, str) else "", _field(choice["message"])
            )
            rest, more = splitter.flush()
            if isinstance(content, str):
                message.content = generation.text = text + rest
            if trace + more:
                message.additional_kwargs[TRACE] = trace + more
            message.response_metadata["model_provider"] = FAMILY
        if result.llm_output:
            result.llm_output["model_provider"] = FAMILY
        return result

    def _get_generation_chunk_from_completion(self, completion: openai.BaseModel) -> ChatGenerationChunk:
        chunk = super()._get_generation_chunk_from_completion(completion)
        chunk.message.additional_kwargs.pop(TRACE, None)  # streamed already
        return chunk

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        choices = chunk.get("choices") or (chunk.get("chunk") or {}).get("choices")
        if made and choices:
            made.message.response_metadata["model_provider"] = FAMILY
            if trace := _field(choices[0].get("delta")):
                made.message.additional_kwargs[TRACE] = trace
        return made

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        flow = _Flow(self._splitter())
        raw = super()._stream(messages, stop, None, stream_usage=stream_usage, **kwargs)
        with closing(raw):  # type: ignore[type-var]  # a generator, declared as an iterator
            for chunk in raw:
                split = _refine(chunk, flow)
                if run_manager:
                    run_manager.on_llm_new_token(split.text, chunk=split)
                yield split
        tail = _tail(flow)
        if run_manager and tail.text:
            run_manager.on_llm_new_token(tail.text, chunk=tail)
        yield tail

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        flow = _Flow(self._splitter())
        async for chunk in super()._astream(messages, stop, None, stream_usage=stream_usage, **kwargs):
            split = _refine(chunk, flow)
            if run_manager:
                await run_manager.on_llm_new_token(split.text, chunk=split)
            yield split
        tail = _tail(flow)
        if run_manager and tail.text:
            await run_manager.on_llm_new_token(tail.text, chunk=tail)
        yield tail


def _field(message: Any) -> str:
    values = (message.get(name) for name in FIELDS) if isinstance(message, dict) else ()
    return next((value for value in values if isinstance(value, str) and value), "")


def _refine(chunk: ChatGenerationChunk, flow: _Flow) -> ChatGenerationChunk:
    message = chunk.message
    if not isinstance(message, AIMessageChunk) or not isinstance(message.content, str):
        return chunk
    flow.usage, message.usage_metadata = message.usage_metadata or flow.usage, None
    text, trace = flow.splitter.feed(message.content, message.additional_kwargs.pop(TRACE, ""))
    message.content = text
    if trace:
        message.additional_kwargs[TRACE] = trace
    return ChatGenerationChunk(message=message, generation_info=chunk.generation_info)


def _tail(flow: _Flow) -> ChatGenerationChunk:
    text, trace = flow.splitter.flush()
    extra = {TRACE: trace} if trace else {}
    return ChatGenerationChunk(
        message=AIMessageChunk(content=text, additional_kwargs=extra, usage_metadata=flow.usage)
    )


def chat_model(profile: Profile, *, base_url: str, timeout: float, max_tokens: int) -> ReasoningChat:
    """Makes the model of a profile; `timeout` is what one `reply` may take, retries included.

    Raises:
        MissingKey: the profile needs a key, and none is set.
    """
    options: dict[str, Any] = {"temperature": 0.0} if profile.temperature else {}
    if profile.provider.length == "max_tokens":
        options["max_tokens"] = max_tokens
    else:
        options["model_kwargs"] = {profile.provider.length: max_tokens}
    if urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1"):  # never by way of a proxy
        options["http_client"] = openai.DefaultHttpxClient(trust_env=False)
        options["http_async_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
    model = ReasoningChat(
        heiso_profile=profile,
        model=profile.model,
        base_url=base_url,
        api_key=profile.key(),
        timeout=timeout,
        max_retries=0,
        use_responses_api=False,
        **options,
    )
    if profile.provider.name != "openai":  # an account at OpenAI is nobody else's business
        for client in (model.root_client, model.root_async_client):
            client.organization = client.project = None
    return model


# ---- one reply


@dataclass(frozen=True)
class Reply:
    """What a model said: text, trace, the parsed object when a schema was given, usage, and why it ended."""

    text: str
    reasoning: str
    parsed: BaseModel | None
    usage: Usage
    finish_reason: str


def reply(
    model: ReasoningChat,
    messages: Sequence[BaseMessage],
    schema: type[BaseModel] | None = None,
    on_token: OnToken | None = None,
    *,
    role: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> Reply:
    """Asks once, with retries, and parses the reply; a reply that does not parse gets one turn to be mended.

    `on_token` gets pieces as they come, with True for those of the trace; a retry after a stream that broke off
    begins again. Usage and trace of a mended reply include those of the first.

    Raises:
        ModelUnavailable: no answer after all attempts, or not within the model's time.
        ModelRejected: the endpoint refused the request.
        UnparsableReply: the text is not what `schema` asks for, or there is none because the limit was reached.
    """
    seconds = model.request_timeout if isinstance(model.request_timeout, int | float) else math.inf
    call = _Call(model, schema, on_token or _ignore, role, sleep, time.monotonic() + seconds)
    request = _with_schema(messages, schema, model.heiso_profile)
    first = call.ask(request)
    if schema is None:
        return first
    parsed, reason = parse(first.text, schema)
    if parsed is not None:
        return replace(first, parsed=parsed)
    second = call.ask([*request, *_feedback(first, reason)])
    parsed, reason = parse(second.text, schema)
    if parsed is None:
        text = f"{model.heiso_profile.name} did not reply in the form asked for: {reason}."
        raise UnparsableReply(text, hint="Try another model.", role=role, attempts=call.attempts)
    traces = [trace for trace in (first.reasoning, second.reasoning) if trace]
    return replace(second, parsed=parsed, usage=first.usage + second.usage, reasoning="\n\n".join(traces))


def _ignore(text: str, reasoning: bool) -> None:
    """Takes a token and does nothing with it."""


class _Failure(Exception):
    """An attempt that failed, with the seconds that the endpoint asks to wait."""

    def __init__(self, error: RunError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


@dataclass
class _Call:
    """The requests that make one reply: they share a deadline and a count."""

    model: ReasoningChat
    schema: type[BaseModel] | None
    on_token: OnToken
    role: str
    sleep: Callable[[float], None]
    deadline: float
    attempts: int = 0

    def ask(self, messages: list[BaseMessage]) -> Reply:
        for attempt in range(ATTEMPTS):
            self.attempts += 1
            try:
                return self._once(messages)
            except _Failure as failure:
                error, wait = failure.error, failure.wait
            error.role, error.attempts = self.role, self.attempts
            if wait is None:
                wait = BACKOFF * 2**attempt * random.uniform(1, 1.25)
            late = wait >= self.deadline - time.monotonic()
            if late or attempt == ATTEMPTS - 1 or not isinstance(error, ModelUnavailable):
                raise error
            log.info("%s Attempt %d, next in %.1f s.", error.message, self.attempts, wait)
            self.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, messages: list[BaseMessage]) -> Reply:
        name, began = self.model.heiso_profile.name, time.monotonic()
        text, trace, finish, usage = "", "", "", None
        with closing(self._chunks(messages)) as chunks:
            for chunk in chunks:
                thought, said = chunk.additional_kwargs.get(TRACE, ""), str(chunk.text)
                for piece, reasoning in ((thought, True), (said, False)):
                    if piece:
                        self.on_token(piece, reasoning)
                trace, text = trace + thought, text + said
                finish = chunk.response_metadata.get("finish_reason") or finish
                usage = chunk.usage_metadata or usage
                if time.monotonic() > self.deadline:
                    raise _Failure(ModelUnavailable(f"{name} took longer than it may.", hint=MORE_TIME))
        _check_end(name, finish, text)
        spent = _usage(usage, time.monotonic() - began, self.model.heiso_profile)
        return Reply(text.strip(), trace.strip(), None, spent, finish)

    def _chunks(self, messages: list[BaseMessage]) -> Generator[AIMessageChunk, None, None]:
        left = max(self.deadline - time.monotonic(), 0.001)
        limit = openai.Timeout(None if left == math.inf else left, connect=min(left, CONNECT_SECONDS))
        kwargs: dict[str, Any] = {"timeout": limit}
        if wanted := _response_format(self.schema, self.model.heiso_profile):
            # Not as the argument of that name: the client's own parser would fall over a cut reply and lose it.
            kwargs["extra_body"] = {**(self.model.extra_body or {}), "response_format": wanted}
        secret = self.model.openai_api_key
        try:
            yield from self.model.stream(messages, **kwargs)
        except Exception as error:
            key = secret.get_secret_value() if isinstance(secret, SecretStr) else ""
            raise _Failure(translate(error, self.model.heiso_profile, key), _retry_after(error)) from None


def _check_end(name: str, finish: str, text: str) -> None:
    if not finish:
        raise _Failure(ModelUnavailable(f"The reply of {name} broke off.", hint=LATER))
    if finish == "content_filter":
        raise _Failure(
            ModelRejected(f"The provider of {name} filtered the reply.", hint="Try another model.")
        )
    if finish == "length" and not text.strip():
        reason = f"{name} used up its tokens before it came to the answer."
        raise _Failure(UnparsableReply(reason, hint="Allow more tokens, or think less."))


def _usage(reported: UsageMetadata | None, seconds: float, profile: Profile) -> Usage:
    if reported is None:
        return Usage(calls=1, seconds=seconds)
    cached = min(reported.get("input_token_details", {}).get("cache_read", 0), reported["input_tokens"])
    tokens = {
        "input_tokens": reported["input_tokens"],
        "cached_tokens": cached,
        "output_tokens": reported["output_tokens"],
    }
    return Usage(
        calls=1,
        seconds=seconds,
        reasoning_tokens=reported.get("output_token_details", {}).get("reasoning", 0),
        cost=profile.price.cost(**tokens) if profile.price else None,
        currency=profile.price.currency if profile.price else "USD",
        **tokens,
    )


# ---- the form of a reply


def _response_format(schema: type[BaseModel] | None, profile: Profile) -> dict[str, Any] | None:
    if schema is None or profile.structured == "none":
        return None
    if profile.structured == "json_object":
        return {"type": "json_object"}
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "schema": schema.model_json_schema()},
    }


def _with_schema(
    messages: Sequence[BaseMessage], schema: type[BaseModel] | None, profile: Profile
) -> list[BaseMessage]:
    """Writes the schema at the end of the request, where the endpoint is not sent one to enforce."""
    if schema is None or profile.structured == "json_schema":
        return list(messages)
    text = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    ask = f"Reply with one JSON object and nothing else. It must fit this JSON schema:\n{text}"
    *before, last = messages
    if isinstance(last, HumanMessage) and isinstance(last.content, str):
        return [*before, HumanMessage(f"{last.content}\n\n{ask}")]
    return [*messages, HumanMessage(ask)]


def _feedback(first: Reply, reason: str) -> list[BaseMessage]:
    cut = " It was cut off at the limit of its length: be shorter." if first.finish_reason == "length" else ""
    ask = f"That reply cannot be used: {reason}.{cut} Reply again with the corrected JSON object and nothing else."
    return [AIMessage(first.text or "(empty)"), HumanMessage(ask)]


def parse(text: str, schema: type[BaseModel]) -> tuple[BaseModel | None, str]:
    """Finds the object in a reply: takes the outermost braces, whatever stands around them; allows trailing commas.

    Returns:
        The parsed object and "", or None and the reason in one line.
    """
    reason = "it holds no JSON object"
    for candidate in _objects(text):
        try:
            return schema.model_validate(json.loads(_TRAILING.sub(r"\1", candidate), strict=False)), ""
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            reason = f"{'.'.join(map(str, first['loc'])) or 'the object'}: {first['msg']}"
        except (ValueError, RecursionError) as error:
            reason = f"it is not JSON ({' '.join(str(error).split())})"
    return None, reason


_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)


def _objects(text: str) -> Iterator[str]:
    """Gives every outermost pair of braces and what is between; one that is never closed goes to the end."""
    at = text.find("{")
    while at >= 0:
        depth, end = 0, len(text)
        for mark in _MARKS.finditer(text, at):
            depth += {"{": 1, "}": -1}.get(mark.group(), 0)
            if depth == 0:
                end = mark.end()
                break
        yield text[at:end]
        at = text.find("{", end)


# ---- errors: the one place where those of openai and of its HTTP library become heiso's

LATER = "Try again later, or use another model."
MORE_TIME = "Raise HEISO_SECONDS, or use a faster model."
_TOO_LONG = re.compile(r"context.{0,20}(length|window|size)|maximum context|too long|exceed_context", re.I)
_NO_CREDIT = re.compile(r"insufficient|current.quota|balance|billing|arrears", re.I)
_TRANSIENT = {408, 409, 425, 429}


def translate(error: Exception, profile: Profile, secret: str = "") -> RunError:
    """Says in one line what went wrong and what helps; `secret` is taken out of whatever the endpoint said."""
    name = profile.name
    kind, family = type(error).__name__, type(error).__module__.partition(".")[0]
    said = _said(error, secret)
    if isinstance(error, openai.LengthFinishReasonError):
        return UnparsableReply(f"{name} reached its limit of tokens.", hint="Allow more tokens.")
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return ModelRejected(f"The provider of {name} filtered the reply.", hint="Try another model.")
    if isinstance(error, openai.APITimeoutError) or (family.startswith("http") and "Timeout" in kind):
        return ModelUnavailable(f"{name} did not answer in time.", hint=MORE_TIME)
    if isinstance(error, openai.APIConnectionError) or family.startswith("http"):
        hint = "Check the network, the address and, for a local server, that it runs."
        return ModelUnavailable(f"{name} cannot be reached: {said}.", hint=hint)
    if isinstance(error, openai.APIError):
        return _by_status(_status(error), said, profile)
    if isinstance(error, openai.OpenAIError):
        return ModelRejected(f"{name}: {said}.", hint="Check the profile (`heiso models show`).")
    log.debug("unexpected error of the chat client", exc_info=error)
    hint = "Check that the address is that of an OpenAI-compatible endpoint."
    return ModelRejected(f"{name} sent what cannot be read ({kind}).", hint=hint)


def _by_status(status: int | None, said: str, profile: Profile) -> RunError:
    name = profile.name
    if status in (401, 403):  # nothing of what it said: some endpoints repeat the key
        names = " or ".join(profile.provider.key) or "the key"
        return ModelRejected(f"{name} refused the key (HTTP {status}).", hint=f"Check {names}.")
    if status == 402 or (status == 429 and _NO_CREDIT.search(said)):
        return ModelRejected(f"{name}: the account has no credit left: {said}.", hint="Top it up.")
    if status == 429:
        return ModelUnavailable(f"{name} is asked too often: {said}.", hint=LATER)
    if _TOO_LONG.search(said):
        return ModelRejected(f"{name}: the request is too long for it: {said}.", hint="Lower HEISO_EVIDENCE.")
    if status is None or status >= 500 or status in _TRANSIENT:
        return ModelUnavailable(f"{name} failed (HTTP {status or '200'}): {said}.", hint=LATER)
    if status == 404:
        hint = f"Check the model id {profile.model!r} and the address."
        return ModelRejected(f"{name} was not found: {said}.", hint=hint)
    return ModelRejected(f"{name} refused the request (HTTP {status}): {said}.", hint="Check the profile.")


def _status(error: openai.APIError) -> int | None:
    """Takes the HTTP status, or the code in an error that came in the middle of a stream."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status
    code = str(error.code or "")
    return int(code) if re.fullmatch(r"[45]\d\d", code) else None


def _said(error: BaseException, secret: str) -> str:
    """Takes the endpoint's own words, or those of the deepest cause: one line, short, without the key."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    text = inner.get("message") if isinstance(inner, dict) else None
    while not text and error.__cause__ is not None:
        error = error.__cause__
    line = " ".join(str(text or error or type(error).__name__).split()).rstrip(".")
    if secret and secret != NO_KEY:
        line = line.replace(secret, "***")
    return line if len(line) <= SAID else f"{line[:SAID]}…"


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = str(headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
