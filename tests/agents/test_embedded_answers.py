"""Whole runs on the embedded Qwen: two questions, in Japanese and English, from the bundled briefings."""

from __future__ import annotations

import pytest

from heiso.agents import Analyst
from heiso.evals.cases import load
from heiso.evals.scorers import score

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def analyst(tmp_path_factory):
    with Analyst(home=tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.mark.parametrize("case_id", ["acc-01", "acc-02"])
def test_the_embedded_model_gives_cited_facts(analyst, case_id):
    case = next(case for case in load("acceptance") if case.id == case_id)
    answer = analyst.ask(case.question)
    scored = score(case, answer)
    assert scored.passed, (answer.text, scored)
    assert answer.models["analyst"] == "embedded/qwen2.5-coder-1.5b"
    assert answer.usage["analyst"].input_tokens > 0
    for citation in answer.citations:
        document = analyst.index.document(citation.document)
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.sources
