"""Whether a raw file is still the one that was promised or first received."""

from pathlib import Path

from causeway.data.checks import Promise
from causeway.data.datasets import Remote
from causeway.data.receipts import Receipt

SUFFIX = ".receipt.json"
"""What the record of a file's first download adds to the file's name."""


def verify(remote: Remote, folder: Path) -> str | None:
    """Check a fetched file.

    Parameters
    ----------
    remote
        The published file.
    folder
        The data folder, in which files lie under their paths in a mirror.

    Returns
    -------
    str or None
        What is wrong, or None.

    Raises
    ------
    InputError
        If the record of the first download cannot be read.
    """
    path = folder / remote.path
    if not path.is_file():
        return "is not there"
    return promised(remote, path.with_name(path.name + SUFFIX)).broken(path)


def promised(remote: Remote, receipt: Path) -> Promise:
    """What a file must be: by the registry, else by the record of its first download.

    Raises
    ------
    InputError
        If the record cannot be read.
    """
    recorded = Receipt.load(receipt)
    if recorded is None or remote.sha256 is not None:
        return remote.promise
    by = f"the first download on {recorded.date} (delete {receipt} to accept a newer file)"
    return Promise(recorded.bytes, recorded.sha256, by)
