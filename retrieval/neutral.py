"""What the vectors of all questions in a language share, whatever they ask: the mean over questions on everyday subjects.

Knows an embedder; knows nothing about passages or ranking.
"""

from __future__ import annotations

import numpy as np

from heiso.corpus.records import Language
from heiso.retrieval.embed import Embedder, Vectors

__all__ = ["Neutral"]

# Half of it is left in: from 0.3 to 0.7 the public sets move by less than a point (`heiso.evals.tune_fusion`).
_SHARE = 0.5

# Of no test set. Eight of them give the same as these twelve to within 0.3 points of nDCG@10.
_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "When was the company founded?",
        "Who is the director of the institute?",
        "How many people live in the city?",
        "What is the capital of the province?",
        "Where was the treaty signed?",
        "Why did the price of oil fall?",
        "Which team won the final?",
        "What does the word mean?",
        "How is steel made?",
        "What was the revenue for the year?",
        "Who wrote the novel?",
        "What causes the disease?",
    ),
    "ja": (
        "会社はいつ設立されましたか。",
        "研究所の所長は誰ですか。",
        "この都市の人口はどれくらいですか。",
        "その県の県庁所在地はどこですか。",
        "条約はどこで調印されましたか。",
        "石油の価格はなぜ下がったのですか。",
        "決勝で勝ったのはどのチームですか。",
        "その言葉はどういう意味ですか。",
        "鋼はどのように作られますか。",
        "通期の売上高はいくらでしたか。",
        "その小説を書いたのは誰ですか。",
        "その病気の原因は何ですか。",
    ),
    "zh": (
        "公司是什么时候成立的？",
        "研究所的所长是谁？",
        "这座城市有多少人口？",
        "该省的省会是哪里？",
        "条约是在哪里签署的？",
        "油价为什么下跌？",
        "哪支球队赢得了决赛？",
        "这个词是什么意思？",
        "钢是怎样炼成的？",
        "全年的营业收入是多少？",
        "这部小说是谁写的？",
        "这种疾病是由什么引起的？",
    ),
}


class Neutral:
    """Takes out of the vector of a question what all questions in its language share."""

    def __init__(self, embed: Embedder, *, share: float = _SHARE) -> None:
        self._embed = embed
        self._share = share
        self._means: dict[Language, Vectors] = {}

    def across(self, vector: Vectors, language: Language) -> Vectors:
        """The vector of a question in `language` for the search of passages in other languages, of unit length.

        Multilingual embedders put much of the language, and of being a question, into one direction; a passage near
        that direction is near every question in that language. Without it, the meaning decides (Libovický, Rosa and
        Fraser, "On the Language Neutrality of Pre-trained Multilingual Representations", Findings of EMNLP 2020, centre
        languages so).
        """
        moved = vector - self._share * self._mean(language)
        return np.asarray(moved / max(float(np.linalg.norm(moved)), 1e-12), dtype=np.float32)

    def _mean(self, language: Language) -> Vectors:
        """The mean of the questions, embedded when a language is first met: a tenth of a second."""
        if language not in self._means:
            vectors = [self._embed.query(text) for text in _QUESTIONS[language]]
            self._means[language] = np.asarray(np.mean(vectors, axis=0), dtype=np.float32)
        return self._means[language]
