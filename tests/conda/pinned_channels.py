"""Channels that offer what the project's environments ask for."""

import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from conda_channel import Package, write_channel

from environments import ENVS, pins

PYTHON = f"""#!/bin/sh
echo "$CONDA_PREFIX $*" >> "$(dirname "$0")/../calls"
exec {sys.executable} "$@"
"""
"""Stands for an environment's Python: notes its calls, then is the Python of the tests."""
ELSEWHERE = {"pysam": "bioconda"}
TOO_NEW = "9999.0"


def offer_pinned_packages(home: Path, without: Collection[str] = ()) -> None:
    """Fill an installation's channels with every package as pinned and in one newer version.

    Parameters
    ----------
    home
        Folder that plays the installation.
    without
        Packages that are there in the newer version only.
    """
    for channel in ("conda-forge", "bioconda"):
        write_channel(home / "channels" / channel, _packages(channel, without))


def _packages(channel: str, without: Collection[str]) -> Iterator[Package]:
    wanted = {(name, number) for path in ENVS for name, number in pins(path).items()}
    for name, number in sorted(wanted):
        if ELSEWHERE.get(name, "conda-forge") == channel:
            programs = {"bin/python": PYTHON} if name == "python" else {}
            if name not in without:
                yield Package(name, f"{number}.0", programs)
            yield Package(name, TOO_NEW, programs)


def callers(prefix: Path) -> set[tuple[str, str]]:
    """The active environment and the name of each script that an environment's Python ran."""
    file = prefix / "calls"
    calls = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return {
        (active, Path(words[0]).stem.partition(".")[2])
        for active, *words in calls
        if words[0].endswith(".py")
    }
