"""Documents, passages, and the exact readers of names, figures and dates."""

from heiso.corpus.briefing import bundled
from heiso.corpus.files import read
from heiso.corpus.passages import cut
from heiso.corpus.records import Document, Passage, Source

__all__ = ["Document", "Passage", "Source", "bundled", "cut", "read"]
