"""Synthetic genomes: random contigs, genes on both strands, motifs planted before their starts.

Each gene has a slot of its own, with room for the bases before its start. What is drawn is written
in the formats of real genomes and takes the same road: bgzipped FASTA, GFF3 and a CSV of
expression.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pysam
from numpy.typing import NDArray

from causeway.genomes.sequence import UNKNOWN, decode, encode, reverse_complement
from causeway.genomes.worlds.grammar import Grammar, observed
from causeway.genomes.worlds.settings import GenomeLaw, GrammarLaw

STOPS = ("TAA", "TAG", "TGA")
"""Codons that end a coding sequence."""
LINE = 60
"""Bases of a line of FASTA."""
TRIES = 20
"""Places that are tried for a motif before it is not planted."""


class DrawnGenome(NamedTuple):
    """A synthetic genome."""

    contigs: dict[str, NDArray[np.uint8]]
    """Codes of each contig, on the forward strand."""
    genes: pd.DataFrame
    """Columns as of :mod:`causeway.genomes.genes`, by contig and place, and ``family``: the gene
    whose promoter was copied, or the gene itself."""
    planted: pd.DataFrame
    """Columns ``gene``, ``motif``, ``place`` (of the first base, relative to the start) and
    ``turned`` (whether the motif is on the other strand); not of copied promoters."""


def draw_genome(law: GenomeLaw, grammar: Grammar, rng: np.random.Generator) -> DrawnGenome:
    """Draw contigs and genes, and plant motifs.

    Parameters
    ----------
    law
        Sizes and shares; the spacing of genes exceeds what a gene and its motifs take.
    grammar
        Motifs and where they act.
    rng
        Source of randomness.
    """
    counts = [len(part) for part in np.array_split(np.arange(law.genes), law.contigs)]
    contigs: dict[str, NDArray[np.uint8]] = {}
    rows: list[tuple[str, str, int, int, str, int, str]] = []
    planted: list[tuple[str, str, int, bool]] = []
    promoters: list[tuple[str, NDArray[np.uint8]]] = []
    for number, count in enumerate(counts):
        name = f"contig{number + 1}"
        bases = rng.choice(4, law.spacing * count, p=_composition(law.gc)).astype(np.uint8)
        gap = np.full(round(law.gap * len(bases)), UNKNOWN, dtype=np.uint8)
        for slot in range(count):
            gene = f"G{len(rows) + 1:05d}"
            piece = bases[slot * law.spacing : (slot + 1) * law.spacing]
            coding = _coding_sequence(law, rng)
            room = law.spacing - grammar.upstream - len(coding)
            start = grammar.upstream + int(rng.integers(0, room + 1))
            piece[start : start + len(coding)] = coding
            promoter = piece[start - grammar.upstream : start]
            family = gene
            if promoters and rng.random() < law.paralogs:
                family, copied = promoters[rng.integers(len(promoters))]
                anew = rng.random(len(copied)) < law.divergence
                promoter[:] = np.where(anew, promoter, copied)
            else:
                planted += [(gene, *found) for found in _plant(promoter, law, grammar, rng)]
                promoters.append((gene, promoter.copy()))
            reverse = bool(rng.random() < 0.5)
            if reverse:
                piece[:] = reverse_complement(piece)
                start = law.spacing - start - len(coding)
            low = len(gap) + slot * law.spacing + start
            high = low + len(coding)
            tss = high - 1 if reverse else low
            rows.append((gene, name, low, high, "-" if reverse else "+", tss, family))
        contigs[name] = np.concatenate([gap, bases])
    genes = pd.DataFrame(
        rows, columns=["gene", "contig", "start", "end", "strand", "tss", "family"]
    )
    genes = genes.assign(name=genes["gene"], operon="", biotype="protein_coding")
    columns = ["gene", "motif", "place", "turned"]
    return DrawnGenome(contigs, genes, pd.DataFrame(planted, columns=columns))


def starts_of(genome: DrawnGenome, upstream: int, downstream: int) -> NDArray[np.uint8]:
    """Codes around all transcription starts on the genes' strands, (genes, upstream + downstream).

    The start has index ``upstream``; what is off a contig is 4 (N).
    """
    found = np.full((len(genome.genes), upstream + downstream), UNKNOWN, dtype=np.uint8)
    genes = genome.genes
    for row, name, tss, strand in zip(
        found, genes["contig"], genes["tss"].tolist(), genes["strand"], strict=True
    ):
        contig = genome.contigs[name]
        begin = tss - (downstream - 1 if strand == "-" else upstream)
        low, high = max(0, begin), min(len(contig), begin + len(row))
        row[low - begin : high - begin] = contig[low:high]
        if strand == "-":
            row[:] = reverse_complement(row)
    return found


def draw_expression(
    genome: DrawnGenome, grammar: Grammar, law: GrammarLaw, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Expression of genes by contexts in log1p(TPM): as it is observed, and without noise."""
    upstream, downstream = grammar.reach
    clean = grammar.expression(starts_of(genome, upstream, downstream), upstream)
    noisy = observed(clean, law, rng)
    tables = (
        pd.DataFrame(values, index=genome.genes["gene"], columns=list(grammar.contexts))
        for values in (noisy, clean)
    )
    seen, true = tables
    return seen, true


def write_genome(genome: DrawnGenome, expression: pd.DataFrame, folder: Path) -> None:
    """Write ``genome.fa.gz`` (bgzipped, indexed), ``genes.gff3`` and ``expression.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    fasta = folder / "genome.fa.gz"
    with pysam.BGZFile(str(fasta), "w", None) as file:
        for name, codes in genome.contigs.items():
            file.write(f">{name}\n".encode())
            letters = decode(codes)
            for first in range(0, len(letters), LINE):
                file.write(letters[first : first + LINE] + b"\n")
    pysam.faidx(str(fasta))
    (folder / "genes.gff3").write_text(_gff(genome))
    expression.to_csv(folder / "expression.csv", float_format="%.6f")


def write_genome_truth(genome: DrawnGenome, clean: pd.DataFrame, folder: Path) -> None:
    """Write ``planted.tsv``, ``families.tsv`` and ``expression.tsv`` (without noise)."""
    folder.mkdir(parents=True, exist_ok=True)
    genome.planted.to_csv(folder / "planted.tsv", sep="\t", index=False)
    families = genome.genes[["gene", "family"]]
    families.to_csv(folder / "families.tsv", sep="\t", index=False)
    clean.to_csv(folder / "expression.tsv", sep="\t", float_format="%.6f")


def _composition(gc: float) -> list[float]:
    return [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]


def _coding_sequence(law: GenomeLaw, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Codes of a start codon, random codons and a stop codon."""
    codons = int(rng.integers(law.coding[0], law.coding[1] + 1)) // 3
    stops = np.array([encode(stop) for stop in STOPS])
    body = rng.choice(4, (codons, 3), p=_composition(law.gc)).astype(np.uint8)
    while (wrong := (body[:, None] == stops).all(axis=2).any(axis=1)).any():
        body[wrong] = rng.choice(4, (int(wrong.sum()), 3), p=_composition(law.gc))
    body[0] = encode("ATG")
    body[-1] = stops[rng.integers(len(stops))]
    return body.reshape(-1)


def _plant(
    promoter: NDArray[np.uint8], law: GenomeLaw, grammar: Grammar, rng: np.random.Generator
) -> list[tuple[str, int, bool]]:
    """Write preferred sequences of some motifs into a promoter, apart from each other."""
    taken = np.zeros(len(promoter), dtype=bool)
    found = []
    for motif, name in enumerate(grammar.motifs):
        if rng.random() >= law.planted:
            continue
        word = encode(grammar.consensus[motif])
        turned = bool(grammar.either_strand and rng.random() < 0.5)
        for _ in range(TRIES):
            place = round(rng.normal(grammar.centre[motif], grammar.spread[motif]))
            at = slice(place + len(promoter), place + len(promoter) + len(word))
            if at.start < 0 or at.stop > len(promoter) or taken[at].any():
                continue
            promoter[at] = reverse_complement(word) if turned else word
            taken[at] = True
            found.append((name, place, turned))
            break
    return found


def _gff(genome: DrawnGenome) -> str:
    """Genes and their coding sequences, counted from one."""
    lines = ["##gff-version 3"]
    lines += [f"##sequence-region {name} 1 {len(codes)}" for name, codes in genome.contigs.items()]
    columns = ["gene", "contig", "start", "end", "strand"]
    for gene, contig, start, end, strand in genome.genes[columns].to_numpy().tolist():
        place = f"{start + 1}\t{end}\t.\t{strand}"
        about = f"ID={gene};Name={gene};gene_biotype=protein_coding"
        lines.append(f"{contig}\tsynthetic\tgene\t{place}\t.\t{about}")
        lines.append(f"{contig}\tsynthetic\tCDS\t{place}\t0\tID={gene}.cds;Parent={gene}")
    return "\n".join(lines) + "\n"
