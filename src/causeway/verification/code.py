"""Which results were made by code that has changed since."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from causeway.fingerprint import digest
from causeway.report.records import Record

MOVERS = "causeway.data"
"""Package that only moves bytes: steps that fetch are hashed without it."""


def outdated(records: Iterable[Record]) -> Counter[str]:
    """Count by step the jobs whose code is another now; records that name no step are left out."""
    return Counter(
        record["step"]
        for record in records
        if "step" in record
        and "code" in record["params"]
        and record["params"]["code"] not in _fingerprints(record["step"].rpartition(".")[0])
    )


@cache
def _fingerprints(module: str) -> frozenset[str]:
    """Hashes that a rule may give for a module as it is now; none if there is no such module."""
    try:
        return frozenset(digest(module, apart) for apart in (None, MOVERS))
    except ModuleNotFoundError:
        return frozenset()
