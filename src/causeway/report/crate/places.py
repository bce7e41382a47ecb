"""How files that jobs recorded are named in a crate, which knows nothing of the machine."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from causeway.provenance import PROJECT


@dataclass(frozen=True)
class Places:
    """The folders that matter to a crate.

    Parameters
    ----------
    results
        Folder of a scale's results as jobs know it, e.g. ``results/demo``: the crate.
    workflow
        Folder of the copied workflow below it, e.g. ``report/workflow``.
    addresses
        Web addresses of raw files by their path below ``results/data``.
    """

    results: Path
    workflow: PurePosixPath
    addresses: dict[str, str]

    def name(self, file: str) -> str:
        """Identify a recorded file: a path in the crate, a web address, or ``#`` and a name.

        Files outside of the crate that no publisher has get a name that tells different files
        apart and does not say where they lie.
        """
        path = Path(file)
        if path.is_relative_to(self.results):
            return path.relative_to(self.results).as_posix()
        if file.startswith(PROJECT):
            return str(self.workflow / file.removeprefix(PROJECT))
        data = self.results.parent / "data"
        if path.is_relative_to(data):
            below = path.relative_to(data).as_posix()
            return self.addresses.get(below, f"#data/{below}")
        return f"#file/{hashlib.sha256(file.encode()).hexdigest()[:8]}/{path.name}"
