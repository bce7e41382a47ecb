"""The loss of discrete diffusion: its closed form, its weights, and bounds that are known."""

import itertools
import math

import numpy as np
import pytest
import torch
from onehot_loss import divergence as by_definition
from onehot_loss import noise_vector
from onehot_loss import weight as weight_by_definition

from causeway.errors import InputError
from causeway.language.gidd import divergence
from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.processes import Bump, Interpolation, State
from causeway.language.gidd.weights import weights

N = 7
SHIFTS = [-1000.0, -2.0, 0.0, 2.0, 1000.0]
PROCESSES = [Interpolation(shift) for shift in SHIFTS]
PROCESSES += [Interpolation(1.0, scale=0.5), Interpolation(0.0, scale=-1.0)]
PROCESSES += [Bump(0.0), Bump(0.1), Bump(0.2, gamma=2.0)]


def cases(process):
    """Every pair of a true and a possible noised token, at several times."""
    time = torch.tensor([0.01, 0.3, 0.5, 0.9, 0.999])
    found = []
    for moment, x, z in itertools.product(time, range(3), range(N + 1)):
        state = process.at(moment)
        chance = noise_vector(state.uniform, N)[z] * state.noise + state.alpha * (x == z)
        if chance > 0:
            found.append((moment, x, z))
    moments, tokens, noised = zip(*found, strict=True)
    return process.at(torch.stack(moments)), torch.tensor(tokens), torch.tensor(noised)


def some_logits(count, dtype=torch.float64, scale=2.0):
    generator = torch.Generator().manual_seed(1)
    return scale * torch.randn(count, N, generator=generator, dtype=dtype)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_the_closed_form_is_the_definition_and_so_is_its_gradient(process):
    state, tokens, noised = cases(process)
    logits = some_logits(len(tokens)).requires_grad_()
    floor = state.noise * state.uniform / N
    weight = weights(state, tokens, noised, N)
    ours = weight * pointwise_divergence(logits, tokens, noised, state.alpha, floor)
    (slope,) = torch.autograd.grad(ours.sum(), logits)
    plain = weight * by_definition(logits, tokens, noised, state.alpha, state.uniform)
    (plain_slope,) = torch.autograd.grad(plain.sum(), logits)
    torch.testing.assert_close(ours, plain, rtol=1e-6, atol=1e-10)
    torch.testing.assert_close(slope, plain_slope, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_single_precision_is_close_to_double(process):
    state, tokens, noised = cases(process)
    logits = some_logits(len(tokens))
    floor = state.noise * state.uniform / N
    weight = weights(state, tokens, noised, N)
    results = []
    for dtype in (torch.float32, torch.float64):
        leaf = logits.to(dtype).requires_grad_()
        loss = pointwise_divergence(leaf, tokens, noised, state.alpha, floor)
        (weight.to(dtype) * loss).sum().backward()
        results.append((loss.double() * weight, leaf.grad.double()))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(results[0][1], results[1][1], rtol=1e-4, atol=1e-6)


def test_slices_do_not_matter(monkeypatch):
    state, tokens, noised = cases(Interpolation(0.0))
    floor = state.noise * state.uniform / N
    logits = some_logits(len(tokens))

    def both():
        leaf = logits.clone().requires_grad_()
        loss = pointwise_divergence(leaf, tokens, noised, state.alpha, floor)
        loss.square().sum().backward()
        return loss, leaf.grad

    whole = both()
    monkeypatch.setattr(divergence, "CACHED", 3 * N)
    for one, other in zip(whole, both(), strict=True):
        torch.testing.assert_close(one, other)


def test_certain_predictions_give_finite_losses_and_gradients():
    logits = torch.full((4, N), -300.0)
    logits[:, 0] = 300.0
    tokens, noised = torch.tensor([0, 1, 1, 1]), torch.tensor([N, N, 1, 0])
    for floor in (0.0, 1e-6):
        leaf = logits.clone().requires_grad_()
        alpha = torch.full((4,), 0.7)
        loss = pointwise_divergence(leaf, tokens, noised, alpha, torch.full((4,), floor))
        loss[:2].sum().backward()
        assert loss.isfinite().all()
        assert leaf.grad.isfinite().all()
        assert float(loss[0].detach()) == pytest.approx(0, abs=1e-5)
    # Without uniform noise the divergence of a mask is α times the cross-entropy.
    masked = pointwise_divergence(logits, tokens, noised, alpha, torch.zeros(4))
    assert masked[1] == pytest.approx(0.7 * 600)


def test_a_second_pass_backward_is_refused():
    leaf = some_logits(1).requires_grad_()
    token = torch.zeros(1, dtype=torch.long)
    loss = pointwise_divergence(leaf, token, token + N, torch.ones(1) / 2, torch.zeros(1)).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="once only"):
        loss.backward()


def test_logits_of_half_precision_have_gradients_of_half_precision():
    leaf = some_logits(3, torch.bfloat16).requires_grad_()
    tokens = torch.zeros(3, dtype=torch.long)
    loss = pointwise_divergence(leaf, tokens, tokens + N, torch.ones(3) / 2, torch.zeros(3))
    assert loss.dtype == torch.float32
    loss.sum().backward()
    assert leaf.grad.dtype == torch.bfloat16


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_weights_are_those_of_the_definition(process):
    state, tokens, noised = cases(process)
    expected = weight_by_definition(state.log_snr, state.uniform, state.slope, tokens, noised, N)
    found = weights(state, tokens, noised, N)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)
    assert (found >= 0).all()


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_slopes_and_rates_are_derivatives(process):
    time = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
    step = 1e-6
    before, after, state = process.at(time - step), process.at(time + step), process.at(time)
    change = after.log_snr - before.log_snr
    torch.testing.assert_close(change.abs() / (2 * step), state.rate, rtol=1e-5, atol=1e-7)
    slope = (after.uniform - before.uniform) / change
    torch.testing.assert_close(slope, state.slope, rtol=1e-5, atol=1e-8)


def test_v1_in_terms_of_time_has_the_same_weights():
    # w = [(βπ)' - (α'/α) βπ] / q in the time t (arXiv:2503.04482), by finite differences.
    process, step = Bump(0.2), 1e-6
    time = torch.tensor([0.2, 0.5, 0.8], dtype=torch.float64)
    scale = 1 - 2 * process.margin

    def parts(at):
        state = process.at(at)
        return state, state.noise[:, None] * noise_vector(state.uniform, N), state.alpha

    state, beta_pi, alpha = parts(time)
    _, later, alpha_later = parts(time + step)
    _, earlier, alpha_earlier = parts(time - step)
    beta_pi_slope = (later - earlier) / (2 * step * scale)
    alpha_slope = (alpha_later - alpha_earlier) / (2 * step * scale)
    tokens = torch.zeros(3, dtype=torch.long)
    for z in (0, 3, N):
        q = beta_pi[:, z] + alpha * (z == 0)
        by_time = (beta_pi_slope[:, z] - alpha_slope / alpha * beta_pi[:, z]) / q
        noised = torch.full((3,), z)
        ours = weights(state, tokens, noised, N) * state.rate / scale
        torch.testing.assert_close(ours, by_time, rtol=1e-5, atol=1e-7)


def test_v1_has_its_share_of_uniform_noise_in_the_middle():
    state = Bump(0.2).at(torch.tensor(0.5))
    assert float(state.noise * state.uniform) == pytest.approx(0.2)
    assert float(Bump(0.0).at(torch.tensor(0.3)).uniform) == 0


def expected_integrand(state: State, predicted: torch.Tensor, x: int) -> torch.Tensor:
    """E_z[rate w D] of a constant prediction, exactly; one value per time."""
    size = len(predicted)
    times = len(state.log_snr)
    total = torch.zeros(times, dtype=torch.float64)
    tokens = torch.full((times,), x)
    floor = state.noise * state.uniform / size
    logits = predicted.log().expand(times, size)
    for z in range(size + 1):
        noised = torch.full((times,), z)
        chance = noise_vector(state.uniform, size)[:, z] * state.noise + state.alpha * (x == z)
        loss = pointwise_divergence(logits, tokens, noised, state.alpha, floor)
        total += chance * weights(state, tokens, noised, size) * state.rate * loss
    return total


def continuous_bound(process, predicted, x, steps=40_000):
    """The bound by the midpoint rule in λ: nodes where the integrand needs them."""
    if isinstance(process, Interpolation):
        edges = torch.linspace(process.lowest, process.highest, steps + 1, dtype=torch.float64)
        state = process.at_log_snr((edges[1:] + edges[:-1]) / 2)
        width = (edges[1] - edges[0]).item()
        return float((expected_integrand(state, predicted, x) / state.rate).sum() * width)
    time = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    return float(expected_integrand(process.at(time), predicted, x).mean())


def discrete_bound(process: Interpolation, predicted, x, steps=4000):
    """Sum of divergences of true posteriors in a chain of many steps, without the two ends."""
    grid = torch.linspace(process.highest, process.lowest, steps + 1, dtype=torch.float64)
    state = process.at_log_snr(grid)
    size = len(predicted)
    pi = noise_vector(state.uniform, size).numpy()
    alpha, beta = state.alpha.numpy(), state.noise.numpy()
    true = np.eye(size + 1)[x]
    guess = np.append(predicted.numpy(), 0)
    total = 0.0
    for s, t in itertools.pairwise(range(steps + 1)):
        ratio = alpha[t] / alpha[s]
        jump = beta[t] * pi[t] - ratio * beta[s] * pi[s]
        q_s, q_t = (alpha[i] * true + beta[i] * pi[i] for i in (s, t))
        p_s, p_t = (alpha[i] * guess + beta[i] * pi[i] for i in (s, t))
        # Rows: noised token at t; columns: at s.
        step = ratio * np.eye(size + 1) + jump[:, None]
        possible = q_t > 0
        posterior = (step * q_s)[possible] / q_t[possible, None]
        model = (step * p_s)[possible] / p_t[possible, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(posterior > 0, posterior * np.log(posterior / model), 0)
        total += float(q_t[possible] @ terms.sum(1))
    return total


@pytest.mark.parametrize(
    ("shift", "expected"),
    [*zip(SHIFTS, [0.69298, 0.69220, 0.69223, 0.69225, 0.69226], strict=True)],
)
def test_the_bound_of_a_constant_prediction_is_known(shift, expected):
    predicted = torch.tensor([0.2, 0.5, 0.1, 0.15, 0.05], dtype=torch.float64)
    process = Interpolation(shift)
    continuous = continuous_bound(process, predicted, 1)
    assert continuous == pytest.approx(-math.log(0.5), abs=2e-3)
    if shift == -1000:
        sigma = 1 / (1 + math.exp(-9))
        assert continuous == pytest.approx((2 * sigma - 1) * math.log(2), abs=1e-5)
    assert continuous == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("shift", SHIFTS)
def test_the_bound_is_the_limit_of_a_discrete_chain(shift):
    predicted = torch.tensor([0.2, 0.5, 0.1, 0.15, 0.05], dtype=torch.float64)
    process = Interpolation(shift)
    continuous = continuous_bound(process, predicted, 1)
    assert discrete_bound(process, predicted, 1) == pytest.approx(continuous, abs=2e-4)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_the_bound_of_a_constant_prediction_is_a_difference_of_divergences(process):
    # Forwards, both chains are the same, so that KL at the clean end = bound + KL at the other.
    predicted = torch.tensor([0.2, 0.5, 0.1, 0.15, 0.05], dtype=torch.float64)
    ends = process.at(torch.tensor([0.0, 1.0]))
    tokens = torch.full((2,), 1)
    size = len(predicted)
    floor = ends.noise * ends.uniform / size
    logits = predicted.log().expand(2, size)
    # No Itakura-Saito term at the mask.
    kl = pointwise_divergence(logits, tokens, tokens * 0 + size, ends.alpha, floor)
    expected = float(kl[0] - kl[1])
    assert continuous_bound(process, predicted, 1) == pytest.approx(expected, abs=2e-5)


def test_masks_alone_give_the_loss_of_masked_diffusion():
    # MDLM: cross-entropy of masked tokens over the probability of a mask (arXiv:2406.07524).
    process = Interpolation(-1000.0)
    state, tokens, noised = cases(process)
    logits = some_logits(len(tokens))
    entropy = torch.nn.functional.cross_entropy(logits, tokens, reduction="none")
    masked = noised == N
    found = weights(state, tokens, noised, N) * state.rate
    found = found * pointwise_divergence(logits, tokens, noised, state.alpha, state.alpha * 0)
    sigma = torch.sigmoid(torch.tensor(9.0, dtype=torch.float64))
    expected = (2 * sigma - 1) * masked * entropy / state.noise
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("scale", [1.01, -1.01, 2.0])
def test_a_mixture_that_is_no_markov_chain_is_refused(scale):
    with pytest.raises(InputError, match="no Markov chain"):
        Interpolation(0.0, scale=scale)
    # Such a scale would give some token a negative weight: π - dπ/dλ has negative entries.
    log_snr = torch.linspace(-9, 9, 181, dtype=torch.float64)
    share = torch.sigmoid(scale * log_snr)
    slope = scale * share * (1 - share)
    assert ((share - slope < 0) | (1 - share + slope < 0)).any()


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_shares_of_uniform_noise_are_below_one(share):
    with pytest.raises(InputError, match="share"):
        Bump(share)


def test_ranges_go_upwards():
    with pytest.raises(InputError, match="not below"):
        Interpolation(0.0, lowest=9.0, highest=-9.0)
