"""Calls of SLURM's own programs."""

import subprocess

from causeway.errors import InputError


def ask(program: str, *words: str) -> list[str]:
    """Lines that a program of SLURM prints.

    Parameters
    ----------
    program
        Such as ``sinfo``.
    words
        Its options.

    Raises
    ------
    InputError
        If the program is not on the path, or fails.
    """
    try:
        done = subprocess.run(
            [program, *words], capture_output=True, text=True, check=True, timeout=120
        )
    except FileNotFoundError as error:
        raise InputError(
            "PATH",
            f"the program {program} of SLURM is not there",
            "Start the run on a login node of the cluster (some need `module load slurm`), or "
            "leave out --profile profiles/slurm to run here",
        ) from error
    except subprocess.CalledProcessError as error:
        raise InputError(
            program, error.stderr.strip() or "it failed", "Is the SLURM controller up?"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InputError(
            program, "no answer within two minutes", "Is the SLURM controller up?"
        ) from error
    return done.stdout.splitlines()
