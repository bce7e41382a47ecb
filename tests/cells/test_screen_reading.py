"""Published screens of every format give the same counts; damaged ones give one clear error."""

import gzip
import shutil

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from published import LOOSE, published
from scipy import sparse
from scipy.io import mmwrite

from causeway import memory
from causeway.cells.preparation import prepare_screen
from causeway.cells.reading.annotation import annotate, gene_names
from causeway.cells.reading.opening import open_raw
from causeway.cells.reading.rows import blocks
from causeway.cells.sources import ScreenFile
from causeway.errors import InputError


def dense(raw):
    return np.vstack([block.toarray() for _, block in blocks(raw.rows, entries=500)])


def as_10x(screen, folder, prefix="", old=False, guides=False):
    folder.mkdir()
    counts, names = screen.X, list(screen.var_names)
    types = ["Gene Expression"] * len(names)
    if guides:
        counts = sparse.hstack([counts, sparse.csr_matrix(np.ones((screen.n_obs, 1)))])
        names, types = [*names, "guide"], [*types, "CRISPR Guide Capture"]
    table = pd.DataFrame({"id": [f"ENSG{n}" for n in range(len(names))], "name": names})
    if not old:
        table["type"] = types
    zipped = "" if old else ".gz"
    table.to_csv(
        folder / f"{prefix}{'genes' if old else 'features'}.tsv{zipped}",
        sep="\t", header=False, index=False,
    )  # fmt: skip
    pd.Series(screen.obs_names).to_csv(
        folder / f"{prefix}barcodes.tsv{zipped}", header=False, index=False
    )
    screen.obs.to_csv(folder / f"{prefix}cells.csv")
    mmwrite(folder / "plain.mtx", sparse.coo_matrix(counts.T.astype(np.int64)))
    text = (folder / "plain.mtx").read_bytes()
    (folder / "plain.mtx").unlink()
    path = folder / f"{prefix}matrix.mtx{zipped}"
    path.write_bytes(text if old else gzip.compress(text))
    return folder


def as_r(screen, folder):
    folder.mkdir()
    for name, values in (("genes", screen.var_names), ("barcodes", screen.obs_names)):
        pd.DataFrame({"x": values}, index=range(1, len(values) + 1)).to_csv(folder / f"{name}.csv")
    screen.obs.iloc[::-1].to_csv(folder / "seurat_metadata.csv")
    mmwrite(folder / "matrix.mtx", sparse.coo_matrix(screen.X.T.astype(np.int64)))
    return folder


def as_h5ad(screen, path, change=lambda matrix: matrix):
    changed = anndata.AnnData(change(screen.X), obs=screen.obs, var=screen.var)
    changed.write_h5ad(path)
    return path


def as_zarr(screen, path):
    screen.write_zarr(path)
    return path


FORMATS = {
    "no suffix": lambda screen, folder: as_h5ad(screen, folder / "34002548"),
    "csr": lambda screen, folder: as_h5ad(screen, folder / "a.h5ad"),
    "csc": lambda screen, folder: as_h5ad(screen, folder / "a.h5ad", sparse.csc_matrix),
    "dense": lambda screen, folder: as_h5ad(screen, folder / "a.h5ad", lambda x: x.toarray()),
    "integers": lambda screen, folder: as_h5ad(
        screen, folder / "a.h5ad", lambda x: x.astype(np.int64)
    ),
    "zarr": lambda screen, folder: as_zarr(screen, folder / "a.zarr"),
    "10x": lambda screen, folder: as_10x(screen, folder / "a"),
    "10x, old": lambda screen, folder: as_10x(screen, folder / "a", old=True),
    "10x, prefix": lambda screen, folder: as_10x(screen, folder / "a", prefix="GSM1_"),
    "10x, guides": lambda screen, folder: as_10x(screen, folder / "a", guides=True),
    "r": lambda screen, folder: as_r(screen, folder / "a"),
}


@pytest.mark.parametrize("form", FORMATS)
def test_all_formats_give_the_same(tmp_path, form):
    screen = published()
    source = ScreenFile(path=FORMATS[form](screen, tmp_path))
    with open_raw(source.path) as raw:
        assert np.array_equal(dense(raw), screen.X.toarray())
        assert list(gene_names(raw, source)) == list(screen.var_names)
        assert list(raw.cells.index) == list(screen.obs_names)
        labels = annotate(raw, source)["perturbation"]
        assert list(labels) == list(screen.obs["perturbation"])
        prepare_screen(raw, source, LOOSE, tmp_path / "out.h5ad", seed=0)
    counts = anndata.read_h5ad(tmp_path / "out.h5ad").layers["counts"]
    assert np.array_equal(counts.toarray(), screen.X.toarray())


def test_layers_and_raw(tmp_path):
    screen = published()
    counts = screen.X.copy()
    screen.raw = screen
    screen.layers["umi"] = counts * 2
    screen.X = counts * 3
    screen.write_h5ad(tmp_path / "a.h5ad")
    for layer, factor in ((None, 3), ("raw", 1), ("umi", 2)):
        with open_raw(tmp_path / "a.h5ad", layer) as raw:
            assert np.array_equal(dense(raw), factor * counts.toarray())
    with (
        pytest.raises(InputError, match=r"layers/counts: is not there.*null, raw, umi"),
        open_raw(tmp_path / "a.h5ad", "counts"),
    ):
        pass


def test_columns_and_doses(tmp_path):
    screen = published()
    screen.obs["umis"], screen.obs["nM"] = 1000.0, "10"
    screen.var["symbol"] = [f"S{n}" for n in range(screen.n_vars)]
    path = as_h5ad(screen, tmp_path / "a.h5ad")
    source = ScreenFile(
        path=path, library="umis", dose="nM", genes="symbol", only={"batch": ["0", "1"]}
    )
    with open_raw(path) as raw:
        table = annotate(raw, source)
        assert gene_names(raw, source)[0] == "S0"
    assert (table["library"] == 1000).all()
    assert (table["dose"] == 10).all()
    assert table["chosen"].tolist() == (screen.obs["batch"] < 2).tolist()


def test_a_missing_label_is_no_control(tmp_path):
    screen = published()
    screen.obs["perturbation"] = screen.obs["perturbation"].astype("category")
    screen.obs.iloc[3, 0] = np.nan
    path = as_h5ad(screen, tmp_path / "a.h5ad")
    with open_raw(path) as raw:
        assert annotate(raw, ScreenFile(path=path))["perturbation"].iloc[3] == ""


def test_empty_labels_are_controls_if_so_named(tmp_path):
    screen = published(labels=["", "G0,G1"])
    path = as_h5ad(screen, tmp_path / "a.h5ad")
    source = ScreenFile(path=path, dialect="comma", control="")
    with open_raw(path) as raw:
        assert set(annotate(raw, source)["perturbation"]) == {"control", "G0+G1"}


def _annotated(screen, **keys):
    def attempt(folder):
        path = as_h5ad(screen, folder / "a.h5ad")
        source = ScreenFile(path=path, **keys)
        with open_raw(path) as raw:
            gene_names(raw, source)
            annotate(raw, source)

    return attempt


def repeated(field):
    screen = published()
    names = getattr(screen, field).to_numpy().copy()
    names[1] = names[0]
    setattr(screen, field, pd.Index(names))
    return screen


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (_annotated(published(), label="perturbations"), "'perturbations'.*mean 'perturbation'"),
        (
            _annotated(published(), control="ctrl"),
            "5 labels is 'ctrl', but '.*lcd.sources.<name>.control.*perhaps 'control'",
        ),
        (_annotated(published(labels=["G0", "G1"])), "no cell is a control.*add such cells"),
        (_annotated(published(labels=["control", "G0++G1"])), "'G0..G1': has an empty target"),
        (_annotated(published(), only={"batch": ["9"]}), "takes no cell"),
        (_annotated(published(), genes="symbol"), "var: has no column 'symbol'"),
        (_annotated(published(), dose="nM"), "has no column 'nM', which 'dose' names"),
        (_annotated(published(), library="batch"), r"obs\['batch'\], cell cell0"),
        (_annotated(repeated("obs_names")), "obs_names: 1 cell names .* 'cell0'"),
        (_annotated(repeated("var_names")), "var_names: 1 gene names .* 'G0'.*repeated_genes"),
    ],
)
def test_wrong_tables(tmp_path, attempt, message):
    with pytest.raises(InputError, match=message):
        attempt(tmp_path)


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_repeated_genes_can_be_numbered(tmp_path):
    path = as_h5ad(repeated("var_names"), tmp_path / "a.h5ad")
    with open_raw(path) as raw:
        names = gene_names(raw, ScreenFile(path=path, repeated_genes="number"))
    assert list(names[:3]) == ["G0", "G0-1", "G2"]


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.99])
def test_truncated_h5ad(tmp_path, share):
    path = cut(as_h5ad(published(), tmp_path / "a.h5ad"), share)
    with pytest.raises(InputError, match=r"a\.h5ad.*damaged"), open_raw(path) as raw:
        dense(raw)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("old", [True, False])
def test_truncated_matrix_market(tmp_path, share, old):
    folder = as_10x(published(), tmp_path / "a", old=old)
    cut(next(folder.glob("matrix.mtx*")), share)
    with pytest.raises(InputError, match=r"matrix\.mtx.*(damaged|line 1)"), open_raw(folder):
        pass


def test_a_truncated_zarr_chunk(tmp_path):
    path = as_zarr(published(), tmp_path / "a.zarr")
    chunk = max((path / "X" / "data").rglob("*"), key=lambda part: part.stat().st_size)
    cut(chunk, 0.5)
    source = ScreenFile(path=path)
    with pytest.raises(InputError, match=r"a\.zarr.*damaged"), open_raw(path) as raw:
        prepare_screen(raw, source, LOOSE, tmp_path / "out.h5ad", seed=0)
    assert not (tmp_path / "out.h5ad").exists()


def test_indices_that_do_not_fit(tmp_path):
    path = as_h5ad(published(), tmp_path / "a.h5ad")
    with h5py.File(path, "r+") as file:
        file["X/indices"][5] = 10_000
    with pytest.raises(InputError, match="do not fit"), open_raw(path) as raw:
        dense(raw)
    with h5py.File(path, "r+") as file:
        file["X/indices"][5] = file["X/indices"][4]
    with pytest.raises(InputError, match="stored twice"), open_raw(path) as raw:
        dense(raw)


def test_tables_that_do_not_fit(tmp_path):
    folder = as_r(published(), tmp_path / "a")
    barcodes = (folder / "barcodes.csv").read_text().splitlines()
    (folder / "barcodes.csv").write_text("\n".join(barcodes[:-1]) + "\n")
    with pytest.raises(InputError, match=r"30 genes and 299 barcodes"), open_raw(folder):
        pass


def test_folders_without_a_file(tmp_path):
    folder = as_10x(published(), tmp_path / "a")
    shutil.copy(folder / "matrix.mtx.gz", folder / "other_matrix.mtx.gz")
    with pytest.raises(InputError, match="Put one matrix"), open_raw(folder):
        pass
    (folder / "other_matrix.mtx.gz").unlink()
    (folder / "features.tsv.gz").unlink()
    with pytest.raises(InputError, match=r"has no features\.tsv"), open_raw(folder):
        pass


@pytest.mark.parametrize("name", ["missing.h5ad", "table.csv"])
def test_what_is_no_screen(tmp_path, name):
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(InputError, match=r"no such file|is no \.h5ad"), open_raw(tmp_path / name):
        pass


@pytest.mark.parametrize("form", ["csc", "10x"])
def test_memory_is_projected_before_reading_whole(tmp_path, monkeypatch, form):
    path = FORMATS[form](published(), tmp_path)
    monkeypatch.setattr(memory, "available", lambda: 1000)
    message = r"needs .* of memory, 1e\+03 bytes are free"
    with pytest.raises(InputError, match=message), open_raw(path):
        pass


def test_free_memory_is_known():
    assert 1 << 20 < memory.available() < 1 << 50
