"""Milliseconds of one exact delta(epsilon), against simulating the mechanism.

The peer draws releases by the definition, ``A^T A v`` with a fresh A each, and averages the excess
of their losses. It is given a thousand releases, and the time in which it would reach a standard
error of 1 % is extrapolated from their spread: simulation time goes with the number of releases.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from causeway.trust.wishart import VectorRelease, compose, noise_before
from causeway.trust.wishart.mechanism import releases

SETTINGS = ((12, 5, 0.9), (64, 16, 0.99), (400, 60, 0.9), (400, 400, 0.9))
DELTA = 0.01
RELEASES = 1000
ROUNDS = 7
TARGET = 0.01


def fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds)


def simulated(release: VectorRelease, epsilon: float) -> tuple[float, float]:
    """Seconds and relative standard error of a delta from simulated releases."""
    generator = np.random.default_rng(0)
    start = perf_counter()
    size = (release.dimension, release.rank, release.alignment, RELEASES)
    losses = release.loss(*releases(*size, generator))
    terms = np.maximum(-np.expm1(epsilon - losses), 0)
    seconds = perf_counter() - start
    # The true delta: at few releases the estimate itself may be zero.
    return seconds, float(terms.std() / np.sqrt(RELEASES) / release.delta(epsilon))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    rows = []
    for setting in SETTINGS:
        epsilon = VectorRelease(*setting).epsilon(DELTA)

        def once(setting: tuple[int, int, float] = setting, epsilon: float = epsilon) -> float:
            return VectorRelease(*setting).delta(epsilon)

        seconds, error = simulated(VectorRelease(*setting), epsilon)
        rows.append(
            {
                "dimension": setting[0],
                "rank": setting[1],
                "alignment": setting[2],
                "epsilon": epsilon,
                "exact_ms": 1e3 * fastest(once),
                "simulated_s": seconds * max(1.0, (error / TARGET) ** 2),
            }
        )
    composed = 1e3 * fastest(lambda: compose(noise_before(400, 16, 10.0), 1000, sampling=0.1))
    report = {"load": os.getloadavg()[0], "delta": rows, "composition_ms": composed}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "wishart.json").write_text(json.dumps(report, indent=2) + "\n")
    lines = [
        "# Exact privacy loss of random projections, one process",
        "",
        "One delta(epsilon) at the epsilon of delta = 0.01, from nothing, against simulated",
        "releases until the standard error is 1 %.",
        "",
        "| d | r | rho | exact, ms | simulation, s | times faster |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = 1e3 * row["simulated_s"] / row["exact_ms"]
        lines.append(
            f"| {row['dimension']} | {row['rank']} | {row['alignment']} | {row['exact_ms']:.1f} "
            f"| {row['simulated_s']:.2g} | {ratio:,.0f} |"
        )
    lines += [
        "",
        f"Composing 1000 sampled steps of M2 (d = 400, r = 16): {composed:.0f} ms.",
    ]
    (arguments.output / "wishart.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
