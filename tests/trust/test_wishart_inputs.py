"""What cannot be accounted for is refused by name."""

import math

import numpy as np
import pytest

from causeway.errors import InputError
from causeway.trust import wishart
from causeway.trust.wishart import (
    MixedGaussian,
    NoiseAfter,
    VectorRelease,
    alignment,
    area,
    bound,
    calibrate,
    compose,
    epsilon_at_least,
    gaussian,
    noise_after_matrix,
    noise_before,
    reconstruct,
    release,
    symmetry,
)
from causeway.trust.wishart.config import Perturb, Train, WishartConfig
from causeway.trust.wishart.pairs import first_step
from causeway.trust.wishart.references import read

GOOD = VectorRelease(12, 5, 0.9)
GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: VectorRelease(12, 5, 1.01), "alignment: 1.01 is no inner product"),
        (lambda: VectorRelease(12, 5, -2), "alignment"),
        (lambda: VectorRelease(12, 5, math.nan), "alignment: nan"),
        (lambda: VectorRelease(1, 5, 0.9), "dimension: 1 .* Give 2 or more"),
        (lambda: VectorRelease(12, 0, 0.9), "rank: 0"),
        (lambda: VectorRelease(12, 2.5, 0.9), "rank: 2.5"),
        (lambda: VectorRelease(12, "a", 0.9), "rank: 'a' is not a whole number"),
        (lambda: VectorRelease(12, 5, "a"), "alignment: 'a'"),
        (lambda: noise_before(64, 16, "a"), "noise: 'a'"),
        (lambda: compose(gaussian(1.0), 5, sampling="a"), "sampling: 'a'"),
        (lambda: area([1.0, 2.0], [1.0, 2.0], confidence=1.5), "confidence: 1.5"),
        (lambda: area([], [1.0], confidence=0.9), "scores: empty"),
        (lambda: GOOD.delta(-1), "epsilon: -1"),
        (lambda: GOOD.delta(math.inf), "epsilon: inf"),
        (lambda: GOOD.epsilon(0), "delta: 0"),
        (lambda: GOOD.epsilon(1), "delta: 1"),
        (lambda: GOOD.epsilon(math.nan), "delta: nan"),
        (lambda: bound(GOOD, 1.5), "delta: 1.5"),
        (lambda: bound(GOOD, 0.1, "foo"), "constant: 'foo' .* corrected, printed"),
        (lambda: noise_before(64, 16, -1.0), "noise: -1.0"),
        (lambda: noise_before(64, 64, 0.0), "noise: 0.0"),
        (lambda: noise_before(64, 16, math.inf), "noise: inf"),
        (lambda: noise_before(64, 16, 1.0).epsilon(2), "delta: 2"),
        (lambda: noise_before(64, 16, 1.0).delta(math.nan), "epsilon: nan"),
        (lambda: noise_after_matrix(1, 1, 1.0), "dimension: 1"),
        (lambda: NoiseAfter(12, 5, 0.9, -0.1), "noise: -0.1"),
        (lambda: NoiseAfter(12, 5, 0.9, 1e-6), "too small .* VectorRelease"),
        (lambda: NoiseAfter(2, 5, 0.9, 1.0), "dimension: 2"),
        (lambda: NoiseAfter(12, 5, 0.9, 1.0).delta(2, draws=1000), "no power of two"),
        (lambda: NoiseAfter(12, 5, 0.9, 1.0).delta(2, replicates=1), "replicates: 1"),
        (lambda: MixedGaussian(np.array([1.0]), np.array([0.5])), "do not sum to one"),
        (lambda: MixedGaussian(np.array([0.0]), np.array([1.0])), "shifts"),
        (lambda: compose(gaussian(1.0), 0), "steps: 0"),
        (lambda: compose(gaussian(1.0), 5, sampling=1.5), "sampling: 1.5"),
        (
            lambda: compose(gaussian(1.0), 5, projection="none"),
            "projection: 'none' .* fresh, fixed",
        ),
        (lambda: calibrate(gaussian, epsilon=-1, delta=1e-5, steps=3), "epsilon: -1"),
        (lambda: calibrate(gaussian, epsilon=1, delta=0, steps=3), "delta: 0"),
        (lambda: calibrate(gaussian, epsilon=1, delta=1e-15, steps=3), "delta: 1e-15 is below"),
        (
            lambda: calibrate(gaussian, epsilon=1e10, delta=1e-5, steps=1),
            "epsilon: 10000000000.0 asks",
        ),
        (
            lambda: calibrate(gaussian, epsilon=1, delta=0.2, steps=1, sampling=0.1),
            "epsilon: 1 asks",
        ),
        (
            lambda: calibrate(lambda _: gaussian(1.0), epsilon=1, delta=1e-5, steps=1),
            "mechanism: no noise keeps it within the budget",
        ),
        (lambda: compose(gaussian(1.0), 10**12), "steps: .* Take fewer steps"),
        (lambda: alignment([1, 2], [1, 2, 3]), "shapes"),
        (lambda: alignment([0, 0], [1, 2]), "zero or not finite"),
        (lambda: alignment([np.nan, 0], [1, 2]), "zero or not finite"),
        (lambda: release([1.0, np.inf], 2, GENERATOR), "not a finite vector"),
        (lambda: release(np.ones((2, 2, 2)), 2, GENERATOR), "not a finite vector"),
        (lambda: release([1.0, 2.0], 2, GENERATOR, before=-1), "before: -1"),
        (lambda: release([1.0, 2.0], 2, GENERATOR, after=math.nan), "after: nan"),
        (lambda: symmetry(np.ones((4, 1)), np.ones((4, 1))), "two columns or more"),
        (lambda: symmetry(np.ones((4, 2)), np.ones((4, 3))), "shapes"),
        (lambda: symmetry(np.zeros((4, 2)), np.ones((4, 2))), "query: zero or not finite"),
        (lambda: symmetry(np.ones((4, 2)), np.zeros((4, 2))), "released: zero or not finite"),
        (lambda: symmetry(np.full((4, 2), np.nan), np.ones((4, 2))), "query: zero or not finite"),
        (lambda: reconstruct(np.eye(4), np.eye(4) * np.nan, 2), "released: zero or not finite"),
        (lambda: reconstruct(np.eye(4), np.eye(4)[:, :3], 2), "shapes"),
        (lambda: reconstruct(np.ones(4), np.ones(4), 1), "one column or more"),
        (lambda: reconstruct(np.eye(6)[:, :3], np.eye(6)[:, :3], 4), "3 independent columns"),
        (lambda: epsilon_at_least([1.0, 2, 3], [1.0, 2, 3, 4], delta=0), "fewer than four"),
        (lambda: epsilon_at_least([np.nan] * 4, [1.0] * 4, delta=0), "NaN"),
        (lambda: epsilon_at_least([1.0] * 4, [1.0] * 4, delta=1), "delta: 1"),
        (
            lambda: first_step(np.ones((3, 2)), np.array([0, 1, 0]), 3, GENERATOR),
            "3 of 3 examples",
        ),
    ],
)
def test_bad_input_is_named(make, words):
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize(("adaptive", "sampling"), [(True, 1.0), (False, 0.5)])
def test_a_fixed_public_projection_refuses_adaptive_queries(adaptive, sampling):
    with pytest.raises(InputError, match="Draw a fresh projection in each step") as caught:
        compose(
            noise_before(64, 16, 1.0),
            10,
            sampling=sampling,
            projection="fixed",
            adaptive=adaptive,
        )
    assert caught.value.where == "wishart: projection"


def refusal(mechanism):
    with pytest.raises(InputError) as caught:
        compose(mechanism, 10, projection="fixed")
    return caught.value.remedy


def test_the_noise_alone_is_advised_only_where_it_is_an_account():
    """After the projection a change is longer than before, by (d + r + 1) / r in mean square."""
    before, after = noise_before(64, 16, 1.0), noise_after_matrix(64, 16, 1.0)
    assert before.shifts.max() <= 1
    assert after.weights @ after.shifts**2 == pytest.approx((64 + 16 + 1) / 16)
    assert "gaussian(noise)" in refusal(before)
    assert "gaussian" not in refusal(after)
    assert "gaussian" not in refusal(MixedGaussian(np.array([1.0, 2.0]), np.array([0.5, 0.5])))


def test_a_reference_table_must_be_whole(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("rank\n1\n")
    with pytest.raises(InputError, match="no column dimension, printed"):
        read(file, ["dimension"])
    file.write_text("dimension\tprinted\n")
    with pytest.raises(InputError, match="no rows"):
        read(file, ["dimension"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Train(ranks=[65]), "above the 64 pixels"),
        (lambda: Train(sampling=0), "greater than 0"),
        (lambda: Perturb(draws=1000), "power of two"),
        (
            lambda: WishartConfig(
                run={"datasets": ["digits"], "variants": ["matrix"], "seeds": [0]}
            ),
            "run.datasets must be queries, digits",
        ),
    ],
)
def test_wrong_settings_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_the_package_offers_what_it_lists():
    assert all(getattr(wishart, name) is not None for name in wishart.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = wishart.nothing
