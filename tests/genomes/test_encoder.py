"""The window encoder and its layers."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from expression_data import SMALL, windows

from causeway.genomes.phenformer.blocks import Block, SelfAttention
from causeway.genomes.phenformer.centre_pool import CentrePool
from causeway.genomes.phenformer.convolutions import (
    ChannelNorm,
    Convolution,
    Halving,
    kept_statistics,
)
from causeway.genomes.phenformer.encoder import WindowEncoder
from causeway.genomes.phenformer.expression_head import ExpressionHead
from causeway.genomes.phenformer.sizes import SIZES, EncoderSize
from causeway.genomes.sequence import reverse_complement
from causeway.rotary import rotary_table, rotate


def parameters(module):
    return sum(one.numel() for one in module.parameters())


def encoder(**changes):
    torch.manual_seed(0)
    return WindowEncoder(SMALL.model_copy(update=changes))


# What the table of sizes does not count: the scores and places of the pooling, one of each per
# head, and the last normalisation; 0.6 % of tiny and less of the others.
@pytest.mark.parametrize(
    ("name", "total", "tolerance"),
    [("tiny", 0.102e6, 0.015), ("base", 4.37e6, 0.001), ("paper", 67.5e6, 0.001)],
)
def test_encoders_are_as_large_as_the_table_says(name, total, tolerance):
    with torch.device("meta"):
        found = parameters(WindowEncoder(SIZES[name].encoder))
    assert found == pytest.approx(total, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "total"), [("tiny", 6_176), ("base", 79_414), ("paper", 631_350)]
)
def test_heads_are_as_large_as_the_table_says(name, total):
    size = SIZES[name]
    with torch.device("meta"):
        assert parameters(ExpressionHead(size.encoder.width, size.contexts)) == total


def test_the_published_length_is_read():
    assert SIZES["paper"].base_pairs == 88_080_384
    assert SIZES["paper"].encoder.tokens == 1_536
    assert SIZES["tiny"].encoder.channels == [32, 32, 48, 48, 64]


@pytest.mark.parametrize(
    "wrong", [{"window": 100, "halvings": 3}, {"heads": 7}, {"stem": 30}, {"anchor": 1.5}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"window|heads|stem|anchor"):
        EncoderSize(**wrong)


def test_convolution_is_a_convolution():
    torch.manual_seed(0)
    layer, x = Convolution(3, 5, 7), torch.randn(2, 20, 3)
    slow = F.conv1d(x.mT, layer.layer.weight[:, :, 0], layer.layer.bias, padding=3).mT
    assert torch.allclose(layer(x), slow, atol=1e-6)


def test_halving_is_a_softmax_over_pairs():
    torch.manual_seed(0)
    layer, x = Halving(3), torch.randn(2, 8, 3)
    layer.sharpness.data.normal_()
    pairs = x.unflatten(1, (4, 2))
    slow = ((layer.sharpness * pairs).softmax(2) * pairs).sum(2)
    assert torch.allclose(layer(x), slow, atol=1e-6)
    layer.sharpness.data.zero_()
    assert torch.allclose(layer(x), pairs.mean(2), atol=1e-6)


def test_attention_is_the_formula():
    torch.manual_seed(0)
    layer, x = SelfAttention(8, 2, 0.0), torch.randn(3, 5, 8)
    table, bias = rotary_table(5, 4), torch.randn(2, 5, 5)
    q, k, v = layer.read(x).chunk(3, dim=-1)
    out = torch.zeros(3, 5, 8)
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        logits = rotate(q[..., part], table) @ rotate(k[..., part], table).mT / 2 + bias[head]
        out[..., part] = logits.softmax(-1) @ v[..., part]
    assert torch.allclose(layer(x, table, bias), layer.write(out), atol=1e-6)


def test_rotated_products_know_only_distances():
    torch.manual_seed(0)
    q, k, table = torch.randn(6), torch.randn(6), rotary_table(30, 6)
    queries, keys = rotate(q.expand(30, 6), table), rotate(k.expand(30, 6), table)
    products = queries @ keys.T
    for offset in (-7, 0, 3):
        line = products.diagonal(offset)
        assert torch.allclose(line, line[:1].expand_as(line), atol=1e-4)
    assert torch.allclose(queries.norm(dim=1), q.norm().expand(30), atol=1e-5)
    assert torch.allclose(queries[0], q)


def test_a_block_adds_to_its_input():
    block = Block(8, 2, 0.0)
    torch.nn.init.zeros_(block.attention.write.weight)
    torch.nn.init.zeros_(block.attention.write.bias)
    torch.nn.init.zeros_(block.mlp[2].weight)
    torch.nn.init.zeros_(block.mlp[2].bias)
    x = torch.randn(1, 4, 8)
    assert torch.equal(block(x), x)


def test_the_pool_starts_near_the_transcription_start():
    pool = CentrePool(8, 4, 64, 0.75)
    torch.nn.init.zeros_(pool.score.weight)
    weights = pool.weights(torch.randn(1, 64, 8))[0]
    assert torch.allclose(weights.sum(0), torch.ones(4))
    assert set(weights.argmax(0).tolist()) <= {47, 48}
    assert (weights[48].diff() < 0).all()  # heads from narrow to broad
    x = torch.ones(1, 64, 8)
    assert torch.allclose(pool(x), torch.ones(1, 8))


def test_vectors_are_of_their_own_window_alone():
    model, codes = encoder().eval(), windows(9)
    together = model(codes)
    alone = torch.cat([model(one[None]) for one in codes])
    assert torch.allclose(together, alone, atol=1e-5)


def test_unknown_bases_are_nothing():
    model = encoder().eval()
    seen = torch.full((1, 256), 4, dtype=torch.uint8)
    stem = model.stem[0](torch.zeros(1, 256, 4))
    assert torch.allclose(stem, model.stem[0].layer.bias.expand_as(stem))
    assert torch.isfinite(model(seen)).all()


def test_the_other_strand_is_another_sequence():
    model, codes = encoder().eval(), windows(4)
    other = torch.from_numpy(reverse_complement(codes.numpy()).copy())
    assert not torch.allclose(model(codes), model(other), atol=1e-3)
    again = torch.from_numpy(reverse_complement(other.numpy()).copy())
    assert torch.equal(model(codes), model(again))


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="windows of 128 bp, but the encoder reads 256 bp"):
        encoder()(windows(1, 128))


@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_finite_and_reach_every_weight(checkpointing):
    model = encoder(checkpointing=checkpointing)
    model(windows(4)).square().mean().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        assert weight.grad.abs().sum() > 0, name


def test_checkpointing_changes_nothing():
    codes, found = windows(4), []
    for checkpointing in (False, True):
        model = encoder(checkpointing=checkpointing)
        torch.manual_seed(1)
        model(codes).square().mean().backward()
        statistics = [one for name, one in model.named_buffers() if "running" in name]
        found.append([*(weight.grad for weight in model.parameters()), *statistics])
    for a, b in zip(*found, strict=True):
        assert torch.allclose(a, b, atol=1e-7)


def test_normalisation_is_that_of_batches():
    torch.manual_seed(0)
    layer, x = ChannelNorm(3), torch.randn(4, 10, 3) * 5 + 2
    found = layer(x)
    assert torch.allclose(found.mean((0, 1)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(found.var((0, 1), unbiased=False), torch.ones(3), atol=1e-4)
    assert torch.allclose(layer.running_mean, 0.1 * x.mean((0, 1)), atol=1e-5)
    before = layer.running_mean.clone()
    with kept_statistics(layer):
        assert torch.equal(layer(x), found)
    assert torch.equal(layer.running_mean, before)


def test_the_head_is_the_formula_and_starts_at_the_mean():
    torch.manual_seed(0)
    head, z = ExpressionHead(8, 3), torch.randn(5, 8)
    level = np.array([0.0, 2.0, 9.0])
    head.start_at(level)
    assert head(torch.zeros(8)).detach().numpy() == pytest.approx(level, abs=2e-3)
    for k in range(3):
        slow = (z @ head.mix.weight.T) @ head.context.weight[k] + head.context.bias[k]
        assert torch.allclose(head(z)[:, k], torch.log1p(slow.exp()), atol=1e-5)
    assert torch.isfinite(head(100 * z)).all()
