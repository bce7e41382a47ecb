"""Packages and machines of a run, as entities of a crate."""

from collections.abc import Iterable
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from causeway.report.records import Record
from causeway.report.surroundings import distinct, machine, packages


def add_packages(crate: ROCrate, records: Iterable[Record]) -> list[ContextEntity]:
    """Describe the packages that jobs had imported, in all versions seen."""
    return [
        crate.add(ContextEntity(crate, _release(name, version), _package(name, version)))
        for name, versions in packages(records).items()
        for version in versions
    ]


def add_machines(crate: ROCrate, records: Iterable[Record]) -> list[ContextEntity]:
    """Describe the machines that jobs ran on, alike ones once."""
    machines = distinct(record["hardware"] for record in records)
    return [
        crate.add(
            ContextEntity(
                crate,
                f"#machine-{number}",
                {"@type": "PropertyValue", "name": "hardware", "value": machine(hardware)},
            )
        )
        for number, hardware in enumerate(machines, 1)
    ]


def _release(name: str, version: str) -> str:
    if name == "python":
        return f"https://www.python.org/downloads/release/python-{version.replace('.', '')}/"
    # A local version such as 2.13.0+cpu has no page of its own.
    public, plus, build = version.partition("+")
    return f"https://pypi.org/project/{name}/{public}/{plus and '#'}{build}"


def _package(name: str, version: str) -> dict[str, Any]:
    home = "https://www.python.org" if name == "python" else f"https://pypi.org/project/{name}/"
    return {
        "@type": "SoftwareApplication",
        "name": name,
        "url": home,
        "softwareVersion": version,
    }
