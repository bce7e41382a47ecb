"""The end of a run that a cluster cannot do."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from causeway.errors import InputError


@contextmanager
def stopping() -> Iterator[None]:
    """End the process with status 1 and the message of an :class:`InputError` alone.

    Snakemake would print, below the message, the lines of our code that it came through.

    Raises
    ------
    SystemExit
        In place of an InputError.
    """
    try:
        yield
    except InputError as error:
        sys.exit(f"Error: {error}")
