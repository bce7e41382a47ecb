"""Where and how exactly a network is trained."""

from typing import Literal

from pydantic import Field, PositiveInt

from causeway.section import Section

TOGETHER = "CAUSEWAY_PROCESSES"
"""Environment variable: how many processes train together, told by the training."""


class Hardware(Section):
    """Device settings handed to the Lightning ``Trainer``; they never change the method."""

    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    """Lightning accelerator; ``auto`` takes a GPU when there is one."""
    devices: PositiveInt = 1
    """Devices per node."""
    nodes: PositiveInt = 1
    """Nodes to train on, each with as many devices; more than one on SLURM only."""
    strategy: Literal["auto", "ddp"] = "auto"
    """Lightning strategy; ``ddp`` for more than one device."""
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    """Numerical precision; CPUs without bfloat16 units are slower in ``bf16-mixed``."""
    compile: bool = False
    """Whether ``torch.compile`` makes faster code of the repeated blocks of a network. It takes a
    minute before the first step, so that only long trainings gain."""
    max_time: str | None = Field(None, pattern=r"^\d\d:\d\d:\d\d:\d\d$")
    """Wall-clock limit ``DD:HH:MM:SS`` after which training stops with a checkpoint; on SLURM it
    also stops before the limit of the job."""
