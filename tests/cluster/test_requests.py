"""What jobs ask of a cluster, at first and again."""

from math import inf

import pytest

from causeway.cluster.growth import Growing
from causeway.cluster.requests import to_predict, to_train

HARDWARE = {"accelerator": "auto", "devices": 4, "nodes": 1}


def test_requests_grow_with_the_attempt_up_to_what_there_is():
    asked = Growing(100)
    assert [asked({}, attempt=attempt) for attempt in (1, 2, 3)] == [100, 200, 300]
    asked.most = 250
    assert [asked({}, attempt=attempt) for attempt in (1, 2, 3)] == [100, 200, 250]
    asked.most = 50
    assert asked({}, attempt=2) == 100, "what the rule states is not lowered in silence"
    asked.most = inf
    assert isinstance(asked({}, attempt=2), int)


def test_the_least_of_several_limits_holds():
    asked = Growing(100)
    asked.limit(inf)
    assert asked({}, attempt=3) == 300
    asked.limit(1.5)
    asked.limit(2)
    assert asked({}, attempt=3) == 150


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"gpu": 4, "nodes": 1}),
        ({"devices": 1}, {"gpu": 1}),
        ({"accelerator": "cpu"}, {"gpu": 0}),
        (
            {"nodes": 2},
            {"nodes": 2, "tasks": 2, "mpi": "srun", "gres": "gpu:4", "tasks_per_gpu": 0},
        ),
        ({"nodes": 2, "accelerator": "cpu"}, {"nodes": 2, "tasks": 2, "mpi": "srun"}),
    ],
)
def test_trainings_ask_the_devices_of_every_node(changes, expected):
    assert to_train(HARDWARE | changes) == expected


def test_predictions_ask_one_device_at_most():
    assert to_predict(HARDWARE) == {"gpu": 1}
    assert to_predict(HARDWARE | {"accelerator": "cpu"}) == {"gpu": 0}
