"""Value and gradient of the kernel deviation from stationarity, against the released code.

The peer is stadion 1.0.2 with the JAX that it works with, in an environment of its own, made for
this run: its linear model, kernel, interventions and loss, on the same states and parameters. Each
measurement has a fresh process, so that peak memory is its own; the two run in turns. Ours is
measured in the two forms in which it is used: the compiled loop over pairs, which serves the
linear model and estimator, and autograd through the matrix products of all pairs.

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

source, target, estimator = sys.argv[1:]
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

OURS = '''
import torch
torch.set_num_threads(1)
case["variance"] = np.exp(2 * (case["log_noise_scale"] + case["log_scale"]))
states, weight = case["states"], case["weights"]

def parts(found):
    """The same derivatives by the peer's parameters, which enter as sums."""
    value, by_weight, by_bias, by_variance = found
    by_log = 2 * by_variance * case["variance"]
    arrays = (by_weight, by_bias, by_log, by_bias, by_log)
    return {"value": value, **dict(zip(names, arrays))}

if estimator == "linear":
    from causeway.cells.stadion.compiled import deviation

    shifted = case["biases"] + case["shift"]
    width = np.float32(5.0)

    def call():
        return deviation(states, weight, shifted, case["variance"], width)

    measure(call, parts, target)
else:
    from causeway.cells.stadion.kds import kernel_deviation

    x = torch.from_numpy(states)
    W = torch.from_numpy(weight).requires_grad_()
    b = torch.from_numpy(case["biases"] + case["shift"]).requires_grad_()
    D = torch.from_numpy(case["variance"]).requires_grad_()

    def call():
        value = kernel_deviation(x, torch.nn.functional.linear(x, W, b), D, estimator=estimator)
        return value.detach(), *torch.autograd.grad(value, (W, b, D))

    measure(call, lambda found: parts([part.numpy() for part in found]), target)
'''


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


def measured(python: str, body: str, case: Path, target: Path, estimator: str) -> dict[str, float]:
    """Run one measurement in its own process."""
    command = [python, "-W", "ignore", "-c", CLOCK + body, str(case), str(target), estimator]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD
    )
    return json.loads(done.stdout)


def disagreement(theirs: Path, ours: Path) -> float:
    """Largest relative difference of value and gradients, each by its own largest entry."""
    a, b = np.load(theirs), np.load(ours)
    return max(
        float(np.abs(a[name] - b[name]).max() / np.abs(a[name]).max())
        for name in ("value", *NAMES)
    )


def compare(python: Path, estimator: str, d: int, folder: Path) -> dict[str, object]:
    """Measure both in turns and check that they agree."""
    case = folder / f"{d}.npz"
    draw_case(d, case)
    files = {"stadion": folder / "stadion.npz", "causeway": folder / "causeway.npz"}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in files}
    for _ in range(ROUNDS):
        for name, program, body in (
            ("stadion", str(python), THEIRS),
            ("causeway", sys.executable, OURS),
        ):
            runs[name].append(measured(program, body, case, files[name], estimator))
    row: dict[str, object] = {"estimator": estimator, "d": d}
    for name, found in runs.items():
        row[f"{name}_ms"] = 1e3 * float(np.median([run["seconds"] for run in found]))
        # Later runs of ours find the compiled loop on disk.
        row[f"{name}_first_s"] = max(run["first"] for run in found)
        row[f"{name}_peak_mib"] = max(run["peak_mib"] for run in found)
    pairs = zip(runs["stadion"], runs["causeway"], strict=True)
    row["ratio"] = float(np.median([a["seconds"] / b["seconds"] for a, b in pairs]))
    row["wanted"] = WANTED.get((estimator, d))
    row["disagreement"] = disagreement(*files.values())
    return row


def table(rows: list[dict]) -> str:
    """Markdown table of the rows."""
    lines = [
        "| pairs | d | stadion, ms | causeway, ms | ratio | aim | difference "
        "| stadion, first call, s | causeway, first call, s | stadion, MiB | causeway, MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        pairs = "halves of the batch" if row["estimator"] == "linear" else "all"
        aim = f"{row['wanted']}" if row["wanted"] else "–"
        lines.append(
            f"| {pairs} | {row['d']} | {row['stadion_ms']:.3f} | {row['causeway_ms']:.4f} "
            f"| {row['ratio']:,.0f} | {aim} | {row['disagreement']:.0e} "
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
        rows = [compare(python, estimator, d, folder) for estimator, d in CASES]
    worst = max(float(row["disagreement"]) for row in rows)
    if worst > 1e-5:
        raise SystemExit(f"values or gradients differ by {worst:.1e}")
    output.mkdir(parents=True, exist_ok=True)
    report = {"load": os.getloadavg()[0], "batch": BATCH, "peer": [PEER, *PINS], "rows": rows}
    (output / "stadion.json").write_text(json.dumps(report, indent=2) + "\n")
    text = (
        "# Value and gradient of the kernel deviation from stationarity, one thread, fp32\n\n"
        f"A batch of {BATCH} cells, linear drift, constant diagonal noise, one intervention; the "
        "peer is stadion 1.0.2 on JAX 0.4.30.\nWith halves of the batch as pairs ours is the "
        "compiled loop, with all pairs autograd through matrix products.\n\n"
    )
    notes = (
        "\n\nDifference: the largest of value and gradients, relative to the largest entry of "
        "each. First calls compile; ours compiles once\nper machine. Peak memory is that of a "
        "whole process, libraries included.\n"
    )
    (output / "stadion.md").write_text(text + table(rows) + notes)


if __name__ == "__main__":
    main()
