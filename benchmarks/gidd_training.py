"""Training steps of discrete diffusion against those of a plain GPT of the same size.

A step draws a batch, runs forward and backward, and moves the weights: noise, loss in closed form
and LaProp here; tokens, cross-entropy and fused AdamW there. Both are in fp32 on one thread, as
runs of a sweep have one core each. They run in turns in one process, so that other load on the
machine meets both; the ratio is the median of the ratios of neighbouring runs. Utilisation is
operations per second, of matrix products with attention and head, over those of a product of two
matrices of 1,024 x 1,024 in the same turns. A step inside the Trainer, with its loops and
callbacks, is the difference of two whole trainings, of which one is longer.

    python benchmarks/gidd_training.py --output docs/benchmarks
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from causeway.hardware import Hardware
from causeway.language import token_files
from causeway.language.gidd.data import TokenData, diffusion_data
from causeway.language.gidd.module import build
from causeway.language.gidd.settings import (
    NOISES,
    Network,
    Optimisation,
    Plan,
    Recipe,
    Size,
    Training,
)
from causeway.language.packing import Sequences
from causeway.language.scaling.flops import flops_per_token
from causeway.language.tokenisers import UNKNOWN, Characters
from causeway.training import fit
from peers.plain_gpt import PlainGPT

THREADS = 1
LENGTH, BATCH = 128, 8
PRODUCT = 1024
SIZES = {
    "25k": (Size(layers=2, width=32, head=16), 65),
    "147k": (Size(layers=3, width=64, head=32), 65),
    "786k": (Size(layers=4, width=128, head=32), 65),
    "5m": (Size(layers=6, width=256, head=32), 65),
    "5m, vocabulary 4,096": (Size(layers=6, width=256, head=32), 4096),
}
RECIPE = Recipe(
    network=Network(soft_cap=None),
    training=Training(length=LENGTH, validation=8),
    optimisation=Optimisation(warmup=2),
    hardware=Hardware(accelerator="cpu"),
)


def plan(size: Size, steps: int = 1000) -> Plan:
    """A run of balanced noise, of which every token bears loss."""
    return Plan(
        name="balanced",
        noise=NOISES["balanced"],
        size=size,
        batch=BATCH,
        rate=0.1,
        steps=steps,
        steps_per_epoch=steps,
    )


def data(folder: Path, vocabulary: int, run: Plan) -> TokenData:
    """Random text in a file of tokens."""
    path = folder / f"{vocabulary}.bin"
    if not path.exists():
        # The end of a document and the character for unknown ones are tokens too.
        symbols = [chr(0x4E00 + number) for number in range(vocabulary - 2)]
        text = "".join(np.random.default_rng(0).choice(symbols, size=LENGTH * 4096))
        token_files.write(path, [text], Characters("".join([*symbols, UNKNOWN])))
    rows = Sequences(path, LENGTH)
    return diffusion_data(rows, rows, run, RECIPE.training, RECIPE.corruption)


def diffusion(folder: Path, size: Size, vocabulary: int) -> Callable[[int], None]:
    """A training step of this package, without the Trainer."""
    run = plan(size)
    batches, module = data(folder, vocabulary, run), build(vocabulary, run, RECIPE)
    made = module.configure_optimizers()
    optimiser = made["optimizer"]

    def step(number: int) -> None:
        optimiser.zero_grad(set_to_none=True)
        module.terms(batches.at(number)).loss.backward()
        optimiser.step()

    return step


def plain(folder: Path, size: Size, vocabulary: int) -> Callable[[int], None]:
    """A training step of a plain GPT."""
    del folder
    torch.manual_seed(0)
    network = PlainGPT(vocabulary, LENGTH, size.layers, size.width, size.heads)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    tokens = torch.randint(vocabulary, (4096, LENGTH + 1))

    def step(number: int) -> None:
        optimiser.zero_grad(set_to_none=True)
        del number
        rows = tokens[torch.randint(len(tokens), (BATCH,))]
        network(rows[:, :-1], rows[:, 1:]).backward()
        optimiser.step()

    return step


def product() -> Callable[[int], None]:
    """A product of matrices."""
    a, b = torch.randn(2, PRODUCT, PRODUCT)

    def step(number: int) -> None:
        del number
        torch.mm(a, b)

    return step


def timed(step: Callable[[int], None], number: int) -> float:
    """Seconds of a step."""
    start = time.perf_counter()
    step(number)
    return time.perf_counter() - start


def in_trainer(folder: Path, size: Size, vocabulary: int, steps: int) -> float:
    """Seconds of a step inside the Trainer."""
    seconds = []
    for count in (steps, 3 * steps):
        run = plan(size, count)
        with tempfile.TemporaryDirectory() as place:
            start = time.perf_counter()
            fit(
                build(vocabulary, run, RECIPE),
                data(folder, vocabulary, run),
                epochs=1,
                hardware=RECIPE.hardware,
                seed=run.seed,
                threads=THREADS,
                resume=Path(place),
                history=Path(place) / "history.parquet",
                checkpoint=Path(place) / "model.ckpt",
            )
            seconds.append(time.perf_counter() - start)
    return (seconds[1] - seconds[0]) / (2 * steps)


def compare(name: str, folder: Path, seconds: float) -> dict[str, float | str]:
    """Time the steps of a size in turns, for about so many seconds."""
    size, vocabulary = SIZES[name]
    steps = {
        "diffusion": diffusion(folder, size, vocabulary),
        "plain": plain(folder, size, vocabulary),
        "product": product(),
    }
    for step in steps.values():
        step(0)
    taken: dict[str, list[float]] = {kind: [] for kind in steps}
    start, number = time.perf_counter(), 0
    while number < 5 or time.perf_counter() - start < seconds:
        number += 1
        for kind, step in steps.items():
            taken[kind].append(timed(step, number))
    middle = {kind: statistics.median(values) for kind, values in taken.items()}
    inside = in_trainer(folder, size, vocabulary, max(5, round(seconds / 6 / middle["diffusion"])))
    peak = 2 * PRODUCT**3 / middle["product"]
    counted = flops_per_token(size.layers, size.width, LENGTH, vocabulary)["flops_with_head"]
    tokens = BATCH * LENGTH
    row: dict[str, float | str] = {"size": name, "vocabulary": vocabulary, "repeats": number}
    row |= {f"{kind}_seconds": middle[kind] for kind in ("diffusion", "plain")}
    row |= {"trainer_seconds": inside, "peak_flops": peak}
    row |= {
        f"{kind}_utilisation": counted * tokens / middle[kind] / peak
        for kind in ("diffusion", "plain")
    }
    row |= {f"{kind}_tokens_per_second": tokens / middle[kind] for kind in ("diffusion", "plain")}
    pairs = zip(taken["plain"], taken["diffusion"], strict=True)
    return row | {"ratio": statistics.median(slow / fast for slow, fast in pairs)}


def table(rows: list[dict[str, float | str]]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| size | diffusion, ms | in the Trainer, ms | plain GPT, ms | diffusion, tokens/s "
        "| plain GPT, tokens/s | speed, plain = 1 | diffusion, utilisation | plain, utilisation |",
        "|" + "---|" * 9,
    ]
    lines += [
        f"| {row['size']} | {1e3 * row['diffusion_seconds']:.1f} "
        f"| {1e3 * row['trainer_seconds']:.1f} | {1e3 * row['plain_seconds']:.1f} "
        f"| {row['diffusion_tokens_per_second']:,.0f} | {row['plain_tokens_per_second']:,.0f} "
        f"| {row['ratio']:.2f} | {row['diffusion_utilisation']:.0%} "
        f"| {row['plain_utilisation']:.0%} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--seconds", type=float, default=20, help="per size, about")
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        rows = [compare(name, Path(folder), arguments.seconds) for name in arguments.sizes]
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = {"threads": THREADS, "torch": torch.__version__, "load": os.getloadavg()[0]}
    text = json.dumps(report | {"length": LENGTH, "batch": BATCH, "rows": rows}, indent=2)
    (arguments.output / "gidd_training.json").write_text(text + "\n")
    title = "# A training step of discrete diffusion against a plain GPT's, fp32, 1 thread\n\n"
    title += f"{BATCH} sequences of {LENGTH} tokens, balanced noise, all on one core.\n\n"
    (arguments.output / "gidd_training.md").write_text(title + table(rows) + "\n")


if __name__ == "__main__":
    main()
