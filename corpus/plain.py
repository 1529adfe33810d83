"""Reads text and Markdown files: which encoding the bytes are in, where paragraphs end, what front matter
says.

Knows characters and lines; knows no path, and nothing of what is done with the text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import accumulate, islice, pairwise

import yaml

from heiso.corpus.dates import read_dates
from heiso.corpus.errors import BadDocument
from heiso.corpus.extract import Extract
from heiso.corpus.folding import fold

__all__ = ["decode", "markdown", "text"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Codecs in the order in which they are preferred, with the lead bytes of the characters that each holds to be
# common:
# JIS level 1, GB 2312 level 1 and the frequent half of Big5.
_LEGACY = {
    "cp932": (0x88, 0x98),
    "euc_jp": (0xB0, 0xCF),
    "euc_jis_2004": (0xB0, 0xCF),
    "gb18030": (0xB0, 0xD7),
    "big5hkscs": (0xA4, 0xC6),
    "cp950": (0xA4, 0xC6),
    "cp1252": (0, 0),
}
_JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
_MAIL = ("iso2022_jp_ext", "iso2022_jp_2004")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_THREE_BYTES = re.compile(r"[\u0800-\ufffc]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HALF_KANA = re.compile(r"[\uff66-\uff9f]")
_HAN = re.compile(r"[\u3005\u3007\u4e00-\u9fff]")
_SIGN = re.compile(
    r"[\u3000-\u3002\u3008-\u3011\u3014\u3015\u301c\u30fb\uff01-\uff5e\u2018-\u201d\u2026\u2014\u2015\u00d7\u25a0-\u25cf\u203b"
    r"\u2460-\u2473\u2190-\u2193\u2212\uffe5]"
)
_LATIN = re.compile(r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e]")
_TYPOGRAPHY = re.compile(
    "[\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac\u2122\u00a0\u00a3\u00a5\u00a7\u00a9\u00ab\u00ae\u00b0\u00b1\u00b2\u00b3\u00b7\u00bb\u00bc-\u00be\u00d7]"
)
# Frequent characters of Chinese and Japanese prose, business and technology; compared in folded form.
_FREQUENT = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十"
    "民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯"
    "月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女"
    "变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基"
    "眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今"
    "切院让识候带导争运笔且组段导收根九且六七八百千亿元价格市场企业投资增长技术研究人工智能模型推理芯片半导体算力训练"
    "开源数据算法软件硬件服务器云计算产品销售收入利润亏损成本费用股份股票证券银行基金融贷款利率汇率通胀经济贸易出口进口"
    "关税制裁限制许可政府法律监管机构委员会董事会总裁创始合伙客户消费需求供应链制造生产工厂汽车能源电池石油天然气环境健康"
    "医疗药物疾病疫情学校教育文化历史社会新闻媒体网络互联平台应用程序用户账户密码安全风险隐私保护季度同比环比约占超过低于"
    "首次预计预期未来目标计划战略合作协议签署宣布发布推出上市公布披露显示表示认为指出称据悉此外其中包括以及截至今年去年明年"
    "日米円株式会社発表売上高営業純益予想決算四半期前連結対比較減少増加推移見通企業資料報告書概要結果影響分析調査対象問題"
    "課題必要可能性開発研究技術製品価格販売市場競争戦略投資家経営取締役代表者東京大阪日本中国韓国欧州世界海外国内地域政府"
    "規制法案輸出輸入管理措置強化緩和金利為替物価景気回復成長率雇用賃金労働人口高齢化少子社会保障年金医療介護教育環境温暖"
    "化排出削減再生可能電力原子発電設備工場生産供給需要在庫半導体電子部品自動車機械素材化学食品小売流通物流通信情報処理人工"
    "知能学習言語生成画像音声認識利用者提供支援導入活用実現運用構築基盤設計評価検証精度性能費用削減効率向上含使言思行見来出"
    "入持作取受続始終変決考知聞読書話買払届届込働込枠達残続離違注意説明質回答参照図表脚注章節項目内容全体一部以上以下未満"
    "約超毎数各他特別主要最近新旧同様異共通単位億万千百円割分倍件社名個台回年度月期日時間午前後曜週春夏秋冬初旬末頃現在過"
    "去将来当面今後既存従来一方他方両方関係者団体組織部門担当役員責任権限契約条件締結署名公開非公開上場買収合併提携出資持"
    "芯显卡华寒武纪阿里巴腾讯字节跳百度深度求索月暗智谱清华北京上海深圳杭州台湾积电荷兰英伟达微软谷歌苹"
)  # fmt: skip
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x0b\x85]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_TRAILING = re.compile(r"(?<![ \u3000])[ \u3000]+(?=[\n\f]|\Z)")
_HEADING = re.compile(r"#{1,6} +[^\s#]")
_UNDERLINE = re.compile(r" {0,3}(={3,}|-{3,})")
_BULLETS = "-*+•・●○■□◆◇ "
# A line that begins something of its own: a heading, a list item, a table row, a quotation, an indented
# paragraph.
_NEW_LINE = re.compile(
    r"\s*(?:[-*+•・●○■□◆◇|>#]|\(?[0-9０-９]{1,3}[.)．）](?:\s|[\u3000-\u9fff])|[（(][0-9一二三四五六七八九十]{1,3}[)）]|[①-⑳])"
    r"|\u3000|\Z| {4}"
)
_GAP = re.compile(r" {3,}|\u3000{2,}")
_WORD = re.compile(r"[^\W\d_]+")
_FIRST = re.compile(r"[!-~\u00c0-\u024f]+")
_BROKEN = re.compile(r"([^\W\d_]+)-\Z")
# pre- and post-war: this hyphen is followed by a space.
_AFTER_SUSPENDED = ("and", "or", "to")
_FRONT = re.compile(r"\s{0,9}---\n(.{0,65536}?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_CLOCK = re.compile(r"(?<=\d)T\d.*", re.DOTALL)
_FENCED = re.compile(r"^( {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~) *$|\Z))", re.DOTALL | re.MULTILINE)
_LANGUAGES = {
    "ja": "ja",
    "jp": "ja",
    "japanese": "ja",
    "日本語": "ja",
    "en": "en",
    "english": "en",
    "英語": "en",
}
_LANGUAGES |= {"zh": "zh", "cn": "zh", "chinese": "zh", "中文": "zh", "中国語": "zh"}
# A text is wrapped when nearly every line is full, at a width that terminals and mail have.
_WRAP_SAMPLE = 200_000
_LEAST_PAIRS = 4
_MOSTLY = 0.75
_NARROWEST, _WIDEST = 30, 130
_LONGEST_HEADING = 120
_SAMPLE = 3000
_LEAST_PLAUSIBLE = 0.35
_GUESSED_FROM = 2**16


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of `data`, and the name of the codec that it was in; a byte-order mark is taken off.

    Knows UTF-8, and UTF-16 and UTF-32 with a mark; else the Japanese, Chinese and Western encoding whose text
    is the most plausible, and only then what charset-normalizer finds.

    Raises:
        BadDocument: `data` is empty, is no text, or is in no encoding that makes a plausible one.
    """
    if not data:
        raise BadDocument(f"{name} is empty (0 bytes).", hint="Save or fetch it once more.")
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _decoded(data, codec, name)
    if b"\0" in data:
        raise _no_text(name)
    if data.isascii() and b"\x1b" in data:
        for codec in _MAIL:
            if (text := _try(data, codec)) is not None:
                return text, codec
    text = _try(data, "utf-8")
    if text is not None:
        return _checked(text, name), "utf-8"
    _refuse_damaged_utf8(data, name)
    return _legacy(data, name)


def _no_text(name: str) -> BadDocument:
    return BadDocument(
        f"{name} is not a text file.", hint="Give a text, or the file that it was exported from."
    )


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _decoded(data: bytes, codec: str, name: str) -> tuple[str, str]:
    try:
        return _checked(data.decode(codec), name), codec
    except UnicodeDecodeError as error:
        raise BadDocument(
            f"{name} begins as {codec.upper()} and is damaged at byte {error.start}.",
            hint="Save it again as UTF-8.",
        ) from error


def _checked(text: str, name: str) -> str:
    """Refuses what decodes and is no text: more than a stray control character."""
    controls = len(_CONTROL.findall(text))
    if "\0" in text or controls > 3 and controls > len(text) / 200:
        raise _no_text(name)
    return text


def _refuse_damaged_utf8(data: bytes, name: str) -> None:
    """Bytes that are UTF-8 but for a few are not taken for another encoding that happens to hold them all."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    valid = sum(map(len, _NOT_ASCII.findall(text))) - damaged
    if valid >= 10 * damaged or len(_THREE_BYTES.findall(text)) >= 2 * damaged:
        first = text.index("\ufffd")
        raise BadDocument(
            f"{name} is damaged: {damaged} character(s) are not valid UTF-8, the first in line "
            f"{text.count(chr(10), 0, first) + 1}.",
            hint="Save it again as UTF-8.",
        )


def _legacy(data: bytes, name: str) -> tuple[str, str]:
    """The text in the encoding that makes the most plausible one."""
    best, found = _LEAST_PLAUSIBLE, None
    for codec in _LEGACY:
        text = _try(data, codec)
        if text is None or _CONTROL.search(text):
            continue
        score = _plausibility(text, codec)
        if score > best:
            best, found = score, (text, codec)
    return found or _guessed(data, name)


def _guessed(data: bytes, name: str) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    match = from_bytes(data[:_GUESSED_FROM]).best()
    text = _try(data, match.encoding) if match is not None else None
    if match is None or text is None or _CONTROL.search(text):
        raise BadDocument(f"{name} is in no encoding that heiso can tell.", hint="Save it again as UTF-8.")
    return text, match.encoding


def _plausibility(text: str, codec: str) -> float:
    """How much the characters beyond ASCII look like prose, from -1 to 1."""
    values = list(islice(_values(text, codec), _SAMPLE))
    return sum(values) / len(values)


def _values(text: str, codec: str) -> Iterator[float]:
    for run in _NOT_ASCII.finditer(text):
        alone = len(run[0]) == 1 and text[max(0, run.start() - 1) : run.start()].isalpha()
        for char in run[0]:
            yield _western(char, run[0]) if codec == "cp1252" else _eastern(char, codec, alone)


def _western(char: str, run: str) -> float:
    """Letters with accents stand alone between plain ones; runs of them are another encoding."""
    if _LATIN.match(char):
        return 0.9 if len(run) == 1 else -0.5
    return 0.6 if _TYPOGRAPHY.match(char) else -1.0


def _eastern(char: str, codec: str, alone: bool) -> float:
    if _KANA.match(char):  # the Chinese encodings hold it too, and hardly a Chinese file does
        return 1.0 if codec in _JAPANESE else 0.9
    if _HALF_KANA.match(char):
        return 0.2
    if _SIGN.match(char):
        return 0.7
    if not _HAN.match(char):
        return -1.0
    written = char.encode(codec)
    if (
        alone and chr(written[-1]).isascii()
    ):  # in the middle of a word: a letter with an accent and a plain one
        return -1.0
    if fold(char) in _frequent():
        return 1.0
    low, high = _LEGACY[codec]
    return 0.3 if low <= written[0] <= high else -0.5


@cache
def _frequent() -> frozenset[str]:
    return frozenset(fold(_FREQUENT))


# --- lines and paragraphs ---


def text(data: bytes, name: str) -> Extract:
    """The paragraphs of a text file; its lines are joined where the file is evidently wrapped at a width.

    Headings are lines that begin with `#` or are underlined. A form feed begins a page.

    Raises:
        BadDocument: `data` is no text, is in no known encoding, or holds only white space.
    """
    raw = _clean(decode(data, name)[0])
    _refuse_blank(raw, name)
    width = _wrapped_at(raw)
    words = frozenset(_WORD.findall(raw)) if width else frozenset()
    bodies = [
        "\n\n".join(_paragraph(lines, width, words) for lines in _paragraphs(page))
        for page in raw.split("\f")
    ]
    composed = "\n\n".join(filter(None, bodies))
    # A blank page begins where the next one does.
    starts = accumulate((len(body) + 2 if body else 0 for body in bodies[:-1]), initial=0)
    pages = tuple(min(start, len(composed)) for start in starts) if len(bodies) > 1 else ()
    return Extract(composed, pages=pages)


def _refuse_blank(raw: str, name: str) -> None:
    if not raw.strip():
        raise BadDocument(f"{name} holds no text.", hint="It is all white space.")


def _clean(raw: str) -> str:
    """One kind of line end, no control characters but line and page ends, no white space at the end of lines."""
    raw = _LINE_END.sub("\n", raw).replace("\t", "    ")
    return _TRAILING.sub("", _UNSEEN.sub("", raw))


def _paragraphs(page: str) -> Iterator[list[str]]:
    """The lines of each paragraph; a heading is one alone, and so is a line as long as a paragraph."""
    held: list[str] = []
    for line in _atx(page).split("\n"):
        alone = _HEADING.match(line) is not None or _columns(line) > _WIDEST
        if held and (not line or alone or line.startswith("\u3000")):
            yield held
            held = []
        if alone:
            yield [line.strip()]
        elif line:
            held.append(line)
    if held:
        yield held


def _paragraph(lines: list[str], width: int, words: frozenset[str]) -> str:
    """The lines of a paragraph, joined where a break stands only because the line was full."""
    joined = lines[0].lstrip("\u3000")
    for left, right in pairwise(lines):
        if width and _goes_on(left, right, width):
            joined = _join(joined, right.strip(), words)
        else:
            joined += "\n" + right
    return joined


def _wrapped_at(raw: str) -> int:
    """The width in columns that the lines of `raw` are wrapped at, or 0 where they are not."""
    pairs = [
        pair
        for lines in (block.split("\n") for block in re.split(r"\n\n+|\f", raw[:_WRAP_SAMPLE]))
        for pair in pairwise(lines)
        if not _starts_anew(pair[1]) and not _starts_anew(pair[0].lstrip(_BULLETS))
    ]
    widths = sorted(_columns(left) for left, _ in pairs)
    if len(widths) < _LEAST_PAIRS:
        return 0
    width = widths[int(0.97 * (len(widths) - 1))]
    full = sum(_goes_on(left, right, width) for left, right in pairs)
    return width if _NARROWEST <= width <= _WIDEST and full >= _MOSTLY * len(pairs) else 0


def _goes_on(left: str, right: str, width: int) -> bool:
    """Whether the beginning of `right` found no more room in the line `left`."""
    if _starts_anew(right):
        return False
    right = right.lstrip()
    first = _FIRST.match(right)
    # What may not begin a line (、) hangs over the end of the one before, so that the others are two columns
    # short.
    slack = 4 if first is None else 3 + _columns(first[0])
    return _columns(left) + slack > width


def _starts_anew(line: str) -> bool:
    return _NEW_LINE.match(line) is not None or len(_GAP.findall(line.strip())) > 1


def _join(left: str, right: str, words: frozenset[str]) -> str:
    """Two parts of a paragraph: no space beside Japanese and Chinese; a hyphen goes if the file knows the
    word whole.
    """
    broken, rest = _BROKEN.search(left), _WORD.match(right)
    if broken and rest and rest[0] not in _AFTER_SUSPENDED:
        return (left[:-1] if broken[1] + rest[0] in words else left) + right
    return left + ("" if _is_wide(left[-1:]) or _is_wide(right[:1]) else " ") + right


def _is_wide(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\uffef"


def _columns(line: str) -> int:
    """How many columns of a terminal `line` takes."""
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line[: 2 * _WIDEST])


def _atx(raw: str) -> str:
    """Headings that are underlined, written with `#`; each stands between blank lines."""
    lines = ["", *raw.split("\n"), ""]
    fenced = False
    for at in range(1, len(lines) - 1):
        fenced ^= lines[at].lstrip().startswith(("```", "~~~"))
        under = _UNDERLINE.fullmatch(lines[at])
        title = lines[at - 1].strip()
        alone = title and not lines[at - 2].strip() and not _NEW_LINE.match(title)
        if under and alone and not fenced and _columns(title) <= _LONGEST_HEADING:
            lines[at - 1], lines[at] = f"{'#' if under[0][0] == '=' else '##'} {title}", ""
    return "\n".join(lines[1:-1])


# --- Markdown ---


def markdown(data: bytes, name: str) -> Extract:
    """The text of a Markdown file as it stands, without its comments; the front matter goes to the other
    fields.

    Known keys are title, date, language (or lang), entities and publisher.

    Raises:
        BadDocument: `data` is no text, is in no known encoding, or holds nothing beside front matter.
    """
    raw = _clean(decode(data, name)[0]).replace("\f", "\n")
    front, body, notes = _front(raw)
    body = _atx(_without_comments(body)).strip("\n")
    if not body.strip():
        raise BadDocument(f"{name} holds no text.", hint="It has only front matter or comments.")
    date, language = _iso(front.get("date", "")), _code(front.get("language", front.get("lang", "")))
    if front.get("date") and not date:
        notes.append("The date of the front matter cannot be read.")
    if front.get("language", front.get("lang")) and not language:
        notes.append("The language of the front matter is none of ja, en and zh.")
    return Extract(
        body,
        title=front.get("title", ""),
        date=date,
        language=language,
        publisher=front.get("publisher", ""),
        entities=tuple(
            dict.fromkeys(part.strip() for part in front.get("entities", "").split("\n") if part.strip())
        ),
        notes=tuple(notes),
    )


def _front(raw: str) -> tuple[dict[str, str], str, list[str]]:
    """The front matter, lists as lines; the rest; and a note where it cannot be read and stays in the text."""
    match = _FRONT.match(raw)
    if match is None:
        return {}, raw, []
    try:
        loaded = yaml.load(match[1], yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, raw, ["The front matter is not YAML and was left in the text."]
    if not isinstance(loaded, Mapping):
        return {}, raw, []
    return {str(key).lower(): _flat(value) for key, value in loaded.items()}, raw[match.end() :], []


def _flat(value: object) -> str:
    """A scalar on one line, or the scalars of a list, each on a line; "" for what is nested deeper."""
    if isinstance(value, str):
        return " ".join(value.split())
    return (
        "\n".join(_flat(part) for part in value if isinstance(part, str)) if isinstance(value, list) else ""
    )


def _without_comments(body: str) -> str:
    """`body` without HTML comments, save in fenced code."""
    parts = _FENCED.split(body)
    return "".join(
        part if part.lstrip(" ").startswith(("```", "~~~")) else _uncommented(part) for part in parts
    )


def _uncommented(part: str) -> str:
    pieces, at = [], 0
    while (start := part.find("<!--", at)) >= 0 and (end := part.find("-->", start + 4)) >= 0:
        pieces.append(part[at:start].rstrip(" "))
        at = end + 3
    return "".join((*pieces, part[at:]))


def _iso(written: str) -> str:
    """A date as YAML or a person writes it, as ISO; "" for none."""
    found = read_dates(_CLOCK.sub("", written[:40]))
    if not found or not found[0].year or found[0].quarter or found[0].half:
        return ""
    date = found[0]
    return "-".join(f"{part:02}" for part in (date.year, date.month, date.day) if part)


def _code(written: str) -> str:
    """The code of a language of heiso, from `ja`, `zh-CN`, `en_US` or a name; "" for another one."""
    return _LANGUAGES.get(re.split(r"[-_]", written.casefold().strip())[0], "")
