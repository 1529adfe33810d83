"""Measures one question after another: prefix cache, own time, and wall time beside one bare model call.

`python -m heiso.evals.bench`. Both sides of each ratio are measured in the same run; knows the public API only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from heiso.agents import Analyst, Answer
from heiso.agents.events import Answered, Retrieved
from heiso.agents.models import BoundModels
from heiso.agents.pack import EvidencePack

__all__ = ["QUESTIONS", "Measured", "main", "measure"]

QUESTIONS = (
    "AIME 2024でR1とo1の成績はそれぞれ何点か?",
    "What did DeepSeek's Nature paper put R1's own training cost at?",
    "2024年中国人工智能产业规模有多大?",
)


@dataclass(frozen=True)
class Measured:
    """One question. `cached` is the share of prompt tokens served from the prefix cache; `own` the share of the wall
    time that is not spent in model calls; `ratio` the wall time over that of a bare call with the same evidence.
    """

    question: str
    cached: float
    own: float
    seconds: float
    bare: float

    @property
    def ratio(self) -> float:
        """Wall time of the question over that of the bare call."""
        return self.seconds / self.bare


def measure(analyst: Analyst, models: BoundModels, question: str) -> Measured:
    """Asks `question` of the analyst, then the analyst's model alone, with the same evidence in a plain prompt."""
    pack, answer = EvidencePack(), None
    for event in analyst.stream(question):
        if isinstance(event, Retrieved):
            pack = event.pack
        elif isinstance(event, Answered):
            answer = event.answer
    assert answer is not None
    return Measured(
        question=question,
        cached=_cached(answer),
        own=1 - answer.timings["models"] / answer.timings["total"],
        seconds=answer.timings["total"],
        bare=_bare(models, pack, question),
    )


def main() -> None:
    """Prints a line for each question and the medians."""
    with Analyst() as analyst:
        models = analyst.models
        assert isinstance(models, BoundModels)
        models.warm()
        analyst.index.search("warm up", 1)
        rows = [_told(measure(analyst, models, question)) for question in QUESTIONS]
    sys.stdout.write(
        f"median of {len(rows)}: prompt tokens from the prefix cache {median(r.cached for r in rows):.0%} (target 60%), "
        f"own time {median(r.own for r in rows):.1%} (target under 2%), "
        f"wall time {median(r.ratio for r in rows):.2f} x a bare call (target at most 2.5)\n"
    )


def _told(row: Measured) -> Measured:
    sys.stdout.write(
        f"{row.question}\n  cached {row.cached:.0%}, own time {row.own:.1%}, {row.seconds:.1f} s, "
        f"bare call {row.bare:.1f} s, ratio {row.ratio:.2f}\n"
    )
    sys.stdout.flush()
    return row


def _cached(answer: Answer) -> float:
    spent = answer.usage.values()
    return sum(u.cached_tokens for u in spent) / max(1, sum(u.input_tokens for u in spent))


def _bare(models: BoundModels, pack: EvidencePack, question: str) -> float:
    """Seconds of one plain call; its prompt begins otherwise than heiso's, so that no cache serves it."""
    text = "\n\n".join(item.passage.searchable for item in pack.items)
    messages: Sequence[tuple[str, str]] = [
        ("system", "Answer the question from the text, in the language of the question."),
        ("user", f"{text}\n\n{question}"),
    ]
    began = time.monotonic()
    models.say("analyst", messages)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
