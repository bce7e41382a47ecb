"""Throughputs from ``docs/benchmarks``."""

import json
from pathlib import Path

from causeway.cost.work import Rate
from causeway.errors import InputError

FOLDER = Path("docs/benchmarks")


def per_core(root: Path, rate: Rate) -> float:
    """Units per second and core that were measured.

    Parameters
    ----------
    root
        Folder of the project.
    rate
        Where it stands.

    Raises
    ------
    InputError
        If the benchmark is not there or has another form.
    """
    path = root / FOLDER / f"{rate.benchmark}.json"
    remedy = f"Measure it: python benchmarks/{rate.benchmark}.py"
    try:
        return rate.read(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", remedy) from None
    except (ValueError, LookupError, TypeError, StopIteration) as error:
        raise InputError(path, f"does not tell {rate.of} ({error!r})", remedy) from None
