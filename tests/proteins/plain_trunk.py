"""The trunk written down plainly: concatenations, tiles and differences of all points.

Slow reference for the tests and peer of the benchmark. Parameter names are the trunk's.
"""

import math

import torch
from torch import nn
from torch.nn.functional import normalize, pad, softplus


def sinusoid(phase):
    return torch.cat([phase.sin(), phase.cos()], dim=-1)


def multiply(p, q):
    """Hamilton product by scalar and vector parts."""
    a, u, b, v = p[..., :1], p[..., 1:], q[..., :1], q[..., 1:]
    u, v = torch.broadcast_tensors(u, v)
    real = a * b - (u * v).sum(-1, keepdim=True)
    return torch.cat([real, a * v + b * u + torch.cross(u, v, dim=-1)], dim=-1)


def rotation(q):
    """Matrix whose columns are the rotated unit vectors."""
    conjugate = q * q.new_tensor([1, -1, -1, -1])
    columns = []
    for axis in torch.eye(3, dtype=q.dtype):
        vector = pad(axis, (1, 0)).expand_as(q)
        columns.append(multiply(multiply(q, vector), conjugate)[..., 1:])
    return torch.stack(columns, dim=-1)


class PlainEmbedding(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.node_embedder = self.mlp(2 * c.features + 1, c.node)
        self.edge_embedder = self.mlp(3 * c.features + 2 + c.bins, c.edge)

    @staticmethod
    def mlp(inputs, outputs):
        return nn.Sequential(
            nn.Linear(inputs, outputs),
            nn.ReLU(),
            nn.Linear(outputs, outputs),
            nn.ReLU(),
            nn.Linear(outputs, outputs),
            nn.LayerNorm(outputs),
        )

    def forward(self, position, tau, index):
        (B, L), half = index.shape, self.c.features // 2
        k = torch.arange(half, dtype=tau.dtype)
        time = sinusoid(tau[:, None] * 10000 * torch.exp(-k * math.log(10000) / (half - 1)))
        time = pad(time, (0, 1))[:, None].expand(B, L, -1)  # flag of fixed residues: 0

        def embed(i):
            return sinusoid(i[..., None].to(tau.dtype) * math.pi / 2056 ** (k / half))

        lower = torch.linspace(1e-5, 20, self.c.bins).to(tau.dtype)
        upper = torch.cat([lower[1:], lower.new_tensor([1e8])])
        distance = torch.linalg.vector_norm(position[:, :, None] - position[:, None], dim=-1)
        distance = distance[..., None]
        edge = [
            time[:, :, None].expand(B, L, L, -1),
            time[:, None].expand(B, L, L, -1),
            embed(index[:, :, None] - index[:, None]),
            ((distance > lower) & (distance < upper)).to(tau.dtype),
        ]
        node = torch.cat([time, embed(index)], dim=-1)
        return self.node_embedder(node), self.edge_embedder(torch.cat(edge, dim=-1))


class PlainAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        H, C, P, V = c.heads, c.hidden, c.query_points, c.value_points
        self.linear_q = nn.Linear(c.node, H * C)
        self.linear_kv = nn.Linear(c.node, 2 * H * C)
        self.linear_q_points = nn.Linear(c.node, 3 * H * P)
        self.linear_kv_points = nn.Linear(c.node, 3 * H * (P + V))
        self.linear_b = nn.Linear(c.edge, H)
        self.down_z = nn.Linear(c.edge, c.edge // 4)
        self.head_weights = nn.Parameter(torch.zeros(H))
        self.linear_out = nn.Linear(H * (C + 4 * V + c.edge // 4), c.node)
        self.linear_rbf = nn.Linear(20, 1)

    def forward(self, s, z, R, x, mask):
        B, L, _ = s.shape
        H, C, P = self.c.heads, self.c.hidden, self.c.query_points

        def points(layer):
            local = torch.stack(layer(s).chunk(3, dim=-1), dim=-1)  # (B, L, H * P, 3)
            placed = torch.einsum("blij,blpj->blpi", R, local) + x[:, :, None]
            return placed.view(B, L, H, -1, 3)

        q = self.linear_q(s).view(B, L, H, C)
        k, v = self.linear_kv(s).view(B, L, H, 2 * C).split(C, dim=-1)
        q_points, kv_points = points(self.linear_q_points), points(self.linear_kv_points)
        k_points, v_points = kv_points[..., :P, :], kv_points[..., P:, :]

        logits = torch.einsum("bihc,bjhc->bhij", q, k) * math.sqrt(1 / (3 * C))
        logits = logits + math.sqrt(1 / 3) * self.linear_b(z).permute(0, 3, 1, 2)
        squares = (q_points[:, :, None] - k_points[:, None]).square().sum(-1)  # (B, L, L, H, P)
        weight = softplus(self.head_weights) * math.sqrt(1 / (3 * P * 9 / 2))
        logits = logits - 0.5 * (squares * weight[:, None]).sum(-1).permute(0, 3, 1, 2)
        logits = logits.masked_fill(~mask[:, None, None], -torch.inf)
        a = logits.softmax(-1)  # (B, H, L, L)

        o = torch.einsum("bhij,bjhc->bihc", a, v)
        o_points = torch.einsum("bhij,bjhpx->bihpx", a, v_points) - x[:, :, None, None]
        o_points = torch.einsum("blji,blhpj->blhpi", R, o_points)
        o_norm = (o_points.square().sum(-1) + 1e-8).sqrt()
        o_pair = torch.einsum("bhij,bijc->bihc", a, self.down_z(z))
        features = [o, *o_points.unbind(-1), o_norm, o_pair]
        return self.linear_out(torch.cat([f.flatten(2) for f in features], dim=-1))


class PlainEdgeTransition(nn.Module):
    def __init__(self, c):
        super().__init__()
        half = c.node // 2
        width = c.edge + 2 * half
        self.initial_embed = nn.Linear(c.node, half)
        self.trunk = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.final_layer = nn.Linear(width, c.edge)
        self.layer_norm = nn.LayerNorm(c.edge)

    def forward(self, s, z):
        n = self.initial_embed(s)
        B, L, C = n.shape
        rows, columns = n[:, :, None].expand(B, L, L, C), n[:, None].expand(B, L, L, C)
        h = torch.cat([z, rows, columns], dim=-1)
        return self.layer_norm(self.final_layer(self.trunk(h) + h))


class PlainTransition(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear_1, self.linear_2, self.linear_3 = (nn.Linear(width, width) for _ in range(3))
        self.ln = nn.LayerNorm(width)

    def forward(self, s):
        return self.ln(s + self.linear_3(self.linear_2(self.linear_1(s).relu()).relu()))


class PlainUpdate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, 6)

    def forward(self, s, q, x):
        turn, shift = self.linear(s).chunk(2, dim=-1)
        x = x + (rotation(q) @ shift[..., None])[..., 0]
        return normalize(q + multiply(q, pad(turn, (1, 0))), dim=-1), x


class PlainHead(nn.Module):
    def __init__(self, width, frame):
        super().__init__()
        self.frame = frame
        self.trans_mlp = self.mlp(width, 3)
        self.rot_mlp = self.mlp(width, 4 if frame == "global" else 3)

    @staticmethod
    def mlp(width, outputs):
        return nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.LayerNorm(width), nn.Linear(width, outputs)
        )

    def forward(self, s, q):
        v_x, v_q = self.trans_mlp(s), self.rot_mlp(s)
        if self.frame == "local":
            return (rotation(q) @ v_x[..., None])[..., 0], multiply(q, pad(v_q, (1, 0)))
        return v_x, v_q


class PlainStack(nn.Module):
    def __init__(self, c, head):
        super().__init__()
        self.c = c
        wide = c.node + c.skip
        self.trunk = nn.ModuleDict()
        for b in range(c.blocks):
            self.trunk[f"ipa_{b}"] = PlainAttention(c)
            self.trunk[f"ipa_ln_{b}"] = nn.LayerNorm(c.node)
            self.trunk[f"skip_embed_{b}"] = nn.Linear(c.node, c.skip)
            layer = nn.TransformerEncoderLayer(
                wide, c.transformer_heads, wide, dropout=0.0, batch_first=True
            )
            self.trunk[f"seq_tfmr_{b}"] = nn.TransformerEncoder(
                layer, c.transformer_layers, enable_nested_tensor=False
            )
            self.trunk[f"post_tfmr_{b}"] = nn.Linear(wide, c.node)
            self.trunk[f"node_transition_{b}"] = PlainTransition(c.node)
            self.trunk[f"bb_update_{b}"] = PlainUpdate(c.node)
            if b < c.blocks - 1:
                self.trunk[f"edge_transition_{b}"] = PlainEdgeTransition(c)
        self.forward_velocity_head = PlainHead(c.node, head)
        self.backward_velocity_head = PlainHead(c.node, head)


class PlainTrunk(nn.Module):
    """Same parameters and call as RigidTrunk."""

    def __init__(self, network, head):
        super().__init__()
        self.network = network
        self.embedding_layer = PlainEmbedding(network)
        self.ipa_model = PlainStack(network, head)

    def forward(self, quaternion, position, tau, index, mask, direction):
        node, edge = self.embedding_layer(position, tau, index)
        real = mask[..., None].to(node.dtype)
        pairs = real[:, :, None] * real[:, None]
        start, edge = node * real, edge * pairs
        s, q, x = start, quaternion, position * self.network.coordinate_scale
        for b in range(self.network.blocks):
            part = {
                name.removesuffix(f"_{b}"): module
                for name, module in self.ipa_model.trunk.items()
                if name.endswith(f"_{b}")
            }
            s = part["ipa_ln"](s + real * part["ipa"](s, edge, rotation(q), x, mask))
            h = torch.cat([s, part["skip_embed"](start)], dim=-1)
            s = s + part["post_tfmr"](part["seq_tfmr"](h, src_key_padding_mask=~mask))
            s = part["node_transition"](s) * real
            if "edge_transition" in part:
                q, x = part["bb_update"](s, q, x)
                edge = part["edge_transition"](s, edge) * pairs
        heads = self.ipa_model.forward_velocity_head, self.ipa_model.backward_velocity_head
        both = [head(s, quaternion) for head in heads]
        chosen = [[both[d][o][n] for n, d in enumerate(direction.tolist())] for o in (0, 1)]
        v_x, v_q = (torch.stack(v) for v in chosen)
        return v_x * real, v_q * real
