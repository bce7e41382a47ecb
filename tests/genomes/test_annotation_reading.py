"""Genes by GTF, GFF3 and tables, regions by BED, and names of contigs."""

import gzip

import pandas as pd
import pytest

from causeway.errors import InputError
from causeway.genomes.contigs import check_inside, match, read_aliases, rename
from causeway.genomes.coordinates import centred, windows
from causeway.genomes.genes import COLUMNS, read_genes, write_genes
from causeway.genomes.reading.annotation import circular_contigs, read_annotation
from causeway.genomes.reading.gene_table import read_gene_table
from causeway.genomes.reading.regions import read_regions
from causeway.genomes.reading.sequences import read_sequences
from causeway.genomes.store import write_store
from causeway.genomes.windows import read_windows

GTF = """#!genome-build GRCh38
chr1\tHAVANA\tgene\t11\t40\t.\t+\t.\tgene_id "G1.5"; gene_type "lncRNA"; gene_name "ONE";
chr1\tHAVANA\ttranscript\t11\t40\t.\t+\t.\tgene_id "G1.5"; transcript_id "T1"; level 2;
chr1\tHAVANA\tgene\t5\t9\t.\t-\t.\tgene_id "G2.1"; gene_type "protein"; gene_name "TWO";
chrY\tHAVANA\tgene\t5\t9\t.\t-\t.\tgene_id "G1.5_PAR_Y"; gene_name "ONE";
""".replace('"G', '"ENSG0000000000')
GFF = """##gff-version 3
ring\tRefSeq\tregion\t1\t900\t.\t+\t.\tID=ring;Is_circular=true
ring\tRefSeq\tgene\t11\t40\t.\t+\t.\tID=gene-b1;Name=a%3Bb;locus_tag=b1;gene_biotype=protein_coding
ring\tRefSeq\tCDS\t11\t40\t.\t+\t0\tID=cds-b1;Parent=gene-b1;locus_tag=b1
ring\tRefSeq\tpseudogene\t70\t90\t.\t-\t.\tID=gene-b2;locus_tag=b2;part=1
ring\tRefSeq\tpseudogene\t50\t60\t.\t-\t.\tID=gene-b2;locus_tag=b2;part=2
##FASTA
>ring
ACGT
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="genes.gff"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_genes_by_gtf(written, tmp_path):
    path = written(GTF)
    genes = read_annotation(path)
    assert tuple(genes) == COLUMNS
    assert genes["gene"].tolist() == ["ENSG00000000002", "ENSG00000000001"]
    assert genes["name"].tolist() == ["TWO", "ONE"]
    assert genes[["start", "end", "tss"]].to_numpy().tolist() == [[4, 9, 8], [10, 40, 10]]
    assert genes["biotype"].tolist() == ["protein", "lncRNA"]
    zipped = tmp_path / "genes.gtf.gz"
    zipped.write_bytes(gzip.compress(GTF.encode()))
    pd.testing.assert_frame_equal(read_annotation(zipped), genes)
    write_genes(genes, tmp_path / "genes.parquet")
    pd.testing.assert_frame_equal(read_genes(tmp_path / "genes.parquet"), genes)
    zipped.write_bytes(zipped.read_bytes()[:-20])
    with pytest.raises(InputError, match="is damaged or not whole"):
        read_annotation(zipped)


def test_genes_by_gff(written):
    path = written(GFF)
    genes = read_annotation(path)
    assert genes["gene"].tolist() == ["b1", "b2"]
    assert genes["name"].tolist() == ["a;b", ""]
    assert genes[["start", "end", "tss"]].to_numpy().tolist() == [[10, 40, 10], [49, 90, 89]]
    assert circular_contigs(path) == {"ring"}
    assert read_annotation(path, keys=["ID"])["gene"].tolist() == ["gene-b1", "gene-b2"]


def test_genes_by_their_transcripts(written):
    rows = ("transcript\t11\t40", "exon\t11\t20", "transcript\t5\t30")
    text = "".join(f'chr1\tens\t{row}\t.\t-\t.\tgene_id "G"; gene_name "g";\n' for row in rows)
    genes = read_annotation(written(text))
    assert genes[["gene", "start", "end", "tss"]].to_numpy().tolist() == [["G", 4, 40, 39]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("##gff-version 3\n", "has no genes: .* only nothing"),
        (
            GFF.replace("gene\t", "locus\t"),
            "has no genes: .* only pseudolocus, region, locus, CDS",
        ),
        (
            GTF + GTF.splitlines()[1].replace("\t11\t", "\t12\t"),
            "'ENSG00000000001.5' occurs twice",
        ),
        (GFF.replace("50\t60\t.\t-", "50\t60\t.\t+"), "parts of 'b2' lie on several strands"),
        (GFF.replace("\t11\t40\t.\t+\t.", "\t11\t40\t.\t.\t."), "gene 'b1' has strand '.'"),
        (GFF.replace("\t11\t", "\t41\t"), "b1: goes from base 41 to 40"),
        (GFF.replace("\t11\t", "\tx\t"), "line 3: is no row of GTF or GFF3"),
        (GFF.replace("locus_tag", "tag").replace("ID=gene-b1;", ""), "line 3: has none of the"),
        ("a,b\n", "line 1: is no row"),
    ],
)
def test_annotation_that_is_refused(written, text, words):
    with pytest.raises(InputError, match=words):
        read_annotation(written(text))


def test_genes_by_a_table(written):
    path = written(
        "locus_tag,gene_name,start,end,strand,operon\nb2,x,11,20,-,o1\nb1,NA,1,9,+,\n", "g.csv"
    )
    genes = read_gene_table(path, contig="ring")
    assert genes["gene"].tolist() == ["b1", "b2"]
    assert genes["name"].tolist() == ["NA", "x"]
    assert genes["operon"].tolist() == ["", "o1"]
    assert genes["tss"].tolist() == [0, 19]
    tabs = written("id\tcontig\tstart\tend\tstrand\nb1\tc\t1\t9\t+\n", "g.tsv")
    assert read_gene_table(tabs, columns={"gene": "id"})["gene"].tolist() == ["b1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gene,contig,start,end\nb1,c,1,9\n", "no column strand"),
        ("gene,start,end,strand\nb1,1,9,+\n", "no column contig"),
        ("gene,contig,start,end,strand\nb1,c,one,9,+\n", "row 1, start: 'one' is no place"),
        ("gene,contig,start,end,strand\nb1,c,1.5,9,+\n", "start: '1.5' is no place"),
        (
            "gene,contig,start,end,strand\nb1,c,1,9,+\nb1,c,11,19,+\n",
            "genes that occur twice: 'b1'",
        ),
        ("gene,contig,start,end,strand\n,c,1,9,+\n", "a gene has no name"),
        ("gene,contig,start,end,strand\n", "has no genes"),
        ("gene,contig,start,end,strand,start\n", "column 'start' occurs twice"),
        ("", "is no whole table"),
    ],
)
def test_tables_that_are_refused(written, text, words):
    with pytest.raises(InputError, match=words):
        read_gene_table(written(text, "g.csv"))


def test_regions(written):
    path = written("track x\nchr1\t0\t5\nchr2\t3\t9\tname\t0\t-\n", "r.bed")
    table = read_regions(path)
    assert table.to_numpy().tolist() == [
        ["chr1", 0, 5, "chr1:0-5", "+"],
        ["chr2", 3, 9, "name", "-"],
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no regions"),
        ("chr1\t5\n", "line 1: has no contig, start and end"),
        ("chr1\t-1\t5\n", "line 1: has no contig, start and end"),
        ("chr1\t5\t5\n", "line 1: ends before it starts"),
        ("chr1\t5\t6\tn\t0\t*\n", "line 1: has strand '\\*'"),
    ],
)
def test_regions_that_are_refused(written, text, words):
    with pytest.raises(InputError, match=words):
        read_regions(written(text, "r.bed"))


@pytest.mark.parametrize(
    ("names", "known", "found"),
    [
        (["1", "X", "MT"], ["chr1", "chrX", "chrM"], ["chr1", "chrX", "chrM"]),
        (["chr1", "chrX", "chrM"], ["1", "X", "MT"], ["1", "X", "MT"]),
        (["NC_000913"], ["NC_000913.3"], ["NC_000913.3"]),
        (["U00096.3"], ["ecoli"], ["ecoli"]),
        (["chr1_KI270706v1_random"], ["chr1_KI270706v1_random"], ["chr1_KI270706v1_random"]),
    ],
)
def test_other_names_of_contigs(names, known, found):
    aliases = [("ecoli", "U00096.3", "NC_000913.3")]
    assert match(names, known, "file", aliases=aliases) == dict(zip(names, found, strict=True))


def test_contigs_of_another_assembly_are_refused():
    known = [f"chr{k}" for k in range(1, 23)]
    names = [str(k) for k in range(1, 23)]
    assert len(match([*names, "HLA"], known, "file")) == 22
    with pytest.raises(
        InputError, match=r"file: the genome lacks 2 of 24 contigs: 'HLA', 'decoy'; it has 'chr1'"
    ):
        match([*names, "HLA", "decoy"], known, "file")
    with pytest.raises(InputError, match=r"'chr1' and '1' are one contig"):
        match(["1"], ["chr1", "1"], "file")


def test_rows_of_other_contigs():
    table = pd.DataFrame({"contig": ["1", "2", "22", "22"], "start": [1, 2, 3, 4]})
    with pytest.raises(InputError, match="the genome lacks 2 of 3 contigs"):
        rename(table, ["chr22"], "file")
    found = rename(table, ["chr22"], "file", only=["chr22"])
    assert found.to_numpy().tolist() == [["chr22", 3], ["chr22", 4]]
    with pytest.raises(InputError, match="no row is on 'chr9'"):
        rename(table, ["chr9"], "file", only=["chr9"])


def test_tables_of_aliases(written):
    path = written("# ucsc\tensembl\tgenbank\nchr1\t1\tCM1\nchrM\t\tCM2\n", "aliases.txt")
    assert read_aliases(path) == [("chr1", "1", "CM1"), ("chrM", "CM2")]
    with pytest.raises(InputError, match="fewer than two names"):
        read_aliases(written("chr1\n", "aliases.txt"))


def test_rows_off_the_genome():
    table = pd.DataFrame({"contig": "ring", "start": [0, 90], "end": [10, 110]})
    check_inside(table, {"ring": 110}, "file")
    check_inside(table, {"ring": 100}, "file", circular=["ring"])
    with pytest.raises(InputError, match=r"1 of 2 rows .* ring:90-110, where ring has 100 bases"):
        check_inside(table, {"ring": 100}, "file")
    with pytest.raises(InputError, match="1 of 2 rows"):
        check_inside(table, {"ring": 80}, "file", circular=["ring"])


def test_e_coli_by_gff_and_by_table(shared_data):
    folder = shared_data / "genomes/ecoli"
    gff = read_annotation(folder / "genome.gff3").set_index("gene")
    table = read_gene_table(folder / "gene_info.csv", contig="NC_000913.3").set_index("gene")
    assert circular_contigs(folder / "genome.gff3") == {"NC_000913.3"}
    assert len(gff) == 4_566
    assert len(table) == 4_355
    both = gff.loc[table.index]
    # Interrupted genes and one frameshift are cut otherwise in the table.
    assert (both["tss"] == table["tss"]).sum() == 4_349
    assert (both["strand"] == table["strand"]).all()


def test_annotation_off_the_slice_is_told(shared_data, tmp_path):
    """The slice of chromosome 22 counts from its own start, and the gene lies elsewhere."""
    folder = shared_data / "genomes/chr22_slice"
    genome = write_store(
        read_sequences(folder / "hg38_chr22_32000000_32300000.fa"), tmp_path / "store"
    )
    gtf = folder / "chr22_ENST00000319363.gtf"
    genes = rename(read_annotation(gtf), genome.contigs, gtf)
    told = r"chr22:17,565,848-17,596,583, where chr22 has 300,000 bases.*the part of it"
    with pytest.raises(InputError, match=told):
        check_inside(genes, genome.contigs, gtf)
    with pytest.raises(InputError, match=r"ENSG00000177663: 1 of 1 windows lie off"):
        read_windows(genome, windows(genes, 1_000, 1_000), pad=True)


def test_start_codons_stand_where_genes_start(shared_data, tmp_path):
    """A whole check of coordinates and strands: genes of a bacterium begin with a start codon."""
    folder = shared_data / "genomes/ecoli"
    fasta = folder / "GCF_000005845.2_ASM584v2_genomic.fna.gz"
    genome = write_store(read_sequences(fasta), tmp_path / "store", circular=["NC_000913.3"])
    genes = read_gene_table(folder / "gene_info.csv", contig="NC_000913.3")
    for table, index in ((windows(genes, 5, 3), 5), (centred(genes, 20), 10)):
        codons = read_windows(genome, table)[:, index : index + 3]
        atg = (codons == [0, 3, 2]).all(axis=1)
        gtg = (codons == [2, 3, 2]).all(axis=1)
        for strand in "+-":
            on = (genes["strand"] == strand).to_numpy()
            assert (atg | gtg)[on].mean() > 0.9
