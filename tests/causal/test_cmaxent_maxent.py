"""The generic solver: against entropy maximised by brute force, and against the closed forms."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize
from scipy.special import xlogy

from causeway.causal.cmaxent import Moments, conditional_maxent, merge
from causeway.causal.cmaxent.lattice import anticausal_logit, causal_logit, lattice
from causeway.causal.cmaxent.worked import WORLD, cases
from causeway.errors import InputError

SOLVERS = {"causal": causal_logit, "anticausal": anticausal_logit}


def test_no_conditional_with_these_moments_has_a_larger_entropy():
    """The primal problem, in the probabilities themselves, knows no exponential family."""
    x = np.array([-1.5, -0.5, 0.5, 1.5])
    base = np.array([0.1, 0.4, 0.3, 0.2])
    features = np.zeros((4, 2, 2))
    features[:, 1] = np.column_stack([np.ones(4), x])
    targets = np.array([0.45, 0.2])

    def negative_entropy(p):
        return base @ (xlogy(p, p) + xlogy(1 - p, 1 - p))

    found = minimize(
        negative_entropy,
        np.full(4, 0.45),
        method="trust-constr",
        bounds=[(1e-9, 1 - 1e-9)] * 4,
        constraints=LinearConstraint(base * features[:, 1].T, targets, targets),
        options={"gtol": 1e-10, "xtol": 1e-12, "maxiter": 2000},
    )
    solved = conditional_maxent(base, features, targets)
    np.testing.assert_allclose(solved.probability[:, 1], found.x, atol=1e-6)
    logit = np.log(found.x / (1 - found.x))
    np.testing.assert_allclose(np.diff(logit, n=2), 0, atol=1e-4)


def test_a_uniform_distribution_needs_no_multipliers():
    features = np.arange(6.0)[None, :, None]
    assert conditional_maxent(np.ones(1), features, np.array([2.5])).multipliers == pytest.approx(
        0
    )


@pytest.mark.parametrize("direction", SOLVERS)
@pytest.mark.parametrize("case", ["joint", "no-covariance", "no-effect"])
def test_closed_forms_agree_with_the_lattice(direction, case):
    known = cases()[case]
    one = merge(known, direction)
    generic = SOLVERS[direction](lattice(known, 100), known)
    np.testing.assert_allclose(generic, np.r_[one.intercept, one.weights], atol=1e-6)


@pytest.mark.parametrize("direction", SOLVERS)
def test_sample_moments_agree_with_the_lattice(direction):
    known = Moments.of_sample(*WORLD.sample(1000, np.random.default_rng(4)))
    one = merge(known, direction)
    generic = SOLVERS[direction](lattice(known, 200), known)
    np.testing.assert_allclose(generic, np.r_[one.intercept, one.weights], atol=1e-6)


@pytest.mark.parametrize("direction", SOLVERS)
def test_three_features_agree_with_the_lattice(direction):
    known = Moments(
        pi=0.3,
        mean=[0.5, -1.0, 2.0],
        covariance=[[1.0, 0.3, None], [0.3, 2.0, 0.5], [None, 0.5, 1.5]],
        cross=[0.1, None, 0.15],
    )
    one = merge(known, direction)
    generic = SOLVERS[direction](lattice(known, 36), known)
    np.testing.assert_allclose(generic, np.r_[one.intercept, one.weights], atol=1e-5)


def test_moments_outside_the_support_are_refused():
    with pytest.raises(InputError, match="no distribution on this support"):
        conditional_maxent(np.ones(1), np.arange(3.0)[None, :, None], np.array([2.5]))


@pytest.mark.parametrize(
    ("base", "features", "targets", "words"),
    [
        (np.ones(2), np.zeros((1, 3, 1)), np.zeros(1), "shapes"),
        (np.ones(1), np.zeros((1, 3, 2)), np.zeros(1), "shapes"),
        (np.ones(1), np.zeros((3, 1)), np.zeros(1), "shapes"),
        (np.ones(1), np.full((1, 3, 1), np.nan), np.zeros(1), "finite"),
    ],
)
def test_malformed_problems_are_refused(base, features, targets, words):
    with pytest.raises(InputError, match=words):
        conditional_maxent(base, features, targets)
