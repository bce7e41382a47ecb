"""Genomes on disk give back what was written, in both packings and at every edge."""

import hashlib
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from causeway import memory
from causeway.errors import InputError
from causeway.genomes import sequence
from causeway.genomes import store as stores
from causeway.genomes.packing import pack, unknown_runs, unpack
from causeway.genomes.sequence import decode, encode, reverse_complement
from causeway.genomes.store import open_store, write_store
from causeway.genomes.windows import Windows, read_windows

PACKINGS = ["byte", "two-bit"]
LENGTHS = {"one": 1, "chr1": 1_003, "ring": 57, "chr2": 640}


@pytest.fixture(scope="module")
def contigs() -> dict[str, np.ndarray]:
    """Random bases with runs of N, also at the ends."""
    rng = np.random.default_rng(0)
    made = {}
    for name, length in LENGTHS.items():
        codes = rng.integers(0, 4, length).astype(np.uint8)
        for start in rng.integers(0, length, 4):
            codes[start : start + 5] = 4
        made[name] = codes
    made["chr1"][:9] = made["chr1"][-2:] = 4
    return made


@pytest.fixture(params=PACKINGS)
def genome(request, contigs, tmp_path):
    return write_store(contigs.items(), tmp_path / "genome", request.param, circular=["ring"])


def slow(contigs, name, start, end, *, circular=False):
    codes = contigs[name]
    picked = [
        codes[k % len(codes)] if circular or 0 <= k < len(codes) else 4 for k in range(start, end)
    ]
    return np.array(picked, dtype=np.uint8)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 8, 1001])
def test_packed_bases_come_back(length):
    codes = np.random.default_rng(length).integers(0, 4, length).astype(np.uint8)
    assert len(pack(codes)) == -(-length // 4)
    assert np.array_equal(unpack(pack(codes))[:length], codes)


def test_runs_of_unknown_bases():
    assert unknown_runs(encode("NNACNGTN")).tolist() == [[0, 2], [4, 5], [7, 8]]
    assert unknown_runs(encode("ACGT")).shape == (0, 2)


def test_every_stretch_is_that_of_the_sequence(genome, contigs):
    rng = np.random.default_rng(1)
    assert genome.contigs == LENGTHS
    for name, length in LENGTHS.items():
        assert np.array_equal(genome.codes(name, 0, length), contigs[name])
        for _ in range(50):
            start, end = np.sort(rng.choice(length + 1, 2, replace=False))
            assert np.array_equal(genome.codes(name, start, end), contigs[name][start:end])


@pytest.mark.parametrize("piece", [1, 3, 4, 100])
@pytest.mark.parametrize("packing", PACKINGS)
def test_pieces_make_the_same_files(contigs, tmp_path, packing, piece):
    whole = write_store(contigs.items(), tmp_path / "whole", packing)
    cut = (
        (name, (codes[k : k + piece] for k in range(0, len(codes), piece)))
        for name, codes in contigs.items()
    )
    pieces = write_store(cut, tmp_path / "pieces", packing)
    assert pieces.table == whole.table
    for path in whole.folder.iterdir():
        assert path.read_bytes() == (pieces.folder / path.name).read_bytes()


def test_two_bits_take_a_quarter_of_the_disk(tmp_path):
    codes = np.random.default_rng(0).integers(0, 4, 40_000).astype(np.uint8)
    sizes = [
        (write_store([("c", codes)], tmp_path / name, name).folder / file).stat().st_size
        for name, file in stores.FILES.items()
    ]
    assert sizes == [40_000, 10_001]


def test_digests_are_those_of_the_letters(genome, contigs):
    for name, contig in genome.table.items():
        assert contig.sha256 == hashlib.sha256(decode(contigs[name])).hexdigest()
    genome.verify()
    file = genome.folder / stores.FILES[genome.packing]
    bases = bytearray(file.read_bytes())
    bases[40] ^= 1
    file.write_bytes(bases)
    with pytest.raises(InputError, match="contig chr1 is not what was written"):
        open_store(genome.folder).verify()


def test_padding_and_circles(genome, contigs):
    for start, end in ((-5, 4), (990, 1_010), (-3, 1_020)):
        with pytest.raises(InputError, match="reaches off the contig, which has 1,003 bases"):
            genome.codes("chr1", start, end)
        found = genome.codes("chr1", start, end, pad=True)
        assert np.array_equal(found, slow(contigs, "chr1", start, end))
    for start, end in ((-5, 4), (50, 60), (-130, 200), (400, 420)):
        found = genome.codes("ring", start, end)
        assert np.array_equal(found, slow(contigs, "ring", start, end, circular=True))


@pytest.mark.parametrize(("start", "end"), [(5_000, 5_010), (-20, 0), (1_003, 1_004)])
def test_stretches_off_the_contig_are_refused_even_with_padding(genome, start, end):
    with pytest.raises(InputError, match=r"lies off the contig.*of the assembly"):
        genome.codes("chr1", start, end, pad=True)


def test_unknown_contigs_and_empty_stretches_are_refused(genome):
    with pytest.raises(InputError, match=r"has no contig 'chr9'.*'chr1', 'chr2', 'one', 'ring'"):
        genome.codes("chr9", 0, 4)
    with pytest.raises(InputError, match="has no bases"):
        genome.codes("chr1", 4, 4)


def test_only_the_path_travels(genome, contigs):
    sent = pickle.dumps(genome)
    assert len(sent) < 500
    assert np.array_equal(pickle.loads(sent).codes("chr2", 3, 90), contigs["chr2"][3:90])


def test_an_unfinished_store_is_none(contigs, tmp_path):
    folder = tmp_path / "genome"
    write_store(contigs.items(), folder)

    def killed():
        yield "chr1", contigs["chr1"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(killed(), folder)
    with pytest.raises(InputError, match="is no whole store"):
        open_store(folder)


def test_damaged_stores_are_refused(genome):
    file = genome.folder / stores.FILES[genome.packing]
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(InputError, match=r"has [\d,]+ bytes instead of"):
        open_store(genome.folder)
    (genome.folder / stores.TABLE).write_text("{")
    with pytest.raises(InputError, match="is no table of contigs"):
        open_store(genome.folder)
    (genome.folder / stores.TABLE).write_text(json.dumps({"packing": "zip", "contigs": {}}))
    with pytest.raises(InputError, match="is no table of contigs"):
        open_store(genome.folder)


@pytest.mark.parametrize(
    ("sequences", "circular", "words"),
    [
        ([], (), "has no sequences"),
        ([("a", encode("AC")), ("a", encode("GT"))], (), "'a' occurs twice"),
        ([("a", encode(""))], (), "'a' has no bases"),
        ([("a", encode("ACGT"))], ["b"], "has no circle 'b'"),
    ],
)
def test_sequences_that_make_no_store(tmp_path, sequences, circular, words):
    with pytest.raises(InputError, match=words):
        write_store(sequences, tmp_path / "genome", circular=circular)
    with pytest.raises(InputError, match="is no whole store"):
        open_store(tmp_path / "genome")


@pytest.fixture
def table() -> pd.DataFrame:
    """Windows of 24 bases: inside, over both ends, around the circle."""
    return pd.DataFrame(
        {
            "gene": [f"g{k}" for k in range(8)],
            "contig": ["chr1", "chr1", "chr1", "chr2", "chr2", "ring", "ring", "ring"],
            "strand": ["+", "-", "-", "+", "-", "+", "-", "+"],
            "start": [40, 41, -7, 630, 90, -3, 50, 130],
        }
    ).assign(end=lambda table: table["start"] + 24)


def expected(contigs, table, shift=0, flip=False):
    rows = []
    for row in table.itertuples():
        start, end = row.start + shift, row.end + shift
        codes = slow(contigs, row.contig, start, end, circular=row.contig == "ring")
        rows.append(reverse_complement(codes) if (row.strand == "-") ^ flip else codes)
    return np.array(rows)


def test_windows_are_read_on_their_strands(genome, contigs, table):
    assert np.array_equal(read_windows(genome, table), expected(contigs, table))


def test_windows_in_any_order_shifted_and_turned(genome, contigs, table):
    windows = Windows(genome, table)
    whole = expected(contigs, table)
    rows = np.array([3, 0, 0, 7, 1])
    assert np.array_equal(windows.read(rows), whole[rows])
    assert np.array_equal(windows.read(shift=2), expected(contigs, table, shift=2))
    assert np.array_equal(windows.read(flip=True), expected(contigs, table, flip=True))
    out = np.empty((len(rows), 24), dtype=np.uint8)
    assert windows.read(rows, out=out) is out
    assert np.array_equal(out, whole[rows])
    shift = np.array([0, 3, -2, 0, 1])
    flip = np.array([True, False, True, False, True])
    found = windows.read(rows, shift=shift, flip=flip)
    for k, row in enumerate(rows):
        one = expected(contigs, table.iloc[[row]], int(shift[k]), bool(flip[k]))
        assert np.array_equal(found[k], one[0])


def test_many_windows_are_read_block_by_block(genome, contigs, monkeypatch):
    monkeypatch.setattr(sequence, "BLOCK", 100)
    start = np.random.default_rng(0).integers(0, 600, 50)
    strand = np.where(np.arange(50) % 3, "+", "-")
    table = pd.DataFrame({"contig": "chr1", "strand": strand, "start": start, "end": start + 24})
    assert np.array_equal(read_windows(genome, table), expected(contigs, table))


def test_windows_over_the_edge_need_padding(genome, table):
    with pytest.raises(InputError, match=r"g2: 2 of 8 windows lie off .* chr1:-7-17"):
        Windows(genome, table, pad=False)
    table.loc[4, ["start", "end"]] = [9_000, 9_024]
    with pytest.raises(InputError, match=r"g4: 1 of 8 .* chr2:9,000-9,024.*assembly"):
        Windows(genome, table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.drop(columns="strand"), "no column strand"),
        (lambda table: table.iloc[:0], "has no rows"),
        (lambda table: table.assign(end=table["end"] + table.index), "widths go from 24 to 31"),
        (lambda table: table.assign(contig="chr3"), "has no contig 'chr3'"),
        (lambda table: table.assign(strand="."), "gene 'g0' has strand"),
    ],
)
def test_tables_that_are_no_windows(genome, table, change, words):
    with pytest.raises(InputError, match=words):
        Windows(genome, change(table))


def test_more_than_there_is_memory_for_is_refused(genome, table, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 100)
    with pytest.raises(InputError, match=r"8 windows of 24 bases needs 384 bytes of memory"):
        read_windows(genome, table)
