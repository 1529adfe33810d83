"""Tests of what a search can be limited to, of neighbours, and of the spread over pages: the real embedder, a real index."""

import pytest

from heiso.corpus import bundled
from heiso.corpus.errors import BadQuestion
from heiso.corpus.records import Document
from heiso.retrieval import Index

NAMES = ("ai-chip-tripling", "mistral", "cambricon", "huawei-ascend")
BRIEFINGS = [document for document in bundled() if document.id in NAMES]
PAGE = "Prices of tokens fell in this quarter, said the maker of chip number {}, and they may fall once more."
PAGES = [[PAGE.format(10 * page + n) for n in range(8)] for page in range(2)]


def paged() -> Document:
    """Two pages of eight paragraphs, each a passage of its own, all about the same."""
    texts = ["\n\n".join(paragraph * 3 for paragraph in page) for page in PAGES]
    return Document(
        "paged",
        "en",
        "Report",
        "2026-05-01",
        "\n\n".join(texts),
        pages=(0, len(texts[0]) + 2),
        origin="/p.pdf",
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with Index.open(tmp_path_factory.mktemp("search")) as opened:
        opened.add([*BRIEFINGS, paged()])
        yield opened


def documents(hits) -> set[str]:
    return {hit.passage.document for hit in hits}


def test_documents_by_id_or_key(index):
    assert documents(index.search("share of the market", 20, documents=["mistral"])) == {
        "mistral.en",
        "mistral.ja",
    }
    assert documents(index.search("share of the market", 20, documents=["mistral.ja"])) == {"mistral.ja"}
    both = index.search("share", 40, documents=["mistral.ja", "cambricon"])
    assert documents(both) == {"mistral.ja", "cambricon.en", "cambricon.ja"}
    assert index.search("share", documents=["nothing"]) == []
    assert index.search("share", documents=[]) == []


@pytest.mark.parametrize("name", ["Cambricon", "寒武纪", "カンブリコン"])
def test_entities_in_any_spelling(index, name):
    hits = index.search("revenue in 2025", 30, entities=[name])
    assert hits
    assert all(
        "Cambricon" in hit.passage.searchable or "カンブリコン" in hit.passage.searchable for hit in hits
    )
    assert len(documents(hits)) > 1


def test_an_entity_that_is_unknown_is_told(index):
    with pytest.raises(BadQuestion, match="Zorblatt"):
        index.search("revenue", entities=["Zorblatt"])


def test_filters_join(index):
    alone = index.search("revenue", 30, entities=["Cambricon"])
    joined = index.search("revenue", 30, entities=["Cambricon"], documents=["cambricon"], languages=["en"])
    assert documents(joined) == {"cambricon.en"}
    assert {hit.passage.id for hit in joined} <= {
        hit.passage.id for hit in index.search("revenue", 99, documents=["cambricon"])
    }
    assert len(documents(alone)) > 1


def test_since_and_as_of(index):
    late = index.search("chips", 40, since="2026-01-01")
    assert late
    both = index.search("chips", 40, since="2025-09-01", as_of="2025-12-31")
    early = {hit.passage.id for hit in index.search("chips", 99, as_of="2025-12-31")}
    assert both and {hit.passage.id for hit in both} <= early
    assert not {hit.passage.id for hit in late} & early


def test_a_filtered_search_ranks_as_the_whole_one_does(index):
    whole = [
        hit for hit in index.search("Who invested in Mistral AI?", 60) if hit.passage.document == "mistral.en"
    ]
    within = index.search("Who invested in Mistral AI?", 60, documents=["mistral.en"])
    assert whole[0].passage.id == within[0].passage.id


def test_a_page_gives_three_passages_while_there_are_others(index):
    hits = index.search("prices of tokens fell, chip number", 6, documents=["paged"])
    assert sorted(hit.passage.page for hit in hits) == [1, 1, 1, 2, 2, 2]
    assert len(index.search("prices of tokens fell", 16, documents=["paged"])) == 16


def test_neighbours(index):
    (first, second, third, *_) = index.neighbours(
        index.search("share", 1, documents=["mistral.en"])[0].passage, before=99, after=99
    )
    assert first.start == min(one.start for one in (first, second, third))
    assert index.neighbours(second) == [first, second, third]
    assert index.neighbours(first) == [first, second]
    assert index.neighbours(second, before=0, after=0) == [second]
