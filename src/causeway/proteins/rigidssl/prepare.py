"""Turn one shard of downloaded structures into chains that training can map."""

import hashlib
import logging
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from causeway.errors import InputError
from causeway.proteins.chain import Chain
from causeway.proteins.filters import refusal
from causeway.proteins.reasons import Reason, StructureError
from causeway.proteins.rigidssl import refused as tables
from causeway.proteins.rigidssl.config import Filters
from causeway.proteins.rigidssl.refused import Refusal
from causeway.proteins.shards import write_shard
from causeway.proteins.sources import Source
from causeway.proteins.structures import read_structure

INDEX = pa.schema(
    [
        ("id", pa.string()),
        ("entry", pa.string()),
        ("chain", pa.string()),
        ("version", pa.string()),
        ("length", pa.int32()),
        ("mean_plddt", pa.float32()),
        ("breaks", pa.int32()),
        ("source", pa.string()),
        ("sha256", pa.string()),
        ("row", pa.int32()),
        ("sequence", pa.string()),
    ]
)
"""Columns of the index: one row per kept chain, `row` being its place in the shard; `source` and
`sha256` name the file it was read from; `mean_plddt` is null where B-factors are not pLDDT."""
_MANIFEST = ["id", "version", "file", "bytes", "sha256", "url", "problem"]
_log = logging.getLogger(__name__)


def prepare(
    *,
    archive: Path,
    manifest: Path,
    shard: Path,
    index: Path,
    refused: Path,
    filters: Filters,
    source: Source,
) -> None:
    """Read backbones from a tar, keep the chains that pass the filters, list the others.

    Every file of the manifest ends in `index`, by its chains, or in `refused`, or in both.

    Parameters
    ----------
    archive
        Tar of structure files, each as it was downloaded.
    manifest
        Table (tab-separated) of the files: id, version, file, bytes, sha256, url, problem.
    shard
        Arrow file to write, see :mod:`causeway.proteins.shards`.
    index
        Parquet file to write, columns :data:`INDEX`.
    refused
        Table (tab-separated) to write, see :mod:`causeway.proteins.rigidssl.refused`.
    filters
        Bounds on the chains.
    source
        Where the files come from; tells whether B-factors are pLDDT.

    Raises
    ------
    InputError
        If the tar or the manifest itself cannot be read.
    """
    kept: dict[str, Chain] = {}
    rows: list[dict[str, object]] = []
    refusals: list[Refusal] = []
    bounds = filters.model_dump()
    for member, data in _members(archive, _read_manifest(manifest)):
        entry, name = member["id"], member["file"]
        try:
            chains = read_structure(_checked(data, member), entry=entry, where=name)
        except StructureError as error:
            told = str(error).removeprefix(f"{name}: ")
            refusals.append((entry, "", name, error.reason, told))
            continue
        for chain in chains:
            verdict = refusal(chain, **bounds, plddt=source.plddt)
            if verdict is None and chain.id in kept:
                verdict = Reason.DUPLICATE, f"{chain.id} was already read from another file"
            if verdict is not None:
                refusals.append((entry, chain.chain, name, *verdict))
                continue
            rows.append(_row(chain, member, row=len(kept), plddt=source.plddt))
            kept[chain.id] = chain
    write_shard(shard, kept.values(), plddt=source.plddt)
    pq.write_table(pa.Table.from_pylist(rows, INDEX), index)
    tables.write(refusals, refused)
    _log.info("kept %d chains of %s", len(kept), archive)
    for reason, count in Counter(row[3] for row in refusals).most_common():
        _log.info("refused %d: %s", count, reason)


def _read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Rows of the manifest by file name."""
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise InputError(
            path, f"is not a manifest ({error})", "Delete it and run fetch again"
        ) from error
    missing = [name for name in _MANIFEST if name not in table]
    if missing:
        raise InputError(
            path, f"has no column {', '.join(missing)}", "Delete it and run fetch again"
        )
    rows = cast(list[dict[str, str]], table.to_dict("records"))
    return {row["file"]: row for row in rows}


def _members(
    archive: Path, manifest: dict[str, dict[str, str]]
) -> Iterator[tuple[dict[str, str], bytes | None]]:
    """Files of the tar in its order, then, without bytes, those that it lacks."""
    left = dict(manifest)
    try:
        with tarfile.open(archive, "r:") as tar:
            for info in tar:
                file = tar.extractfile(info) if info.name in left else None
                if file is not None:
                    yield left.pop(info.name), file.read()
    except tarfile.TarError as error:
        raise InputError(
            archive, f"is not a whole tar ({error})", "Delete it and run fetch again"
        ) from error
    for row in left.values():
        yield row, None


def _checked(data: bytes | None, member: dict[str, str]) -> bytes:
    """The bytes of a file, if they are what was fetched."""
    if problem := member["problem"]:
        remedy = "Remove it from the source, or name another one"
        raise StructureError(Reason.MISSING, member["url"], problem, remedy)
    remedy = "Delete the shard's tar and run fetch again"
    if data is None:
        raise StructureError(Reason.MISSING, member["file"], "is not in the tar", remedy)
    if hashlib.sha256(data).hexdigest() != member["sha256"]:
        raise StructureError(
            Reason.DAMAGED, member["file"], "has another SHA-256 than in the manifest", remedy
        )
    return data


def _row(chain: Chain, member: dict[str, str], *, row: int, plddt: bool) -> dict[str, object]:
    return {
        "id": chain.id,
        "entry": chain.entry,
        "chain": chain.chain,
        "version": member["version"],
        "length": len(chain),
        "mean_plddt": float(np.mean(chain.plddt, dtype=np.float64)) if plddt else None,
        "breaks": int(chain.breaks.sum()),
        "source": member["file"],
        "sha256": member["sha256"],
        "row": row,
        "sequence": chain.sequence,
    }
