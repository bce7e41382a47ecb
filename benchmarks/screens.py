"""Memory and seconds from a raw screen to a panel of genes, and both against scanpy.

First a synthetic screen of 400,000 cells by 8,000 genes, larger than what it is allowed to take:
filters, normalisation, variable genes, markers and the panel, block by block. Then the same
filters and variable genes for a screen that scanpy can hold in memory, each in a process of its
own; both must keep the same genes and find the same dispersions.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from causeway.cells.growing import growing_screen
from causeway.cells.labels import CONTROL
from causeway.cells.preparation import prepare_screen
from causeway.cells.reading.opening import open_raw
from causeway.cells.selection import select_panel
from causeway.cells.sources import Panel, Quality, ScreenFile

CELLS, GENES, SHARED = 400_000, 8_000, 60_000
"""Size of the large screen, and how many of its cells scanpy is given."""
PERTURBATIONS = 200
RATE = 0.05
"""Mean count of an entry: a twentieth of the entries, 160 million, are not zero."""
BLOCK = 5_000
LIMIT = 4 * 2**30
"""Bytes that the large screen may take at the peak."""
QUALITY = Quality(counts_above=200, genes_below=6_000, percent_mitochondrial=15, unmeasured="keep")


def make(path: Path, cells: int) -> int:
    """Write raw counts; the number of non-zero entries comes back."""
    rng = np.random.default_rng(0)
    names = [CONTROL, *(f"G{gene}" for gene in range(PERTURBATIONS))]
    rates = rng.gamma(0.5, 1.0, GENES)
    shares = np.cumsum(rates) / rates.sum()
    obs = pd.DataFrame(
        {"perturbation": rng.choice(names, cells)}, index=[f"cell{n}" for n in range(cells)]
    )
    genes = [f"G{gene}" for gene in range(GENES - 13)] + [f"MT-{gene}" for gene in range(13)]
    entries = 0
    with growing_screen(path, obs, pd.DataFrame(index=genes)) as screen:
        for start in range(0, cells, BLOCK):
            rows = min(BLOCK, cells - start)
            # As many molecules per cell as in a shallow screen, each of a random gene.
            sizes = rng.poisson(RATE * GENES * 1.6 * rng.gamma(8.0, 1 / 8, rows))
            gene = np.searchsorted(shares, rng.random(sizes.sum()))
            cell = np.repeat(np.arange(rows), sizes)
            values = np.ones(len(gene), dtype=np.float32)
            block = sparse.coo_array((values, (cell, gene)), shape=(rows, GENES)).tocsr()
            entries += block.nnz
            screen.append("X", block)
    return entries


def ours(path: Path, folder: Path, markers: int) -> None:
    """From the file to the panel."""
    source = ScreenFile(path=path)
    with open_raw(path) as raw:
        prepare_screen(raw, source, QUALITY, folder / "screen.h5ad", seed=0)
    with h5py.File(folder / "screen.h5ad") as file:
        train = list(anndata.io.read_elem(file["obs/perturbation"]).categories)
    settings = Panel(genes=1_000, markers=markers)
    table = select_panel(folder / "screen.h5ad", train, [], settings, folder / "panel.h5ad")
    table["dispersions_norm"].to_csv(folder / "ours.csv")


def scanpys(path: Path, folder: Path) -> None:
    """The same filters and variable genes by scanpy, with the screen in memory."""
    sc = import_module("scanpy")  # only this process pays for it
    screen = sc.read_h5ad(path)
    sc.pp.filter_cells(screen, min_genes=QUALITY.min_genes)
    screen.obs["library"] = np.asarray(screen.X.sum(axis=1)).ravel()
    sc.pp.filter_genes(screen, min_cells=QUALITY.min_cells)
    screen.var["mt"] = screen.var_names.str.startswith(QUALITY.mitochondrial)
    sc.pp.calculate_qc_metrics(screen, qc_vars=["mt"], inplace=True, percent_top=None, log1p=False)
    obs = screen.obs
    good = (
        (obs["pct_counts_mt"] < QUALITY.percent_mitochondrial)
        & (obs["total_counts"] > QUALITY.counts_above)
        & (obs["n_genes_by_counts"] < QUALITY.genes_below)
    )
    numbers = obs.loc[good, "perturbation"].value_counts()
    good &= obs["perturbation"].isin(numbers.index[numbers >= QUALITY.perturbation_cells])
    screen = screen[good].copy()
    control = screen.obs.loc[screen.obs["perturbation"] == CONTROL, "library"]
    screen.layers["counts"] = screen.X.copy()
    # As normalize_total, which knows of no library size over genes that were dropped.
    factors = float(np.median(control)) / screen.obs["library"].to_numpy(dtype=np.float64)
    screen.X.data *= np.repeat(factors.astype(np.float32), np.diff(screen.X.indptr))
    sc.pp.log1p(screen)
    sc.pp.highly_variable_genes(screen, flavor="seurat", n_top_genes=1_000)
    screen[:, screen.var["highly_variable"]].write_h5ad(folder / "panel.h5ad")
    screen.var["dispersions_norm"].to_csv(folder / "scanpy.csv")


def measured(way: str, path: Path, folder: Path) -> dict[str, float]:
    """Run a way in a process of its own; its seconds and bytes at the peak."""
    words = [sys.executable, __file__, "--way", way, "--screen", path, "--output", folder]
    answer = subprocess.run(list(map(str, words)), check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def run(way: str, path: Path, folder: Path) -> None:
    if way == "scanpy":
        import_module("scanpy")
    start, used = perf_counter(), process_time()
    if way == "scanpy":
        scanpys(path, folder)
    else:
        ours(path, folder, markers=20 if way == "large" else 0)
    seconds, used = perf_counter() - start, process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "processor_seconds": used, "peak_bytes": peak}))


def agreement(folder: Path) -> float:
    """Largest difference of normalised dispersions."""
    first, second = (
        pd.read_csv(folder / name, index_col=0)["dispersions_norm"]
        for name in ("ours.csv", "scanpy.csv")
    )
    if list(first.index) != list(second.index):
        raise SystemExit("other genes were kept than by scanpy")
    return float((first - second).abs().max())


def line(name: str, row: dict[str, float], digits: int) -> str:
    times = " | ".join(f"{row[kind]:.{digits}f}" for kind in ("seconds", "processor_seconds"))
    return f"| {name} | {times} | {row['peak_bytes'] / 2**30:.2f} |"


def report(rows: dict[str, dict[str, float]], facts: dict[str, object]) -> list[str]:
    ratios = " | ".join(
        f"{rows['scanpy'][kind] / rows['ours'][kind]:.2f}"
        for kind in ("seconds", "processor_seconds", "peak_bytes")
    )
    head = ["| | seconds | processor seconds | peak memory, GiB |", "|---|---|---|---|"]
    return [
        "# From a raw screen to a panel of genes",
        "",
        f"{facts['cells']:,} cells by {GENES:,} genes with {facts['entries']:,} entries that "
        f"are not zero, {PERTURBATIONS} perturbations, from an `.h5ad` file:",
        "filters, normalisation, variable genes, 20 markers per perturbation, panel of 1,000 "
        "genes; the screen and the panel are written.",
        "",
        *head,
        line("block by block", rows["large"], 0),
        "",
        f"{SHARED:,} cells of the same kind, filters and variable genes, panel written; ours also "
        "writes the whole filtered screen.",
        f"Genes kept are the same; normalised dispersions differ by at most "
        f"{facts['difference']:.1e}.",
        "",
        *head,
        line("block by block", rows["ours"], 1),
        line("scanpy, in memory", rows["scanpy"], 1),
        f"| scanpy / ours | {ratios} |",
        "",
        f"The best of {facts['rounds']} by processor seconds, without the import of libraries; "
        f"load was {facts['load']:.1f} on {os.cpu_count()} cores.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--way", choices=["large", "ours", "scanpy"], help=argparse.SUPPRESS)
    parser.add_argument("--screen", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cells", type=int, default=CELLS, help="cells of the large screen")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if chosen.way:
        run(chosen.way, chosen.screen, chosen.output)
        return
    load = os.getloadavg()[0]
    rows = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "small.h5ad", SHARED)
        for way in ("ours", "scanpy"):
            tries = [measured(way, folder / "small.h5ad", folder) for _ in range(chosen.rounds)]
            rows[way] = min(tries, key=lambda row: row["processor_seconds"])
        difference = agreement(folder)
        (folder / "small.h5ad").unlink()
        entries = make(folder / "large.h5ad", chosen.cells)
        rows["large"] = measured("large", folder / "large.h5ad", folder)
    if rows["large"]["peak_bytes"] > LIMIT:
        raise SystemExit(f"took {rows['large']['peak_bytes']:,} bytes, {LIMIT:,} are allowed")
    facts = {
        "load": load,
        "machine": platform.machine(),
        "rounds": chosen.rounds,
        "cells": chosen.cells,
        "entries": entries,
        "difference": difference,
    }
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "screens.json").write_text(
        json.dumps(facts | {"rows": rows}, indent=2) + "\n"
    )
    (chosen.output / "screens.md").write_text("\n".join(report(rows, facts)) + "\n")


if __name__ == "__main__":
    main()
