"""One haplotype of 88,080,384 bp through the window encoder of size base, on a CPU.

Windows are cut side by side from a genome in a store, round and round its circle, and read by
chunks of several sizes. Each chunk size has a fresh process: seconds, and what the pass adds to
its memory beside the bound that is computed from shapes before anything runs. Vectors of all
chunk sizes are compared over the first windows; the first size also reads the whole haplotype.

    python benchmarks/haplotype.py --output docs/benchmarks
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway.genomes.phenformer.cost import window_flops
from causeway.genomes.phenformer.embedding import WORKSPACE, embed
from causeway.genomes.phenformer.expression_model import ExpressionModel
from causeway.genomes.phenformer.sizes import SIZES
from causeway.genomes.sequence import Codes
from causeway.genomes.store import open_store, write_store
from causeway.genomes.windows import Windows

BASES = 88_080_384
GENOME = 4_641_652
"""Bases of the circle, as many as E. coli has; they are random."""
CONTEXTS = 54
SIZE = SIZES["base"].encoder


def placed(number: int) -> pd.DataFrame:
    """Windows side by side, round and round the circle."""
    start = np.arange(number) * SIZE.window % GENOME
    return pd.DataFrame(
        {"contig": "circle", "start": start, "end": start + SIZE.window, "strand": "+"}
    )


def reading(store: Path, number: int) -> Windows:
    """The first windows of the haplotype."""
    return Windows(open_store(store), placed(number), where="haplotype")


def measure(store: Path, windows: int, chunk: int, threads: int, vectors: Path) -> dict:
    """Read windows in this process, and keep what comes of them."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = ExpressionModel([f"context{place}" for place in range(CONTEXTS)], SIZE)
    around = reading(store, windows)

    def read(rows: NDArray[np.integer]) -> Codes:
        return around.read(rows)

    embed(model, read, 1, chunk=1)  # libraries wake up
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = embed(model, read, windows, chunk=chunk)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(vectors, found.vectors.numpy())
    bound = 4 * windows * (SIZE.width + CONTEXTS) + chunk * (model.peak + SIZE.window) + WORKSPACE
    return {
        "windows": windows,
        "base_pairs": windows * SIZE.window,
        "chunk": chunk,
        "seconds": seconds,
        "gflops": windows * window_flops(SIZE) / seconds / 1e9,
        "mib": (peak - before) / 1024,
        "bound_mib": bound / 2**20,
    }


def child(words: list[str], threads: int) -> dict:
    """Measure in a fresh process."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, __file__, "--measure", *words],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    return json.loads(done.stdout)


def run(arguments: argparse.Namespace) -> dict:
    """Measure all chunk sizes, then the whole haplotype."""
    whole = BASES // SIZE.window
    threads = arguments.threads
    with TemporaryDirectory() as folder:
        store = Path(folder, "genome")
        rng = np.random.default_rng(0)
        codes = rng.integers(0, 4, GENOME).astype(np.uint8)
        write_store([("circle", codes)], store, circular=["circle"])
        rows, vectors = [], []
        for place, chunk in enumerate(arguments.chunks):
            kept = Path(folder, f"{place}.npy")
            words = [str(store), str(arguments.windows), str(chunk), str(threads), str(kept)]
            rows.append(child(words, threads))
            vectors.append(np.load(kept))
        kept = Path(folder, "whole.npy")
        words = [str(store), str(whole), str(arguments.chunks[0]), str(threads), str(kept)]
        rows.append(child(words, threads))
        vectors.append(np.load(kept)[: arguments.windows])
    apart = max(float(np.abs(one - vectors[0]).max()) for one in vectors)
    return {"threads": threads, "torch": torch.__version__, "largest_difference": apart} | {
        "rows": rows
    }


def table(report: dict) -> str:
    """Markdown of a report."""
    apart = report["largest_difference"]
    lines = [
        f"# A haplotype of {BASES:,} bp at size base, {report['threads']} threads, fp32",
        "",
        f"Largest difference between vectors of all chunk sizes: {apart:.1g}. MiB: what the pass",
        "adds to the memory of a fresh process; the bound is computed from shapes before anything",
        "runs, and a pass that would not fit is refused.",
        "",
        "| bp | windows | chunk | s | GFLOP/s | MiB | bound, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['base_pairs']:,} | {row['windows']:,} | {row['chunk']} | {row['seconds']:.0f} "
        f"| {row['gflops']:.0f} | {row['mib']:,.0f} | {row['bound_mib']:,.0f} |"
        for row in report["rows"]
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--chunks", type=int, nargs="+", default=[16, 1, 4, 64])
    parser.add_argument("--windows", type=int, default=256, help="windows of a comparison")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--measure", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        store, windows, chunk, threads, vectors = arguments.measure
        found = measure(Path(store), int(windows), int(chunk), int(threads), Path(vectors))
        print(json.dumps(found))
        return
    report = run(arguments)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "haplotype.json").write_text(json.dumps(report, indent=2) + "\n")
    (arguments.output / "haplotype.md").write_text(table(report))


if __name__ == "__main__":
    main()
