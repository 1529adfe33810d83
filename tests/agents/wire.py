"""A local endpoint that speaks the OpenAI chat format: each request gets the next scripted answer, byte for byte."""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 12},
}


@dataclass
class Script:
    """One answer. `hang` waits before the first byte; `cut` closes the connection before the body is whole."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    cut: bool = False


@dataclass
class Wire:
    """The endpoint: its address, the scripts still to play, and the requests that came."""

    url: str = ""
    scripts: list[Script] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def play(self, *scripts: Script) -> None:
        self.scripts[:] = scripts
        self.requests.clear()
        self.headers.clear()


def start() -> tuple[Wire, Callable[[], None]]:
    """Starts an endpoint on a free port; gives it and what stops it."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            wire.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            wire.headers.append({name.lower(): value for name, value in self.headers.items()})
            script = wire.scripts.pop(0)
            self.close_connection = True
            if script.hang:
                wire.released.wait(30)
                return
            self.send_response(script.status)
            self.send_header("Content-Type", script.kind)
            self.send_header("Content-Length", str(len(script.body) + (999 if script.cut else 0)))
            self.send_header("Connection", "close")
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(script.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    wire.url = f"http://127.0.0.1:{server.server_address[1]}/v1"

    def stop() -> None:
        wire.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

    return wire, stop


def whole(message: dict[str, Any], *, finish: str = "stop", usage: Any = USAGE) -> Script:
    """An answer that is not streamed."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}
    return Script(
        json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
    )


def events(deltas: Iterable[dict[str, Any]], *, finish: str | None = "stop", usage: Any = USAGE) -> bytes:
    """The bytes of a stream: a role, the deltas, the end, the usage."""
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in ({"role": "assistant", "content": ""}, *deltas)
    ]
    if finish:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({"choices": [], "usage": usage})
    lines = [
        f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', **chunk})}\n\n" for chunk in chunks
    ]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def stream(deltas: Iterable[dict[str, Any]], **ends: Any) -> Script:
    """A streamed answer."""
    return Script(events(deltas, **ends), kind="text/event-stream")


def says(*pieces: str, **ends: Any) -> Script:
    """A streamed answer of text alone."""
    return stream([{"content": piece} for piece in pieces], **ends)


def fault(
    status: int, message: str = "it failed", headers: dict[str, str] | None = None, **error: Any
) -> Script:
    """An error in OpenAI's envelope."""
    body = json.dumps({"error": {"message": message, **error}}).encode()
    return Script(body, status=status, headers=headers or {})
