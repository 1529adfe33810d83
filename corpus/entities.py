"""Knows the names of companies, models, chips and the rest, in three languages, and finds them in a text.

The names are in `entities.yaml`; this module knows how names are written, not what is true of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heiso.corpus.errors import BadSettings
from heiso.corpus.folding import fold, fold_map
from heiso.corpus.sentences import split

__all__ = ["Entity", "EntityTable", "Kind", "Mention", "Origin", "bundled", "glossary", "unknown_names"]

Kind = Literal[
    "company",
    "model",
    "chip",
    "policy",
    "benchmark",
    "person",
    "agency",
    "product",
    "measure",
    "event",
    "term",
]
Origin = Literal["cn", "us", "eu", "jp", ""]

_BUNDLED = Path(__file__).with_name("entities.yaml")
_GLOSSARY = Path(__file__).with_name("glossary.yaml")
_SEPARATORS = re.compile(r"[ \t_\-‐‑–−・·•‧]+")
_MOST_SEPARATORS = 2
_SHORTEST_WITH_PARTS = 5
_SHORTEST_IN_COMPOUND = 4
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9.]+|[ァ-ヺー]+|[^A-Za-z0-9.ァ-ヺー]+")
_W = "0-9a-z\u00b5-\u024f\u0370-\u052f"
_WORD = re.compile(f"[{_W}]")
_WORD_END = re.compile(rf"(?:(?<=\d)s)?(?![{_W}])(?!\.\d)")
_KATAKANA = re.compile("[ァ-ヺー]+")
# " K9", "-9", "3.9" after the name of a family; neither years, sizes (32B) nor counts (3 models, 3社).
_COUNTED = r"\s?(?:[%,年月日社個个つ人件回倍位点元円圆ドル種种億亿万兆]|(?:[bm]illion|trillion|percent|times|yuan|of)\b)"
_VERSION = re.compile(
    r"[ \-・]{0,2}(?![a-z]{0,2}[\d.]+[bkmtx])"
    r"(?P<v>(?:[a-z]{1,2}\d{1,3}|(?<=-)\d\d|\d)(?:\.\d{1,2})?[a-z]?|\d{3}[a-z])"
    rf"(?![{_W}])(?!\.\d)(?!{_COUNTED})"
)
_LETTERS = "A-Za-zＡ-Ｚａ-ｚÀ-ɏ0-9０-９"
_LATIN = re.compile(rf"[{_LETTERS}]+(?:[-‐‑.&'’][{_LETTERS}]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# What stands capitalised inside a sentence only where every word is (a heading, or shouting).
_TITLE_CASE = re.compile(
    r"\s(?:I[sS]|A[rR][eE]|W[aA][sS]|D[oO]|D[oO][eE][sS]|D[iI][dD]|H[aA][sS]|I[tT][sS]|H[oO][wW])\b"
)
_AFTER_SUBJECT = re.compile(r"['’]s\b|,? (?:is|was|has|had|will|and|or|vs\.?|versus|plans|said|says)\b")
_NO_NAME_ENDS = ("ing", "ed", "ly", "tion", "sion", "ment", "ness", "ity", "ers", "ors", "ies", "ists", "als")

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Entity:
    """A thing with a name. `origin` and `maker` are empty where they do not apply."""

    name: str
    kind: Kind
    origin: Origin
    maker: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Mention:
    """`text[start:end]` names `entity`."""

    entity: Entity
    start: int
    end: int


_Name = Annotated[str, Field(pattern=r"[^\s_\-‐‑–−・·•‧]")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Alias(_Strict):
    text: _Name
    exact: bool = False
    near: list[str] = []


class _Entry(_Strict):
    name: _Name
    kind: Kind
    origin: Origin = ""
    maker: str = ""
    aliases: list[_Name | _Alias] = []

    def spellings(self) -> list[_Alias]:
        """The name first; an alias of the same spelling says how strictly the name is read."""
        by_text = {self.name: _Alias(text=self.name)}
        for alias in self.aliases:
            spelling = alias if isinstance(alias, _Alias) else _Alias(text=alias)
            by_text[spelling.text] = spelling
        return list(by_text.values())

    def updated(self, entry: _Entry) -> _Entry:
        """Returns this entry with the fields that `entry` gives, and the aliases of both."""
        given = {key: getattr(entry, key) for key in entry.model_fields_set}
        return self.model_copy(update={**given, "aliases": self.aliases + entry.aliases})


class _File(_Strict):
    entities: list[dict[str, object]] = []
    ordinary: list[str] = []


@dataclass(frozen=True)
class _Spelling:
    """One way to write an entity: `cuts` are the places where separators may stand."""

    entity: Entity
    alias: _Alias
    cuts: frozenset[int]


@dataclass
class _Node:
    """A node of the tree of all spellings, folded and without separators."""

    next: dict[str, _Node] = field(default_factory=dict)
    spellings: list[_Spelling] = field(default_factory=list)


class EntityTable:
    """The alias table, ready for look-ups. Build it with `load`.

    `ordinary` holds the folded words that look like names and are none.
    """

    def __init__(self, entries: Iterable[_Entry], ordinary: Iterable[str]) -> None:
        self.entities: dict[str, Entity] = {}
        self.ordinary = frozenset(map(fold, ordinary))
        self._root = _Node()
        self._spelled: set[str] = set()
        loans = sorted((word for word in self.ordinary if _KATAKANA.fullmatch(word)), key=len, reverse=True)
        self._loans = re.compile("(?:" + "|".join(loans) + ")+")
        for entry in entries:
            self._add(entry)
        self._first = _starting_with(self._root.next)
        made = [entity for entity in self.entities.values() if entity.kind in ("model", "chip")]
        self._families = {entity.name for entity in made} | {entity.maker for entity in made}

    @classmethod
    def load(cls, *paths: Path) -> EntityTable:
        """Reads the bundled table and then `paths`, each adding to what came before.

        An entry whose name is known adds its aliases and replaces the other fields it gives.

        Raises:
            BadSettings: A file cannot be read or holds an entry that is not in the form.
        """
        return cls.read(_BUNDLED, *paths)

    @classmethod
    def read(cls, *paths: Path) -> EntityTable:
        """Reads tables from `paths` alone, each adding to what came before.

        Raises:
            BadSettings: A file cannot be read or holds an entry that is not in the form.
        """
        entries: dict[str, _Entry] = {}
        ordinary: list[str] = []
        for path in paths:
            file = _read(path)
            ordinary += file.ordinary
            for number, raw in enumerate(file.entities, start=1):
                entry = _read_entry(path, number, raw)
                known = entries.get(entry.name)
                entries[entry.name] = entry if known is None else known.updated(entry)
        return cls(entries.values(), ordinary)

    def find(self, text: str) -> tuple[Mention, ...]:
        """Finds the known names in `text`, the longest at each place, in order and without overlap."""
        folded, index = fold_map(text)
        found: list[tuple[Mention, _Alias]] = []
        done = 0
        for at in self._starts(folded):
            hit = self._longest(text, folded, index, at) if at >= done else None
            if hit is not None:
                done, spelling, start, end = hit
                found.append((Mention(spelling.entity, start, end), spelling.alias))
        names = {mention.entity.name for mention, _ in found}
        return tuple(hit for hit, alias in found if not alias.near or not names.isdisjoint(alias.near))

    def names(self, text: str) -> frozenset[str]:
        """Returns the canonical names of what `text` names."""
        return frozenset(mention.entity.name for mention in self.find(text))

    def is_no_name(self, word: str) -> bool:
        """Tells whether `word` is ordinary (itself, its plural, a compound of loan words) or known.

        Known means in any case and context: `r1` is not found by `find`, yet it is no unknown name.
        """
        folded = fold(word)
        if not self.ordinary.isdisjoint((folded, folded.removesuffix("s"))):
            return True
        return self._loans.fullmatch(folded) is not None or _SEPARATORS.sub("", folded) in self._spelled

    def versions(self, text: str) -> Iterator[Span]:
        """Yields each family with a version behind it, known or not: the version, and the whole span."""
        folded, index = fold_map(text)
        for at in self._starts(folded):
            for end, spelling in self._walk(folded, at):
                match = _VERSION.match(folded, end)
                if match and self._is_family(spelling, match[0]):
                    yield match["v"], index[at], _end_in_original(text, index, match.end())

    def _is_family(self, spelling: _Spelling, version: str) -> bool:
        """After a company the version needs a letter or a hyphen: 'DeepSeek R3', but not 'OpenAI 3'."""
        entity = spelling.entity
        if entity.name not in self._families or any(char.isdigit() for char in spelling.alias.text):
            return False
        return entity.kind in ("model", "chip") or not version.lstrip(" ・")[0].isdigit()

    def _add(self, entry: _Entry) -> None:
        spellings = entry.spellings()
        texts = tuple(alias.text for alias in spellings)
        entity = Entity(entry.name, entry.kind, entry.origin, entry.maker, texts)
        self.entities[entry.name] = entity
        for alias in spellings:
            parts = _name_parts(alias.text)
            node = self._root
            for char in "".join(parts):
                node = node.next.setdefault(char, _Node())
            cuts = frozenset(accumulate(map(len, parts)))
            node.spellings.insert(0, _Spelling(entity, alias, cuts))
            self._spelled.add("".join(parts))

    def _starts(self, folded: str) -> Iterator[int]:
        """Yields the places where a name may start: not inside a Latin word, a number or a katakana word."""
        for match in self._first.finditer(folded):
            yield match.start()

    def _walk(self, folded: str, at: int) -> Iterator[tuple[int, _Spelling]]:
        """Yields the spellings that start at `at`, shortest first, with the place where each ends."""
        node, depth, cuts = self._root, 0, set[int]()
        while at < len(folded):
            step = node.next.get(folded[at])
            if step is None:
                gap = _SEPARATORS.match(folded, at)
                if gap is None or depth == 0 or len(gap[0]) > _MOST_SEPARATORS:
                    return
                cuts.add(depth)
                at = gap.end()
                continue
            node, depth, at = step, depth + 1, at + 1
            for spelling in node.spellings:
                if cuts <= spelling.cuts:
                    yield at, spelling

    def _longest(
        self, text: str, folded: str, index: list[int], at: int
    ) -> tuple[int, _Spelling, int, int] | None:
        longest = None
        for end, spelling in self._walk(folded, at):
            if not self._ends_name(folded, at, end) or (longest is not None and longest[0] == end):
                continue
            start, stop = index[at], _end_in_original(text, index, end)
            if not spelling.alias.exact or _compact(text[start:stop]) == _compact(spelling.alias.text):
                longest = end, spelling, start, stop
        return longest

    def _ends_name(self, folded: str, start: int, end: int) -> bool:
        """A Latin name ends with its word, and a katakana name may go on with loan words unless short."""
        if _WORD.match(folded, end - 1):
            return _WORD_END.match(folded, end) is not None
        rest = _KATAKANA.match(folded, end) if _KATAKANA.match(folded, end - 1) else None
        if rest is None:
            return True
        return end - start >= _SHORTEST_IN_COMPOUND and self._loans.fullmatch(rest[0]) is not None


@cache
def bundled() -> EntityTable:
    """Returns the table that comes with heiso, read once."""
    return EntityTable.load()


@cache
def glossary() -> EntityTable:
    """Returns the measures, events and terms of the field that come with heiso, read once."""
    return EntityTable.read(_GLOSSARY)


def unknown_names(text: str, table: EntityTable) -> tuple[Span, ...]:
    """Finds what looks like a proper name or an identifier in a question and is no known entity.

    Returns:
        Each name as written, with its start and end; names that stand side by side come as one.
    """
    known = [(mention.start, mention.end) for mention in table.find(text)]
    spans = [
        (start, end)
        for version, start, end in table.versions(text)
        if not table.is_no_name(version) and not any(a <= start and end <= b for a, b in known)
    ]
    for start, end in (*_latin_names(text, table), *_katakana_names(text, table)):
        if not any(a < end and start < b for a, b in known):
            spans.append((start, end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and (start < joined[-1][1] or text[joined[-1][1] : start] in (" ", "・")):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple((text[start:end], start, end) for start, end in joined)


def _latin_names(text: str, table: EntityTable) -> Iterator[tuple[int, int]]:
    for start, end in split(text):
        sentence = text[start:end]
        capitals_tell = _TITLE_CASE.search(sentence) is None
        english = _CJK.search(sentence) is None
        for number, word in enumerate(_LATIN.finditer(sentence)):
            bare = re.sub(r"['’]s$", "", word[0])
            first = english and number == 0
            if first and not bare.lower().endswith(_NO_NAME_ENDS):
                first = _AFTER_SUBJECT.match(sentence, word.start() + len(bare)) is None
            if _is_name(bare, table, capitals_tell, first):
                yield start + word.start(), start + word.start() + len(bare)


def _is_name(word: str, table: EntityTable, capitals_tell: bool, first: bool) -> bool:
    """Judges a Latin word; `first` says that its first capital means nothing."""
    word = unicodedata.normalize("NFKC", word)
    if word[0].isdigit() or table.is_no_name(word):
        return False
    for part in re.split(r"[-‐.&'’]", word):
        if len(part) < 2 or part[0].isdigit() or table.is_no_name(part):
            continue
        inner = capitals_tell and any(char.isupper() for char in part[1:])
        capital = capitals_tell and not first and part[0].isupper()
        if inner or capital or any(char.isdigit() for char in part):
            return True
    return False


def _katakana_names(text: str, table: EntityTable) -> Iterator[tuple[int, int]]:
    folded, index = fold_map(text)
    for run in _KATAKANA.finditer(folded):
        if len(run[0]) >= 3 and run[0].strip("ー") and not table.is_no_name(run[0]):
            yield index[run.start()], _end_in_original(text, index, run.end())


def _end_in_original(text: str, index: list[int], end: int) -> int:
    """Returns where in `text` the character ends whose folded form ends at or around `end`."""
    while end < len(index) and index[end] == index[end - 1]:
        end += 1
    return index[end] if end < len(index) else len(text)


def _starting_with(chars: Iterable[str]) -> re.Pattern[str]:
    """Builds the pattern of places where a name may start with one of `chars`."""
    every = "".join(chars)
    digits, words = re.sub(r"\D", "", every), re.sub(rf"[^{_W}]|\d", "", every)
    kana, rest = re.sub("[^ァ-ヺー]", "", every), re.escape(re.sub(rf"[{_W}ァ-ヺー]", "", every))
    groups = {rf"(?<![{_W}])(?<!\d[.,])": digits, rf"(?<![{_W}])": words, "(?<![ァ-ヺー])": kana, "": rest}
    return re.compile("|".join(f"{before}[{group}]" for before, group in groups.items() if group))


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def _name_parts(text: str) -> list[str]:
    """Cuts a name into the folded parts between which separators may stand or be missing."""
    pieces = [piece for piece in _SEPARATORS.split(unicodedata.normalize("NFKC", text)) if piece]
    if sum(map(len, pieces)) < _SHORTEST_WITH_PARTS:
        return [fold(piece) for piece in pieces]
    return [fold(part) for piece in pieces for part in _PARTS.findall(piece)]


def _read(path: Path) -> _File:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _File.model_validate(data or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSettings(f"{path}: cannot be read as a table of names: {error}") from error
    except ValidationError as error:
        raise BadSettings(f"{path}: {_why(error)}") from error


def _read_entry(path: Path, number: int, raw: dict[str, object]) -> _Entry:
    try:
        return _Entry.model_validate(raw)
    except ValidationError as error:
        raise BadSettings(f"{path}: entry {number} ({raw.get('name', 'no name')}): {_why(error)}") from error


def _why(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'top level'}: {first['msg']}"
