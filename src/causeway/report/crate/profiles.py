"""What a crate says it follows."""

from rocrate.model.computerlanguage import ComputerLanguage
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

VERSION = "1.1"
"""Of RO-Crate, on which the run profiles 0.5 build."""
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
"""What the context of RO-Crate 1.1 lacks; the run profiles define it."""
LICENCE = "https://spdx.org/licenses/MIT"
"""Of the code and of what it wrote; raw data carry their own."""


def declare(crate: ROCrate) -> None:
    """State profiles, terms and licence."""
    crate.metadata.extra_terms.update(TERMS)
    crate.metadata["conformsTo"] = [
        {"@id": f"https://w3id.org/ro/crate/{VERSION}"},
        {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
    ]
    crate.root_dataset["conformsTo"] = [
        crate.add(
            ContextEntity(
                crate,
                address,
                {"@type": "CreativeWork", "name": name, "version": address.rpartition("/")[2]},
            )
        )
        for address, name in PROFILES.items()
    ]
    crate.license = crate.add(
        ContextEntity(
            crate,
            LICENCE,
            {
                "@type": "CreativeWork",
                "name": "MIT License",
                "description": "For the code and what it wrote; raw data carry their own",
            },
        )
    )


def languages(crate: ROCrate) -> dict[str, ComputerLanguage]:
    """Describe the languages of the workflow and of its steps."""
    return {
        name: crate.add(
            ComputerLanguage(
                crate,
                identifier,
                {"name": name, "url": {"@id": home}, "identifier": {"@id": home}},
            )
        )
        for name, identifier, home in (
            (
                "Snakemake",
                "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
                "https://snakemake.readthedocs.io",
            ),
            ("Python", "#python", "https://www.python.org"),
        )
    }
