"""Rebuilt haplotypes are byte for byte what bcftools consensus makes."""

from pathlib import Path

import numpy as np
import pysam
import pytest
from naive import people
from pysam import bcftools

from causeway.genomes.reconstruction import anchored, free
from causeway.genomes.reference import InMemory
from causeway.genomes.sequence import decode, encode
from causeway.genomes.sites import normalise


def oracle(fasta: Path, records: list[tuple], folder: Path) -> bytes:
    """Sequence that bcftools makes of a contig and records (contig, position, ref, alt)."""
    name, length = records[0][0], pysam.FastaFile(str(fasta)).lengths[0]
    path = folder / "carried.vcf"
    lines = ["##fileformat=VCFv4.2", f"##contig=<ID={name},length={length}>"]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]))
    lines += [f"{contig}\t{at + 1}\t.\t{ref}\t{alt}\t.\t.\t." for contig, at, ref, alt in records]
    path.write_text("\n".join(lines) + "\n")
    packed = pysam.tabix_index(str(path), preset="vcf", force=True)
    made = bcftools.consensus("-f", str(fasta), packed)
    return "".join(made.splitlines()[1:]).upper().encode()


def rebuilt(codes, name, sites, carried, haplotype=0):
    found = people(sites, carried)
    whole = np.array([0]), np.array([len(codes)])
    return decode(free(codes, found, name, np.array([haplotype]), *whole)[0])


def slice_of_chromosome_20(shared_data):
    folder = shared_data / "genomes" / "chr20_1mb"
    fasta = folder / "z.fa"
    codes = encode(pysam.FastaFile(str(fasta)).fetch("z"))
    with pysam.VariantFile(str(folder / "z.vcf.gz")) as file:
        records = [(one.contig, one.start, one.ref, one.alts, one.info["AF"]) for one in file]
    usable = [
        (*record[:3], record[3], record[4][0])
        for record in records
        if len(record[3]) == 1 and record[3][0].isalpha()
    ]
    found = normalise((record[:4] for record in usable), InMemory({"z": codes}))
    return fasta, codes, usable, found


def test_all_sites_of_the_slice_at_once(shared_data, tmp_path):
    fasta, codes, records, found = slice_of_chromosome_20(shared_data)
    assert len(records) == len(found.sites) == 28_836
    assert found.refused.empty
    expected = oracle(fasta, [(*one[:3], one[3][0]) for one in records], tmp_path)
    made = rebuilt(codes, "z", found.sites, [range(len(found.sites)), []])
    assert made == expected
    assert rebuilt(codes, "z", found.sites, [[], []]) == decode(codes)


@pytest.mark.parametrize("seed", range(4))
def test_drawn_haplotypes_of_the_slice(shared_data, tmp_path, seed):
    fasta, codes, records, found = slice_of_chromosome_20(shared_data)
    frequency = np.array([records[record][4] for record in found.sites["record"]])
    carried = np.flatnonzero(np.random.default_rng(seed).random(len(frequency)) < frequency)
    assert 900 < len(carried) < 1400
    rows = sorted(found.sites["record"].iloc[carried])
    chosen = [(*records[row][:3], records[row][3][0]) for row in rows]
    expected = oracle(fasta, chosen, tmp_path)
    assert rebuilt(codes, "z", found.sites, [[], carried], haplotype=1) == expected
    # Windows anywhere are pieces of the whole.
    owner = people(found.sites, [carried, []])
    start = np.arange(0, 1_000_000 - 2048, 1024)
    windows = anchored(
        codes, owner, "z", np.zeros(len(start), int), start, start + 2048, start + 1024
    )
    at = 0
    for window in windows:
        # The slice has repeats, so each is looked for near the one before.
        at = expected.find(decode(window), at, at + 4096)
        assert at >= 0


@pytest.mark.parametrize(("alt", "same"), [("C", True), ("TAA", False)])
def test_bcftools_compares_whole_records_and_we_what_is_replaced(tmp_path, alt, same):
    fasta = tmp_path / "short.fa"
    fasta.write_text(">one\nGGCAAGG\n")
    records = [("one", 2, "CAA", alt), ("one", 4, "A", "G")]
    reference = InMemory({"one": encode("GGCAAGG")})
    found = normalise(((*record[:3], record[3:]) for record in records), reference)
    made = rebuilt(reference.arrays["one"], "one", found.sites, [range(2), []])
    assert (made == oracle(fasta, records, tmp_path)) == same
    assert made == (b"GGCGG" if alt == "C" else b"GGTAGGG")


def test_a_made_up_contig(tmp_path):
    rng = np.random.default_rng(1)
    letters = "".join(rng.choice(list("ACGT"), 3000))
    fasta = tmp_path / "made.fa"
    fasta.write_text(f">one\n{letters}\n")
    records = []
    for at in np.sort(rng.choice(np.arange(1, 2990), 900, replace=False)).tolist():
        kind = rng.choice(["single", "insertion", "deletion"], p=[0.6, 0.2, 0.2])
        ref = letters[at : at + 1 + (int(rng.integers(1, 6)) if kind == "deletion" else 0)]
        if kind == "single":
            alt = "ACGT"[("ACGT".index(ref) + int(rng.integers(1, 4))) % 4]
        else:
            more = int(rng.integers(1, 6)) if kind == "insertion" else 0
            alt = ref[0] + "".join(rng.choice(list("ACGT"), more))
        records.append(("one", at, ref, alt))
    # Records in normal form already, so that none moves past another.
    reference = InMemory({"one": encode(letters)})
    kept = [
        record
        for record in records
        if normalise([(*record[:3], record[3:])], reference).sites["position"][0]
        == record[1] + (len(record[2]) != len(record[3]))
    ]
    assert len(kept) > 700
    found = normalise(((*record[:3], record[3:]) for record in kept), reference)
    expected = oracle(fasta, kept, tmp_path)
    assert rebuilt(reference.arrays["one"], "one", found.sites, [range(len(kept)), []]) == expected
