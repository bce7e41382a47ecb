import math

import pytest
import torch
from plain_trunk import PlainAttention, PlainTrunk, rotation
from trunk_inputs import SMALL, chains, shaken

from causeway.proteins.geometry import quaternion_multiply, rotate
from causeway.proteins.rigidssl import blocks
from causeway.proteins.rigidssl.attention import InvariantPointAttention
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.edges import (
    EdgeTransition,
    Pairs,
    _embed_whole,
    _transition_whole,
)
from causeway.proteins.rigidssl.network import RigidTrunk


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def gradients(module, inputs):
    """Gradients of a fixed function of the velocities, by parameter name."""
    module.zero_grad(set_to_none=True)
    v_x, v_q = module(*inputs)
    (v_x.sin().sum() + (v_q * torch.arange(4)).cos().sum()).backward()
    return {name: p.grad for name, p in module.named_parameters()}


@pytest.fixture
def trunk():
    return shaken(RigidTrunk(SMALL, "local"))


def pair(head):
    trunk = shaken(RigidTrunk(SMALL, head))
    plain = PlainTrunk(SMALL, head).double()
    plain.load_state_dict(trunk.state_dict())
    return trunk, plain


def test_released_size():
    trunk = RigidTrunk(Network(), "global")
    assert sum(p.numel() for p in trunk.parameters()) == 17_517_114


def test_released_names():
    shapes = {n: tuple(t.shape) for n, t in RigidTrunk(Network(), "global").state_dict().items()}
    known = {
        "embedding_layer.node_embedder.0.weight": (256, 65),
        "embedding_layer.node_embedder.5.bias": (256,),
        "embedding_layer.edge_embedder.0.weight": (128, 120),
        "embedding_layer.edge_embedder.5.weight": (128,),
        "ipa_model.trunk.ipa_0.linear_kv.weight": (4096, 256),
        "ipa_model.trunk.ipa_0.linear_q_points.weight": (192, 256),
        "ipa_model.trunk.ipa_0.linear_kv_points.weight": (480, 256),
        "ipa_model.trunk.ipa_0.linear_b.weight": (8, 128),
        "ipa_model.trunk.ipa_0.down_z.weight": (32, 128),
        "ipa_model.trunk.ipa_0.head_weights": (8,),
        "ipa_model.trunk.ipa_0.linear_rbf.weight": (1, 20),
        "ipa_model.trunk.ipa_3.linear_out.weight": (256, 2688),
        "ipa_model.trunk.ipa_ln_1.weight": (256,),
        "ipa_model.trunk.skip_embed_1.weight": (64, 256),
        "ipa_model.trunk.seq_tfmr_2.layers.1.self_attn.in_proj_weight": (960, 320),
        "ipa_model.trunk.seq_tfmr_2.layers.0.linear1.weight": (320, 320),
        "ipa_model.trunk.post_tfmr_2.weight": (256, 320),
        "ipa_model.trunk.node_transition_3.linear_3.weight": (256, 256),
        "ipa_model.trunk.node_transition_3.ln.bias": (256,),
        "ipa_model.trunk.bb_update_3.linear.weight": (6, 256),
        "ipa_model.trunk.edge_transition_2.initial_embed.weight": (128, 256),
        "ipa_model.trunk.edge_transition_2.trunk.2.weight": (384, 384),
        "ipa_model.trunk.edge_transition_2.final_layer.weight": (128, 384),
        "ipa_model.trunk.edge_transition_2.layer_norm.weight": (128,),
        "ipa_model.forward_velocity_head.trans_mlp.0.weight": (256, 256),
        "ipa_model.forward_velocity_head.trans_mlp.2.weight": (256,),
        "ipa_model.backward_velocity_head.rot_mlp.3.weight": (4, 256),
    }
    assert {name: shapes.get(name) for name in known} == known
    assert "ipa_model.trunk.edge_transition_3.final_layer.weight" not in shapes


def test_starts_at_zero_velocity():
    for velocity in RigidTrunk(SMALL, "global")(*chains([5, 9], dtype=torch.float32)):
        assert torch.count_nonzero(velocity) == 0


@pytest.mark.parametrize("head", ["global", "local"])
def test_agrees_with_plain_port(head, monkeypatch):
    monkeypatch.setattr(blocks, "_FLOATS", 320)
    trunk, plain = pair(head)
    inputs = chains([13, 8, 1])
    for ours, reference in zip(trunk(*inputs), plain(*inputs), strict=True):
        torch.testing.assert_close(ours, reference, rtol=1e-9, atol=1e-12)
    ours, reference = gradients(trunk, inputs), gradients(plain, inputs)
    for name, expected in reference.items():
        if expected is None:
            assert ours[name] is None, name
        else:
            torch.testing.assert_close(ours[name], expected, rtol=1e-7, atol=1e-10, msg=name)


def test_as_accurate_as_plain_port_at_full_width():
    """In single precision both round, above all the phases of time, up to 10,000.

    Against double precision ours may not round much worse; single weights are not compared, as
    a ReLU that rounding switches changes them.
    """
    trunk = shaken(RigidTrunk(Network(), "local"), 0.01, torch.float32)
    plain, exact = (PlainTrunk(Network(), "local") for _ in range(2))
    plain.load_state_dict(trunk.state_dict())
    exact.double().load_state_dict(trunk.state_dict())
    lengths = [14, 11]
    inputs = chains(lengths, dtype=torch.float32)
    exactly = [t.double() if t.is_floating_point() else t for t in inputs]
    outputs = trunk(*inputs), plain(*inputs), exact(*exactly)
    for ours, port, truth in zip(*outputs, strict=True):
        assert (ours - truth).norm() < 3 * (port - truth).norm()
    truth = gradients(exact, exactly)
    ours, port = (
        torch.cat([(found[n] - g).flatten() for n, g in truth.items() if g is not None]).norm()
        for found in (gradients(trunk, inputs), gradients(plain, inputs))
    )
    assert ours < 3 * port


def test_padding_changes_nothing(trunk):
    alone = {length: trunk(*chains([length])) for length in (6, 11)}
    together = trunk(*chains([11, 6, 6], width=15))
    for row, length in enumerate((11, 6, 6)):
        for batched, single in zip(together, alone[length], strict=True):
            torch.testing.assert_close(batched[row, :length], single[0], rtol=0, atol=1e-9)
            assert torch.count_nonzero(batched[row, length:]) == 0


def test_padding_changes_no_gradient(trunk):
    short = gradients(trunk, chains([9, 5]))
    padded = gradients(trunk, chains([9, 5], width=14))
    for name, gradient in short.items():
        if gradient is not None:
            torch.testing.assert_close(padded[name], gradient, rtol=1e-8, atol=1e-10, msg=name)


def test_padding_in_single_precision(trunk):
    trunk.float()
    single = trunk(*chains([12], dtype=torch.float32))
    padded = trunk(*chains([12, 20], width=24, dtype=torch.float32))
    for one, two in zip(single, padded, strict=True):
        torch.testing.assert_close(two[0, :12], one[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_algebraic_attention_is_direct_attention(dtype, tolerance):
    ours = shaken(InvariantPointAttention(Network()), 0.02, dtype)
    direct = PlainAttention(Network()).to(dtype)
    direct.load_state_dict(ours.state_dict())
    q, x, _, _, mask, _ = chains([40, 33], dtype=dtype)
    x = 0.1 * x + 20  # far from the origin, so that centring matters
    generator = torch.Generator().manual_seed(3)
    s = torch.randn(2, 40, 256, generator=generator).to(dtype)
    z = torch.randn(2, 40, 40, 128, generator=generator).to(dtype)
    gain, shift = torch.rand(2, 128, generator=generator).to(dtype)
    found = ours(s, Pairs(z, gain, shift), q, x, mask)[mask]
    expected = direct(s, gain * z + shift, rotation(q), x, mask)[mask]
    assert (found - expected).abs().max() < tolerance * expected.abs().max()


@pytest.mark.parametrize("length", [1, 3, 9])
def test_blocked_transition_is_the_whole(length, monkeypatch):
    monkeypatch.setattr(blocks, "_FLOATS", 160)
    module = shaken(EdgeTransition(SMALL), 0.3)
    s = torch.randn(2, length, 32, dtype=torch.float64)
    z = torch.randn(2, length, length, 16, dtype=torch.float64)
    pairs = Pairs(z, *torch.rand(2, 16, dtype=torch.float64))
    plain = module.layer_norm(
        module.final_layer(
            module.trunk(h := _concatenated(pairs.gain * z + pairs.shift, module.initial_embed(s)))
            + h
        )
    )
    normal, gain, shift = module(s, pairs)
    torch.testing.assert_close(gain * normal + shift, plain, rtol=1e-9, atol=1e-11)
    with torch.no_grad():
        torch.testing.assert_close(module(s, pairs).normal, normal)


def _concatenated(z, n):
    L = n.shape[1]
    rows, columns = n[:, :, None].expand(-1, -1, L, -1), n[:, None].expand(-1, L, -1, -1)
    return torch.cat([z, rows, columns], dim=-1)


def operands(*shapes):
    generator = torch.Generator().manual_seed(2)
    return [
        torch.randn(s, generator=generator, dtype=torch.float64).requires_grad_() for s in shapes
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_transition_gradients(threads, monkeypatch):
    monkeypatch.setattr(blocks, "_FLOATS", 48)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    B, L, C, H = 2, 3, 4, 6
    given = operands(
        (B, L, L, C), (B, L, H), (B, L, H), (B, L, C), (B, L, C), (H, C), (H, H), H, (C, H), C
    )
    torch.testing.assert_close(
        blocks.BlockedTransition.apply(True, *given), _transition_whole(*given)
    )
    assert torch.autograd.gradcheck(
        lambda *g: blocks.BlockedTransition.apply(True, *g), given, fast_mode=True
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_embedder_gradients(threads, monkeypatch):
    monkeypatch.setattr(blocks, "_FLOATS", 48)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    B, L, C = 2, 3, 4
    offset = torch.arange(L)[:, None] - torch.arange(L) + L - 1
    offset, bins = offset.expand(B, L, L), torch.randint(0, 4, (B, L, L), dtype=torch.int32)
    given = operands((B, C), (2 * L - 1, C), (4, C), (C, C), C, (C, C), C)
    torch.testing.assert_close(
        blocks.BlockedEmbedder.apply(offset, bins, *given), _embed_whole(offset, bins, *given)
    )
    assert torch.autograd.gradcheck(
        lambda *g: blocks.BlockedEmbedder.apply(offset, bins, *g), given, fast_mode=True
    )


def test_threads_are_given_back(trunk):
    before = torch.get_num_threads()
    trunk(*chains([40]))
    assert torch.get_num_threads() == before


def turned(inputs):
    quaternion, position, *rest = inputs
    turn = torch.tensor([0.3, -0.5, 0.7, 0.1], dtype=quaternion.dtype)
    turn = turn / turn.norm()
    shift = torch.tensor([11.0, -3.0, 29.0], dtype=quaternion.dtype)
    return turn, (quaternion_multiply(turn, quaternion), rotate(turn, position) + shift, *rest)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_local_head_is_equivariant(trunk, dtype, tolerance):
    trunk.to(dtype)
    inputs = chains([14, 10], dtype=dtype)
    turn, moved = turned(inputs)
    torch.testing.assert_close(
        trunk.embed(*moved[:5]), trunk.embed(*inputs[:5]), rtol=0, atol=tolerance
    )
    (v_x, v_q), (w_x, w_q) = trunk(*inputs), trunk(*moved)
    torch.testing.assert_close(w_x, rotate(turn, v_x), rtol=0, atol=tolerance)
    torch.testing.assert_close(w_q, quaternion_multiply(turn, v_q), rtol=0, atol=tolerance)
    assert v_x.norm() > 0.01


def test_local_rotation_velocity_is_tangent(trunk):
    inputs = chains([14])
    _, v_q = trunk(*inputs)
    assert (v_q * inputs[0]).sum(-1).abs().max() < 1e-12


def test_global_head_is_not_equivariant():
    """The released heads read global velocities from embeddings that cannot know the frame."""
    trunk = shaken(RigidTrunk(SMALL, "global"))
    inputs = chains([14])
    turn, moved = turned(inputs)
    (v_x, v_q), (w_x, w_q) = trunk(*inputs), trunk(*moved)
    torch.testing.assert_close(w_x, v_x)
    torch.testing.assert_close(w_q, v_q)
    assert (w_x - rotate(turn, v_x)).abs().max() > 0.1 * v_x.abs().max()


def test_direction_chooses_head(trunk):
    *inputs, _ = chains([8, 8])
    ahead, back = (trunk(*inputs, torch.full((2,), d)) for d in (0, 1))
    mixed = trunk(*inputs, torch.tensor([1, 0]))
    for m, a, b in zip(mixed, ahead, back, strict=True):
        torch.testing.assert_close(m, torch.stack([b[0], a[1]]))
        assert not torch.allclose(a, b)


def test_gradients_finite_and_dead_weights_without():
    trunk = RigidTrunk(SMALL, "global")
    found = gradients(trunk, chains([12, 7], dtype=torch.float32))
    dead = {name for name, gradient in found.items() if gradient is None}
    assert dead == {
        *(f"ipa_model.trunk.ipa_{b}.linear_rbf.{part}" for b in range(3) for part in PARTS),
        *(f"ipa_model.trunk.bb_update_2.linear.{part}" for part in PARTS),
    }
    assert all(g.isfinite().all() for g in found.values() if g is not None)


PARTS = "weight", "bias"


def test_autocast_stays_close(trunk):
    trunk.float()
    inputs = chains([12, 7], dtype=torch.float32)
    expected = trunk(*inputs)
    with torch.autocast("cpu", torch.bfloat16):
        found = trunk(*inputs)
    sum(v.square().sum() for v in found).backward()
    for ours, reference in zip(found, expected, strict=True):
        assert ours.dtype == torch.float32
        assert (ours - reference).norm() < 0.1 * reference.norm()
    assert all(p.grad.isfinite().all() for p in trunk.parameters() if p.grad is not None)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_agrees_with_cpu(trunk):
    trunk.float()
    inputs = chains([12, 7], dtype=torch.float32)
    expected = trunk(*inputs)
    trunk.cuda()
    inputs = [tensor.cuda() for tensor in inputs]
    for ours, reference in zip(trunk(*inputs), expected, strict=True):
        torch.testing.assert_close(ours.cpu(), reference, rtol=0, atol=1e-4)
    with torch.autocast("cuda", torch.bfloat16):
        found = trunk(*inputs)
    sum(v.square().sum() for v in found).backward()
    for ours, reference in zip(found, expected, strict=True):
        assert (ours.cpu() - reference).norm() < 0.1 * reference.norm()


def test_time_and_index_features():
    trunk = RigidTrunk(SMALL, "global").double()
    a, b = (
        trunk.embedding_layer.edge_embedder[0].weight[:, start] for start in (0, 9)
    )  # both residues carry the chain's time
    inputs = chains([6])
    one = trunk.embedding_layer(inputs[1], inputs[2], inputs[3])[1].normal
    with torch.no_grad():
        a.add_(1.0)
        b.sub_(1.0)
    two = trunk.embedding_layer(inputs[1], inputs[2], inputs[3])[1].normal
    torch.testing.assert_close(one, two)
    assert math.isfinite(one.sum().item())
