"""Tests of the bundled briefings: two languages of one content, sources in use, lengths, and equal figures."""

import re
from functools import cache

import pytest

from heiso.corpus import bundled, cut, entities
from heiso.corpus.quantities import agree
from heiso.corpus.reading import read
from heiso.corpus.records import Document

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
# The readers have known gaps (ten-fold, 64 times 8), so a few figures of fifty briefings may have no partner.
LEAST_AGREEMENT = 0.97


@cache
def topics() -> dict[str, dict[str, Document]]:
    found: dict[str, dict[str, Document]] = {}
    for document in bundled():
        assert document.language not in found.setdefault(document.id, {}), document.key
        found[document.id][document.language] = document
    return found


TOPICS = sorted(topics())
KEYS = [document.key for document in bundled()]


def test_fifty_topics_in_two_languages():
    assert len(TOPICS) >= 50
    assert [name for name in TOPICS if set(topics()[name]) != {"en", "ja"}] == []
    assert len(set(KEYS)) == len(KEYS)


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_rest_on_the_same(topic):
    en, ja = topics()[topic]["en"], topics()[topic]["ja"]
    assert en.date == ja.date
    assert en.entities == ja.entities

    def plain(document: Document) -> list[tuple[object, ...]]:
        return [(s.id, s.url, s.date, s.kind, s.confidence, s.facts) for s in document.sources]

    assert plain(en) == plain(ja)
    sides = [[(c.id, [side.source for side in c.sides]) for c in d.conflicts] for d in (en, ja)]
    assert sides[0] == sides[1]
    assert len(re.findall("(?m)^## ", en.text)) == len(re.findall("(?m)^## ", ja.text))


@pytest.mark.parametrize("document", bundled(), ids=KEYS)
def test_form(document):
    held = {source.id for source in document.sources}
    assert len(held) == len(document.sources)
    assert {mark.source for mark in document.marks} == held, "a source that no sentence rests on"
    for conflict in document.conflicts:
        assert {side.source for side in conflict.sides} <= held
        assert len({side.statement for side in conflict.sides}) == len(conflict.sides) >= 1
    assert all(DATE.fullmatch(date) for date in (document.date, *(s.date for s in document.sources)))
    assert all(source.url.startswith(("https://", "http://")) for source in document.sources)
    assert set(document.entities) <= set(entities.bundled().entities)
    assert "[^" not in document.text
    assert not re.search(r"(?m)^# ", document.text), "the title is in the front matter"
    assert {len(passage.heading) for passage in cut(document)} == {1}


def length(document: Document) -> int:
    body = re.sub(r"(?m)^#.*$", "", document.text)
    return len(body.split()) if document.language == "en" else len(re.sub(r"\s", "", body))


@pytest.mark.parametrize("document", bundled(), ids=KEYS)
def test_length(document):
    least, most = {"en": (350, 1000), "ja": (800, 2200)}[document.language]
    assert least <= length(document) <= most


def test_figures_agree_across_the_languages():
    count, missed = 0, []
    for pair in topics().values():
        for own, other in ((pair["en"], pair["ja"]), (pair["ja"], pair["en"])):
            others = read(other.text).quantities
            for figure in read(own.text).quantities:
                count += 1
                if not any(agree(figure, one) for one in others):
                    around = own.text[max(0, figure.start - 20) : figure.end + 12].replace("\n", " ")
                    missed.append(f"{own.key}: {figure.value:f} {figure.unit} in …{around}…")
    assert count > 3000
    assert len(missed) <= (1 - LEAST_AGREEMENT) * count, "\n".join([f"{len(missed)} of {count}:", *missed])
