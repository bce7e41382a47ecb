"""A step on several nodes of a SLURM job: its script, started anew on each of them."""

import os
import socket
import subprocess
import sys

from causeway.errors import InputError

PART = "CAUSEWAY_PART"


def is_part() -> bool:
    """Whether this process was started on one of several nodes; it then knows its node's rank."""
    if PART not in os.environ:
        return False
    os.environ.setdefault("NODE_RANK", os.environ["SLURM_PROCID"])
    return True


def run_on(nodes: int, threads: int) -> None:
    """Run the script of this process once on every node of the job, and wait for all.

    Parameters
    ----------
    nodes
        Nodes of the job.
    threads
        Processor cores on each.

    Raises
    ------
    InputError
        If this is no SLURM job.
    SystemExit
        If the script fails on any node; srun then ends the others.
    """
    if "SLURM_JOB_ID" not in os.environ:
        raise InputError(
            "config: hardware.nodes",
            f"{nodes} nodes are asked for outside of SLURM",
            "Set it to 1, or run with --profile profiles/slurm",
        )
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    # This process is on the first node, where the rank is that meets the others.
    meeting = {"MASTER_ADDR": socket.gethostname(), "MASTER_PORT": str(port), PART: "1"}
    layout = [f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1"]
    layout += [f"--cpus-per-task={threads}", "--kill-on-bad-exit=1", "--mpi=none"]
    done = subprocess.run(
        ["srun", *layout, sys.executable, *sys.orig_argv[1:]],
        env=os.environ | meeting,
        check=False,
    )
    if done.returncode:
        sys.exit(f"the step failed on one of {nodes} nodes (srun ended with {done.returncode})")
