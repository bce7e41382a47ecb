"""A copy of the workflow that ran, so that a crate explains itself without a checkout."""

import shutil
from pathlib import Path

import causeway

PARTS = ["Snakefile", "workflows", "envs", "config", "profiles/default", "LICENSE", "CITATION.cff"]
"""What is taken from the folder of the Snakefile, where it is there; the profiles of clusters name
accounts."""
EXTRAS = ["pyproject.toml", "README.md", "constraints.txt"]
"""What installs the package; the build takes the text of the README into its metadata."""


def copy(root: Path, target: Path) -> None:
    """Copy rules, environments, configuration and the package.

    Parameters
    ----------
    root
        Folder of the Snakefile.
    target
        Folder to make; the package goes to ``src/causeway``.
    """
    target.mkdir(parents=True)
    for name in [*PARTS, *EXTRAS]:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=_BYTECODE)
        elif source.is_file():
            shutil.copy2(source, target / name)
    package = Path(causeway.__file__).parent
    shutil.copytree(package, target / "src" / package.name, ignore=_BYTECODE)


def module(step: str) -> str:
    """Path below the copy of the module that holds a step, e.g. ``causeway.data.fetch.fetch``."""
    return f"src/{step.rpartition('.')[0].replace('.', '/')}.py"


_BYTECODE = shutil.ignore_patterns("__pycache__", "*.pyc")
