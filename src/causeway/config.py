"""The configuration of a run: layers of YAML, validated as a whole.

Later layers win: the packaged defaults (the published values), ``config/config.yaml``,
``config/systems/<system>.yaml``, ``config/scales/<scale>/<system>.yaml``, then ``--configfile``
and ``--config`` of the command line.
"""

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache, reduce
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BeforeValidator, Field, ValidationError, create_model

from causeway.config_origin import origin
from causeway.errors import InputError
from causeway.section import Section
from causeway.systems import systems

Scale = Literal["demo", "small", "full"]


def _listed(value: Any) -> Any:
    """One name as a list, as ``--config systems=rigidssl`` gives it."""
    return [value] if isinstance(value, str) else value


class Platform(Section):
    """What concerns the run as a whole."""

    scale: Scale = "demo"
    """``demo``: embedded synthetic data, minutes on two cores. ``small``: real public data, about
    an hour on two cores. ``full``: the published scale, for a cluster."""
    seed: int = 0
    """Seed of everything random that is not repeated over ``run.seeds``."""
    mirror: str | None = None
    """Folder or base URL that holds the raw files, used instead of the publishers' addresses."""
    container: str | None = None
    """Image that holds the environments of ``envs/``, for ``--sdm conda apptainer``."""
    systems: Annotated[list[str], BeforeValidator(_listed)] = Field(
        default_factory=lambda: sorted(systems()), min_length=1
    )
    """Systems to run."""


@cache
def config_model() -> type[Platform]:
    """Build the model of the whole configuration: the platform and a section per system."""
    sections: dict[str, Any] = {
        name: (kind, kind.model_validate({})) for name, kind in systems().items()
    }
    return create_model("Config", __base__=Platform, **sections)


def load(config: Mapping[str, Any], files: Sequence[str | Path] = ()) -> dict[str, Any]:
    """Fill a configuration with its defaults and check it.

    Parameters
    ----------
    config
        Merged layers, as Snakemake's ``config``.
    files
        Layers that are files, later ones winning; what is in none is from the command line.

    Returns
    -------
    dict
        The complete configuration in JSON types.

    Raises
    ------
    InputError
        If a key is unknown or a value does not fit; the message gives the path of each and
        where it stands.
    """
    check_names(config)
    try:
        return config_model().model_validate(dict(config)).model_dump(mode="json")
    except ValidationError as error:
        contents = {Path(path): read(Path(path)) for path in files}
        problems = [
            _explained(item) + origin(item["loc"], item["input"], contents)
            for item in error.errors()
        ]
        raise InputError(
            "config",
            "\n  ".join(["these do not fit:", *problems]),
            "Correct them in config/*.yaml, in your --configfile or in --config; "
            "config/schema.json lists every key, and editors complete from it",
        ) from None


def check_names(config: Mapping[str, Any]) -> None:
    """Refuse an unknown scale or system before any file named after it is looked for.

    Raises
    ------
    InputError
        Naming the value and those that exist.
    """
    scale = config.get("scale", "demo")
    if scale not in get_args(Scale):
        known = ", ".join(get_args(Scale))
        raise InputError("config: scale", f"there is no scale {scale!r}", f"Use one of {known}")
    wanted = _listed(config.get("systems", []))
    if not isinstance(wanted, list):
        raise InputError(
            "config: systems",
            f"{wanted!r} is no list of names",
            "Write e.g. --config 'systems=[rigidssl]'",
        )
    for name in wanted:
        if name not in systems():
            raise InputError(
                "config: systems",
                f"there is no system {name!r}{_suggestion(str(name), list(systems()))}",
                f"Use some of {', '.join(systems())}, e.g. --config 'systems=[rigidssl]'",
            )


def layers(config: Mapping[str, Any], root: Path | str) -> list[str]:
    """Files that stand between ``config/config.yaml`` and the command line, in order.

    Parameters
    ----------
    config
        What is known so far: at least ``scale`` and ``systems``.
    root
        Folder that holds ``config/``.
    """
    check_names(config)
    folder = Path(root) / "config"
    scale = config.get("scale", "demo")
    files = []
    for name in _listed(config.get("systems")) or systems():
        files.append(folder / "systems" / f"{name}.yaml")
        if scale != "full":
            files.append(folder / "scales" / scale / f"{name}.yaml")
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise InputError(missing[0], "does not exist", "Restore it, or leave its system out")
    return [str(path) for path in files]


def section(config: Mapping[str, Any], module: str) -> dict[str, Any]:
    """Configuration that one workflow module sees.

    Parameters
    ----------
    config
        The complete configuration.
    module
        A system, ``data`` or ``report``.

    Returns
    -------
    dict
        The system's section, and beside it the platform's keys and ``system``, the module's name.
        The module ``data`` alone gets ``raw``, the raw files of all systems as paths below the
        data folder: there may be thousands, and ``fetched``, the folders that systems keep raw
        files in, as paths below the results. The module ``report`` alone gets ``resolved``, the
        complete configuration but for the mirror, which does not change any file.
    """
    platform = {name: config[name] for name in Platform.model_fields}
    seen = config.get(module, {}) | platform | {"system": module}
    if module == "data":
        chosen = {name: systems()[name].model_validate(config[name]) for name in config["systems"]}
        seen["raw"] = [path for system in chosen.values() for path in system.raw()]
        seen["fetched"] = [
            f"{name}/{path}" for name, system in chosen.items() for path in system.fetched()
        ]
    if module == "report":
        seen["resolved"] = {**config, "mirror": None}
    return seen


def results_folder(scale: str) -> str:
    """Folder of a scale's results, below the working directory.

    Raises
    ------
    InputError
        If it, the folder of the raw data or one that is in them already cannot be written.
    """
    folder, data = Path("results", scale), Path("results", "data")
    for place in (folder, data, *folder.glob("*/"), *data.glob("*/")):
        existing = next(path for path in (place, *place.parents) if path.exists()).resolve()
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            raise InputError(
                existing,
                "results cannot be written there",
                "Make it a folder that you may write to, or use --directory to work elsewhere",
            )
    return str(folder)


def resolve(
    root: Path, overrides: Mapping[str, Any], configfiles: Sequence[Path] = ()
) -> dict[str, Any]:
    """Configuration that Snakemake would run with, given what its command line names."""
    given = reduce(merge, [*map(read, configfiles), overrides])
    base = root / "config" / "config.yaml"
    between = layers(merge(read(base), given), root)
    files = [base, *map(Path, between)]
    return load(reduce(merge, [*map(read, files), given]), [*files, *configfiles])


def read(path: Path) -> dict[str, Any]:
    """Read one layer; an empty file is an empty one.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else than keys and values.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "Name another file") from None
    except (UnicodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}: line {mark.line + 1}" if mark else path
        problem = getattr(error, "problem", error)
        raise InputError(where, f"is no YAML ({problem})", "Correct it") from None
    if not isinstance(content or {}, dict):
        raise InputError(path, "has no keys at its top", "Write it as config/config.yaml is")
    return content or {}


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two nested mappings; mappings are joined, everything else is replaced."""
    joined = dict(below)
    for key, value in above.items():
        old = joined.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            joined[key] = merge(old, value)
        else:
            joined[key] = value
    return joined


def _explained(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] != "extra_forbidden":
        return f"{path}: {item['msg']} (got {item['input']!r})"
    return f"{path}: unknown key{_suggestion(str(item['loc'][-1]), _siblings(item['loc']))}"


def _siblings(location: Sequence[int | str]) -> list[str]:
    """Names of the fields that stand beside an unknown key, as far as models tell."""
    model: Any = config_model()
    for part in location[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        # Below a mapping of names to sections, any name leads to the section.
        model = field.annotation if field else next(reversed(get_args(model)), None)
    return list(getattr(model, "model_fields", {}))


def _suggestion(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
