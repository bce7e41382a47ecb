"""Jobs that ended when no driver was there to see it: their records tell what they made.

Snakemake lets the driver alone note what a job was made with. Of a job that ends after its driver
was killed there is no such note: Snakemake would not see that its settings change later. And a
part of a group that had ended when the group was cancelled would be computed again.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import snakemake.api  # It imports the next, which by itself cannot be imported.
import snakemake.workflow
from snakemake.persistence.file import FilePersistence
from snakemake.settings.enums import RerunTrigger
from snakemake.settings.types import DeploymentMethod

from causeway import provenance
from causeway.history import previous
from causeway.verification.files import differ, difference

DECIDING = {"rule", "params", "inputs", "outputs"}
"""Fields of a record that decide; one without them is no record of a job."""


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
        if not all(Path(path).exists() for path in job.output):
            return marked
        if self.has_metadata(job) and not marked:
            return marked
        record = previous(Path(job.log[0]).with_suffix(".json")) if job.log else None
        if record is None or not record.keys() >= DECIDING:
            return marked
        self._know_environments()
        workflow = self.dag.workflow
        if as_recorded(job, record, Path(workflow.basedir)):
            # Lists of changes and the like have no settings of a run, which notes need.
            if workflow.execution_settings is not None and not workflow.dryrun:
                await self.finished(job)
                self._clear_cache()  # It has kept that there was no note.
            return []
        return list(job.output) if RerunTrigger.PARAMS in workflow.rerun_triggers else marked

    def _know_environments(self) -> None:
        """Let jobs know their environments, which Snakemake tells them later."""
        if not self.dag.conda_envs:
            self.dag.update_container_imgs()
            self.dag.update_conda_envs()


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
    read = {provenance.portable(Path(path), root): Path(path) for path in job.input}
    if record["inputs"].keys() != read.keys():
        return False
    # Once it has noted a job, Snakemake takes small inputs for those that the job has read.
    if any(
        differ(record["inputs"][name], provenance.identity(path))
        for name, path in read.items()
        if path.exists()
    ):
        return False
    if not in_environment(job, record.get("environment", {})):
        return False
    params = json.loads(json.dumps(dict(job.params.items()), default=str))
    if (record["rule"], record["params"]) != (job.rule.name, params):
        return False
    recorded, found = record["outputs"], provenance.identities(map(Path, job.output))
    return recorded.keys() == found.keys() and all(
        difference(recorded[path], found[path], touched=True) is None for path in found
    )


def in_environment(job: Any, recorded: Mapping[str, Any]) -> bool:
    """Whether a job would run in the recorded environment: that of the same file, or none.

    Parameters
    ----------
    job
        Snakemake's object.
    recorded
        As of :func:`causeway.environment.environment`.
    """
    methods = job.dag.workflow.deployment_settings.deployment_method
    file = job.conda_env.content if DeploymentMethod.CONDA in methods and job.conda_env else None
    contained = DeploymentMethod.APPTAINER in methods and bool(job.container_img_url)
    expected = None if file is None else hashlib.sha256(file).hexdigest()
    return (recorded.get("sha256"), "container" in recorded) == (expected, contained)


def install() -> None:
    """Have Snakemake keep its notes so, in the workflow that it runs next."""
    snakemake.workflow.FilePersistence = RecordedEnds
