"""A whole synthetic world in the formats of real data."""

from pathlib import Path

import numpy as np

from causeway.genomes.worlds.genome import (
    draw_expression,
    draw_genome,
    write_genome,
    write_genome_truth,
)
from causeway.genomes.worlds.grammar import draw_grammar, write_grammar
from causeway.genomes.worlds.population import draw_records, write_records
from causeway.genomes.worlds.settings import GenomeWorld


def write_world(world: GenomeWorld, folder: Path, seed: int) -> None:
    """Write ``genome.fa.gz``, ``genes.gff3``, ``expression.csv`` and ``sites.vcf.gz``.

    What made them lies in the folder ``truth``: the grammar, planted motifs, families of
    promoters, and expression without noise.

    Parameters
    ----------
    world
        Laws of genome, grammar and population.
    folder
        Where to.
    seed
        Makes the world repeatable.
    """
    rng = np.random.default_rng(seed)
    grammar = draw_grammar(world.grammar, rng)
    genome = draw_genome(world.genome, grammar, rng)
    expression, clean = draw_expression(genome, grammar, world.grammar, rng)
    write_genome(genome, expression, folder)
    write_records(
        draw_records(genome.contigs, world.population, rng),
        {name: len(codes) for name, codes in genome.contigs.items()},
        list(world.population.people),
        folder / "sites.vcf.gz",
    )
    write_genome_truth(genome, clean, folder / "truth")
    write_grammar(grammar, folder / "truth")
