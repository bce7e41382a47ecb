"""Samplers of gidd against chains that are known, and how samples are judged."""

import numpy as np
import pytest
import torch
from onehot_loss import noise_vector
from scipy.stats import chisquare

from causeway.language import ngrams
from causeway.language.gidd.adaptive import rewrite_best
from causeway.language.gidd.ancestral import cosine_path, descend, even_path, pure_noise
from causeway.language.gidd.likelihood import bits_per_byte, bounds, generative_perplexity
from causeway.language.gidd.processes import Bump, Interpolation
from causeway.language.gidd.self_correction import correct
from causeway.language.gidd.settings import Network, Sampling, SelfCorrection, Size
from causeway.language.gidd.transformer import Transformer

N = 4
CHANCES = torch.tensor([0.5, 0.3, 0.15, 0.05])
INTERPOLATIONS = [Interpolation(shift) for shift in (-1000.0, -2.0, 0.0, 2.0, 1000.0)]
PATHS = [(process, cosine_path(process, 30)) for process in INTERPOLATIONS]
PATHS += [(process, even_path(process, 30)) for process in (Bump(0.2), Interpolation(0.0))]


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def constantly(tokens):
    """Predict the same whatever stands there: exact for tokens that depend on no other."""
    return CHANCES.expand(*tokens.shape, N)


@pytest.mark.parametrize(("process", "path"), PATHS, ids=lambda value: str(value)[:60])
def test_ancestral_samples_have_the_marginals_of_the_process(process, path):
    count = 20_000
    start = pure_noise(path[0], (1, count), N, dice())
    for end in (10, 20, 29, len(path) - 1):
        tokens = descend(constantly, path[: end + 1], start, N, dice(end))
        state = path[end]
        noise = float(state.noise) * noise_vector(state.uniform, N).numpy()
        expected = float(state.alpha) * np.append(CHANCES.numpy().astype(float), 0) + noise
        seen = np.bincount(tokens.flatten(), minlength=N + 1)
        likely = expected * count > 5
        assert seen[~likely].sum() < 40
        fitted = expected[likely] / expected[likely].sum() * seen[likely].sum()
        assert chisquare(seen[likely], fitted).pvalue > 1e-4, end
    # Nothing is left of the noise.
    assert (tokens < N).all()


def test_ancestral_samples_of_pairs_have_their_joint_distribution():
    joint = torch.tensor(
        [[0.4, 0.0, 0.1, 0.0], [0.0, 0.2, 0.0, 0.0], [0, 0, 0, 0.2], [0.1, 0, 0, 0]]
    )
    first, second = joint.sum(1), joint.sum(0)

    def denoise(tokens):
        """Given the other token, or nothing where it is masked: exact for masks alone."""
        given_second = torch.cat([(joint / second).T, first[None]])
        given_first = torch.cat([joint / first[:, None], second[None]])
        return torch.stack([given_second[tokens[:, 1]], given_first[tokens[:, 0]]], 1)

    count = 10_000
    path = cosine_path(Interpolation(-1000.0), 300)
    start = pure_noise(path[0], (count, 2), N, dice())
    tokens = descend(denoise, path, start, N, dice(1))
    seen = np.bincount(tokens[:, 0] * N + tokens[:, 1], minlength=N * N)
    expected = count * joint.flatten().double().numpy()
    possible = expected > 0
    assert seen[~possible].sum() < 40
    fitted = expected[possible] / count * seen[possible].sum()
    assert chisquare(seen[possible], fitted).pvalue > 1e-4


def test_prompts_stay():
    path = cosine_path(Interpolation(1000.0), 10)
    tokens = pure_noise(path[0], (3, 8), N, dice())
    fixed = torch.arange(8).expand(3, 8) < 4
    assert torch.equal(descend(constantly, path, tokens, N, dice(), fixed)[fixed], tokens[fixed])
    start, settings = path[0], Sampling(steps=20)
    written = rewrite_best(constantly, start, tokens, N, settings, dice(), fixed)
    assert torch.equal(written[fixed], tokens[fixed])
    assert (written[~fixed] == 0).all()


TARGET = torch.tensor([[0, 1, 2, 3, 0]])
SURE = torch.tensor([0.9, 0.6, 0.8, 0.5, 0.7])


def knowing(tokens):
    """Predict the target, more or less surely at each place."""
    rest = ((1 - SURE) / (N - 1))[:, None].expand(-1, N)
    return rest.scatter(1, TARGET.T, SURE[:, None]).expand(len(tokens), -1, -1)


def test_adaptive_sampling_fills_masks_where_it_is_surest():
    start = cosine_path(Interpolation(-1000.0), 1)[0]
    tokens = torch.full((1, 5), N)
    order = []
    for steps in range(1, 6):
        written = rewrite_best(knowing, start, tokens, N, Sampling(steps=steps), dice())
        order.append(set((written[0] < N).nonzero().flatten().tolist()))
    assert order == [{0}, {0, 2}, {0, 2, 4}, {0, 1, 2, 4}, {0, 1, 2, 3, 4}]
    assert torch.equal(written, TARGET)
    at_once = Sampling(steps=1, tokens_per_step=99)
    assert torch.equal(rewrite_best(knowing, start, tokens, N, at_once, dice()), TARGET)


def test_adaptive_sampling_leaves_tokens_where_noise_is_masks_and_repairs_them_elsewhere():
    wrong = TARGET.clone()
    wrong[0, 2] = 0
    masks, uniform = (cosine_path(Interpolation(b), 1)[0] for b in (-1000.0, 1000.0))
    calls = []

    def counted(tokens):
        calls.append(1)
        return knowing(tokens)

    settings = Sampling(steps=50)
    assert torch.equal(rewrite_best(counted, masks, wrong, N, settings, dice()), wrong)
    # Predictions are kept while nothing changes.
    assert len(calls) == 1
    assert torch.equal(rewrite_best(counted, uniform, wrong, N, settings, dice()), TARGET)
    assert len(calls) == 3


def test_warm_adaptive_sampling_draws():
    start = cosine_path(Interpolation(-1000.0), 1)[0]
    tokens = torch.full((20_000, 1), N)

    def predict(tokens):
        return CHANCES.expand(*tokens.shape, N)

    settings = Sampling(steps=1, temperature=0.5)
    written = rewrite_best(predict, start, tokens, N, settings, dice())
    sharp = CHANCES.double().square() / CHANCES.double().square().sum()
    seen = np.bincount(written.flatten(), minlength=N)
    assert chisquare(seen, sharp.numpy() * 20_000).pvalue > 1e-4


def test_self_correction_repairs_the_surest_errors_first():
    wrong = torch.tensor([[1, 1, 1, 1, 0], [0, 1, 2, 3, 0]])
    settings = SelfCorrection(steps=50, temperature=0.01)
    fixed = correct(knowing, wrong, settings, dice())
    assert torch.equal(fixed.tokens, TARGET.expand(2, -1))
    assert fixed.changes.tolist() == [3, 0]
    torch.testing.assert_close(
        fixed.accuracy.T, torch.tensor([[0.4, 0.6, 0.8, 1], [1, 1, 1, 1]], dtype=torch.float64)
    )
    one = correct(knowing, wrong[:1], SelfCorrection(steps=1, temperature=0.01), dice())
    assert one.tokens.tolist() == [[0, 1, 1, 1, 0]]


def test_self_correction_ends_when_it_does_not_help():
    calls = []

    def restless(tokens):
        """Want each token to be another one."""
        calls.append(1)
        return torch.nn.functional.one_hot((tokens + 1) % N, N).float()

    found = correct(restless, TARGET, SelfCorrection(steps=90, patience=3), dice())
    assert len(calls) == 4
    assert found.accuracy.flatten().tolist() == [0] * 4


def test_grams_are_counted_within_sequences():
    rows = np.array([[1, 2, 1, 2], [1, 2, 3, 4]])
    # 12 21 12; 12 23 34.
    assert ngrams.distinct(rows, 2) == pytest.approx(4 / 6)
    assert ngrams.distinct(rows, 1) == pytest.approx(4 / 8)
    # Known are 12, 23 and 39: four of six.
    assert ngrams.overlap(rows, np.array([1, 2, 3, 9]), 2) == pytest.approx(4 / 6)
    assert ngrams.overlap(rows, np.array([9, 9, 9]), 3) == 0


def ignorant(*, forward_only):
    return Transformer(
        N, 10, Size(layers=1, width=8, head=4), Network(), forward_only=forward_only
    )


@pytest.mark.parametrize("process", [Interpolation(-1000.0), Interpolation(0.0), Bump(0.1)])
def test_bounds_of_a_network_that_knows_nothing(process):
    tokens = np.random.default_rng(0).integers(N, size=(6, 10))
    found = bounds(ignorant(forward_only=False), process, tokens, draws=400, batch=200, seed=1)
    assert found.shape == (6, 400)
    # KL at the clean end minus KL at the other, of a uniform prediction.
    state = process.at(torch.tensor([0.0, 1.0]))
    same = state.alpha + state.noise * state.uniform / N
    other = state.noise * state.uniform / N
    flat = (state.alpha + state.noise * state.uniform) / N
    kl = same * (same / flat).log() + (N - 1) * torch.xlogy(other, other / flat)
    expected = float(kl[0] - kl[1])
    error = found.std() / np.sqrt(found.size)
    assert found.mean() == pytest.approx(expected, abs=4 * error)
    assert error < 0.15


def test_perplexity_of_a_twin_that_knows_nothing_is_the_vocabulary():
    tokens = torch.randint(N, (3, 10), generator=dice())
    found = generative_perplexity(ignorant(forward_only=True), tokens)
    assert found.tolist() == pytest.approx([N] * 3)


def test_nats_become_bits_per_byte():
    # The factor of the study's tokeniser, which has 4.23 bytes per token.
    assert bits_per_byte(1.0, 1 / 4.23) == pytest.approx(0.34124, abs=2e-4)
