"""The step that describes a run as an RO-Crate, with a copy of what ran and its configuration."""

import logging
import warnings
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from causeway.report.crate import profiles
from causeway.report.crate import workflow as code
from causeway.report.crate.actions import DONE, add_action, one_or_all, span
from causeway.report.crate.formats import media_type
from causeway.report.crate.places import Places
from causeway.report.crate.software import add_machines, add_packages
from causeway.report.crate.sources import add_sources, addresses
from causeway.report.records import Record, Records, read
from causeway.report.surroundings import commits
from causeway.systems import systems

log = logging.getLogger(__name__)

HEADER = "# The complete configuration of this run: snakemake --configfile <this file>\n"
CONFIG = "report/config.yaml"
WORKFLOW = PurePosixPath("report/workflow")
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"


def crate(
    *,
    judged: list[Path],
    pages: list[Path],
    metadata: Path,
    workflow: Path,
    settings: Path,
    records: Path,
    config: dict[str, Any],
    scale: str,
    root: Path,
) -> None:
    """Write the metadata of a run's crate, a copy of the workflow and the configuration.

    The crate holds the jobs behind the verdicts, and those that made the report.

    Parameters
    ----------
    judged
        Tables of judged claims, one per system.
    pages
        What the report made of them.
    metadata
        ``ro-crate-metadata.json`` in the folder of the results, which is the crate.
    workflow
        Folder to copy the workflow to.
    settings
        Configuration to write.
    records
        Folder with the results of this scale, in which jobs left their records.
    config
        The complete configuration.
    scale
        Scale of the run.
    root
        Folder of the Snakefile.
    """
    code.copy(root, workflow)
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    settings.write_text(HEADER + text, encoding="utf-8")

    entries = read(records)
    behind = Records.join(entries.values()).behind([str(path) for path in [*judged, *pages]])
    made = {id(record) for record in behind}
    jobs = {path: record for path, record in entries.items() if id(record) in made}
    described = describe(jobs, Places(records, WORKFLOW, addresses(root)), config, root, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # files stay where they are, so that none has a source
        described.metadata.write(metadata.parent)
    log.info("%d jobs, %d entities", len(jobs), len(list(described.get_entities())))


def describe(
    jobs: dict[Path, Record], places: Places, config: dict[str, Any], root: Path, scale: str
) -> ROCrate:
    """Make the crate of a run.

    Parameters
    ----------
    jobs
        Records by the file that holds them.
    places
        Names of files.
    config
        The complete configuration.
    root
        Folder of the project, which holds the registry.
    scale
        Scale of the run.
    """
    crate = ROCrate(version=profiles.VERSION)
    profiles.declare(crate)
    records = list(jobs.values())
    titles = [systems()[name] for name in config["systems"]]
    crate.name = f"causeway at scale {scale}: {', '.join(config['systems'])}"
    crate.description = (
        "Claims of papers judged by the numbers of one run, with its jobs, code, configuration, "
        f"data and software. {len(jobs)} jobs."
    )
    # The run's own date: the same run gives the same bytes.
    crate.datePublished = span(records)["endTime"]
    crate.root_dataset["citation"] = one_or_all(
        [_paper(crate, kind.title, kind.arxiv) for kind in titles]
    )
    main = _main(crate, records)
    machines = add_machines(crate, records)
    by_hardware = {str(record["hardware"]): None for record in records}
    named = dict(zip(by_hardware, machines, strict=True))
    actions = [
        add_action(crate, record, path, places, named) for path, record in sorted(jobs.items())
    ]
    sources = add_sources(crate, records, root, places)
    run = _run(crate, main, records, sources)
    crate.root_dataset["mentions"] = [run, *actions]
    return crate


def _paper(crate: ROCrate, title: str, arxiv: str) -> Entity:
    return crate.add(
        ContextEntity(
            crate,
            f"https://arxiv.org/abs/{arxiv}",
            {"@type": "ScholarlyArticle", "name": title},
        )
    )


def _main(crate: ROCrate, records: Iterable[Record]) -> Entity:
    """Describe the workflow itself, its input and what it needs."""
    languages = profiles.languages(crate)
    parameter = crate.add_formal_parameter(
        "config", "File", "#parameter/config", "Every setting of the run", valueRequired=True
    )
    crate.add_file(
        dest_path=CONFIG,
        properties={
            "name": "The complete configuration",
            "description": "Gives the same results again: snakemake --configfile <this file>",
            "encodingFormat": media_type(CONFIG),
            "exampleOfWork": parameter,
        },
    )
    parameter["workExample"] = {"@id": CONFIG}
    main = crate.add_workflow(
        dest_path=WORKFLOW / "Snakefile",
        main=True,
        lang=languages["Snakemake"],
        properties={
            "name": "causeway",
            "description": "From raw public data to judged claims",
            "license": {"@id": profiles.LICENCE},
            "version": "; ".join(commits(records)) or "unknown",
            "encodingFormat": "text/plain",
            "conformsTo": {"@id": BIOSCHEMAS},
            "input": parameter,
            "softwareRequirements": add_packages(crate, records),
        },
    )
    crate.add_dataset(
        dest_path=WORKFLOW,
        properties={
            "name": "The workflow that ran",
            "description": "Rules, scripts, environments, configuration and the package",
        },
    )
    return main


def _run(crate: ROCrate, main: Entity, records: list[Record], sources: list[Entity]) -> Entity:
    """Describe the run as a whole: from configuration and data to the report."""
    results = [entity for entity in crate.data_entities if entity.id.startswith("report/claims")]
    for entity in results:
        entity["name"] = f"Verdicts on all claims, {PurePosixPath(entity.id).suffix}"
    return crate.add_action(
        main,
        "#run",
        object=one_or_all([crate.get(CONFIG), *sources]),
        result=one_or_all(results),
        properties={
            "name": "The run",
            "description": "The workflow from its configuration to the report",
            "actionStatus": DONE,
            **span(records),
        },
    )
