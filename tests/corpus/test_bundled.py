"""Tests of the bundled briefings as a whole: their number, their languages, and what the check of each does not ask."""

import re

import pytest

from heiso.corpus import bundled, cut
from heiso.corpus.records import Document

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
KEYS = [document.key for document in bundled()]


def test_fifty_topics_in_two_languages():
    assert len(set(KEYS)) == len(KEYS)
    topics = {document.id for document in bundled()}
    assert len(topics) >= 50
    assert set(KEYS) == {f"{topic}.{language}" for topic in topics for language in ("en", "ja")}


@pytest.mark.parametrize("document", bundled(), ids=KEYS)
def test_form(document: Document):
    for conflict in document.conflicts:
        assert len({side.statement for side in conflict.sides}) == len(conflict.sides) >= 1
    assert all(DATE.fullmatch(date) for date in (document.date, *(s.date for s in document.sources)))
    assert all(source.url.startswith(("https://", "http://")) for source in document.sources)
    assert not re.search(r"(?m)^# ", document.text), "the title is in the front matter"
    assert {len(passage.heading) for passage in cut(document)} == {1}
