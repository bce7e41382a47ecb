from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from causeway import evidence
from causeway import metrics as table
from causeway.errors import InputError
from causeway.figures import looks
from causeway.hardware import Hardware
from causeway.proteins.rigidssl import objective, plots
from causeway.proteins.rigidssl.chains import Chains
from causeway.proteins.rigidssl.config import PRESETS, Evaluation, Training
from causeway.proteins.rigidssl.controls import CONTROLS, fit_constant, held_out
from causeway.proteins.rigidssl.data import read_split
from causeway.proteins.rigidssl.draw import draw
from causeway.proteins.rigidssl.evaluate import evaluate
from causeway.proteins.rigidssl.invariance import turn
from causeway.proteins.rigidssl.module import build
from causeway.proteins.sources import Folder, Synthetic
from causeway.statistics import t_interval

DRAWS = 4


def chains(dataset, preset: str, split: str) -> Chains:
    rows = read_split(dataset.index, split)
    return Chains(rows, dataset.shards, PRESETS[preset], (split,), strata=DRAWS)


def model(network, preset: str, scale: float = 0.05):
    """An untrained model whose predictions depend on its input."""
    module = build(network, PRESETS[preset], Training()).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(scale * torch.randn(parameter.shape, generator=generator))
    return module


def losses(module, dataset, preset: str) -> dict[str, torch.Tensor]:
    constant = fit_constant(chains(dataset, preset, "train"), PRESETS[preset].arc, DRAWS)
    measured = held_out(module, chains(dataset, preset, "test"), DRAWS, constant)
    return dict(zip(CONTROLS, measured.chains.mean(1), strict=True))


def test_a_model_that_predicts_zero_is_as_good_as_zero(small_dataset, small_network):
    module = build(small_network, PRESETS["paper"], Training()).eval()
    found = losses(module, small_dataset, "paper")
    assert torch.equal(found["model"], found["zero"])
    assert torch.equal(found["shuffled-time"], found["zero"])
    torch.testing.assert_close(found["zero"], torch.ones(2, 2), atol=0.03, rtol=0)


def test_an_oracle_is_perfect_only_on_its_own_targets(small_dataset, small_network):
    module = build(small_network, PRESETS["fixed"], Training()).eval()
    truth = module.forward

    def oracle(batch, told=None):
        prediction = truth(batch)
        velocity = prediction.target if told is None else prediction.predicted
        return prediction._replace(predicted=velocity)

    module.forward = oracle
    found = losses(module, small_dataset, "fixed")
    assert not found["model"].any()
    assert (found["shuffled-pairs"] > 1.2).all()
    torch.testing.assert_close(found["shuffled-time"], found["zero"])


def test_constant_is_the_best_constant_on_the_chains_it_was_fitted_on(small_dataset):
    train = chains(small_dataset, "paper", "train")
    best = fit_constant(train, "long", DRAWS)

    def loss(constant):
        total = torch.zeros(2)
        for row in range(len(train)):
            for draw_ in range(DRAWS):
                batch = train[[(draw_, row)]]
                views, mask = objective.both_directions(batch.views), batch.mask.repeat(2, 1)
                _, target = objective.path(views, batch.tau.repeat(2), "long")
                guess = objective.Velocity(
                    *(
                        part[draw_][:, None].expand_as(u)
                        for part, u in zip(constant, target, strict=True)
                    )
                )
                errors = objective.residue_errors(guess, target, objective.scales(target, mask))
                total += objective.chain_errors(errors, mask).sum(0)
        return total

    fitted = loss(best)
    for change in (-1e-2, 1e-2):
        assert (loss(objective.Velocity(*(part * (1 + change) for part in best))) > fitted).all()
        moved = objective.Velocity(*(part + change * part.abs().max() for part in best))
        assert (loss(moved) > fitted).all()
    assert (fitted < loss(objective.Velocity(*(0 * part for part in best)))).all()


def test_sign_rule_makes_zero_beatable_by_a_constant_in_the_long_way_only(small_dataset):
    """About .96 near the ends of the path; nothing has been learned then."""
    long = fit_constant(chains(small_dataset, "paper", "train"), "long", DRAWS).quaternion
    short = fit_constant(chains(small_dataset, "fixed", "train"), "short", DRAWS).quaternion
    assert long.norm(dim=-1).mean() > 2 * short.norm(dim=-1).mean()


@pytest.mark.parametrize("preset", ["fixed", "paper"])
def test_turning_the_input_changes_nothing(small_dataset, small_network, preset):
    test = chains(small_dataset, preset, "test")
    for row in range(4):
        change = turn(model(small_network, preset), test, row)
        assert change.geometry < 1e-3
        assert change.rotation < 1e-3
        assert change.translation < 1e-3


def test_turning_the_input_of_the_released_rule_changes_everything(small_dataset, small_network):
    test = chains(small_dataset, "released", "test")
    changes = [turn(model(small_network, "released"), test, row) for row in range(4)]
    assert np.mean([change.geometry for change in changes]) > 5
    assert np.mean([change.rotation for change in changes]) > 0.3


def save(module, network, path: Path) -> Path:
    module.save_hyperparameters({"network": network.model_dump()})
    torch.save({"state_dict": module.state_dict(), "hyper_parameters": dict(module.hparams)}, path)
    return path


@pytest.fixture(scope="module")
def evaluated(small_dataset, small_network, tmp_path_factory) -> dict[str, Path]:
    """Folders with the results of two variants."""
    folders = {}
    for preset in ("released", "fixed"):
        folder = tmp_path_factory.mktemp(preset)
        evaluate(
            checkpoint=save(model(small_network, preset), small_network, folder / "model.ckpt"),
            index=small_dataset.index,
            shards=small_dataset.shards,
            metrics=folder / "metrics.parquet",
            residues=folder / "residues.parquet",
            evaluation=Evaluation(draws=DRAWS),
            hardware=Hardware(),
            dataset="small",
            variant=preset,
            seed=3,
        )
        folders[preset] = folder
    return folders


def test_metrics_are_complete_and_agree(evaluated):
    numbers = table.read([evaluated["fixed"] / "metrics.parquet"]).set_index("metric")
    terms = [f"{t}{d}" for t in ("translation", "rotation") for d in ("-forward", "-backward", "")]
    expected = {f"{control}/{name}" for control in CONTROLS for name in [*terms, "loss"]}
    expected |= {"skill/translation", "skill/rotation", "noise/angle", "noise/long-arc"}
    expected |= {f"invariance/{name}" for name in ("translation", "rotation", "geometry")}
    assert set(numbers.index) == expected
    assert (numbers["seed"] == 3).all()
    assert (numbers["dataset"] == "small").all()
    value = numbers["value"]
    for control in CONTROLS:
        both = [value[f"{control}/rotation-{d}"] for d in ("forward", "backward")]
        assert value[f"{control}/rotation"] == pytest.approx(np.mean(both))
        total = 2 * (value[f"{control}/rotation"] + value[f"{control}/translation"])
        assert value[f"{control}/loss"] == pytest.approx(total)
    skill = 1 - value["model/rotation"] / value["constant/rotation"]
    assert value["skill/rotation"] == pytest.approx(skill)
    assert (numbers["low"] <= value + 1e-12).all()
    assert (value <= numbers["high"] + 1e-12).all()


def test_intervals_count_clusters_not_chains(small_dataset, evaluated):
    numbers = table.read([evaluated["fixed"] / "metrics.parquet"])
    test = read_split(small_dataset.index, "test")
    assert set(numbers["n"]) == {test["cluster"].nunique()}
    assert test["cluster"].nunique() < len(test)


def test_noise_has_the_published_angles(evaluated):
    for preset, angle, long in (("fixed", 45.2, 0.124), ("released", 87.2, 0.241)):
        numbers = table.read([evaluated[preset] / "metrics.parquet"]).set_index("metric")["value"]
        assert numbers["noise/angle"] == pytest.approx(angle, abs=5)
        assert numbers["noise/long-arc"] == pytest.approx(long, abs=0.08)


def test_residue_errors_average_to_the_loss(small_dataset, evaluated):
    residues = pd.read_parquet(evaluated["fixed"] / "residues.parquet")
    columns = ["id", "residue_number", "term", "direction", "error", "variant", "seed"]
    assert list(residues.columns) == columns
    test = read_split(small_dataset.index, "test").set_index("id")
    means = residues.groupby(["id", "term", "direction"])["error"].mean().unstack("id")
    clusters = means.T.groupby(test["cluster"]).mean().mean()
    numbers = table.read([evaluated["fixed"] / "metrics.parquet"]).set_index("metric")["value"]
    for (term, direction), value in clusters.items():
        assert numbers[f"model/{term}-{direction}"] == pytest.approx(value, rel=1e-4)


def test_no_test_chain_is_told_with_file_and_remedy(small_dataset, small_network, tmp_path):
    index = tmp_path / "index.parquet"
    pd.read_parquet(small_dataset.index).assign(split="train").to_parquet(index)
    with pytest.raises(InputError, match="no chain in the split 'test'"):
        evaluate(
            checkpoint=save(model(small_network, "fixed"), small_network, tmp_path / "m.ckpt"),
            index=index,
            shards=small_dataset.shards,
            metrics=tmp_path / "metrics.parquet",
            residues=tmp_path / "residues.parquet",
            evaluation=Evaluation(draws=1),
            hardware=Hardware(),
            dataset="small",
            variant="fixed",
            seed=0,
        )


@pytest.fixture
def history(tmp_path) -> Path:
    names = [
        f"{split}/{term}-{direction}"
        for split in ("train", "validation")
        for term in ("translation", "rotation")
        for direction in ("forward", "backward")
    ]
    rows = [(8 * e, e, name, 1 - 0.1 * e) for e in range(3) for name in [*names, "train/loss"]]
    frame = pd.DataFrame(rows, columns=["step", "epoch", "metric", "value"])
    frame.to_parquet(tmp_path / "history.parquet", index=False)
    return tmp_path / "history.parquet"


def figures(evaluated, history, folder: Path, source) -> list[str]:
    names = ("curves", "losses", "errors", "invariance")
    paths = {name: folder / f"figure-{name}.svg" for name in names}
    draw(
        metrics=[folder / "metrics.parquet" for folder in evaluated.values()],
        histories=[history] * 2,
        residues=[folder / "residues.parquet" for folder in evaluated.values()],
        source=source,
        variants=["paper", "released", "fixed"],
        **paths,
    )
    return [path.read_text() for path in paths.values()]


def test_figures_are_repeatable_and_say_that_chains_are_synthetic(evaluated, history, tmp_path):
    first, second = (figures(evaluated, history, tmp_path, Synthetic()) for _ in range(2))
    assert first == second
    assert all("<svg" in figure and "synthetic chains" in figure for figure in first)


def test_figures_show_the_intervals_that_claims_are_judged_by(monkeypatch):
    rows = [(0, 1.0, 0.8, 1.2, 9), (1, 1.1, 0.9, 1.3, 9)]
    sample = pd.DataFrame(rows, columns=["seed", "value", "low", "high", "n"])
    sample = sample.assign(variant="fixed", metric="model/rotation-forward")
    drawn = []
    monkeypatch.setattr(plots, "_dot", lambda axes, found, *_: drawn.append(found))
    plots.losses(sample, looks(["fixed"]))
    [found] = drawn
    assert found == evidence.mean(sample.set_index("seed")).interval
    assert found.high > t_interval(sample["value"]).high


def test_figures_of_real_structures_do_not_say_synthetic(evaluated, history, tmp_path):
    drawn = figures(evaluated, history, tmp_path, Folder(path=Path("x")))
    assert not any("synthetic" in figure for figure in drawn)
