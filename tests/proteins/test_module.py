from pathlib import Path

import pandas as pd
import pytest
import pytorch_lightning as pl
import torch

from causeway.hardware import Hardware
from causeway.proteins.rigidssl.config import PRESETS, Training, Variant
from causeway.proteins.rigidssl.data import StructureData
from causeway.proteins.rigidssl.module import NAMES, build, load
from causeway.proteins.rigidssl.pretrain import pretrain
from causeway.training import fit

SETTING = PRESETS["fixed"].model_copy(update={"pairs_per_batch": 3000})
TRAINING = Training(epochs=3, learning_rate=3e-3)
CPU = Hardware(accelerator="cpu")


def awake(module, scale=0.05):
    """Give the weights that begin at zero some values, so that predictions depend on input."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(scale * torch.randn(parameter.shape, generator=generator))
    return module


@pytest.fixture
def data(small_dataset) -> StructureData:
    return StructureData(*small_dataset, SETTING, seed=0)


def test_untrained_model_costs_one_per_term(data, small_network):
    module = build(small_network, SETTING, TRAINING)
    errors = module.errors(data.training[[(0, row) for row in range(12)]])
    assert errors.shape == (12, len(NAMES))
    torch.testing.assert_close(errors.mean(0), torch.ones(4), atol=0.02, rtol=0)
    assert module.loss(errors).item() == pytest.approx(4, abs=0.1)


def test_loss_weighs_terms(data, small_network):
    training = Training(translation_weight=2, rotation_weight=0.5)
    module = build(small_network, SETTING, training)
    errors = torch.tensor([[1.0, 10, 100, 1000], [3.0, 30, 300, 3000]])
    assert module.loss(errors).item() == pytest.approx(2 * (2 + 200) + 0.5 * (20 + 2000))


def test_targets_may_stay_in_their_units(data, small_network):
    module = build(small_network, SETTING, Training(normalise=False))
    errors = module.errors(data.training[[(0, row) for row in range(12)]])
    assert errors[:, 0].mean().item() == pytest.approx(0.03**2, rel=0.1)


@pytest.mark.parametrize("preset", ["fixed", "paper"])
def test_errors_do_not_depend_on_the_company_in_a_batch(small_dataset, small_network, preset):
    data = StructureData(*small_dataset, PRESETS[preset], seed=0)
    module = awake(build(small_network, PRESETS[preset], TRAINING)).eval()
    together = module.errors(data.training[[(0, row) for row in range(12)]])
    alone = torch.cat([module.errors(data.training[[(0, row)]]) for row in range(12)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_directions_have_heads_of_their_own(data, small_network):
    module = awake(build(small_network, SETTING, TRAINING))
    errors = module.errors(data.training[[(0, 0)]])
    errors[:, :2].sum().backward()
    stack = module.trunk.ipa_model
    assert all(
        p.grad is None or not p.grad.any() for p in stack.backward_velocity_head.parameters()
    )
    assert any(p.grad.any() for p in stack.forward_velocity_head.parameters())


def test_one_batch_can_be_learned_by_heart(data, small_network):
    torch.manual_seed(0)
    module = build(small_network, SETTING, TRAINING)
    batch = data.training[[(0, 0), (0, 1)]]
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = module.loss(module.errors(batch))
        loss.backward()
        optimizer.step()
    assert loss.item() < 2.5


def train(small_dataset, network, folder: Path, seed=0, setting=SETTING) -> Path:
    (folder / "resume").mkdir(parents=True, exist_ok=True)
    pretrain(
        index=small_dataset.index,
        shards=small_dataset.shards,
        checkpoint=folder / "model.ckpt",
        history=folder / "history.parquet",
        variant=setting,
        network=network,
        training=TRAINING,
        hardware=CPU,
        seed=seed,
        threads=1,
        resume=folder / "resume",
    )
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]


@pytest.fixture(scope="module")
def trained(small_dataset, small_network, tmp_path_factory) -> Path:
    return train(small_dataset, small_network, tmp_path_factory.mktemp("trained"))


def equal(a, b) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_same_seed_gives_the_same_bits(trained, small_dataset, small_network, tmp_path):
    again = train(small_dataset, small_network, tmp_path)
    assert equal(weights(trained), weights(again))
    pd.testing.assert_frame_equal(
        pd.read_parquet(trained / "history.parquet"), pd.read_parquet(again / "history.parquet")
    )


def test_another_seed_gives_other_weights(trained, small_dataset, small_network, tmp_path):
    other = train(small_dataset, small_network, tmp_path, seed=1)
    assert not equal(weights(trained), weights(other))


def test_history_holds_every_term_of_every_epoch(trained):
    history = pd.read_parquet(trained / "history.parquet")
    expected = {
        f"{split}/{name}" for split in ("train", "validation") for name in ("loss", *NAMES)
    }
    assert set(history["metric"]) == expected
    assert (history.groupby("metric")["epoch"].apply(list).apply(len) == TRAINING.epochs).all()
    losses = history[history["metric"] == "train/loss"].set_index("epoch")["value"]
    terms = history[history["metric"].str.startswith("train/") & (history["epoch"] == 1)]
    assert terms["value"].sum() - losses[1] == pytest.approx(losses[1], rel=1e-5)
    assert losses.iloc[-1] < losses.iloc[0]


def test_checkpoint_gives_the_same_predictions(trained, data):
    modules = [load(trained / "model.ckpt") for _ in range(2)]
    batch = data.training[[(0, 0), (0, 1)]]
    first, second = (module(batch).predicted for module in modules)
    assert torch.equal(first.quaternion, second.quaternion)
    assert first.quaternion.abs().max() > 0
    assert modules[0].variant == SETTING


class KilledError(RuntimeError):
    pass


class Killer(pl.Callback):
    """Saves and dies after a step, as a job does that is killed within an epoch."""

    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)
            raise KilledError


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("step", [1, 5, 8])
def test_training_killed_within_an_epoch_resumes_to_the_same_bits(
    trained, small_dataset, small_network, tmp_path, step, workers
):
    def parts():
        torch.manual_seed(0)
        data = StructureData(*small_dataset, SETTING, seed=0, workers=workers)
        return build(small_network, SETTING, TRAINING), data

    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=TRAINING.epochs,
        callbacks=[Killer(step, tmp_path / "last.ckpt")],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    with pytest.raises(KilledError):
        trainer.fit(*parts())
    fit(
        *parts(),
        epochs=TRAINING.epochs,
        hardware=CPU,
        seed=0,
        threads=1,
        resume=tmp_path,
        history=tmp_path / "history.parquet",
        checkpoint=tmp_path / "model.ckpt",
    )
    assert equal(weights(trained), weights(tmp_path))
    found, expected = (
        pd.read_parquet(folder / "history.parquet").set_index(["epoch", "metric"])["value"]
        for folder in (tmp_path, trained)
    )
    pd.testing.assert_series_equal(found, expected.loc[found.index])


def test_learning_rate_follows_a_cosine_to_zero(small_network):
    module = build(small_network, SETTING, Training(epochs=4, learning_rate=1.0))
    parts = module.configure_optimizers()
    rates = []
    for _ in range(5):
        rates.append(parts["optimizer"].param_groups[0]["lr"])
        parts["optimizer"].step()
        parts["lr_scheduler"].step()
    assert rates == pytest.approx([1.0, 0.8536, 0.5, 0.1464, 0.0], abs=1e-3)
    assert isinstance(parts["optimizer"], torch.optim.Adam)
    assert parts["optimizer"].param_groups[0]["weight_decay"] == 1e-4


def test_training_works_without_validation_chains(small_dataset, small_network, tmp_path):
    table = pd.read_parquet(small_dataset.index)
    table[table["split"] != "validation"].to_parquet(tmp_path / "index.parquet")
    other = small_dataset._replace(index=tmp_path / "index.parquet")
    folder = train(other, small_network, tmp_path, setting=Variant())
    metrics = set(pd.read_parquet(folder / "history.parquet")["metric"])
    assert metrics == {f"train/{name}" for name in ("loss", *NAMES)}
