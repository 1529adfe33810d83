"""Tells Japanese, Chinese and English apart, for questions of a few words as well as for long answers.

It weighs scripts, character forms and a few words; it knows no other language than these three.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["Language", "detect"]

Language = Literal["ja", "en", "zh"]

_HIRAGANA = re.compile(r"[\u3041-\u3096]")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z]")
_ENGLISH = re.compile(r"(?<![^\s\"'(])[a-z]{2,}(?=[\s.,?!;:'’\")]|$)")
_FUNCTION = re.compile(
    r"\b(?:[Ww]hat|[Ww]hich|[Ww]ho|[Ww]hy|[Ww]hen|[Ww]here|[Hh]ow|[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Dd]oes|[Dd]o|[Dd]id|"
    r"[Hh]as|[Hh]ave|[Cc]an|[Tt]he|[Cc]ompare|[Ll]ist|[Ee]xplain|[Tt]ell|of|to|by|with|for|and|than|from|that|it|on|at)\b"
)
_CHINESE_PARTICLE = re.compile("[的是了吗嗎呢哪么麼谁什]")
_CHINESE = re.compile(
    "[的是了在有吗嗎呢哪怎么什麼這那們你我他她它很吧都把被让讓请請]|[与與和]|如何|多少|多大|多久|几[个個家年倍]|美元|公司|"
    "人工智能|芯片|以及|還是|还是|推理|用户|价格|最[大新高低]|市[场場]份[额額]"
)
_JAPANESE = re.compile(
    "(?<![如为為任])何|米国|米中|米商務|米政府|会社|株式|株価|投資家|投資額|資金調達|出資|輸出規制|輸出管理|人工知能|半導体|"
    "売上|一覧|概要|見通|値段|料金|推論|学習|提携|手数料|日本語|氏名|黒字|赤字|営業利益|純利益|年間|上場|[円々込枠働]|時価総額"
)
# Character forms by the scripts that write them: simplified, traditional and Japanese (shinjitai).
_ONLY_SIMPLIFIED = frozenset(
    "专业东丝两严个为丽举么义乌书买亏亚产亿仅从仓们价众优伙伟传伤伪侧侨债倾储儿兰关养册农冲决况冻净减凤凭"
    "击刘则刚创删别剑剧劝办务动劲劳势华协单卖卢卫厂厅历压县发变听启员响团园围图圆坏块坚坛坝垄垒处备复够头"
    "夹夺奋妇妈娱孙宁实审宪宽宾对寻导尔尘尝层岁币师带帮庆库应庙废开张强归录彻忆怀态总恶悬惊惯愿戏战户执扩"
    "扫扬抢护报拟拥择挥损换掷摆敌斗无时显晓晕暂术朴权极构标栏树样档桥梦检毕气汇汉汤沟泽洁测济浏浓润涨渐满"
    "滤灭灵炼烟热爱牵环现电疗疯监盖盘矿码砖础确祸离种积稳穷竞笔签简类粮紧纠红纤约级纪纯纲纳纵纷纸线练组细"
    "织终绍经结给络绝统继绩续维综绿缓编缩罗罚职联聪胜脑脸苏范荐荣药获营虑虽蚂补袭见观规视览觉计订认讨让训"
    "议讯记讲许论设访证评识诉词试诗话该详语说请诸谁调谈谋谢贝负贡财责败货质贫购贯贴贵贷贸费赁资赋赏赔赖赛"
    "赞赢赵趋跃车轨转轮软轻载较辅辆辈输边达迁过迈运还这进远连迟适选逻遗邓邮邻郑采释里钟钢钱铁铜银锁错锦键"
    "镇长门闭问闲间闻阅队阳阴阵阶际陆陈险隐难页顶项顺须顾预领频题颜额风飞饭饰馆马驱验骗骤鱼鲁鸟鸡齐齿龄龙"
    "广网场吗"
)
_ONLY_TRADITIONAL = frozenset(
    "亂亞來傳僞價兒內兩劍勞勵勸勻區參單嚴國圍圓圖團壓壘壞學實寫寬寶專對屬帶廢廳從恆惡應懷戰戲戶擇擊擔據擴"
    "敘數曉會條榮樓樣檢權歲歷歸氣沒淨溫溼滯滿潛澤濟濾灣燈營爐爭爲狀獨產畫發盡禮稱穩絕絲經綠縣縱總繼續纖聯"
    "聰聽腦與舉舊萬藥處虛號裝覺覽觀觸說證變讓賣賴贊踐輕輛轉遲邊鄰醫釋錄錢鐵閱關隨險隱雙雞靈顏顯驅驗體鬥黃"
    "點黨齊齒齡龍當這們麼嗎"
)
_ONLY_JAPANESE = frozenset(
    "両亜伝価偽児円処剣労勧単厳営団囲図圧塁壊売変実寛対専帯帰庁廃従応悪懐戦戯戸択拠拡挙撃斉晩暁栄検様権歯"
    "歳歴気沢沪浄済満産発県穏竜糸経絶継続総緑縦繊聡聴脳薬覚覧観証説譲賛転軽輌辺連遅釈鉄銭録関閲闘険隠隣霊"
    "頼顔顕駆験鶏齢"
)
# A text that mixes these two can only be Japanese: 中国製造 is 中国制造 or 中國製造 in Chinese.
_NOT_TRADITIONAL = frozenset(
    "乱争会体党内写励匀区医参双叙号国学宝尽属当恒数旧条来楼湾湿滞潜灯炉点状独画礼称虚装触践随黄"
)
_NOT_SIMPLIFIED = frozenset(
    "倉偉側備債傷傾僅僑億優儲冊凍別刪則剛創劇劉勁動務勝勢匯協員問啓嘗園執堅報塊塵壇壟壩夠夢夥夾奪奮娛婦媽"
    "孫寧審尋導層師幣幫幾庫廟廠張強復徹愛態慣慮慶憑憲憶懸掃採揚換揮損搶擁擬擲擺敗敵時暈暫書東業極構標樸樹"
    "橋機檔欄決況減測湯準溝滅滬漢漲漸潔潤濃瀏烏無煉煙熱爾牽獲現環畢瘋療監盤盧確碼磚礎礦禍種積窮競筆範簡籤"
    "糧糾紀約紅納純紙級紛細紹終組結絡給統綜維綱緊線編緩練縮績織罰羅義聞職臉華葉蓋薦蘇蘭虧螞衆術衛衝裏補襲"
    "見規視訂計訊討訓記訪設許訴評詞試詩話該詳認語誰調談請論諸謀講謝識議護貝負財貢貧貨貫責貴買貸費貼貿賃資"
    "賓賞賠賦質購賽贏趙趨躍車軌軟較載輔輩輪輸辦農連進運過達遠適遷選遺邁還邏郵鄧鄭銀銅鋼錦錯鍵鍾鎖鎮長門閉"
    "開閒間陣陰陳陸陽隊階際雖離難雲電響頁頂項順須預領頭頻題額願類顧風飛飯飾養館馬騙驚驟魚魯鳥鳳麗製為個後"
)


def detect(text: str) -> Language:
    """Returns the language of `text`; what has neither kana nor Han counts as English.

    A name in another script does not change the language of a sentence: an English question may hold a
    katakana name, a Chinese one a Japanese quotation.
    """
    hiragana, katakana = len(_HIRAGANA.findall(text)), len(_KATAKANA.findall(text))
    han = _HAN.findall(text)
    cjk = hiragana + katakana + len(han)
    if cjk == 0 or _is_english(text, hiragana, cjk):
        return "en"
    japanese = 3 * hiragana + katakana + _japanese_score(text, frozenset(han))
    chinese = _chinese_score(text, han)
    if japanese == chinese:
        return "ja" if hiragana + katakana else "zh"
    return "ja" if japanese > chinese else "zh"


def _is_english(text: str, hiragana: int, cjk: int) -> bool:
    """English grammar around a foreign name, or so much English that the rest is a quotation."""
    words = len(_ENGLISH.findall(text))
    letters = len(_LATIN.findall(text))
    functions = len(_FUNCTION.findall(text))
    if hiragana or _CHINESE_PARTICLE.search(text):
        return functions >= 3 and words >= 3 and letters > 3 * cjk
    if letters > 6 * cjk and words >= 2:
        return True
    sentence = functions >= 1 and max(words, functions) >= 2
    return letters > cjk and (sentence or _FUNCTION.match(text.lstrip()) is not None)


def _japanese_score(text: str, han: frozenset[str]) -> int:
    mixed = not han.isdisjoint(_NOT_TRADITIONAL) and not han.isdisjoint(_NOT_SIMPLIFIED)
    return 2 * len(_JAPANESE.findall(text)) + 2 * len(han & _ONLY_JAPANESE) + 2 * mixed


def _chinese_score(text: str, han: list[str]) -> int:
    forms = sum(char in _ONLY_SIMPLIFIED or char in _ONLY_TRADITIONAL for char in han)
    return 2 * forms + 2 * len(_CHINESE.findall(text))
