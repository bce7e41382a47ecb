"""Measure a pretrained RigidSSL on held-out chains."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from torch import Tensor

from causeway import metrics as table
from causeway.devices import device_of
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.proteins.rigidssl.chains import Chains
from causeway.proteins.rigidssl.config import Evaluation, Variant
from causeway.proteins.rigidssl.controls import CONTROLS, HeldOut, fit_constant, held_out
from causeway.proteins.rigidssl.data import read_split
from causeway.proteins.rigidssl.invariance import Change, turn
from causeway.proteins.rigidssl.module import RigidSSL, load
from causeway.proteins.rigidssl.objective import DIRECTIONS, TERMS
from causeway.statistics import Interval, bootstrap_interval

log = logging.getLogger(__name__)

FITTED = 512
"""Training chains that the constant predictor is fitted on, at most."""
TURNED = 64
"""Test chains that are turned to measure invariance, at most."""
MAPPED = 24
"""Test chains whose errors are kept by residue, at most."""
RESAMPLES = 2000
"""Bootstrap samples per interval."""


def evaluate(
    *,
    checkpoint: Path,
    index: Path,
    shards: list[Path],
    metrics: Path,
    residues: Path,
    evaluation: Evaluation,
    hardware: Hardware,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Measure losses of the model and its controls, noise, and invariance to rotation.

    All losses are divided by the variance of the chain's targets, whatever the training did, so
    that variants can be compared. The noise of a chain is fixed: the same for all seeds, and
    for all variants the same random numbers. Intervals are over clusters of test chains.

    Parameters
    ----------
    checkpoint
        A pretrained model with its settings.
    index, shards
        Chains with their split, and their coordinates.
    metrics
        Table to write, see :mod:`causeway.metrics`.
    residues
        Table to write, ``id, residue_number, variant, seed, term, direction, error``: the
        model's error by residue for some test chains.
    evaluation, hardware
        Sections of the configuration.
    dataset, variant, seed
        Names of the run.

    Raises
    ------
    InputError
        If no chain is held out for the test.
    """
    module = load(checkpoint).to(device_of(hardware))
    setting, draws = module.variant, evaluation.draws
    test = _chains(index, shards, setting, "test", draws, at_most=evaluation.chains)
    train = _chains(index, shards, setting, "train", draws, at_most=FITTED)
    constant = fit_constant(train, setting.arc, draws)
    measured = held_out(module, test, draws, constant)
    log.info("%d test chains, %d draws each", len(test), draws)
    clusters = test.table["cluster"].to_numpy()
    found = dict(_losses(measured, clusters)) | dict(_noise(test, clusters))
    found |= dict(_invariance(module, test))
    for name, value in found.items():
        log.info("%s: %.4g [%.4g, %.4g]", name, value.estimate, value.low, value.high)
    rows = table.rows(
        found.items(), system="rigidssl", dataset=dataset, variant=variant, seed=seed
    )
    table.write(rows, metrics)
    _map(test, measured).assign(variant=variant, seed=seed).to_parquet(residues, index=False)


def _chains(
    index: Path,
    shards: list[Path],
    setting: Variant,
    split: str,
    draws: int,
    at_most: int | None = None,
) -> Chains:
    rows = read_split(index, split)
    if at_most is not None and len(rows) > at_most:
        rows = rows.sample(at_most, random_state=0).sort_values("id")
    if rows.empty:
        raise InputError(
            index,
            f"no chain in the split '{split}'",
            "Take more entries, widen the filters or hold out a larger share",
        )
    return Chains(rows, shards, setting, (split,), strata=draws)


def _by_cluster(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Average values (chains,) within clusters, which are the independent units."""
    return pd.Series(values).groupby(clusters).mean().to_numpy()


def _mean(values: np.ndarray, clusters: np.ndarray) -> Interval:
    return bootstrap_interval(_by_cluster(values, clusters), seed=0, resamples=RESAMPLES)


def _losses(measured: HeldOut, clusters: np.ndarray) -> Iterator[tuple[str, Interval]]:
    for control, errors in zip(CONTROLS, measured.chains.double().numpy(), strict=True):
        for k, term in enumerate(TERMS):
            for d, direction in enumerate(DIRECTIONS):
                yield f"{control}/{term}-{direction}", _mean(errors[:, d, k], clusters)
            yield f"{control}/{term}", _mean(errors[:, :, k].mean(1), clusters)
        yield f"{control}/loss", _mean(errors.sum((1, 2)), clusters)
    for k, term in enumerate(TERMS):
        model, floor = (
            _by_cluster(measured.chains[CONTROLS.index(name), :, :, k].mean(1).numpy(), clusters)
            for name in ("model", "constant")
        )
        skill = bootstrap_interval(model, floor, statistic=_skill, seed=0, resamples=RESAMPLES)
        yield f"skill/{term}", skill


def _skill(model: np.ndarray, floor: np.ndarray, axis: int) -> np.ndarray:
    return 1 - model.mean(axis) / floor.mean(axis)


def _noise(chains: Chains, clusters: np.ndarray) -> Iterator[tuple[str, Interval]]:
    """Mean rotation between the views, and how often SLERP has a shorter way."""
    dots = [_dot(chains, row) for row in range(len(chains))]
    angles = np.array([float(2 * dot.abs().clamp(max=1).acos().mean()) for dot in dots])
    yield "noise/angle", _mean(np.degrees(angles), clusters)
    long = np.array([float((dot < 0).double().mean()) for dot in dots])
    yield "noise/long-arc", _mean(long, clusters)


def _dot(chains: Chains, row: int) -> Tensor:
    views = chains[[(0, row)]].views
    return (views.q0.double() * views.q1).sum(-1)


def _invariance(module: RigidSSL, chains: Chains) -> Iterator[tuple[str, Interval]]:
    rows = chains.table.head(TURNED)
    changes = [turn(module, chains, row) for row in range(len(rows))]
    clusters = rows["cluster"].to_numpy()
    for name in Change._fields:
        values = np.array([getattr(change, name) for change in changes])
        yield f"invariance/{name}", _mean(values, clusters)


def _map(chains: Chains, measured: HeldOut) -> pd.DataFrame:
    """Errors of the model by residue."""
    parts = []
    for row, errors in enumerate(measured.residues[:MAPPED]):
        number = chains.chain(row).residue_number
        parts += [
            pd.DataFrame(
                {
                    "id": chains.table.at[row, "id"],
                    "residue_number": number,
                    "term": term,
                    "direction": direction,
                    "error": errors[:, d, k].numpy(),
                }
            )
            for d, direction in enumerate(DIRECTIONS)
            for k, term in enumerate(TERMS)
        ]
    return pd.concat(parts, ignore_index=True)
