"""The streamed forward pass of a haplotype, and what it costs."""

import subprocess
import sys

import pytest
import torch
from expression_data import CONTEXTS, SMALL, windows
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from causeway import memory
from causeway.errors import InputError
from causeway.genomes.phenformer import cost
from causeway.genomes.phenformer.embedding import embed
from causeway.genomes.phenformer.expression_model import ExpressionModel
from causeway.genomes.phenformer.sizes import SIZES
from causeway.genomes.sequence import reverse_complement

CODES = windows(50).numpy()


def model(size=SMALL):
    torch.manual_seed(0)
    return ExpressionModel(CONTEXTS, size)


def read(rows):
    return CODES[rows]


def test_the_result_does_not_depend_on_the_chunk():
    found = [embed(model(), read, 50, chunk=chunk) for chunk in (1, 8, 50, None)]
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert torch.allclose(a, b, atol=1e-5)
    whole = model().eval().read(torch.from_numpy(CODES))
    assert torch.allclose(whole.vectors, found[0].vectors, atol=1e-5)
    assert torch.allclose(whole.expression, found[0].expression, atol=1e-5)


def test_nothing_is_asked_for_twice_and_no_gradient_is_kept():
    asked = []

    def noted(rows):
        asked.append(rows.tolist())
        return CODES[rows]

    found = embed(model(), noted, 50, chunk=20)
    assert [row for rows in asked for row in rows] == list(range(50))
    assert [len(rows) for rows in asked] == [20, 20, 10]
    assert not found.vectors.requires_grad
    assert found.vectors.shape == (50, 32)
    assert found.expression.shape == (50, 3)


def test_equal_windows_give_equal_results():
    first, second = (embed(model(), read, 50, chunk=8) for _ in range(2))
    assert torch.equal(first.vectors, second.vectors)
    assert torch.equal(first.expression, second.expression)


def test_both_strands_are_no_strand():
    found = embed(model(), read, 50, both_strands=True)
    other = embed(model(), lambda rows: reverse_complement(CODES[rows]), 50, both_strands=True)
    assert torch.allclose(found.vectors, other.vectors, atol=1e-6)
    assert not torch.allclose(found.vectors, embed(model(), read, 50).vectors, atol=1e-3)


def test_too_little_memory_is_told_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1_000_000)

    def never(rows):
        raise AssertionError

    with pytest.raises(InputError, match=r"person 7: reading 50,000 windows needs .* are free"):
        embed(model(), never, 50_000, chunk=8, what="person 7")


GROWTH = """
import resource
import numpy as np, torch
from causeway.genomes.phenformer.embedding import embed
from causeway.genomes.phenformer.expression_model import ExpressionModel
from causeway.genomes.phenformer.sizes import EncoderSize
torch.set_num_threads(1)
size = EncoderSize(window=2048, halvings=5, stem=16, width=32, layers=1, heads=4)
model = ExpressionModel(["a"], size)
def read(rows):
    return np.full((len(rows), 2048), 1, dtype=np.uint8)
def peak(windows):
    embed(model, read, windows, chunk=8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
first = peak(16)
print(peak(256) - first)
"""


def test_the_peak_does_not_grow_with_the_haplotype():
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True
    )
    # In KiB; all windows at once would take a hundred times as much.
    assert int(done.stdout) < 2_000


@pytest.mark.parametrize(
    ("name", "window", "haplotype"),
    [("tiny", 0.05e9, 6.4e9), ("base", 5.2e9, 2.3e12), ("paper", 682e9, 305e12)],
)
def test_operations_are_those_of_the_table(name, window, haplotype):
    assert cost.window_flops(SIZES[name].encoder) == pytest.approx(window, rel=0.01)
    assert cost.haplotype_flops(SIZES[name]) == pytest.approx(haplotype, rel=0.01)


def test_operations_are_what_torch_counts():
    size = SIZES["tiny"].encoder
    encoder = ExpressionModel(CONTEXTS, size).encoder.eval()
    # The fused attention of CPUs is not counted.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        encoder(torch.zeros(1, size.window, dtype=torch.uint8))
    assert cost.window_flops(size) == pytest.approx(counter.get_total_flops(), rel=0.02)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_memory_of_training_is_what_autograd_keeps(checkpointing):
    size = SIZES["tiny"].encoder.model_copy(
        update={"checkpointing": checkpointing, "dropout": 0.0}
    )
    encoder, kept = ExpressionModel(CONTEXTS, size).encoder, {}
    own = {weight.untyped_storage().data_ptr() for weight in encoder.parameters()}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        out = encoder(torch.zeros(4, size.window, dtype=torch.uint8))
    assert out.requires_grad
    found, told = sum(kept.values()) / 4, cost.training_memory(size)
    if checkpointing:  # told is also what is computed anew
        assert found < told < cost.training_memory(SIZES["tiny"].encoder) / 2
    else:
        assert told == pytest.approx(found, rel=0.03)


def test_genes_and_contexts_cost_less_by_axes():
    both = SIZES["base"].genome.model_copy(update={"tokens": "gene_x_context"})
    axial = cost.genome_flops(both, 448, 54)
    dense = both.layers * cost.block_flops(448 * 54, both.width)
    assert cost.genome_flops(SIZES["base"].genome, 448, 54) < axial < dense / 3
    assert cost.dense_flops(SIZES["paper"]) > 20 * cost.haplotype_flops(SIZES["paper"])
