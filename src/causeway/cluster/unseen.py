"""Jobs that ended when no driver was there to see it: their records tell what they made.

Snakemake lets the driver alone note what a job was made with. Of a job that ends after its driver
was killed there is no such note: Snakemake would not see that its settings change later. And a
part of a group that had ended when the group was cancelled would be computed again.
"""

import json
from pathlib import Path
from typing import Any

import snakemake.api  # It imports the next, which by itself cannot be imported.
import snakemake.workflow
from snakemake.persistence.file import FilePersistence
from snakemake.settings.enums import RerunTrigger

from causeway import provenance
from causeway.history import previous
from causeway.verification.files import difference


class RecordedEnds(FilePersistence):
    """Snakemake's notes on jobs, with what the records of our jobs tell besides."""

    async def incomplete(self, job: Any) -> list[Any]:
        """Outputs of a job that have to be made again.

        Where Snakemake has a mark of an unfinished job, or no note at all, the record of the job
        decides: outputs that are as recorded, with the parameters and inputs that the job has now,
        are noted as finished. Those that were made with others are told to be incomplete; so is
        what Snakemake has marked and no record vouches for.
        """
        marked: list[Any] = await super().incomplete(job)
        record = previous(Path(job.log[0]).with_suffix(".json")) if job.log else None
        if record is None or (self.has_metadata(job) and not marked):
            return marked
        if not all(Path(path).exists() for path in job.output):
            return marked
        if as_recorded(job, record, Path(self.dag.workflow.basedir)):
            if not self.dag.workflow.dryrun:
                await self.finished(job)
            return []
        triggers = self.dag.workflow.rerun_triggers
        return list(job.output) if RerunTrigger.PARAMS in triggers else marked


def as_recorded(job: Any, record: dict[str, Any], root: Path) -> bool:
    """Whether the outputs of a job are what its record tells, and the job would be the same now.

    Parameters
    ----------
    job
        Snakemake's object.
    record
        As :func:`causeway.job.call` writes it.
    root
        Folder of the Snakefile.
    """
    if record["inputs"].keys() != {provenance.portable(Path(path), root) for path in job.input}:
        return False
    params = json.loads(json.dumps(dict(job.params.items()), default=str))
    if (record["rule"], record["params"]) != (job.rule.name, params):
        return False
    recorded, found = record["outputs"], provenance.identities(map(Path, job.output))
    return recorded.keys() == found.keys() and all(
        difference(recorded[path], found[path], touched=True) is None for path in found
    )


def install() -> None:
    """Have Snakemake keep its notes so, in the workflow that it runs next."""
    snakemake.workflow.FilePersistence = RecordedEnds
