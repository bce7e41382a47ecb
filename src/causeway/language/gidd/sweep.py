"""The runs of a sweep, and which of them are trained in one job."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeVar

from causeway.errors import InputError
from causeway.language.gidd.settings import Mixture, Plan, Size, Sweep, Training
from causeway.language.scaling.flops import flops_per_token

Found = TypeVar("Found")

TWIN = "autoregressive"
ANNEALED = ".annealed"
"""End of the name of a type of noise where the rate of runs fell at the end."""


def plans(sweep: Sweep, training: Training) -> list[Plan]:
    """List the runs: each type of noise, size, batch and rate, with one or all seeds.

    A run has the steps of the largest budget and is measured on the way, so that it serves all
    budgets. Named ``<noise>.<size>.b<batch>.r<rate>.s<seed>``. Runs of tunings that the sweep has
    anyway are not there twice.

    Parameters
    ----------
    sweep, training
        Sections of the configuration.

    Raises
    ------
    InputError
        If a run would have fewer than the least steps.
    """
    found = {plan.name: plan for plan in _tuning_plans(sweep, training)}
    found |= {plan.name: plan for plan in _main_plans(sweep, training)}
    for plan in found.values():
        if plan.steps < sweep.least_steps:
            raise InputError(
                f"run {plan.name}",
                f"its budget is spent after {plan.steps} steps, fewer than the "
                f"{sweep.least_steps} of sweep.least_steps",
                "Raise the budgets, choose smaller batches, or leave the size out",
            )
    return list(found.values())


def _main_plans(sweep: Sweep, training: Training) -> Iterator[Plan]:
    budget = max(sweep.budgets)
    pairs = [pair for each in sweep.settings for pair in product(each.batches, each.rates)]
    for kind in [*sweep.noises, TWIN]:
        for name in sweep.twins if kind == TWIN else sweep.sizes:
            for batch, rate in pairs:
                for seed in sweep.seeds if name in sweep.repeated else sweep.seeds[:1]:
                    yield _plan(sweep, training, kind, name, batch, rate, seed, budget)


def _tuning_plans(sweep: Sweep, training: Training) -> Iterator[Plan]:
    for tuning in sweep.tunings.values():
        kinds = [kind for kind in tuning.noises if kind in sweep.noises]
        for settings in product(kinds, tuning.sizes, tuning.batches, tuning.rates):
            yield _plan(sweep, training, *settings, sweep.seeds[0], tuning.budget)


def _plan(
    sweep: Sweep,
    training: Training,
    kind: str,
    name: str,
    batch: int,
    rate: float,
    seed: int,
    budget: float,
) -> Plan:
    size = sweep.sizes[name]
    annealed = name in sweep.annealed and budget == max(sweep.budgets)
    return Plan(
        name=f"{kind}.{name}.b{batch}.r{rate:g}.s{seed}",
        model="autoregressive" if kind == TWIN else "diffusion",
        noise=sweep.noises.get(kind, Mixture()),
        size=size,
        batch=batch,
        rate=rate,
        seed=seed,
        **_steps(sweep, training, size, batch, budget, annealed),
    )


def shares(runs: Sequence[Plan], jobs: int, length: int) -> list[list[Plan]]:
    """Share runs out among jobs of about equal work.

    The most expensive runs go first, each to the job with the least work so far.

    Parameters
    ----------
    runs
        What to train.
    jobs
        How many jobs there are; no more than runs are used.
    length
        Tokens of a sequence.
    """
    shared: list[list[Plan]] = [[] for _ in range(min(jobs, len(runs)))]
    work = [0.0] * len(shared)
    for run in sorted(runs, key=lambda run: -_work(run, length)):
        place = work.index(min(work))
        shared[place].append(run)
        work[place] += _work(run, length)
    return shared


def of_shard(shared: Mapping[str, Found]) -> Callable[[Any], Found]:
    """Parameter of a rule that is looked up by the wildcard ``shard``.

    Snakemake's own ``lookup`` goes through the runs of all jobs for each of them.
    """

    def found(wildcards: Any) -> Found:
        return shared[wildcards.shard]

    return found


def _steps(
    sweep: Sweep, training: Training, size: Size, batch: int, budget: float, annealed: bool
) -> dict[str, int | list[int]]:
    """Steps of a budget in whole epochs, and of the branches of all budgets."""
    per_step = _per_token(size, training.length) * batch * training.length
    steps = min(budget / per_step, sweep.most_steps)
    epoch = _between_measurements(sweep, per_step, steps)
    whole = math.ceil(steps / epoch) * epoch
    branches = _branches(sweep, training, per_step, epoch, whole) if annealed else []
    return {"steps": whole, "steps_per_epoch": epoch, "annealed": sorted(set(branches))}


def _between_measurements(sweep: Sweep, per_step: float, steps: float) -> int:
    """Steps between measurements, one of which ends at or just before the first budget.

    That is the smallest one which the run reaches after the least steps.

    Curves bend most where they begin, so that straight lines between readings err there.
    """
    even = steps / sweep.measurements
    read = [budget / per_step for budget in sweep.budgets]
    first = min((at for at in read if sweep.least_steps <= at <= steps), default=steps)
    return max(1, int(first / math.ceil(first / even)))


def _branches(
    sweep: Sweep, training: Training, per_step: float, epoch: int, whole: int
) -> Iterator[int]:
    """Steps of branches: near each budget, where they leave their run between epochs."""
    kept = 1 - training.cooldown
    possible = [
        steps
        for steps in range(epoch, whole + 1, epoch)
        if round(kept * steps) % epoch == 0 and round(kept * steps) > 0
    ]
    for budget in sweep.budgets:
        # A run that ends before a budget has no branch for it.
        if possible and budget / per_step < whole + epoch:
            yield min(possible, key=lambda steps: abs(steps - budget / per_step))


def _work(run: Plan, length: int) -> float:
    """Operations of a run."""
    return _per_token(run.size, length) * run.steps * run.batch * length


def _per_token(size: Size, length: int) -> float:
    """Operations per token, as budgets count them: with attention, without embedding and head."""
    return flops_per_token(size.layers, size.width, length, vocabulary=0)["flops"]
