"""The machines that a plan is made for, as the user describes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError

from causeway.config import read
from causeway.errors import InputError
from causeway.section import Section


class Cluster(Section):
    """Equal machines. All of this is taken as given; nothing is measured."""

    nodes: PositiveInt = 1
    """Machines."""
    cores: PositiveInt = 2
    """Processor cores of each."""
    memory: PositiveFloat = 16.0
    """GB of each."""
    gpus: NonNegativeInt = 0
    """GPUs of each."""
    gpu_memory: PositiveFloat | None = None
    """GB of a GPU."""
    flops: PositiveFloat | None = None
    """Peak operations per second of a GPU, at the precision that trainings have."""
    utilisation: float | None = Field(None, gt=0, le=1)
    """Share of that peak that is expected."""
    bandwidth: PositiveFloat = 1e8
    """Bits per second from the publishers of data."""

    @property
    def all_cores(self) -> int:
        """Processor cores of all machines."""
        return self.nodes * self.cores

    @property
    def all_gpus(self) -> int:
        """GPUs of all machines."""
        return self.nodes * self.gpus

    def lacks_memory(self, wanted: float, on_gpu: bool) -> bool:
        """Whether a job that holds so many bytes fits on no machine, or on no GPU."""
        held = self.gpu_memory if on_gpu else self.memory
        return held is not None and wanted > held * 1e9

    @property
    def gpu_rate(self) -> float | None:
        """Operations per second that one GPU is assumed to do; None without GPUs."""
        if not self.gpus or self.flops is None or self.utilisation is None:
            return None
        return self.flops * self.utilisation


def load(path: Path | None, given: Mapping[str, Any]) -> Cluster:
    """Read a description, single values winning over the file.

    Parameters
    ----------
    path
        YAML with the keys of :class:`Cluster`; None for none.
    given
        Single values by key; None is not given.

    Raises
    ------
    InputError
        If a key is unknown, a value does not fit, or GPUs come without a speed.
    """
    where = path or "cluster"
    content = read(path) if path else {}
    content |= {key: value for key, value in given.items() if value is not None}
    try:
        cluster = Cluster.model_validate(content)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, item['loc']))}: {item['msg']} (got {item['input']!r})"
            for item in error.errors()
        ]
        raise InputError(
            where, "; ".join(problems), f"It has {', '.join(Cluster.model_fields)}"
        ) from None
    if cluster.gpus and cluster.gpu_rate is None:
        raise InputError(
            where,
            "has gpus, but not how fast they are",
            "Give flops, the peak of a GPU per second, and utilisation, the share you expect",
        )
    return cluster
