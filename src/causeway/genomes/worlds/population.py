"""Variable sites of a synthetic population, as the file of a real one.

Ancestral frequencies x have the density 1 / x of neutral sites; each population's is drawn around
it by a beta law with Wright's F (Balding, Nichols 1995, doi:10.1007/BF01441146).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysam
from numpy.typing import NDArray

from causeway.genomes.worlds.settings import PopulationLaw

LONGEST = 30
"""Bases of the longest indel."""
BASES = "ACGT"


class Site(NamedTuple):
    """One record of the file."""

    contig: str
    position: int
    """0-based."""
    ref: str
    alts: tuple[str, ...]
    """One alternative."""
    frequency: float
    """Mean over all people."""
    frequencies: tuple[float, ...]
    """One per population."""


def draw_records(
    contigs: Mapping[str, NDArray[np.uint8]], law: PopulationLaw, rng: np.random.Generator
) -> list[Site]:
    """Draw sites of contigs, sorted, without those whose bases are unknown.

    Parameters
    ----------
    contigs
        Codes of each.
    law
        Spacing, frequencies and populations.
    rng
        Source of randomness.
    """
    people = np.array(list(law.people.values()), dtype=np.float64)
    sites: list[Site] = []
    for name, codes in contigs.items():
        chosen = rng.random(len(codes)) < 1 / law.spacing
        places = np.flatnonzero(chosen & (codes < 4))
        frequencies = draw_frequencies(len(places), law, rng)
        mean = frequencies @ people / people.sum()
        indel = rng.random(len(places)) < law.indels
        for place, among, overall, long in zip(
            places.tolist(), frequencies, mean, indel, strict=True
        ):
            alleles = _indel(codes, place, law, rng) if long else _single(codes, place, rng)
            if alleles is None:
                continue
            ref, alt = alleles
            sites.append(Site(name, place, ref, (alt,), float(overall), tuple(among)))
    return sites


def draw_frequencies(
    sites: int, law: PopulationLaw, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Frequencies in each population, shape (sites, populations)."""
    low, high = np.log(law.frequency)
    ancestral = np.exp(rng.uniform(low, high, sites))[:, None]
    width = (1 - law.divergence) / law.divergence
    shape = (sites, len(law.people))
    return rng.beta(ancestral * width, (1 - ancestral) * width, shape)


def write_records(
    sites: Sequence[Site], contigs: Mapping[str, int], populations: Sequence[str], path: Path
) -> None:
    """Write a bgzipped VCF without genotypes, and its index.

    INFO has AF and one key per population, as 1000 Genomes has them: ``EUR_AF``.

    Parameters
    ----------
    sites
        Sorted.
    contigs
        Length of each.
    populations
        Names, in the order of the sites' frequencies.
    path
        Ends in ``.vcf.gz``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = ["AF", *(f"{name}_AF" for name in populations)]
    lines = ["##fileformat=VCFv4.2", "##source=synthetic"]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs.items()]
    lines += [
        f'##INFO=<ID={key},Number=A,Type=Float,Description="Allele frequency, {where}">'
        for key, where in zip(keys, ["all", *populations], strict=True)
    ]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]))
    for site in sites:
        values = (site.frequency, *site.frequencies)
        info = ";".join(f"{key}={value:.6g}" for key, value in zip(keys, values, strict=True))
        place = f"{site.contig}\t{site.position + 1}"
        lines.append(f"{place}\t.\t{site.ref}\t{','.join(site.alts)}\t.\tPASS\t{info}")
    with pysam.BGZFile(str(path), "w", None) as file:
        file.write(("\n".join(lines) + "\n").encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)


def _single(codes: NDArray[np.uint8], place: int, rng: np.random.Generator) -> tuple[str, str]:
    base = int(codes[place])
    return BASES[base], BASES[(base + int(rng.integers(1, 4))) % 4]


def _indel(
    codes: NDArray[np.uint8], place: int, law: PopulationLaw, rng: np.random.Generator
) -> tuple[str, str] | None:
    """REF and ALT with the base before the indel; None where the contig ends or is unknown."""
    length = min(int(rng.geometric(1 / max(law.indel_length, 1.0))), LONGEST)
    window = codes[place : place + length + 1]
    if len(window) <= length or (window > 3).any():
        return None
    letters = "".join(BASES[base] for base in window)
    if rng.random() < 0.5:
        return letters, letters[0]
    return letters[0], letters[0] + "".join(BASES[base] for base in rng.integers(0, 4, length))
