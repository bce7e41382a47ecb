"""The transformer of gidd, its optimiser and what it costs."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from causeway.language.gidd.attention import Attention, capped_attention
from causeway.language.gidd.fused import RMSNorm, squared_relu
from causeway.language.gidd.laprop import LaProp
from causeway.language.gidd.optimiser import Course, optimiser, rate_factor
from causeway.language.gidd.settings import Network, Optimisation, Size
from causeway.language.gidd.transformer import Transformer
from causeway.rotary import rotary_table

SMALL = Size(layers=2, width=16, head=8)
N, T = 11, 6


def network(*, cap: float | None = 30.0, forward_only: bool = False, seed: int = 0):
    torch.manual_seed(seed)
    made = Transformer(N, T, SMALL, Network(soft_cap=cap), forward_only=forward_only)
    # The head starts at zero, where nothing could be told apart.
    nn.init.normal_(made.head.weight, std=0.1)
    for block in made.blocks:
        nn.init.normal_(block.attention.sink_key)
        nn.init.normal_(block.attention.sink_value)
    return made.double()


def some_tokens(count=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(N + 1, (count, T), generator=generator)


def test_an_untrained_network_knows_nothing():
    torch.manual_seed(0)
    made = Transformer(N, T, SMALL, Network())
    assert torch.allclose(made.probabilities(some_tokens()), torch.tensor(1 / N))


def test_noised_tokens_see_all_and_clean_tokens_only_each_other():
    tokens, prompt = some_tokens(1), torch.tensor([[True, True, False, False, False, False]])
    made = network()
    before = made(tokens, prompt)
    later, earlier = tokens.clone(), tokens.clone()
    later[0, 4] = (later[0, 4] + 1) % N
    earlier[0, 0] = (earlier[0, 0] + 1) % N
    assert torch.equal(made(later, prompt)[0, :2], before[0, :2])
    assert not torch.allclose(made(later, prompt)[0, 2], before[0, 2])
    assert not torch.allclose(made(earlier, prompt)[0, 5], before[0, 5])
    # Without a prompt the first tokens see the later ones.
    assert not torch.allclose(made(later)[0, :2], made(tokens)[0, :2])
    torch.testing.assert_close(made(tokens), made(tokens, torch.zeros_like(prompt)))


def test_a_twin_sees_only_what_came_before():
    tokens = some_tokens(1)
    made = network(forward_only=True)
    changed = tokens.clone()
    changed[0, 3] = (changed[0, 3] + 1) % N
    before, after = made(tokens), made(changed)
    assert torch.equal(before[0, :3], after[0, :3])
    assert not torch.allclose(before[0, 3:], after[0, 3:])


def test_fused_attention_is_that_without_a_bound():
    tokens, prompt = some_tokens(2), torch.arange(T).expand(2, T) < 2
    for mask in (None, prompt):
        capped, fused = network(cap=1e9), network(cap=None)
        torch.testing.assert_close(capped(tokens, mask), fused(tokens, mask))
    assert not torch.allclose(network(cap=0.1)(tokens), network(cap=None)(tokens))


def test_attention_is_its_definition():
    torch.manual_seed(0)
    layer = Attention(SMALL, 0.7).double()
    for weight in layer.parameters():
        nn.init.normal_(weight, std=0.5)
    x, table = torch.randn(T, 16, dtype=torch.float64), rotary_table(T, 8).double()
    rows = layer.inputs.weight.split(16)

    def normal(values, gain):
        return values / (values.square().mean(-1, keepdim=True) + 1e-6).sqrt() * (1 + gain)

    query = normal(x @ rows[0].T, layer.query_norm.gain)
    key = normal(x @ rows[1].T, layer.key_norm.gain)
    value = x @ rows[2].T
    angles = torch.atan2(table[1], table[0])

    def turned(vector, place):
        whole = torch.complex(vector[:4], vector[4:]) * torch.exp(1j * angles[place])
        return torch.cat([whole.real, whole.imag])

    expected = torch.zeros(T, 16, dtype=torch.float64)
    for head, part in enumerate((slice(0, 8), slice(8, 16))):
        keys = [layer.sink_key[head, 0], *(turned(key[j, part], j) for j in range(T))]
        values = [layer.sink_value[head, 0], *(value[j, part] for j in range(T))]
        for i in range(T):
            scores = torch.stack([turned(query[i, part], i) @ k for k in keys]) / 8**0.5
            chances = (0.7 * torch.tanh(scores / 0.7)).softmax(0)
            expected[i, part] = chances @ torch.stack(values)
    expected = expected @ layer.outputs.weight.T
    torch.testing.assert_close(layer(x[None], table, None)[0], expected)


def test_gradients_by_hand_are_right():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    norm = RMSNorm(5).double()
    nn.init.normal_(norm.gain, generator=generator)
    assert torch.autograd.gradcheck(lambda x, _: norm(x), (x, norm.gain))
    expected = nn.functional.rms_norm(x, (5,), 1 + norm.gain, 1e-6)
    torch.testing.assert_close(norm(x), expected)
    assert torch.autograd.gradcheck(squared_relu, (x,))
    torch.testing.assert_close(squared_relu(x), x.relu() ** 2)


def test_bounded_logits_stay_in_their_bound():
    query = torch.tensor([[[[100.0, 0.0]]]])
    key = torch.tensor([[[[100.0, 0.0], [-100.0, 0.0]]]])
    value = torch.tensor([[[[1.0], [0.0]]]])
    share = capped_attention(query, key, value, None, 1.5).item()
    assert share == pytest.approx(1 / (1 + math.exp(-3)))


def test_laprop_is_its_definition():
    torch.manual_seed(0)
    start = torch.randn(3, dtype=torch.float64)
    gradients = torch.randn(20, 3, dtype=torch.float64)
    weight = nn.Parameter(start.clone())
    made = LaProp([weight], lr=0.1, betas=(0.9, 0.99), eps=1e-3)
    theta, square, mean = start.clone(), torch.zeros(3), torch.zeros(3)
    for t, gradient in enumerate(gradients, 1):
        weight.grad = gradient.clone()
        made.step()
        b1, b2 = (1 - (1 - beta) / (1 - beta**t) for beta in (0.9, 0.99))
        square = b2 * square + (1 - b2) * gradient**2
        mean = b1 * mean + (1 - b1) * gradient / (square.sqrt() + 1e-3)
        theta = theta - 0.1 * mean
        torch.testing.assert_close(weight.detach(), theta)
        if t == 1:
            torch.testing.assert_close(mean, gradient / (gradient.abs() + 1e-3))


def test_laprop_resumes_from_its_state():
    def moved(interrupted):
        torch.manual_seed(0)
        weight = nn.Parameter(torch.ones(4))
        made = LaProp([weight], lr=0.1)
        for t in range(6):
            if interrupted and t == 3:
                state = made.state_dict()
                made = LaProp([weight], lr=0.1)
                made.load_state_dict(state)
            weight.grad = torch.randn(4)
            made.step()
        return weight.detach()

    assert torch.equal(moved(True), moved(False))


def test_every_parameter_has_the_rate_of_its_kind():
    made = network()
    laprop, _ = optimiser(made, Course(0.3, 100), Optimisation(warmup=0), batch=8)
    owned = [weight for group in laprop.param_groups for weight in group["params"]]
    assert {id(weight) for weight in owned} == {id(weight) for weight in made.parameters()}
    assert len(owned) == len(list(made.parameters()))
    rates = {
        name: group["lr"]
        for name, weight in made.named_parameters()
        for group in laprop.param_groups
        if any(weight is other for other in group["params"])
    }
    for name, rate in rates.items():
        inner = "blocks" in name and name.endswith("weight")
        assert rate == pytest.approx(0.3 / 16 if inner else 0.3 * 0.02), name
    assert laprop.param_groups[0]["eps"] == pytest.approx(1e-8 / 32)


@pytest.mark.parametrize(("batch", "expected"), [(255, 0.99), (256, 0.98), (512, 0.98)])
def test_large_batches_average_squares_over_fewer_steps(batch, expected):
    laprop, _ = optimiser(network(), Course(0.3, 100), Optimisation(), batch)
    assert {group["betas"] for group in laprop.param_groups} == {(0.9, expected)}


def test_first_weights_have_their_spread():
    torch.manual_seed(0)
    made = Transformer(500, 8, Size(layers=1, width=64, head=16), Network())
    for matrix in made.hidden_matrices():
        assert matrix.std().item() == pytest.approx(0.4 / 8, rel=0.05)
    assert made.embedding.weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_the_rate_rises_stays_and_falls():
    rates = [rate_factor(step, steps=100, warmup=10, cooldown=0.2) for step in range(101)]
    assert rates[:2] == pytest.approx([0.1, 0.2])
    assert rates[9:81] == [1.0] * 72
    assert rates[85] == pytest.approx(0.5)
    assert rates[100] == 0
    assert rate_factor(99, steps=100, warmup=0, cooldown=0) == 1


@pytest.mark.parametrize("size", [{"width": 96, "head": 64}, {"width": 9, "head": 3}])
def test_heads_split_the_width(size):
    with pytest.raises(ValidationError, match="do not split"):
        Size(layers=1, **size)
