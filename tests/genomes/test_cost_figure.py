"""The figure of costs shows what the formulas give, and where the study stands."""

import anndata
import numpy as np
import pandas as pd
import pytest
from drawn_figures import legend_of, title_of, told

from causeway.genomes.phenformer import draw_cost as step
from causeway.genomes.phenformer.cost import (
    dense_flops,
    genome_flops,
    haplotype_flops,
    inference_memory,
)
from causeway.genomes.phenformer.cost_plots import KINDS, cost
from causeway.genomes.phenformer.settings import Screening, Variant
from causeway.genomes.phenformer.sizes import SIZES, EncoderSize, GenomeSize, Size


def of_windows(number, **genome):
    encoder = EncoderSize(window=2048, halvings=5, stem=32, width=64, layers=2, heads=4)
    size = GenomeSize(width=64, layers=3, heads=4, **genome)
    return Size(encoder=encoder, genome=size, windows=number, contexts=7)


def costs(number, **genome):
    rows = step.costs(of_windows(number, **genome))
    return {(kind, quantity): value for kind, quantity, _, value in rows}


def test_two_scales_read_each_window_apart_and_then_all_genes():
    size = of_windows(30)
    found = costs(30)
    read = haplotype_flops(size) + genome_flops(size.genome, 30, 7)
    assert found["two-scale", step.OPERATIONS] == read
    # One window has nothing else to see: reading it densely is reading it.
    assert costs(1)["dense", step.OPERATIONS] == pytest.approx(haplotype_flops(of_windows(1)))


def test_dense_attention_grows_with_the_square_and_two_scales_do_not():
    dense = [costs(number)["dense", step.OPERATIONS] for number in (10**5, 2 * 10**5)]
    assert dense[1] / dense[0] == pytest.approx(4, rel=0.01)
    ours = [costs(number)["two-scale", step.OPERATIONS] for number in (10, 20)]
    assert ours[1] / ours[0] == pytest.approx(2, rel=0.05)


def test_memory_of_two_scales_is_that_of_a_window_until_tokens_take_more():
    window = inference_memory(of_windows(1).encoder)
    assert costs(2)["two-scale", step.MEMORY] == window
    tokens = 4 * step.COPIES * 10**6 * 64
    assert costs(10**6)["two-scale", step.MEMORY] == tokens
    assert costs(10**6, tokens="gene_x_context")["two-scale", step.MEMORY] == 7 * tokens


def test_at_the_published_length_two_scales_cost_far_less():
    found = {(kind, what): value for kind, what, _, value in step.costs(SIZES["paper"])}
    for what in (step.OPERATIONS, step.MEMORY):
        assert found["dense", what] > 20 * found["two-scale", what]
    assert found["dense", step.OPERATIONS] >= dense_flops(SIZES["paper"])


def test_the_figure_marks_the_study():
    rows = [row for number in (1, 10, 30) for row in step.costs(of_windows(number))]
    table = pd.DataFrame(rows, columns=["kind", "quantity", "windows", "value"])
    figure = cost(table, 10)
    titles = [title_of(axes) for axes in figure.axes]
    assert titles == [step.OPERATIONS, step.MEMORY]
    for axes, quantity in zip(figure.axes, titles, strict=True):
        marked = [line for line in axes.lines if line.get_marker() == "o"]
        wanted = [costs(10)[kind, quantity] for kind in KINDS]
        assert [line.get_ydata()[0] for line in marked] == wanted
        assert {line.get_xdata()[0] for line in marked} == {10}
    assert legend_of(figure) == [*KINDS.values(), "10 windows"]


def test_the_step_takes_contexts_from_the_data(tmp_path):
    anndata.AnnData(np.zeros((3, 5), dtype=np.float32)).write_h5ad(tmp_path / "e.h5ad")
    size = of_windows(30)
    for name in ("once", "twice"):
        step.draw_cost(
            expression=tmp_path / "e.h5ad",
            encoder=size.encoder,
            size=size.genome,
            screening=Screening(genes=30),
            ablation=Variant(),
            dataset="toy",
            cost=tmp_path / f"{name}.svg",
        )
    text = (tmp_path / "once.svg").read_text()
    assert told(text).endswith("dataset toy: windows of 2,048 bp, 5 contexts")
    assert (tmp_path / "twice.svg").read_text() == text
