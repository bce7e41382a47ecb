"""A stand-in for the program ``apptainer``: a folder plays the image, and nothing is isolated.

What a job would call in the image runs on the host, with the image's environments taken from
the folder.
"""

import os
import sys

from snakemake.deployment.containerize import CONDA_ENV_PATH


def main(words: list[str]) -> None:
    """Answer one command; any that Snakemake is not known to use is an error."""
    match words:
        case ["--version"]:
            sys.stdout.write("apptainer version 1.3.6\n")
        case [*options, image, shell, "-c", command] if "exec" in options:
            inside = command.replace(CONDA_ENV_PATH, f"{image}{CONDA_ENV_PATH}")
            os.execvp(shell, [shell, "-c", inside])
        case _:
            sys.exit(f"the stand-in does not know: apptainer {' '.join(words)}")


if __name__ == "__main__":
    main(sys.argv[1:])
