"""In which software environment and container this process runs."""

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

CONTAINERS = ("APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")
"""Variables that hold the image's path, in a container only."""


def environment(root: Path, prefix: Path = Path(sys.prefix)) -> dict[str, Any]:
    """Tell what this process really runs in, whatever its rule names.

    Parameters
    ----------
    root
        Folder of the Snakefile, whose ``envs`` hold the environment files.
    prefix
        Where Python is installed.

    Returns
    -------
    dict
        In an environment that Snakemake made from a file: ``sha256`` of that file, and ``file``,
        its path from the root, unless it has changed there since. Else ``installed``, a hash of
        the names and versions of all distributions. In a container also ``container``, the name
        of the image without its folder.
    """
    source = _source(prefix)
    if source is None:
        found: dict[str, Any] = {"installed": _installed(sys.path)}
    else:
        found = {"sha256": hashlib.sha256(source).hexdigest()}
        for path in sorted((root / "envs").glob("*.yaml")):
            if path.read_bytes() == source:
                found["file"] = path.relative_to(root).as_posix()
    image = next((os.environ[name] for name in CONTAINERS if os.environ.get(name)), None)
    return found | ({"container": Path(image).name} if image else {})


def _source(prefix: Path) -> bytes | None:
    """Content of the file that Snakemake made an environment from, of which it keeps a copy."""
    beside, within = prefix.with_name(f"{prefix.name}.yaml"), prefix / "environment.yaml"
    found = next((copy for copy in (beside, within) if copy.is_file()), None)
    return found.read_bytes() if found else None


def _installed(folders: list[str]) -> str:
    """Hash what is installed, by the names of its folders of metadata: they hold the versions."""
    found = {path.stem for folder in folders for path in Path(folder).glob("*.dist-info")}
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
