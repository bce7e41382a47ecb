"""A stand-in for the program ``conda``: what Snakemake asks of it, answered by py-rattler.

Called with the folder that plays its installation and then the words of the command line. Names
of channels lead to ``channels`` in that folder, never to the internet.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import yaml
from rattler import Channel, ChannelConfig, Subdir, install, solve

VERSION = "24.7.1"
"""The oldest that Snakemake accepts."""


def main(home: Path, words: list[str]) -> None:
    """Answer one command; any that Snakemake is not known to use is an error."""
    match words:
        case ["--version"]:
            answer(f"conda {VERSION}")
        case ["info", "--json"]:
            answer(json.dumps({"conda_prefix": str(home), "platform": str(Subdir.current())}))
        case ["config", "--get", "channel_priority", "--json"]:
            answer(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *_, "--file", file, "--prefix", prefix]:
            asyncio.run(create(home, Path(file), Path(prefix)))
        case ["clean", "-y", "--tarballs"]:
            pass
        case _:
            sys.exit(f"the stand-in does not know: conda {' '.join(words)}")


def answer(text: str) -> None:
    """Tell Snakemake, which reads standard output."""
    sys.stdout.write(f"{text}\n")


async def create(home: Path, file: Path, prefix: Path) -> None:
    """Solve an environment file and install what comes out."""
    wanted = yaml.safe_load(file.read_text())
    names = ChannelConfig(f"{(home / 'channels').as_uri()}/")
    channels = [Channel(name, names) for name in wanted["channels"] if name != "nodefaults"]
    records = await solve(channels, wanted["dependencies"], platforms=["noarch"])
    await install(records, prefix, cache_dir=home / "pkgs", show_progress=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.flush()
    # Threads of rattler may outlive its work; Python's own end now and then aborts on them.
    os._exit(0)
