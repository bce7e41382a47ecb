"""Transfers that break off and go on, and ranges of files."""

import json

import pytest
from served import CONTENT, DIGEST, alone

from causeway.data.download import describe, download, read_range
from causeway.data.web import Origin
from causeway.errors import InputError
from webserver import close_after, replaced, stall_after, status


@pytest.mark.parametrize("trouble", [close_after(100_000), stall_after(100_000)])
def test_a_broken_transfer_goes_on_where_it_stopped(server, client, target, trouble):
    url = server.add("file", CONTENT, trouble)
    download(url, target, sha256=DIGEST, client=client)
    first, second = server.asked("file")
    assert first is None
    begin = int(second.removeprefix("bytes=").rstrip("-"))
    assert 0 < begin <= 100_000
    assert server.requests[1][2] == '"one"', "resumed on condition of the same entity tag"
    assert target.read_bytes() == CONTENT


def test_a_later_call_resumes_the_part_of_an_earlier_one(server, client, target):
    url = server.add("file", CONTENT, close_after(100_000), *[status(503)] * 3)
    with pytest.raises(InputError):
        download(url, target, client=client)
    part = target.with_name("file.bin.part")
    assert part.stat().st_size == 100_000
    assert not target.exists()
    download(url, target, sha256=DIGEST, client=client)
    assert server.asked("file")[-1] == "bytes=100000-"
    assert alone(target)


def test_a_part_of_unknown_origin_is_not_trusted(server, client, target):
    url = server.add("file", CONTENT)
    target.parent.mkdir()
    target.with_name("file.bin.part").write_bytes(b"something else")
    download(url, target, client=client)
    assert target.read_bytes() == CONTENT
    target.unlink()
    target.with_name("file.bin.part").write_bytes(b"something else")
    card = {"url": "http://elsewhere/file", "span": [], "origin": {"size": 9, "etag": '"one"'}}
    target.with_name("file.bin.part.json").write_text(json.dumps(card))
    download(url, target, client=client)
    assert target.read_bytes() == CONTENT


def test_a_server_without_ranges_is_asked_for_all(server, client, target):
    server.ranges = False
    url = server.add("file", CONTENT, close_after(100_000))
    download(url, target, sha256=DIGEST, client=client)
    assert target.read_bytes() == CONTENT


def test_a_server_without_validators_is_asked_for_all(server, client, target):
    url = server.add("file", CONTENT, close_after(100_000), etag="")
    download(url, target, sha256=DIGEST, client=client)
    assert server.asked("file") == [None, None]
    assert target.read_bytes() == CONTENT


def test_a_weak_entity_tag_is_no_condition_but_the_date_is(server, client, target):
    url = server.add("file", CONTENT, close_after(100_000), etag='W/"one"')
    download(url, target, sha256=DIGEST, client=client)
    assert server.requests[1][2].endswith(" GMT")
    assert server.asked("file")[1] == "bytes=100000-"
    assert target.read_bytes() == CONTENT


def test_a_file_replaced_between_tries_is_fetched_afresh(server, client, target):
    new = CONTENT[::-1]
    url = server.add("file", CONTENT, close_after(100_000), replaced(new, '"two"'))
    receipt = download(url, target, client=client)
    assert target.read_bytes() == new
    assert receipt.etag == '"two"'


def test_a_range_into_a_file(server, client, target):
    url = server.add("file", CONTENT, close_after(1000), close_after(1000))
    download(url, target, span=(5000, 9000), client=client)
    assert target.read_bytes() == CONTENT[5000:9000]
    assert server.asked("file") == ["bytes=5000-8999", "bytes=6000-8999", "bytes=7000-8999"]


def test_ranges_are_read_from_servers_and_disks(server, client, tmp_path):
    url = server.add("file", CONTENT, status(503), close_after(1000))
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    end = len(CONTENT)
    for start, stop in ((0, 10), (300, 4000), (end - 3, end + 3)):
        assert read_range(url, start, stop, client=client) == CONTENT[start:stop]
        assert read_range(path, start, stop) == CONTENT[start:stop]
    assert describe(url, client=client).size == describe(path).size == end


def test_ranges_of_a_changed_file_are_refused(server, client, target):
    url = server.add("file", CONTENT)
    origin = describe(url, client=client)
    assert read_range(url, 1, 9, origin=origin, client=client) == CONTENT[1:9]
    server.etags["file"] = '"two"'
    with pytest.raises(InputError, match="changed"):
        read_range(url, 1, 9, origin=origin, client=client)
    with pytest.raises(InputError, match="changed"):
        download(url, target, span=(1, 9), origin=origin, client=client)


def test_ranges_need_a_server_with_ranges(server, client):
    server.ranges = False
    url = server.add("file", CONTENT)
    with pytest.raises(InputError, match="byte ranges"):
        read_range(url, 10, 20, client=client)


def test_descriptions_differ_only_where_both_know():
    known = Origin(3, '"one"', "today")
    assert not known.differs(known)
    assert not known.differs(Origin())
    assert not Origin().differs(known)
    assert known.differs(Origin(4))
    assert known.differs(Origin(3, '"two"'))
    assert known.differs(Origin(3, '"two"', "tomorrow"))
    assert not known.differs(Origin(3, '"two"', "today"))
