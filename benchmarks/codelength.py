"""Seconds and memory of the exact code-length search.

Brute force tries every triple of subsets and fills every environment's table anew, on a codebook
of three values per slot. Box minima are taken on the joint table of all three slots, and on the
two tables into which it falls. All three must find the same costs.
"""

import argparse
import json
import os
import tracemalloc
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from time import perf_counter

import numpy as np

from causeway.causal.codelength import codebooks, gaussian, search, shift, worlds
from causeway.causal.codelength.config import CodelengthConfig
from causeway.causal.codelength.counts import encode_counts, tally
from causeway.causal.codelength.gaussian import Moments, Parameters

SOURCES = CodelengthConfig().sources
ROUNDS = 5


def brute_force(moments: Moments, book: Parameters) -> np.ndarray:
    """Least divergence for each number of members, triple by triple."""
    most = [min(len(values), len(moments.counts)) for values in book]
    best = np.full(most, np.inf)
    for counts in product(*(range(1, k + 1) for k in most)):
        for subsets in product(*map(combinations, book, counts)):
            cause, noise, coefficient = map(np.array, subsets)
            first = gaussian.cause_divergence(moments, cause).min(axis=1)
            second = gaussian.effect_divergence(moments, noise, coefficient).min(axis=(1, 2))
            index = tuple(k - 1 for k in counts)
            best[index] = min(best[index], (first + second).sum())
    return best


def joint(moments: Moments, book: Parameters) -> np.ndarray:
    """Box minima of the table over all three slots."""
    first = gaussian.cause_divergence(moments, book.cause)[:, :, None, None]
    return search(first + gaussian.effect_divergence(moments, *book[1:])[:, None]).cost


def split(moments: Moments, book: Parameters) -> np.ndarray:
    """Box minima of the slot of the cause and of the two slots of the effect."""
    first = search(gaussian.cause_divergence(moments, book.cause)).cost
    return first[:, None, None] + search(gaussian.effect_divergence(moments, *book[1:])).cost


def measured(work: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Least seconds of some rounds, and peak memory of one more."""
    work()
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": min(seconds), "peak_megabytes": peak / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    source, counted = SOURCES["discovery"], SOURCES["shift"]
    true = Parameters(*np.array(source.environments).T)
    moments = gaussian.moments(worlds.published(source.environments, source.samples, 0))
    small = codebooks.from_estimates(gaussian.parameters(moments.covariance), 3)
    full = codebooks.with_true_values(true, 8)
    small_costs = [way(moments, small) for way in (brute_force, joint, split)]
    full_costs = [way(moments, full) for way in (joint, split)]
    equal = all(
        np.allclose(costs[0], other, rtol=1e-12)
        for costs in (small_costs, full_costs)
        for other in costs[1:]
    )
    if not equal:
        raise SystemExit("the ways of searching disagree")
    drawn = shift.sample(counted.cases["seven"], 10, counted.values, counted.family, 0)
    tallies = tally(drawn.first, drawn.environment, 10, counted.values)
    ways = {
        "3 values per slot: brute force": measured(lambda: brute_force(moments, small)),
        "3 values per slot: box minima, joint": measured(lambda: joint(moments, small)),
        "3 values per slot: box minima, split": measured(lambda: split(moments, small)),
        "8 values per slot: box minima, joint": measured(lambda: joint(moments, full), rounds=1),
        "8 values per slot: box minima, split": measured(lambda: split(moments, full)),
        "21 values of counts, up to 10 mechanisms": measured(
            lambda: encode_counts(tallies, counted=20, most=10, family="poisson")
        ),
    }
    report = {"load": os.getloadavg()[0], "equal": equal, "ways": ways}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "codelength.json").write_text(json.dumps(report, indent=2) + "\n")
    rows = [
        f"| {way} | {found['seconds'] * 1e3:,.2f} | {found['peak_megabytes']:,.2f} |"
        for way, found in ways.items()
    ]
    lines = [
        "# Code-length search, one core, five environments (ten for counts)",
        "",
        "All ways find the same costs.",
        "",
        "| way | ms | peak MB |",
        "|---|---|---|",
        *rows,
    ]
    (arguments.output / "codelength.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
