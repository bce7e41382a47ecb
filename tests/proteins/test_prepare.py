import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causeway.errors import InputError
from causeway.proteins.reasons import Reason
from causeway.proteins.rigidssl import refused as tables
from causeway.proteins.rigidssl.config import Filters
from causeway.proteins.rigidssl.prepare import INDEX, prepare
from causeway.proteins.shards import ShardStore
from causeway.proteins.sources import Folder, Synthetic
from causeway.proteins.structures import read_structure
from causeway.proteins.synthetic import chains

PREDICTED = Folder(path=Path("unused"), plddt=True)
EXPERIMENT = Folder(path=Path("unused"), plddt=False)
FILES = dict(chains(Synthetic(entries=6, families=3, min_length=40, max_length=72), 0))


def pack(folder: Path, files: dict[str, bytes], **changes: str) -> dict[str, Path]:
    """A shard as fetch leaves it, and the paths of what prepare writes."""
    paths = {
        "archive": folder / "shard0.tar",
        "manifest": folder / "shard0.tsv",
        "shard": folder / "shard0.arrow",
        "index": folder / "index0.parquet",
        "refused": folder / "refused0.tsv",
    }
    rows = []
    with tarfile.open(paths["archive"], "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
            rows.append(
                {
                    "id": name.split("-model")[0].split(".")[0],
                    "version": "v1",
                    "file": name,
                    "bytes": len(data),
                    "sha256": changes.get(name, hashlib.sha256(data).hexdigest()),
                    "url": "",
                    "problem": "",
                }
            )
    pd.DataFrame(rows).to_csv(paths["manifest"], sep="\t", index=False)
    return paths


def read(paths: dict[str, Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_parquet(paths["index"]), tables.read([paths["refused"]])


def test_chains_travel_whole(tmp_path: Path) -> None:
    paths = pack(tmp_path, FILES)
    prepare(**paths, filters=Filters(min_length=1), source=PREDICTED)
    index, refused = read(paths)
    assert list(index) == INDEX.names
    assert list(refused) == tables.COLUMNS
    assert refused.empty
    store = ShardStore([paths["shard"]])
    assert store.rows(0) == len(index) == len(FILES)
    for row in index.itertuples():
        data = FILES[row.source]
        (chain,) = read_structure(data, entry=row.entry, where=row.source)
        stored = store[0, row.row]
        assert stored.id == row.id == f"{row.entry}_A"
        np.testing.assert_array_equal(stored.backbone, chain.backbone)
        assert (row.length, row.sequence) == (len(chain), chain.sequence)
        assert row.mean_plddt == pytest.approx(chain.plddt.mean(), abs=1e-3)
        assert row.sha256 == hashlib.sha256(data).hexdigest()
        assert (row.version, row.breaks) == ("v1", 0)


def test_same_input_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        paths = pack(folder, FILES)
        prepare(**paths, filters=Filters(min_length=1), source=PREDICTED)
        written.append(paths["shard"].read_bytes())
    assert written[0] == written[1]


def test_every_bad_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    name, good = next(iter(FILES.items()))
    packed = gzip.compress(good)
    files = {
        name: good,
        "empty.pdb": b"",
        "binary.pdb": bytes(range(256)),
        "cut.pdb.gz": packed[: len(packed) // 2],
        "bare.cif": b"data_bare\n_cell.length_a 1\n",
        "dna.pdb": good.replace(b" CA ", b" P  "),
        "packed.bcif": b"\x83\xa7encoder\xa3abc\xaadataBlocks\x90",
        "number.pdb": good.replace(b"1.00", b"1,00"),
        "page.cif": b"<html>404</html>",
        "changed.pdb": good,
    }
    paths = pack(tmp_path, files, **{"changed.pdb": "0" * 64})
    table = paths["manifest"].read_text()
    gone = "gone\tv1\tgone.cif\t0\t\thttps://gone.cif\tis not on the server\n"
    paths["manifest"].write_text(table + "lost\tv1\tlost.pdb\t9\t00\t\t\n" + gone)
    prepare(**paths, filters=Filters(min_length=1), source=PREDICTED)
    index, refused = read(paths)
    assert index["source"].tolist() == [name]
    reasons = dict(zip(refused["source"], refused["reason"], strict=True))
    assert reasons == {
        "empty.pdb": Reason.EMPTY,
        "binary.pdb": Reason.DAMAGED,
        "cut.pdb.gz": Reason.DAMAGED,
        "bare.cif": Reason.NO_ATOMS,
        "dna.pdb": Reason.NO_BACKBONE,
        "packed.bcif": Reason.UNSUPPORTED,
        "number.pdb": Reason.MALFORMED,
        "page.cif": Reason.NO_ATOMS,
        "changed.pdb": Reason.DAMAGED,
        "lost.pdb": Reason.MISSING,
        "gone.cif": Reason.MISSING,
    }
    told = zip(refused["source"], refused["detail"], strict=True)
    assert not any(detail.startswith(source) for source, detail in told)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"min_length": 100}, Reason.TOO_SHORT),
        ({"min_length": 1, "max_length": 30}, Reason.TOO_LONG),
        ({"min_length": 1, "min_plddt": 99}, Reason.LOW_PLDDT),
    ],
)
def test_filters_name_their_reason(tmp_path: Path, filters: dict, reason: Reason) -> None:
    paths = pack(tmp_path, FILES)
    prepare(**paths, filters=Filters(**filters), source=PREDICTED)
    index, refused = read(paths)
    assert index.empty
    assert refused["reason"].tolist() == [reason] * len(FILES)
    assert refused["chain"].tolist() == ["A"] * len(FILES)
    assert ShardStore([paths["shard"]]).rows(0) == 0


def test_breaks_are_counted_and_filtered(tmp_path: Path) -> None:
    name, data = next(iter(FILES.items()))
    lines = data.splitlines(keepends=True)
    gap = b"".join(line for line in lines if line[22:26] not in (b"  10", b"  11", b"  20"))
    paths = pack(tmp_path, {name: gap})
    prepare(**paths, filters=Filters(min_length=1), source=PREDICTED)
    assert read(paths)[0]["breaks"].tolist() == [2]
    prepare(**paths, filters=Filters(min_length=1, max_breaks=1), source=PREDICTED)
    assert read(paths)[1]["reason"].tolist() == [Reason.TOO_MANY_BREAKS]


def test_experiments_have_no_plddt(tmp_path: Path) -> None:
    paths = pack(tmp_path, FILES)
    prepare(**paths, filters=Filters(min_length=1, min_plddt=99), source=EXPERIMENT)
    index, _ = read(paths)
    assert len(index) == len(FILES)
    assert index["mean_plddt"].isna().all()
    assert not ShardStore([paths["shard"]])[0, 0].plddt.any()


def test_second_file_of_an_entry_is_a_duplicate(tmp_path: Path) -> None:
    name, data = next(iter(FILES.items()))
    files = {name: data, name + ".gz": gzip.compress(data, mtime=0)}
    paths = pack(tmp_path, files)
    prepare(**paths, filters=Filters(min_length=1), source=PREDICTED)
    index, refused = read(paths)
    assert index["source"].tolist() == [name]
    assert refused["reason"].tolist() == [Reason.DUPLICATE]


@pytest.mark.parametrize("part", ["archive", "manifest"])
def test_broken_shard_is_an_error_with_remedy(tmp_path: Path, part: str) -> None:
    paths = pack(tmp_path, FILES)
    paths[part].write_bytes(paths[part].read_bytes()[:700] if part == "archive" else b"a\tb\n")
    with pytest.raises(InputError, match="run fetch again") as caught:
        prepare(**paths, filters=Filters(), source=PREDICTED)
    assert str(paths[part]) in caught.value.where


def test_real_structures(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "proteins" / "afdb"
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    paths = pack(tmp_path, files)
    prepare(**paths, filters=Filters(), source=PREDICTED)
    index, refused = read(paths)
    assert (len(index), len(refused)) == (26, 15)
    assert set(refused["reason"]) == {Reason.TOO_SHORT, Reason.TOO_LONG}
    known = pd.read_csv(shared_data / "proteins" / "entries.tsv", sep="\t").set_index("file")
    for row in index.itertuples():
        entry = known.loc[f"afdb/{row.source}"]
        assert row.length == entry["length"]
        assert row.mean_plddt == pytest.approx(entry["mean_CA_B"], abs=0.01)
