"""Self-correction that collapses is told from self-correction that repairs."""

import numpy as np
import pandas as pd
import pytest
import torch

from causeway.claims.definition import load
from causeway.claims.judging import Verdict, judge
from causeway.figures import looks
from causeway.language import ngrams
from causeway.language.gidd.making import masks_alone
from causeway.language.gidd.plots import corrections, samples
from causeway.language.gidd.rows import rows
from causeway.language.gidd.settings import NOISES, Bumped, Mixture
from causeway.language.gidd.writing import above_dull
from causeway.metrics import read, write
from causeway.statistics import bootstrap_interval
from rules import ROOT

NEWLINE = 3


@pytest.fixture
def real():
    return torch.from_numpy(np.random.default_rng(0).integers(50, size=(40, 60)))


def collapsed(tokens):
    """Half of all tokens become one."""
    half = torch.arange(tokens.shape[1]) < tokens.shape[1] // 2
    return tokens.masked_fill(half, NEWLINE)


def test_variety_is_counted_within_each_sequence():
    found = ngrams.variety(np.array([[1, 2, 1, 2], [1, 2, 3, 4], [5, 5, 5, 5]]), 2)
    assert found.tolist() == pytest.approx([2 / 3, 1, 1 / 3])


def test_all_but_the_dullest_real_text_is_varied_enough(real):
    found = above_dull(real, real)
    assert (found < 0).mean() == pytest.approx(0.05, abs=0.03)
    assert above_dull(collapsed(real), real).max() < -0.3
    # It does not matter how alike sequences are to each other.
    assert (above_dull(real[:1].expand(3, -1), real) == found[0]).all()


@pytest.mark.parametrize(
    ("change", "expected"),
    [(collapsed, Verdict.NOT_REPRODUCED), (torch.clone, Verdict.REPRODUCED)],
)
def test_the_control_of_self_correction_fails_where_text_collapses(
    real, tmp_path, change, expected
):
    claim = load(ROOT / "config/claims/gidd.yaml")["correction-keeps-variety"]
    fresh = torch.from_numpy(np.random.default_rng(1).integers(50, size=(16, 60)))
    interval = bootstrap_interval(above_dull(change(fresh), real), seed=0)
    write(rows({"uniform": {"correction/variety": interval}}, "d", [0]), tmp_path / "m.parquet")
    [found] = judge("control", claim, read([tmp_path / "m.parquet"]), "demo")
    assert found.verdict == expected


def test_noise_of_masks_alone_is_known():
    alone = [name for name, noise in NOISES.items() if masks_alone(noise)]
    assert alone == ["masked"]
    assert masks_alone(Bumped(uniform=0))
    assert not masks_alone(Bumped(uniform=0.1))
    assert not masks_alone(Mixture(shift=-5))


def quality(noise, sampler):
    values = {"overlap-2": 0.002, "perplexity": 26.0, "distinct-2": 0.51}
    return [
        {"variant": noise, "metric": f"{name}/{sampler}", "value": value, "low": 1, "high": 99}
        for name, value in values.items()
    ]


def test_the_figure_of_samples_tells_how_dull_they_are():
    texts = pd.DataFrame(
        [{"noise": "uniform", "sampler": "adaptive", "number": 0, "text": "\n" * 9}]
    )
    told = [*quality("uniform", "adaptive"), *quality("uniform", "ancestral")]
    figure = samples(texts, pd.DataFrame(told))
    lines = [text.get_text() for text in figure.axes[0].texts]
    assert lines[:2] == ["uniform, adaptive", "perplexity 26, distinct-2 0.51, overlap-2 0.002"]


def test_the_figure_of_corrections_says_what_is_untrained():
    noises = ["masked", "uniform"]
    steps = pd.DataFrame(
        [
            {"noise": noise, "step": step, "estimate": 0.5, "low": 0.4, "high": 0.6}
            for noise in noises
            for step in range(2)
        ]
    )
    told = quality("autoregressive", "text")
    for noise in noises:
        told += [*quality(noise, "ancestral"), *quality(noise, "corrected")]
    figure = corrections(steps, pd.DataFrame(told), looks(noises), ["masked"])
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert labels == ["masked: untrained at visible tokens", "uniform"]
