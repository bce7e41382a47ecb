"""Loading the authors' released checkpoints."""

import pickle
from pathlib import Path

import torch

from causeway.errors import InputError
from causeway.proteins.rigidssl.network import RigidTrunk

_WRAPPER = "module."


def load_released(trunk: RigidTrunk, path: Path) -> None:
    """Load a released checkpoint into a trunk.

    The file holds the parameters by name, either directly or under the key ``model`` beside the
    optimiser's state; the prefix that data-parallel training leaves on names is dropped.

    Parameters
    ----------
    trunk
        Trunk of the same widths with ``head="global"``; changed in place.
    path
        A file that ``torch.save`` wrote, e.g. ``model.pth`` of the release.

    Raises
    ------
    InputError
        If the file is not such a checkpoint, or its names or shapes are not the trunk's.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file", "give the checkpoint's path") from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            path, f"not a readable checkpoint ({error})", "download the file again"
        ) from error
    state = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(torch.is_tensor(t) for t in state.values()):
        raise InputError(path, "holds no table of parameters", "give a released model*.pth")
    state = {name.removeprefix(_WRAPPER): tensor for name, tensor in state.items()}
    _check(state, trunk.state_dict(), path)
    trunk.load_state_dict(state)


def _check(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor], path: Path) -> None:
    """Raise InputError unless names and shapes agree."""
    missing, unknown = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if missing or unknown:
        raise InputError(
            path,
            f"{len(missing)} parameters are missing ({', '.join(missing[:3])}) and "
            f"{len(unknown)} are unknown ({', '.join(unknown[:3])})",
            "give a RigidSSL checkpoint and the number of blocks it was trained with",
        )
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape:
            raise InputError(
                f"{path}: {name}",
                f"has shape {tuple(tensor.shape)} where the trunk has {tuple(wanted[name].shape)}",
                "build the trunk with the checkpoint's widths and with head: global",
            )
