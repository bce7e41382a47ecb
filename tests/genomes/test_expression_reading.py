"""Expression from every format in one form, and tables that are refused."""

import gzip

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from causeway import memory
from causeway.errors import InputError
from causeway.genomes.reading.annotation import read_annotation
from causeway.genomes.reading.expression import read_expression, select_genes

TPM = pd.DataFrame(
    {"liver": [0.0, 1.5, 30.0], "brain": [2.0, 0.0, 7.25]},
    index=["ENSG00000000001.5", "ENSG00000000002.1", "b0003"],
)
GENES = ["ENSG00000000001", "ENSG00000000002", "b0003"]


def gct(table: pd.DataFrame) -> str:
    body = table.copy()
    body.insert(0, "Description", "symbol")
    rows = body.rename_axis("Name").to_csv(sep="\t")
    return f"#1.2\n{len(table)}\t{table.shape[1]}\n{rows}"


def write(path, table=TPM):
    if path.suffix == ".h5ad":
        anndata.AnnData(table).write_h5ad(path)
    elif ".gct" in path.suffixes:
        text = gct(table)
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    else:
        table.rename_axis("Geneid").to_csv(path, sep="\t" if ".tsv" in path.suffixes else ",")
    return path


@pytest.mark.parametrize("name", ["e.csv", "e.tsv", "e.csv.gz", "e.gct", "e.gct.gz", "e.h5ad"])
def test_all_formats_give_the_same(tmp_path, name):
    found = read_expression(write(tmp_path / name), "tpm")
    assert found.obs_names.tolist() == GENES
    assert found.var_names.tolist() == ["liver", "brain"]
    assert found.X.dtype == np.float32
    assert np.allclose(found.X, np.log1p(TPM))


def test_sparse_numbers(tmp_path):
    data = anndata.AnnData(sparse.csr_matrix(TPM.to_numpy()))
    data.obs_names, data.var_names = TPM.index, TPM.columns
    data.write_h5ad(tmp_path / "e.h5ad")
    assert np.allclose(read_expression(tmp_path / "e.h5ad", "tpm").X, np.log1p(TPM))


@pytest.mark.parametrize(
    ("units", "turned"),
    [
        ("log1p", np.log1p(TPM)),
        ("log2", np.log2(TPM + 1)),
        ("log10", np.log10(TPM + 1)),
        ("rpkm", TPM),
    ],
)
def test_all_units_give_the_same(tmp_path, units, turned):
    found = read_expression(write(tmp_path / "e.csv", turned), units)
    expected = TPM / TPM.sum() * 1e6 if units == "rpkm" else TPM
    assert np.allclose(np.expm1(found.X), expected, rtol=1e-5)


def test_columns_that_are_no_contexts(tmp_path):
    table = TPM.assign(Chr="1", Coord=5, note="x")
    found = read_expression(write(tmp_path / "e.csv", table), "tpm", drop=["note"])
    assert found.var_names.tolist() == ["liver", "brain"]


def test_second_copies_are_left_out(tmp_path):
    table = pd.concat([TPM, TPM.iloc[:1].rename(index=lambda name: f"{name}_PAR_Y")])
    assert read_expression(write(tmp_path / "e.csv", table), "tpm").obs_names.tolist() == GENES


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: pd.concat([t, t.iloc[:1]]), "genes that occur twice: 'ENSG00000000001'"),
        (lambda t: t.rename(columns={"brain": "liver"}), "column 'liver' occurs twice"),
        (lambda t: t.assign(brain=[1, np.nan, 2]), "ENSG00000000002.1, brain: 'nan' is no number"),
        (lambda t: t.assign(brain=[1, "high", 2]), "brain: 'high' is no number"),
        (lambda t: t.assign(brain=[1, -2, 2]), "brain: -2.0 is no expression"),
        (
            lambda t: t * 1e6,
            r"liver: adds up to 3\.15e\+07 transcripts per million, read as 'tpm'",
        ),
        (lambda t: t[[]], "has no numbers"),
        (lambda t: t.iloc[:0], "has no numbers"),
    ],
)
def test_tables_that_are_refused(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        read_expression(write(tmp_path / "e.csv", change(TPM)), "tpm")


def test_files_that_are_not_whole(tmp_path):
    path = tmp_path / "e.gct"
    path.write_text(gct(TPM).rsplit("\n", 2)[0])
    with pytest.raises(InputError, match=r"is damaged or not whole \(\(2, 2\) genes and"):
        read_expression(path, "tpm")
    path.write_text(gct(TPM)[5:])
    with pytest.raises(InputError, match=r"Give GCT, which begins with #1\.2"):
        read_expression(path, "tpm")
    for name in ("e.csv.gz", "e.h5ad"):
        path = write(tmp_path / name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(InputError, match="is damaged or not whole"):
            read_expression(path, "tpm")
    with pytest.raises(InputError, match="there is no such file"):
        read_expression(tmp_path / "none.csv", "tpm")


@pytest.mark.parametrize("name", ["e.csv", "e.h5ad"])
def test_more_than_there_is_memory_for_is_refused(tmp_path, monkeypatch, name):
    path = write(tmp_path / name)
    monkeypatch.setattr(memory, "available", lambda: 10)
    with pytest.raises(InputError, match=r"the table needs .* of memory, 10 bytes are free"):
        read_expression(path, "tpm")


def test_genes_of_the_annotation_in_its_order(tmp_path):
    found = read_expression(write(tmp_path / "e.csv"), "tpm")
    genes = pd.DataFrame({"gene": ["b0003", "absent", "ENSG00000000001"]})
    assert select_genes(found, genes, "e.csv").obs_names.tolist() == ["b0003", "ENSG00000000001"]
    with pytest.raises(InputError, match=r"has 2 of 3 annotated genes; its names are like"):
        select_genes(found, genes, "e.csv", least=0.95)
    for names in (["x", "y"], []):
        with pytest.raises(InputError, match=r"has 0 of"):
            select_genes(found, pd.DataFrame({"gene": names}, dtype=object), "e.csv", least=0)


def test_e_coli_in_61_conditions(shared_data):
    folder = shared_data / "genomes/ecoli"
    found = read_expression(folder / "minicoli_log_tpm.csv", "log2")
    assert found.shape == (4_355, 61)
    assert np.allclose(np.expm1(found.X.astype(np.float64)).sum(axis=0), 1e6, rtol=1e-4)
    genes = read_annotation(folder / "genome.gff3")
    assert select_genes(found, genes, "log_tpm.csv").shape == (4_355, 61)
    with pytest.raises(InputError, match="Set units"):
        read_expression(folder / "minicoli_log_tpm.csv", "log1p")
