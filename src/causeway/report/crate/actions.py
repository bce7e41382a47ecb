"""Jobs as actions of a crate: code, what it read, what it wrote, and when."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from causeway.report.crate.formats import media_type
from causeway.report.crate.places import Places
from causeway.report.crate.workflow import module
from causeway.report.records import Record

DONE = "http://schema.org/CompletedActionStatus"


def add_action(
    crate: ROCrate, record: Record, place: Path, places: Places, machines: Mapping[str, Entity]
) -> Entity:
    """Describe one job by its record.

    Parameters
    ----------
    crate
        The crate.
    record, place
        The record, and the file that holds it.
    places
        Names of files.
    machines
        Entity of each machine by the text of its description.
    """
    wildcards = ", ".join(f"{name} {value}" for name, value in record["wildcards"].items())
    name = f"{record['rule']} {wildcards}".strip()
    beside = crate.add_file(
        dest_path=places.name(str(place)),
        properties={"name": f"Record of {name}", "encodingFormat": media_type(place.name)},
    )
    return crate.add(
        ContextEntity(
            crate,
            f"#job/{place.parent.parent.name}/{place.stem}",
            {
                "@type": "CreateAction",
                "name": name,
                "description": f"Job of rule {record['rule']} of the workflow",
                "instrument": _code(crate, record, places),
                "object": one_or_all(_files(crate, record["inputs"], places)),
                "result": one_or_all(_files(crate, record["outputs"], places)),
                "startTime": record["started"],
                "endTime": ended(record),
                "actionStatus": DONE,
                "subjectOf": beside,
                "additionalProperty": machines[str(record["hardware"])],
            },
        )
    )


def one_or_all(values: list[Any]) -> Any:
    """Take a single value out of its list, as RO-Crate recommends."""
    return values[0] if len(values) == 1 else values


def ended(record: Record) -> str:
    """When a job ended, in ISO 8601, to the second."""
    start = datetime.fromisoformat(record["started"])
    return (start + timedelta(seconds=record["seconds"])).isoformat(timespec="seconds")


def _files(crate: ROCrate, files: Mapping[str, Mapping[str, Any]], places: Places) -> list[Entity]:
    return [_file(crate, file, known, places) for file, known in files.items()]


def _file(crate: ROCrate, file: str, known: Mapping[str, Any], places: Places) -> Entity:
    """Describe a file or folder by what a record knows of it; the first description stays."""
    name = places.name(file)
    if name in crate:
        return crate.get(name)
    properties = {"name": Path(file).name}
    properties |= {"contentSize": str(known["bytes"])} if "bytes" in known else {}
    if "files" in known:
        return crate.add_dataset(dest_path=name, properties=properties)
    properties |= {"sha256": known["sha256"]} if "sha256" in known else {}
    properties["encodingFormat"] = media_type(name)
    if name.startswith("#"):
        return crate.add(ContextEntity(crate, name, {"@type": "CreativeWork", **properties}))
    if name.startswith(("http://", "https://")):
        return crate.add_file(source=name, properties=properties)
    return crate.add_file(dest_path=name, properties=properties)


def _code(crate: ROCrate, record: Record, places: Places) -> Entity:
    """Describe the module of a job's step, with the fingerprint of all that it imports."""
    if "step" not in record:  # its record is older than the naming of steps
        about = {"@type": "SoftwareApplication", "name": f"Step of rule {record['rule']}"}
        return crate.add(ContextEntity(crate, f"#rule/{record['rule']}", about))
    name = str(places.workflow / module(record["step"]))
    if name in crate:
        return crate.get(name)
    return crate.add_file(
        dest_path=name,
        properties={
            "@type": ["File", "SoftwareSourceCode"],
            "name": record["step"],
            "encodingFormat": media_type(name),
            "version": record["params"].get("code", "unknown"),
            "programmingLanguage": {"@id": "#python"},
        },
    )


def span(records: Iterable[Record]) -> dict[str, str]:
    """When the first job started and the last one ended."""
    records = list(records)
    return {
        "startTime": min(record["started"] for record in records),
        "endTime": max(ended(record) for record in records),
    }
