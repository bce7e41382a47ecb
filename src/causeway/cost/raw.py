"""How much raw data a run fetches."""

from collections.abc import Mapping
from typing import Any

from causeway.cost.counts import Counts
from causeway.data.datasets import Dataset
from causeway.system import System


def names(config: System, registry: Mapping[str, Dataset]) -> list[str]:
    """Raw data that a run needs: rows of the registry, and datasets of files of one's own."""
    sources: Mapping[str, Any] = getattr(config, "sources", {})
    found: dict[str, None] = {}
    for dataset in config.run.datasets:
        source = sources.get(dataset)
        single = getattr(source, "name", None)
        found |= dict.fromkeys(getattr(source, "names", None) or ([single] if single else []))
        if getattr(source, "path", None) is not None:
            found[dataset] = None
    for path in config.raw():
        name = path.partition("/")[0]
        # Shards are cut from an archive that their source names.
        if name in registry or name not in sources:
            found[name] = None
    return list(found)


def bytes_of(
    config: System, registry: Mapping[str, Dataset], counts: Counts
) -> tuple[int, list[str]]:
    """Bytes that are known, and the names of data whose size is not."""
    known, unknown = 0, []
    for name in names(config, registry):
        row = registry.get(name)
        size = (row.bytes if row else None) or counts.get((name, "bytes"))
        if size is None:
            unknown.append(name)
        else:
            known += size
    return known, unknown
