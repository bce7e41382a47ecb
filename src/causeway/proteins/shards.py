"""Chains in Arrow files that are mapped into memory, never loaded.

A shard is one uncompressed Arrow IPC file with one record batch and one row per chain. Its
columns are those of :data:`SCHEMA`; `backbone` is flat: residue, atom (N, CA, C), coordinate in Å.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from causeway.errors import InputError
from causeway.proteins.chain import Chain

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("backbone", pa.list_(pa.float32())),
        ("plddt", pa.list_(pa.uint8())),
        ("residue_type", pa.list_(pa.uint8())),
        ("residue_number", pa.list_(pa.int32())),
        ("insertion", pa.list_(pa.uint8())),
    ]
)
"""Columns of a shard: `plddt` is rounded and 0 where the source has none; `residue_type` follows
AlphaFold 2 (20 unknown); `residue_number` and `insertion` (ASCII, 0 none) are the author's."""

_LISTS = SCHEMA.names[1:]


def write_shard(path: Path, chains: Iterable[Chain], *, plddt: bool = True) -> None:
    """Write chains to one shard.

    Parameters
    ----------
    path
        The file to write.
    chains
        Chains in the order of the rows.
    plddt
        Whether the B-factors are pLDDT; if not, zeros are stored.
    """
    chains = list(chains)
    columns: dict[str, list[np.ndarray]] = {
        "backbone": [chain.backbone.ravel() for chain in chains],
        "plddt": [_rounded(chain.plddt, plddt) for chain in chains],
        "residue_type": [chain.residue_type for chain in chains],
        "residue_number": [chain.residue_number for chain in chains],
        "insertion": [chain.insertion for chain in chains],
    }
    arrays = [pa.array([chain.id for chain in chains], pa.string())]
    arrays += [_lists(columns[name], SCHEMA.field(name).type.value_type) for name in _LISTS]
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))


def _rounded(plddt: np.ndarray, known: bool) -> np.ndarray:
    if not known:
        return np.zeros(len(plddt), np.uint8)
    return np.rint(plddt).clip(0, 255).astype(np.uint8)


def _lists(parts: list[np.ndarray], value_type: pa.DataType) -> pa.ListArray:
    dtype = value_type.to_pandas_dtype()
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    values = np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype, copy=False)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, value_type))


class ShardStore:
    """Chains of several shards by position, as read-only views of the mapped files.

    Nothing is read before the first access, and only paths travel when the store is pickled to
    a loader process, which maps the files itself; the memory is shared by the operating system.

    Parameters
    ----------
    paths
        Shards, in the order that the `shard` column of the index counts.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(Path(path) for path in paths)
        self._open: dict[int, _Shard] = {}

    def __getstate__(self) -> dict:
        """Leave the maps behind."""
        return {"paths": self.paths, "_open": {}}

    def rows(self, shard: int) -> int:
        """Chains in a shard."""
        return len(self._shard(shard).ids)

    def __getitem__(self, place: tuple[int, int]) -> Chain:
        """The chain at (shard, row); its arrays are views and its pLDDT is uint8."""
        shard, row = place
        return self._shard(shard).chain(row)

    def _shard(self, number: int) -> "_Shard":
        if number not in self._open:
            self._open[number] = _Shard(self.paths[number])
        return self._open[number]


class _Shard:
    """One mapped file."""

    def __init__(self, path: Path) -> None:
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(
                path, f"is not an Arrow file ({error})", "Delete it and run prepare again"
            ) from error
        if reader.schema != SCHEMA or reader.num_record_batches != 1:
            raise InputError(
                path, "has not the columns of a shard", "Delete it and run prepare again"
            )
        batch = reader.get_batch(0)
        self.ids = batch.column("id")
        self.lists = {
            name: (
                batch.column(name).offsets.to_numpy(zero_copy_only=True),
                batch.column(name).values.to_numpy(zero_copy_only=True),
            )
            for name in _LISTS
        }

    def chain(self, row: int) -> Chain:
        if not 0 <= row < len(self.ids):
            raise IndexError(f"row {row} of a shard with {len(self.ids)} chains")
        view = {
            name: values[offsets[row] : offsets[row + 1]]
            for name, (offsets, values) in self.lists.items()
        }
        entry, _, chain = self.ids[row].as_py().rpartition("_")
        return Chain(entry, chain, view.pop("backbone").reshape(-1, 3, 3), **view)
