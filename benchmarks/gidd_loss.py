"""The loss of discrete diffusion, forward and backward, against its definition by one-hot vectors.

Tokens of a balanced mixture of masks and uniform noise, fp32, from logits to their gradient, with
the weights. The definition makes vectors over the vocabulary for the true token, the noise, its
slope and both noised distributions, as published code does. The two run in turns in one process,
so that other load on the machine meets both; the ratio is the median of the ratios of neighbouring
runs. Peak memory is that which a pass adds to a fresh process, the gradient included.

    python benchmarks/gidd_loss.py --output docs/benchmarks
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.processes import Interpolation, State
from causeway.language.gidd.weights import weights

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "language"))
import onehot_loss

THREADS = 1
"""As in a sweep, which trains a run per core."""
VOCABULARIES = (100, 4096, 32768)
LOGITS = 1 << 24
"""Logits of a batch; the number of tokens follows from the vocabulary."""
AIM = 3.0

Inputs = tuple[State, Tensor, Tensor]


def closed(logits: Tensor, inputs: Inputs) -> Tensor:
    """Sum of the weighted loss in closed form."""
    state, tokens, noised = inputs
    size = logits.shape[-1]
    floor = state.noise * state.uniform / size
    loss = pointwise_divergence(logits, tokens, noised, state.alpha, floor)
    return (weights(state, tokens, noised, size).float() * loss).sum()


def onehot(logits: Tensor, inputs: Inputs) -> Tensor:
    """Sum of the weighted loss by its definition."""
    (log_snr, share, slope, _), tokens, noised = inputs
    log_snr, share, slope = log_snr.float(), share.float(), slope.float()
    loss = onehot_loss.divergence(logits, tokens, noised, torch.sigmoid(log_snr), share)
    size = logits.shape[-1]
    return (onehot_loss.weight(log_snr, share, slope, tokens, noised, size) * loss).sum()


FORMS: dict[str, Callable[[Tensor, Inputs], Tensor]] = {"onehot": onehot, "closed": closed}


def batch(size: int, count: int) -> tuple[Tensor, Inputs]:
    """Random logits, and tokens with their noise."""
    generator = torch.Generator().manual_seed(0)
    state = Interpolation(0.0).at(torch.rand(count, generator=generator))
    tokens = torch.randint(size, (count,), generator=generator)
    kept = torch.rand(count, generator=generator) < state.alpha
    uniform = torch.rand(count, generator=generator) < state.uniform
    drawn = torch.randint(size, (count,), generator=generator)
    noised = torch.where(kept, tokens, torch.where(uniform, drawn, size))
    logits = torch.randn(count, size, generator=generator).requires_grad_()
    return logits, (state, tokens, noised)


def step(form: str, logits: Tensor, inputs: Inputs) -> float:
    """Seconds of one forward and backward pass."""
    logits.grad = None
    start = time.perf_counter()
    FORMS[form](logits, inputs).backward()
    return time.perf_counter() - start


def compare(size: int, repeats: int) -> dict[str, float]:
    """Time both forms in turns."""
    logits, inputs = batch(size, LOGITS // size)
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    for form in FORMS:
        step(form, logits, inputs)
    for _ in range(repeats):
        for form in FORMS:
            seconds[form].append(step(form, logits, inputs))
    ratios = [slow / fast for slow, fast in zip(seconds["onehot"], seconds["closed"], strict=True)]
    row = {"vocabulary": size, "tokens": LOGITS // size, "repeats": repeats}
    row |= {f"{form}_seconds": statistics.median(values) for form, values in seconds.items()}
    return row | {"ratio": statistics.median(ratios)}


def peak_memory(form: str, size: int) -> float:
    """Mebibytes that one pass adds to a fresh process."""
    command = [sys.executable, __file__, "--measure", form, "--vocabularies", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return float(done.stdout)


def added_memory(form: str, size: int) -> float:
    """Mebibytes that the first pass adds to this process."""
    step(form, *batch(size, 8))
    logits, inputs = batch(size, LOGITS // size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step(form, logits, inputs)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def table(rows: list[dict[str, float]]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| V | tokens | one-hot, s | closed form, s | ratio | one-hot, MiB | closed form, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['vocabulary']} | {row['tokens']} | {row['onehot_seconds']:.3f} "
        f"| {row['closed_seconds']:.3f} | {row['ratio']:.1f} | {row['onehot_mib']:.0f} "
        f"| {row['closed_mib']:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--vocabularies", type=int, nargs="+", default=VOCABULARIES)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--measure", choices=FORMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    if arguments.measure:
        print(added_memory(arguments.measure, arguments.vocabularies[0]))
        return
    # Memory first: Linux hands a parent's peak on to the processes it starts.
    memory = [
        {f"{form}_mib": peak_memory(form, size) for form in FORMS}
        for size in arguments.vocabularies
    ]
    times = [compare(size, arguments.repeats) for size in arguments.vocabularies]
    rows = [time_row | memory_row for time_row, memory_row in zip(times, memory, strict=True)]
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = {"threads": THREADS, "torch": torch.__version__, "load": os.getloadavg()[0]}
    text = json.dumps(report | {"rows": rows}, indent=2)
    (arguments.output / "gidd_loss.json").write_text(text + "\n")
    title = "# Loss of discrete diffusion, forward and backward, fp32, 1 thread\n\n"
    title += f"The aim is {AIM:g} times the speed at a vocabulary of 4,096.\n\n"
    (arguments.output / "gidd_loss.md").write_text(title + table(rows) + "\n")


if __name__ == "__main__":
    main()
