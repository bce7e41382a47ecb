"""Servers that are busy or away for a while, or for good."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from served import CONTENT, DIGEST

from causeway.data.download import download
from causeway.errors import InputError
from webserver import status


@pytest.mark.parametrize("trouble", [status(429), status(503), status(500), status(408)])
def test_passing_troubles_are_waited_out(server, client, target, trouble):
    url = server.add("file", CONTENT, trouble, trouble)
    download(url, target, sha256=DIGEST, client=client)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(server, client, target, form):
    moment = datetime.now(UTC) + timedelta(seconds=2)
    value = "1" if form == "seconds" else format_datetime(moment, usegmt=True)
    url = server.add("file", CONTENT, status(429, Retry_After=value))
    began = time.monotonic()
    download(url, target, client=client)
    # A date has whole seconds only, so that up to one of its two is lost.
    assert time.monotonic() - began > 0.9


def test_a_long_retry_after_is_an_error_at_once(server, client, target):
    url = server.add("file", CONTENT, status(503, Retry_After="86400"))
    with pytest.raises(InputError, match="come back in 86400 s"):
        download(url, target, client=client)


def test_patience_ends(server, client, target):
    url = server.add("file", CONTENT, status(503))
    server.for_ever.add("file")
    with pytest.raises(InputError, match=r"503.*try 4.*mirror=DIR"):
        download(url, target, client=client)
    assert len(server.requests) == client.patience.tries
    assert not target.exists()


def test_offline_names_the_address_and_the_way_out(client, target):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    with pytest.raises(InputError, match=r"no connection.*--config mirror=DIR") as caught:
        download(url, target, client=client)
    assert caught.value.where == url
    assert not target.exists()
