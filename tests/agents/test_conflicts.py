"""Tests of recorded disagreements: which an answer touches, and which side it leaves out."""

from collections.abc import Sequence

import pytest

from heiso.agents.answer import Claim
from heiso.agents.conflicts import best_sentence, missing_sides, touched
from heiso.agents.pack import EvidencePack
from heiso.corpus import bundled, cut
from heiso.corpus.records import Passage


def pack(name: str, *needles: str) -> EvidencePack:
    """The passages of a bundled briefing that hold one of `needles`."""
    document = next(d for d in bundled() if d.key == name)
    found = [p for p in cut(document) if any(needle in p.text for needle in needles)]
    assert found
    return EvidencePack.of((p, document) for p in found)


def claims(made: EvidencePack, *texts: str) -> Sequence[Claim]:
    return [Claim(text=text, keys=made.keys) for text in texts]


INDUSTRY = {
    "en": (
        pack("china-ai-industry-size.en", "700 billion yuan"),
        "CNNIC puts China's AI industry at over 700 billion yuan in 2024.",
        "CAICT puts China's AI industry at over 900 billion yuan in 2024.",
    ),
    "ja": (
        pack("china-ai-industry-size.ja", "7,000億元超"),
        "CNNICは2024年の中国のAI産業を7,000億元超とする。",
        "CAICTは2024年の中国のAI産業を9,000億元超とする。",
    ),
}


@pytest.mark.parametrize("language", INDUSTRY)
def test_an_answer_tells_both_sides(language):
    made, one, other = INDUSTRY[language]
    for stated in ([one], [other], [one, other]):
        (note,) = touched(claims(made, *stated), made)
        assert len(note.sides) == 2
        assert "CNNIC" in " ".join(note.sides) and "CAICT" in " ".join(note.sides)


@pytest.mark.parametrize("language", INDUSTRY)
def test_a_side_that_is_left_out_is_missed(language):
    made, one, other = INDUSTRY[language]
    (told,) = missing_sides(claims(made, one), made)
    assert "CNNIC" in told and "CAICT" in told
    assert missing_sides(claims(made, one, other), made) == []


def test_claims_in_chinese_touch_the_same_conflict():
    made, _, _ = INDUSTRY["ja"]
    assert touched(claims(made, "CNNIC认为2024年中国人工智能产业超过7000亿元。"), made)
    assert not missing_sides(claims(made, "规模为7000亿元或9000亿元。"), made)


@pytest.mark.parametrize(
    "text", ["CAICT counted 5,300 companies.", "China's AI industry grew.", "It grew 13.9% in 2023."]
)
def test_claims_of_other_figures_touch_no_conflict(text):
    made, _, _ = INDUSTRY["en"]
    assert touched(claims(made, text), made) == ()
    assert missing_sides(claims(made, text), made) == []


def test_a_side_that_the_pack_does_not_hold_cannot_be_given():
    document = next(d for d in bundled() if d.key == "china-ai-industry-size.en")
    start = document.text.index("CNNIC published its figure of over 700")
    end = document.text.index("CAICT gave its figure")
    only = Passage(document.key, "en", start, end, document.text[start:end], document.title)
    alone = EvidencePack.of([(only, document)])
    claim = [Claim(text="CNNIC puts it at over 700 billion yuan.", keys=("E1",))]
    assert touched(claim, alone)
    assert missing_sides(claim, alone) == []


def test_unknown_keys_touch_nothing():
    made, one, _ = INDUSTRY["en"]
    assert touched([Claim(text=one, keys=("E99",))], made) == ()


def test_the_sentence_that_carries_a_claim():
    made = pack("r1-vs-o1.en", "OpenAI o1-mini scored 63.6")
    item = made.items[0]
    for needle, claim in (
        ("63.6", "OpenAI o1-mini scored 63.6."),
        ("79.8", "DeepSeek-R1は79.8点。"),
    ):
        sentence = best_sentence(Claim(text=claim, keys=("E1",)), item)
        assert needle in sentence.text
        assert item.document.text[sentence.start : sentence.end] == sentence.text
