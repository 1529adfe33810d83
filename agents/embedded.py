"""The embedded models: one llama.cpp server for each weights file and process, on the loopback address only.

Knows xllamacpp and where weights lie; knows nothing of what is asked: the address is reached like any other.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import Any

from heiso.agents.registry import Profile
from heiso.agents.settings import Settings
from heiso.agents.weights import catalogue, is_present, path_of
from heiso.corpus.errors import BadSettings, BadWeights

__all__ = ["address_of", "serve", "stop_all"]

HOST = "127.0.0.1"
CONTEXT = 8192
MOST_THREADS = 8
CACHE_MIB = 512  # kept prompts: the planner does not push the analyst's prefix out; by default it is 8 GB
MAGIC = b"GGUF"

# By process, folder and name: a forked child has none of its parent's threads.
_servers: dict[tuple[int, Path], Any] = {}
_lock = threading.Lock()


def address_of(profile: Profile, settings: Settings) -> str:
    """Gives the base address of the profile's endpoint, and starts the server of an embedded model.

    Raises:
        BadSettings: the profile needs the setting `base_url`, and it is empty.
        BadWeights: the weights of an embedded model are not there, or are broken.
    """
    if profile.weights:
        return f"{serve(profile.weights, settings, context=profile.context or CONTEXT)}/v1"
    if address := profile.provider.base_url or settings.base_url:
        return address
    raise BadSettings(
        f"{profile.name} needs an address.", hint="Set HEISO_BASE_URL, or base_url in the file."
    )


def serve(weights_name: str, settings: Settings, *, context: int = CONTEXT) -> str:
    """Gives the address of the server for these weights, such as http://127.0.0.1:39375; loads them at first use.

    Whoever asks first sets the `context`.

    Raises:
        BadWeights: no such weights, not pulled yet, changed since their check, or refused by llama.cpp.
    """
    with _lock:
        place = (os.getpid(), settings.cache / weights_name)
        if place not in _servers:
            path = _checked_path(weights_name, settings.cache)
            _servers[place] = _start(path, weights_name, context)
        return str(_servers[place].listening_address)


def stop_all() -> None:
    """Stops the servers of this process and frees their memory; the next `serve` starts anew."""
    with _lock:
        for place in [place for place in _servers if place[0] == os.getpid()]:
            del _servers[place]


atexit.register(stop_all)


def _checked_path(name: str, cache: Path) -> Path:
    """Looks before llama.cpp does: of a bad file it says only that it failed."""
    known = catalogue()
    if name not in known:
        raise BadWeights(f"There are no weights {name!r}.", hint=f"Known are: {', '.join(known)}.")
    weights = known[name]
    path, hint = path_of(weights, cache), f"Run `heiso models pull {name}`."
    if not path.exists():
        raise BadWeights(f"The weights of {name} are not in {cache}.", hint=hint)
    if path.stat().st_size != weights.size:
        raise BadWeights(f"{path} has {path.stat().st_size} of {weights.size} bytes.", hint=hint)
    with path.open("rb") as stream:
        magic = stream.read(len(MAGIC))
    if magic != MAGIC or not is_present(weights, cache):
        raise BadWeights(f"{path} is not the file that was checked.", hint=hint)
    return path


def _start(path: Path, name: str, context: int) -> Any:
    import xllamacpp

    threads = min(os.cpu_count() or 1, MOST_THREADS)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.hostnames = [HOST]
    params.port = 0
    params.cache_ram_mib = CACHE_MIB
    params.verbosity = -1
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        hint = f"Is enough memory free? If so, remove the file and run `heiso models pull {name}`."
        raise BadWeights(f"llama.cpp could not load {path} ({error})", hint=hint) from None
