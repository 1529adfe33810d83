"""The exact checks of a claim against the passages that it cites, in Japanese, English and Chinese alike.

Code only: figures with units, dates, names, quotes, yes and no, comparisons, language. Asks no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from heiso.agents.answer import Check, Claim, Verdict
from heiso.agents.attribution import misattributed
from heiso.agents.comparison import contradiction as comparison_contradiction
from heiso.agents.pack import Evidence, EvidencePack
from heiso.agents.question import Question, covers, covers_term, speaks_of
from heiso.corpus import dates, quantities, vocabulary
from heiso.corpus.folding import fold
from heiso.corpus.language import detect
from heiso.corpus.reading import Reading, Statement, read
from heiso.retrieval.tokens import content_words, tokens

__all__ = ["DECISIVE", "check", "verdict"]

# Checks whose failure means that the evidence says otherwise, not merely that it does not say so.
DECISIVE = frozenset({"polarity", "comparison", "attribution"})

_QUOTED = re.compile(r"「([^」]{4,})」|“([^”]{4,})”|『([^』]{4,})』")
# Not the first word of a sentence, which is capitalised whatever it is.
_CAPITALISED = re.compile(r"(?<=[\w,(] )(?:[A-Z][a-z]{2,}|[A-Z]{2,})(?![\w-])")
# Events that are told by what they brought or cost.
_VALUED_EVENTS = frozenset({"listing", "acquisition"})
# Measures that stand beside the figure of another: who gave the sum, not what the sum is.
_WHO = frozenset({"chief executive", "customers", "founder", "headquarters", "investor", "stake", "supplier"})
# Denying one of a pair affirms the other: not successful is failed.
_OPPOSITES = {
    "success": "failure",
    "failure": "success",
    "resumption": "suspension",
    "suspension": "resumption",
    "surge in shares": "fall in shares",
    "fall in shares": "surge in shares",
}


def check(claim: Claim, pack: EvidencePack, question: Question) -> tuple[Check, ...]:
    """Every exact check of `claim`; with keys that do not resolve, the checks that need a passage are left out."""
    cited = [item for key in claim.keys if (item := pack.get(key))]
    here = read(claim.text)
    always = (_keys(claim, cited), _language(claim, question))
    if not cited:
        return always
    return (
        *always,
        *_support(claim, here, cited),
        _quote(claim, cited),
        _words(claim, cited, question),
        _measure(here, cited),
        _polarity(here, cited, pack),
        _comparison(claim, cited),
        _attribution(claim, cited),
        _subject(claim, here, cited, question),
    )


def verdict(checks: Sequence[Check]) -> Verdict:
    """The verdict that exact checks alone give: supported needs at least one figure, date or name that was found."""
    failed = {one.name for one in checks if one.passed is False}
    if failed & DECISIVE:
        return "contradicted"
    if failed:
        return "unsupported"
    found = any(one.passed for one in checks if one.name in ("numbers", "dates", "names", "quote"))
    return "supported" if found else "unchecked"


def _keys(claim: Claim, cited: Sequence[Evidence]) -> Check:
    unknown = [key for key in claim.keys if key not in {item.key for item in cited}]
    if unknown or not claim.keys:
        return Check(name="keys", passed=False, detail=", ".join(unknown) or "no key")
    return Check(name="keys", passed=True, detail=", ".join(claim.keys))


def _language(claim: Claim, question: Question) -> Check:
    # A claim that is nearly all names and figures has no language of its own.
    if len(re.sub(r"[^\w]|[\d_]", "", claim.text)) < 12 and detect(claim.text) == "en":
        return Check(name="language", passed=None)
    found = detect(claim.text)
    return Check(name="language", passed=found == question.language, detail=found)


def _support(claim: Claim, here: Reading, cited: Sequence[Evidence]) -> tuple[Check, ...]:
    """Figures, dates and names, of which one passage must hold all.

    Only a claim about several models or chips may take one's figure from one passage and another's from another:
    pieces of two passages put together are how small models invent.
    """
    groups = [[item] for item in cited]
    if len({m.entity.name for m in here.mentions if m.entity.kind in ("model", "chip")}) > 1:
        groups.append(list(cited))
    found = [
        (_numbers(claim, here, group), _dates(claim, here, group), _names(claim, here, group))
        for group in groups
    ]
    return min(found, key=lambda checks: sum(check.passed is False for check in checks))


def _numbers(claim: Claim, here: Reading, cited: Sequence[Evidence]) -> Check:
    there = [quantity for item in cited for quantity in item.reading.quantities]
    missing = [
        claim.text[q.start : q.end]
        for q in here.quantities
        if not any(quantities.agree(q, other) for other in there)
    ]
    return _found("numbers", here.quantities, missing)


def _dates(claim: Claim, here: Reading, cited: Sequence[Evidence]) -> Check:
    there = [date for item in cited for date in item.reading.dates]
    missing = [
        claim.text[d.start : d.end] for d in here.dates if not any(dates.agree(d, other) for other in there)
    ]
    return _found("dates", here.dates, missing)


def _names(claim: Claim, here: Reading, cited: Sequence[Evidence]) -> Check:
    there = frozenset(name for item in cited for name in item.reading.names | _source_names(item))
    table = vocabulary.entities().entities
    makers = frozenset(table[name].maker for name in there if name in table)
    missing = sorted(name for name in here.names if name not in makers and not covers(name, there))
    return _found("names", here.names, missing or _foreign_words(claim, cited))


def _foreign_words(claim: Claim, cited: Sequence[Evidence]) -> list[str]:
    """Capitalised words of a claim that stand in no passage of its language: places and people are in no table."""
    texts = [item.passage.searchable for item in cited if item.passage.language == detect(claim.text)]
    if not texts:
        return []
    known = fold(" ".join(texts))
    # Names of the table and dates are weighed by themselves, whatever they are called there.
    here = read(claim.text)
    read_already = [(name.start, name.end) for name in here.mentions]
    read_already += [(date.start, date.end) for date in here.dates]
    return [
        match[0]
        for match in _CAPITALISED.finditer(claim.text)
        if fold(match[0]) not in known
        and not any(start <= match.start() < end for start, end in read_already)
    ]


def _source_names(item: Evidence) -> frozenset[str]:
    """Who published what the passage rests on: "the Financial Times reported" may be said of its sentence."""
    sources = item.document.sources_of(item.passage.start, item.passage.end)
    return frozenset(name for source in sources for name in read(f"{source.publisher} {source.title}").names)


def _quote(claim: Claim, cited: Sequence[Evidence]) -> Check:
    """Words in quotation marks must stand in a passage, unless they are a name."""
    quotes = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(claim.text)]
    quotes = [quote for quote in quotes if not vocabulary.entities().names(quote)]
    texts = [fold(item.passage.searchable) for item in cited if item.passage.language == detect(claim.text)]
    if not texts:
        return Check(name="quote", passed=None)
    missing = [quote for quote in quotes if not any(fold(quote) in text for text in texts)]
    return _found("quote", quotes, missing)


def _polarity(here: Reading, cited: Sequence[Evidence], pack: EvidencePack) -> Check:
    """What a claim affirms or denies of a name, its passages must not all say the other way round."""
    near = [s for item in cited for sentence in item.sentences for s in sentence.reading.statements]
    far = [s for sentence in pack.sentences() for s in sentence.reading.statements if s.names]
    events = {name for name, entity in vocabulary.glossary().entities.items() if entity.kind == "event"}
    compared = False
    for statement in here.statements:
        if statement.term not in events:
            continue
        said = _said(statement, near) or [sign for sign in _said(statement, far) if statement.names]
        compared = compared or bool(said)
        if said and statement.affirmed not in said:
            word = "denied" if statement.affirmed else "affirmed"
            return Check(name="polarity", passed=False, detail=f"{statement.term} is {word} there")
    return Check(name="polarity", passed=True if compared else None)


def _said(claimed: Statement, statements: Iterable[Statement]) -> list[bool]:
    """Whether others affirm or deny what `claimed` speaks of, of a name that it names too."""
    signs = []
    for other in statements:
        if claimed.names and other.names and not claimed.names & other.names:
            continue
        if other.term == claimed.term:
            signs.append(other.affirmed)
        elif other.term == _OPPOSITES.get(claimed.term):
            signs.append(not other.affirmed)
    return signs


def _comparison(claim: Claim, cited: Sequence[Evidence]) -> Check:
    texts = [sentence.said for item in cited for sentence in item.sentences]
    wrong = comparison_contradiction(claim.text, texts)
    return Check(name="comparison", passed=False if wrong else None, detail=wrong)


def _attribution(claim: Claim, cited: Sequence[Evidence]) -> Check:
    wrong = misattributed(claim.text, [sentence.said for item in cited for sentence in item.sentences])
    return Check(name="attribution", passed=False if wrong else None, detail=wrong)


def _subject(claim: Claim, here: Reading, cited: Sequence[Evidence], question: Question) -> Check:
    """A claim must speak of a name asked about, its passage of a measure asked for, and one of them of the time.

    A claim that shares no word with a passage of its language speaks of something else altogether.
    """
    readings = [here, *(item.reading for item in cited)]
    names = frozenset(name for reading in readings for name in reading.names)
    asked = question.reading
    if asked.names and not any(covers(name, names) for name in asked.names):
        return Check(name="subject", passed=False, detail=", ".join(sorted(asked.names)))
    if question.measures and not any(
        speaks_of(m, reading) for m in question.measures for reading in readings
    ):
        return Check(name="subject", passed=False, detail=", ".join(sorted(question.measures)))
    spoken = [date for reading in readings for date in reading.dates]
    if asked.dates and not any(dates.agree(date, other) for date in asked.dates for other in spoken):
        return Check(name="subject", passed=False, detail="the time asked about")
    if here.dates and asked.dates and not any(dates.agree(a, b) for a in asked.dates for b in here.dates):
        return Check(name="subject", passed=False, detail="the time asked about")
    if not _shares_words(claim, cited):
        return Check(name="subject", passed=False, detail="anything in its passage")
    return Check(name="subject", passed=True if asked.names or question.measures else None)


def _words(claim: Claim, cited: Sequence[Evidence], question: Question) -> Check:
    """What a claim adds to the question must be in one passage: at least one of its words, where languages are equal.

    "State funds invested in the $300 million round" adds "state funds" to the question who did; a passage that gives
    the round other investors holds neither word.
    """
    added = content_words(claim.text) - content_words(question.text)
    texts = [item.passage.searchable for item in cited if item.passage.language == detect(claim.text)]
    if not added or not texts:
        return Check(name="words", passed=None)
    figures = read(claim.text).quantities
    holding = [
        t for t in texts if all(any(quantities.agree(q, p) for p in read(t).quantities) for q in figures)
    ]
    if any(added & content_words(text) for text in holding or texts):
        return Check(name="words", passed=None)
    return Check(name="words", passed=False, detail=", ".join(sorted(added)[:4]))


def _measure(here: Reading, cited: Sequence[Evidence]) -> Check:
    """A figure must be of the measure that the claim says: not the funds raised where its sentence gives revenue.

    Only sentences that hold the figure and name a measure of their own decide, and only a claim that names one.
    """
    claimed = _measures(here)
    for figure in here.quantities if claimed else ():
        holding = [
            _measures(sentence.reading)
            for item in cited
            for sentence in item.sentences
            if any(quantities.agree(figure, other) for other in sentence.reading.quantities)
        ]
        if holding and all(theirs and not _related(claimed, theirs) for theirs in holding):
            theirs = ", ".join(sorted(frozenset().union(*holding)))
            return Check(
                name="measure", passed=False, detail=f"{theirs} there, {', '.join(sorted(claimed))} here"
            )
    return Check(name="measure", passed=None)


def _measures(reading: Reading) -> frozenset[str]:
    """The measures a text names; an event that has a value of its own (a listing, a funding round) counts as one."""
    table = vocabulary.glossary().entities
    return frozenset(
        term for term in reading.terms if table[term].kind == "measure" or term in _VALUED_EVENTS
    )


def _related(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(covers_term(one, others) for one in some) or any(covers_term(one, some) for one in others)


def _shares_words(claim: Claim, cited: Sequence[Evidence]) -> bool:
    texts = [item.passage.searchable for item in cited if item.passage.language == detect(claim.text)]
    return not texts or not set(tokens(claim.text)).isdisjoint(tokens(" ".join(texts)))


def _found(name: str, held: Iterable[object], missing: Sequence[str]) -> Check:
    """Passed when all that a claim holds was found; nothing to say when it holds none."""
    passed = None if not list(held) else not missing
    return Check.model_validate({"name": name, "passed": passed, "detail": ", ".join(missing)})
