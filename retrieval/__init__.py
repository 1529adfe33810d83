"""Search over documents in Japanese, English and Chinese."""

from heiso.retrieval.embed import Embedder, embedder
from heiso.retrieval.index import Hit, Index

__all__ = ["Embedder", "Hit", "Index", "embedder"]
