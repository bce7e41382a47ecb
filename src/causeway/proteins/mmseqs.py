"""Sequence clusters by the program MMseqs2."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from causeway.errors import InputError


def mmseqs_version() -> str:
    """Version of the MMseqs2 on the PATH, as it tells."""
    done = subprocess.run(["mmseqs", "version"], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split()) or "of unknown version"


def mmseqs_clusters(
    texts: Sequence[str], *, identity: float, coverage: float, threads: int
) -> np.ndarray:
    """Cluster with ``mmseqs easy-cluster`` into connected components.

    A greedy set cover would put relatives of a centre that are no relatives of each other's
    centres apart, and a pair in two clusters would leak.

    Parameters
    ----------
    texts
        One-letter codes.
    identity
        Least share of equal residues (``--min-seq-id``).
    coverage
        Least share of the member, the shorter one, that is aligned (``-c``, ``--cov-mode 1``).
    threads
        Threads of the program.

    Returns
    -------
    int64 (n,)
        For each sequence the number of a sequence that stands for its cluster.

    Raises
    ------
    InputError
        If the program fails or leaves a sequence out.
    """
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "sequences.fasta"
        fasta.write_text("".join(f">{n}\n{text}\n" for n, text in enumerate(texts)))
        result = Path(folder) / "result"
        command = ["mmseqs", "easy-cluster", str(fasta), str(result), str(Path(folder) / "tmp")]
        command += ["--min-seq-id", str(identity), "-c", str(coverage), "--cov-mode", "1"]
        command += ["--cluster-mode", "1", "--threads", str(threads), "-v", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        table = Path(f"{result}_cluster.tsv")
        if done.returncode or not table.is_file():
            said = (done.stderr or done.stdout)[-500:].strip()
            raise InputError(
                "mmseqs easy-cluster",
                f"ended with code {done.returncode}: {said}",
                "Repair the MMseqs2 on the PATH, or take it off to use the built-in clustering",
            )
        centres = np.full(len(texts), -1, np.int64)
        for line in table.read_text().splitlines():
            centre, member = line.split("\t")
            centres[int(member)] = int(centre)
    if (centres < 0).any():
        raise InputError(
            "mmseqs easy-cluster",
            f"put {int((centres < 0).sum())} of {len(texts)} sequences into no cluster",
            "Repair the MMseqs2 on the PATH, or take it off to use the built-in clustering",
        )
    return centres
