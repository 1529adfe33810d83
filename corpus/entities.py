"""Knows the names of companies, models, chips and the rest, in three languages, and finds them in a text.

The names are in `entities.yaml` and in files of the user's; this module knows how names are written, not what is true
of them, nor which tables are in force.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heiso.corpus.errors import BadSettings
from heiso.corpus.folding import end_in_original, fold, fold_map

__all__ = [
    "Entity",
    "EntityTable",
    "Kind",
    "Mention",
    "NameFile",
    "Origin",
    "Span",
    "bundled",
    "bundled_glossary",
    "read_form",
]

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
_ENTRY_HINT = (
    f"An entry is {{name: …, kind: …, aliases: [{{…}}]}}; kinds are {', '.join(get_args(Kind))}. More aliases for a name "
    "that heiso knows need no kind, but the name as heiso writes it."
).replace("[{…}]", "[…]")

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
class NameFile:
    """What the file at `path` says of names: entries as written, by their number there, and words that are no names."""

    path: Path
    entries: Mapping[int, Mapping[str, object]]
    ordinary: Sequence[str] = ()

    @classmethod
    def read(cls, path: Path) -> NameFile:
        """Reads a file in the form of `entities.yaml`.

        Raises:
            BadSettings: it cannot be read or is not in the form.
        """
        file = read_form(path, _File)
        return cls(path, dict(enumerate(file.entities, start=1)), file.ordinary)


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
    """The alias table, ready for look-ups. Build it with `read`.

    `ordinary` holds the folded words that look like names and are none.
    """

    def __init__(self, entries: Iterable[_Entry], ordinary: Iterable[str]) -> None:
        self.entities: dict[str, Entity] = {}
        self.ordinary = frozenset(map(fold, ordinary))
        self._entries = {entry.name: entry for entry in entries}
        self._root = _Node()
        self._spelled: dict[str, list[_Spelling]] = {}
        loans = sorted((word for word in self.ordinary if _KATAKANA.fullmatch(word)), key=len, reverse=True)
        self._loans = re.compile("(?:" + "|".join(loans) + ")+")
        for entry in self._entries.values():
            self._add(entry)
        self._first = _starting_with(self._root.next)
        made = [entity for entity in self.entities.values() if entity.kind in ("model", "chip")]
        self._families = {entity.name for entity in made} | {entity.maker for entity in made}

    @classmethod
    def read(cls, path: Path) -> EntityTable:
        """Reads the table of one file.

        Raises:
            BadSettings: it cannot be read, an entry is not in the form, or two entities have one alias.
        """
        file = NameFile.read(path)
        entries: dict[str, _Entry] = {}
        _merge(file, entries)
        try:
            return cls(entries.values(), file.ordinary)
        except BadSettings as error:
            raise BadSettings(f"{path}: {error.message}", hint=error.hint) from error

    def extended(self, file: NameFile, *, beside: EntityTable) -> EntityTable:
        """Returns a table of what this one and `file` hold.

        An entry whose name is known adds its aliases and replaces the other fields it gives.

        Raises:
            BadSettings: an entry is not in the form, rests on a name that is not there, or claims an alias of another, be
                it in the table that this one is used `beside`.
        """
        if not file.entries and not file.ordinary:
            return self
        entries = dict(self._entries)
        given = _merge(file, entries)
        claimed: dict[str, list[tuple[str, _Alias]]] = {}
        for where, entry in given:
            _check_references(entry, entries, where)
            for alias in entry.spellings():
                key = _key(alias.text)
                owners = claimed.setdefault(key, [])
                taken = [
                    (one.entity.name, one.alias) for t in (self, beside) for one in t._spelled.get(key, ())
                ]
                _check_claim(alias, entry.name, (*taken, *owners), where)
                owners.append((entry.name, alias))
        return EntityTable(entries.values(), (*self.ordinary, *file.ordinary))

    def content(self) -> list[object]:
        """Returns all that look-ups depend on, in an order of its own: what two tables find differs only if this does."""
        spellings = {
            (
                one.entity.name,
                one.entity.kind,
                one.entity.origin,
                one.entity.maker,
                key,
                tuple(sorted(one.cuts)),
                _compact(one.alias.text) if one.alias.exact else "",
                tuple(sorted(one.alias.near)),
            )
            for key, ones in self._spelled.items()
            for one in ones
        }
        return [sorted(spellings), sorted(self.ordinary)]

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
                    yield match["v"], index[at], end_in_original(text, index, match.end())

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
            spelling = _Spelling(entity, alias, frozenset(accumulate(map(len, parts))))
            node.spellings.insert(0, spelling)
            owners = self._spelled.setdefault("".join(parts), [])
            _check_claim(alias, entry.name, [(one.entity.name, one.alias) for one in owners], entry.name)
            owners.append(spelling)

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
            start, stop = index[at], end_in_original(text, index, end)
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
    """Returns the names that come with heiso, read once; `vocabulary.entities` has the user's as well."""
    return EntityTable.read(_BUNDLED)


@cache
def bundled_glossary() -> EntityTable:
    """Returns the measures, events and terms that come with heiso, read once."""
    return EntityTable.read(_GLOSSARY)


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


def _key(text: str) -> str:
    """Returns what all ways to write a name have in common: folded, without separators."""
    return "".join(_name_parts(text))


def _merge(file: NameFile, entries: dict[str, _Entry]) -> list[tuple[str, _Entry]]:
    """Merges the entries of `file` into `entries`; returns them as the file gives them, each with its place."""
    given = []
    for number, raw in file.entries.items():
        where = f"{file.path}: entry {number} ({_line(raw.get('name', 'no name'))})"
        entry = _read_entry(raw, where, entries)
        known = entries.get(entry.name)
        entries[entry.name] = entry if known is None else known.updated(entry)
        given.append((where, entry))
    return given


def _check_claim(alias: _Alias, name: str, owners: Iterable[tuple[str, _Alias]], where: str) -> None:
    """Refuses a spelling that another entity has, unless the exact forms tell the two apart."""
    for other, theirs in owners:
        told_apart = alias.exact and theirs.exact and _compact(alias.text) != _compact(theirs.text)
        if other != name and not told_apart:
            raise BadSettings(
                f"{where}: {alias.text!r} already belongs to {other}.",
                hint=f"Leave it out, or add your aliases to {other}.",
            )


def _check_references(entry: _Entry, entries: Mapping[str, _Entry], where: str) -> None:
    maker = entries.get(entry.maker)
    if entry.maker and (maker is None or maker.kind != "company"):
        raise BadSettings(
            f"{where}: the maker {entry.maker!r} is no company in the table.",
            hint="Write it as heiso does, or add it.",
        )
    missing = [name for alias in entry.spellings() for name in alias.near if name not in entries]
    if missing:
        raise BadSettings(
            f"{where}: near: {missing[0]!r} is not in the table.", hint="Write it as heiso does, or add it."
        )


def _read_entry(raw: Mapping[str, object], where: str, known: Mapping[str, _Entry]) -> _Entry:
    """Reads an entry; one of a known name has that one's kind unless it gives another."""
    before = known.get(str(raw.get("name")))
    try:
        return _Entry.model_validate(dict(raw) if before is None else {"kind": before.kind, **raw})
    except ValidationError as error:
        raise BadSettings(f"{where}: {_why(error)}.", hint=_ENTRY_HINT) from error


_Form = TypeVar("_Form", bound=BaseModel)


def read_form(path: Path, form: type[_Form]) -> _Form:
    """Reads a YAML file into `form`; an empty file gives its defaults.

    Raises:
        BadSettings: it cannot be read, is no YAML, gives a key twice or is not in the form.
    """
    try:
        return form.model_validate(_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        keys = ", ".join(form.model_fields)
        raise BadSettings(f"{path}: {_why(error)}.", hint=f"The keys of the file are: {keys}.") from error
    except OSError as error:
        raise BadSettings(
            f"{path}: cannot be read: {error.strerror}.", hint="Name a file that is there, or none."
        ) from error
    # ValueError: not UTF-8, or a date that does not exist (2025-13-01), which the library lets through.
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadSettings(
            f"{path}: cannot be read as YAML: {_line(error)}.",
            hint="Mend it; what YAML takes for something else goes in quotes.",
        ) from error


def _load(text: str) -> object:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        _refuse_repeated_keys(node, set())
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_repeated_keys(node: yaml.Node, seen: set[int]) -> None:
    """YAML lets the last of two equal keys win, and the first would be lost without a word."""
    if isinstance(node, yaml.ScalarNode) or id(node) in seen:
        return
    seen.add(id(node))
    children = node.value
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            repeated = next(key for key in keys if keys.count(key) > 1)
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: the key {repeated!r} stands twice")
        children = [child for pair in node.value for child in pair]
    for child in children:
        _refuse_repeated_keys(child, seen)


def _why(error: ValidationError) -> str:
    """Says the first trouble in one line; the entries of a list are counted from 1."""
    first = error.errors()[0]
    steps = [f"entry {step + 1}" if isinstance(step, int) else step for step in first["loc"]]
    return _line(f"{', '.join(steps) or 'top level'}: {first['msg'].removeprefix('Value error, ')}")


def _line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
