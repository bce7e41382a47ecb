"""Sequences from every format, whatever the pieces they are read in, and what is refused."""

import numpy as np
import pysam
import pytest
from genome_files import compress, write_twobit

from causeway.errors import InputError
from causeway.genomes.reading import fasta, twobit
from causeway.genomes.reading.sequences import read_sequences
from causeway.genomes.sequence import decode, encode
from causeway.genomes.store import write_store

SEQUENCES = {
    "chr1": "ACGTNNacgtnnRYTTTACGATCG",
    "chr2": "T",
    "chrM": "NNNN" + "GATTACA" * 30 + "NN",
}


def whole(path) -> dict[str, str]:
    return {
        name: b"".join(decode(piece) for piece in pieces).decode()
        for name, pieces in read_sequences(path)
    }


@pytest.fixture
def expected() -> dict[str, str]:
    return {name: decode(encode(text)).decode() for name, text in SEQUENCES.items()}


@pytest.fixture
def plain(tmp_path):
    """FASTA with lines of 10 letters, descriptions and an empty line at its end."""
    path = tmp_path / "genome.fa"
    lines = []
    for name, text in SEQUENCES.items():
        lines += [f">{name} a description > of it"]
        lines += [text[k : k + 10] for k in range(0, len(text), 10)]
    path.write_text("\n".join([*lines, "", ""]))
    return path


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 11, 64, 1 << 22])
def test_pieces_of_any_size_make_the_same_records(plain, expected, monkeypatch, piece):
    monkeypatch.setattr(fasta, "PIECE", piece)
    assert whole(plain) == expected


@pytest.mark.parametrize("how", ["gzip", "bgzip"])
def test_compressed_files(plain, expected, how):
    assert whole(compress(plain, how)) == expected


def test_ends_of_lines_of_windows(plain, expected):
    plain.write_bytes(plain.read_bytes().replace(b"\n", b"\r\n"))
    assert whole(plain) == expected


def test_records_that_are_not_taken_are_passed_over(plain):
    assert [name for name, _ in read_sequences(plain)] == list(SEQUENCES)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("piece", [4, 8, 1 << 22])
def test_twobit(tmp_path, monkeypatch, order, version, piece):
    monkeypatch.setattr(twobit, "PIECE", piece)
    sequences = {
        name: text.replace("R", "N").replace("Y", "N") for name, text in SEQUENCES.items()
    }
    path = write_twobit(tmp_path / "genome.2bit", sequences, order, version)
    assert whole(path) == {name: text.upper() for name, text in sequences.items()}


def test_an_index_that_fits(plain, expected):
    pysam.faidx(str(plain))
    assert whole(plain) == expected


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (
            "chr1\t23\t5\t10\t11\nchr2\t1\t5\t1\t2\nchrM\t216\t9\t10\t11\n",
            "'chr1' it has 23 bases",
        ),
        ("chr1\t24\t5\t10\t11\nchr2\t1\t5\t1\t2\n", "'chrM' it has no such record"),
        ("chr1\tmany\n", "is damaged"),
    ],
)
def test_the_index_of_another_file(plain, index, words):
    plain.with_name("genome.fa.fai").write_text(index)
    with pytest.raises(InputError, match=rf"genome\.fa\.fai: .*{words}"):
        whole(plain)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no records"),
        ("ACGT\n", "begins with b'ACGT"),
        (">\nACGT\n", "a record has no name"),
        (">a\nACGT\n>a\nAC\n", "two records are named 'a'"),
        (">a\nACGT>b\nAC\n", "has > within a line"),
        (">protein\nMEEPQ\n", "record protein: 'E' stands for no nucleotide"),
        (">a\n>b\nAC\n", "'a' has no bases"),
    ],
)
def test_what_is_no_fasta(tmp_path, text, words):
    path = tmp_path / "wrong.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        write_store(read_sequences(path), tmp_path / "store", where=path)


@pytest.mark.parametrize("how", ["gzip", "bgzip"])
def test_truncated_files_are_noticed(plain, how):
    path = compress(plain, how)
    content = path.read_bytes()
    for cut in (len(content) - 28, len(content) // 2, 20):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match=r"genome\.fa\.gz: is damaged or not whole"):
            whole(path)
    broken = bytearray(content)
    broken[len(content) // 2] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(InputError, match="is damaged or not whole"):
        whole(path)


def test_a_bgzipped_file_cut_between_blocks_is_noticed(plain, tmp_path):
    path = compress(plain, "bgzip")
    path.write_bytes(path.read_bytes()[:-28])
    with pytest.raises(InputError, match="the last block of bgzip is missing"):
        whole(path)


def test_a_truncated_twobit_is_noticed(tmp_path):
    path = write_twobit(tmp_path / "genome.2bit", {"a": "ACGT" * 50, "b": "NNAC"})
    content = path.read_bytes()
    for cut in (len(content) - 1, 40, 20, 10):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match="is damaged or not whole"):
            whole(path)
    with pytest.raises(InputError, match="there is no such file"):
        whole(tmp_path / "none.fa")


def test_the_whole_genome_of_e_coli(shared_data, tmp_path):
    path = shared_data / "genomes/ecoli/GCF_000005845.2_ASM584v2_genomic.fna.gz"
    genome = write_store(read_sequences(path), tmp_path / "store", circular=["NC_000913.3"])
    assert genome.contigs == {"NC_000913.3": 4_641_652}
    start = "AGCTTTTCATTCTGACTGCAACGGGCAATATG"
    assert decode(genome.codes("NC_000913.3", 0, 32)).decode() == start
    around = genome.codes("NC_000913.3", -3, 32)
    assert np.array_equal(around[3:], encode(start))
    assert np.array_equal(around[:3], genome.codes("NC_000913.3", 4_641_649, 4_641_652))


def test_a_slice_of_chromosome_20_by_htslib(shared_data, tmp_path):
    path = shared_data / "genomes/chr20_1mb/z.fa"
    two_bit = write_store(read_sequences(path), tmp_path / "store", "two-bit")
    with pysam.FastaFile(str(path)) as file:
        text = file.fetch("z", 123_457, 223_456)
    assert np.array_equal(two_bit.codes("z", 123_457, 223_456), encode(text))
