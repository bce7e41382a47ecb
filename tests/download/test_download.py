"""One file from a server that misbehaves, or from a folder."""

import logging
import os
import subprocess

import pytest
from served import CONTENT, DIGEST, alone

from causeway.data.download import describe, download
from causeway.data.web import MissingError
from causeway.errors import InputError
from webserver import corrupted, replaced, unsized


def test_a_file_arrives_whole_and_verified(server, client, target):
    url = server.add("file", CONTENT)
    receipt = download(url, target, sha256=DIGEST, size=len(CONTENT), client=client)
    assert target.read_bytes() == CONTENT
    assert (receipt.sha256, receipt.bytes, receipt.url) == (DIGEST, len(CONTENT), url)
    assert receipt.etag == '"one"'
    assert alone(target)


def test_a_good_file_is_not_fetched_again_and_a_bad_one_is(server, client, target, caplog):
    url = server.add("file", CONTENT)
    download(url, target, sha256=DIGEST, client=client)
    download(url, target, sha256=DIGEST, client=client)
    assert len(server.requests) == 1
    target.write_bytes(CONTENT[:-1])
    download(url, target, sha256=DIGEST, client=client)
    assert len(server.requests) == 2
    assert str(target) in caplog.text
    assert target.read_bytes() == CONTENT


def test_a_folder_serves_as_well(tmp_path, target):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    assert download(path, target, sha256=DIGEST).sha256 == DIGEST
    assert target.read_bytes() == CONTENT
    path.write_bytes(CONTENT[:-1])
    target.unlink()
    with pytest.raises(InputError, match="Replace the file in the mirror"):
        download(path, target, sha256=DIGEST)
    assert not target.exists()
    with pytest.raises(InputError, match="no such file"):
        download(tmp_path / "nothing", target)


def test_a_file_of_unknown_size(server, client, target):
    url = server.add("file", CONTENT, unsized)
    download(url, target, sha256=DIGEST, client=client)
    assert target.read_bytes() == CONTENT


def test_an_empty_file(server, client, target):
    url = server.add("file", b"")
    assert download(url, target, client=client).bytes == 0
    assert describe(url, client=client).size == 0


def test_corrupted_bytes_are_named_and_fetched_again(server, client, target, caplog):
    url = server.add("file", CONTENT, corrupted)
    download(url, target, sha256=DIGEST, client=client)
    assert target.read_bytes() == CONTENT
    (record,) = [item for item in caplog.records if item.levelno == logging.WARNING]
    assert url in record.getMessage()
    assert DIGEST in record.getMessage()


def test_a_file_that_is_broken_each_time_is_given_up(server, client, target):
    troubles = [replaced(bytes([number]) * 9, f'"{number}"') for number in range(5)]
    url = server.add("file", CONTENT, *troubles)
    with pytest.raises(InputError, match=DIGEST):
        download(url, target, sha256=DIGEST, client=client)
    assert len(server.requests) == 3
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 7}])
def test_a_wrong_promise_is_an_error_that_names_all(server, client, target, wrong):
    url = server.add("file", CONTENT)
    with pytest.raises(InputError) as caught:
        download(url, target, client=client, **wrong)
    message = str(caught.value)
    got = DIGEST if "sha256" in wrong else str(len(CONTENT))
    for part in (url, str(target), str(*wrong.values()), got, "removed", "mirror=DIR"):
        assert part in message
    assert len(server.requests) == 2, "the same twice is no accident of the way"
    assert list(target.parent.iterdir()) == []


def test_a_missing_file_is_an_error_at_once(server, client, target):
    with pytest.raises(MissingError, match="404"):
        download(f"{server.url}/nothing", target, client=client)
    assert len(server.requests) == 1


def test_an_unusable_address(client, target):
    with pytest.raises(InputError, match="address"):
        download("no-address", target, client=client)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one hundred kilobytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("trouble", [None, unsized], ids=["known-size", "unknown-size"])
def test_a_full_disk_is_told_and_leaves_no_half_file(server, client, small_disk, trouble):
    url = server.add("file", CONTENT, *([trouble] if trouble else []))
    target = small_disk / "file"
    with pytest.raises(InputError, match=r"no space left.*Free space") as caught:
        download(url, target, client=client)
    assert caught.value.where == str(target)
    assert url in str(caught.value)
    assert not target.exists()
    small = server.add("small", b"x" * 1000)
    if trouble is None:
        assert download(small, small_disk / "other", client=client).bytes == 1000
