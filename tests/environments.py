"""The environment files of the rules as a solver reads them."""

from pathlib import Path

import yaml

from rules import ROOT

ENVS = sorted((ROOT / "envs").glob("*.yaml"))


def specs(path: Path) -> list[str]:
    """What an environment file asks for, one text per package."""
    return yaml.safe_load(path.read_text())["dependencies"]


def pins(path: Path) -> dict[str, str]:
    """Names and version prefixes that an environment file asks for."""
    words = (spec.split("=", 1) for spec in specs(path))
    return {name.strip(): number.strip("= ") for name, number in words}
