"""Means with bootstrap intervals, also of paired differences. Knows numbers only, not what they measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESAMPLES", "SEED", "Estimate", "bootstrap", "paired_bootstrap"]

RESAMPLES = 1_000
SEED = 0
_EDGES = (0.025, 0.975)


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` values, and the 95 % interval [low, high] in which it would lie for other samples of that size."""

    mean: float
    low: float
    high: float
    n: int


def bootstrap(values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED) -> Estimate:
    """The mean of `values` with its percentile interval (Efron and Tibshirani 1993, chapter 13).

    Values are drawn one by one: where several hang together, as questions on one paragraph do, the true interval is
    wider.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values to draw from")
    sample = np.asarray(values, dtype=np.float64)
    means = _draws(len(values), resamples, seed) @ sample / len(values)
    low, high = np.quantile(means, _EDGES)
    return Estimate(float(sample.mean()), float(low), float(high), len(values))


def paired_bootstrap(
    first: Sequence[float], second: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Estimate:
    """The mean of `first` minus `second`, value by value, with its interval: each pair is drawn together.

    Raises:
        ValueError: there are no values, or not as many of the one as of the other.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return bootstrap(differences, resamples=resamples, seed=seed)


@lru_cache(maxsize=2)
def _draws(n: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each of `n` values is drawn, a row for each resample.

    Kept, because every metric and component of a set is drawn from the same questions.
    """
    generator = np.random.default_rng(seed)
    rows = [np.bincount(generator.integers(n, size=n), minlength=n) for _ in range(resamples)]
    return np.asarray(rows, dtype=np.float64)
