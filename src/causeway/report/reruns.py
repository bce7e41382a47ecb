"""How often jobs ran, and what had changed: from the history that records keep."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from causeway.report.records import Record


class Reruns(NamedTuple):
    """Jobs of one rule that ran more than once, or took up unfinished work."""

    rule: str
    again: int
    """Jobs that ended well more than once."""
    runs: int
    """Runs of these jobs together that ended well."""
    resumed: int
    """Jobs whose last run continued what a stopped one had left."""
    changed: list[tuple[str, int]]
    """What differed at the last run from the one before, with the number of jobs."""


def reruns(records: Iterable[Record]) -> list[Reruns]:
    """Sum up by rule; rules whose jobs all ran once, undisturbed, are left out."""
    by_rule: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if _runs(record) > 1 or record.get("resumed"):
            by_rule[record["rule"]].append(record)
    return [_summed(rule, by_rule[rule]) for rule in sorted(by_rule)]


def _summed(rule: str, records: list[Record]) -> Reruns:
    again = [record for record in records if _runs(record) > 1]
    changed = Counter(what for record in again for what in record["history"]["changed"])
    return Reruns(
        rule,
        len(again),
        sum(map(_runs, again)),
        sum(bool(record.get("resumed")) for record in records),
        sorted(changed.items(), key=lambda item: (-item[1], item[0])),
    )


def _runs(record: Record) -> int:
    return record.get("history", {}).get("runs", 1)
