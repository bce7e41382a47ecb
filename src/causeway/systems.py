"""Which systems the package holds. A system is a folder; nothing needs to be registered."""

from functools import cache
from importlib import import_module
from pathlib import Path

from causeway.system import System

ROOT = Path(__file__).parent


@cache
def systems() -> dict[str, type[System]]:
    """Configuration class of each system, by the system's name.

    A system is any folder ``causeway/<domain>/<system>`` whose ``config.py`` defines a
    :class:`~causeway.system.System`.
    """
    found = {}
    for path in sorted(ROOT.glob("*/*/config.py")):
        domain, name = path.parts[-3:-1]
        module = import_module(f"causeway.{domain}.{name}.config")
        members = (member for member in vars(module).values() if isinstance(member, type))
        found[name] = next(
            member
            for member in members
            if issubclass(member, System) and member.__module__ == module.__name__
        )
    return found


def domain(system: str) -> str:
    """Name of the domain package that holds a system."""
    return systems()[system].__module__.split(".")[1]
