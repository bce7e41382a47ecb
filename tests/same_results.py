"""Results of two runs, which have to be the same to the bit."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import torch

from causeway.provenance import SNAKEMAKES_OWN


def assert_same_results(one: Path, other: Path, targets: Iterable[Path]) -> None:
    """Compare files below two folders: weights, tables, any other file by its bytes."""
    files = [file for target in targets for file in _files(one, target)]
    assert files
    for file in files:
        first, second = one / file, other / file
        if file.suffix == ".ckpt":
            states = [_weights(path) for path in (first, second)]
            assert states[0].keys() == states[1].keys(), file
            assert all(torch.equal(states[0][key], states[1][key]) for key in states[0]), file
        elif file.suffix == ".parquet":
            tables = [pd.read_parquet(path) for path in (first, second)]
            pd.testing.assert_frame_equal(*tables, check_exact=True, obj=str(file))
        else:
            digests = {hashlib.sha256(path.read_bytes()).digest() for path in (first, second)}
            assert len(digests) == 1, file


def _files(folder: Path, target: Path) -> list[Path]:
    """A file, or the files of a folder, from the folder of the run."""
    if not (folder / target).is_dir():
        return [target]
    found = (path for path in (folder / target).rglob("*") if path.is_file())
    return [path.relative_to(folder) for path in found if path.name != SNAKEMAKES_OWN]


def _weights(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=True, map_location="cpu")["state_dict"]
