"""Go through all raw data on disk: by the registry, its receipts and the manifests of shards."""

import csv
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from causeway.data.checks import Promise
from causeway.data.datasets import registry
from causeway.data.verify import SUFFIX, promised
from causeway.errors import InputError


class Finding(NamedTuple):
    """One checked file and what is wrong with it, if anything."""

    path: Path
    problem: str | None
    checked: str


def audit(root: Path, data: Path) -> Iterator[Finding]:
    """Check every raw file below a folder.

    Parameters
    ----------
    root
        Folder of the project, which holds the registry.
    data
        Folder of raw data, e.g. ``results/data``.

    Yields
    ------
    Finding
        First the files of the registry, then the shards; files not fetched yet are left out.
    """
    for dataset in registry(root).values():
        if dataset.url is None:
            continue
        path = data / dataset.remote.path
        if path.is_file():
            receipt = path.with_name(path.name + SUFFIX)
            yield _file(path, promised(dataset.remote, receipt))
    for manifest in sorted(data.rglob("shard*.tsv")):
        archive = manifest.with_suffix(".tar")
        if archive.is_file():
            yield _shard(archive, manifest)
        else:
            yield Finding(archive, "is missing, though its manifest is there", "nothing")


def _file(path: Path, promise: Promise) -> Finding:
    if not promise:
        return Finding(path, None, "nothing: neither checksum nor receipt is known")
    what = "sha256" if promise.sha256 else "size"
    return Finding(path, promise.broken(path), f"{what} by {promise.by}")


def _shard(archive: Path, manifest: Path) -> Finding:
    """Compare the members of a shard with its manifest."""
    expected = _manifest(manifest)
    checked = f"sha256 of {len(expected)} files by {manifest.name}"
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                promised = expected.pop(member.name, None)
                content = tar.extractfile(member)
                if promised is None or content is None:
                    return Finding(archive, f"{member.name} is not in the manifest", checked)
                found = (member.size, hashlib.sha256(content.read()).hexdigest())
                if found != promised:
                    return Finding(archive, f"{member.name} is not the file received", checked)
    except (tarfile.TarError, OSError) as error:
        return Finding(archive, f"cannot be read ({error})", checked)
    lost = f"lacks {', '.join(sorted(expected)[:3])}" if expected else None
    return Finding(archive, lost, checked)


def _manifest(path: Path) -> dict[str, tuple[int, str]]:
    """Size and checksum of each file that a manifest says was received.

    Raises
    ------
    InputError
        If the table is no manifest.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
            return {
                row["file"]: (int(row["bytes"]), row["sha256"])
                for row in rows
                if not row.get("problem")
            }
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            path, f"is no manifest ({error!r})", "Remove it with its shard and run again"
        ) from error
