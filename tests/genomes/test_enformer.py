"""The port of Enformer."""

import math

import pytest
import torch
from expression_data import windows
from scipy import stats

from causeway.errors import InputError
from causeway.genomes.phenformer.backbones import EnformerBackbone, load_enformer
from causeway.genomes.phenformer.embedding import embed
from causeway.genomes.phenformer.enformer import Enformer, SoftmaxPool
from causeway.genomes.phenformer.enformer_size import EnformerSize
from causeway.genomes.phenformer.enformer_weights import load_weights
from causeway.genomes.phenformer.relative_positions import (
    RelativeAttention,
    positional_features,
    shifted,
)

torch.set_num_threads(1)
SMALL = EnformerSize(
    window=256,
    channels=48,
    step=8,
    halvings=4,
    layers=2,
    heads=4,
    key=8,
    target=6,
    tracks={"human": 5, "mouse": 3},
)


def enformer():
    torch.manual_seed(0)
    return Enformer(SMALL).eval()


def parameters(modules):
    return sum(one.numel() for module in modules for one in module.parameters())


def test_the_published_network_has_251_million_parameters():
    with torch.device("meta"):
        model = Enformer()
    assert model.size.tower == [768, 768, 896, 1_024, 1_152, 1_280, 1_536]
    trunk = (model.stem, model.conv_tower, model.transformer, model.final_pointwise)
    assert round(parameters(trunk) / 1e6, 1) == 229.8
    assert round(parameters([model]) / 1e6, 1) == 251.2
    assert parameters([model]) == 251_221_292


def test_names_are_those_of_the_public_port():
    with torch.device("meta"):
        shapes = {name: tuple(one.shape) for name, one in Enformer().state_dict().items()}
    wanted = {
        "stem.0.weight": (768, 4, 15),
        "stem.1.fn.0.running_var": (768,),
        "stem.1.fn.2.weight": (768, 768, 1),
        "stem.2.to_attn_logits.weight": (768, 768, 1, 1),
        "conv_tower.0.0.0.weight": (768,),
        "conv_tower.5.0.2.weight": (1_536, 1_280, 5),
        "conv_tower.5.1.fn.2.bias": (1_536,),
        "conv_tower.5.2.to_attn_logits.weight": (1_536, 1_536, 1, 1),
        "transformer.10.0.fn.0.weight": (1_536,),
        "transformer.10.0.fn.1.to_q.weight": (512, 1_536),
        "transformer.10.0.fn.1.to_v.weight": (1_536, 1_536),
        "transformer.10.0.fn.1.to_out.bias": (1_536,),
        "transformer.10.0.fn.1.to_rel_k.weight": (512, 192),
        "transformer.10.0.fn.1.rel_content_bias": (1, 8, 1, 64),
        "transformer.10.0.fn.1.rel_pos_bias": (1, 8, 1, 64),
        "transformer.10.1.fn.1.weight": (3_072, 1_536),
        "transformer.10.1.fn.4.weight": (1_536, 3_072),
        "final_pointwise.1.0.running_mean": (1_536,),
        "final_pointwise.1.2.weight": (3_072, 1_536, 1),
        "_heads.human.0.weight": (5_313, 3_072),
        "_heads.mouse.0.bias": (1_643,),
    }
    assert {name: shapes.get(name) for name in wanted} == wanted


def test_shapes_and_crop():
    model, codes = enformer(), windows(2)
    assert model.tokens(codes).shape == (2, 16, 48)
    assert model.trunk(codes).shape == (2, 6, 96)
    assert torch.allclose(model.trunk(codes), model.bins(codes, 0, 16)[:, 5:11], atol=1e-6)
    assert model(codes).shape == (2, 6, 5)
    assert model(codes, "mouse").shape == (2, 6, 3)
    assert (model(codes) > 0).all()
    with pytest.raises(ValueError, match="Enformer reads 256 bp"):
        model(windows(1, 128))


def test_positional_features_are_the_formulas():
    tokens, features = 20, 24
    found = positional_features(tokens, features)
    assert found.shape == (39, 24)
    mean = torch.linspace(tokens / 4, tokens, 4).tolist()
    gammas = []
    for one in mean:
        shape, rate = (one / 2.5) ** 2, one / 2.5**2
        gammas.append([stats.gamma.pdf(abs(d), shape, scale=1 / rate) for d in range(-19, 20)])
    for row, distance in enumerate(range(-19, 20)):
        for i in range(4):
            life = 2 ** (3 + i * (math.log2(tokens) - 3) / 3)
            assert found[row, i] == pytest.approx(2 ** (-abs(distance) / life), rel=1e-5)
            assert found[row, 4 + i] == (abs(distance) < 2 ** (i + 1) - 1)
            density = (gammas[i][row] + 1e-8) / (max(gammas[i]) + 1e-8)
            assert float(found[row, 8 + i]) == pytest.approx(density, rel=1e-4, abs=1e-6)
    sign = torch.arange(-19, 20).sign()[:, None]
    assert torch.equal(found[:, 12:], sign * found[:, :12])


def test_relative_attention_is_the_formula():
    torch.manual_seed(0)
    layer, x = RelativeAttention(12, 2, 3, 12, 0.0, 0.0).eval(), torch.randn(2, 5, 12)
    features = positional_features(5, 12)
    out = torch.zeros(2, 5, 12)
    for head in range(2):
        part = slice(3 * head, 3 * head + 3)
        q, k = layer.to_q(x)[..., part] / math.sqrt(3), layer.to_k(x)[..., part]
        v = layer.to_v(x)[..., 6 * head : 6 * head + 6]
        r = layer.to_rel_k(features)[:, part]
        content, place = layer.rel_content_bias[0, head, 0], layer.rel_pos_bias[0, head, 0]
        logits = torch.zeros(2, 5, 5)
        for i in range(5):
            for j in range(5):
                logits[:, i, j] = (q[:, i] + content).mul(k[:, j]).sum(-1)
                logits[:, i, j] += (q[:, i] + place) @ r[j - i + 4]
        out[..., 6 * head : 6 * head + 6] = logits.softmax(-1) @ v
    assert torch.allclose(layer(x), layer.to_out(out), atol=1e-5)


def test_shifted_rows():
    logits = torch.arange(2 * 4 * 7.0).reshape(2, 4, 7)
    found = shifted(logits)
    for i in range(4):
        for j in range(4):
            assert torch.equal(found[:, i, j], logits[:, i, j - i + 3])


def test_pooling_starts_near_the_maximum():
    pool, x = SoftmaxPool(3), torch.randn(1, 3, 8) * 20
    assert torch.allclose(pool(x), x.unflatten(-1, (4, 2)).amax(-1), atol=0.5)


def test_weights_come_back_also_by_their_second_names(tmp_path):
    model, codes, path = enformer(), windows(2), tmp_path / "weights.bin"
    table = dict(model.state_dict())
    for prefix, alias in (("stem.", "_trunk.1."), ("transformer.", "_trunk.4.")):
        for name in [one for one in table if one.startswith(prefix)]:
            table[alias + name.removeprefix(prefix)] = table.pop(name)
    torch.save({"state_dict": table}, path)
    torch.manual_seed(1)
    other = Enformer(SMALL).eval()
    assert not torch.allclose(other(codes), model(codes), atol=1e-3)
    load_weights(other, path)
    assert torch.equal(other(codes), model(codes))


def test_weights_that_do_not_fit_are_told(tmp_path):
    model, path = enformer(), tmp_path / "weights.bin"
    table = dict(model.state_dict())
    del table["stem.0.weight"]
    table["stem.0.gain"] = torch.zeros(1)
    table["_heads.human.0.bias"] = torch.zeros(7)
    torch.save(table, path)
    before = model.stem[0].weight.clone()
    with pytest.raises(InputError) as caught:
        load_weights(model, path)
    text = str(caught.value)
    assert "1 missing (stem.0.weight)" in text
    assert "1 unexpected (stem.0.gain)" in text
    assert "1 misshapen (_heads.human.0.bias (7,) for (5,))" in text
    assert torch.equal(model.stem[0].weight, before)


@pytest.mark.parametrize("content", [b"no weights", b""])
def test_files_that_are_no_weights_are_told(tmp_path, content):
    path = tmp_path / "weights.bin"
    with pytest.raises(InputError, match="no such file"):
        load_weights(enformer(), path)
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a readable table"):
        load_weights(enformer(), path)
    torch.save([1, 2], path)
    with pytest.raises(InputError, match="no table of parameters"):
        load_weights(enformer(), path)


def test_the_backbone_reads_three_bins(tmp_path):
    model, codes = enformer(), windows(2)
    torch.save(model.state_dict(), tmp_path / "weights.bin")
    backbone = load_enformer(tmp_path / "weights.bin", {"liver": 4, "lung": 1}, SMALL)
    found = embed(backbone, lambda rows: codes.numpy()[rows], 2)
    bins = model.bins(codes, 7, 10)
    assert torch.allclose(found.vectors, bins.mean(1), atol=1e-6)
    counts = model.head(bins, "human").sum(1)
    assert torch.allclose(found.expression, torch.log1p(counts)[:, [4, 1]], atol=1e-6)
    assert backbone.contexts == ["liver", "lung"]
    with pytest.raises(ValueError, match="number 5 of 5"):
        EnformerBackbone(model, {"x": 5})


def test_gradients_are_finite():
    model = enformer().train()
    model(windows(2)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is None or torch.isfinite(weight.grad).all(), name


@pytest.mark.parametrize(
    "wrong", [{"target": 2_000}, {"target": 895}, {"heads": 7}, {"window": 1_000}, {"step": 1_000}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"target|heads|window|step"):
        EnformerSize(**wrong)
