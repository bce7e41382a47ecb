"""Training step of the two-scale network against dense attention over all tokens of a haplotype.

The two-scale network reads each window by itself and then one token per window. The dense one has
the same convolutions, but its transformer lets all tokens of all windows see each other, as a
single network over the whole sequence would. Both have the widths of size tiny; a step is a
forward and backward pass of one haplotype of so many windows, on one thread in single precision.

Each measurement has a fresh process, so that peak memory is its own; all of them run in turns, so
that other load on the machine meets all. What would not fit into memory is not run, and said so.

    python benchmarks/multiscale.py --output docs/benchmarks
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from causeway import memory
from causeway.genomes.phenformer import cost
from causeway.genomes.phenformer.encoder import WindowEncoder
from causeway.genomes.phenformer.genome_encoder import GenomeEncoder, Places
from causeway.genomes.phenformer.sizes import SIZES, EncoderSize, Size
from causeway.rotary import rotary_table

NETWORKS = ("two-scale", "dense")
ATTENTIONS = ("fused", "naive")
CONTEXTS = 4
COPIES = 4
"""Matrices of tokens by tokens that the naive attention holds at once in the backward pass."""


class TwoScale(nn.Module):
    """Windows one by one, then one token per window."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.encoder = WindowEncoder(size.encoder)
        places = Places(["1"] * size.windows, [50_000 * gene for gene in range(size.windows)])
        self.genome = GenomeEncoder(size.genome, places, CONTEXTS, size.encoder.width)

    def forward(self, codes: Tensor) -> Tensor:
        """Return vectors of a person of windows (G, W)."""
        vectors = self.encoder(codes)[None]
        return self.genome(vectors, vectors[..., :CONTEXTS])


class Dense(nn.Module):
    """The same convolutions, and a transformer over the tokens of all windows."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.encoder = WindowEncoder(size.encoder)
        tokens = size.windows * size.encoder.tokens
        table = rotary_table(tokens, size.encoder.width // size.encoder.heads)
        self.register_buffer("table", table)

    def forward(self, codes: Tensor) -> Tensor:
        """Return all tokens of windows (G, W)."""
        x = self.encoder.convolve(codes).flatten(0, 1)[None]
        for block in self.encoder.transformer:
            if self.encoder.size.checkpointing:
                x = checkpoint(block, x, self.table, use_reentrant=False)
            else:
                x = block(x, self.table)
        return self.encoder.norm(x)


def sized(windows: int, window: int, checkpointing: bool) -> Size:
    """Size tiny with so many windows of this length."""
    tiny = SIZES["tiny"]
    changes = {"window": window, "checkpointing": checkpointing, "dropout": 0.0}
    encoder = EncoderSize(**{**tiny.encoder.model_dump(), **changes})
    genome = tiny.genome.model_copy(update={"checkpointing": checkpointing, "dropout": 0.0})
    return Size(encoder=encoder, genome=genome, windows=windows)


def projected(network: str, attention: str, size: Size) -> float:
    """Bytes that a step needs, roughly."""
    tokens = size.encoder.tokens
    rows, length = (1, size.windows * tokens) if network == "dense" else (size.windows, tokens)
    layers = 1 if size.encoder.checkpointing else size.encoder.layers
    matrices = 4.0 * COPIES * layers * rows * size.encoder.heads * length**2
    kept = size.windows * cost.training_memory(size.encoder)
    return kept + (matrices if attention == "naive" else 0)


def operations(network: str, size: Size) -> float:
    """Operations of a forward pass."""
    if network == "two-scale":
        whole = cost.genome_flops(size.genome, size.windows, CONTEXTS)
        return cost.haplotype_flops(size) + whole
    own = size.encoder.layers * cost.block_flops(size.encoder.tokens, size.encoder.width)
    return size.windows * (cost.window_flops(size.encoder) - own) + cost.dense_flops(size)


def stepper(network: str, attention: str, size: Size) -> Callable[[], None]:
    """A function that makes one step."""
    torch.manual_seed(0)
    model = (TwoScale if network == "two-scale" else Dense)(size)
    codes = torch.randint(0, 4, (size.windows, size.encoder.window), dtype=torch.uint8)

    def step() -> None:
        model.zero_grad(set_to_none=True)
        with sdpa_kernel(SDPBackend.MATH) if attention == "naive" else nullcontext():
            model(codes).square().mean().backward()

    return step


def measure(network: str, attention: str, size: Size, repeats: int) -> dict[str, float]:
    """Time some steps in this process, and what the first one adds to its memory."""
    torch.set_num_threads(1)
    stepper(network, attention, size.model_copy(update={"windows": 2}))()  # libraries wake up
    step = stepper(network, attention, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": statistics.median(seconds[1:]), "mib": (peak - before) / 1024}


def child(words: list[str]) -> dict[str, float]:
    """Measure in a fresh process."""
    command = [sys.executable, __file__, "--measure", *words]
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | threads
    )
    return json.loads(done.stdout)


def run(arguments: argparse.Namespace) -> list[dict]:
    """Measure all cases in turns."""
    cases = list(product(arguments.windows, NETWORKS, ATTENTIONS, (False, True)))
    found: dict[tuple, list[dict[str, float]]] = {case: [] for case in cases}
    for _ in range(arguments.rounds):
        for case in cases:
            windows, network, attention, checkpointing = case
            size = sized(windows, arguments.window, checkpointing)
            if projected(network, attention, size) > arguments.share * memory.available():
                continue
            words = [str(windows), network, attention, str(int(checkpointing))]
            words += [str(arguments.window), str(arguments.repeats)]
            found[case].append(child(words))
    rows = []
    for case, runs in found.items():
        windows, network, attention, checkpointing = case
        size = sized(windows, arguments.window, checkpointing)
        row = {
            "windows": windows,
            "base_pairs": windows * arguments.window,
            "network": network,
            "attention": attention,
            "checkpointing": checkpointing,
            "forward_gflop": operations(network, size) / 1e9,
            "projected_mib": projected(network, attention, size) / 2**20,
        }
        for name in ("seconds", "mib"):
            values = [one[name] for one in runs]
            row[name] = statistics.median(values) if values else None
        rows.append(row)
    return rows


def table(rows: list[dict]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| windows | bp | network | attention | checkpoints | forward, GFLOP | step, s | MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        measured = (
            f"{row['seconds']:.2f} | {row['mib']:,.0f}"
            if row["seconds"] is not None
            else f"not run | needs {row['projected_mib']:,.0f}"
        )
        lines.append(
            f"| {row['windows']} | {row['base_pairs']:,} | {row['network']} | {row['attention']} "
            f"| {'on' if row['checkpointing'] else 'off'} | {row['forward_gflop']:,.1f} "
            f"| {measured} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--windows", type=int, nargs="+", default=[8, 32, 128, 448])
    parser.add_argument("--window", type=int, default=2_048, help="base pairs of a window")
    parser.add_argument("--rounds", type=int, default=3, help="processes per case")
    parser.add_argument("--repeats", type=int, default=3, help="steps per process")
    parser.add_argument("--share", type=float, default=0.6, help="of the free memory, at most")
    parser.add_argument("--measure", nargs=6, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        windows, network, attention, checkpointing, window, repeats = arguments.measure
        size = sized(int(windows), int(window), checkpointing == "1")
        print(json.dumps(measure(network, attention, size, int(repeats))))
        return
    rows = run(arguments)
    report = {
        "threads": 1,
        "torch": torch.__version__,
        "processor": platform.processor() or platform.machine(),
        "load": os.getloadavg()[0],
        "rounds": arguments.rounds,
        "repeats": arguments.repeats,
        "rows": rows,
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "multiscale.json").write_text(json.dumps(report, indent=2) + "\n")
    title = "# Two scales against dense attention, one haplotype, one thread, fp32\n\n"
    title += (
        "A step is a forward and backward pass at the widths of size tiny, with windows of "
        f"{arguments.window:,} bp. Naive attention keeps the\nmatrix of weights; fused attention "
        "does not. MiB: what the first step adds to the memory of a fresh process. Load of the\n"
        f"machine at the end: {report['load']:.1f}.\n\n"
    )
    (arguments.output / "multiscale.md").write_text(title + table(rows) + "\n")


if __name__ == "__main__":
    main()
