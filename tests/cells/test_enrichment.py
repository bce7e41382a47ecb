"""Gene sets in modules: reading GMT files, and the test."""

import numpy as np
import pytest
from scipy import stats

from causeway.cells.lcd.enrichment import COLUMNS, enrichment, read_gmt
from causeway.errors import InputError

GENES = [f"g{gene:03d}" for gene in range(40)]
NUMBERS = np.repeat([0, 1, -1], [10, 10, 20])


def test_gmt_files_are_read(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("FIRST\thttp://one\tg001\tg002\t\n\nSECOND\t\tg003\n")
    assert read_gmt(path) == {"FIRST": {"g001", "g002"}, "SECOND": {"g003"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ONE\tdescription\n", "line 1: 'ONE' has no genes"),
        ("ONE\td\tg1\nONE\td\tg2\n", "line 2: 'ONE' comes twice"),
        ("\n", "no gene sets"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_broken_gmt_files_are_refused(tmp_path, text, says):
    path = tmp_path / "sets.gmt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=says):
        read_gmt(path)


def test_missing_gmt_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_gmt(tmp_path / "absent.gmt")


def test_enriched_sets_are_found_with_the_exact_probability():
    sets = {
        "first": frozenset(GENES[:8]) | {"elsewhere"},
        "second": frozenset(GENES[10:16]),
        "mixed": frozenset(GENES[::4]),
        "absent": frozenset({"elsewhere"}),
    }
    table = enrichment(NUMBERS, GENES, sets, rate=0.01)
    assert table["set"].tolist() == ["first", "second"]
    assert table["module"].tolist() == [0, 1]
    row = table.iloc[0]
    exact = stats.fisher_exact([[8, 0], [2, 30]], alternative="greater").pvalue
    assert row["p"] == pytest.approx(exact)
    assert row["q"] == pytest.approx(3 * exact)
    assert row["size"] == 8
    assert row["fold"] == pytest.approx(4.0)
    assert row["genes"] == ",".join(GENES[:8])


def test_at_most_the_best_sets_are_kept():
    sets = {f"set{number}": frozenset(GENES[: 10 - number]) for number in range(5)}
    table = enrichment(NUMBERS, GENES, sets, rate=0.05, most=2)
    assert table["set"].tolist() == ["set0", "set1"]


def test_without_modules_or_matches_the_table_is_empty():
    for numbers, sets in ((np.full(40, -1), {"first": frozenset(GENES[:8])}), (NUMBERS, {})):
        table = enrichment(numbers, GENES, sets, rate=0.01)
        assert list(table.columns) == COLUMNS
        assert table.empty
