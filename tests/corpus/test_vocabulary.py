"""Tests of the vocabulary in force: the user's names, eras and characters reach every reader, and go again."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heiso.agents.answer import Claim
from heiso.agents.checks import check
from heiso.agents.pack import EvidencePack
from heiso.agents.question import Question, covers
from heiso.corpus import Document, cut, folding, vocabulary
from heiso.corpus.dates import read_dates
from heiso.corpus.errors import BadSettings
from heiso.corpus.folding import fold, fold_map
from heiso.corpus.reading import read
from heiso.evals.scorers import holds
from heiso.retrieval.tokens import name_tokens, tokens

TOYOTA = "entities:\n- {name: Toyota, kind: company, origin: jp, aliases: [トヨ・タ, 丰田汽车]}\n"
QWEN = "entities:\n- {name: Qwen, aliases: [大千問]}\n"
HAN = "値值直国國囯円圆圓訓训衛卫滬沪"


@pytest.fixture(autouse=True)
def _bundled_again():
    vocabulary.use(None)
    yield
    vocabulary.use(None)


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes, name: str = "mine.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def years(text: str) -> list[int | None]:
    return [date.year for date in read_dates(text)]


# --- names -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("Qwen", ["通义千问", "通義千問", "トンイー・チエンウェン", "トンイーチエンウェン", "ＱＷＥＮ"]),
        ("ERNIE Bot", ["文心一言", "ernie bot", "アーニー・ボット"]),
        ("Moonshot", ["月之暗面", "Moonshot AI", "ムーンショット"]),
    ],
)
def test_bundled_aliases_name_one_thing(one, others):
    (name,) = read(one).names
    for other in others:
        assert read(other).names == {name}
        assert name_tokens(other) == name_tokens(one)


FORMS = ["Toyota", "ＴＯＹＯＴＡ", "トヨタ", "ﾄﾖﾀ", "トヨ・タ", "丰田汽车", "豐田汽車", "豊田汽車"]


@pytest.mark.parametrize("form", FORMS)
def test_a_new_name_is_seen_by_every_reader_in_every_form_and_is_gone_again(write, form):
    question = f"{form}の価格は?"
    assert read(question).names == frozenset() and "xntoyota" not in name_tokens(question)
    vocabulary.use(write(TOYOTA))
    assert read(question).names == {"Toyota"}
    assert "xntoyota" in name_tokens(question)
    assert Question(question).unknown == ()
    assert holds(["Toyota"], question)
    vocabulary.use(None)
    assert read(question).names == frozenset() and "xntoyota" not in name_tokens(question)


def test_unknown_names_are_unknown_again():
    assert Question("トヨタの価格は?").unknown == ("トヨタ",)


@pytest.mark.parametrize("form", ["大千问", "大千問"])
def test_more_aliases_for_a_known_name_need_no_kind(write, form):
    assert read(f"「{form}」").mentions[0].start == 2
    vocabulary.use(write(QWEN))
    (mention,) = read(f"「{form}」").mentions
    assert (mention.entity.name, mention.start, mention.end) == ("Qwen", 1, 4)
    assert (mention.entity.kind, mention.entity.maker) == ("model", "Alibaba")
    assert read("通义千问").names == {"Qwen"}


def test_an_alias_of_a_model_covers_its_maker(write):
    vocabulary.use(
        write("entities:\n- {name: Zork, kind: model, maker: Newco}\n- {name: Newco, kind: company}")
    )
    assert covers("Newco", read("Zork is open").names)


def test_measures_events_and_terms_go_to_the_glossary(write):
    path = write(
        "entities:\n"
        "- {name: churn, kind: measure, aliases: [解約率, 流失率]}\n"
        "- {name: churn, aliases: [離脱率]}\n"
        "- {name: price, aliases: [お値打ち]}\n"
        "- {name: Toyota, kind: company}\n"
    )
    vocabulary.use(path)
    assert read("Toyotaの離脱率").terms == read("Toyotaの解約率").terms == {"churn"}
    assert Question("Toyotaの流失率?").measures == {"churn"}
    assert "price" in read("お値打ち").terms
    assert "churn" not in vocabulary.entities().entities and "Toyota" not in vocabulary.glossary().entities
    vocabulary.use(None)
    assert read("解約率").terms == frozenset()


def test_two_may_share_a_spelling_that_its_exact_form_tells_apart(write):
    path = write(
        "entities:\n"
        "- {name: Foo Inc, kind: company, aliases: [{text: FOO, exact: true}]}\n"
        "- {name: Foo model, kind: model, aliases: [{text: Foo, exact: true}]}\n"
    )
    vocabulary.use(path)
    assert read("FOO made Foo, not foo.").names == {"Foo Inc", "Foo model"}
    assert read("Foo").names == {"Foo model"}


CRITIC = """
entities:
- {name: Zork, kind: model, maker: Newco, aliases: [ゾーク一号]}
- {name: Newco, kind: company}
- {name: churn, kind: measure, aliases: [解約率]}
- {name: recall, kind: event, aliases: [製品回収]}
"""


@pytest.mark.parametrize(
    ("claim", "evidence", "name", "own", "bundled"),
    [
        ("Newcoは増収だった。", "ゾーク一号は増収だった。", "names", True, None),
        ("ゾーク一号は増収だった。", "Kimiは増収だった。", "names", False, None),
        ("「ゾーク一号」は増収だった。", "Newcoは増収だった。", "quote", None, False),
        ("Kimiの製品回収があった。", "Kimiの製品回収はなかった。", "polarity", False, None),
        ("Kimiの解約率は5%。", "Kimiの売上高は5%。", "measure", False, None),
    ],
)
def test_the_critic_checks_with_the_users_names_and_terms(write, claim, evidence, name, own, bundled):
    def passed() -> bool | None:
        document = Document(id="note", language="ja", title="", date="", text=evidence)
        pack = EvidencePack.of((passage, document) for passage in cut(document))
        found = check(Claim(text=claim, keys=("E1",)), pack, Question("Kimiは?"))
        return {one.name: one.passed for one in found}[name]

    assert passed() is bundled
    vocabulary.use(write(CRITIC))
    assert passed() is own


# --- eras --------------------------------------------------------------------------------------------------
def test_eras(write):
    assert years("令和7年") == [2025]
    assert years("光文3年4月") != [2028]
    vocabulary.use(write("eras: {光文: 2025, 令和: 2017, 皇紀: -660}"))
    assert years("光文3年4月と光文元年") == [2028, 2026]
    assert read("光文3年").dates[0].year == 2028
    assert read("光文3年").quantities == ()
    assert years("令和7年、平成31年") == [2024, 2019]
    assert years("皇紀2685年") == [2025]
    assert years("皇紀5年") == []
    assert years("令和2025年") == [2025]
    vocabulary.use(None)
    assert years("令和7年") == [2025]
    assert years("光文3年4月") != [2028] and read("光文3年").quantities != ()


def test_the_longer_of_two_eras_is_read(write):
    vocabulary.use(write("eras: {光: 1000, 光文: 2025, 新光文: 2000}"))
    assert years("光文3年、新光文3年、光3年") == [2028, 2003, 1003]


# --- variants ----------------------------------------------------------------------------------------------
def test_a_variant_is_folded_and_unfolded_again(write):
    assert fold("囯") != fold("国")
    vocabulary.use(write("variants: [国囯]"))
    assert fold("囯产") == fold("國産") == fold("国産") == "国产"
    assert tokens("囯产") == tokens("國産")
    assert fold_map("囯A國") == ("国a国", [0, 1, 2])
    vocabulary.use(None)
    assert fold("囯") != fold("国")


def test_names_follow_the_variants(write):
    assert read("中囯制造2025").names == frozenset()
    vocabulary.use(write("variants: [国囯]"))
    assert read("中囯制造2025").names == {"Made in China 2025"}
    vocabulary.use(None)
    assert read("中囯制造2025").names == frozenset()


@pytest.mark.parametrize(
    ("groups", "one"),
    [
        ("[値直]", "值値直"),
        ("[直値]", "直值値"),
        ("[直値, 囯直]", "囯值値直"),
        ("[直値, 囯国, 国値]", "囯國直值値国"),
    ],
)
def test_all_forms_of_all_characters_of_joined_groups_are_one(write, groups, one):
    vocabulary.use(write(f"variants: {groups}"))
    assert len({fold(char) for char in one}) == 1
    assert fold("円") not in {fold(char) for char in one}


def test_the_first_of_the_last_group_is_the_form(write):
    vocabulary.use(write("variants: [直値, 囯直]"))
    assert fold("値") == "囯"


@settings(max_examples=60)
@given(
    groups=st.lists(st.text(alphabet=HAN, min_size=2, max_size=4), max_size=5),
    text=st.text(alphabet=HAN + "ａAßﾊﾟが々"),
)
def test_folding_twice_changes_nothing_with_variants(groups, text):
    folding.use_variants(groups)
    try:
        assert fold(fold(text)) == fold(text)
        for group in groups:
            assert len({fold(char) for char in group}) == 1
    finally:
        folding.use_variants(())


# --- what is in force --------------------------------------------------------------------------------------
def test_one_file_takes_the_place_of_another(write):
    vocabulary.use(write(TOYOTA + "eras: {光文: 2025}\nvariants: [国囯]"))
    vocabulary.use(write(QWEN, "other.yaml"))
    assert read("トヨタ").names == frozenset() and read("大千問").mentions[0].start == 0
    assert fold("囯") != fold("国") and years("光文3年4月") != [2028]


@pytest.mark.parametrize(
    "bad", ["entities: 1", "entities:\n- {name: X, kind: company, aliases: [千问]}\nvariants: [值国]"]
)
def test_a_file_that_is_refused_leaves_the_last_one_in_force(write, bad):
    good = write(TOYOTA + "eras: {光文: 2025}\nvariants: [国囯]")
    vocabulary.use(good)
    before = vocabulary.digest()
    with pytest.raises(BadSettings):
        vocabulary.use(write(bad, "bad.yaml"))
    assert read("トヨタ").names == {"Toyota"}
    assert fold("囯") == fold("国") != fold("值") and years("光文3年") == [2028]
    assert vocabulary.digest() == before
    vocabulary.use(None)
    assert read("トヨタ").names == frozenset() and fold("囯") != fold("国")


def test_the_same_file_again_drops_nothing(write):
    path = write(TOYOTA)
    vocabulary.use(path)
    held = read("トヨタ"), vocabulary.entities()
    vocabulary.use(path)
    assert (read("トヨタ"), vocabulary.entities()) == held and read("トヨタ") is held[0]
    path.write_text(QWEN, encoding="utf-8")
    vocabulary.use(path)
    assert read("トヨタ").names == frozenset()


def test_who_asked_is_told_of_a_change(write):
    told = []
    vocabulary.on_change(lambda: told.append(vocabulary.entities().names("トヨタ")))
    vocabulary.use(write(TOYOTA))
    vocabulary.use(None)
    assert told == [{"Toyota"}, frozenset()]
    vocabulary._on_change.pop()


def test_many_threads_read_one_vocabulary(write):
    vocabulary.use(write(TOYOTA + "variants: [国囯]"))
    texts = [f"トヨタ {n}、中囯制造2025" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = {reading.names for reading in pool.map(read, texts)}
    assert found == {frozenset({"Toyota", "Made in China 2025"})}


# --- the digest --------------------------------------------------------------------------------------------
CHANGES = {
    "name": TOYOTA,
    "alias": QWEN,
    "alias that is exact": "entities:\n- {name: Qwen, aliases: [{text: 大千問, exact: true}]}",
    "alias that needs another": "entities:\n- {name: Qwen, aliases: [{text: 大千問, near: [Alibaba]}]}",
    "origin": "entities:\n- {name: Qwen, origin: us}",
    "maker": "entities:\n- {name: Qwen, maker: Baidu}",
    "kind": "entities:\n- {name: Qwen, kind: product}",
    "term": "entities:\n- {name: churn, kind: measure}",
    "kind of a term": "entities:\n- {name: churn, kind: event}",
    "era": "eras: {光文: 2025}",
    "year of an era": "eras: {光文: 2026}",
    "bundled era": "eras: {令和: 2017}",
    "variant": "variants: [国囯]",
    "variant the other way round": "variants: [囯国]",
}


def test_each_vocabulary_has_a_digest_of_its_own_and_the_bundled_one_comes_back(write):
    bundled = vocabulary.digest()
    assert re.fullmatch("[0-9a-f]{64}", bundled)
    digests = {}
    for name, text in CHANGES.items():
        vocabulary.use(write(text))
        digests[name] = vocabulary.digest()
    assert len({bundled, *digests.values()}) == len(CHANGES) + 1
    vocabulary.use(None)
    assert vocabulary.digest() == bundled


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "entities: []\neras: {}\nvariants: []\n",
        "entities:\n- {name: Qwen, kind: model, aliases: [通义千问, 通義千問, ＱＷＥＮ]}",
        "eras: {令和: 2018}",
        "variants: [值値, 值値值]",
    ],
)
def test_a_file_that_adds_nothing_changes_no_digest(write, text):
    bundled = vocabulary.digest()
    vocabulary.use(write(text))
    assert vocabulary.digest() == bundled


def test_order_and_comments_change_no_digest(write):
    one = "entities:\n- {name: A1, kind: chip, aliases: [x1, y1]}\n- {name: B1, kind: chip}\neras: {光文: 2025, 光武: 2000}"
    other = "# mine\neras: {光武: 2000, 光文: 2025}\nentities:\n- {name: B1, kind: chip}\n- {aliases: [y1, x1], kind: chip, name: A1}"
    vocabulary.use(write(one))
    before = vocabulary.digest()
    vocabulary.use(write(other))
    assert vocabulary.digest() == before


@pytest.mark.parametrize("part", ["entities.yaml", "glossary.yaml", "eras", "variants"])
def test_the_bundled_data_are_in_the_digest(monkeypatch, tmp_path, part):
    """Files a little shorter than the bundled ones take their place."""
    from heiso.corpus import dates, entities

    corpus = Path(entities.__file__).parent
    before = vocabulary.digest()
    caches = [entities.bundled, entities.bundled_glossary, dates.eras, dates._cjk_form]
    caches += [folding._by_hand, folding._fold_cluster, vocabulary.digest]
    file = part if part.endswith(".yaml") else "forms.yaml"
    dropped = {
        "entities.yaml": r"トンイー・チエンウェン, ",
        "glossary.yaml": "値段, ",
        "eras": "  昭和: 1925\n",
        "variants": "- 预予\n",
    }
    text = (corpus / file).read_text(encoding="utf-8")
    assert dropped[part] in text
    (tmp_path / file).write_text(text.replace(dropped[part], "", 1), encoding="utf-8")
    module, name = {
        "entities.yaml": (entities, "_BUNDLED"),
        "glossary.yaml": (entities, "_GLOSSARY"),
        "eras": (dates, "_ERAS_FILE"),
        "variants": (folding, "_FORMS"),
    }[part]
    with monkeypatch.context() as patch:
        patch.setattr(module, name, tmp_path / file)
        for cache in caches:
            cache.cache_clear()
        assert vocabulary.digest() != before
    for cache in caches:
        cache.cache_clear()
    assert vocabulary.digest() == before


# --- bad files ---------------------------------------------------------------------------------------------
ENTRY = "entities:\n- {name: Foo, kind: company}\n- "
BAD = {
    "unknown key": ("names: []", "names: Extra inputs"),
    "ordinary words are not the user's": ("ordinary: [x]", "ordinary: Extra inputs"),
    "no mapping": ("- a\n- b", "top level"),
    "a mere word": ("false", "top level"),
    "entities no list": ("entities: {name: Foo}", "entities: "),
    "nothing after the key": ("entities:", "entities: "),
    "entry no mapping": ("entities: [Foo]", "entities, entry 1: "),
    "no name": (ENTRY + "{kind: company}", "entry 2 (no name): name: "),
    "a name of lines": (ENTRY + '{name: "a\\nb", kind: x}', "entry 2 (a b): kind: "),
    "name no text": (ENTRY + "{name: 7, kind: company}", "entry 2 (7): name: "),
    "name a list": (ENTRY + "{name: [x], kind: [y]}", "entry 2 (['x'])"),
    "new name without kind": (ENTRY + "{name: Bar}", "entry 2 (Bar): kind: Field required"),
    "alias in place of the name": (ENTRY + "{name: 千问, aliases: [x]}", "entry 2 (千问): kind: "),
    "unknown kind": (ENTRY + "{name: Bar, kind: planet}", "entry 2 (Bar): kind: "),
    "unknown field": (ENTRY + "{name: Bar, kind: chip, alias: [x]}", "entry 2 (Bar): alias: "),
    "aliases no list": (ENTRY + "{name: Qwen, aliases: x}", "entry 2 (Qwen): aliases: "),
    "alias no text": (ENTRY + "{name: Qwen, aliases: [x, 7]}", "entry 2 (Qwen): aliases, entry 2"),
    "alias a separator": (ENTRY + "{name: Qwen, aliases: ['-']}", "entry 2 (Qwen): aliases, entry 1"),
    "unknown maker": (
        ENTRY + "{name: Bar, kind: model, maker: Alibabba}",
        "entry 2 (Bar): the maker 'Alibabba'",
    ),
    "maker no company": (ENTRY + "{name: Bar, kind: model, maker: Qwen}", "entry 2 (Bar): the maker 'Qwen'"),
    "near what is not there": (
        ENTRY + "{name: Qwen, aliases: [{text: Q, near: [Alibabba]}]}",
        "entry 2 (Qwen): near: 'Alibabba'",
    ),
    "alias of another": (
        ENTRY + "{name: Bar, kind: chip, aliases: [千問]}",
        "entry 2 (Bar): '千問' already belongs to Qwen.",
    ),
    "alias of another known one": (
        ENTRY + "{name: Kimi, aliases: [ＱＷＥＮ]}",
        "entry 2 (Kimi): 'ＱＷＥＮ' already belongs to Qwen.",
    ),
    "name of another": (
        ENTRY + "{name: qwen, kind: chip}",
        "entry 2 (qwen): 'qwen' already belongs to Qwen.",
    ),
    "alias of another of the user's": (
        ENTRY + "{name: Bar, kind: chip, aliases: [f-oo]}",
        "entry 2 (Bar): 'f-oo' already belongs to Foo.",
    ),
    "alias of a term": (
        ENTRY + "{name: Bar, kind: chip, aliases: [値段]}",
        "entry 2 (Bar): '値段' already belongs to price.",
    ),
    "alias of a name for a term": (
        ENTRY + "{name: churn, kind: term, aliases: [foo]}",
        "entry 2 (churn): 'foo' already belongs to Foo.",
    ),
    "name as a term": (ENTRY + "{name: Qwen, kind: term}", "entry 2 (Qwen): Qwen is a model"),
    "term as a name": (ENTRY + "{name: price, kind: chip}", "entry 2 (price): price is a measure"),
    "both of the user's": (ENTRY + "{name: Foo, kind: event}", "entry 2 (Foo): Foo is a company"),
    "eras no mapping": ("eras: [令和]", "eras: "),
    "era no year": ("eras: {光文: soon}", "eras, 光文: "),
    "era year a truth": ("eras: {光文: true}", "eras, 光文: "),
    "era year far away": ("eras: {光文: 20250}", "eras, 光文: "),
    "era the wrong way round": ("eras: {2018: 令和}", "eras, "),
    "era with a digit": ("eras: {光文3: 2025}", "letters only"),
    "era with a space": ("eras: {光 文: 2025}", "letters only"),
    "variants no list": ("variants: 值値", "variants: "),
    "variant alone": ("variants: [国囯, 値]", "variants, entry 2: '値'"),
    "variant no text": ("variants: [[値, 值]]", "variants, entry 1: "),
    "variant no Han": ("variants: [かカ]", "variants, entry 1: 'かカ'"),
    "variants that make two names one": ("variants: [度川]", "variants: with them"),
    "no YAML": ("a: [", "cannot be read as YAML"),
    "two documents": ("---\n---\n", "cannot be read as YAML"),
    "no UTF-8": (b"eras: \xff\xfe", "cannot be read as YAML"),
    "a date that is none": ("eras: {光文: 2025-13-01}", "cannot be read as YAML"),
    "too deep": ("[" * 5000 + "]" * 5000, "cannot be read as YAML"),
    "in itself": ("entities: &a [*a]", "entities, entry 1"),
    "a key twice": (TOYOTA + QWEN, "line 1: the key 'entities' stands twice"),
    "an era twice": ("eras:\n  光文: 2025\n  光文: 2026", "line 2: the key '光文' stands twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gives_one_line_with_file_and_entry_and_a_hint(write, case):
    text, says = BAD[case]
    path = write(text)
    before = vocabulary.digest()
    with pytest.raises(BadSettings) as caught:
        vocabulary.use(path)
    error = caught.value
    assert error.message.startswith(f"{path}: ") and says in error.message
    assert error.hint and "\n" not in str(error) and "  " not in str(error)
    assert vocabulary.digest() == before


@pytest.mark.parametrize("name", ["none.yaml", "."])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(BadSettings, match="cannot be read") as caught:
        vocabulary.use(tmp_path / name)
    assert str(tmp_path / name) in caught.value.message and caught.value.hint
