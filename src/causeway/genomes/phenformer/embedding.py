"""All windows of a haplotype through a frozen backbone, a few at a time."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from causeway import memory
from causeway.genomes.phenformer.backbones import Backbone, Reading
from causeway.genomes.sequence import reverse_complement

Read = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Returns the windows (n, W) of some rows (n,), as codes."""

CHUNK = 64
"""Windows that are read at once, at most, where nothing else is said."""
WORKSPACE = 1 << 27
"""Bytes that libraries take beside the layers, at most: 95 MiB were seen on a CPU."""
_SHARE = 0.25
"""Part of the free memory that a chunk may take by itself."""


def embed(
    backbone: Backbone,
    read: Read,
    windows: int,
    *,
    chunk: int | None = None,
    device: str | torch.device = "cpu",
    both_strands: bool = False,
    what: str = "haplotype",
) -> Reading:
    """Read all windows of a haplotype.

    Sequences are asked for chunk by chunk and never lie in memory together, so that the peak does
    not depend on the length of the haplotype but for the result, which takes 4 (d + K) bytes a
    window. The result does not depend on the chunk, up to rounding.

    Parameters
    ----------
    backbone
        A frozen network; it is put in evaluation mode and moved to the device.
    read
        Gives windows, e.g. :meth:`causeway.genomes.windows.Windows.read`.
    windows
        How many there are.
    chunk
        Windows at once; None for as many as a quarter of the free memory holds, 64 at most.
    device
        Where to compute.
    both_strands
        Whether each window is also read from its other end and the mean of both is taken.
    what
        Stands in errors and beside the progress bar.

    Returns
    -------
    Reading
        Vectors (windows, d) and expression (windows, K), in single precision on the CPU.

    Raises
    ------
    InputError
        If there is not enough memory; nothing has been computed then.
    """
    device = torch.device(device)
    each = backbone.peak + backbone.window
    chunk = chunk or _fitting(each, windows, device)
    numbers = backbone.width + len(backbone.contexts)
    remedy = "Take a smaller chunk, or a smaller backbone"
    result = 4.0 * windows * numbers
    of_chunk = min(chunk, windows) * (each if device.type == "cpu" else backbone.window)
    memory.require(result + of_chunk + WORKSPACE, f"reading {windows:,} windows", what, remedy)
    if isinstance(backbone, nn.Module):
        backbone.eval().to(device)
    vectors = torch.empty(windows, backbone.width)
    expression = torch.empty(windows, len(backbone.contexts))
    progress = tqdm(total=windows, desc=what, unit="window", disable=None)
    with torch.inference_mode(), progress:
        for first in range(0, windows, chunk):
            rows = np.arange(first, min(first + chunk, windows))
            found = _read(backbone, read(rows), device, both_strands)
            vectors[first : first + chunk] = found.vectors
            expression[first : first + chunk] = found.expression
            progress.update(len(rows))
    return Reading(vectors, expression)


def _read(
    backbone: Backbone, codes: NDArray[np.uint8], device: torch.device, both_strands: bool
) -> Reading:
    found = backbone.read(_tensor(codes, device))
    if not both_strands:
        return found
    other = backbone.read(_tensor(reverse_complement(codes), device))
    return Reading(*((a + b) / 2 for a, b in zip(found, other, strict=True)))


def _tensor(codes: NDArray[np.uint8], device: torch.device) -> Tensor:
    whole = np.ascontiguousarray(codes)
    if not whole.flags.writeable:
        whole = whole.copy()
    return torch.from_numpy(whole).to(device)


def _fitting(each: float, windows: int, device: torch.device) -> int:
    if device.type == "cuda":
        free: float = torch.cuda.mem_get_info(device)[0]
    else:
        free = memory.available()
    return max(1, min(CHUNK, windows, int(_SHARE * free / each)))
