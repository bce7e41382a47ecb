"""Out-of-variable prediction in random worlds: experts who saw one feature each are merged."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from causeway.causal.cmaxent.attempts import Attempt, attempt
from causeway.causal.cmaxent.config import Worlds
from causeway.causal.cmaxent.experts import Expert, pool
from causeway.causal.cmaxent.merging import DIRECTIONS, merge
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Direction, Predictor
from causeway.causal.cmaxent.study import Findings, Panel, Study, exact, line
from causeway.causal.cmaxent.worlds import Linear, World, angle, anticausal_world, causal_world
from causeway.errors import InputError
from causeway.statistics import Interval, t_interval

FEATURES = ("X1", "X2")
SHOWN = 300
"""Points in a figure."""
BETTER = {"accuracy": 1, "log-loss": -1, "angle": -1}
"""Scores, and whether more is better."""
MAKERS: dict[str, Callable[[Worlds, np.random.Generator, float], World]] = {
    "causal-world": causal_world,
    "anticausal-world": anticausal_world,
}


class Trial(NamedTuple):
    """One world: what both directions made of it, and by how much they agree on full moments."""

    world: World
    both: dict[Direction, Attempt]
    measured: dict[str, list[float]]
    """Accuracy, log loss and angle of both directions, of each with the one feature that is
    associated most with the target (``causal expert``), and of the best predictor."""
    joint_angle: float
    """Angle between both directions' weights when all moments are known, in degrees."""


def study(source: Worlds, seed: int) -> Study:
    """Merge experts who saw (X1, Y) and (X2, Y), in worlds of both directions and three settings.

    ``population``: exact moments, causes independent (effects independent within classes);
    ``sampled``: the same worlds, each expert with its own rows; ``linked``: exact moments of
    worlds with a hidden correlation of causes (of effects, within classes). ``unlinked/refused``
    counts refusals of either direction in the first two.
    """
    found: Findings = {direction: {} for direction in DIRECTIONS}
    attempts, panels, angles = [], [], []
    refused, unlinked = 0, 0
    for setting in ("population", "sampled", "linked"):
        for kind, (name, make) in enumerate(MAKERS.items()):
            trials = [
                _trial(source, make, setting, f"{name} {k}", [seed, kind, k])
                for k in range(source.worlds)
            ]
            attempts += [trial.both for trial in trials]
            angles += [trial.joint_angle for trial in trials]
            for direction in DIRECTIONS:
                values = dict(_scores(trials, direction))
                found[direction] |= {f"{setting}/{name}/{key}": v for key, v in values.items()}
            if setting != "linked":
                refused += sum(_refused(trial) for trial in trials)
                unlinked += len(trials)
            if setting != "sampled":
                panels.append(_panel(f"{setting}, {name.replace('-', ' ')}", trials, seed))
    for direction in DIRECTIONS:
        found[direction]["joint/angle-between"] = exact(max(angles), len(angles))
        found[direction]["unlinked/refused"] = exact(refused, unlinked)
    return Study(found, attempts, panels)


def _trial(
    source: Worlds,
    make: Callable[[Worlds, np.random.Generator, float], World],
    setting: str,
    name: str,
    entropy: list[int],
) -> Trial:
    generator = np.random.default_rng(entropy)
    world = make(source, generator, source.link if setting == "linked" else 0.0)
    everything = world.moments()
    known = (
        _sampled(world, source.rows, generator)
        if setting == "sampled"
        else everything.as_seen_by([[0], [1]])
    )
    strength = known.cross**2 / np.diagonal(known.covariance)
    alone = known.forget(covariances=[(0, 1)], cross=[int(strength.argmin())])
    both = attempt(setting, name, FEATURES, known)
    causal, anticausal = (merge(everything, direction).weights for direction in DIRECTIONS)
    deviation = np.sqrt(np.diagonal(everything.covariance))
    predictors: dict[str, Predictor | Linear] = {"best": world.bayes}
    for direction, one in both.items():
        predictors[f"{direction} expert"] = merge(alone, direction)
        if one.predictor:
            predictors[direction] = one.predictor
    measured = {key: _measured(world, one, deviation) for key, one in predictors.items()}
    return Trial(world, both, measured, angle(causal, anticausal, deviation))


def _sampled(world: World, rows: int, generator: np.random.Generator) -> Moments:
    experts = []
    for feature in range(len(FEATURES)):
        x, y = world.sample(rows, generator)
        experts.append(Expert.of_sample([feature], x[:, [feature]], y))
    return pool(experts)


def _scores(trials: list[Trial], direction: Direction) -> Iterator[tuple[str, Interval]]:
    """Scores of one direction, against the other one, the best and a single expert."""
    other = DIRECTIONS[1 - DIRECTIONS.index(direction)]
    refused = sum(trial.both[direction].predictor is None for trial in trials) / len(trials)
    yield "refused", exact(refused, len(trials))
    kept = [trial for trial in trials if all(one.predictor for one in trial.both.values())]
    if not kept:
        raise InputError(
            "worlds", "no world can be merged in both directions", "Lower the strengths"
        )
    own, others, experts, best = (
        np.array([trial.measured[name] for trial in kept])
        for name in (direction, other, f"{direction} expert", "best")
    )
    for column, (name, sign) in enumerate(BETTER.items()):
        yield name, t_interval(own[:, column])
        yield f"{name}-gain", t_interval(sign * (own - others)[:, column])
        yield f"{name}-over-expert", t_interval(sign * (own - experts)[:, column])
        if name != "angle":
            yield f"{name}-regret", t_interval(sign * (best - own)[:, column])


def _refused(trial: Trial) -> int:
    """Count the directions that cannot have a world's moments."""
    return sum(one.predictor is None for one in trial.both.values())


def _measured(world: World, predictor: Predictor | Linear, deviation: np.ndarray) -> list[float]:
    score = world.score(Linear(predictor.intercept, predictor.weights))
    turned = angle(predictor.weights, world.bayes.weights, deviation)
    return [score.accuracy, score.log_loss, turned]


def _panel(title: str, trials: list[Trial], seed: int) -> Panel:
    """Show the world in which the boundaries differ more than in nine of ten others."""
    kept = [trial for trial in trials if all(one.predictor for one in trial.both.values())]

    def apart(trial: Trial) -> float:
        first, second = (_lines(trial)[direction] for direction in DIRECTIONS)
        return angle(np.array(first[1:]), np.array(second[1:]), np.ones(2))

    trial = sorted(kept, key=apart)[int(0.9 * len(kept))]
    points, target = trial.world.sample(SHOWN, np.random.default_rng([seed, 9]))
    lines = _lines(trial) | {"Bayes": line(*trial.world.bayes)}
    return Panel(title, FEATURES, points, target, lines)


def _lines(trial: Trial) -> dict[str, tuple[float, float, float]]:
    return {
        direction: line(one.predictor.intercept, one.predictor.weights)
        for direction, one in trial.both.items()
        if one.predictor
    }
