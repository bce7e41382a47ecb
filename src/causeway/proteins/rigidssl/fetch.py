"""Fetch the structure files of one shard."""

import csv
import hashlib
import io
import logging
import tarfile
from pathlib import Path

from causeway.proteins.sources import Source
from causeway.proteins.supply import plan as plans
from causeway.proteins.supply.deliver import entries

log = logging.getLogger(__name__)

COLUMNS = ["id", "version", "file", "bytes", "sha256", "url", "problem"]


def fetch(
    *,
    plan: Path,
    archive: Path,
    manifest: Path,
    source: Source,
    shard: int,
    mirror: str | None,
    resume: Path,
) -> None:
    """Write the original files of one shard into a tar, and a table of them.

    Parameters
    ----------
    plan
        What the dataset consists of.
    archive
        Tar that is written; the files' bytes are as published.
    manifest
        Table that is written, with columns id, version, file, bytes, sha256, url, problem; the
        last one tells why a file is not in the tar.
    source
        Where the structures come from.
    shard
        Which of the source's shards, from 0.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    resume
        Folder for unfinished downloads.

    Raises
    ------
    InputError
        If a file cannot be had or is not what was promised.
    """
    found = entries(
        plans.load(plan), shard=shard, shards=source.shards, mirror=mirror, resume=resume
    )
    with (
        tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar,
        manifest.open("w", encoding="utf-8", newline="") as table,
    ):
        rows = csv.writer(table, delimiter="\t", lineterminator="\n")
        rows.writerow(COLUMNS)
        for entry in found:
            if entry.problem:
                rows.writerow(
                    [entry.id, entry.version, entry.file, 0, "", entry.url, entry.problem]
                )
                log.warning("no model of %s: %s %s", entry.id, entry.url, entry.problem)
                continue
            header = tarfile.TarInfo(entry.file)
            header.size = len(entry.content)
            tar.addfile(header, io.BytesIO(entry.content))
            digest = hashlib.sha256(entry.content).hexdigest()
            row = [entry.id, entry.version, entry.file, header.size, digest, entry.url, ""]
            rows.writerow(row)
        log.info("%d files in %s", len(tar.getmembers()), archive.name)
