"""Results held to the list of them in the crate of their run."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from causeway.errors import InputError
from causeway.verification.files import Identity, difference
from causeway.verification.problem import Problem

METADATA = "ro-crate-metadata.json"


class Listed(NamedTuple):
    """A file or folder of a crate: its title, and size and hash where the crate gives them."""

    title: str
    known: Identity


def listing(results: Path, directory: Path) -> dict[str, Listed]:
    """Read what a run's crate lists, by file; nothing if the run left no crate.

    Parameters
    ----------
    results
        Results of one scale, which are the crate.
    directory
        Folder from which files are named.

    Raises
    ------
    InputError
        If its metadata cannot be read.
    """
    metadata = results / METADATA
    if not metadata.exists():
        return {}
    place = results.relative_to(directory)
    try:
        graph = json.loads(metadata.read_text(encoding="utf-8"))["@graph"]
        return {
            (place / unquote(entity["@id"])).as_posix(): Listed(entity["name"], _known(entity))
            for entity in graph
            if _is_inside(entity)
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            metadata,
            f"are no metadata of a crate ({error!r})",
            "Remove it and run snakemake again",
        ) from error


def departures(
    listed: Mapping[str, Listed], now: Mapping[str, Identity | None]
) -> Iterator[Problem]:
    """Find files that are not as the crate lists them.

    Parameters
    ----------
    listed
        What the crate lists, by file.
    now
        The files as they are.
    """
    for file, (title, known) in listed.items():
        if what := difference(known, now[file], touched=True):
            remedy = "Run snakemake again; if it stays so, remove it and run once more"
            if now[file] is None:
                remedy = "Remove what no record tells of, and run snakemake again"
            yield Problem(file, f"{what} ({METADATA} lists it: {title})", remedy)


def _is_inside(entity: Mapping[str, Any]) -> bool:
    """Whether an entity is a file or folder of the crate, other than the crate itself."""
    name, kinds = entity["@id"], entity["@type"]
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    return bool(kinds & {"File", "Dataset"}) and name != "./" and "://" not in name


def _known(entity: Mapping[str, Any]) -> dict[str, Any]:
    size = {"bytes": int(entity["contentSize"])} if "contentSize" in entity else {}
    return size | ({"sha256": entity["sha256"]} if "sha256" in entity else {})
