"""How figures are written in Japanese, English and Chinese: numerals, magnitudes, currencies, units, qualifiers.

Knows notation as patterns and tables; the reader of quantities knows what they come to.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = [
    "AND_A_HALF",
    "BEFORE",
    "BETWEEN",
    "BIG",
    "BIG_LETTER",
    "BIG_MONEY",
    "BIG_WORD",
    "CODES",
    "ELIDED",
    "FIGURE",
    "INHERITED",
    "KANJI_DIGITS",
    "LEADS",
    "NO_QUANTITY",
    "NUMBER",
    "OTHER_TOPIC",
    "RANGE",
    "SEGMENT",
    "TOKEN",
    "TRAILS",
    "UNITS",
    "UNIT_AFTER",
    "WHOLE",
    "WORDS",
    "ZEROS",
    "Qualifier",
]

Qualifier = Literal["exact", "over", "under", "about"]

# --- numbers -----------------------------------------------------------------------------------------------
_ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
# 万, 億, 千億, 百万, 万亿: what multiplies the number before it.
_MYRIAD = r"(?:[十百千]?(?:[万萬][亿億]|[万萬亿億兆])|[百千])(?![瓦米克分])"
SEGMENT = re.compile(rf"(?P<number>{_ARABIC})(?:\s?[多余餘]?(?P<myriad>{_MYRIAD}))?", re.ASCII)
ZEROS = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12}
KANJI_DIGITS = {digit: n for n, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2, "両": 2}
_LOW_WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_LOW = f"{_LOW_WORDS} seventeen eighteen nineteen".split()
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _TENS_WORDS.split()
WORDS = {"a": 1, "an": 1, "one": 1, "per": 1} | {word: n for n, word in enumerate(_LOW, 2)}
WORDS |= {word: n * 10 for n, word in enumerate(_TENS, 2)}
_WORD = rf"(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_LOW[:8])}))?|{'|'.join(_LOW)}"
# Words that hold their unit, by their first five signs.
WHOLE = {"doubl": (2, "x"), "twice": (2, "x"), "tripl": (3, "x"), "quadr": (4, "x"), "倍": (2, "x")}
WHOLE |= {"翻倍": (2, "x"), "翻番": (2, "x"), "双倍": (2, "x"), "half ": (6, "month"), "半年": (6, "month")}
WHOLE |= {"order": (10, "x"), "一桁": (10, "x")}

# "one" and 一 are numbers only before a magnitude or a measure ("one million", "one year"), else articles.
NUMBER = re.compile(
    rf"(?P<arabic>(?<![0-9.])(?<![0-9],){_ARABIC})"
    r"|(?P<whole_cjk>(?<![0-9一二三四五六七八九十百千万亿億兆.数何几])倍(?=[増の以に])|翻倍|翻番|双倍|(?<![上下])半年|一桁(?=[多大小高低少違]))"
    r"|(?P<kanji>(?<![数數几幾何第零〇一二三四五六七八九十百千万亿億兆])(?!百分之)"
    r"(?:両(?=倍)|[一二三四五六七八九十百千两兩][一二三四五六七八九十百千万萬亿億兆两兩]{0,12})(?![零〇]))"
    r"|(?<![A-Za-z-])(?i:"
    r"(?P<whole>(?:doubl|tripl|quadrupl)(?:ed?|es|ing)(?!-digit)|twice|half a year|order of magnitude)(?![A-Za-z])"
    rf"|(?P<word>(?<!the )(?:{_WORD})(?=fold|[^A-Za-z]|\Z)"
    r"|(?:one|an?|per)(?=[ -](?:hundred|thousand|[mbt]r?illion)(?![A-Za-z]))"
    r"|one(?=[ -](?:year|month|week|day|hour|minute|second|percent)(?![A-Za-z])))"
    r")",
    re.ASCII,
)

# --- magnitudes and units ----------------------------------------------------------------------------------
BIG = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "mln": 6, "bn": 9}
BIG |= {"bln": 9, "tn": 12, "trn": 12, "k": 3, "m": 6, "b": 9, "t": 12}
BIG_WORD = re.compile(r"[ -]?(hundred|thousand|[mbt]r?illion|ml?n|bl?n|tr?n)(?![A-Za-z])", re.I | re.ASCII)
AND_A_HALF = re.compile(r" and a half(?![A-Za-z])")
BIG_LETTER = re.compile(r"[KkMBbT](?![A-Za-z0-9])", re.ASCII)
BIG_MONEY = re.compile(r"\s?[KkMmBbTt](?![A-Za-z0-9])", re.ASCII)

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
CODES = {code for code, _ in _CURRENCIES} - {"¥"}
BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:"
    + "|".join(f"(?P<{c if c != '¥' else 'yen'}>{p})" for c, p in _CURRENCIES)
    + r"))\s?\Z"
    r"|(?P<percent>百分之)\s?\Z|(?P<factor>(?<![A-Za-z])factor of )\Z",
    re.ASCII,
)

# After 日: what makes it a length of time instead of a day of the month.
_DAYS = r"(?:[間间]|(?=以内|の?猶予|足らず|後|連続|ほど|程度|超|以上|未満|前|で))"
# Between number and hours: H800 (blanked as an identifier by then) and GPU.
_GPU = r"(?:\x00+[ -]?)?(?:(?:GPU|card|chip|total)s?[ -])?"
_KIND = r"(?:(?:total|active|activated|trainable|input|output|training|new|text|unique|daily|monthly)[ -])*"
_SI = [("E", 18, "エクサ", "艾"), ("P", 15, "ペタ", "拍"), ("T", 12, "テラ", "太"), ("G", 9, "ギガ", "吉")]
_SI += [("M", 6, "メガ", "兆"), ("[Kk]", 3, "キロ", "千")]
# (unit, factor to the base unit, how it is written); of two rows that fit, the first wins.
UNITS: tuple[tuple[str, str, str], ...] = (
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
    ("x", "1", r"倍|x(?![A-Za-z0-9]|\s?[0-9])|×(?!\s?[0-9])|times?\b(?! [0-9]{1,3}(?![0-9]))|-?fold\b"),
    ("hour", "1", rf"{_GPU}(?:hours?\b|hrs?\b)|(?:\x00+\s?)?(?:GPU|カード)?\s?[个個]?(?:時間|小[时時])"),
    ("month", "1", r"[かヶカヵケヵ箇个個]月間?|months?\b"),
    ("month", "3", r"四半期|个?季度|quarters?\b"),
    ("day", "7", r"週(?:間|連続|続け)|[个個]?(?:周(?![年期边])|星期)|weeks?\b"),
    ("day", "1", rf"日{_DAYS}|(?<=[0-9]{{3}})日(?![元圓圆])|天(?!然|文|才)|days?\b"),
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
    (
        "",
        "1",
        r"[社件個个人名枚台種种つ家张張款项項点基校]|GPUs?(?![A-Za-z])|本(?!立)|段階|系統|モデル|[かヶカ](?:国|所)|言語",
    ),
    ("", "1", r"パーセンタイル|(?:st|nd|rd|th)?\s?percentile\b"),
)
UNIT_AFTER = re.compile(
    r"(?:(?:st|nd|rd|th) (?:straight|consecutive) |\s?-?\s?)(?:"
    + "|".join(f"(?P<u{i}>{written})" for i, (_, _, written) in enumerate(UNITS))
    + ")",
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
LEADS = [
    (kind, re.compile(rf"(?<![A-Za-z])(?:{words})\s?\Z", re.I | re.ASCII))
    for kind, words in _QUALIFIED_BEFORE
]
TRAILS = [(kind, re.compile(rf"\s?(?:{words})", re.I | re.ASCII)) for kind, words in _QUALIFIED_AFTER]
BETWEEN = re.compile(r"[+多余餘超](?!え)|\s?(?:以上の)")  # 200多家, 100+ models: between number and unit

# --- what is no quantity -----------------------------------------------------------------------------------
TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*", re.ASCII)
_SUFFIX = r"(?:[KkMmBbTtxXsh]|[mb]n|tn|nm|ms|st|nd|rd|th|[KkMGTPE]?(?:W|B|FLOPS))?"
# 37B, 5.6-6, 10-20K, 128K-token, RMB700bn, sub-10nm: tokens with digits that are figures all the same.
FIGURE = re.compile(
    rf"(?:RMB|CNY|USD?|JPY|HKD?|EUR|NT|sub-)?[0-9][0-9.]*{_SUFFIX}(?:-[0-9][0-9.]*{_SUFFIX})*"
    r"(?:-(?:[a-z]+|Tokens?|Parameters?|Hours?))*|[0-9]+GPUs?",
    re.ASCII,
)
NO_QUANTITY = re.compile(
    r"https?://\S+"
    r"|\[\^[^\]\s]{1,40}\]"  # [^x]
    r"|\[[A-Za-z]{0,2}[0-9]{1,3}(?:\s?[,;、]\s?[A-Za-z]{0,2}[0-9]{1,3})*\]"  # [E3], [1, 2]
    r"|[@#][0-9]+|(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}"  # pass@1, 1.2.3
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9])"  # 9:30
    r"|(?:[0-9.]{1,12}\s?[×x*]\s?)?10(?:\^-?[0-9]+|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"  # 3×10^24
    r"|(?m:^\s*[0-9]{1,2}[.)](?=\s))"  # 1. the first item of a list
    r"|第\s?[0-9一二三四五六七八九十]+|[0-9]{1,9}(?:st|nd|rd|th)\b(?! (?:percentile|straight|consecutive))"
    r"|[0-9]{1,9}\s?(?:位|番目?|号|期(?!連続|間)|[代年回]目|次元|年代|世[紀纪]|桁)"
    # 1つの, 1トークンあたり are articles, 9日 a date without its month, 9〜12時 and 0時30分 times of day
    r"|(?<![0-9.,])1\s?(?:トークン|時間|[かヶ]月|年)(?:あたり|当たり|につき|ずつ|(?=[0-9.]{1,9}(?:ドル|円|元)))"
    r"|(?<![0-9.,])1\s?(?:[かヶカ]所|[つ人名社件回枚台種种家張张款项株問基])"
    r"|(?<![0-9.,])1\s?[個个](?!百分|月|小|星|[参參词詞]|パラ|トー|\s?[pt])"
    rf"|(?<![0-9.,])[0-9]{{1,2}}\s?日(?!{_DAYS}|[元圓圆])"
    r"|[0-9]{1,2}(?:[〜~-][0-9]{1,2})?時(?!間)(?:[0-9]{1,2}分)?"
    r"|[0-9]{4}s\b|(?<![A-Za-z])(?i:version|rank(?:s|ed)?) (?:[Nn]o\. ?)?[0-9.]*[0-9]|(?:バージョン|版本)\s?[0-9.]*[0-9]"
    r"|(?<=\x00)-[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*"  # DeepSeek-R1-0528: what follows a name belongs to it
    rf"|\b(?i:{_WORD}|one)[ -](?i:thirds?|fifths?|tenths?)\b",
    re.ASCII,
)
RANGE = re.compile(r"[-–]|\s?[~〜/→]\s?|から|ないし|か、?|到|至|\s?[対對]\s?| to | or | and (?:the )?")
# A figure that stands without a noun, and what ends the reach of a currency named earlier.
INHERITED = CODES | {"hour"}
ELIDED = re.compile(
    r"\s?(?:[,.;:()、。「」・]|\Z|[でをとがにへ]|(?:in|for|on|to|at|and|from|by|against|or|loss|as)(?![A-Za-z]))",
    re.ASCII,
)
OTHER_TOPIC = re.compile(
    r"[。\n!?]|\. |param|token|user|パラメ|[参參][数數]|トークン|[词詞]元|ユーザ|利用者|用[户戶]", re.I
)
