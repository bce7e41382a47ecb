"""Weights of Enformer from a file of the user's."""

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from causeway.errors import InputError

_ALIASES = {
    "_trunk.1.": "stem.",
    "_trunk.2.": "conv_tower.",
    "_trunk.4.": "transformer.",
    "_trunk.6.": "final_pointwise.",
}
"""The public port keeps each layer of the trunk under two names."""
_COUNTER = "num_batches_tracked"
_SHOWN = 3


def load_weights(model: nn.Module, path: Path) -> None:
    """Load weights into an Enformer.

    Parameters
    ----------
    model
        Changed in place, once everything fits.
    path
        A table of parameters that ``torch.save`` wrote, by the names of the public PyTorch port,
        e.g. ``pytorch_model.bin``; what is below a key ``state_dict`` also counts.

    Raises
    ------
    InputError
        If the file is no such table, or its names or shapes are not the model's; missing,
        unexpected and misshapen parameters are named, and the model stays as it is.
    """
    found = _canonical(_read(path))
    wanted = {name: one for name, one in model.state_dict().items() if _COUNTER not in name}
    faults = {
        "missing": [name for name in wanted if name not in found],
        "unexpected": [name for name in found if name not in wanted],
        "misshapen": [
            f"{name} {tuple(found[name].shape)} for {tuple(one.shape)}"
            for name, one in wanted.items()
            if name in found and found[name].shape != one.shape
        ],
    }
    told = [f"{len(names)} {kind} ({_some(names)})" for kind, names in faults.items() if names]
    if told:
        raise InputError(
            path,
            f"does not fit Enformer: {'; '.join(told)}",
            "Give weights of the published architecture, by the names of enformer-pytorch",
        )
    model.load_state_dict(found, strict=False)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file", "Give the path of the weights") from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            path, f"not a readable table of weights ({error})", "Download the file again"
        ) from error
    if isinstance(content, dict):
        content = content.get("state_dict", content)
    if not isinstance(content, dict) or not all(torch.is_tensor(one) for one in content.values()):
        raise InputError(path, "holds no table of parameters", "Give a state dict of Enformer")
    return content


def _canonical(table: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give each parameter its one name, and leave counters out."""
    found = {}
    for name, tensor in table.items():
        for alias, own in _ALIASES.items():
            if name.startswith(alias):
                name = own + name.removeprefix(alias)
        if _COUNTER not in name:
            found[name] = tensor
    return found


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
