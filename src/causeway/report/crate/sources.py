"""Registered raw data behind a run, with licence and citation, as entities of a crate."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from causeway.data.datasets import Dataset, listing, registry
from causeway.report.crate.actions import one_or_all
from causeway.report.crate.formats import media_type
from causeway.report.crate.places import Places
from causeway.report.records import Record

DOI = re.compile(r"doi:(\S+)")


def addresses(root: Path) -> dict[str, str]:
    """Web address of every registered file, by its path below the data folder."""
    return {
        remote.path: remote.url
        for dataset in registry(root).values()
        for remote in listing(root, dataset)
    }


def add_sources(
    crate: ROCrate, records: Iterable[Record], root: Path, places: Places
) -> list[Entity]:
    """Describe the datasets of the registry that jobs name in their parameters or read.

    Parameters
    ----------
    crate
        The crate.
    records
        Records of the jobs.
    root
        Folder of the project, which holds the registry.
    places
        Names of files.
    """
    words: set[str] = set()
    for record in records:
        words.update(_words(record["params"]))
        words.update(part for file in record["inputs"] for part in Path(file).parts)
    return [
        _add(crate, dataset, places) for name, dataset in registry(root).items() if name in words
    ]


def _words(content: Any) -> Iterable[str]:
    """All texts within nested parameters."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _words(value)
    elif isinstance(content, list):
        for value in content:
            yield from _words(value)


def _add(crate: ROCrate, dataset: Dataset, places: Places) -> Entity:
    known: dict[str, Any] = {
        "name": dataset.name,
        "version": dataset.version,
        "license": dataset.licence,
        "citation": one_or_all([_cited(crate, work) for work in dataset.citation.split("; ")]),
    }
    if dataset.bytes is not None:
        known["contentSize"] = str(dataset.bytes)
    if dataset.url is not None:
        if dataset.sha256 is not None:
            known["sha256"] = dataset.sha256
        known["encodingFormat"] = media_type(dataset.url)
        return crate.add_file(source=dataset.url, properties=known)
    table = places.workflow / "config" / str(dataset.files)
    known |= {
        "@type": "CreativeWork",
        "description": "Files that the registry lists one by one",
        "subjectOf": crate.add_file(
            dest_path=table,
            properties={
                "name": f"Files of {dataset.name}",
                "encodingFormat": media_type(table.name),
            },
        ),
    }
    return crate.add(ContextEntity(crate, f"#dataset/{dataset.name}", known))


def _cited(crate: ROCrate, work: str) -> Entity:
    """Work that a dataset asks to cite, by its DOI where it has one."""
    found = DOI.search(work)
    slug = re.sub(r"\W+", "-", work)
    address = f"https://doi.org/{found[1]}" if found else f"#work/{slug}"
    return crate.add(ContextEntity(crate, address, {"@type": "ScholarlyArticle", "name": work}))
