"""The pair networks in row blocks, with hand-written backward passes.

A pair network turns tens of megabytes per layer into as many again, and plain PyTorch waits for
memory most of the time. Here a block of rows i goes through all layers while it lies in a core's
cache, and each thread works on blocks of its own, so that no layer ends in a barrier. Kept for
the backward pass are inputs, outputs and, of hidden layers, only the one dear to compute again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

_FLOATS = 1024 * 384
"""Numbers in the widest layer of a block, 1.5 MB: it stays in a core's cache."""

_EPS = 1e-5

_relu_backward_ = torch.ops.aten.threshold_backward.grad_input
_norm_backward = torch.ops.aten.native_layer_norm_backward

Block = tuple[int, slice, slice]
"""Chain b, its rows i, and the same as pairs in (B * L * L)."""
Result = TypeVar("Result")


def _rows(length: int, width: int) -> int:
    """Rows of a block, for layers of at most ``width`` channels."""
    return max(1, min(length, _FLOATS // (width * length)))


def _shared(
    work: Callable[[Sequence[Block]], Result], chains: int, length: int, width: int
) -> list[Result]:
    """Call ``work`` with a share of the row blocks in every thread, and return all results."""
    rows = _rows(length, width)
    blocks = [
        (b, slice(start, stop), slice((b * length + start) * length, (b * length + stop) * length))
        for b in range(chains)
        for start in range(0, length, rows)
        for stop in [min(start + rows, length)]
    ]
    threads = min(torch.get_num_threads(), len(blocks))
    if threads == 1:
        return [torch.no_grad()(work)(blocks)]
    total = torch.get_num_threads()
    cuts = [k * len(blocks) // threads for k in range(threads + 1)]
    shares = [blocks[start:stop] for start, stop in pairwise(cuts)]
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(torch.no_grad()(work), shares))
    finally:
        torch.set_num_threads(total)  # what a thread sets becomes the default of later threads


def _scratch(like: Tensor, length: int, *widths: int) -> list[Tensor]:
    """Buffers (P, width) that hold one block each."""
    pairs = _rows(length, max(widths)) * length
    return [like.new_empty(pairs, width) for width in widths]


def _relu_grad_(grad: Tensor, output: Tensor) -> Tensor:
    """Turn the gradient of relu's output, in place, into that of its input."""
    return _relu_backward_(grad, output, 0, grad_input=grad)


def _norm_grad(d_out: Tensor, out: Tensor, rstd: Tensor) -> Tensor:
    """Gradient of a layer norm's input from its output; gain and shift are applied elsewhere."""
    C = out.shape[-1]
    zero, one = torch.zeros_like(rstd), torch.ones_like(rstd)
    grad, _, _ = _norm_backward(d_out, out, [C], zero, one, None, None, [True, False, False])
    return grad.mul_(rstd)


def _sums(results: list[list[Tensor]]) -> list[Tensor]:
    """Add up the gradients that threads have gathered."""
    return [sum(rest, first) for first, *rest in zip(*results, strict=True)]


class BlockedTransition(torch.autograd.Function):
    """norm(W3 (h2 + gain z) + row3 + column3) with two layers of relu.

    h2 = relu(W2 h1 + b2) and h1 = relu(W1 z + row1 + column1); gain z is added to the first C
    channels of h2.
    Operands as in `causeway.proteins.rigidssl.edges.EdgeTransition`.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        keep: bool,  # whether a backward pass may follow
        z: Tensor,  # (B, L, L, C)
        row1: Tensor,  # (B, L, H)
        column1: Tensor,  # (B, L, H)
        row3: Tensor,  # (B, L, C)
        column3: Tensor,  # (B, L, C)
        W1: Tensor,  # (H, C)
        W2: Tensor,  # (H, H)
        b2: Tensor,  # (H,)
        W3: Tensor,  # (C, H)
        gain: Tensor,  # (C,)
    ) -> Tensor:
        """Compute the normalised pairs (B, L, L, C)."""
        (B, L, _, C), H = z.shape, len(W2)
        z_flat = z.reshape(-1, C)
        out, rstd = torch.empty_like(z_flat), z.new_empty(len(z_flat), 1)
        h2_kept = z.new_empty(len(z_flat) if keep else 0, H)

        def work(blocks: Sequence[Block]) -> None:
            h1_buffer, h2_buffer, hz_buffer, y_buffer = _scratch(z, L, H, H, C, C)
            for b, i, pairs in blocks:
                P = pairs.stop - pairs.start
                h1, hz, y = h1_buffer[:P], hz_buffer[:P], y_buffer[:P]
                h2 = h2_kept[pairs] if keep else h2_buffer[:P]
                torch.add(row1[b, i, None], column1[b], out=h1.view(-1, L, H))
                h1.addmm_(z_flat[pairs], W1.T).relu_()
                torch.addmm(b2, h1, W2.T, out=h2).relu_()
                torch.add(row3[b, i, None], column3[b], out=y.view(-1, L, C))
                torch.addcmul(h2[:, :C], z_flat[pairs], gain, out=hz)
                y.addmm_(hz, W3[:, :C].T).addmm_(h2[:, C:], W3[:, C:].T)
                out[pairs], _, rstd[pairs] = torch.native_layer_norm(y, [C], None, None, _EPS)

        _shared(work, B, L, H)
        out = out.view(B, L, L, C)
        ctx.save_for_backward(z, row1, column1, W1, W2, W3, gain, h2_kept, out, rstd)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of all operands from that of the result."""
        z, row1, column1, W1, W2, W3, gain, h2_kept, out, rstd = ctx.saved_tensors
        (B, L, _, C), H = z.shape, len(W2)
        z_flat, out, d_out = (t.reshape(-1, C) for t in (z, out, d_out))
        d_z = torch.empty_like(z_flat)
        d_row1, d_row3 = torch.empty_like(row1), row1.new_empty(B, L, C)

        def work(blocks: Sequence[Block]) -> list[Tensor]:
            d_column1, d_column3 = torch.zeros_like(column1), torch.zeros_like(d_row3)
            d_W1, d_W2, d_W3, d_gain = (torch.zeros_like(W) for W in (W1, W2, W3, gain))
            d_b2 = z.new_zeros(H)
            buffers = _scratch(z, L, H, H, H, C)
            for b, i, pairs in blocks:
                z_b, h2, d_z_b = z_flat[pairs], h2_kept[pairs], d_z[pairs]
                h1, d_h1, d_h2, hz = (buffer[: len(z_b)] for buffer in buffers)

                d_y = _norm_grad(d_out[pairs], out[pairs], rstd[pairs])  # (P, C)
                torch.sum(d_y.view(-1, L, C), 1, out=d_row3[b, i])
                d_column3[b] += d_y.view(-1, L, C).sum(0)
                torch.addcmul(h2[:, :C], z_b, gain, out=hz)
                d_W3[:, :C].addmm_(d_y.T, hz)
                d_W3[:, C:].addmm_(d_y.T, h2[:, C:])

                torch.mm(d_y, W3, out=d_h2)
                torch.mul(d_h2[:, :C], gain, out=d_z_b)
                d_gain += torch.mul(d_h2[:, :C], z_b, out=hz).sum(0)
                torch.add(row1[b, i, None], column1[b], out=h1.view(-1, L, H))
                h1.addmm_(z_b, W1.T).relu_()
                _relu_grad_(d_h2, h2)
                d_W2.addmm_(d_h2.T, h1)
                d_b2 += d_h2.sum(0)

                _relu_grad_(torch.mm(d_h2, W2, out=d_h1), h1)
                torch.sum(d_h1.view(-1, L, H), 1, out=d_row1[b, i])
                d_column1[b] += d_h1.view(-1, L, H).sum(0)
                d_W1.addmm_(d_h1.T, z_b)

                d_z_b.addmm_(d_h1, W1)
            return [d_column1, d_column3, d_W1, d_W2, d_b2, d_W3, d_gain]

        d_column1, d_column3, *d_weights = _sums(_shared(work, B, L, H))
        return None, d_z.view_as(z), d_row1, d_column1, d_row3, d_column3, *d_weights


class BlockedEmbedder(torch.autograd.Function):
    """norm(W3 relu(W2 h1 + b2) + b3), with h1 the relu of the sum of three table rows.

    Operands as in `causeway.proteins.rigidssl.edges.EdgeEmbedder`.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        offset: Tensor,  # (B, L, L)
        bins: Tensor,  # (B, L, L)
        chain_table: Tensor,  # (B, C)
        offset_table: Tensor,  # (O, C)
        bin_table: Tensor,  # (1 + bins, C)
        W2: Tensor,  # (C, C)
        b2: Tensor,  # (C,)
        W3: Tensor,  # (C, C)
        b3: Tensor,  # (C,)
    ) -> Tensor:
        """Compute the normalised pairs (B, L, L, C)."""
        (B, L, _), C = offset.shape, len(W2)
        tables = chain_table[:, None] + bin_table, offset_table
        offset, bins = offset.flatten(), bins.flatten()
        out, rstd = W2.new_empty(len(offset), C), W2.new_empty(len(offset), 1)

        def work(blocks: Sequence[Block]) -> None:
            buffers = _scratch(out, L, C, C, C)
            for b, _, pairs in blocks:
                h1, h2, y = (buffer[: pairs.stop - pairs.start] for buffer in buffers)
                _embedder_hidden(h1, h2, b, offset[pairs], bins[pairs], tables, W2, b2)
                torch.addmm(b3, h2, W3.T, out=y)
                out[pairs], _, rstd[pairs] = torch.native_layer_norm(y, [C], None, None, _EPS)

        _shared(work, B, L, C)
        ctx.save_for_backward(offset, bins, *tables, W2, b2, W3, out, rstd)
        return out.view(B, L, L, C)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of all operands from that of the result."""
        offset, bins, *tables, W2, b2, W3, out, rstd = ctx.saved_tensors
        (B, L, _, C), rows = d_out.shape, len(tables[0][0])
        d_out = d_out.reshape(-1, C)
        one_hot = torch.eye(rows, dtype=W2.dtype)

        def work(blocks: Sequence[Block]) -> list[Tensor]:
            d_bins, d_offset = (torch.zeros_like(table) for table in tables)
            d_W2, d_W3 = torch.zeros_like(W2), torch.zeros_like(W3)
            d_b2, d_b3 = torch.zeros_like(b2), torch.zeros_like(b2)
            buffers = _scratch(out, L, C, C, C, C)
            for b, _, pairs in blocks:
                h1, h2, d_h1, d_h2 = (buffer[: pairs.stop - pairs.start] for buffer in buffers)
                _embedder_hidden(h1, h2, b, offset[pairs], bins[pairs], tables, W2, b2)

                d_y = _norm_grad(d_out[pairs], out[pairs], rstd[pairs])  # (P, C)
                d_W3.addmm_(d_y.T, h2)
                d_b3 += d_y.sum(0)

                _relu_grad_(torch.mm(d_y, W3, out=d_h2), h2)
                d_W2.addmm_(d_h2.T, h1)
                d_b2 += d_h2.sum(0)

                _relu_grad_(torch.mm(d_h2, W2, out=d_h1), h1)
                d_offset.index_add_(0, offset[pairs], d_h1)
                d_bins[b].addmm_(one_hot[bins[pairs]].T, d_h1)
            return [d_bins, d_offset, d_W2, d_b2, d_W3, d_b3]

        d_bins, d_offset, *d_weights = _sums(_shared(work, B, L, C))
        return None, None, d_bins.sum(1), d_offset, d_bins.sum(0), *d_weights


def _embedder_hidden(
    h1: Tensor,
    h2: Tensor,
    b: int,
    offset: Tensor,
    bins: Tensor,
    tables: Sequence[Tensor],
    W2: Tensor,
    b2: Tensor,
) -> None:
    """Fill the hidden layers of one block."""
    bin_table, offset_table = tables
    torch.index_select(offset_table, 0, offset, out=h1)
    torch.index_select(bin_table[b], 0, bins, out=h2)
    h1.add_(h2).relu_()
    torch.addmm(b2, h1, W2.T, out=h2).relu_()
