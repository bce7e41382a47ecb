"""People read by the first stage: exact zeros, and a step that was killed."""

import numpy as np
import pandas as pd
import pytest
import tiny_study
import torch
from naive import people, table

from causeway import memory
from causeway.errors import InputError
from causeway.genomes.genes import gene_table, write_genes
from causeway.genomes.haplotypes import write_haplotypes
from causeway.genomes.phenformer import embed as step
from causeway.genomes.phenformer.backbones import Reading
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.sequence import decode
from causeway.genomes.store import write_store

WIDTH, GENES = 64, 40
CONTIG = np.random.default_rng(0).integers(0, 4, 3000, dtype=np.uint8)


class Unsteady:
    """A backbone whose last digits hang on the batch, as those of real ones do, but more so."""

    window, width, contexts, peak = WIDTH, 3, ["a", "b"], 1.0
    size = tiny_study.ENCODER.model_copy(update={"window": WIDTH, "anchor": 0.5})

    def __init__(self):
        self.read_windows = 0
        self.random = torch.Generator().manual_seed(0)

    def read(self, codes):
        self.read_windows += len(codes)
        weights = torch.linspace(0.1, 1, WIDTH * 3).reshape(WIDTH, 3)
        exact = 1 + codes.float() @ weights / WIDTH
        noise = 1e-3 * torch.rand(exact.shape, generator=self.random)
        return Reading(exact + noise, exact[:, :2] + noise[:, :2])


@pytest.fixture
def files(tmp_path):
    base = decode(CONTIG[1001:1002]).decode()
    sites = table(
        {
            "c": [
                # A deletion of what lies just before the first window leaves it as it was.
                (958, decode(CONTIG[958:968]).decode(), ""),
                (1001, base, "A" if base != "A" else "C"),
            ]
        }
    )
    found = people(sites, [[], [], [0], [0], [1], [], [1], [1]])
    write_haplotypes(tmp_path / "people", sites, found.people, found.indptr, found.indices)
    write_store([("c", [CONTIG])], tmp_path / "genome")
    starts = np.arange(1000, 1000 + 50 * GENES, 50)
    rows = pd.DataFrame({"gene": [f"g{start}" for start in starts], "contig": "c", "strand": "+"})
    genes = gene_table(rows.assign(start=starts, end=starts + 30), tmp_path)
    write_genes(genes, tmp_path / "genes.parquet")
    return tmp_path


def embedded(files, model, monkeypatch, name, chunk=8):
    monkeypatch.setattr(step, "load", lambda path: model)
    step.embed(
        genome=files / "genome",
        genes=files / "genes.parquet",
        cohort=files / "people",
        checkpoint=files / "expression.ckpt",
        embedded=files / name,
        screening=tiny_study.SCREENING.model_copy(update={"chunk": chunk, "genes": GENES}),
        hardware=tiny_study.HARDWARE,
        threads=1,
        resume=files / f"resume-{name}",
    )
    return open_embedded(files / name)


@pytest.mark.parametrize("chunk", [1, 3, 64])
def test_equal_windows_differ_by_exactly_nothing(files, monkeypatch, chunk):
    model = Unsteady()
    found = embedded(files, model, monkeypatch, "embedded", chunk)
    # One person is the reference, one differs by the deletion that the first window does not see.
    assert not found.differences[:2].any()
    assert not found.embeddings[:2].any()
    assert found.differences[2, 0].any()
    assert found.embeddings[2, 0].any()
    # Both people with the allele share its result: once, and twice.
    one, two = found.embeddings[2:4, 0]
    assert 2 * one == pytest.approx(two, rel=1e-5)
    # Windows of the reference, and those few that see the allele.
    assert 40 < model.read_windows <= 43


def test_small_differences_survive(files, monkeypatch):
    class Faint(Unsteady):
        def read(self, codes):
            exact = (codes.float().sum(dim=1, keepdim=True) * 1e-9).expand(-1, 3)
            return Reading(exact, exact[:, :2])

    found = embedded(files, Faint(), monkeypatch, "embedded")
    assert found.embeddings.dtype == np.float32
    assert 0 < np.abs(found.embeddings[3, 0]).max() < 6e-8


def test_a_killed_step_reads_no_finished_block_again(files, monkeypatch):
    whole = embedded(files, Unsteady(), monkeypatch, "whole")
    model = Unsteady()
    read, blocks = step.embedding.embed, []

    def killed(*arguments, **options):
        if len(blocks) == 2:
            raise RuntimeError("killed")
        blocks.append(1)
        return read(*arguments, **options)

    monkeypatch.setattr(step.embedding, "embed", killed)
    with pytest.raises(RuntimeError, match="killed"):
        embedded(files, model, monkeypatch, "broken")
    before = model.read_windows
    assert not (files / "broken").exists()
    blocks[:] = []
    found = embedded(files, model, monkeypatch, "broken")
    # 40 genes are three blocks, two of which were done.
    assert len(blocks) == 1
    assert model.read_windows - before < 16
    assert np.array_equal(found.embeddings, whole.embeddings)
    assert np.array_equal(found.differences, whole.differences)


def test_too_many_people_and_genes_are_refused_before_reading(files, monkeypatch):
    # Four people, 40 genes and five times a block of 16, 5 numbers of four bytes.
    monkeypatch.setattr(memory, "available", lambda: 4 * (40 + 5 * 16) * 5 * 4 - 1)
    model = Unsteady()
    with pytest.raises(InputError, match=r"screening\.genes"):
        embedded(files, model, monkeypatch, "embedded")
    assert not model.read_windows
