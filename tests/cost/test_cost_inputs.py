"""Tables, clusters and benchmarks that a plan rests on."""

import json
from importlib import import_module
from importlib.util import find_spec

import pytest

from causeway.cost import counts, rates, raw
from causeway.cost.cluster import Cluster, load
from causeway.cost.work import Rate
from causeway.data.datasets import registry
from causeway.errors import InputError
from causeway.systems import domain, systems


def works():
    for name in systems():
        path = f"causeway.{domain(name)}.{name}.work"
        if find_spec(path):
            yield import_module(path)


def test_counts_are_of_registered_data(root):
    known = counts.read(root)
    assert known["afdb-swissprot-v4", "chains"] == 432_194
    assert {dataset for dataset, _ in known} <= set(registry(root))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a\tfiles\tmany\tseen\ts"], "line 2: value"),
        (["a\tfiles\t1\tguessed\ts"], "line 2: mark"),
        (["a\tfiles\t1\tseen\ts"] * 2, "line 3: occurs twice"),
        (None, "cannot be read"),
    ],
)
def test_counts_that_cannot_be_used_are_named(tmp_path, lines, message):
    if lines is not None:
        (tmp_path / "config").mkdir()
        text = "\n".join(["dataset\tquantity\tvalue\tmark\tsource", *lines]) + "\n"
        (tmp_path / counts.TABLE).write_text(text)
    with pytest.raises(InputError, match=message):
        counts.read(tmp_path)


def test_the_committed_benchmarks_tell_every_rate(root):
    found = [
        rate for module in works() for rate in vars(module).values() if isinstance(rate, Rate)
    ]
    assert len(found) >= 4
    for rate in found:
        assert rates.per_core(root, rate) > 0


def test_benchmarks_that_are_missing_or_other_are_named(tmp_path):
    rate = Rate("none", "speed", lambda report: report["speed"])
    with pytest.raises(InputError, match=r"python benchmarks/none\.py"):
        rates.per_core(tmp_path, rate)
    (tmp_path / rates.FOLDER).mkdir(parents=True)
    (tmp_path / rates.FOLDER / "none.json").write_text(json.dumps({}))
    with pytest.raises(InputError, match="does not tell speed"):
        rates.per_core(tmp_path, rate)


def test_a_cluster_is_its_file_and_what_is_given(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("nodes: 4\ncores: 8\ngpus: 2\nflops: 1.0e+13\nutilisation: 0.5\n")
    found = load(path, {"cores": 16, "memory": None})
    assert (found.all_cores, found.all_gpus, found.gpu_rate) == (64, 8, 5e12)
    assert load(None, {}) == Cluster()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("node: 1", "node: Extra inputs are not permitted"),
        ("cores: 0", "cores: Input should be greater than 0"),
        ("utilisation: 30", "utilisation: Input should be less than or equal to 1"),
        ("gpus: 1", "not how fast they are"),
        ("- 1", "no keys at its top"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_named(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text + "\n")
    with pytest.raises(InputError, match=message) as caught:
        load(path, {})
    assert str(path) in str(caught.value)


def test_clusters_of_the_project_can_be_read(root):
    for path in (root / "config" / "clusters").glob("*.yaml"):
        assert load(path, {}).all_cores


def test_raw_data_are_rows_of_the_registry_or_your_own(root):
    rows = registry(root)
    full = {name: kind.model_validate({}) for name, kind in systems().items()}
    assert raw.names(full["rigidssl"], rows) == ["afdb-swissprot-v4"]
    assert raw.names(full["gidd"], rows) == ["nemotron-cc"]
    assert set(raw.names(full["gim"], rows)) == {"sciplex3", "sciplex3-smiles"}
    known = counts.Counts({("afdb-swissprot-v4", "bytes"): 7})
    assert raw.bytes_of(full["rigidssl"], rows, known) == (7, [])
    assert raw.bytes_of(full["gidd"], rows, known) == (0, ["nemotron-cc"])
