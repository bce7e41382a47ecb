"""Draw what the first stage predicts of one dataset, beside every baseline."""

from functools import partial
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway import metrics as table
from causeway.devices import device_of
from causeway.figures import looks, remark, save, style
from causeway.genomes import metrics as scores
from causeway.genomes.genes import read_genes
from causeway.genomes.phenformer import expression_plots as plots
from causeway.genomes.phenformer.backbones import Backbone
from causeway.genomes.phenformer.embedding import embed
from causeway.genomes.phenformer.frozen import load
from causeway.genomes.phenformer.gene_windows import gene_windows, start_index
from causeway.genomes.phenformer.mutagenesis import importance, substitutions
from causeway.genomes.phenformer.settings import Holdout
from causeway.genomes.sequence import Codes, decode
from causeway.genomes.store import Genome, open_store
from causeway.genomes.windows import read_windows
from causeway.genomes.worlds.grammar import Grammar, read_grammar
from causeway.hardware import Hardware

RIVALS = 3
"""Baselines that are drawn beside the model."""
UPSTREAM, DOWNSTREAM = 384, 128
"""Bases around the transcription start that are changed one by one, at most."""
MEMORY = 1 << 31
"""Bytes that the windows which are predicted at once may take."""


def draw(
    *,
    predictions: list[Path],
    metrics: list[Path],
    histories: list[Path],
    checkpoint: Path,
    genome: Path,
    genes: Path,
    truth: Path,
    holdout: Holdout,
    variants: list[str],
    dataset: str,
    synthetic: str,
    hardware: Hardware,
    threads: int,
    predicted: Path,
    strips: Path,
    tracks: Path,
    curves: Path,
) -> None:
    """Draw predicted expression, correlations by context, effects of bases, and training.

    Parameters
    ----------
    predictions, metrics, histories
        Files of all runs, in folders ``<variant>/seed<seed>``. The first of ``predictions`` is
        the run whose genes are shown.
    checkpoint
        Model of that run.
    genome, genes, truth
        Files of ``index``.
    holdout
        How genes were held out, which the figures tell.
    variants
        All variants of the configuration, in its order.
    dataset
        Name.
    synthetic
        What of the data is drawn and not measured; figures then say so. Empty for real data.
    hardware
        Where to predict.
    threads
        Processor cores to use.
    predicted, strips, tracks, curves
        Figures to write.
    """
    torch.set_num_threads(threads)
    shown = anndata.read_h5ad(predictions[0])
    levels = _levels(shown)
    present = {path.parents[1].name for path in predictions}
    looked = {name: look for name, look in looks(variants).items() if name in present}
    points = pd.concat([_points(path) for path in predictions], ignore_index=True)
    history = pd.concat(
        [_of_run(pd.read_parquet(path), path) for path in histories], ignore_index=True
    )
    chosen = [plots.MODEL, *plots.best_baselines(levels, RIVALS)]
    levels = pd.concat([levels[levels["method"] == name] for name in chosen])
    found = _tracks(shown, load(checkpoint), device_of(hardware), open_store(genome), genes, truth)
    data = f"dataset {dataset}" + (f": {synthetic}" if synthetic else "")
    with style():
        for path, figure in (
            (predicted, plots.predicted(levels, _told(holdout))),
            (strips, plots.strips(points, table.read(metrics), looked)),
            (tracks, plots.tracks(found)),
            (curves, plots.curves(history, looked)),
        ):
            remark(figure, data)
            save(figure, path)


def _told(holdout: Holdout) -> str:
    if holdout.kind == "contigs":
        return f"those of {', '.join(holdout.test_contigs)}"
    return {"blocks": "blocks of the genome", "families": "families of promoters"}[holdout.kind]


def _levels(shown: anndata.AnnData) -> pd.DataFrame:
    """Means over contexts of each test gene by method, as observed and as predicted."""
    observed = np.asarray(shown.X).mean(axis=1)
    tables = [
        pd.DataFrame({"method": name, "predicted": np.asarray(layer).mean(axis=1)})
        for name, layer in shown.layers.items()
    ]
    return pd.concat([one.assign(observed=observed) for one in tables], ignore_index=True)


def _points(path: Path) -> pd.DataFrame:
    """Correlations of each context by method."""
    found = anndata.read_h5ad(path)
    observed = np.asarray(found.X)
    known = {"pearson": scores.pearson}
    if observed.shape[1] > 1:
        known["deviation"] = scores.deviation_pearson
    tables = [
        pd.DataFrame(
            {
                "method": name,
                "metric": metric,
                "context": found.var_names,
                "value": score(np.asarray(layer), observed),
            }
        )
        for name, layer in found.layers.items()
        for metric, score in known.items()
    ]
    return _of_run(pd.concat(tables, ignore_index=True), path)


def _of_run(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    return rows.assign(variant=path.parents[1].name, seed=path.parents[0].name)


def _tracks(
    shown: anndata.AnnData,
    model: Backbone,
    device: str,
    store: Genome,
    genes: Path,
    truth: Path,
) -> list[plots.Track]:
    """Best, median and worst predicted test gene, by root mean square error over contexts."""
    errors = np.asarray(shown.layers[plots.MODEL], dtype=np.float64) - np.asarray(shown.X)
    size = np.sqrt(np.square(errors).mean(axis=1))
    order = np.argsort(size, kind="stable")
    words = {0: "best", (len(order) - 1) // 2: "median", len(order) - 1: "worst"}
    rows = [int(order[place]) for place in sorted(words)]
    table = read_genes(genes).set_index("gene", drop=False).loc[shown.obs_names[rows]]
    windows = read_windows(store, gene_windows(table, model.size))
    grammar = read_grammar(truth) if (truth / "grammar.json").exists() else None
    start = start_index(model.size)
    span = slice(max(0, start - UPSTREAM), min(model.window, start + DOWNSTREAM))
    most = max(1, int(MEMORY // model.peak))
    return [
        plots.Track(
            gene=name or gene,
            remark=f"{words[place]} predicted: error {size[row]:.2g} log(1 + TPM)",
            first=span.start - start,
            letters=decode(window[span]).decode(),
            importance=importance(
                substitutions(partial(_predicted, model, device), window, span, min(most, 256))
            ),
            true=None if grammar is None else _by_law(grammar, window, span, start),
            planted=[] if grammar is None else _planted(grammar, truth, gene),
        )
        for place, row, window, gene, name in zip(
            sorted(words), rows, windows, table["gene"], table["name"], strict=True
        )
    ]


def _predicted(model: Backbone, device: str, windows: Codes) -> NDArray[np.float32]:
    found = embed(model, lambda rows: windows[rows], len(windows), device=device)
    return found.expression.numpy()


def _by_law(grammar: Grammar, window: Codes, span: slice, start: int) -> NDArray[np.float64]:
    return importance(
        substitutions(partial(grammar.expression, start=start), window, span, batch=1024)
    )


def _planted(grammar: Grammar, truth: Path, gene: str) -> list[plots.Mark]:
    """Motifs that were written before a gene; a real genome has none."""
    path = truth / "planted.tsv"
    if not path.exists():
        return []
    rows = pd.read_csv(path, sep="\t", dtype={"gene": str})
    widths = {
        name: len(word) for name, word in zip(grammar.motifs, grammar.consensus, strict=True)
    }
    return [
        plots.Mark(row["motif"], row["place"], row["place"] + widths[row["motif"]])
        for row in rows[rows["gene"] == gene].to_dict("records")
    ]
