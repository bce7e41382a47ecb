"""Where a network predicts that no ``Trainer`` holds."""

import torch

from causeway.hardware import Hardware


def device_of(hardware: Hardware) -> str:
    """Tell the device, ``cuda`` or ``cpu``: a GPU where one is wanted and there is one."""
    wanted = hardware.accelerator in ("auto", "gpu")
    return "cuda" if wanted and torch.cuda.is_available() else "cpu"
