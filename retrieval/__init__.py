"""Search over documents in Japanese, English and Chinese."""

from heiso.retrieval.embed import Embedder, embedder
from heiso.retrieval.index import Hit, Index
from heiso.retrieval.ingest import Outcome, Report, ingest

__all__ = ["Embedder", "Hit", "Index", "Outcome", "Report", "embedder", "ingest"]
