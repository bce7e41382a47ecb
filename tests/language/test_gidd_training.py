"""Noise, batches and trainings of gidd."""

import json
import signal

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import chisquare, kstest

from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.language import token_files
from causeway.language.gidd.corruption import corrupt, measured, noise
from causeway.language.gidd.data import diffusion_data, twin_data
from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.losses import surprise
from causeway.language.gidd.module import GIDD, DivergenceError, build, load
from causeway.language.gidd.optimiser import Course
from causeway.language.gidd.outcomes import read_outcome
from causeway.language.gidd.processes import Bump, Interpolation
from causeway.language.gidd.runs import train_all
from causeway.language.gidd.settings import (
    NOISES,
    Bumped,
    Corruption,
    Mixture,
    Network,
    Optimisation,
    Plan,
    Recipe,
    Size,
    Training,
)
from causeway.language.packing import Sequences
from causeway.language.tokenisers import Bytes, Characters
from causeway.training import fit

N = 6
TINY = Size(layers=1, width=16, head=8)
TRAINING = Training(length=12, validation=6, validation_batch=4)
RECIPE = Recipe(
    network=Network(soft_cap=None),
    training=TRAINING,
    optimisation=Optimisation(warmup=2),
    hardware=Hardware(accelerator="cpu"),
)
TEXT = "the cat sat on the mat and the dog sat on the cat. " * 20


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("process", [Interpolation(0.0), Interpolation(-1000.0), Bump(0.2)])
def test_noise_has_its_marginals(process):
    count = 40_000
    tokens = np.full((1, count), 2)
    batch = noise(tokens, np.full((1, count), 0.6), tokens > N, process, N, rng())
    state = process.at(torch.tensor(0.6))
    alpha, beta, share = float(state.alpha), float(state.noise), float(state.uniform)
    expected = np.append(np.full(N, beta * share / N), beta * (1 - share))
    expected[2] += alpha
    seen = np.bincount(batch.noised.flatten(), minlength=N + 1)
    possible = expected > 0
    assert seen[~possible].sum() == 0
    assert chisquare(seen[possible], count * expected[possible]).pvalue > 1e-3


def test_prompts_are_clean_prefixes_without_loss():
    tokens = rng().integers(N, size=(400, 20))
    settings = Corruption(prompts=0.5, independent=0)
    batch = corrupt(tokens, Interpolation(0.0), N, settings, rng(1))
    prompt = batch.prompt.numpy()
    assert (batch.noised.numpy()[prompt] == tokens[prompt]).all()
    assert not prompt.flatten()[batch.places].any()
    assert batch.number == (~prompt).sum()
    lengths = prompt.sum(1)
    # Prefixes: no prompt token after one that is none.
    assert (np.diff(prompt.astype(int), axis=1) <= 0).all()
    assert 150 < (lengths > 0).sum() < 250
    # The share of a prompt follows the arcsine-shaped law with distribution (1 - cos πf) / 2.
    shares = (lengths[lengths > 0] - 0.5) / 19.5
    assert kstest(shares, lambda f: (1 - np.cos(np.pi * f)) / 2).statistic < 0.12


def test_no_prompts_need_no_mask():
    batch = corrupt(np.zeros((3, 5), int), Interpolation(0.0), N, Corruption(prompts=0), rng())
    assert batch.prompt is None
    assert batch.number == 15


def test_tokens_have_one_time_or_one_each():
    tokens = np.zeros((200, 6), int)
    process = Interpolation(1000.0)
    for share, expected in ((0.0, 0), (1.0, 200), (0.3, 60)):
        settings = Corruption(prompts=0, independent=share)
        alpha = corrupt(tokens, process, N, settings, rng()).alpha.view(200, 6)
        apart = int((alpha.std(1) > 0).sum())
        assert apart == pytest.approx(expected, abs=0 if share in (0, 1) else 25)


def test_masks_alone_leave_clean_tokens_out():
    tokens = rng().integers(N, size=(4, 50))
    batch = corrupt(tokens, Interpolation(-1000.0), N, Corruption(prompts=0), rng(1))
    assert (batch.noised.flatten()[batch.places] == N).all()
    assert len(batch.places) == int((batch.noised == N).sum())
    assert (batch.weight == 1).all()


def test_measurements_are_stratified_and_paired():
    tokens = rng().integers(N, size=(10, 40))
    one = measured(tokens, Interpolation(1000.0), N, 4, seed=5)
    alpha = torch.cat([batch.alpha.view(-1, 40)[:, 0] for batch in one])
    assert sorted((alpha.numpy() * 10).astype(int)) == list(range(10))
    other = measured(tokens, Interpolation(-1000.0), N, 4, seed=5)
    for uniform, masked in zip(one, other, strict=True):
        # What one process changed the other masked; all tokens of the first bear loss.
        changed = uniform.noised != uniform.tokens.view(uniform.noised.shape)
        assert changed.any()
        assert (masked.noised == N)[changed].all()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of tokens for training and validation, as bytes."""
    place = tmp_path_factory.mktemp("tokens")
    token_files.write(place / "train.bin", [TEXT], Bytes())
    token_files.write(place / "valid.bin", [TEXT[:200]], Bytes())
    return place


def sequences(files):
    return tuple(Sequences(files / f"{part}.bin", TRAINING.length) for part in ("train", "valid"))


def plan(name="run", **settings):
    shape = {"size": TINY, "batch": 4, "rate": 0.3, "steps": 12, "steps_per_epoch": 4}
    return Plan(name=name, **shape | settings)


def untrained(settings, recipe=RECIPE):
    return build(257, settings, recipe)


@pytest.mark.parametrize("settings", [*NOISES.values(), Bumped(uniform=0.2)], ids=str)
def test_the_loss_of_a_batch_is_that_of_all_places(files, settings):
    data = diffusion_data(*sequences(files), plan(noise=settings), TRAINING, Corruption())
    batch = data.at(3)
    module = untrained(plan(noise=settings))
    torch.nn.init.normal_(module.network.head.weight)
    terms = module.terms(batch)
    logits = module.network(batch.noised, batch.prompt).flatten(0, 1)
    loss = pointwise_divergence(
        logits[batch.places],
        batch.tokens,
        batch.noised.flatten()[batch.places],
        batch.alpha,
        batch.floor,
    )
    assert terms.loss.item() == pytest.approx((batch.weight * loss).sum().item(), rel=1e-4)
    assert terms.nats.item() == pytest.approx((batch.bound * loss).sum().item(), rel=1e-4)


def test_batches_depend_on_seed_and_step_alone(files):
    both = [
        diffusion_data(*sequences(files), plan(seed=seed), TRAINING, Corruption())
        for seed in (0, 0, 1)
    ]
    both[0].at(0)
    batches = [data.at(7) for data in both]
    assert torch.equal(batches[0].noised, batches[1].noised)
    assert not torch.equal(batches[0].noised, batches[2].noised)
    # Validation is the same for all seeds.
    batches = [data.val_dataloader().dataset[0].noised for data in both]
    assert torch.equal(batches[0], batches[2])


def test_a_twin_is_surprised_by_the_chain_rule(files):
    module = untrained(plan(model="autoregressive"))
    torch.nn.init.normal_(module.network.head.weight, std=0.01)
    tokens = twin_data(*sequences(files), plan(), TRAINING).at(0)[:1]
    start = torch.tensor([[257]])
    expected = []
    for place in range(tokens.shape[1]):
        known = torch.cat([start, tokens[:, :place]], 1)
        chances = module.network.probabilities(known)[0, -1]
        expected.append(-chances[tokens[0, place]].log())
    found = surprise(module.network, tokens)[0]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-4, atol=1e-5)


def trained(files, place, plans, recipe=RECIPE):
    resume = place / "resume"
    resume.mkdir(parents=True, exist_ok=True)
    train_all(
        plans,
        recipe,
        train=files / "train.bin",
        valid=files / "valid.bin",
        folder=place / "runs",
        threads=1,
        resume=resume,
    )
    return place / "runs"


def history(folder, metric):
    table = pd.read_parquet(folder / "history.parquet")
    return table[table["metric"] == metric].set_index("step")["value"]


@pytest.mark.parametrize("model", ["diffusion", "autoregressive"])
def test_training_learns(files, tmp_path, model):
    long = plan(model=model, steps=150, steps_per_epoch=50)
    folder = trained(files, tmp_path, [long]) / "run"
    values = history(folder, "valid/nats")
    assert list(values.index) == [50, 100, 150]
    # All know nothing at first: log 257 nats. Letters of English alone have about 2.2.
    assert values.iloc[-1] < 3.2
    assert values.iloc[-1] < values.iloc[0] < np.log(257)
    assert list(history(folder, "train/loss").index) == [50, 100, 150]
    module = load(folder / "model.ckpt")
    assert module.plan.model == model
    assert read_outcome(folder).diverged is None


class KilledError(RuntimeError):
    """Stands for a process that ended."""


def test_killed_runs_end_as_undisturbed_ones(files, tmp_path, monkeypatch):
    plans = [plan("first"), plan("second", noise=Mixture(shift=1000), seed=1)]
    calm = trained(files, tmp_path / "calm", plans)
    right = GIDD.training_step
    made = []

    def killed_at(step, asked_at=None):
        def training_step(self, batch):
            if self.plan.name == "second" and self.global_step == step:
                raise KilledError
            if self.plan.name == "second" and self.global_step == asked_at:
                signal.raise_signal(signal.SIGTERM)
            made.append((self.plan.name, self.global_step))
            return right(self, batch)

        return training_step

    for step in (2, 7):
        monkeypatch.setattr(GIDD, "training_step", killed_at(step))
        with pytest.raises(KilledError):
            trained(files, tmp_path / "disturbed", plans)
        assert not (tmp_path / "disturbed" / "runs").exists()
    # Asked to end, it saves first, also within an epoch.
    monkeypatch.setattr(GIDD, "training_step", killed_at(None, asked_at=5))
    with pytest.raises(SystemExit):
        trained(files, tmp_path / "disturbed", plans)
    monkeypatch.setattr(GIDD, "training_step", killed_at(None))
    disturbed = trained(files, tmp_path / "disturbed", plans)
    # The first run was made once, the second from where it was saved last.
    assert made.count(("first", 0)) == 1
    assert [made.count(("second", step)) for step in (0, 4, 5, 6, 7)] == [2, 2, 2, 2, 1]
    for name in ("first", "second"):
        one, other = (
            load(place / name / "model.ckpt").state_dict() for place in (calm, disturbed)
        )
        assert all(torch.equal(one[key], other[key]) for key in one)
        tables = [pd.read_parquet(place / name / "history.parquet") for place in (calm, disturbed)]
        pd.testing.assert_frame_equal(*tables)


def test_a_run_that_diverges_says_where_and_lets_the_others_go_on(files, tmp_path, monkeypatch):
    right = GIDD.terms

    def terms(self, batch):
        found = right(self, batch)
        broken = self.training and self.plan.name == "wild" and self.global_step == 5
        return found._replace(loss=found.loss * float("nan")) if broken else found

    monkeypatch.setattr(GIDD, "terms", terms)
    folder = trained(files, tmp_path, [plan("wild"), plan("tame")])
    told = read_outcome(folder / "wild").diverged
    assert "run wild: the loss is nan at step 6, at a rate of 0.3" in told
    assert not (folder / "wild" / "model.ckpt").exists()
    assert list(history(folder / "wild", "valid/nats").index) == [4]
    assert (folder / "tame" / "model.ckpt").exists()
    # Asked alone, a run ends with the error.
    module = untrained(plan("wild"))
    monkeypatch.setattr(GIDD, "global_step", 5)
    data = diffusion_data(*sequences(files), plan(), TRAINING, Corruption())
    with pytest.raises(DivergenceError, match="step 6"):
        module.training_step(data.at(5))


def test_annealed_branches_are_what_whole_annealed_runs_would_be(files, tmp_path, monkeypatch):
    halved = RECIPE.model_copy(update={"training": TRAINING.model_copy(update={"cooldown": 0.5})})
    made = []
    right = GIDD.training_step

    def training_step(self, batch):
        made.append(self.global_step)
        return right(self, batch)

    monkeypatch.setattr(GIDD, "training_step", training_step)
    plans = [plan("plain"), plan("branching", annealed=[16, 8])]
    folder = trained(files, tmp_path, plans, halved)
    # Branches of 8 and 16 steps leave at 4 and 8.
    assert made == [
        *range(12),
        *range(4),
        *range(4, 8),
        *range(4, 8),
        *range(8, 16),
        *range(8, 12),
    ]
    one, other = (load(folder / name / "model.ckpt") for name in ("plain", "branching"))
    assert same(one, other)
    whole = build(257, plan(), halved, Course(0.3, 16, 0.5))
    data = diffusion_data(*sequences(files), plan(), TRAINING, Corruption())
    fit(
        whole,
        data,
        epochs=4,
        hardware=Hardware(accelerator="cpu"),
        seed=0,
        threads=1,
        resume=tmp_path,
        history=tmp_path / "history.parquet",
        checkpoint=tmp_path / "model.ckpt",
    )
    branch = folder / "branching" / "annealed-16"
    assert same(load(branch / "model.ckpt"), whole)
    pd.testing.assert_frame_equal(
        pd.read_parquet(branch / "history.parquet"), pd.read_parquet(tmp_path / "history.parquet")
    )
    assert not same(load(branch / "model.ckpt"), one)


def test_a_branch_that_diverges_leaves_its_run_alone(files, tmp_path, monkeypatch):
    halved = RECIPE.model_copy(update={"training": TRAINING.model_copy(update={"cooldown": 0.5})})
    right, made = GIDD.terms, []

    def terms(self, batch):
        found = right(self, batch)
        made.append(self.global_step)
        broken = self.training and self._course.cooldown and self.global_step == 6
        return found._replace(loss=found.loss * float("nan")) if broken else found

    monkeypatch.setattr(GIDD, "terms", terms)
    run = plan("branching", annealed=[8, 16])
    folder = trained(files, tmp_path, [run], halved) / "branching"
    assert read_outcome(folder).diverged is None
    assert list(history(folder, "valid/nats").index) == [4, 8, 12]
    lost, sound = (read_outcome(folder / f"annealed-{steps}").diverged for steps in (8, 16))
    assert "the loss is nan at step 7, at a rate of 0.3" in lost
    assert sound is None
    assert not (folder / "annealed-8" / "model.ckpt").exists()
    assert (folder / "annealed-16" / "model.ckpt").exists()
    assert list(history(folder / "annealed-16", "valid/nats").index)[-1] == 16
    # Once told, it is not tried again.
    tried = made.count(6)
    (tmp_path / "resume" / "branching" / "outcome.json").unlink()
    (tmp_path / "runs").rename(tmp_path / "before")
    trained(files, tmp_path, [run], halved)
    assert made.count(6) == tried


def same(one, other):
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("steps", [4, 28])
def test_branches_leave_between_epochs_of_their_run(files, tmp_path, steps):
    with pytest.raises(InputError, match=f"a branch of {steps} steps would leave at step"):
        trained(files, tmp_path, [plan(annealed=[steps])])


def test_names_of_runs_differ(files, tmp_path):
    with pytest.raises(InputError, match="run occurs twice"):
        trained(files, tmp_path, [plan(), plan()])


def test_files_of_two_tokenisers_do_not_fit(files, tmp_path):
    token_files.write(tmp_path / "valid.bin", [TEXT], Characters.of([TEXT]))
    with pytest.raises(InputError, match="another tokeniser"):
        train_all(
            [plan()],
            RECIPE,
            train=files / "train.bin",
            valid=tmp_path / "valid.bin",
            folder=tmp_path / "runs",
            threads=1,
            resume=tmp_path,
        )


def test_an_outcome_is_read_or_refused(tmp_path):
    (tmp_path / "outcome.json").write_text(json.dumps({"plan": {}}))
    with pytest.raises(InputError, match="is no outcome"):
        read_outcome(tmp_path)
