"""Training, prediction and controls of generative intervention models."""

import numpy as np
import pytest
import torch

from causeway.cells.distances import energy_distance
from causeway.cells.gim import splitting
from causeway.cells.gim.ancestral import sample
from causeway.cells.gim.config import Network, Priors, Training, Variant
from causeway.cells.gim.contexts import Screen
from causeway.cells.gim.controls import Controls
from causeway.cells.gim.data import batch_of, stacked
from causeway.cells.gim.module import Shape, build, load
from causeway.cells.gim.scores import hamming, recovered, wasserstein2
from causeway.cells.gim.standard import Units
from causeway.cells.worlds.hill import hill_world
from causeway.cells.worlds.hill_settings import HillWorld

WORLD = HillWorld(
    genes=5,
    degree=1,
    drugs=12,
    unseen_drugs=2,
    doses=[1.0, 2.0],
    unseen_doses=[1.5],
    targets=(1, 1),
    cells=200,
    controls=400,
)
TRAINING = Training(steps=400, steps_per_epoch=200, draws=1)


@pytest.fixture(scope="module")
def screens():
    return {seed: Screen(hill_world(WORLD, seed), "world") for seed in (0, 1)}


@pytest.fixture(scope="module")
def splits(screens):
    return {
        seed: splitting.split(one.contexts, ["drug012", "drug013"], [1.5], seed)
        for seed, one in screens.items()
    }


def batches(screens, splits):
    parts, graphs = [], {}
    for seed, screen in screens.items():
        contexts = splitting.training(splits[seed])
        parts.append(batch_of(screen, contexts, Units.of(screen, contexts)))
        graphs[seed] = torch.tensor(np.asarray(screen.truth["graph"]), dtype=torch.float32)
    return stacked(parts), graphs


def descend(module, batch, steps):
    optimizer = module.configure_optimizers()["optimizer"]
    genes = batch.cells.states.shape[-1]
    for step in range(steps):
        noise = torch.full((len(module.seeds), 1, genes, genes), 0.5)
        loss = torch.stack(module.terms(batch, noise, module.schedule(step))).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_with_the_graph_known_and_many_cells_targets_are_found(screens, splits):
    batch, graphs = batches(screens, splits)
    shape = Shape(batch.features.shape[-1], 5)
    module = build(shape, Variant(graph="known"), Network(), Priors(), TRAINING, graphs)
    descend(module, batch, 400)
    for seed, screen in screens.items():
        model, contexts = module.model(seed), splitting.training(splits[seed])
        part = batch_of(screen, contexts, Units.of(screen, contexts))
        found = model.responsibilities(part.cells, part.features).numpy()
        strong = [context.dose == 2.0 for context in contexts]
        score = recovered(found[strong], screen.true_targets(contexts)[strong])
        assert score.f1 > 0.9
        units = Units.of(screen, contexts)
        tests = splitting.of(splits[seed], "unseen-dose", "test")
        cells = sample(model, torch.from_numpy(units.features(screen.features(tests))), 200, 0)
        observed = [units.states(screen.cells(one)) for one in tests]
        ours = np.mean([energy_distance(*pair) for pair in zip(cells, observed, strict=True)])
        controls = Controls(screen, contexts, units, 200, 0)
        rivals = [controls.predict(one) for one in tests]
        for method in ("control", "pooled", "mean"):
            pairs = zip((rival[method] for rival in rivals), observed, strict=True)
            assert ours < np.mean([energy_distance(*pair) for pair in pairs])


@pytest.mark.parametrize("mechanisms", ["linear", "network"])
@pytest.mark.parametrize("intervention", ["shift", "hard"])
def test_side_by_side_is_as_alone(screens, splits, mechanisms, intervention):
    batch, graphs = batches(screens, splits)
    shape = Shape(batch.features.shape[-1], 5)
    variant = Variant(mechanisms=mechanisms, intervention=intervention)
    fixed = (variant, Network(), Priors(), TRAINING)
    module = build(shape, *fixed, dict.fromkeys(graphs))
    alone = build(shape, *fixed, {1: None})
    noise = torch.rand(2, 1, 5, 5, generator=torch.Generator().manual_seed(0))
    together = torch.stack(module.terms(batch, noise, module.schedule(300)))
    contexts = splitting.training(splits[1])
    part = batch_of(screens[1], contexts, Units.of(screens[1], contexts))
    single = torch.stack(alone.terms(stacked([part]), noise[1:], alone.schedule(300)))
    torch.testing.assert_close(together[:, 1], single[:, 0])
    together.sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in module.parameters())


def test_the_cost_of_targets_falls_and_that_of_cycles_rises():
    module = build(Shape(3, 4), Variant(), Network(), Priors(), TRAINING, {0: None})
    first, last = module.schedule(0), module.schedule(TRAINING.steps - 1)
    assert first.target == Priors().target + TRAINING.target_start
    assert last.target == Priors().target
    assert (first.cycles, last.cycles) == pytest.approx(TRAINING.acyclicity)


def test_a_saved_model_predicts_the_same(tmp_path):
    module = build(Shape(3, 4), Variant(), Network(), Priors(), TRAINING, {0: None, 5: None})
    torch.save(
        {"state_dict": module.state_dict(), "hyper_parameters": dict(module.hparams)},
        tmp_path / "model.ckpt",
    )
    again = load(tmp_path / "model.ckpt")
    features = torch.randn(6, 3)
    for seed in (0, 5):
        a, b = (sample(one.model(seed), features, 3, 1, True) for one in (module, again))
        assert (a == b).all()
    assert (
        sample(module.model(0), features, 3, 1) != sample(module.model(5), features, 3, 1)
    ).any()


def test_samples_have_the_moments_of_the_linear_model():
    module = build(
        Shape(2, 3),
        Variant(graph="known"),
        Network(),
        Priors(),
        TRAINING,
        {0: torch.tensor([[0.0, 1, 1], [0, 0, 1], [0, 0, 0]])},
    )
    model = module.model(0)
    with torch.no_grad():
        model.mechanisms.weight.fill_(0.8)
        model.map.heads.bias[:3] = torch.tensor([50.0, -50.0, 50.0])
        model.map.heads.bias[3:6] = torch.tensor([2.0, 7.0, -1.0])
        model.map.heads.weight.zero_()
    cells = sample(model, torch.zeros(1, 2), 200_000, 0)[0]
    inverse = np.linalg.inv(np.eye(3) - 0.8 * model.edges.numpy())
    np.testing.assert_allclose(cells.mean(0), np.array([2.0, 0, -1]) @ inverse, atol=0.03)
    np.testing.assert_allclose(np.cov(cells.T), inverse.T @ inverse, rtol=0.05, atol=0.02)


def test_the_nearest_context_is_of_the_same_drug_or_of_the_most_alike(screens, splits):
    screen, train = screens[0], splitting.training(splits[0])
    controls = Controls(screen, train, Units.of(screen, train), 30, 0)
    tests = splitting.of(splits[0], "unseen-dose", "test")
    near = controls.nearest(tests[0])
    assert {one.perturbation for one in near} == {tests[0].perturbation}
    assert {one.dose for one in near} == {1.0, 2.0}
    unseen = splitting.of(splits[0], "unseen-drug", "test")[0]
    (other,) = controls.nearest(unseen)
    assert other.dose == unseen.dose
    assert other.perturbation != unseen.perturbation
    assert {len(cells) for cells in controls.predict(unseen).values()} == {30}


def test_splits_share_training_and_do_not_overlap(splits):
    table = splits[0]
    train = set(splitting.training(table))
    doses = set(splitting.of(table, "unseen-dose", "test"))
    drugs = set(splitting.of(table, "unseen-drug", "test"))
    assert set(splitting.of(table, "unseen-drug", "train")) == train
    assert not train & doses
    assert not (train | doses) & drugs
    assert {one.perturbation for one in doses} == {one.perturbation for one in train}


def test_the_assignment_of_shifted_cells_is_the_shift():
    x = np.random.default_rng(0).normal(size=(40, 3))
    assert wasserstein2(x, x[::-1]) == pytest.approx(0)
    assert wasserstein2(x, x + np.array([3.0, 0, 4.0])) == pytest.approx(5.0)


def test_hamming_counts_a_turned_edge_once():
    true = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    assert hamming(true, true) == 0
    assert hamming(true.T, true) == 2
    assert hamming(np.zeros_like(true), true) == 2
