"""Ask of stage 1 whether its noise model tells the counts that it was fitted to."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from causeway import metrics as tables
from causeway.cells.baselines import sample
from causeway.cells.labels import CONTROL
from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.config import Noise, Variant
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.generator import Generator
from causeway.cells.lcd.negative_binomial import likeliest
from causeway.cells.lcd.noise_module import NoiseTraining
from causeway.cells.lcd.regeneration import regeneration
from causeway.cells.lcd.states import States, read_states
from causeway.cells.lcd.training_cells import Split, read_split
from causeway.cells.normalisation import libraries, log_normalised
from causeway.cells.sources import Source
from causeway.cells.worlds.drawing import draw_states
from causeway.cells.worlds.settings import LinearWorld, SaturatingWorld
from causeway.errors import InputError
from causeway.statistics import Interval, bootstrap_interval, t_interval

log = logging.getLogger(__name__)

CELLS = 500
"""Cells of each environment that are looked at, at most."""
STATES = 20_000
"""States behind the likelihood of a cell: as many as the released code trains with."""


class Examined(NamedTuple):
    """What one environment shows.

    ``gain``: mean log-likelihood of a cell above that of independent negative binomials.
    ``distance``, ``chance``: see :class:`causeway.cells.lcd.regeneration.Regeneration`.
    """

    gain: float
    distance: float
    chance: float


def examine(
    *,
    panel: Path,
    splits: Path,
    states: Path,
    checkpoint: Path,
    metrics: Path,
    source: Source,
    noise: Noise,
    ablation: Variant,
    settings: Evaluation,
    dataset: str,
    split: str,
    variant: str,
    seed: int,
    threads: int,
) -> None:
    """Compare the counts of a noise model with those that it was fitted to.

    Every cell of a training perturbation trains, so that no cells are left that the model has
    not seen; negative binomials are fitted to the same ones.

    Parameters
    ----------
    panel, splits
        Screen of the panel's genes, and its splits.
    states, checkpoint
        Latent states and weights of ``denoise``.
    metrics
        Metrics to write, means over environments with 95 % intervals over them:

        ``stage1/loglik-gain``
            Log-likelihood of a cell above that under the likeliest negative binomial of each
            gene. The marginal likelihood is an average over states, which makes it too low
            rather than too high, the more so the more genes there are.
        ``stage1/regeneration-ratio``
            Energy distance of regenerated cells to observed ones, log-normalised, over the
            upper end of that between random halves of observed ones; see
            :mod:`causeway.cells.lcd.regeneration`. ``stage1/regeneration-distance`` and
            ``stage1/split-half-upper-end`` are the two.
        ``stage1/state-correlation``
            Correlation over environments and genes of the mean shift of states from control with
            that of the true states of the same cells, where a world knows them. Shifts, as the
            unit scale of a gene is an estimate that moves its states together.
    source
        Where the screen comes from; a world is drawn once more without counting its cells.
    noise, ablation, settings
        Sections of the configuration.
    dataset, split, variant, seed
        The run.
    threads
        Processor cores to use.

    Raises
    ------
    InputError
        If panel, states and checkpoint do not belong together.
    """
    torch.set_num_threads(threads)
    found = read_split(panel, splits, split)
    known = read_states(states)
    genes = found.screen.var_names.tolist()
    if known.environments != found.environments or known.genes != genes:
        raise InputError(states, "has states of another panel or split", "Run 'denoise' anew")
    counts = found.counts()
    module = _module(checkpoint, counts, noise, ablation)
    target = settings.target_sum or float(np.median(libraries(counts[0])))
    rows = [
        _examined(module, place, counts[place], known.states[place], target, seed)
        for place in range(len(counts))
    ]
    for label, row in zip(found.environments, rows, strict=True):
        log.info("%s: log-likelihood %+.4g, distance %.4g of %.4g", label, *row)
    gains, distances, chances = (np.array(column) for column in zip(*rows, strict=True))
    summary = {
        "loglik-gain": t_interval(gains),
        "regeneration-ratio": t_interval(distances / chances),
        "regeneration-distance": t_interval(distances),
        "split-half-upper-end": t_interval(chances),
    }
    if isinstance(source, LinearWorld | SaturatingWorld):
        summary["state-correlation"] = state_correlation(known, _true_states(source, seed, found))
    for name, value in summary.items():
        log.info("stage1/%s: %.4g [%.4g, %.4g]", name, value.estimate, value.low, value.high)
    named = [(f"stage1/{name}", value) for name, value in summary.items()]
    told = tables.rows(named, system="lcd", dataset=dataset, variant=variant, seed=seed)
    tables.write(told, metrics)


def _module(
    checkpoint: Path, counts: Sequence[NDArray[np.float32]], noise: Noise, ablation: Variant
) -> NoiseTraining:
    """The trained generators of a checkpoint of ``denoise``."""
    tensors = [torch.as_tensor(one) for one in counts]
    module = NoiseTraining(tensors, 0, noise, ablation, 0, noise.steps)
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    try:
        module.load_state_dict(saved["state_dict"])
    except (KeyError, RuntimeError) as error:
        raise InputError(
            checkpoint, f"is of another panel, split or network ({error})", "Run 'denoise' anew"
        ) from error
    return module.eval()


@torch.no_grad()
def _examined(
    module: NoiseTraining,
    place: int,
    counts: NDArray[np.float32],
    states: NDArray[np.float32],
    target: float,
    seed: int,
) -> Examined:
    rng = np.random.default_rng((seed, place))
    cells = min(len(counts), len(states), CELLS)
    some = counts[sample(np.arange(len(counts)), cells, rng)]
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    prior = module.generators[place]
    assert isinstance(prior, Generator)
    likelihood = measurement.log_likelihood(
        torch.as_tensor(some),
        measurement.rates(prior.draw(STATES, generator), module.scale),
        module.logit,
    )
    gain = measurement.marginal(likelihood).mean() - likeliest(some).mean()
    drawn = torch.as_tensor(states[rng.permutation(len(states))[:cells]])
    made = measurement.draw(measurement.rates(drawn, module.scale), module.logit, generator)
    regenerated = regeneration(
        log_normalised(some, target), log_normalised(made.numpy(), target), seed
    )
    return Examined(float(gain), regenerated.distance, regenerated.chance)


def _true_states(
    source: LinearWorld | SaturatingWorld, seed: int, split: Split
) -> list[NDArray[np.float32]]:
    """States of the cells of each environment, of the panel's genes."""
    world = draw_states(source, seed)[:, split.screen.var_names]
    labels = world.obs["perturbation"].astype(str).to_numpy()
    return [world.X[labels == label] for label in split.environments]


def state_correlation(known: States, true: Sequence[NDArray[np.floating]]) -> Interval:
    """Correlation over environments and genes of mean shifts of states from control.

    Parameters
    ----------
    known
        States of the noise model.
    true
        States of the cells of each environment, shape (n_k, d).
    """
    control = known.environments.index(CONTROL)
    others = [place for place in range(len(true)) if place != control]
    a, b = (
        np.array([one[place].mean(0, dtype=np.float64) for place in others])
        - one[control].mean(0, dtype=np.float64)
        for one in (known.states, true)
    )
    # Environments are resampled whole: sums of each are all that a correlation needs.
    sums = [part.mean(axis=1) for part in (a, b, a * a, b * b, a * b)]
    return bootstrap_interval(*sums, seed=0, statistic=_correlation)


def _correlation(*sums: NDArray, axis: int) -> NDArray:
    a, b, aa, bb, ab = (part.mean(axis=axis) for part in sums)
    return np.asarray((ab - a * b) / np.sqrt((aa - a * a) * (bb - b * b)))
