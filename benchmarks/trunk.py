"""Forward and backward pass of the RigidSSL trunk against a plain port of the same mathematics.

One chain in both directions at the published widths, fp32, 2 threads. The two run in turns in one
process, so that other load on the machine meets both; the ratio is the median of the ratios of
neighbouring runs. Peak memory is measured in a fresh process for each.

    python benchmarks/trunk.py --output docs/benchmarks
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn

from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.network import RigidTrunk
from causeway.proteins.rigidssl.work import step_flops

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "proteins"))
from plain_trunk import PlainTrunk

TRUNKS = {"causeway": RigidTrunk, "plain": PlainTrunk}
THREADS = 2
SEED = 0


def chain(length: int) -> tuple[torch.Tensor, ...]:
    """One random chain, forward and backward."""
    generator = torch.Generator().manual_seed(SEED)
    quaternion = nn.functional.normalize(torch.randn(2, length, 4, generator=generator), dim=-1)
    position = 2.2 * torch.randn(2, length, 3, generator=generator).cumsum(1)
    index = torch.arange(length).expand(2, length)
    mask = torch.ones(2, length, dtype=torch.bool)
    return quaternion, position, torch.full((2,), 0.4), index, mask, torch.tensor([0, 1])


def step(trunk: nn.Module, inputs: tuple[torch.Tensor, ...]) -> float:
    """Seconds of one forward and backward pass."""
    trunk.zero_grad(set_to_none=True)
    start = time.perf_counter()
    v_x, v_q = trunk(*inputs)
    (v_x.square().mean() + v_q.square().mean()).backward()
    return time.perf_counter() - start


def compare(length: int, repeats: int) -> dict[str, float]:
    """Time both trunks in turns."""
    inputs = chain(length)
    trunks = {name: make(Network(), "global") for name, make in TRUNKS.items()}
    trunks["plain"].load_state_dict(trunks["causeway"].state_dict())
    for trunk in trunks.values():
        step(trunk, inputs)
    seconds = {name: [] for name in trunks}
    for _ in range(repeats):
        for name, trunk in trunks.items():
            seconds[name].append(step(trunk, inputs))
    pairs = zip(seconds["plain"], seconds["causeway"], strict=True)
    flops = step_flops(Network(), length)
    row = {"length": length, "repeats": repeats, "plain_gflop": flops / 1e9}
    row["ratio"] = statistics.median(plain / ours for plain, ours in pairs)
    row["ratio_of_fastest"] = min(seconds["plain"]) / min(seconds["causeway"])
    for name, values in seconds.items():
        row[f"{name}_seconds"] = statistics.median(values)
        row[f"{name}_fastest_seconds"] = min(values)
        row[f"{name}_gflop_per_second"] = flops / 1e9 / min(values)
    return row


def peak_memory(name: str, length: int) -> float:
    """Mebibytes that one pass adds to a fresh process."""
    command = [sys.executable, __file__, "--measure", name, "--lengths", str(length)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return float(done.stdout)


def added_memory(name: str, length: int) -> float:
    """Mebibytes that the first pass adds to this process."""
    inputs = chain(length)
    trunk = TRUNKS[name](Network(), "global")
    step(trunk, chain(8))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step(trunk, inputs)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def table(rows: list[dict[str, float]]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| L | plain, s | causeway, s | ratio | ratio of fastest | plain, GFLOP/s "
        "| causeway, GFLOP/s of plain | plain, MiB | causeway, MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['length']} | {r['plain_seconds']:.2f} | {r['causeway_seconds']:.2f} "
        f"| {r['ratio']:.2f} | {r['ratio_of_fastest']:.2f} | {r['plain_gflop_per_second']:.0f} "
        f"| {r['causeway_gflop_per_second']:.0f} | {r['plain_mib']:.0f} "
        f"| {r['causeway_mib']:.0f} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--lengths", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--measure", choices=TRUNKS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    if arguments.measure:
        print(added_memory(arguments.measure, arguments.lengths[0]))
        return
    # Memory first: Linux hands a parent's peak on to the processes it starts.
    memory = [
        {f"{name}_mib": peak_memory(name, length) for name in TRUNKS}
        for length in arguments.lengths
    ]
    times = [compare(length, arguments.repeats) for length in arguments.lengths]
    rows = [time_row | memory_row for time_row, memory_row in zip(times, memory, strict=True)]
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = {"threads": THREADS, "torch": torch.__version__, "load": os.getloadavg()[0]}
    text = json.dumps(report | {"rows": rows}, indent=2)
    (arguments.output / "trunk.json").write_text(text + "\n")
    title = "# Trunk, forward and backward, one chain x two directions, fp32, 2 threads\n\n"
    title += (
        "The aim is twice the speed and half the memory at L = 256, where the pair tensors no "
        "longer fit the caches.\nShorter chains are bound by the products themselves, of which "
        "only a quarter can be saved.\n\n"
    )
    (arguments.output / "trunk.md").write_text(title + table(rows) + "\n")


if __name__ == "__main__":
    main()
