"""What is shown: every event and every part of an answer, in three languages, in narrow and in no terminals."""

import io
from decimal import Decimal
from typing import get_args

import pytest
from rich.cells import cell_len
from rich.console import Console

from heiso.agents import answer as records
from heiso.agents import events
from heiso.agents.answer import Answer, Check, Citation, Claim, ConflictNote, Usage
from heiso.agents.pack import EvidencePack
from heiso.agents.registry import Registry
from heiso.agents.weights import Progress
from heiso.corpus import bundled, cut
from heiso.ui import terminal
from heiso.ui.terminal import Line, PullReport, Watch, answer_lines, event_lines, show, word

LANGUAGES = ("ja", "en", "zh")
SOURCE = {
    "id": "s",
    "title": "DeepSeek-R1 README",
    "publisher": "DeepSeek",
    "url": "https://example.org/a-long-address/that-does-not-fit-into-a-narrow-terminal/README.md",
    "date": "2025-01-20",
    "kind": "primary",
    "confidence": "medium",
    "facts": ["r1-001"],
}


def citation(key: str, quote: str) -> Citation:
    return Citation(
        key=key,
        document="deepseek-r1.ja",
        title="DeepSeek-R1の全体像",
        kind="briefing",
        publisher="heiso",
        date="2026-11-24",
        language="ja",
        url="https://example.org/briefing",
        heading=("公開",),
        page=3,
        passage=quote,
        quote=quote,
        start=0,
        end=len(quote),
        sources=(SOURCE,),
    )


GOOD = Claim(text="重みはMITライセンスで公開された。", keys=("E1",), verdict="supported")
BAD = Claim(
    text="学習費は29億ドルだった。",
    keys=("E2",),
    verdict="contradicted",
    checks=(
        Check(name="numbers", passed=False, detail="2.9 billion"),
        Check(name="names", passed=True, detail="hidden"),
    ),
)


def sample(**changes) -> Answer:
    given = {
        "question": "?",
        "language": "ja",
        "status": "answered",
        "text": "DeepSeek-R1のコードと重みはMITライセンスで、商用利用も他モデルへの蒸留も認められる。[E1]",
        "claims": (GOOD,),
        "citations": (citation("E1", "コードと重みはMITライセンスである。"),),
        "usage": {
            "analyst": Usage(calls=1, input_tokens=1200, cached_tokens=1000, output_tokens=34, cost=Decimal())
        },
        "timings": {"total": 12.34},
        "models": {"planner": "embedded/q", "analyst": "embedded/q", "critic": "openai/c"},
    }
    return Answer.model_validate({**given, **changes})


def told(lines, *, width=400, terminal=False, **options) -> str:
    out = io.StringIO()
    show(Console(file=out, width=width, force_terminal=terminal, highlight=False, **options), lines)
    return out.getvalue()


def squeezed(text: str) -> str:
    return "".join(text.split())


# ---- text of others


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("bell\x07 back\x08 nul\x00 del\x7f", "bell␇ back␈ nul␀ del␡"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("bidi \u202eabc\u2066", "bidi \\u202eabc\\u2066"),
        ("lone \ud83d", "lone \\ud83d"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("two\r\nlines\rthree\u2028four", "two\nlines\nthree\nfour"),
        ("並走\t是 👩\u200d🔬", "並走\t是 👩\u200d🔬"),
    ],
)
def test_control_characters_are_shown_not_executed(raw, shown):
    assert terminal.visible(raw) == shown


EVIL = "[red]x[/red] [/nope] :smile: \x1b]0;title\x07\x1b[2J"
SHOWN = "[red]x[/red] [/nope] :smile: ␛]0;title␇␛[2J"


def test_an_answer_made_of_markup_and_control_codes_is_shown_as_text():
    claim = Claim(
        text=EVIL, keys=("E1",), verdict="supported", checks=(Check(name="names", passed=False, detail=EVIL),)
    )
    cited = citation("E1", EVIL).model_copy(update={"title": EVIL, "publisher": EVIL, "url": EVIL})
    answer = sample(
        status="partial",
        explanation=f"{EVIL}!",
        text=EVIL,
        claims=(claim,),
        citations=(cited.model_copy(update={"sources": ({**SOURCE, "title": EVIL},)}),),
        conflicts=(ConflictNote(about=EVIL, sides=(EVIL,)),),
        dropped=(claim,),
        unknown_keys=(EVIL,),
        notes=(EVIL,),
        models={"analyst": EVIL},
    )
    for on_terminal in (True, False):
        out = told(answer_lines(answer), terminal=on_terminal, color_system=None)
        assert "\x1b" not in out and "\x07" not in out
        assert out.count(SHOWN) == 15


def test_events_made_of_markup_and_control_codes_are_shown_as_text():
    claim = Claim(text=EVIL, keys=(), checks=(Check(name="names", passed=False, detail=EVIL),))
    seen = [
        events.Started("reason", EVIL),
        events.Planned("en", (EVIL, "b"), (EVIL,), (EVIL,), {"ja": EVIL}),
        events.Drafted((claim,)),
        events.KeyDropped(EVIL, EVIL),
        events.Critiqued((claim,), "finish"),
    ]
    out = told([line for event in seen for line in event_lines(event, "en")])
    assert "\x1b" not in out and "\x07" not in out
    assert out.count(SHOWN) == 10


# ---- labels


def test_every_name_that_can_come_has_a_label_in_each_language():
    kinds = {
        "role": records.Role,
        "verdict": records.Verdict,
        "status": records.Status,
        "reason": records.Reason,
        "check": records.CheckName,
        "next": events.Next,
    }
    names = [f"{kind}.{name}" for kind, literal in kinds.items() for name in get_args(literal)]
    assert [name for name in names if name not in terminal.WORDS] == []
    assert all(all(labels) for labels in terminal.WORDS.values())


def test_a_name_without_a_label_stands_for_itself():
    assert word("kind.report", "ja") == "report"


# ---- events


def pack() -> EvidencePack:
    document = next(d for d in bundled() if d.key == "deepseek-r1.ja")
    return EvidencePack.of((passage, document) for passage in cut(document)[:2])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("event", "parts"),
    [
        (events.Started("critique", "openai/c"), ["{agent.critique}", "openai/c"]),
        (
            events.Planned("zh", ("甲", "乙"), ("DeepSeek",), ("Foo-9",), {"en": "What is it?"}),
            ["{names}: DeepSeek", "{unknown}: Foo-9", "甲 / 乙", "{translation} (en): What is it?"],
        ),
        (events.Retrieved(pack(), 0.914), ["{found}: 2", "0.91", "E1 DeepSeek-R1の全体像 / ", "E2 ", "…"]),
        (events.Retrieved(EvidencePack(), None), ["{found}: 0"]),
        (events.Drafted((GOOD,)), ["{drafted}: 1", GOOD.text, "[E1]"]),
        (events.KeyDropped("E99", "a claim"), ["{key_dropped}: E99", "a claim"]),
        (
            events.Critiqued((GOOD, BAD), "abstain", "no_evidence"),
            [
                "✓ {verdict.supported}",
                "✗ {verdict.contradicted}",
                "{check.numbers}: 2.9 billion",
                "{next}: {next.abstain} ({reason.no_evidence})",
            ],
        ),
    ],
)
def test_an_event_is_told_in_the_language_of_the_question(event, parts, language):
    out = told(event_lines(event, language))
    for part in parts:
        for name in terminal.WORDS:
            part = part.replace(f"{{{name}}}", word(name, language))
        assert part in out
    assert "hidden" not in out


def test_what_the_planner_did_not_find_is_not_told():
    assert event_lines(events.Planned("en", ("whole",), (), (), {}), "en") == []


def test_streamed_text_and_the_answer_are_no_lines():
    assert event_lines(events.Thinking("analyst", "x", False), "en") == []
    assert event_lines(events.Answered(sample()), "en") == []


# ---- answers


def test_an_answer_shows_claim_verdict_quote_and_source():
    out = told(answer_lines(sample()))
    assert out.startswith("DeepSeek-R1のコードと重み")
    assert "✓ 裏付けあり  重みはMITライセンスで公開された。 [E1]" in out
    assert "E1 “コードと重みはMITライセンスである。”" in out
    assert "DeepSeek-R1の全体像 p. 3 — heiso · 2026-11-24 · 要約資料 · https://example.org/briefing" in out
    assert f"DeepSeek-R1 README — DeepSeek · 2025-01-20 · 一次情報 · 確度 中 · {SOURCE['url']}\n" in out
    assert "矛盾" not in out and word("status.answered", "ja") not in out


def test_two_claims_under_one_key_have_their_own_quotes():
    other = GOOD.model_copy(update={"text": "二つ目。"})
    cited = (citation("E1", "引用一"), citation("E1", "引用二"))
    out = told(answer_lines(sample(claims=(GOOD, other), citations=cited)))
    assert out.index(GOOD.text) < out.index("引用一") < out.index("二つ目。") < out.index("引用二")


def test_claims_that_share_one_citation_both_show_it():
    other = GOOD.model_copy(update={"text": "二つ目。"})
    out = told(answer_lines(sample(claims=(GOOD, other), citations=(citation("E1", "引用一"),))))
    assert out.count("引用一") == 2


def test_a_sentence_taken_over_from_the_source_is_marked():
    out = told(answer_lines(sample(claims=(GOOD.model_copy(update={"origin": "quoted"}),))))
    assert "(原文のまま)" in out


def test_conflicts_dropped_claims_keys_and_notes_are_shown():
    answer = sample(
        language="en",
        conflicts=(ConflictNote(about="Cost", sides=("$1", "$2")),),
        dropped=(BAD, BAD),
        unknown_keys=("E99", "E99"),
        notes=("The planner's model gave no plan.",),
    )
    out = told(answer_lines(answer))
    assert "≠ Cost\n    · $1\n    · $2\n" in out
    assert "✗ contradicted  学習費は29億ドルだった。 [E2]\n    numbers: 2.9 billion\n" in out
    assert out.count(BAD.text) == 1
    assert "does not exist: E99\n" in out
    assert "gave no plan" in out


@pytest.mark.parametrize("language", LANGUAGES)
def test_partial_and_abstained_say_so_and_why(language):
    partial = told(
        answer_lines(sample(language=language, status="partial", reason="no_evidence", explanation="cost?"))
    )
    assert f"{word('status.partial', language)} ({word('reason.no_evidence', language)}): cost?" in partial
    answer = sample(
        language=language, status="abstained", reason="out_of_scope", explanation="No.", text="No.", claims=()
    )
    abstained = told(answer_lines(answer))
    assert f"{word('status.abstained', language)} ({word('reason.out_of_scope', language)})\n" in abstained
    assert abstained.count("No.") == 1


@pytest.mark.parametrize(
    ("usage", "models", "said"),
    [
        ({"analyst": Usage(calls=1, cost=Decimal())}, {"analyst": "embedded/q"}, "no cost, embedded"),
        ({"analyst": Usage(calls=1)}, {"analyst": "x/y"}, "cost unknown"),
        (
            {"analyst": Usage(calls=1, cost=Decimal("0.01")), "critic": Usage(calls=1)},
            {"analyst": "x/y", "critic": "embedded/q"},
            "cost unknown",
        ),
        ({"analyst": Usage(calls=1, cost=Decimal("0.0123000"))}, {"analyst": "x/y"}, "cost USD 0.0123 "),
        ({"analyst": Usage(calls=1, cost=Decimal(0))}, {"analyst": "x/y"}, "cost USD 0 "),
        (
            {
                "analyst": Usage(calls=1, cost=Decimal(1)),
                "critic": Usage(calls=1, cost=Decimal(2), currency="CNY"),
            },
            {"analyst": "x/y", "critic": "z/w"},
            "cost USD 1 + CNY 2 ",
        ),
        ({}, {"analyst": "x/y"}, "no model was asked"),
    ],
)
def test_an_unknown_cost_is_never_zero(usage, models, said):
    assert said in told(answer_lines(sample(language="en", usage=usage, models=models))).splitlines()[-1]


def test_the_last_line_has_seconds_tokens_and_models_by_role():
    last = told(answer_lines(sample(language="en"))).splitlines()[-1]
    assert (
        last
        == "12.3 s · 1,234 tokens (1,000 cached) · no cost, embedded · planner, analyst: embedded/q · critic: openai/c"
    )


# ---- widths and colours


def full() -> list[Line]:
    answer = sample(
        status="partial",
        reason="no_evidence",
        explanation="次の点には根拠が見つかりませんでした: DeepSeek-R1の学習に使われた計算資源の量と費用の内訳。",
        conflicts=(ConflictNote(about="学習費の食い違い" * 6, sides=("二九万四千ドル" * 9, "x" * 90)),),
        dropped=(BAD,),
    )
    return answer_lines(answer) + event_lines(events.Critiqued((GOOD, BAD), "revise"), "ja")


@pytest.mark.parametrize("width", [40, 41, 80])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width):
    out = told(full(), width=width, terminal=True, color_system=None)
    assert max(map(cell_len, out.splitlines())) <= width
    assert squeezed(out) == squeezed(told(full()))


def test_an_excerpt_of_a_passage_is_one_line_of_any_terminal():
    lines = event_lines(events.Retrieved(pack(), 0.9), "ja")
    out = told(lines, width=40, terminal=True, color_system=None)
    excerpts = [line.rstrip() for line in out.splitlines() if line.startswith("       ")]
    assert len(excerpts) == 2 and all(line.endswith("…") for line in excerpts)
    assert max(map(cell_len, out.splitlines())) <= 40


def test_outside_a_terminal_lines_stay_whole():
    out = told(full(), width=40)
    assert len(out.splitlines()) == len(full())
    assert SOURCE["url"] in out


def test_no_color_is_obeyed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m" in told(full(), terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in told(full(), terminal=True, color_system="standard")


def test_a_tail_counts_wide_characters():
    assert terminal.tail("abc並走", 5) == "c並走"
    assert terminal.tail("abc並走", 4) == "並走"
    assert terminal.tail("並走", 3) == "走"
    assert terminal.tail("ab", 40) == "ab"


# ---- live


def watched(*seen, live, width=40):
    out = io.StringIO()
    with Watch(
        Console(file=out, width=width, force_terminal=live, color_system=None), "en", live=live
    ) as watch:
        for event in seen:
            watch.see(event)
    return out.getvalue()


def test_a_terminal_sees_the_words_as_they_come():
    text = "\x1b[2J 並走 " * 30 + "last words"
    out = watched(events.Started("reason", "m"), events.Thinking("analyst", text, False), live=True)
    assert "analyst · writing · 0 s" in out
    assert "last words" in out and "␛[2J" in out and "\x1b[2J" not in out


def test_reasoning_and_reply_are_told_apart():
    thinking = events.Thinking("analyst", "hmm", True)
    assert "thinking" in watched(events.Started("reason"), thinking, live=True)
    both = watched(events.Started("reason"), thinking, events.Thinking("analyst", "so", False), live=True)
    assert "writing" in both and "hmm" not in both


def test_elsewhere_there_are_plain_lines_and_no_stream_of_words():
    out = watched(
        events.Started("reason", "m"), events.Thinking("analyst", "secret words", False), live=False
    )
    assert out == "▸ analyst · m\n"


def test_without_a_console_nothing_is_told():
    with Watch(None, "en", live=False) as watch:
        watch.see(events.Started("reason"))


def pulled(*, live, width=40):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=live, color_system=None)
    with PullReport(console, "tiny", "en", live=live) as report:
        report(Progress(20_000_000, 200_000_000, 0, 2, "check"))
        for done in range(0, 200_000_001, 1_000_000):
            report(Progress(done, 200_000_000, 1, 2, "fetch"))
        report(Progress(100_000_000, 200_000_000, 2, 2, "check"))
    return out.getvalue()


def test_a_pull_outside_a_terminal_has_a_line_for_every_five_percent():
    lines = pulled(live=False).splitlines()
    assert lines[0] == "checking weights: tiny 10 % (20 / 200 MB)"
    assert lines[1:22] == [f"fetching weights: tiny {p} % ({2 * p} / 200 MB)" for p in range(0, 101, 5)]
    assert lines[22:] == ["checking weights: tiny 50 % (100 / 200 MB)"]


def test_a_pull_in_a_terminal_has_a_bar_with_bytes():
    out = pulled(live=True)
    assert "fetching weights: tiny" in out and "checking weights: tiny" in out
    assert "100.0/200.0 MB" in out
    assert all(
        cell_len(line) <= 40
        for line in out.replace("\r", "\n").replace("\x1b[2K", "").splitlines()
        if "\x1b" not in line
    )


# ---- profiles and documents


def test_a_profile_tells_what_is_known_and_what_is_not():
    registry = Registry.load()
    out = told(
        terminal.profile_lines(registry.get("deepseek/deepseek-v4-pro"), key="missing (K)", weights="")
    )
    assert "context 1,000,000" in out and "USD 1.32 in, 0.044 cached, 3.96 out per 1M tokens (2026-11)" in out
    assert "key missing (K)" in out and "verified yes" in out and "weights" not in out
    kimi = told(terminal.profile_lines(registry.get("moonshot/kimi-k3"), key="", weights=""))
    assert "context unknown" in kimi
    own = told(
        terminal.profile_lines(registry.get("openai-compatible/m"), key="optional", weights="", whole=True)
    )
    assert "verified: no" in own and "price: unknown" in own and "assumed" in own and "model id: m" in own
    tiny = told(
        terminal.profile_lines(registry.get("embedded/smollm2-135m"), key="not needed", weights="missing")
    )
    assert "price none, embedded" in tiny and "weights missing" in tiny
