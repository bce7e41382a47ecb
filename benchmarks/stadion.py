"""Value and gradient of the kernel deviation from stationarity, against the released code.

The peer is stadion 1.0.2 with the JAX that it works with, in an environment of its own, made for
this run: its linear model, kernel, interventions and loss, on the same states and parameters. Each
measurement has a fresh process, so that peak memory is its own; they run in turns. Ours is a
training step as training makes it, but for the optimiser: from the batches of all replicates to
the gradients of all weights, with the penalty and what is noted for the history. Replicates are
the seeds of a run, ten by default; times are per replicate. The loop over pairs alone, which a
step of linear drifts calls, stands beside it.

    python benchmarks/stadion.py --output docs/benchmarks
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

PINS = ("jax==0.4.30", "jaxlib==0.4.30", "numpy<2", "scipy<1.14")
PEER = "stadion==1.0.2"
BANDWIDTH = 5.0
BATCH = 128
CASES = (("linear", 5), ("linear", 20), ("linear", 50), ("u-statistic", 5), ("u-statistic", 20))
REPLICATES = 10
"""Seeds of a run."""
LOOP = 0
"""Stands for no training step, but the loop over pairs alone."""
FORMS = {"linear": (REPLICATES, 1, LOOP), "u-statistic": (REPLICATES,)}
"""Replicates of a step, for each estimator."""
WANTED = {("linear", 5): 20, ("linear", 20): 100, ("linear", 50): 1000}
NAMES = ("weights", "biases", "log_noise_scale", "shift", "log_scale")
ROUNDS = 3
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}

CLOCK = '''
import json, resource, sys, time
import numpy as np

def measure(call, result, path):
    """First call, then calls for some two seconds, at least five."""
    start = time.perf_counter()
    found = call()
    first = time.perf_counter() - start
    call()
    seconds, begun = [], time.perf_counter()
    while len(seconds) < 5 or (time.perf_counter() - begun < 2 and len(seconds) < 5000):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    np.savez(path, **result(found))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    median = float(np.median(seconds))
    print(json.dumps({"first": first, "seconds": median, "peak_mib": peak}))

source, target, estimator, replicates = sys.argv[1:]
case = {name: array for name, array in np.load(source).items()}
names = ("weights", "biases", "log_noise_scale", "shift", "log_scale")
'''

THEIRS = """
from functools import partial
from unittest.mock import MagicMock

# Imported for batches and the optimiser, neither of which is measured.
for name in ("tensorflow", "tensorflow_datasets", "optax", "optax._src"):
    sys.modules[name] = MagicMock()
import jax
import jax.numpy as jnp
from stadion.inference import rbf_kernel
from stadion.kds import kds_loss
from stadion.models.linear import LinearSDE

model = LinearSDE()
d = case["states"].shape[1]
parameters = model.init_param(jax.random.PRNGKey(0), d)
intervention = model.init_intv_param(jax.random.PRNGKey(0), d, targets=jnp.ones(d))
for name in names:
    (parameters if name in names[:3] else intervention)[name] = jnp.asarray(case[name])
states = jnp.asarray(case["states"])
kernel = partial(rbf_kernel, bandwidth=5.0)
loss = kds_loss(model.f, model.sigma, kernel, estimator=estimator)
function = jax.jit(jax.value_and_grad(loss, (1, 2)))

def call():
    return jax.block_until_ready(function(states, parameters, intervention))

def result(found):
    value, (ours, theirs) = found
    gradients = {name: (ours if name in names[:3] else theirs)[name] for name in names}
    return {"value": value, **gradients}

measure(call, result, target)
"""

OURS = """
import torch
torch.set_num_threads(1)
states, weights = case["states"], case["weights"]
replicates, d = int(replicates), case["states"].shape[1]

def loop():
    from causeway.cells.stadion.compiled import deviation

    variance = np.exp(2 * (case["log_noise_scale"] + case["log_scale"]))
    shifted, width = case["biases"] + case["shift"], np.float32(5.0)

    def parts(found):
        value, by_weight, by_bias, by_variance = found
        by_log = 2 * by_variance * variance
        arrays = (by_weight, by_bias, by_log, by_bias, by_log)
        return {"value": value, **dict(zip(names, arrays))}

    return lambda: deviation(states, weights, shifted, variance, width), parts

def training():
    from causeway.cells.stadion.batches import Batch
    from causeway.cells.stadion.config import PRESETS, Training
    from causeway.cells.stadion.learned import build
    from causeway.cells.stadion.module import Stadion

    # As many environments as the published worlds have; the peer knows no penalty.
    settings = Training(estimator=estimator, bandwidth=5.0, penalty=0.0)
    masks, place = np.ones((81, d), dtype=np.float32), 7
    diffusions = {seed: build(PRESETS["known"], settings, masks) for seed in range(replicates)}
    given = dict(zip(names, map(torch.from_numpy, (case[name] for name in names))))
    for one in diffusions.values():
        with torch.no_grad():
            one.drift.effects.copy_(given["weights"])
            one.drift.bias.copy_(given["biases"])
            one.log_noise.copy_(given["log_noise_scale"])
            one.shift[place] = given["shift"]
            one.log_scale[place] = given["log_scale"]
    module = Stadion(diffusions, settings)
    module.stack()
    batches = [Batch(torch.from_numpy(states.copy()), place) for _ in range(replicates)]

    def step():
        module.optimizer_zero_grad(0, 0, optimizer)
        loss = module.training_step(batches)
        module.backward(loss)
        return loss

    def parts(loss):
        last = list(diffusions.values())[-1]
        arrays = (
            last.drift.effects.grad,
            last.drift.bias.grad,
            last.log_noise.grad,
            last.shift.grad[place],
            last.log_scale.grad[place],
        )
        value = loss.item() / replicates
        return {"value": value, **{name: one.numpy() for name, one in zip(names, arrays)}}

    optimizer = module.configure_optimizers()
    return step, parts

call, result = training() if replicates else loop()
measure(call, result, target)
"""


def peer_python(folder: Path) -> Path:
    """Python of a fresh environment with the released code, without its TensorFlow."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    for words in (PINS, ("--no-deps", PEER)):
        command = [str(python), "-m", "pip", "install", "--quiet", *words]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return python


def draw_case(d: int, path: Path) -> None:
    """States and parameters of one case."""
    rng = np.random.default_rng(d)
    weights = rng.normal(size=(d, d)) / d
    np.fill_diagonal(weights, -1)
    arrays = {
        "states": rng.normal(size=(BATCH, d)),
        "weights": weights,
        "biases": rng.normal(size=d),
        "log_noise_scale": rng.normal(-0.5, 0.2, d),
        "shift": rng.normal(size=d),
        "log_scale": rng.normal(0, 0.2, d),
    }
    np.savez(path, **{name: array.astype(np.float32) for name, array in arrays.items()})


def measured(
    python: str, body: str, case: Path, target: Path, estimator: str, replicates: int = 1
) -> dict[str, float]:
    """Run one measurement in its own process; seconds are per replicate."""
    given = [str(case), str(target), estimator, str(replicates)]
    done = subprocess.run(
        [python, "-W", "ignore", "-c", CLOCK + body, *given],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    found = json.loads(done.stdout)
    return found | {"seconds": found["seconds"] / max(replicates, 1)}


def disagreement(theirs: Path, ours: Path) -> float:
    """Largest relative difference of value and gradients, each by its own largest entry.

    Self-effects are held fixed: what the peer has as their gradient is left out.
    """
    a, b = (dict(np.load(path)) for path in (theirs, ours))
    for found in (a, b):
        np.fill_diagonal(found["weights"], 0)
    return max(
        float(np.abs(a[name] - b[name]).max() / np.abs(a[name]).max())
        for name in ("value", *NAMES)
    )


def compare(python: Path, estimator: str, d: int, folder: Path) -> list[dict[str, object]]:
    """Measure the peer and our forms in turns, and check that they agree."""
    case, theirs = folder / f"{d}.npz", folder / "stadion.npz"
    draw_case(d, case)
    files = {form: folder / f"causeway{form}.npz" for form in FORMS[estimator]}
    peer: list[dict[str, float]] = []
    ours: dict[int, list[dict[str, float]]] = {form: [] for form in files}
    for _ in range(ROUNDS):
        peer.append(measured(str(python), THEIRS, case, theirs, estimator))
        for form, file in files.items():
            ours[form].append(measured(sys.executable, OURS, case, file, estimator, form))
    rows = []
    for form, runs in ours.items():
        row: dict[str, object] = {"estimator": estimator, "d": d, "replicates": form}
        for name, found in (("stadion", peer), ("causeway", runs)):
            row[f"{name}_ms"] = 1e3 * float(np.median([run["seconds"] for run in found]))
            # Later runs of ours find what was compiled on disk.
            row[f"{name}_first_s"] = max(run["first"] for run in found)
            row[f"{name}_peak_mib"] = max(run["peak_mib"] for run in found)
        pairs = zip(peer, runs, strict=True)
        row["ratio"] = float(np.median([a["seconds"] / b["seconds"] for a, b in pairs]))
        row["wanted"] = WANTED.get((estimator, d)) if form else None
        row["disagreement"] = disagreement(theirs, files[form])
        rows.append(row)
    return rows


def aim(row: dict) -> str:
    """What was aimed at, and whether it was reached."""
    if row["wanted"] is None:
        return "–"
    return f"{row['wanted']}, {'reached' if row['ratio'] >= row['wanted'] else 'missed'}"


def form(row: dict) -> str:
    """What of ours is measured."""
    number = row["replicates"]
    if number == LOOP:
        return "loop over pairs alone"
    return f"training step, {number} replicate{'s' if number > 1 else ''}"


def table(rows: list[dict]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| pairs | d | causeway is | stadion, ms | causeway, ms | ratio | aim | difference "
        "| stadion, first call, s | causeway, first call, s | stadion, MiB | causeway, MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        pairs = "halves of the batch" if row["estimator"] == "linear" else "all"
        lines.append(
            f"| {pairs} | {row['d']} | {form(row)} | {row['stadion_ms']:.3f} "
            f"| {row['causeway_ms']:.4f} | {row['ratio']:,.0f} | {aim(row)} "
            f"| {row['disagreement']:.0e} "
            f"| {row['stadion_first_s']:.1f} | {row['causeway_first_s']:.2f} "
            f"| {row['stadion_peak_mib']:.0f} | {row['causeway_peak_mib']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    output = parser.parse_args().output
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = peer_python(folder / "venv")
        rows = [row for case in CASES for row in compare(python, *case, folder)]
    worst = max(float(row["disagreement"]) for row in rows)
    if worst > 1e-5:
        raise SystemExit(f"values or gradients differ by {worst:.1e}")
    output.mkdir(parents=True, exist_ok=True)
    report = {"load": os.getloadavg()[0], "batch": BATCH, "peer": [PEER, *PINS], "rows": rows}
    (output / "stadion.json").write_text(json.dumps(report, indent=2) + "\n")
    text = (
        "# Value and gradient of the kernel deviation from stationarity, one thread, fp32\n\n"
        f"A batch of {BATCH} cells, linear drift, constant diagonal noise, one intervention; the "
        "peer is stadion 1.0.2 on JAX 0.4.30.\nOurs is a step of training without the optimiser, "
        "from batches to the gradients of all weights, the penalty included, for\nall replicates "
        "of a run (its seeds); times are per replicate. With halves of the batch as pairs a step "
        "is one compiled\ncall, with all pairs autograd through matrix products.\n\n"
    )
    notes = (
        "\n\nDifference: the largest of value and gradients, relative to the largest entry of "
        "each. First calls compile; ours compiles once\nper machine. Peak memory is that of a "
        "whole process, libraries included, of all replicates at once.\n"
    )
    (output / "stadion.md").write_text(text + table(rows) + notes)


if __name__ == "__main__":
    main()
