"""Says which vocabulary is in force in this process: what comes with heiso, or that with a file of the user's over it.

It knows the form of the user's file and brings its parts to their readers; it does not know what the readers do with them,
nor where the user keeps the file. A file has any of three keys:

    entities:                    # in the form of entities.yaml; measures, events and terms go to the glossary
    - {name: Toyota, kind: company, origin: jp, aliases: [トヨタ, 丰田]}
    - {name: Qwen, aliases: [千问大模型]}       # more aliases for a name that heiso knows
    eras:                        # the Gregorian year before the first year, for each way to write the era
      令和: 2018
    variants:                    # Han characters that mean the same; the first is the form compared by
    - 值値
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from heiso.corpus import dates, folding
from heiso.corpus.entities import EntityTable, NameFile, bundled, bundled_glossary, read_form
from heiso.corpus.errors import BadSettings

__all__ = ["digest", "entities", "glossary", "on_change", "path", "use"]

_TERM_KINDS = ("measure", "event", "term")
_VARIANTS = re.compile(f"[{folding.HAN}]{{2,}}")


def _era(name: str) -> str:
    if not name.isalpha():
        raise ValueError("the name of an era is letters only")
    return name


def _variants(group: str) -> str:
    if not _VARIANTS.fullmatch(group):
        raise ValueError(f"{group!r} must be two or more Han characters and nothing else")
    return group


class _File(BaseModel):
    """The user's file; the fields of an entry are checked by the table that it goes to."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    entities: list[dict[str, object]] = []
    eras: dict[Annotated[str, AfterValidator(_era)], Annotated[int, Field(ge=-3000, le=2100)]] = {}
    variants: list[Annotated[str, AfterValidator(_variants)]] = []


@dataclass(frozen=True)
class _Own:
    """What a file of the user's makes of the bundled tables."""

    file: _File
    entities: EntityTable
    glossary: EntityTable


_Entries = dict[int, dict[str, object]]

# None: the bundled vocabulary alone.
_own: _Own | None = None
_path: Path | None = None
_changing = Lock()
_on_change: list[Callable[[], object]] = []


def use(path: Path | None) -> None:
    """Puts the file at `path` over the vocabulary that comes with heiso, in place of any other; None takes it away.

    Call it before other threads read texts. A file that says what is in force already changes nothing.

    Raises:
        BadSettings: the file cannot be read or is not in the form, or an alias in it belongs to another entity; what
            was in force stays.
    """
    global _own, _path
    file = None if path is None else read_form(path, _File)
    with _changing:
        before = None if _own is None else _own.file
        if file == before:
            _path = path
            return
        try:
            _put_forms(file, before)
            _own = None if path is None or file is None else _tables(path, file)
            _path = path
        except BadSettings:
            _put_forms(before, file)
            raise
        finally:
            digest.cache_clear()
            for forget in _on_change:
                forget()


def path() -> Path | None:
    """Returns the user's file that is in force, for another process to use; None for the bundled vocabulary alone."""
    return _path


def on_change(forget: Callable[[], object]) -> None:
    """Has `forget` called whenever another vocabulary comes into force, to drop what was read with the last one."""
    _on_change.append(forget)


def entities() -> EntityTable:
    """Returns the names in force."""
    own = _own
    return bundled() if own is None else own.entities


def glossary() -> EntityTable:
    """Returns the measures, events and terms in force."""
    own = _own
    return bundled_glossary() if own is None else own.glossary


@cache
def digest() -> str:
    """Returns a sha256 that changes exactly when the vocabulary does; order, comments and repetitions do not count."""
    content = [entities().content(), glossary().content(), dates.eras(), folding.variants()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _put_forms(file: _File | None, before: _File | None) -> None:
    """Hands eras and variants to their readers; the bundled tables are folded, so other variants need other tables."""
    dates.use_eras({} if file is None else file.eras)
    variants = [] if file is None else file.variants
    if variants != ([] if before is None else before.variants):
        folding.use_variants(variants)
        bundled.cache_clear()
        bundled_glossary.cache_clear()


def _tables(path: Path, file: _File) -> _Own:
    try:
        names, terms = bundled(), bundled_glossary()
    except BadSettings as error:
        raise BadSettings(
            f"{path}: variants: with them {error.message}",
            hint="Take the group out that makes these names one.",
        ) from error
    own_names, own_terms = _split(path, file, names, terms)
    names = names.extended(NameFile(path, own_names), beside=terms)
    return _Own(file, names, terms.extended(NameFile(path, own_terms), beside=names))


def _split(path: Path, file: _File, names: EntityTable, terms: EntityTable) -> tuple[_Entries, _Entries]:
    """Parts the entries into those of names and those of terms; one without a kind goes where its name is known."""
    kinds: dict[str, object] = {
        name: entity.kind for table in (names, terms) for name, entity in table.entities.items()
    }
    parts: tuple[_Entries, _Entries] = ({}, {})
    for number, entry in enumerate(file.entities, start=1):
        name = str(entry.get("name"))
        known = kinds.get(name)
        kind = kinds[name] = entry.get("kind", known)
        is_term = kind in _TERM_KINDS
        if known is not None and (known in _TERM_KINDS) != is_term:
            raise BadSettings(
                f"{path}: entry {number} ({name}): {name} is a {known} and cannot be a {kind}.",
                hint="Leave the kind out, or choose another name.",
            )
        parts[is_term][number] = entry
    return parts
