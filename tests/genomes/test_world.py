"""Synthetic worlds: formats of real data, recoverable truth, and a null world without any."""

import json

import numpy as np
import pandas as pd
import pysam
import pytest
from naive import people

from causeway.errors import InputError
from causeway.genomes.coordinates import windows
from causeway.genomes.drawing import draw_people
from causeway.genomes.haplotypes import open_haplotypes, write_haplotypes
from causeway.genomes.personal import PersonalWindows
from causeway.genomes.phenformer.literature import read_truth
from causeway.genomes.reading.annotation import read_annotation
from causeway.genomes.reading.expression import read_expression
from causeway.genomes.reading.fasta import read_fasta
from causeway.genomes.reading.variants import read_records
from causeway.genomes.reference import InMemory
from causeway.genomes.sequence import decode, encode
from causeway.genomes.sites import normalise, with_frequencies
from causeway.genomes.worlds.differences import true_differences
from causeway.genomes.worlds.genome import (
    STOPS,
    draw_expression,
    draw_genome,
    starts_of,
    write_genome,
    write_genome_truth,
)
from causeway.genomes.worlds.grammar import diploid, draw_grammar
from causeway.genomes.worlds.liability import draw_diseases, write_diseases
from causeway.genomes.worlds.population import draw_frequencies, draw_records, write_records
from causeway.genomes.worlds.settings import GenomeWorld, LiabilityLaw

WORLD = GenomeWorld.model_validate(
    {
        "genome": {"genes": 120, "contigs": 3},
        "population": {"people": {"EUR": 60, "AFR": 30}},
        "liability": {"genes": 5, "diseases": 3, "polygenic_sites": 50},
    }
)


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    grammar = draw_grammar(WORLD.grammar, rng)
    return grammar, draw_genome(WORLD.genome, grammar, rng)


@pytest.fixture(scope="module")
def crowd(world, tmp_path_factory):
    _, genome = world
    folder = tmp_path_factory.mktemp("crowd")
    records = draw_records(genome.contigs, WORLD.population, np.random.default_rng(1))
    lengths = {name: len(codes) for name, codes in genome.contigs.items()}
    write_records(records, lengths, list(WORLD.population.people), folder / "sites.vcf.gz")
    keys = ["AF", "EUR_AF", "AFR_AF"]
    read = list(read_records(folder / "sites.vcf.gz", frequencies=keys))
    assert [record[:4] for record in read] == [record[:4] for record in records]
    found = normalise(read, InMemory(genome.contigs))
    columns = {"frequency": 0, "EUR": 1, "AFR": 2}
    sites = with_frequencies(
        found.sites,
        {name: [one.frequencies[at] for one in read] for name, at in columns.items()},
    )
    drawn = draw_people(sites, WORLD.population.people, 2)
    write_haplotypes(folder / "people", sites, drawn.people, drawn.indptr, drawn.indices)
    return open_haplotypes(folder / "people")


@pytest.fixture(scope="module")
def personal(world, crowd):
    _, genome = world
    return PersonalWindows(InMemory(genome.contigs), crowd, windows(genome.genes, 500, 100))


@pytest.fixture(scope="module")
def differences(world, personal):
    return true_differences(world[0], personal, 500)


def test_files_are_read_by_the_road_of_real_ones(world, tmp_path):
    grammar, genome = world
    seen, clean = draw_expression(genome, grammar, WORLD.grammar, np.random.default_rng(3))
    write_genome(genome, seen, tmp_path)
    write_genome_truth(genome, clean, tmp_path / "truth")
    for name, pieces in read_fasta(tmp_path / "genome.fa.gz"):
        np.testing.assert_array_equal(np.concatenate(list(pieces)), genome.contigs[name])
    with pysam.FastaFile(str(tmp_path / "genome.fa.gz")) as file:
        assert file.fetch("contig2", 100, 200).encode() == decode(
            genome.contigs["contig2"][100:200]
        )
    genes = read_annotation(tmp_path / "genes.gff3")
    columns = ["gene", "contig", "start", "end", "strand", "tss"]
    pd.testing.assert_frame_equal(genes[columns], genome.genes[columns])
    expression = read_expression(tmp_path / "expression.csv", "log1p")
    np.testing.assert_allclose(expression.X, seen, atol=1e-5)
    assert expression.var_names.tolist() == list(grammar.contexts)
    truth = pd.read_csv(tmp_path / "truth" / "planted.tsv", sep="\t")
    pd.testing.assert_frame_equal(truth, genome.planted)


def test_genes_and_motifs_are_where_the_tables_tell(world):
    grammar, genome = world
    reach = grammar.upstream
    around = starts_of(genome, reach, 6)
    assert set(genome.genes["strand"]) == {"+", "-"}
    rows = {gene: row for row, gene in enumerate(genome.genes["gene"])}
    words = dict(zip(grammar.motifs, grammar.consensus, strict=True))
    for gene, motif, place, turned in genome.planted.itertuples(index=False):
        word = encode(words[motif])
        found = around[rows[gene], place + reach : place + reach + len(word)]
        np.testing.assert_array_equal(found, (3 - word)[::-1] if turned else word)
    for row in around:
        assert decode(row[reach : reach + 3]) == b"ATG"
    own = genome.genes["family"] == genome.genes["gene"]
    rate = genome.planted.groupby("motif").size() / own.sum()
    assert rate.between(0.25, 0.55).all()
    assert 0 < (~own).sum() < 30


def test_coding_sequences_have_no_stop_within(world):
    _, genome = world
    for gene in genome.genes.itertuples():
        codes = genome.contigs[gene.contig][gene.start : gene.end]
        if gene.strand == "-":
            codes = (3 - codes)[::-1]
        letters = decode(codes).decode()
        codons = [letters[at : at + 3] for at in range(0, len(letters), 3)]
        assert codons[-1] in STOPS
        assert not set(codons[:-1]) & set(STOPS)


def test_expression_is_explained_by_the_planted_motifs(world):
    grammar, genome = world
    seen, clean = draw_expression(genome, grammar, WORLD.grammar, np.random.default_rng(4))
    explained = 1 - ((seen - clean) ** 2).to_numpy().mean() / seen.to_numpy().var(axis=0).mean()
    assert 0.6 < explained < 0.95
    # Counts of exact motifs, blind to places and saturation, tell much of it already.
    counts = genome.planted.groupby(["gene", "motif"]).size().unstack(fill_value=0)
    own = genome.genes["gene"][genome.genes["gene"] == genome.genes["family"]]
    counts = counts.reindex(own, fill_value=0).to_numpy(float)
    design = np.column_stack([np.ones(len(counts)), counts])
    values = clean.loc[own].to_numpy()
    fit = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    assert 1 - ((values - fit) ** 2).mean() / values.var(axis=0).mean() > 0.5


def test_frequencies_are_mostly_low_and_differ_between_populations():
    law = WORLD.population
    found = draw_frequencies(20_000, law, np.random.default_rng(5))
    low, high = law.frequency
    expected = (high - low) / np.log(high / low)
    np.testing.assert_allclose(found.mean(axis=0), expected, rtol=0.06)
    assert (found < 0.05).mean() > 0.5
    total = found.mean(axis=1)
    between = ((found - total[:, None]) ** 2).sum(axis=1).mean()
    # Of two populations, half the variance F x (1 - x) each.
    ancestral = np.log(high / low)
    heterozygosity = expected - (high**2 - low**2) / 2 / ancestral
    assert between == pytest.approx(law.divergence * heterozygosity, rel=0.1)


def test_differences_are_those_of_rebuilt_sequences(world, personal, differences, crowd):
    grammar, _ = world
    rng = np.random.default_rng(6)
    genes = rng.integers(0, 120, 40)
    persons = rng.integers(0, 90, 40)
    levels = [grammar.expression(personal.read(genes, 2 * persons + copy), 500) for copy in (0, 1)]
    reference = grammar.expression(personal.reference(genes), 500)
    expected = diploid(np.stack(levels, axis=1)) - reference
    np.testing.assert_allclose(differences[persons, genes], expected, atol=2e-6)
    assert (np.abs(differences).max(axis=0) > 0.3).sum() > 100


def test_someone_like_the_reference_differs_nowhere(world):
    grammar, genome = world
    sites = normalise(
        [("contig1", 2000, "ACGT"[genome.contigs["contig1"][2000]], ["N"])],
        InMemory(genome.contigs),
    ).sites
    personal = PersonalWindows(
        InMemory(genome.contigs), people(sites, [[], []]), windows(genome.genes, 500, 100)
    )
    assert not true_differences(grammar, personal, 500).any()


def test_diseases_rest_on_causal_expression(world, differences, crowd, tmp_path):
    grammar, genome = world
    names, contexts = genome.genes["gene"].tolist(), list(grammar.contexts)
    law = WORLD.liability
    found = draw_diseases(law, differences, names, contexts, crowd, np.random.default_rng(7))
    assert found.cases.columns.tolist() == ["person", "disease0", "disease1", "disease2"]
    np.testing.assert_allclose(found.cases.iloc[:, 1:].mean(), law.prevalence, atol=0.02)
    for disease, (name, truth) in enumerate(found.truth.items()):
        assert len(truth["genes"]) == law.genes
        genes = [names.index(gene) for gene in truth["genes"]]
        causal = [contexts.index(context) for context in truth["contexts"]]
        values = differences[:, genes][:, :, causal].astype(float)
        spread = values.std(axis=0)
        values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
        score = np.einsum("igk,g->i", values, list(truth["genes"].values()))
        liability = found.liability[:, disease]
        assert np.corrcoef(score, liability)[0, 1] > 0.5
        high = liability[found.cases[name] == 1].min()
        assert high > liability[found.cases[name] == 0].max()
    write_diseases(found, tmp_path)
    assert json.loads((tmp_path / "causal.json").read_text()) == found.truth
    known = read_truth(tmp_path / "contexts.tsv", list(found.truth), contexts)
    assert [set(np.array(contexts)[row]) for row in known.mask] == [
        set(truth["contexts"]) for truth in found.truth.values()
    ]
    assert set(known.sources.values()) == {"drawn"}


def test_the_null_world_has_no_causes(world, differences, crowd):
    grammar, genome = world
    law = WORLD.liability.model_copy(update={"null": True, "diseases": 40})
    found = draw_diseases(
        law,
        differences,
        genome.genes["gene"].tolist(),
        list(grammar.contexts),
        crowd,
        np.random.default_rng(8),
    )
    assert all(not one["genes"] and not one["sites"] for one in found.truth.values())
    flat = differences.reshape(90, -1)
    flat = flat[:, flat.std(axis=0) > 0.05]
    correlation = np.corrcoef(found.liability.T, flat.T)[:40, 40:]
    assert correlation.std() == pytest.approx(1 / np.sqrt(90), rel=0.15)


def test_too_many_causal_genes_are_refused(differences, crowd):
    law = LiabilityLaw(genes=5000)
    with pytest.raises(InputError, match=r"5000 causal genes, .* lower liability\.spread"):
        draw_diseases(law, differences, [], ["k"] * 12, crowd, np.random.default_rng(9))


def test_worlds_are_repeatable(world):
    _, genome = world
    rng = np.random.default_rng(0)
    again = draw_genome(WORLD.genome, draw_grammar(WORLD.grammar, rng), rng)
    for name, codes in genome.contigs.items():
        np.testing.assert_array_equal(again.contigs[name], codes)
