"""Records count the runs of a job and name what had changed."""

import pytest

from causeway.history import NOTHING, history, previous

RECORD = {"params": {"code": "a", "draws": 3}, "seed": 1, "inputs": {"x": {"bytes": 1}}}


def test_the_first_run_has_no_reason():
    assert history(None, RECORD) == {"runs": 1, "changed": []}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, [NOTHING]),
        ({"params": {"code": "b", "draws": 3}}, ["code"]),
        ({"params": {"code": "b", "draws": 4}}, ["code", "parameter draws"]),
        ({"params": {"code": "a", "draws": 3, "new": None}}, [NOTHING]),
        ({"params": {"code": "a", "draws": 3, "new": 0}}, ["parameter new"]),
        ({"seed": 2, "inputs": {}}, ["inputs", "seed"]),
    ],
)
def test_what_differs_is_named(change, told):
    before = RECORD | {"history": {"runs": 4, "changed": []}}
    assert history(before, RECORD | change) == {"runs": 5, "changed": told}


def test_a_record_of_before_histories_counts_as_one_run():
    assert history(RECORD, RECORD)["runs"] == 2


def test_sequences_survive_json():
    assert history(
        {"params": {"a": [1]}, "seed": 0, "inputs": {}},
        {
            "params": {"a": (1,)},
            "seed": 0,
            "inputs": {},
        },
    )["changed"] == [NOTHING]


@pytest.mark.parametrize("text", [None, "", "[]", "{"])
def test_what_is_no_record_is_none(tmp_path, text):
    path = tmp_path / "record.json"
    if text is not None:
        path.write_text(text)
    assert previous(path) is None
