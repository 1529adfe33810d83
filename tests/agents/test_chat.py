"""Tests of the chat model against a local endpoint: traces, usage, retries, faults, parsing, keys."""

import asyncio
import importlib.util
import json
import logging
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict

from heiso.agents.chat import ReasoningChat, Splitter, chat_model, parse, reply, translate
from heiso.agents.registry import Profile, Registry
from heiso.corpus.errors import MissingKey, ModelRejected, ModelUnavailable, RunError, UnparsableReply

_spec = importlib.util.spec_from_file_location("heiso_test_wire", Path(__file__).with_name("wire.py"))
assert _spec and _spec.loader
wire = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = wire
_spec.loader.exec_module(wire)

SECRET = "sk-very-secret-0123456789"
ASK = [SystemMessage("evidence"), HumanMessage("question")]
PROFILE = Registry.load().get("openai-compatible/some-model")
PLAIN = PROFILE.model_copy(update={"thinking": "none"})


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    count: int


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Any]:
    made, stop = wire.start()
    yield made
    stop()


def model_at(endpoint: Any, profile: Profile = PROFILE, timeout: float = 20) -> ReasoningChat:
    return chat_model(profile, base_url=endpoint.url, timeout=timeout, max_tokens=64)


class Sleeps(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


# ---- the trace, apart from the text


def split(pieces: list[str], **options: Any) -> tuple[str, str]:
    splitter = Splitter(**options)
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.flush()]
    return "".join(text for text, _ in parts), "".join(trace for _, trace in parts)


SHAPES = [
    ("<think>why</think>so", "so", "why"),
    ("\n <think>\nwhy < what\n</think>\n\nso\n", "so\n", "why < what"),
    ("why</think>so", "so", "why"),
    ("\nwhy\nand how\n</think>\n\nso", "so", "why\nand how"),
    ("<think></think>so", "so", ""),
    ("</think>so", "so", ""),
    ("<think>never closed </thin", "", "never closed </thin"),
    ("so\n<think>why</think>\nthen", "so\nthen", "why"),
    ("<think>a</think>\n<think>b</think>so", "so", "ab"),
    ('{"tags": "<think> and </think>"}', '{"tags": "<think> and </think>"}', ""),
    ("R1 writes <think> and </think>.", "R1 writes <think> and </think>.", ""),
    ("a < b <thin> \n<thinking", "a < b <thin> \n<thinking", ""),
    (" 答え\n\n", " 答え\n\n", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("whole", "text", "trace"), SHAPES)
def test_every_cut_gives_the_same(whole, text, trace):
    assert split([whole]) == (text, trace)
    assert split(list(whole)) == (text, trace)
    for first in range(len(whole) + 1):
        for second in range(first, len(whole) + 1):
            assert split([whole[:first], whole[first:second], whole[second:]]) == (text, trace)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think>", "\n", " ", "a", "{", "字"]), max_size=12),
    st.data(),
)
def test_any_reply_is_split_alike_however_it_is_cut(pieces, data):
    whole = "".join(pieces)
    holds = data.draw(st.booleans())
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert split(parts, holds=holds) == split([whole], holds=holds)


def test_text_flows_when_it_cannot_be_a_trace():
    assert Splitter(holds=False).feed("so it is") == ("so it is", "")
    assert Splitter().feed('{"a"') == ('{"a"', "")
    assert Splitter().feed("so it is") == ("", "")
    splitter = Splitter()
    splitter.feed("", "why")
    assert splitter.feed("so it is") == ("so it is", "")


def test_a_trace_that_comes_twice_is_kept_once():
    splitter = Splitter()
    assert splitter.feed("<think>why", "why") == ("", "why")
    assert splitter.feed("</think>so") == ("so", "")
    splitter = Splitter()
    assert splitter.feed("<think>why</think>so") == ("so", "why")
    assert splitter.feed("", "why") == ("", "")


# ---- invoke, stream, ainvoke, astream

WIRES = {
    "reasoning_content": [
        {"reasoning_content": "first "},
        {"reasoning_content": "this"},
        {"content": "the "},
    ],
    "reasoning": [{"reasoning": "first "}, {"reasoning": "this", "content": None}, {"content": "the "}],
    "both": [{"reasoning": "first this", "reasoning_content": "first this"}, {"content": "the "}],
    "tags": [{"content": "<thi"}, {"content": "nk>first this</"}, {"content": "think>\n\nthe "}],
    "no opener": [{"content": "first"}, {"content": " this</thi"}, {"content": "nk>\nthe "}],
}


@pytest.mark.parametrize("shape", WIRES)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_streams(endpoint, shape, asynchronous):
    endpoint.play(wire.stream([*WIRES[shape], {"content": "answer"}]))
    model, seen = model_at(endpoint), Tokens()

    async def collect() -> list[Any]:
        return [chunk async for chunk in model.astream(ASK, config={"callbacks": [seen]})]

    chunks = asyncio.run(collect()) if asynchronous else list(model.stream(ASK, config={"callbacks": [seen]}))
    whole = chunks[0] + chunks[1:]
    assert isinstance(whole, AIMessageChunk)
    assert whole.content == "the answer" == "".join(seen.tokens)
    assert whole.additional_kwargs["reasoning_content"] == "first this"
    assert {"type": "reasoning", "reasoning": "first this"} in whole.content_blocks
    assert all("first" not in str(chunk.content) for chunk in chunks)
    check_usage(whole.usage_metadata)
    assert whole.response_metadata["finish_reason"] == "stop"
    assert endpoint.requests[0]["stream_options"] == {"include_usage": True}


class Tokens(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[str] = []

    def on_llm_new_token(self, token: str, **_: Any) -> None:
        self.tokens.append(token)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "the answer", "reasoning_content": "first this"},
        {"content": "the answer", "reasoning": "first this"},
        {"content": "<think>\nfirst this\n</think>\n\nthe answer"},
        {"content": "first this</think>the answer"},
        {"content": "<think>first this</think>the answer", "reasoning_content": "first this"},
    ],
)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_whole_replies(endpoint, message, asynchronous):
    endpoint.play(wire.whole(message))
    model = model_at(endpoint)
    answer = asyncio.run(model.ainvoke(ASK)) if asynchronous else model.invoke(ASK)
    assert answer.content == "the answer"
    assert answer.additional_kwargs["reasoning_content"] == "first this"
    assert {"type": "reasoning", "reasoning": "first this"} in answer.content_blocks
    check_usage(answer.usage_metadata)


def check_usage(usage: Any) -> None:
    assert (usage["input_tokens"], usage["output_tokens"]) == (100, 20)
    assert usage["input_token_details"]["cache_read"] == 60
    assert usage["output_token_details"]["reasoning"] == 12


def test_usage_in_every_chunk_is_not_added_up(endpoint):
    lines = [
        {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}], "usage": wire.USAGE}
    ] * 3
    body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines).encode() + wire.events([])
    endpoint.play(wire.Script(body, kind="text/event-stream"))
    got = reply(model_at(endpoint, PLAIN), ASK)
    assert (got.text, got.usage.input_tokens) == ("aaa", 100)


def test_structured_output_of_langchain_works_as_well(endpoint):
    item = '{"name": "a", "count": 1}'
    asked = model_at(endpoint).with_structured_output(Item, method="json_schema", include_raw=True)
    endpoint.play(wire.whole({"content": item, "reasoning": "why"}))
    got = asked.invoke(ASK)
    assert got["parsed"] == Item(name="a", count=1)
    assert got["raw"].additional_kwargs["reasoning_content"] == "why"
    asked = model_at(endpoint).with_structured_output(
        Item.model_json_schema(), method="json_schema", include_raw=True
    )
    endpoint.play(wire.stream([{"reasoning": "why"}, {"content": item}]))
    chunks = list(asked.stream(ASK))
    assert [chunk["parsed"] for chunk in chunks if chunk.get("parsed")][-1] == {"name": "a", "count": 1}
    raw = [chunk["raw"] for chunk in chunks if "raw" in chunk]
    assert "".join(part.additional_kwargs.get("reasoning_content", "") for part in raw) == "why"


# ---- reply


def test_a_reply_has_everything(endpoint):
    profile = Registry.load().get("deepseek/deepseek-v4-flash")
    profile = profile.model_copy(update={"provider": PROFILE.provider})
    endpoint.play(
        wire.stream(
            [{"reasoning_content": " why "}, {"content": '{"name": "a",'}, {"content": '"count": 2}'}]
        )
    )
    seen: list[tuple[str, bool]] = []
    got = reply(model_at(endpoint, profile), ASK, Item, lambda *token: seen.append(token))
    assert got.parsed == Item(name="a", count=2)
    assert (got.text, got.reasoning, got.finish_reason) == ('{"name": "a","count": 2}', "why", "stop")
    assert seen == [(" why ", True), ('{"name": "a",', False), ('"count": 2}', False)]
    usage = got.usage
    assert (usage.calls, usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (1, 100, 60, 20)
    assert usage.reasoning_tokens == 12 and 0 < usage.seconds < 20
    assert usage.cost == Decimal("0.00003636") and usage.currency == "USD"


def test_unknown_prices_and_unreported_usage_are_not_zero(endpoint):
    endpoint.play(wire.says("a"), wire.says("a", usage=None))
    assert reply(model_at(endpoint), ASK).usage.cost is None
    dear = PROFILE.model_copy(update={"price": Registry.load().get("zai/glm-5.3").price})
    assert reply(model_at(endpoint, dear), ASK).usage.cost is None


@pytest.mark.parametrize("structured", ["json_schema", "json_object", "none"])
def test_what_is_asked_for(endpoint, structured):
    endpoint.play(wire.says('{"name": "a", "count": 1}'), wire.says("a"))
    model = model_at(endpoint, PROFILE.model_copy(update={"structured": structured}))
    reply(model, ASK, Item)
    sent = endpoint.requests[0]
    wanted = sent.get("response_format", {"type": "none"})
    assert wanted["type"] == structured
    if structured == "json_schema":
        assert wanted["json_schema"]["schema"] == Item.model_json_schema()
        assert sent["messages"][-1]["content"] == "question"
    else:
        assert sent["messages"][-1]["content"].startswith("question\n\n")
        assert json.dumps(Item.model_json_schema()) in sent["messages"][-1]["content"]
    assert sent["messages"][0] == {"role": "system", "content": "evidence"}  # the prefix stays
    reply(model, ASK)
    assert "response_format" not in endpoint.requests[1]


def test_limits_and_temperature_follow_the_profile(endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    endpoint.play(wire.says("a"), wire.says("a"))
    reply(model_at(endpoint), ASK)
    reply(model_at(endpoint, Registry.load().get("openai/gpt-6-luna")), ASK)
    ours, theirs = endpoint.requests
    assert (ours["max_tokens"], ours["temperature"]) == (64, 0)
    assert theirs["max_completion_tokens"] == 64
    assert "max_tokens" not in theirs and "temperature" not in theirs


def test_a_broken_reply_is_mended_in_one_turn(endpoint):
    endpoint.play(
        wire.stream([{"reasoning": "one"}, {"content": '{"name": "a"}'}]),
        wire.stream([{"reasoning": "two"}, {"content": '{"name": "a", "count": 3}'}]),
    )
    got = reply(model_at(endpoint), ASK, Item)
    assert got.parsed == Item(name="a", count=3)
    assert got.reasoning == "one\n\ntwo"
    assert (got.usage.calls, got.usage.input_tokens) == (2, 200)
    *before, said, asked = endpoint.requests[1]["messages"]
    assert before == endpoint.requests[0]["messages"]
    assert said == {"role": "assistant", "content": '{"name": "a"}'}
    assert "count: Field required" in asked["content"]


def test_a_reply_that_stays_broken_is_unparsable(endpoint):
    endpoint.play(wire.says("no idea"), wire.says("still none"))
    with pytest.raises(UnparsableReply, match="no JSON object") as caught:
        reply(model_at(endpoint), ASK, Item, role="critic")
    assert (caught.value.role, caught.value.attempts) == ("critic", 2)


def test_a_reply_cut_at_the_limit(endpoint):
    endpoint.play(wire.says('{"name": "a', finish="length"), wire.says('{"name": "a", "count": 3}'))
    assert reply(model_at(endpoint), ASK, Item).parsed
    assert "be shorter" in endpoint.requests[1]["messages"][-1]["content"]
    endpoint.play(wire.stream([{"reasoning_content": "why, why"}], finish="length"))
    with pytest.raises(UnparsableReply, match="used up its tokens"):
        reply(model_at(endpoint), ASK, role="analyst")
    endpoint.play(wire.says("a", finish="content_filter"))
    with pytest.raises(ModelRejected, match="filtered"):
        reply(model_at(endpoint), ASK)


def test_an_error_of_the_listener_is_its_own(endpoint):
    endpoint.play(wire.says("a"))

    def listen(*_: Any) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        reply(model_at(endpoint, PLAIN), ASK, None, listen)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "a}{,]", "count": 1}',
        '```json\n{"name": "a}{,]", "count": 1,}\n```',
        'Here: {"name": "a}{,]", "count": 1 , } That is it.',
        'It\'s "so {empty}": {"name": "a}{,]", "count": 1}',
        '{"name": "a}{,]", "count": 1} {"name": "b", "count": 2}',
    ],
)
def test_tolerant_parsing(text):
    assert parse(text, Item) == (Item(name="a}{,]", count=1), "")


def test_a_newline_in_a_string_is_forgiven_and_escapes_hold():
    assert parse('{"name": "a\nb \\" , }", "count": 1}', Item)[0] == Item(name='a\nb " , }', count=1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"name": "a", "count": 1', "not JSON"),
        ('{"outer": {"name": "a", "count": 1}', "not JSON"),  # the inner object is not the reply
        ('{"name": "a", "count": "x"}', "count: Input should be a valid integer"),
        ('{"a":' * 100_000, "not JSON"),
    ],
)
def test_what_cannot_be_parsed_has_a_reason(text, reason):
    parsed, said = parse(text, Item)
    assert parsed is None and reason in said and "\n" not in said


# ---- faults


def test_a_failure_is_retried_with_growing_pauses(endpoint):
    endpoint.play(wire.fault(500), wire.fault(503), wire.says("a"))
    sleeps = Sleeps()
    assert reply(model_at(endpoint), ASK, sleep=sleeps).text == "a"
    assert len(sleeps) == 2 and 1 <= sleeps[0] <= 1.25 and 2 <= sleeps[1] <= 2.5


def test_three_attempts_and_no_more(endpoint):
    endpoint.play(*[wire.fault(500, "out of order") for _ in range(5)])
    with pytest.raises(ModelUnavailable, match="HTTP 500.*out of order") as caught:
        reply(model_at(endpoint), ASK, role="planner", sleep=Sleeps())
    assert len(endpoint.requests) == 3 and caught.value.attempts == 3 and caught.value.role == "planner"


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, 0, 0),
        ({"Retry-After": "soon"}, 1, 1.25),
        ({}, 1, 1.25),
    ],
)
def test_too_many_requests(endpoint, headers, low, high):
    endpoint.play(wire.fault(429, headers=headers), wire.says("a"))
    sleeps = Sleeps()
    assert reply(model_at(endpoint), ASK, sleep=sleeps).text == "a"
    assert len(sleeps) == 1 and low <= sleeps[0] <= high


def test_no_wait_beyond_the_time_there_is(endpoint):
    endpoint.play(wire.fault(429, headers={"Retry-After": "3600"}))
    sleeps = Sleeps()
    with pytest.raises(ModelUnavailable, match="too often"):
        reply(model_at(endpoint), ASK, sleep=sleeps)
    assert sleeps == [] and len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            wire.fault(401, f"Incorrect API key provided: {SECRET}"),
            "refused the key.*OPENAI_COMPATIBLE_API_KEY",
        ),
        (wire.fault(403, f"{SECRET} may not"), "refused the key"),
        (wire.fault(404, "no such model"), "model id 'some-model'"),
        (wire.fault(402, "Insufficient Balance"), "no credit"),
        (wire.fault(429, "You exceeded your current quota"), "no credit"),
        (wire.fault(400, "This model's maximum context length is 8192 tokens"), "too long"),
        (wire.fault(400, "request (9 tokens) exceeds the available context size"), "too long"),
        (wire.fault(400, f"bad {SECRET} parameter\nand more"), r"HTTP 400\): bad \*\*\* parameter and more"),
        (wire.fault(422, "no"), "HTTP 422"),
    ],
)
def test_refusals_are_not_retried(endpoint, monkeypatch, caplog, script, said):
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", SECRET)
    endpoint.play(script)
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelRejected, match=said) as caught:
        reply(model_at(endpoint), ASK, sleep=Sleeps())
    assert endpoint.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert "\n" not in str(caught.value) and caught.value.hint
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert SECRET not in f"{caught.value} {caught.value!r} {model_at(endpoint)!r} {caplog.text}"


def test_an_error_in_the_middle_of_a_stream(endpoint):
    broken = b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    long = b'data: {"error": {"message": "exceeds the context size", "code": 400}}\n\n'
    endpoint.play(wire.Script(broken, kind="text/event-stream"), wire.Script(long, kind="text/event-stream"))
    with pytest.raises(ModelRejected, match="too long"):
        reply(model_at(endpoint), ASK, sleep=Sleeps())
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("ends", [{"cut": True}, {}])
def test_a_stream_that_breaks_off_is_retried(endpoint, ends):
    body = wire.events([{"content": "half"}], finish=None, usage=None).removesuffix(b"data: [DONE]\n\n")
    endpoint.play(wire.Script(body, kind="text/event-stream", **ends), wire.says("all"))
    sleeps = Sleeps()
    assert reply(model_at(endpoint), ASK, sleep=sleeps).text == "all"
    assert len(sleeps) == 1


def test_not_the_chat_format(endpoint):
    endpoint.play(wire.Script(b"data: {oops\n\n", kind="text/event-stream"))
    with pytest.raises(ModelRejected, match="cannot be read.*OpenAI-compatible"):
        reply(model_at(endpoint), ASK)


def test_nobody_listens():
    made, stop = wire.start()
    stop()
    sleeps = Sleeps()
    with pytest.raises(ModelUnavailable, match="cannot be reached: .*refused") as caught:
        reply(model_at(made), ASK, sleep=sleeps)
    assert caught.value.attempts == 3 and len(sleeps) == 2


def test_a_hang_ends_with_the_time_there_is(endpoint):
    endpoint.play(wire.Script(hang=True))
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match="did not answer in time"):
        reply(model_at(endpoint, timeout=0.3), ASK, sleep=Sleeps())
    assert 0.25 < time.monotonic() - began < 5


def test_a_model_without_its_key_is_not_made(monkeypatch):
    for name in ("ZAI_API_KEY", "ZHIPU_API_KEY", "ZHIPUAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingKey, match="ZAI_API_KEY or ZHIPU_API_KEY"):
        chat_model(Registry.load().get("zai/glm-5.3"), base_url="http://x/v1", timeout=1, max_tokens=1)


def test_nothing_of_the_openai_account_goes_elsewhere(endpoint, monkeypatch):
    monkeypatch.delenv("OPENAI_COMPATIBLE_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    endpoint.play(wire.says("a"))
    reply(model_at(endpoint), ASK)
    sent = json.dumps(endpoint.headers[0])
    assert "Bearer none" in sent
    assert not any(word in sent for word in (SECRET, "org-mine", "project-mine"))


def _kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)


RETRYABLE = (
    openai.APIConnectionError,
    openai.RateLimitError,
    openai.InternalServerError,
    openai.ConflictError,
)


@pytest.mark.parametrize("kind", sorted(set(_kinds(openai.OpenAIError)), key=lambda kind: kind.__name__))
def test_every_error_of_openai_is_mapped(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "it failed")
    error.code = None
    made = translate(error, PROFILE)
    assert isinstance(made, RunError) and made.hint and PROFILE.name in made.message
    if issubclass(kind, openai.LengthFinishReasonError):
        assert isinstance(made, UnparsableReply)
    elif issubclass(kind, RETRYABLE) and getattr(kind, "status_code", 0) in (0, 409, 429):
        assert isinstance(made, ModelUnavailable)
    elif issubclass(kind, openai.AuthenticationError | openai.PermissionDeniedError):
        assert isinstance(made, ModelRejected) and "key" in made.message
    elif not issubclass(kind, openai.APIError):
        assert isinstance(made, ModelRejected)


@pytest.mark.parametrize("kind", sorted(set(_kinds(httpx.HTTPError)), key=lambda kind: kind.__name__))
def test_every_error_of_http_is_mapped(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "it failed")
    made = translate(error, PROFILE)
    assert isinstance(made, ModelUnavailable)
    assert ("in time" in made.message) == ("Timeout" in kind.__name__)
