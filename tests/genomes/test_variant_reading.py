"""Records of VCF and BCF against htslib, and files that are refused."""

import gzip
import shutil

import numpy as np
import pysam
import pytest
from genome_files import HEADER, RECORDS, write_vcf
from pysam import bcftools

from causeway.errors import InputError
from causeway.genomes.contigs import check_inside
from causeway.genomes.reading.genotypes import ABSENT, MISSING
from causeway.genomes.reading.variants import read_header, read_records, read_variants

FORMATS = ["sites.vcf", "sites.vcf.gz", "sites.bcf"]
nan = float("nan")


@pytest.fixture(params=FORMATS)
def path(request, tmp_path):
    return write_vcf(tmp_path / request.param)


def test_what_a_file_says_of_itself(path):
    header = read_header(path)
    assert header.contigs == {"chr1": 400, "chr2": 300}
    assert header.keys == ("AF", "EUR_AF")
    assert header.people == ("ann", "ben")


def test_records_as_they_stand(path):
    table = read_variants(path, frequencies=["AF", "EUR_AF"])
    assert table["contig"].tolist() == ["chr1"] * 4 + ["chr2"]
    assert table["position"].tolist() == [9, 11, 11, 299, 4]
    assert table["ref"].tolist() == ["A", "G", "GA", "T", "C"]
    assert table["alts"].tolist()[3:] == [(), ("*", "G")]
    assert table["alts"][1][1] == "<DEL>"
    assert table["filters"].tolist() == [(), ("low",), (), (), ()]
    assert np.allclose(table["AF"][1], (0.1, 0.2))
    assert np.isnan(table["AF"][2]).all()
    assert table["AF"][3] == ()
    assert table["EUR_AF"][0] == (0.5,)


def test_genotypes_as_they_stand(path):
    records = list(read_records(path, genotypes=True))
    alleles = [record.alleles.tolist() for record in records]
    assert alleles == [
        [[0, 1], [1, 1]],
        [[2, 0], [MISSING, MISSING]],
        [[MISSING, MISSING], [0, ABSENT]],
        [[0, 0], [MISSING, 1]],
        [[1, 2], [2, 2]],
    ]
    phased = [record.phased.tolist() for record in records]
    assert phased == [[True, False], [True, True], [False, True], [True, True], [True, True]]
    swapped = [record.alleles for record in read_records(path, genotypes=True, people=["ben"])]
    assert [pair.tolist() for pair in swapped] == [[rows[1]] for rows in alleles]


@pytest.mark.parametrize("name", FORMATS[1:])
def test_regions_take_an_index(tmp_path, name):
    path = write_vcf(tmp_path / name)
    with pytest.raises(InputError, match="has no index"):
        list(read_records(path, region=("chr1", 0, 10)))
    bcftools.index(str(path))
    for region, expected in (
        (("chr1", 9, 10), [9]),
        (("chr1", 12, 13), [11]),
        (("chr1", 0, 400), [9, 11, 11, 299]),
        (("chr2", 5, 90), []),
    ):
        assert [record.position for record in read_records(path, region=region)] == expected
    with pytest.raises(InputError, match="has no records on 'chr9'"):
        list(read_records(path, region=("chr9", 0, 10)))


def test_many_people_at_once(tmp_path):
    rng = np.random.default_rng(0)
    people = [f"p{k}" for k in range(70)]
    alleles = rng.integers(-1, 3, (70, 2))
    phased = rng.random(70) < 0.5
    cells = [
        ("|" if bar else "/").join("." if allele < 0 else str(allele) for allele in pair)
        for pair, bar in zip(alleles, phased, strict=True)
    ]
    header = HEADER.replace("ann\tben", "\t".join(people))
    records = ["chr1\t7\t.\tA\tC,G\t.\tPASS\t.\tGT\t" + "\t".join(cells)]
    records += [records[0].replace("GT", "GT:DP").replace("\tp", "") + ":4"]
    path = write_vcf(tmp_path / "many.vcf", tuple(records), header)
    for record in read_records(path, genotypes=True):
        assert np.array_equal(record.alleles, alleles)
        assert np.array_equal(record.phased, phased)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (RECORDS[1::-1], r"line 12: is not sorted: 12 comes before 10"),
        ((RECORDS[0], RECORDS[4], RECORDS[3]), "line 13: is not sorted: records of chr1"),
        (("chr1\tten\t.\tA\tC\t.\t.\t.",), "line 11: is no record"),
        (("chr1\t1",), "line 11: is no record"),
    ],
)
def test_records_that_are_refused(tmp_path, records, words):
    path = write_vcf(tmp_path / "wrong.vcf", records)
    with pytest.raises(InputError, match=words):
        read_variants(path)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("GT\t0|1", "has 1 people instead of 2"),
        ("GT\t0|1|1\t0|0", "too many copies"),
        ("GT\tx|1\t0|0", "'x|1' is no genotype"),
        ("DP\t3\t4", "has no genotypes"),
    ],
)
def test_genotypes_that_are_refused(tmp_path, record, words):
    path = write_vcf(tmp_path / "wrong.vcf", (f"chr1\t10\t.\tA\tC\t.\t.\t.\t{record}",))
    with pytest.raises(InputError, match=words.replace("|", r"\|")):
        list(read_records(path, genotypes=True))


def test_unknown_keys_and_people(path):
    with pytest.raises(InputError, match="INFO: has no 'AFR_AF'"):
        read_variants(path, frequencies=["AFR_AF"])
    with pytest.raises(InputError, match=r"has no 'eve'\. It has 'ann', 'ben'"):
        list(read_records(path, genotypes=True, people=["eve"]))


def test_sites_without_people_have_no_genotypes(tmp_path):
    header = HEADER.replace("\tFORMAT\tann\tben", "")
    path = write_vcf(tmp_path / "sites.vcf", ("chr1\t10\t.\tA\tC\t.\t.\t.",), header)
    with pytest.raises(InputError, match="has no people, only sites"):
        list(read_records(path, genotypes=True))
    twice = write_vcf(tmp_path / "twice.vcf", (), HEADER.replace("ben", "ann"))
    with pytest.raises(InputError, match="'ann' occurs twice"):
        read_header(twice)


@pytest.mark.parametrize("name", FORMATS[1:])
def test_truncated_files_are_noticed(tmp_path, name):
    path = write_vcf(tmp_path / name)
    content = path.read_bytes()
    for cut in (len(content) - 28, len(content) // 2):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match="is damaged or not whole"):
            read_variants(path)
    path.write_bytes(content[:-28] + content[-28:].replace(b"BC", b"BD"))
    with pytest.raises(InputError, match="is damaged or not whole"):
        read_variants(path)


def test_plain_gzip_is_read_but_has_no_regions(tmp_path):
    path = tmp_path / "sites.vcf.gz"
    path.write_bytes(gzip.compress((HEADER + "\n".join(RECORDS) + "\n").encode()))
    assert len(read_variants(path)) == len(RECORDS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="is damaged or not whole"):
        read_variants(path)


@pytest.mark.parametrize(
    ("name", "tbi"), [("a.vcf.gz", True), ("a.vcf.gz", False), ("a.bcf", False)]
)
def test_the_index_of_an_older_file(tmp_path, name, tbi):
    path = write_vcf(tmp_path / name, RECORDS[:3])
    bcftools.index(*(["--tbi"] if tbi else []), str(path))
    assert len(read_variants(path)) == 3
    write_vcf(path, RECORDS)
    with pytest.raises(InputError, match=r"is not the index of a\..*bcftools index --force"):
        read_variants(path)


def test_a_damaged_index(tmp_path):
    path = write_vcf(tmp_path / "a.vcf.gz")
    index = tmp_path / "a.vcf.gz.tbi"
    for content in (b"", b"text", gzip.compress(b"TBI\1\5\0\0\0"), gzip.compress(b"other")):
        index.write_bytes(content)
        with pytest.raises(InputError, match=r"a\.vcf\.gz\.tbi: is damaged"):
            read_variants(path)


def test_what_is_no_vcf(tmp_path):
    path = tmp_path / "text.vcf"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="it has no line #CHROM"):
        read_variants(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_variants(tmp_path / "none.vcf")


def test_sites_of_1000_genomes_by_htslib(shared_data):
    path = shared_data / "genomes/chr20_1mb/z.vcf.gz"
    table = read_variants(path, frequencies=["AF", "AFR_AF"])
    with pysam.VariantFile(str(path)) as file:
        known = [
            (line.contig, line.pos - 1, line.ref, line.alts, line.info["AF"]) for line in file
        ]
    assert len(table) == len(known) == 28_998
    ours = table[["contig", "position", "ref", "alts"]].itertuples(index=False)
    assert [tuple(row) for row in ours] == [row[:4] for row in known]
    assert np.allclose(np.concatenate(table["AF"]), np.concatenate([row[4] for row in known]))
    within = table["position"].between(1_000, 499_999).sum()
    assert len(list(read_records(path, region=("z", 1_000, 500_000)))) >= within


def test_a_published_index_of_another_slice(shared_data, tmp_path):
    folder = shared_data / "genomes"
    path = tmp_path / "slice.vcf.gz"
    shutil.copyfile(folder / "chr22_slice/chr22_ENST00000319363.vcf.gz", path)
    shutil.copyfile(folder / "chr20_1mb/z.vcf.gz.tbi", tmp_path / "slice.vcf.gz.tbi")
    with pytest.raises(InputError, match=r"is not the index of slice\.vcf\.gz"):
        read_variants(path)


def test_sites_off_the_slice_are_told(shared_data):
    path = shared_data / "genomes/chr22_slice/chr22_ENST00000319363.vcf.gz"
    table = read_variants(path)
    assert len(table) == 9_212
    with pytest.raises(InputError, match=r"9,212 of 9,212 rows .* chr22:17,565,850-.*300,000"):
        check_inside(table, {"chr22": 300_000}, path)
