"""A server that misbehaves, an impatient client and a place for what it fetches."""

import pytest

from causeway.data.web import Client, Patience
from webserver import serving

HASTE = Patience(tries=4, unreachable=2, first_wait=0.01, connect=2, stall=0.3)


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def client():
    with Client(HASTE) as client:
        yield client


@pytest.fixture
def target(tmp_path):
    return tmp_path / "data" / "file.bin"
