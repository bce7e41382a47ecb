import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from causeway.errors import InputError
from causeway.proteins.reasons import Reason
from causeway.proteins.rigidssl import refused as tables
from causeway.proteins.rigidssl.config import Split
from causeway.proteins.rigidssl.prepare import INDEX
from causeway.proteins.rigidssl.split import split

LETTERS = list("ARNDCQEGHILKMFPSTWYV")
SHARES = Split(validation=0.1, test=0.2)


@pytest.fixture(autouse=True)
def without_mmseqs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[pd.DataFrame, str, pd.DataFrame]]:
    """Split chains of some shards, given as lists of (id, sequence)."""

    def run(
        shards: list[list[tuple[str, str]]], *, seed: int = 0, refused: tuple[tuple, ...] = ()
    ) -> tuple[pd.DataFrame, str, pd.DataFrame]:
        indices, refusals = [], []
        for number, shard in enumerate(shards):
            rows = [
                {
                    "id": name,
                    "entry": name.split("_")[0],
                    "chain": "A",
                    "version": "v1",
                    "length": len(text),
                    "mean_plddt": 90.0,
                    "breaks": 0,
                    "source": f"{name}.pdb",
                    "sha256": "0",
                    "row": row,
                    "sequence": text,
                }
                for row, (name, text) in enumerate(shard)
            ]
            indices.append(tmp_path / f"index{number}.parquet")
            pq.write_table(pa.Table.from_pylist(rows, INDEX), indices[-1])
            refusals.append(tmp_path / f"{number}-refused.tsv")
            tables.write(refused, refusals[-1])
        outputs = {
            "index": tmp_path / "index.parquet",
            "leakage": tmp_path / "leakage.tsv",
            "refused": tmp_path / "refused.tsv",
        }
        split(
            indices=indices,
            refusals=refusals,
            **outputs,
            split=SHARES,
            dataset="made-up",
            seed=seed,
        )
        return (
            pd.read_parquet(outputs["index"]),
            outputs["leakage"].read_text(),
            pd.read_csv(outputs["refused"], sep="\t"),
        )

    return run


def family_shards(families: int = 30, members: int = 2) -> list[list[tuple[str, str]]]:
    """Members of each family lie in different shards."""
    rng = np.random.default_rng(0)
    shards: list[list[tuple[str, str]]] = [[] for _ in range(members)]
    for family in range(families):
        letters = rng.choice(LETTERS, 80)
        for member, shard in enumerate(shards):
            changed = np.where(rng.random(80) < 0.1, rng.choice(LETTERS, 80), letters)
            shard.append((f"f{family:02}m{member}_A", "".join(changed)))
    return shards


def test_families_stay_together_across_shards(run) -> None:
    index, report, refused = run(family_shards())
    assert {"shard", "row", "cluster", "split"} <= set(index)
    assert index["id"].is_unique
    assert len(index) == 60
    assert index["cluster"].nunique() == 30
    assert set(index["cluster"]) <= set(index["id"])
    assert index.groupby(index["id"].str[:3])["split"].nunique().eq(1).all()
    assert index["split"].value_counts().to_dict() == {"train": 42, "test": 12, "validation": 6}
    for row in index.itertuples():
        assert row.id.endswith(f"m{row.shard}_A")
    assert refused.empty
    assert report.startswith("# test: 12 chains; 0 with a training chain at identity >= 0.3")
    assert "# clusters: built-in words and bands, connected components; 30 of 60 chains" in report
    table = pd.read_csv(io.StringIO(report), sep="\t", comment="#")
    assert set(table["id"]) == set(index.loc[index["split"] != "train", "id"])
    assert (table["identity"] < 0.3).all()


def test_seed_decides(run) -> None:
    first, again, other = (run(family_shards(), seed=seed)[0] for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["split"] != other["split"]).any()


def test_id_of_an_earlier_shard_is_refused(run) -> None:
    first, second = family_shards()
    index, _, refused = run([first, [*second, first[0]]])
    assert len(index) == 60
    assert refused["reason"].tolist() == [Reason.DUPLICATE]
    assert refused["entry"].tolist() == ["f00m0"]


def test_nothing_left_tells_what_and_where_and_what_to_do(run, tmp_path) -> None:
    refused = (
        ("a", "A", "a.pdb", Reason.TOO_SHORT, "3 residues"),
        ("b", "A", "b.pdb", Reason.TOO_SHORT, "4 residues"),
        ("c", "", "c.pdb", Reason.EMPTY, "is empty"),
        ("d", "NA", "d.pdb", Reason.TOO_SHORT, "5 residues"),
    )
    with pytest.raises(
        InputError, match=r"too short 3, empty file 1; the first: a\.pdb: 3"
    ) as caught:
        run([[]], refused=refused)
    assert "c.pdb: is empty" in caught.value.problem
    assert "d.pdb" not in caught.value.problem
    assert "rigidssl.filters" in caught.value.remedy
    assert str(tmp_path / "0-refused.tsv") in caught.value.remedy
    with pytest.raises(InputError, match="no structure at all"):
        run([[]])


def test_too_few_clusters(run) -> None:
    with pytest.raises(InputError, match="2 sequence clusters"):
        run(family_shards(families=2))
