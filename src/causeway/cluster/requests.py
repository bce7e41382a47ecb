"""What rules ask of a cluster for a network, given the hardware settings of their system."""

from collections.abc import Mapping
from typing import Any


def to_train(hardware: Mapping[str, Any]) -> dict[str, int | str]:
    """Resources of a rule that trains: the GPUs of one node, or several nodes with as many each.

    On several nodes SLURM starts one task on each, and the task one process per device. ``mpi``
    makes the job its own launcher, which calls srun.

    Parameters
    ----------
    hardware
        Settings of :class:`causeway.hardware.Hardware`.
    """
    gpus = _gpus(hardware)
    nodes = hardware["nodes"]
    if nodes == 1:
        # SLURM may gather the GPUs of a job from several nodes, unless it is told of how many.
        return {"gpu": gpus, "nodes": 1} if gpus > 1 else {"gpu": gpus}
    devices: dict[str, int | str] = {"gres": f"gpu:{gpus}", "tasks_per_gpu": 0} if gpus else {}
    return {"nodes": nodes, "tasks": nodes, "mpi": "srun", **devices}


def to_predict(hardware: Mapping[str, Any]) -> dict[str, int]:
    """Resources of a rule that predicts, on one device at most."""
    return {"gpu": min(_gpus(hardware), 1)}


def _gpus(hardware: Mapping[str, Any]) -> int:
    return 0 if hardware["accelerator"] in ("cpu", "mps") else hardware["devices"]
