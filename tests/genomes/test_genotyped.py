"""Genotypes of files: phases, what was not called, and which sites haplotypes carry."""

import numpy as np
import pandas as pd
import pytest

from causeway.errors import InputError
from causeway.genomes.genotyped import genotyped
from causeway.genomes.haplotypes import open_haplotypes, write_haplotypes
from causeway.genomes.phasing import resolve
from causeway.genomes.reading.variants import read_records
from causeway.genomes.reconstruction import free
from causeway.genomes.reference import InMemory
from causeway.genomes.sequence import decode, encode

REFERENCE = InMemory({"one": encode("ACGTACGTAC")})
HEADER = """##fileformat=VCFv4.2
##contig=<ID=one,length=10>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2
"""


def record(position, ref, alt, one, two):
    return f"one\t{position}\t.\t{ref}\t{alt}\t.\tPASS\t.\tGT\t{one}\t{two}\n"


def made(tmp_path, records, **options):
    path = tmp_path / "people.vcf"
    path.write_text(HEADER + "".join(record(*one) for one in records))
    read = read_records(path, genotypes=True)
    found = genotyped(read, REFERENCE, 2, where="people.vcf", **options)
    people = pd.DataFrame({"person": ["P1", "P2"]})
    write_haplotypes(tmp_path / "out", found.sites, people, found.indptr, found.indices)
    opened = open_haplotypes(tmp_path / "out")
    whole = np.zeros(4, np.int64), np.full(4, 10)
    codes = free(REFERENCE.arrays["one"], opened, "one", np.arange(4), *whole)
    return [decode(row).decode() for row in codes], found


def test_phased_genotypes(tmp_path):
    sequences, found = made(
        tmp_path,
        [
            (1, "A", "G", "0|1", "1|1"),
            (3, "G", "T,GAA", "1|2", "0|0"),
            (5, "ACG", "A,*", "0|1", "2|0"),
            (8, "T", "<DEL>", "0|1", "0|0"),
        ],
    )
    assert sequences == ["ACTTACGTAC", "GCGAATATAC", "GCGTACGTAC", "GCGTACGTAC"]
    assert found.counts["carried alleles that are no sites"] == 2
    assert found.refused["number"].tolist() == [1, 1]


def test_what_is_missing_is_the_reference_and_counted(tmp_path):
    sequences, found = made(tmp_path, [(1, "A", "G", "./.", ".|1"), (3, "G", "T", "1", "1|0")])
    assert sequences == ["ACTTACGTAC", "ACGTACGTAC", "ACTTACGTAC", "GCGTACGTAC"]
    assert found.counts["alleles not called, taken as the reference"] == 3
    assert found.counts["second copies of people with one, taken as the reference"] == 1


def test_unphased_heterozygotes_are_refused_unless_told(tmp_path):
    records = [(3, "G", "T", "1/1", "0|1"), (4, "T", "C", "0/1", "0/0")]
    with pytest.raises(InputError, match=r"people.vcf, one:4: .* without phase: 1 of 2 people"):
        made(tmp_path, records)
    sequences, found = made(tmp_path, records, unphased="reference")
    assert sequences == ["ACTTACGTAC", "ACTTACGTAC", "ACGTACGTAC", "ACTTACGTAC"]
    assert found.counts["unphased heterozygous genotypes, reference"] == 1
    sequences, _ = made(tmp_path, records, unphased="random", seed=1)
    assert sorted(sequence[3] for sequence in sequences[:2]) == ["C", "T"]
    assert made(tmp_path, records, unphased="random", seed=1)[0] == sequences


def test_unknown_phase_as_n(tmp_path):
    records = [
        (2, "C", "T", "0/1", "1|1"),
        (4, "T", "TGG", "0/1", "0|1"),
        (6, "CG", "C", "0/1", "0|0"),
    ]
    sequences, found = made(tmp_path, records, unphased="iupac")
    assert sequences == ["ANGTACNTAC", "ANGTACNTAC", "ATGTACGTAC", "ATGTGGACGTAC"]
    assert found.sites["allele"].tolist() == [1, -1, 1, 1, -1]
    # An insertion replaces nothing, so there is nothing to make unknown.
    assert found.counts["carried alleles that are no sites"] == 2


@pytest.mark.parametrize("variants", ["all", "snps"])
def test_a_site_of_two_records_keeps_all_who_carry_it(tmp_path, variants):
    records = [
        (3, "GT", "GC,G", "1|0", "0|0"),
        (4, "T", "A,C", "2|0", "0|2"),
        (6, "C", "A", "0|1", "0|0"),
    ]
    sequences, found = made(tmp_path, records, variants=variants)
    assert sequences == ["ACGCACGTAC", "ACGTAAGTAC", "ACGTACGTAC", "ACGCACGTAC"]
    assert found.counts["carried alleles of repeated sites, merged with the first"] == 2
    assert found.counts["carried alleles that are no sites"] == 0
    assert found.refused.set_index("reason")["number"]["repeated site"] == 1


def test_unknown_phase_in_a_second_record_masks_the_first(tmp_path):
    records = [(4, "T", "C", "0|0", "1|1"), (4, "T", "C", "0/1", "0|0")]
    sequences, found = made(tmp_path, records, unphased="iupac")
    assert sequences == ["ACGNACGTAC", "ACGNACGTAC", "ACGCACGTAC", "ACGCACGTAC"]
    assert found.sites["allele"].tolist() == [1, -1]


def test_tosses_are_fair():
    alleles = np.tile(np.array([0, 1], dtype=np.int8), (4000, 1))
    rng = np.random.default_rng(0)
    found = resolve(alleles, np.zeros(4000, bool), "random", rng, "x").alleles
    assert (found.sum(axis=1) == 1).all()
    assert abs(found[:, 0].mean() - 0.5) < 0.03


def test_sites_alone_are_refused(tmp_path):
    path = tmp_path / "people.vcf"
    path.write_text(HEADER + record(1, "A", "G", "0|1", "0|0"))
    with pytest.raises(InputError, match="has no genotypes"):
        genotyped(read_records(path), REFERENCE, 2)
