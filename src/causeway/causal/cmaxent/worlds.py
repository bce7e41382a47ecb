"""Worlds of two features and a binary target in which every score of a linear predictor is exact.

A causal world draws X from a Gaussian and Y from a logistic regression on it; an anticausal world
draws Y first and X from a Gaussian per class, with one covariance. The logit of a linear predictor
is Gaussian in both (within classes in the second), so that accuracies and log losses are integrals
over one variable: no test sample, no noise from one.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit, ndtr

from causeway.causal.cmaxent.config import Worlds
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.normal import REACH, logistic

LEGENDRE = np.polynomial.legendre.leggauss(16)


class Linear(NamedTuple):
    """Log odds ``intercept + weights . x``."""

    intercept: float
    weights: np.ndarray


class Score(NamedTuple):
    """Expected performance of a predictor in a world."""

    accuracy: float
    log_loss: float


class World(Protocol):
    """What is asked of a world."""

    @property
    def bayes(self) -> Linear:
        """The best predictor."""

    def moments(self) -> Moments:
        """All first and second moments."""

    def sample(self, rows: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Features (rows, d) and target (rows,)."""

    def score(self, predictor: Linear) -> Score:
        """Expected accuracy and log loss of a predictor."""


@dataclass(frozen=True, eq=False)
class CausalWorld:
    """X ~ N(0, covariance), P(Y = 1 | x) = sigmoid(intercept + weights . x)."""

    covariance: np.ndarray
    intercept: float
    weights: np.ndarray

    @property
    def bayes(self) -> Linear:
        """The logistic regression that draws Y."""
        return Linear(self.intercept, self.weights)

    def moments(self) -> Moments:
        """All first and second moments; Cov(X, Y) = S l E sigmoid' by Stein's lemma."""
        along = self.covariance @ self.weights
        found = logistic(self.intercept, float(np.sqrt(self.weights @ along)))
        return Moments(
            pi=found.probability,
            mean=np.zeros(len(along)),
            covariance=self.covariance,
            cross=along * found.curvature[0, 0],
        )

    def sample(self, rows: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Features (rows, d) and target (rows,)."""
        root = np.linalg.cholesky(self.covariance)
        x = generator.standard_normal((rows, len(root))) @ root.T
        return x, (generator.random(rows) < expit(self.intercept + x @ self.weights)).astype(float)

    def score(self, predictor: Linear) -> Score:
        """Expected accuracy and log loss.

        The true logit u and the predicted v are jointly Gaussian. The log loss is
        E softplus(v) - E sigmoid(u) v, the accuracy an integral over u of P(v > 0 | u).
        """
        a, s = self.intercept, float(np.sqrt(self.weights @ self.covariance @ self.weights))
        b, w = predictor
        along = self.covariance @ w
        spread = float(np.sqrt(w @ along))
        slope = float(self.weights @ along) / s
        rest = float(np.sqrt(max(spread**2 - slope**2, 0.0)))
        truth = logistic(a, s)
        expected = truth.probability * b + slope * s * truth.curvature[0, 0]
        z, weight = _pieces(b, slope, rest)
        says_one = (
            np.where(b + slope * z > 0, 1.0, 0.0) if rest < 1e-12 else ndtr((b + slope * z) / rest)
        )
        is_one = expit(a + s * z)
        return Score(
            accuracy=float(weight @ (is_one * says_one + (1 - is_one) * (1 - says_one))),
            log_loss=logistic(b, spread).softplus - expected,
        )


@dataclass(frozen=True, eq=False)
class AnticausalWorld:
    """P(Y = 1) = pi, X | Y = y ~ N(y difference, within)."""

    pi: float
    difference: np.ndarray
    within: np.ndarray

    @property
    def bayes(self) -> Linear:
        """Linear discriminant of the true parameters."""
        weights = np.linalg.solve(self.within, self.difference)
        prior = np.log(self.pi / (1 - self.pi))
        return Linear(float(prior - weights @ self.difference / 2), weights)

    def moments(self) -> Moments:
        """All first and second moments."""
        q = self.pi * (1 - self.pi)
        return Moments(
            pi=self.pi,
            mean=self.pi * self.difference,
            covariance=self.within + q * np.outer(self.difference, self.difference),
            cross=q * self.difference,
        )

    def sample(self, rows: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Features (rows, d) and target (rows,)."""
        y = (generator.random(rows) < self.pi).astype(float)
        root = np.linalg.cholesky(self.within)
        x = generator.standard_normal((rows, len(root))) @ root.T
        return x + np.outer(y, self.difference), y

    def score(self, predictor: Linear) -> Score:
        """Expected accuracy and log loss; the logit is Gaussian within each class."""
        b, w = predictor
        spread = float(np.sqrt(w @ self.within @ w))
        shift = float(w @ self.difference)
        right = ndtr(-b / spread), ndtr((b + shift) / spread)
        losses = logistic(b, spread).softplus, logistic(-b - shift, spread).softplus
        share = np.array([1 - self.pi, self.pi])
        return Score(float(share @ right), float(share @ losses))


def causal_world(source: Worlds, generator: np.random.Generator, link: float) -> CausalWorld:
    """Draw a causal world: two causes of variance 1, correlated by up to ``link``."""
    weights = generator.uniform(*source.causal_strength) * _direction(generator)
    return CausalWorld(
        intercept=float(generator.uniform(-1, 1)),
        weights=weights,
        covariance=_correlated(generator.uniform(-1, 1) * link),
    )


def anticausal_world(
    source: Worlds, generator: np.random.Generator, link: float
) -> AnticausalWorld:
    """Draw an anticausal world: two effects of variance 1 within classes."""
    difference = generator.uniform(*source.anticausal_strength) * _direction(generator)
    return AnticausalWorld(
        pi=float(generator.uniform(0.2, 0.8)),
        difference=difference,
        within=_correlated(generator.uniform(-1, 1) * link),
    )


def angle(a: np.ndarray, b: np.ndarray, deviation: np.ndarray) -> float:
    """Angle between two weight vectors in degrees, features in units of ``deviation``."""
    a, b = a * deviation, b * deviation
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def _direction(generator: np.random.Generator) -> np.ndarray:
    turn = generator.uniform(0, 2 * np.pi)
    return np.array([np.cos(turn), np.sin(turn)])


def _correlated(correlation: float) -> np.ndarray:
    return np.array([[1.0, correlation], [correlation, 1.0]])


def _pieces(b: float, slope: float, rest: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights for standard normal z, in pieces about where b + slope z changes sign."""
    cuts = set(np.arange(-REACH, REACH + 1))
    if abs(slope) > 1e-12:
        steep = 4 * rest / abs(slope)
        cuts |= {-b / slope, -b / slope - steep, -b / slope + steep}
    edges = np.array(sorted(cut for cut in cuts if abs(cut) <= REACH))
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    z = (middle[:, None] + half[:, None] * LEGENDRE[0]).ravel()
    weight = (half[:, None] * LEGENDRE[1]).ravel() * np.exp(-(z**2) / 2)
    return z, weight / weight.sum()
