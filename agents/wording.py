"""What heiso itself says in an answer, in three languages: yes and no, and why it abstains. Text only."""

from __future__ import annotations

from heiso.agents.answer import Reason
from heiso.corpus.records import Language

__all__ = ["LEAD", "REASONS", "UNCOVERED"]

LEAD: dict[Language, dict[bool, str]] = {
    "ja": {True: "はい。", False: "いいえ。"},
    "en": {True: "Yes.", False: "No."},
    "zh": {True: "是。", False: "不是。"},
}

REASONS: dict[Reason, dict[Language, str]] = {
    "no_evidence": {
        "ja": "手元の資料には、この問いに答える根拠がありません{about}。",
        "en": "The documents hold no evidence that answers this{about}.",
        "zh": "资料中没有能回答这个问题的依据{about}。",
    },
    "out_of_scope": {
        "ja": "この問いは、手元の資料が扱う範囲の外です{about}。",
        "en": "This is outside what the documents cover{about}.",
        "zh": "这个问题不在资料的范围之内{about}。",
    },
    "conflicting_evidence": {
        "ja": "資料どうしが食い違い、どちらとも言えません{about}。",
        "en": "The sources disagree, and nothing settles it{about}.",
        "zh": "各来源说法不一，无法判断{about}。",
    },
    "stale_evidence": {
        "ja": "根拠はありますが、問いの時点には古すぎます{about}。",
        "en": "What the documents hold is too old for what is asked{about}.",
        "zh": "资料中的依据对所问的时间来说已经过时{about}。",
    },
    "model_refused": {
        "ja": "モデルが回答を断りました{about}。",
        "en": "The model declined to answer{about}.",
        "zh": "模型拒绝回答{about}。",
    },
}

UNCOVERED: dict[Language, str] = {
    "ja": "次の点には根拠が見つかりませんでした: {about}。",
    "en": "No evidence was found on: {about}.",
    "zh": "以下各点没有找到依据：{about}。",
}
