"""Figures of the bench that libraries of its size do not offer: checked against values from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from bench.delays import Delays, p95
from bench.sharpness import structural_similarity


@pytest.mark.parametrize(
    ("noise", "similarity"), [(0, 1.0), (5, 0.9977229876502955), (40, 0.8823217202928257)]
)  # scikit-image 0.26.0, gaussian_weights, sigma=1.5, use_sample_covariance=False
def test_structural_similarity_is_that_of_scikit_image(noise: int, similarity: float) -> None:
    chance = np.random.default_rng(1)
    shape = (90, 130)
    pairs = {}
    for each in (5, 40):  # in the order in which the values were made
        one = chance.integers(0, 256, shape).astype(float)
        pairs[each] = one, np.clip(one + chance.normal(0, each, shape), 0, 255)
    pairs[0] = pairs[5][0], pairs[5][0]
    assert structural_similarity(*pairs[noise]) == pytest.approx(similarity, abs=1e-9)


def test_what_95_of_100_keep() -> None:
    delays = Delays([float(ms) for ms in range(1, 101)])
    assert delays.median_ms == 50.5
    assert delays.p95_ms == pytest.approx(95.05)
    assert [p95([]), p95([7.0]), p95([7.0, 9.0])] == [0, 7.0, pytest.approx(8.9)]
