"""What the jobs of a run left behind about themselves, and which of them a result rests on."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from causeway.errors import InputError

Record = dict[str, Any]


def read(folder: Path) -> dict[Path, Record]:
    """Read the records of all jobs of one scale, ``<folder>/<module>/logs/*.json``.

    Raises
    ------
    InputError
        If one of them is no record.
    """
    found: dict[Path, Record] = {}
    for path in sorted(folder.glob("*/logs/*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            for files in (record["inputs"], record["outputs"]):
                dict(files)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                path, f"not a job's record ({error!r})", "Remove it and run its job again"
            ) from error
        found[path] = record
    return found


class Cost(NamedTuple):
    """What some jobs took together."""

    jobs: int
    cpu_seconds: float
    seconds: float
    peak_bytes: int
    gpu_seconds: float
    """Wall clock times GPUs in use; nothing for records older than the counting of GPUs."""
    one_of_several: int
    """Jobs on several nodes: processors and memory were recorded on the first node alone."""
    resumed: int
    """Jobs that took up unfinished work: recorded from their last start on alone."""


@dataclass(frozen=True)
class Records:
    """The provenance records of a run, joined to a graph by the files that jobs hand on.

    Parameters
    ----------
    makers
        For each file that a job wrote, the record of that job.
    """

    makers: dict[str, Record]

    @classmethod
    def read(cls, folder: Path) -> "Records":
        """Join all records below the results of one scale.

        Raises
        ------
        InputError
            If one of them is no record.
        """
        return cls.join(read(folder).values())

    @classmethod
    def join(cls, records: Iterable[Record]) -> "Records":
        """Join records; of several jobs that wrote a file, the latest has made it."""
        makers: dict[str, Record] = {}
        for record in sorted(records, key=lambda record: record.get("started", "")):
            makers |= dict.fromkeys(record["outputs"], record)
        return cls(makers)

    def behind(
        self, files: Iterable[str], wanted: Callable[[Record], bool] | None = None
    ) -> list[Record]:
        """Find the jobs that made the files, and all jobs that those rest on.

        Parameters
        ----------
        files
            Paths as the jobs knew them.
        wanted
            Chooses among the jobs that made the files themselves; all if not given.
        """
        first = {
            id(record): record for record in self._made(files) if not wanted or wanted(record)
        }
        found: dict[int, Record] = {}
        todo = list(first.values())
        while todo:
            record = todo.pop()
            if id(record) not in found:
                found[id(record)] = record
                todo += self._made(record["inputs"])
        return list(found.values())

    def sources(self, records: Iterable[Record]) -> dict[str, Any]:
        """Identify the files that jobs read and no recorded job wrote."""
        read = {path: what for record in records for path, what in record["inputs"].items()}
        return {path: read[path] for path in sorted(read) if path not in self.makers}

    def _made(self, files: Iterable[str]) -> list[Record]:
        return [self.makers[path] for path in files if path in self.makers]


def cost(records: Iterable[Record]) -> Cost:
    """Add up times and take the highest memory."""
    records = list(records)
    workers = [record.get("workers", {}) for record in records]
    return Cost(
        len(records),
        sum(record["cpu_seconds"] for record in records),
        sum(record["seconds"] for record in records),
        max((record["peak_rss_bytes"] for record in records), default=0),
        sum(
            record["seconds"] * known.get("gpus", 0)
            for record, known in zip(records, workers, strict=True)
        ),
        sum(known.get("nodes", 1) > 1 for known in workers),
        sum(bool(record.get("resumed")) for record in records),
    )
