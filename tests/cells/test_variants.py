"""What figures of several systems share."""

import pandas as pd

from causeway.cells.captions import data_line
from causeway.cells.variants import read_variants


def test_tables_of_variants_become_one(tmp_path):
    paths = [tmp_path / variant / "scores.parquet" for variant in ("one", "two")]
    for value, path in enumerate(paths):
        path.parent.mkdir()
        pd.DataFrame({"value": [value, value]}).to_parquet(path)
    found = read_variants(paths)
    assert found["variant"].tolist() == ["one", "one", "two", "two"]
    assert found["value"].tolist() == [0, 0, 1, 1]
    assert found.index.tolist() == [0, 1, 2, 3]


def test_only_made_up_cells_are_called_so():
    assert data_line("norman", made_up=False) == "dataset norman"
    assert data_line("linear", made_up=True).endswith("made-up world, not real cells")
