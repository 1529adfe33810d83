"""Reads files in a process of its own: one that hangs, or brings its reader down, costs that file and nothing else.

Knows processes and time; what is inside a file is known by the readers, which run on the other side.
Run as a program, it is that other side: requests and replies are JSON, one a line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any

from pydantic import TypeAdapter

from heiso.corpus import files, vocabulary
from heiso.corpus.errors import BadDocument
from heiso.corpus.files import About
from heiso.corpus.records import Document

__all__ = ["SECONDS", "IsolatedReader"]

# The slowest honest file of the tests (a sheet of two million cells) takes a third of it on two slow cores.
SECONDS = 180.0
_MEMORY = 6 * 2**30
_DOCUMENT = TypeAdapter(Document)
_ABOUT = TypeAdapter(About)


class IsolatedReader:
    """`files.read` in another process, which starts with the first file and anew after one that brought it down."""

    def __init__(self, *, vocabulary_file: Path | None = None, seconds: float = SECONDS) -> None:
        self._vocabulary = vocabulary_file
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: SimpleQueue[bytes] = SimpleQueue()

    def read(self, path: Path, about: About) -> Document:
        """Reads a file as a document.

        Raises:
            BadDocument: what `files.read` raises; or reading took too long, or ended the process.
        """
        process = self._started()
        assert process.stdin is not None
        request = {"path": os.fsencode(path).hex(), "about": asdict(about)}
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            reply = self._replies.get(timeout=self._seconds)
        except Empty:
            self.close()
            raise BadDocument(
                f"{files.shown(path.name)} could not be read in {self._seconds:.0f} seconds.",
                hint="Split it, or save it anew.",
            ) from None
        except OSError:
            reply = b""
        if not reply:
            code = process.wait()
            self.close()
            raise BadDocument(
                f"{files.shown(path.name)} brought its reader down (exit code {code}).",
                hint="Save it anew from the program that made it.",
            )
        said = json.loads(reply)
        if "message" in said:
            raise BadDocument(said["message"], hint=said["hint"])
        return _DOCUMENT.validate_python(said["document"])

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> IsolatedReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", "heiso.corpus.isolated"]
            if self._vocabulary is not None:
                command.append(os.fspath(self._vocabulary))
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._replies = SimpleQueue()
            assert self._process.stdout is not None
            threading.Thread(target=_listen, args=(self._process.stdout, self._replies), daemon=True).start()
        return self._process


def _listen(stream: IO[bytes], replies: SimpleQueue[bytes]) -> None:
    """Hands on what the process replies; an empty reply when it ended."""
    try:
        for line in stream:
            replies.put(line)
    except ValueError:  # closed here while it was read
        pass
    replies.put(b"")


def _serve() -> None:
    """The other side: reads requests until there are no more, even in the middle of a file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked
    _limit_memory()
    vocabulary.use(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    replies, sys.stdout = (
        os.fdopen(os.dup(1), "wb"),
        sys.stderr,
    )  # a library that prints must not be taken for a reply
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_take, args=(requests,), daemon=True).start()
    while True:
        replies.write(json.dumps(_reply(json.loads(requests.get()))).encode() + b"\n")
        replies.flush()


def _take(requests: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)  # whoever asked is gone


def _reply(request: dict[str, Any]) -> dict[str, Any]:
    path = Path(os.fsdecode(bytes.fromhex(request["path"])))
    try:
        return {"document": asdict(files.read(path, _ABOUT.validate_python(request["about"])))}
    except BadDocument as error:
        return {"message": error.message, "hint": error.hint}
    except MemoryError:
        return {
            "message": f"{files.shown(path.name)} needs more memory than a file is given.",
            "hint": "Split it.",
        }


def _limit_memory() -> None:
    """Keeps a file from taking the memory of the whole machine, where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    _serve()
