"""The scorers: facts across languages, citations that hold them, abstentions, and case files that are broken."""

from __future__ import annotations

import pytest

from heiso.agents.answer import Answer, Citation, Claim
from heiso.corpus.errors import BadDocument
from heiso.evals.cases import Case, load, load_file
from heiso.evals.scorers import holds, score


def case(**changes):
    fields = {
        "id": "t-1",
        "cluster": "c",
        "language": "en",
        "kind": "number",
        "question": "How large was it?",
        "facts": [["700 billion yuan"]],
        "status": "answered",
        **changes,
    }
    return Case.model_validate(fields)


def answer(text, passage, *, language="en", status="answered", reason=None, verdict="supported"):
    claims = (Claim(text=text, keys=("E1",), verdict=verdict),) if status != "abstained" else ()
    citation = Citation(
        key="E1",
        document="d.en",
        title="",
        kind="briefing",
        publisher="",
        date="2026",
        language="en",
        url="",
        heading=(),
        page=None,
        passage=passage,
        quote=passage,
        start=0,
        end=len(passage),
    )
    return Answer(
        question="q",
        language=language,
        status=status,
        reason=reason,
        text=text,
        claims=claims,
        citations=(citation,) if claims else (),
    )


@pytest.mark.parametrize(
    ("form", "text", "held"),
    [
        ("700 billion yuan", "規模は7,000億元超である。", True),
        ("700 billion yuan", "规模超过7000亿元。", True),
        ("700 billion yuan", "規模は700億元である。", False),
        ("40.2%", "世界の40.2パーセント", True),
        ("40.2%", "世界の42.0%", False),
        ("14 August 2025", "2025年8月14日に報じた。", True),
        ("14 August 2025", "2025年8月に報じた。", False),
        ("Alibaba", "阿里巴巴参与了投资。", True),
        ("Alibaba", "腾讯参与了投资。", False),
        ("MIT", "released under the MIT licence", True),
    ],
)
def test_holds(form, text, held):
    assert holds((form,), text) is held


def test_a_fact_counts_only_where_claim_and_passage_hold_it():
    right = score(case(), answer("It was over 700 billion yuan.", "7,000億元超"))
    assert right.passed and right.facts == right.cited == 1.0
    uncited = score(case(), answer("It was over 700 billion yuan.", "Nothing of the kind."))
    assert uncited.facts == 1.0 and uncited.cited == 0.0 and not uncited.passed
    unsupported = score(case(), answer("It was 700 billion yuan.", "7,000億元", verdict="unsupported"))
    assert not unsupported.passed


def test_language_status_and_forbidden_each_fail_an_answer():
    good = "It was over 700 billion yuan."
    assert not score(case(language="ja"), answer(good, "7,000億元")).language
    assert not score(case(), answer("None.", "", status="abstained", reason="no_evidence")).passed
    assert score(case(forbidden=("70 billion yuan",)), answer(good, "7,000億元")).forbidden == ()
    wrong = answer(good + " Or 70 billion yuan.", "7,000億元")
    assert score(case(forbidden=("70 billion yuan",)), wrong).forbidden == ("70 billion yuan",)


def test_an_abstention_needs_the_right_reason():
    wanted = case(facts=[], status="abstained", reason="out_of_scope")
    text = "This is outside what the documents cover."
    assert score(wanted, answer(text, "", status="abstained", reason="out_of_scope")).passed
    assert not score(wanted, answer(text, "", status="abstained", reason="no_evidence")).passed
    assert not score(wanted, answer("It was 3%.", "3%")).passed


def test_bundled_suites_and_a_broken_line(tmp_path):
    assert len(load("acceptance")) == 10 and len(load("development")) == 60
    path = tmp_path / "cases.jsonl"
    path.write_text(load("acceptance")[0].model_dump_json() + "\n\n{broken\n", encoding="utf-8")
    with pytest.raises(BadDocument, match=r"cases\.jsonl, line 3"):
        load_file(path)
