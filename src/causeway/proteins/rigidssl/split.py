"""Hold chains out, whole sequence clusters at a time."""

import logging
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.proteins.clusters import cluster, method
from causeway.proteins.leakage import leakage as compare
from causeway.proteins.leakage import summary
from causeway.proteins.reasons import Reason
from causeway.proteins.rigidssl import refused as tables
from causeway.proteins.rigidssl.config import Split
from causeway.proteins.splits import assign_splits

FIRST = 3
"""Refused entries that an error names."""

_log = logging.getLogger(__name__)


def split(
    *,
    indices: list[Path],
    refusals: list[Path],
    index: Path,
    leakage: Path,
    refused: Path,
    split: Split,
    dataset: str,
    seed: int,
    threads: int = 1,
) -> None:
    """Join the shards' tables, cluster the sequences and share the clusters out.

    Parameters
    ----------
    indices
        Index of each shard, in the order in which training lists the shards.
    refusals
        Refused files and chains of each shard, see :mod:`causeway.proteins.rigidssl.refused`.
    index
        Parquet file to write: the joined index with the columns `shard` (place in `indices`),
        `cluster` (id of the cluster's longest chain) and `split` (train, validation or test).
    leakage
        Table (tab-separated) to write: each held-out chain and its nearest training chain; lines
        that begin with ``#`` sum it up and name the method of clustering.
    refused
        Table (tab-separated) to write: all chains and files that are not used, with reasons.
    split
        Identity and coverage of clusters, shares of the splits.
    dataset
        Name of the dataset, for errors.
    seed
        Seed of the order in which clusters are shared out.
    threads
        Threads of MMseqs2.

    Raises
    ------
    InputError
        If no chain passed the filters or there are too few clusters to hold one out.
    """
    chains = pd.concat(
        [pd.read_parquet(path).assign(shard=shard) for shard, path in enumerate(indices)],
        ignore_index=True,
    )
    out = tables.read(refusals)
    twice = chains["id"].duplicated()
    again = chains[twice][["entry", "chain", "source"]].assign(
        reason=str(Reason.DUPLICATE), detail="an earlier shard has a chain of this id"
    )
    out = pd.concat([out, again], ignore_index=True)
    chains = chains[~twice].reset_index(drop=True)
    out.to_csv(refused, sep="\t", index=False)
    if chains.empty:
        raise _nothing_left(dataset, out, refusals)
    _log.info("kept %d chains; refused: %s", len(chains), tables.counts(out) or "nothing")
    texts = chains["sequence"].tolist()
    centres = cluster(texts, identity=split.identity, coverage=split.coverage, threads=threads)
    chains["cluster"] = chains["id"].to_numpy()[centres]
    chains["split"] = assign_splits(
        chains["cluster"].tolist(), validation=split.validation, test=split.test, seed=seed
    )
    report = compare(chains["id"].tolist(), texts, chains["split"].tolist())
    lines = summary(report, identity=split.identity, coverage=split.coverage)
    lines.append(f"clusters: {method()}; {chains['cluster'].nunique()} of {len(chains)} chains")
    for line in lines:
        _log.info("%s", line)
    with leakage.open("w") as file:
        file.writelines(f"# {line}\n" for line in lines)
        report.to_csv(file, sep="\t", index=False, float_format="%.4f")
    chains.to_parquet(index, index=False)


def _nothing_left(dataset: str, refused: pd.DataFrame, paths: list[Path]) -> InputError:
    if refused.empty:
        return InputError(
            f"dataset {dataset}",
            "no chain is left: the source gave no structure at all",
            "Give a source with protein structures",
        )
    first = "; ".join(f"{row.source}: {row.detail}" for row in refused.head(FIRST).itertuples())
    table = next(path for path in paths if not tables.read([path]).empty).resolve()
    return InputError(
        f"dataset {dataset}",
        f"no chain is left after reading and filtering (refused: {tables.counts(refused)}; "
        f"the first: {first})",
        "Loosen rigidssl.filters, or give a source with more protein structures. Every refused "
        f"file and chain is listed in {table}"
        + (" and its neighbours for the other shards" if len(paths) > 1 else ""),
    )
