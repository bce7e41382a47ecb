"""Seconds and residuals of three ways to solve CMAXENT, in one run.

The generic dual (convex, Newton's method), the sum of squared moment residuals (BFGS from random
multipliers, the kind of method of the published CMAXENT code, here with exact gradients), and
the reduction to two unknowns that knows Gaussians. The first two solve the same problems on the
same lattices.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.optimize import minimize

from causeway.causal.cmaxent import Moments, conditional_maxent, merge
from causeway.causal.cmaxent.lattice import (
    Problem,
    anticausal_problem,
    cause_problem,
    effect_problem,
    lattice,
)
from causeway.causal.cmaxent.maxent import moments_at
from causeway.causal.cmaxent.worked import WORLD

NODES = (20, 50, 100, 200)
ROUNDS = 3


def dual(problem: Problem) -> tuple[float, int]:
    """Newton's method on the convex dual: residual and steps."""
    found = conditional_maxent(*problem)
    return found.residual, found.steps


def squares(problem: Problem, seed: int) -> tuple[float, int]:
    """BFGS on the sum of squared residuals from random multipliers: residual and evaluations."""

    def objective(multipliers: np.ndarray) -> tuple[float, np.ndarray]:
        _, mean, covariance, _ = moments_at(multipliers, problem.base, problem.features)
        residual = mean - problem.targets
        return float(residual @ residual), 2 * covariance @ residual

    start = np.random.default_rng(seed).normal(size=len(problem.targets))
    found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-10})
    _, mean, _, _ = moments_at(found.x, problem.base, problem.features)
    return float(np.abs(mean - problem.targets).max()), int(found.nfev)


def problems(moments: Moments, nodes: int) -> dict[str, Problem]:
    points = lattice(moments, nodes)
    causes = cause_problem(points, moments)
    distribution = conditional_maxent(*causes).probability[0]
    return {
        "P(X)": causes,
        "P(Y | X)": effect_problem(points, distribution, moments),
        "P(X | Y)": anticausal_problem(points, moments),
    }


def timed(solve: Callable[[], tuple[float, int]]) -> dict[str, float]:
    start = perf_counter()
    residual, evaluations = solve()
    return {
        "seconds": perf_counter() - start,
        "residual": residual,
        "evaluations": evaluations,
    }


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.median([run[key] for run in runs])) for key in runs[0]}


def reduced(moments: Moments, direction: str) -> float:
    """Seconds of one merging, in the mean of a hundred."""
    start = perf_counter()
    for _ in range(100):
        merge(moments, direction)
    return (perf_counter() - start) / 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    moments = WORLD.moments()
    rows = []
    for nodes in NODES:
        for name, problem in problems(moments, nodes).items():
            rows.append(
                {
                    "nodes": nodes,
                    "problem": name,
                    "dual": median([timed(lambda p=problem: dual(p)) for _ in range(ROUNDS)]),
                    "squares": median(
                        [timed(lambda p=problem, s=s: squares(p, s)) for s in range(ROUNDS)]
                    ),
                }
            )
    closed = {direction: reduced(moments, direction) for direction in ("causal", "anticausal")}
    report = {"load": os.getloadavg()[0], "lattice": rows, "reduced_seconds": closed}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "cmaxent.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.output / "cmaxent.md").write_text(table(report))


def table(report: dict) -> str:
    lines = [
        "# Solving CMAXENT",
        "",
        f"Medians of {ROUNDS} runs; two features, all moments known; load {report['load']:.1f}.",
        "Residual: the largest error of a matched moment.",
        "",
        "| lattice | problem | dual, Newton: s | evaluations | residual | squares, BFGS: s | "
        "evaluations | residual |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report["lattice"]:
        cells = [f"{row['nodes']} × {row['nodes']}", row["problem"]]
        for way in ("dual", "squares"):
            found = row[way]
            cells += [
                f"{found['seconds']:.3f}",
                f"{found['evaluations']:.0f}",
                f"{found['residual']:.1e}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    closed = report["reduced_seconds"]
    lines += [
        "",
        f"Without a lattice: {1e3 * closed['causal']:.2f} ms (causal), "
        f"{1e3 * closed['anticausal']:.2f} ms (anticausal), in any dimension.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
