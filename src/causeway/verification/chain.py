"""Whether each job rests on what the job before it wrote."""

from collections.abc import Iterable, Iterator

from causeway.report.records import Record, Records
from causeway.verification.files import differ
from causeway.verification.problem import Problem


def broken_links(records: Iterable[Record], ledger: Records) -> Iterator[Problem]:
    """Find inputs that were another version when read than their maker recorded.

    Times are left out: Snakemake touches a file between its writing and its reading.

    Parameters
    ----------
    records
        Records of the jobs whose inputs are looked at.
    ledger
        All records, joined.
    """
    for record in records:
        for path, read in record["inputs"].items():
            maker = ledger.makers.get(path)
            if maker is not None and maker is not record and differ(maker["outputs"][path], read):
                yield Problem(
                    path,
                    f"{maker['rule']} recorded another version of it than {record['rule']} read "
                    f"for {', '.join(record['outputs'])}",
                    "Run snakemake again; what no run makes any more can be removed",
                )
