"""What heiso shows in a terminal: events, answers, profiles and documents as lines, in three languages.

Knows rich and the records that it shows; opens nothing and asks nothing. What models and documents say is data here:
never read as markup, and control characters in it are shown, not sent to the terminal.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from heiso.agents.answer import Answer, Citation, Claim, Usage
    from heiso.agents.events import Critiqued, Drafted, Event, KeyDropped, Planned, Retrieved, Started
    from heiso.agents.registry import Price, Profile
    from heiso.agents.weights import Progress
    from heiso.corpus.records import Language

__all__ = [
    "WORDS",
    "Line",
    "PullReport",
    "Watch",
    "answer_lines",
    "event_lines",
    "line",
    "one_line",
    "place_text",
    "profile_lines",
    "pull_line",
    "show",
    "source_text",
    "tail",
    "visible",
    "word",
]

_LANGUAGES = ("ja", "en", "zh")
_SIGNS = {"supported": "✓", "contradicted": "✗", "unsupported": "!", "unchecked": "?"}
_STYLES = {"supported": "green", "contradicted": "red", "unsupported": "yellow", "unchecked": "yellow"}
_EXCERPT = 100  # cells of a passage that one line shows
_TAIL = 400  # characters of streamed text that are kept for the live line
_STEP = 5  # percent between two plain lines of a pull

WORDS: dict[str, tuple[str, str, str]] = {
    "agent.plan": ("計画", "planner", "规划"),
    "agent.retrieve": ("検索", "retrieval", "检索"),
    "agent.reason": ("分析", "analyst", "分析"),
    "agent.critique": ("批評", "critic", "评审"),
    "role.planner": ("計画", "planner", "规划"),
    "role.analyst": ("分析", "analyst", "分析"),
    "role.critic": ("批評", "critic", "评审"),
    "role.judge": ("審判", "judge", "裁判"),
    "verdict.supported": ("裏付けあり", "supported", "有依据"),
    "verdict.contradicted": ("矛盾", "contradicted", "矛盾"),
    "verdict.unsupported": ("裏付けなし", "unsupported", "无依据"),
    "verdict.unchecked": ("未確認", "unchecked", "未核对"),
    "check.keys": ("根拠番号", "keys", "依据编号"),
    "check.numbers": ("数値", "numbers", "数字"),
    "check.dates": ("日付", "dates", "日期"),
    "check.names": ("名称", "names", "名称"),
    "check.polarity": ("肯定・否定", "polarity", "肯定与否定"),
    "check.comparison": ("比較", "comparison", "比较"),
    "check.attribution": ("帰属", "attribution", "归属"),
    "check.words": ("語句", "words", "词句"),
    "check.measure": ("指標", "measure", "指标"),
    "check.quote": ("引用", "quote", "引文"),
    "check.language": ("言語", "language", "语言"),
    "check.subject": ("主題", "subject", "主题"),
    "check.kind": ("種類", "kind", "种类"),
    "check.model": ("批評モデル", "critic's model", "评审模型"),
    "next.finish": ("完了", "finish", "完成"),
    "next.revise": ("書き直す", "revise", "修改"),
    "next.retrieve": ("さらに検索する", "search further", "继续检索"),
    "next.abstain": ("回答を控える", "abstain", "不作回答"),
    "reason.no_evidence": ("根拠なし", "no evidence", "没有依据"),
    "reason.conflicting_evidence": ("根拠が食い違う", "conflicting evidence", "依据互相矛盾"),
    "reason.stale_evidence": ("根拠が古い", "stale evidence", "依据过时"),
    "reason.out_of_scope": ("対象外", "out of scope", "超出范围"),
    "reason.model_refused": ("モデルが拒否", "model refused", "模型拒绝"),
    "status.answered": ("回答済み", "answered", "已回答"),
    "status.partial": ("一部のみ回答", "partial answer", "部分回答"),
    "status.abstained": ("回答を控えた", "abstained", "未作回答"),
    "kind.primary": ("一次情報", "primary", "一手来源"),
    "kind.secondary": ("二次情報", "secondary", "二手来源"),
    "kind.vendor": ("当事者の発表", "vendor", "厂商发布"),
    "kind.seed": ("基礎資料", "seed", "基础资料"),
    "kind.briefing": ("要約資料", "briefing", "简报"),
    "kind.document": ("文書", "document", "文档"),
    "confidence": ("確度 {}", "confidence {}", "可信度 {}"),
    "confidence.high": ("高", "high", "高"),
    "confidence.medium": ("中", "medium", "中"),
    "confidence.low": ("低", "low", "低"),
    "opening": ("資料を開いています", "opening the documents", "正在打开资料"),
    "names": ("名称", "names", "名称"),
    "unknown": ("未知の名称", "unknown names", "未知名称"),
    "parts": ("部分", "parts", "部分"),
    "translation": ("翻訳", "translation", "翻译"),
    "found": ("見つかった箇所", "passages found", "找到的段落"),
    "similarity": ("類似度 {}", "similarity {}", "相似度 {}"),
    "drafted": ("下書きの主張", "claims drafted", "草拟的论断"),
    "key_dropped": ("存在しない根拠番号を除外", "key dropped, it does not exist", "已去除不存在的依据编号"),
    "next": ("次", "next", "下一步"),
    "thinking": ("考え中", "thinking", "思考中"),
    "writing": ("記述中", "writing", "撰写中"),
    "claims": ("主張", "Claims", "论断"),
    "quoted": ("原文のまま", "in the source's words", "原文"),
    "conflicts": ("資料の食い違い", "Conflicts between sources", "来源之间的矛盾"),
    "sources": ("出典", "Sources", "来源"),
    "dropped": ("除外した主張", "Dropped", "已去除的论断"),
    "notes": ("注記", "Notes", "备注"),
    "seconds": ("{} 秒", "{} s", "{} 秒"),
    "tokens": ("{} トークン", "{} tokens", "{} 个词元"),
    "cached": ("(うちキャッシュ {})", "({} cached)", "（其中缓存 {}）"),
    "cost": ("費用 {}", "cost {}", "费用 {}"),
    "cost_unknown": ("費用不明", "cost unknown", "费用未知"),
    "cost_none": ("費用なし(内蔵)", "no cost, embedded", "无费用（内置）"),
    "no_call": ("モデルは使っていません", "no model was asked", "未调用模型"),
    "pull.fetch": ("重みを取得", "fetching weights", "下载权重"),
    "pull.check": ("重みを検査", "checking weights", "校验权重"),
}

_BREAKS = re.compile(r"\r\n|[\r\u2028\u2029\x85]")
_ODD = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # scripts and emoji need them, and they move nothing


@dataclass(frozen=True)
class Line:
    """A line to show, `indent` columns from the left; where it wraps, the rest keeps the indent."""

    text: Text
    indent: int = 0


def word(name: str, language: Language) -> str:
    """The label `name` in a language; a name that has no label is its own."""
    held = WORDS.get(name)
    return held[_LANGUAGES.index(language)] if held else name.rpartition(".")[2]


def visible(text: str) -> str:
    """The text with control and invisible formatting characters made visible; line breaks and tabs stay."""
    return "".join(map(_shown, _BREAKS.sub("\n", text)))


def one_line(text: str) -> str:
    """`visible`, with every run of white space made one space."""
    return " ".join(visible(text).split())


def tail(text: str, cells: int) -> str:
    """The end of a text that fits into so many cells."""
    left = cells
    for at in range(len(text) - 1, -1, -1):
        left -= cell_len(text[at])
        if left < 0:
            return text[at + 1 :]
    return text


def show(console: Console, lines: Iterable[Line]) -> None:
    """Prints lines: wrapped under their indent in a terminal, whole elsewhere."""
    for line in lines:
        if console.is_terminal:
            console.print(Padding(line.text, (0, 0, 0, line.indent), expand=False))
        else:
            console.print(Text(" " * line.indent) + line.text, soft_wrap=True)


def _shown(char: str) -> str:
    if char in "\n\t" or char in _JOINERS or unicodedata.category(char) not in _ODD:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def line(*parts: str | tuple[str, str], indent: int = 0) -> Line:
    """One line of parts, each a text or a text with its style."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Line(Text.assemble(*((visible(text).replace("\n", " "), style) for text, style in pairs)), indent)


def _cut(text: str, cells: int) -> str:
    """The beginning of a text in so many cells, with a mark where something was left off."""
    text = one_line(text)
    if cell_len(text) <= cells:
        return text
    kept, left = 0, cells - 1
    while (left := left - cell_len(text[kept])) >= 0:
        kept += 1
    return f"{text[:kept]}…"


def _keys(keys: Sequence[str]) -> str:
    return "".join(f"[{key}]" for key in keys)


# ---- events


def event_lines(event: Event, language: Language) -> list[Line]:
    """What a run's event is told with; nothing for streamed text and for the answer itself."""
    from heiso.agents import events as kinds

    match event:
        case kinds.Started():
            return [_started(event, language)]
        case kinds.Planned():
            return _planned(event, language)
        case kinds.Retrieved():
            return _retrieved(event, language)
        case kinds.Drafted():
            return _drafted(event, language)
        case kinds.KeyDropped():
            return [_key_dropped(event, language)]
        case kinds.Critiqued():
            return _critiqued(event, language)
        case _:
            return []


def _started(event: Started, language: Language) -> Line:
    model = f" · {event.model}" if event.model else ""
    return line(("▸ ", "cyan"), (word(f"agent.{event.agent}", language), "bold"), (model, "dim"))


def _planned(event: Planned, language: Language) -> list[Line]:
    told = [
        (word("names", language), ", ".join(event.names)),
        (word("unknown", language), ", ".join(event.unknown)),
    ]
    if len(event.parts) > 1:
        told.append((word("parts", language), " / ".join(event.parts)))
    told += [(f"{word('translation', language)} ({lang})", said) for lang, said in event.translations.items()]
    return [line((f"{label}: ", "dim"), one_line(said), indent=2) for label, said in told if said]


def _retrieved(event: Retrieved, language: Language) -> list[Line]:
    near = (
        ""
        if event.similarity is None
        else f" ({word('similarity', language).format(f'{event.similarity:.2f}')})"
    )
    lines = [line((f"{word('found', language)}: ", "dim"), f"{len(event.pack)}{near}", indent=2)]
    for item in event.pack.items:
        place = " / ".join((item.document.title, *item.passage.heading))
        lines.append(line((f"{item.key} ", "bold"), one_line(place), indent=4))
        excerpt = Text(_cut(item.passage.text, _EXCERPT), "dim", no_wrap=True, overflow="ellipsis")
        lines.append(Line(excerpt, 7))
    return lines


def _drafted(event: Drafted, language: Language) -> list[Line]:
    lines = [line((f"{word('drafted', language)}: ", "dim"), str(len(event.claims)), indent=2)]
    return lines + [line(f"{claim.text} ", (_keys(claim.keys), "cyan"), indent=4) for claim in event.claims]


def _key_dropped(event: KeyDropped, language: Language) -> Line:
    label = word("key_dropped", language)
    return line(
        (f"{label}: ", "yellow"), (event.key, "bold"), (f" — {one_line(event.claim)}", "dim"), indent=2
    )


def _critiqued(event: Critiqued, language: Language) -> list[Line]:
    lines = [line for claim in event.claims for line in _judged(claim, language, indent=2)]
    reason = f" ({word(f'reason.{event.reason}', language)})" if event.reason else ""
    label, step = word("next", language), word(f"next.{event.next}", language)
    return [*lines, line((f"{label}: ", "dim"), f"{step}{reason}", indent=2)]


def _verdict(claim: Claim, language: Language) -> tuple[str, str]:
    return f"{_SIGNS[claim.verdict]} {word(f'verdict.{claim.verdict}', language)}", _STYLES[claim.verdict]


def _judged(claim: Claim, language: Language, *, indent: int) -> Iterator[Line]:
    """A claim with its verdict, and under it the checks that it failed."""
    yield line(_verdict(claim, language), f"  {claim.text} ", (_keys(claim.keys), "cyan"), indent=indent)
    for check in claim.checks:
        if check.passed is False:
            detail = f": {one_line(check.detail)}" if check.detail else ""
            yield line((f"{word(f'check.{check.name}', language)}{detail}", "dim"), indent=indent + 2)


# ---- the answer


def answer_lines(answer: Answer) -> list[Line]:
    """The whole answer: text, claims with their sources, conflicts, what was dropped, status, what it took."""
    language = answer.language
    lines = [Line(Text(line, "bold")) for line in visible(answer.text).split("\n")]
    lines += _section("claims", _claims(answer), language)
    lines += _section("conflicts", _conflicts(answer), language)
    lines += _section("dropped", _dropped(answer), language)
    lines += _section("notes", [line(one_line(note), indent=2) for note in answer.notes], language)
    if answer.status != "answered":
        lines += [line(), _status(answer)]
    return [*lines, line(), _account(answer)]


def _section(name: str, lines: Iterable[Line], language: Language) -> list[Line]:
    held = list(lines)
    return [line(), line((word(name, language), "underline")), *held] if held else []


def _claims(answer: Answer) -> Iterator[Line]:
    left: dict[str, deque[Citation]] = {}
    for citation in answer.citations:
        left.setdefault(citation.key, deque()).append(citation)
    for claim in answer.claims:
        own = f" ({word('quoted', answer.language)})" if claim.origin == "quoted" else ""
        yield line(_verdict(claim, answer.language), f"  {claim.text}{own} ", (_keys(claim.keys), "cyan"))
        for key in claim.keys:
            if cited := left.get(
                key
            ):  # one for each claim and key, in their order; the last one serves the rest
                yield from _citation(cited.popleft() if len(cited) > 1 else cited[0], answer.language)


def _citation(citation: Citation, language: Language) -> Iterator[Line]:
    yield line((f"{citation.key} ", "cyan"), f"“{one_line(citation.quote)}”", indent=2)
    about = (citation.publisher, citation.date, word(f"kind.{citation.kind}", language), citation.url)
    page = f" p. {citation.page}" if citation.page else ""
    yield line((f"{place_text(citation.title + page, about)}", "dim"), indent=5)
    for source in citation.sources:
        yield line(("← ", "cyan"), (source_text(source, language), "dim"), indent=5)


def source_text(source: Mapping[str, Any], language: Language) -> str:
    """A source in one line: its title, publisher, date, kind, confidence and address."""
    sure = word("confidence", language).format(word(f"confidence.{source.get('confidence', '')}", language))
    kind = word(f"kind.{source.get('kind', '')}", language)
    about = (source.get("publisher"), source.get("date"), kind, sure, source.get("url"))
    return place_text(str(source.get("title", "")), about)


def place_text(title: str, about: Iterable[str | None]) -> str:
    """A title and what is known about it, in one line."""
    return one_line(f"{title} — {' · '.join(part for part in about if part)}")


def _conflicts(answer: Answer) -> Iterator[Line]:
    for conflict in answer.conflicts:
        yield line(("≠ ", "yellow"), one_line(conflict.about), indent=2)
        for side in conflict.sides:
            yield line("· ", one_line(side), indent=4)


def _dropped(answer: Answer) -> Iterator[Line]:
    """Each once: a model may say the same in every round."""
    for claim in {claim.text: claim for claim in answer.dropped}.values():
        yield from _judged(claim, answer.language, indent=2)
    if answer.unknown_keys:
        keys = ", ".join(dict.fromkeys(answer.unknown_keys))
        yield line(f"{word('key_dropped', answer.language)}: ", keys, indent=2)


def _status(answer: Answer) -> Line:
    reason = f" ({word(f'reason.{answer.reason}', answer.language)})" if answer.reason else ""
    more = f": {answer.explanation}" if answer.explanation and answer.explanation != answer.text else ""
    return line((f"{word(f'status.{answer.status}', answer.language)}{reason}", "yellow"), one_line(more))


def _account(answer: Answer) -> Line:
    """Seconds, tokens, cost, and the models by role, in one line."""
    language = answer.language
    parts = [word("seconds", language).format(f"{answer.timings.get('total', 0.0):.1f}")]
    parts += _used(tuple(answer.usage.values()), answer, language)
    by_model: dict[str, list[str]] = {}
    for role, model in answer.models.items():
        by_model.setdefault(model, []).append(word(f"role.{role}", language))
    parts += [f"{', '.join(roles)}: {model}" for model, roles in by_model.items()]
    return line((" · ".join(parts), "dim"))


def _used(usages: Sequence[Usage], answer: Answer, language: Language) -> list[str]:
    if not any(usage.calls for usage in usages):
        return [word("no_call", language)]
    tokens = word("tokens", language).format(f"{sum(u.input_tokens + u.output_tokens for u in usages):,}")
    cached = word("cached", language).format(f"{sum(usage.cached_tokens for usage in usages):,}")
    embedded = all(answer.models.get(role, "").startswith("embedded/") for role in answer.usage)
    return [f"{tokens} {cached}", cost_of(usages, embedded=embedded, language=language)]


def cost_of(usages: Sequence[Usage], *, embedded: bool, language: Language) -> str:
    """What was spent, by currency; unknown as soon as one part of it is."""
    totals: dict[str, Decimal] = {}
    for usage in usages:
        if usage.cost is None:
            return word("cost_unknown", language)
        totals[usage.currency] = totals.get(usage.currency, Decimal()) + usage.cost
    if embedded and not any(totals.values()):
        return word("cost_none", language)
    said = " + ".join(f"{currency} {_amount(total)}" for currency, total in totals.items())
    return word("cost", language).format(said)


def _amount(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.000001')).normalize():f}"


# ---- a run as it goes


class Watch:
    """Tells a run while it goes: lines for what happened, and in a terminal one live line for what happens now.

    Without a console it tells nothing.
    """

    def __init__(self, console: Console | None, language: Language, *, live: bool) -> None:
        self._console = console
        self._language = language
        self._began = 0.0
        self._now, self._text, self._reasoning = "", "", False
        self._spinner = Spinner("dots", style="cyan")
        self._live: Live | None = None
        if console is not None and live:
            self._live = Live(
                console=console,
                get_renderable=self._moving,
                refresh_per_second=8,
                transient=True,
                redirect_stdout=False,
            )

    def see(self, event: Event) -> None:
        """Takes the next event of the run."""
        from heiso.agents.events import Started, Thinking

        if isinstance(event, Thinking):
            if event.reasoning != self._reasoning:
                self._text, self._reasoning = "", event.reasoning
            self._text = (self._text + event.text)[-_TAIL:]
            return
        self._text = ""
        if isinstance(event, Started):
            self._now = word(f"agent.{event.agent}", self._language)
        if self._console is not None:
            show(self._console, event_lines(event, self._language))

    def __enter__(self) -> Watch:
        self._began = time.monotonic()
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def _moving(self) -> Table:
        assert self._console is not None
        seconds = word("seconds", self._language).format(f"{time.monotonic() - self._began:.0f}")
        doing = (
            f" · {word('thinking' if self._reasoning else 'writing', self._language)}" if self._text else ""
        )
        grid = Table.grid(padding=(0, 1))
        grid.add_row(
            self._spinner, Text(f"{self._now}{doing} · {seconds}", no_wrap=True, overflow="ellipsis")
        )
        grid.add_row("", Text(tail(one_line(self._text), self._console.width - 4), "dim", no_wrap=True))
        return grid


class PullReport:
    """Tells how a pull of weights goes: a bar in a terminal, elsewhere a line for every 5 %."""

    def __init__(self, console: Console, name: str, language: Language, *, live: bool) -> None:
        self._console = console
        self._name = name
        self._language = language
        self._phase = ""
        self._told = -1
        self._bars: Bars | None = None
        if live:
            self._bars = Bars(
                BarColumn(bar_width=None),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=console,
                expand=True,
            )

    def __call__(self, progress: Progress) -> None:
        """Takes the next report of the pull."""
        new = progress.phase != self._phase
        self._phase = progress.phase
        if self._bars is None:
            self._plain(progress, new)
            return
        if new:
            label = word(f"pull.{progress.phase}", self._language)
            show(self._console, [line(("▸ ", "cyan"), f"{label}: {self._name}")])
            for task in self._bars.task_ids:
                self._bars.remove_task(task)
            self._bars.add_task("", total=progress.bytes_total)
        self._bars.update(self._bars.task_ids[0], completed=progress.bytes_done)

    def __enter__(self) -> Callable[[Progress], None]:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def _plain(self, progress: Progress, new: bool) -> None:
        step = 100 * progress.bytes_done // progress.bytes_total // _STEP
        if new or step > self._told:
            self._told = step
            show(self._console, [pull_line(progress, self._name, self._language)])


def pull_line(progress: Progress, name: str, language: Language) -> Line:
    """How far a pull is, as one line."""
    percent = 100 * progress.bytes_done // progress.bytes_total
    done, total = progress.bytes_done / 1e6, progress.bytes_total / 1e6
    label = word(f"pull.{progress.phase}", language)
    return line(f"{label}: {name} {percent} % ({done:,.0f} / {total:,.0f} MB)")


# ---- profiles and documents


def profile_lines(profile: Profile, *, key: str, weights: str, whole: bool = False) -> list[Line]:
    """A model profile; `key` and `weights` say what this machine has of them. `whole` adds what a list leaves out."""
    provider = profile.provider
    facts = {
        "origin": profile.origin or "any",
        "provider": provider.title if whole else provider.name,
        "context": f"{profile.context:,}" if profile.context else "unknown",
        "thinking": profile.thinking,
        "price": _price(profile.price, embedded=bool(profile.weights)),
        "key": key,
        "verified": "yes" if provider.verified and not profile.assumed else "no",
        "weights": weights,
    }
    head = line((profile.name, "bold"))
    if not whole:
        return [
            head,
            line((" · ".join(f"{name} {said}" for name, said in facts.items() if said), "dim"), indent=2),
        ]
    facts |= {
        "model id": profile.model,
        "address": provider.base_url or ("this machine" if profile.weights else "setting base_url"),
        "structured output": profile.structured,
        "temperature": "taken" if profile.temperature else "not sent",
        "trace": f"{provider.trace_kind}; {provider.trace}" if provider.trace else provider.trace_kind,
        "capabilities": "assumed from the provider's pattern" if profile.assumed else "",
        "note": profile.note,
    }
    return [
        head,
        *(line((f"{name}: ", "dim"), one_line(said), indent=2) for name, said in facts.items() if said),
    ]


def _price(price: Price | None, *, embedded: bool) -> str:
    if price is None:
        return "unknown"
    if embedded and not price.input + price.output:
        return "none, embedded"
    cached = "" if price.cached is None else f", {_amount(price.cached)} cached"
    return f"{price.currency} {_amount(price.input)} in{cached}, {_amount(price.output)} out per 1M tokens ({price.date})"
