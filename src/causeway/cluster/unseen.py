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

from causeway.history import previous
from causeway.provenance import identities, identity, portable
from causeway.verification.files import differ, difference

DECIDING = {"rule", "params", "inputs", "outputs"}
"""Fields of a record that decide; one without them is no record of a job."""


class RecordedEnds(FilePersistence):
    """Snakemake's notes on jobs, with what the records of our jobs tell besides."""

    async def incomplete(self, job: Any) -> list[Any]:
        """Outputs of a job that have to be made again.

        Where Snakemake has a mark of an unfinished job, or no note at all, the record of the job
        decides: outputs of other settings or contents than the job would have now are told to be
        incomplete; those that are as recorded are noted as finished. Where times of large files
        alone differ, as after copying, Snakemake's mark stands, if there is one.
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
        root = Path(workflow.basedir)
        if not is_same(job, record, root):
            return list(job.output) if RerunTrigger.PARAMS in workflow.rerun_triggers else marked
        if not has_files(job, record, root):
            return marked
        # Lists of changes and the like have no settings of a run, which notes need.
        if workflow.execution_settings is not None and not workflow.dryrun:
            await self.finished(job)
        return []

    def _know_environments(self) -> None:
        """Let jobs know their environments, which Snakemake tells them later."""
        if not self.dag.conda_envs:
            self.dag.update_container_imgs()
            self.dag.update_conda_envs()


def is_same(job: Any, record: Mapping[str, Any], root: Path) -> bool:
    """Whether a job is that of a record: rule, parameters, environment, and contents of inputs.

    Snakemake would take small inputs for those that the job has read, once it has noted the job.

    Parameters
    ----------
    job
        Snakemake's object.
    record
        As :func:`causeway.job.call` writes it.
    root
        Folder of the Snakefile.
    """
    params = json.loads(json.dumps(dict(job.params.items()), default=str))
    inputs, read = _inputs(job, root), record["inputs"]
    if (record["rule"], record["params"], read.keys()) != (job.rule.name, params, inputs.keys()):
        return False
    hashed = [name for name, path in inputs.items() if "sha256" in read[name] and path.exists()]
    return in_environment(job, record.get("environment", {})) and not any(
        differ(read[name], identity(inputs[name])) for name in hashed
    )


def has_files(job: Any, record: Mapping[str, Any], root: Path) -> bool:
    """Whether large inputs and all outputs are as recorded, by their times too; as above."""
    read = {name: path for name, path in _inputs(job, root).items() if path.exists()}
    large = {name for name in read if "sha256" not in record["inputs"][name]}
    if any(differ(record["inputs"][name], identity(read[name])) for name in large):
        return False
    recorded, found = record["outputs"], identities(map(Path, job.output))
    return recorded.keys() == found.keys() and all(
        difference(recorded[path], found[path], touched=True) is None for path in found
    )


def _inputs(job: Any, root: Path) -> dict[str, Path]:
    """Inputs of a job by the names that records give them."""
    return {portable(Path(path), root): Path(path) for path in job.input}


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
