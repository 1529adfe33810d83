"""Reads figures with their units out of Japanese, English and Chinese text, and writes them back.

Knows magnitudes, currencies, percentages, multiples, durations and counters. It does not know signs, exchange
rates or what a figure counts, reads no fractions (三分の一), and takes a bare ¥ for yen outside Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from heiso.corpus.dates import blank, fold, read_dates

__all__ = ["Qualifier", "Quantity", "agree", "read_quantities", "render"]

Qualifier = Literal["exact", "over", "under", "about"]


@dataclass(frozen=True)
class Quantity:
    """A figure in base units; `text[start:end]` is the whole expression with its currency sign and unit.

    `unit` is "%", a currency code, "parameter", "token", "second", "hour", "day", "month", "year" (a
    duration), "watt", "byte", "nm", "x" (times), "point" (percentage points), "flops" (per
    second), or "" for a count or score.
    """

    value: Decimal
    unit: str
    qualifier: Qualifier
    start: int
    end: int


@dataclass(frozen=True)
class _Draft:
    """A figure whose magnitude or unit may still come from the other end of its range."""

    number: Decimal
    magnitude: Decimal
    unit: str
    factor: Decimal
    known: bool  # a unit or counter was written
    start: int
    end: int


# --- numbers -----------------------------------------------------------------------------------------------
_ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
# 万, 億, 千億, 百万, 万亿: what multiplies the number before it.
_MYRIAD = r"(?:[十百千]?(?:[万萬][亿億]|[万萬亿億兆])|[百千])(?![瓦米克分])"
_SEGMENT = re.compile(rf"(?P<number>{_ARABIC})(?:\s?[多余餘]?(?P<myriad>{_MYRIAD}))?", re.ASCII)
_ZEROS = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12}
_KANJI_DIGITS = {digit: n for n, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2, "両": 2}
_LOW_WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_LOW = f"{_LOW_WORDS} seventeen eighteen nineteen".split()
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _TENS_WORDS.split()
_WORDS = {"a": 1, "an": 1, "one": 1, "per": 1} | {word: n for n, word in enumerate(_LOW, 2)}
_WORDS |= {word: n * 10 for n, word in enumerate(_TENS, 2)}
_WORD = rf"(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_LOW[:8])}))?|{'|'.join(_LOW)}"
# Words that hold their unit, by their first five signs.
_WHOLE = {"doubl": (2, "x"), "twice": (2, "x"), "tripl": (3, "x"), "quadr": (4, "x"), "倍": (2, "x")}
_WHOLE |= {"翻倍": (2, "x"), "翻番": (2, "x"), "双倍": (2, "x"), "half ": (6, "month"), "半年": (6, "month")}

# "one" and 一 are numbers only before a magnitude or a measure ("one million", "one year"), else articles.
_NUMBER = re.compile(
    rf"(?P<arabic>(?<![0-9.])(?<![0-9],){_ARABIC})"
    r"|(?P<kanji>(?<![数數几幾何第零〇一二三四五六七八九十百千万亿億兆])(?!百分之)"
    r"(?:両(?=倍)|[一二三四五六七八九十百千两兩][一二三四五六七八九十百千万萬亿億兆两兩]{0,12})(?![零〇]))"
    r"|(?<![A-Za-z-])(?i:"
    r"(?P<whole>(?:doubl|tripl|quadrupl)(?:ed?|es|ing)(?!-digit)|twice|half a year)(?![A-Za-z])"
    rf"|(?P<word>(?<!the )(?:{_WORD})(?=fold|[^A-Za-z]|\Z)"
    r"|(?:one|an?|per)(?=[ -](?:hundred|thousand|[mbt]r?illion)(?![A-Za-z]))"
    r"|one(?=[ -](?:year|month|week|day|hour|minute|second|percent)(?![A-Za-z])))"
    r")|(?P<whole_cjk>(?<![0-9一二三四五六七八九十百千万亿億兆.数何几])倍(?=[増の以に])|翻倍|翻番|双倍|(?<![上下])半年)",
    re.ASCII,
)

# --- magnitudes and units ----------------------------------------------------------------------------------
_BIG = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "mln": 6, "bn": 9}
_BIG |= {"bln": 9, "tn": 12, "trn": 12, "k": 3, "m": 6, "b": 9, "t": 12}
_BIG_WORD = re.compile(r"[ -]?(hundred|thousand|[mbt]r?illion|ml?n|bl?n|tr?n)(?![A-Za-z])", re.I | re.ASCII)
_AND_A_HALF = re.compile(r" and a half(?![A-Za-z])")
_BIG_LETTER = re.compile(r"[KkMBbT](?![A-Za-z0-9])", re.ASCII)
_BIG_MONEY = re.compile(r"\s?[KkMmBbTt](?![A-Za-z0-9])", re.ASCII)

_CURRENCIES = (
    ("HKD", r"HK\$|HKD"),
    ("TWD", r"NT\$|TWD"),
    ("USD", r"(?:US)?\$|USD|美元"),
    ("CNY", r"RMB\s?¥?|CN¥|CNY|人民[币幣]"),
    ("JPY", r"JP¥|JPY"),
    ("EUR", r"€|EUR"),
    ("GBP", r"£|GBP"),
    ("¥", r"¥"),
)
_CODES = {code for code, _ in _CURRENCIES} - {"¥"}
_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:"
    + "|".join(f"(?P<{c if c != '¥' else 'yen'}>{p})" for c, p in _CURRENCIES)
    + r"))\s?\Z"
    r"|(?P<percent>百分之)\s?\Z",
    re.ASCII,
)

# After 日: what makes it a length of time instead of a day of the month.
_DAYS = r"(?:[間间]|(?=以内|足らず|後|連続|ほど|程度|超|以上|未満|前|で))"
# Between number and hours: H800 (blanked as an identifier by then) and GPU.
_GPU = r"(?:\x00+[ -]?)?(?:(?:GPU|card|chip|total)s?[ -])?"
_KIND = r"(?:(?:total|active|activated|trainable|input|output|training|new|text|unique|daily|monthly)[ -])*"
_SI = [("E", 18, "エクサ", "艾"), ("P", 15, "ペタ", "拍"), ("T", 12, "テラ", "太"), ("G", 9, "ギガ", "吉")]
_SI += [("M", 6, "メガ", "兆"), ("[Kk]", 3, "キロ", "千")]
# (unit, factor to the base unit, how it is written); of two rows that fit, the first wins.
_UNITS: tuple[tuple[str, str, str], ...] = (
    ("point", "1", r"%\s?(?:points?|ポイント)|(?:percentage[ -])?points?\b|pp\b|ポイント|[个個]百分[点點]"),
    ("%", "1", r"%|per ?cent(?:age)?\b|パーセント(?!イル)"),
    ("%", "10", r"割(?!引|当|り)|成(?![分功果立長长員员為为本績绩熟就不])"),
    ("HKD", "1", r"(?:香港|港)ドル|港[元币幣]|Hong Kong dollars?\b|HKD\b"),
    ("TWD", "1", r"台湾ドル|新?台[币幣]"),
    ("USD", "1", r"(?:米|US)?ドル|美[元金]|(?:US )?dollars?\b|USD\b"),
    ("USD", "0.01", r"セント|美分|cents?\b"),
    ("CNY", "1", r"人民[元币幣]|元人民[币幣]|元(?![素気气祖旦化论論])|yuan\b|RMB\b|renminbi\b|CNY\b"),
    ("JPY", "1", r"円|日[元圓圆]|yen\b|JPY\b"),
    ("EUR", "1", r"ユーロ|[欧歐]元|euros?\b|EUR\b"),
    ("GBP", "1", r"ポンド|英[镑鎊]|pounds?\b|GBP\b"),
    ("x", "1", r"倍|x(?![A-Za-z0-9]|\s?[0-9])|×(?!\s?[0-9])|times?\b|-?fold\b"),
    ("hour", "1", rf"{_GPU}(?:hours?\b|hrs?\b)|(?:\x00+\s?)?(?:GPU|カード)?\s?[个個]?(?:時間|小[时時])"),
    ("month", "1", r"[かヶカヵケヵ箇个個]月間?|months?\b"),
    ("day", "7", r"週(?:間|連続)|[个個]?(?:周(?![年期边])|星期)|weeks?\b"),
    ("day", "1", rf"日{_DAYS}|天(?!然|文|才)|days?\b"),
    ("year", "1", r"年(?:[間间]|(?!代|目|度|生))|years?\b"),
    ("second", "60", r"分[間钟鐘]|minutes?\b"),
    ("second", "0.001", r"ms\b|ミリ秒|毫秒|milliseconds?\b"),
    ("second", "1", r"秒[間钟鐘]?|seconds?\b"),
    ("nm", "1", r"nm\b|ナノ(?:メートル)?|[纳奈]米|nanomet(?:er|re)s?\b"),
    *(("watt", f"1e{n}", rf"{p}W\b|{j}ワット|{z}瓦") for p, n, j, z in _SI),
    *(("byte", f"1e{n}", rf"{p}B\b|{j}バイト") for p, n, j, _ in _SI),
    *(("flops", f"1e{n}", rf"{p}FLOP[Ss]?\b|{j}フロップス") for p, n, j, _ in _SI),
    ("watt", "1", r"W\b|ワット|瓦|watts?\b"),
    ("byte", "1", r"バイト|字[节節]|bytes?\b"),
    ("parameter", "1", rf"[个個]?(?:パラメータ?ー?|[参參][数數])|{_KIND}param(?:eter)?s?\b"),
    ("token", "1", rf"[个個]?(?:トークン|[词詞]元)|[个個]?\s?{_KIND}tokens?\b"),
    ("", "1", r"[社件個个人名枚台種种つ家张張款项項点基校]|本(?!立)|モデル|[かヶカ](?:国|所)|言語"),
    ("", "1", r"パーセンタイル|(?:st|nd|rd|th)?\s?percentile\b"),
)
_UNIT_AFTER = re.compile(
    r"\s?-?\s?(?:" + "|".join(f"(?P<u{i}>{written})" for i, (_, _, written) in enumerate(_UNITS)) + ")",
    re.ASCII,
)

# --- qualifiers --------------------------------------------------------------------------------------------
_QUALIFIED_BEFORE: tuple[tuple[Qualifier, str], ...] = (
    ("under", r"less than|fewer than|under|below|at most|up to|不到|不足|低于|少于|未满|最多|最大|至多|[<≤]"),
    (
        "over",
        r"more than|over|above|exceed(?:s|ed|ing)?|at least|upwards of|surpass(?:ed|ing)|超[过過]|逾|高于|至少"
        r"|少なくとも|突破|超|[>≥]",
    ),
    (
        "about",
        r"about|around|roughly|approximately|approx\.?|nearly|almost|some|大?[约約][为為]?|およそ|ほぼ|将?近|[~≈]",
    ),
)
_QUALIFIED_AFTER: tuple[tuple[Qualifier, str], ...] = (
    ("over", r"超(?!え)|以上|余り?|餘|を?超え|を(?:大きく)?上回|or more|or above|\+|多"),
    ("under", r"未[満满]|以[下内]|弱|足らず|を下回|or less|or fewer"),
    ("about", r"程度|前後|ほど|左右|上下|近く|ぐらい|くらい|or so"),
)
_LEADS = [
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words})\s?\Z", re.I | re.ASCII))
    for kind, words in _QUALIFIED_BEFORE
]
_TRAILS = [(kind, re.compile(rf"\s?(?:{words})", re.I | re.ASCII)) for kind, words in _QUALIFIED_AFTER]
_BETWEEN = re.compile(r"[+多余餘超](?!え)|\s?(?:以上の)")  # 200多家, 100+ models: between number and unit

# --- what is no quantity -----------------------------------------------------------------------------------
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*", re.ASCII)
_SUFFIX = r"(?:[KkMmBbTtxXsh]|[mb]n|tn|nm|ms|st|nd|rd|th|[KkMGTPE]?(?:W|B|FLOPS))?"
# 37B, 5.6-6, 10-20K, 128K-token, RMB700bn, sub-10nm: tokens with digits that are figures all the same.
_FIGURE = re.compile(
    rf"(?:RMB|CNY|USD?|JPY|HKD?|EUR|NT|sub-)?[0-9][0-9.]*{_SUFFIX}(?:-[0-9][0-9.]*{_SUFFIX})*"
    r"(?:-(?:[a-z]+|Tokens?|Parameters?|Hours?))*",
    re.ASCII,
)
_NO_QUANTITY = re.compile(
    r"https?://\S+"
    r"|\[\^[^\]\s]{1,40}\]"  # [^x]
    r"|\[[A-Za-z]{0,2}[0-9]{1,3}(?:\s?[,;、]\s?[A-Za-z]{0,2}[0-9]{1,3})*\]"  # [E3], [1, 2]
    r"|[@#][0-9]+|(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}"  # pass@1, 1.2.3
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9])"  # 9:30
    r"|(?:[0-9.]{1,12}\s?[×x*]\s?)?10(?:\^-?[0-9]+|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"  # 3×10^24
    r"|(?m:^\s*[0-9]{1,2}[.)](?=\s))"  # 1. the first item of a list
    r"|第\s?[0-9一二三四五六七八九十]+|[0-9]{1,9}(?:st|nd|rd|th)\b(?! percentile)"
    r"|[0-9]{1,9}\s?(?:位|番目?|号|[代年回]目|次元|年代|世[紀纪]|桁|四半期)"
    # 1つの, 1トークンあたり are articles, 9日 a date without its month, 9〜12時 and 0時30分 times of day
    r"|(?<![0-9.,])1\s?(?:トークン|時間|[かヶ]月|年)(?:あたり|当たり|につき|(?=[0-9.]{1,9}(?:ドル|円|元)))"
    r"|(?<![0-9.,])1\s?(?:[かヶカ]所|[つ人名社件回枚台種种家張张款项])"
    r"|(?<![0-9.,])1\s?[個个](?!百分|月|小|星|[参參词詞]|パラ|トー|\s?[pt])"
    rf"|(?<![0-9.,])[0-9]{{1,2}}\s?日(?!{_DAYS}|[元圓圆])"
    r"|[0-9]{1,2}(?:[〜~-][0-9]{1,2})?時(?!間)(?:[0-9]{1,2}分)?"
    r"|(?<![百0-9])[0-9一二三四五六七八九十]{1,6}分[の之][0-9一二三四五六七八九十]+|[0-9]{4}s\b"
    rf"|\b(?i:{_WORD}|one)[ -](?i:thirds?|quarters?|fifths?|tenths?)\b",
    re.ASCII,
)
_RANGE = re.compile(r"[-–]|\s?[~〜/→]\s?|から|ないし|到|至| to | and ")
# A figure that stands without a noun, and what ends the reach of a currency named earlier.
_INHERITED = _CODES | {"hour"}
_ELIDED = re.compile(
    r"\s?(?:[,.;:()、。「」・]|\Z|[でをとがにへ]|(?:in|for|on|to|at|and|from|by|against|or|loss|as)(?![A-Za-z]))",
    re.ASCII,
)
_OTHER_TOPIC = re.compile(
    r"[。\n!?]|\. |param|token|user|パラメ|[参參][数數]|トークン|[词詞]元|ユーザ|利用者|用[户戶]", re.I
)


def read_quantities(text: str, *, skip: Iterable[tuple[int, int]] = ()) -> tuple[Quantity, ...]:
    """Reads all figures in order of their place.

    Args:
        text: Japanese, English or Chinese text.
        skip: Spans of names ("AIME 2024", "Kimi K2") whose digits are no quantities.

    Returns:
        Quantities whose spans overlap neither each other nor the dates of the text; a range gives two.
    """
    spans = list(skip)
    rest = blank(fold(text), spans)
    rest = blank(rest, ((date.start, date.end) for date in read_dates(text, skip=spans)))
    rest = blank(rest, (match.span() for match in _NO_QUANTITY.finditer(rest)))
    rest = blank(rest, _identifiers(rest))
    yen = "CNY" if re.search("[一-鿿]", text) and not re.search("[ぁ-ヿ]", text) else "JPY"
    drafts = _inherit(_share(list(_drafts(rest, yen)), rest), rest)
    return tuple(Quantity(_amount(d), d.unit, _qualifier(rest, d), d.start, d.end) for d in drafts)


def agree(a: Quantity, b: Quantity) -> bool:
    """Whether two figures state the same: unit and value are equal.

    A plain count also agrees with parameters and tokens, whose noun often stands before the figure. Only a
    figure qualified as "about" that is written with fewer digits may differ, by half its last digit.
    """
    if a.unit != b.unit and {a.unit, b.unit} not in ({"", "parameter"}, {"", "token"}):
        return False
    if a.value == b.value:
        return True
    coarse, fine = sorted((a, b), key=lambda quantity: _digits(quantity.value))
    if coarse.qualifier != "about" or _digits(coarse.value) == _digits(fine.value):
        return False
    last = Decimal(coarse.value.normalize().as_tuple().exponent)
    return abs(a.value - b.value) * 2 <= Decimal(10) ** last


def _digits(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


_GROUPED = re.compile(r"[0-9],\Z")
_GROUP = re.compile(r"[0-9]{3}(?=GPU)")


def _identifiers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of tokens that mix letters and digits and are no figure: o1-1217, 910C, Qwen3-235B-A22B."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if (
            not token.replace(".", "").isdigit()
            and re.search("[0-9]", token)
            and not _FIGURE.fullmatch(token)
        ):
            # 8,000GPU時間: the digits are the end of a figure, not the beginning of a name.
            tail = _GROUP.match(token) if _GROUPED.search(text, 0, match.start()) else None
            yield match.start() + (tail.end() if tail else 0), match.end()


def _drafts(text: str, yen: str) -> Iterator[_Draft]:
    position = 0
    while match := _NUMBER.search(text, position):
        draft = _draft(text, match, position, yen)
        position = draft.end if draft else match.end()
        if draft:
            yield draft


def _draft(text: str, match: re.Match[str], floor: int, yen: str) -> _Draft | None:
    """Reads the number of the match with its currency before it and magnitude and unit after it."""
    if match["whole"] or match["whole_cjk"]:
        whole, unit = _WHOLE[match[0][:5].lower()]
        return _Draft(Decimal(whole), Decimal(1), unit, Decimal(1), True, *match.span())
    before = _BEFORE.search(text, max(floor, match.start() - 12), match.start())
    currency = (before.lastgroup or "") if before else ""
    number, magnitude, end = _number(text, match, money=currency not in ("", "percent"))
    unit, factor, unit_end = _unit(text, end)
    known = unit_end > end
    if currency and not (known and unit in _CODES):
        unit, factor, unit_end = {"percent": "%", "yen": yen}.get(currency, currency), Decimal(1), end
    if text.startswith("半", unit_end) and unit in ("year", "month", "hour"):  # 3年半
        number, unit_end = number + Decimal("0.5"), unit_end + 1
    draft = _Draft(
        number,
        magnitude,
        unit,
        factor,
        known or bool(currency),
        before.start() if before else match.start(),
        unit_end,
    )
    return draft if _counts(draft, match, text) else None


def _counts(draft: _Draft, match: re.Match[str], text: str) -> bool:
    """Whether the draft is a figure: no kanji of a word (一つ, 三元, 千问), no head of an unknown token (100m)."""
    if not match["kanji"]:
        return not re.match("[A-Za-z0-9]", text[draft.end : draft.end + 1])
    if not draft.number:
        return False
    if draft.known:
        return not (draft.number == 1 and draft.unit == "") and not (
            draft.number < 10 and draft.unit == "CNY"
        )
    return match["kanji"][0] in _KANJI_DIGITS and draft.number >= 10000


def _number(text: str, match: re.Match[str], *, money: bool) -> tuple[Decimal, Decimal, int]:
    """(number, magnitude, end); the number is 0 where kanji spell none."""
    if match["kanji"]:
        return Decimal(_kanji(match["kanji"])), Decimal(1), match.end()
    if match["word"]:
        number, magnitude, end = Decimal(sum(map(_word, match["word"].split("-")))), Decimal(1), match.end()
    else:
        number, magnitude, end = _composed(text, match.start())
    if half := _AND_A_HALF.match(text, end):
        number, end = number + Decimal("0.5"), half.end()
    for _ in range(2):  # "hundred million" is two words
        if big := _BIG_WORD.match(text, end):
            magnitude, end = magnitude * Decimal(10) ** _BIG[big[1].lower()], big.end()
    if big := (_BIG_MONEY if money else _BIG_LETTER).match(text, end):
        magnitude, end = magnitude * Decimal(10) ** _BIG[big[0].strip().lower()], big.end()
    return number, magnitude, end


def _composed(text: str, start: int) -> tuple[Decimal, Decimal, int]:
    """Reads 1兆2,000億 or 29万4,000 as far as the segments descend."""
    total, last, end = Decimal(0), Decimal(0), start
    while segment := _SEGMENT.match(text, end):
        number = Decimal(segment["number"].replace(",", ""))
        magnitude = Decimal(10) ** sum(_ZEROS[sign] for sign in segment["myriad"] or "")
        if last and number * magnitude >= last:
            break
        single = not last
        total, last, end = total + number * magnitude, magnitude, segment.end()
        if magnitude == 1 or not re.match("[0-9]", text[end : end + 1]):
            return (number, magnitude, end) if single else (total, Decimal(1), end)
    return total, Decimal(1), end


def _word(word: str) -> int:
    return _WORDS[word.lower()]


def _kanji(written: str) -> int:
    """The value of a kanji numeral, 0 where the signs spell none (二五)."""
    total = section = digit = 0
    for sign in written:
        zeros = _ZEROS.get(sign, 0)
        if not zeros:
            if digit:
                return 0
            digit = _KANJI_DIGITS[sign]
        elif zeros < 4:
            section, digit = section + (digit or 1) * 10**zeros, 0
        else:
            section += digit
            total, section, digit = (total + section * 10**zeros if section else total * 10**zeros), 0, 0
    return total + section + digit


def _unit(text: str, end: int) -> tuple[str, Decimal, int]:
    """(unit, factor, end of the unit); the end stays where no unit is written."""
    between = _BETWEEN.match(text, end)
    for start in (end, between.end()) if between else (end,):
        if found := _UNIT_AFTER.match(text, start):
            unit, factor, _ = _UNITS[int((found.lastgroup or "")[1:])]
            return unit, Decimal(factor), found.end()
    return "", Decimal(1), end


def _share(drafts: list[_Draft], text: str) -> list[_Draft]:
    """Gives both ends of a range ($5.6-6 million, 4〜14か月) the magnitude and unit that one of them has."""
    for i in range(len(drafts) - 1):
        low, high = drafts[i], drafts[i + 1]
        gap = _RANGE.fullmatch(text, low.end, high.start)
        if not gap or (gap[0] == " and " and (low.magnitude == 1 or high.magnitude == 1)):
            continue
        if low.magnitude == 1 and low.number < high.number:
            drafts[i] = replace(drafts[i], magnitude=high.magnitude)
        if not low.known:
            drafts[i] = replace(drafts[i], unit=high.unit, factor=high.factor, known=high.known)
        elif not high.known and low.unit in _CODES and gap[0] != " to ":
            drafts[i + 1] = replace(high, unit=low.unit, factor=low.factor, known=True)
    return drafts


def _inherit(drafts: list[_Draft], text: str) -> list[_Draft]:
    """Gives a large bare figure the unit named before it: 57 million yuan in 2022, 125 million in 2023.

    A conversion in brackets hands nothing on, and amounts of one series are of like size.
    """
    named: _Draft | None = None
    since = 0
    for i, draft in enumerate(drafts):
        if _OTHER_TOPIC.search(text, since, draft.start):
            named = None
        large = _amount(draft) >= 10**6 and text[draft.end - 1] not in "KkMBbT"
        if draft.unit in _INHERITED and draft.known and text[draft.start - 1 : draft.start] != "(":
            named = draft
        elif named and large and _continues(named, draft) and _ELIDED.match(text, draft.end):
            drafts[i] = replace(draft, unit=named.unit)
        since = draft.end
    return drafts


def _continues(named: _Draft, draft: _Draft) -> bool:
    return not draft.known and _amount(named) / 1000 <= _amount(draft) <= _amount(named) * 1000


def _amount(draft: _Draft) -> Decimal:
    return draft.number * draft.magnitude * draft.factor


def _qualifier(text: str, draft: _Draft) -> Qualifier:
    for kind, trail in _TRAILS:
        if trail.match(text, draft.end):
            return kind
    for kind, lead in _LEADS:
        if lead.search(text, max(0, draft.start - 20), draft.start):
            return kind
    return "over" if re.search("[+多余餘超]|以上", text[draft.start : draft.end]) else "exact"


# How each language writes a unit around the figure; en takes the plural and drops its s for 1.
_WRITTEN: dict[str, tuple[str, str, str]] = {
    "%": ("{}%", "{}%", "{}%"),
    "point": ("{}ポイント", "{} percentage points", "{}个百分点"),
    "x": ("{}倍", "{} times", "{}倍"),
    "CNY": ("{}元", "{} yuan", "{}元"),
    "USD": ("{}ドル", "${}", "{}美元"),
    "JPY": ("{}円", "{} yen", "{}日元"),
    "HKD": ("{}香港ドル", "HK${}", "{}港元"),
    "EUR": ("{}ユーロ", "€{}", "{}欧元"),
    "second": ("{}秒", "{} seconds", "{}秒"),
    "hour": ("{}時間", "{} hours", "{}小时"),
    "day": ("{}日間", "{} days", "{}天"),
    "month": ("{}か月", "{} months", "{}个月"),
    "year": ("{}年間", "{} years", "{}年"),
    "nm": ("{}nm", "{} nm", "{}纳米"),
    "parameter": ("{}パラメータ", "{} parameters", "{}参数"),
    "token": ("{}トークン", "{} tokens", "{}词元"),
    "": ("{}", "{}", "{}"),
}
_PREFIXED = {"watt": ("W", "kW", "MW", "GW", "TW"), "byte": (" bytes", "KB", "MB", "GB", "TB", "PB")}
_SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    "en": ((12, " trillion"), (9, " billion"), (6, " million")),
    "ja": ((12, "兆"), (8, "億"), (4, "万")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}


def render(value: Decimal, unit: str, language: Literal["ja", "en", "zh"]) -> str:
    """Writes a figure the way the language does, exactly: 7,000億元, 700 billion yuan, 7000亿元.

    Args:
        value: In base units, not negative.
        unit: A unit of `Quantity`; one that is not known is written after the figure.
        language: The language to write in.
    """
    if signs := _PREFIXED.get(unit):
        step = max((n for n in range(len(signs)) if Decimal(1000) ** n <= value), default=0)
        return _plain(value / Decimal(1000) ** step) + signs[step]
    written = _WRITTEN.get(unit, ("{} " + unit,) * 3)[("ja", "en", "zh").index(language)]
    if language == "en" and value == 1 and " " in written:
        written = written.removesuffix("s")
    return written.format(_composed_ja(value) if language == "ja" else _scaled(value, language))


def _plain(value: Decimal) -> str:
    digits = f"{value:,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _scaled(value: Decimal, language: str) -> str:
    for zeros, sign in _SCALES[language]:
        if value >= Decimal(10) ** zeros:
            digits = _plain(value.scaleb(-zeros))
            return (digits.replace(",", "") if language == "zh" else digits) + sign
    return _plain(value)


def _composed_ja(value: Decimal) -> str:
    """29万4,000: groups of four digits, each with its own magnitude."""
    written = ""
    for zeros, sign in _SCALES["ja"]:
        count, value = divmod(value, Decimal(10) ** zeros)
        written += f"{_plain(count)}{sign}" if count else ""
    return written + (_plain(value) if value or not written else "")
