"""The two loops that LCD spends its time in, each against its plain form, in one run.

Likelihood: counts of 64 cells under 2,000 states of 100 genes, by products of matrices and as a
three-dimensional array; value and gradient. Sampling: annealed Langevin dynamics by fused steps
for all perturbations at once, and by a loop over perturbations that asks the network for its drift
in every step. The plain loop has two forms: with a scalar diffusion, and, as in the released code,
with the diffusion as a matrix per cell.
"""

import argparse
import json
import os
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch.nn import functional as F

from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.config import Levels, Network, Sampling, Variant
from causeway.cells.lcd.drift import CausalDrift
from causeway.cells.lcd.sampling import anneal, fixed_points, step_sizes

CELLS, STATES, GENES = 64, 2_000, 100
ROUNDS = 5
GENES_SAMPLED, WIDTH, KINDS, SAMPLES = 20, 128, 20, 300


def naive_likelihood(counts, rate, logit):
    """Sum over genes of an (n, M, d) array."""
    x, rate = counts[:, None], rate[None] + measurement.TINY
    zero = torch.logaddexp(-F.softplus(-logit), -F.softplus(logit) - rate)
    some = -F.softplus(logit) + x * rate.log() - rate - torch.lgamma(x + 1)
    return torch.where(x > 0, some, zero).sum(-1)


def likelihood() -> dict[str, float]:
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(STATES, GENES, generator=generator)
    logit = torch.randn(GENES, generator=generator)
    scale = 1 + 9 * torch.rand(GENES, generator=generator)
    counts = measurement.draw(measurement.rates(states[:CELLS], scale), logit, generator)
    found, seconds = {}, {"products": [], "naive": []}
    for _ in range(ROUNDS):
        for name, form in (
            ("products", measurement.log_likelihood),
            ("naive", naive_likelihood),
        ):
            leaf = states.clone().requires_grad_()
            start = perf_counter()
            value = form(counts, measurement.rates(leaf, scale), logit)
            measurement.marginal(value).mean().backward()
            seconds[name].append(perf_counter() - start)
            found[name] = value.detach().double(), leaf.grad.double()
    (value, gradient), (other, other_gradient) = found["products"], found["naive"]
    times = {name: median(values) for name, values in seconds.items()}
    return {
        "products_ms": 1e3 * times["products"],
        "naive_ms": 1e3 * times["naive"],
        "ratio": times["naive"] / times["products"],
        "value_error": float(((value - other).abs() / other.abs()).max()),
        "gradient_error": float((gradient - other_gradient).norm() / other_gradient.norm()),
    }


def model() -> CausalDrift:
    torch.manual_seed(0)
    tokens = [f"g{token}" for token in range(GENES_SAMPLED)]
    network = Network(hidden=WIDTH, embedding=WIDTH, levels=Levels(count=10))
    drift = CausalDrift(GENES_SAMPLED, tokens, network, Variant()).eval()
    with torch.no_grad():
        drift.embeddings.normal_()
    drift.mark_trained(tokens)
    return drift


@torch.no_grad()
def plain(drift, labels, settings, *, matrix=False, noisy=True):
    """One perturbation after the other; the network is asked for everything in every step."""
    found = []
    for label in labels:
        shape = settings.samples, GENES_SAMPLED
        states = torch.randn(shape) if noisy else torch.zeros(shape)
        for level, size in enumerate(step_sizes(drift, settings)):
            for _ in range(settings.steps):
                levels = torch.full((settings.samples,), level)
                code = drift.codes([label]).expand(settings.samples, -1)
                push = drift_of(drift, states, levels, code)
                states = states + size * push
                if noisy:
                    noise = torch.randn(shape)
                    if matrix:
                        diffusion = torch.eye(GENES_SAMPLED).expand(settings.samples, -1, -1)
                        noise = torch.einsum("nij,nj->ni", diffusion, noise)
                    states = states + (2 * size) ** 0.5 * noise
        found.append(states)
    return torch.stack(found)


def drift_of(drift, states, levels, code):
    """Drift with the times and injections of every cell computed anew."""
    sigma = drift.sigma[levels, None]
    time = drift.time(drift.positions[levels])
    inputs = states / (1 + sigma**2).sqrt()
    return (
        inputs - sigma * drift.network(inputs, time, drift.injection(code)) - states
    ) / sigma**2


def sampling() -> dict[str, float]:
    drift = model()
    labels = [f"g{token}" for token in range(KINDS)]
    settings = Sampling(steps=10, step_size=1e-5, samples=SAMPLES)
    moves = KINDS * SAMPLES * settings.steps * len(drift.sigma)
    seconds = {"fused": [], "plain": [], "matrix": []}
    for _ in range(ROUNDS):
        for name in seconds:
            start = perf_counter()
            if name == "fused":
                anneal(drift, labels, settings, torch.Generator().manual_seed(0))
            else:
                plain(drift, labels, settings, matrix=name == "matrix")
            seconds[name].append(perf_counter() - start)
    fixed = fixed_points(drift, labels, settings)
    few = settings.model_copy(update={"samples": 1})
    loop = plain(drift, labels, few, noisy=False)[:, 0]
    rates = {name: moves / median(values) for name, values in seconds.items()}
    return {
        **{f"{name}_cell_steps_per_s": rate for name, rate in rates.items()},
        "ratio": rates["fused"] / rates["plain"],
        "ratio_matrix": rates["fused"] / rates["matrix"],
        "fixed_point_error": float((fixed - loop).norm() / loop.norm()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    output = parser.parse_args().output
    torch.set_num_threads(1)
    report = {"load": os.getloadavg()[0], "threads": 1, "torch": torch.__version__}
    report |= {"likelihood": likelihood(), "sampling": sampling()}
    output.mkdir(parents=True, exist_ok=True)
    (output / "lcd.json").write_text(json.dumps(report, indent=2) + "\n")
    first, second = report["likelihood"], report["sampling"]
    lines = [
        "# Latent causal diffusions, one thread",
        "",
        f"Medians of {ROUNDS} rounds in turn, at a load of {report['load']:.1f}, with torch "
        f"{report['torch']}.",
        "",
        f"Value and gradient of the likelihood: {CELLS} cells, {STATES:,} states, {GENES} genes:",
        "",
        "| form | ms |",
        "|---|---|",
        f"| products of matrices | {first['products_ms']:.1f} |",
        f"| three-dimensional array | {first['naive_ms']:.1f} |",
        "",
        f"{first['ratio']:.1f} times faster; values agree to {first['value_error']:.1e}, "
        f"gradients to {first['gradient_error']:.1e}.",
        "",
        f"Sampling {KINDS} perturbations of {SAMPLES} cells, {GENES_SAMPLED} genes, width "
        f"{WIDTH}:",
        "",
        "| form | cells × steps per second |",
        "|---|---|",
        f"| fused, all perturbations together | {second['fused_cell_steps_per_s']:,.0f} |",
        f"| plain loop | {second['plain_cell_steps_per_s']:,.0f} |",
        f"| plain loop, a diffusion matrix per cell | {second['matrix_cell_steps_per_s']:,.0f} |",
        "",
        f"{second['ratio']:.1f} and {second['ratio_matrix']:.1f} times faster; fixed points agree "
        f"to {second['fixed_point_error']:.1e}.",
    ]
    (output / "lcd.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
