"""Many files at once, and one file wanted by many."""

import hashlib
import multiprocessing
import threading
import time

import pytest
from served import CONTENT, DIGEST, alone

from causeway.data.checks import Promise
from causeway.data.download import Job, download, download_all
from causeway.data.web import MissingError
from webserver import slow, stall_after


def test_many_files_a_few_at_a_time(server, tmp_path):
    jobs = []
    for number in range(12):
        content = f"file {number}".encode()
        url = server.add(f"{number}", content, slow(0.05))
        promise = Promise(sha256=hashlib.sha256(content).hexdigest())
        jobs.append(Job(url, tmp_path / str(number), promise))
    receipts = download_all(jobs, workers=3, interval=0)
    assert [receipt.url for receipt in receipts] == [job.url for job in jobs]
    assert all((tmp_path / str(number)).exists() for number in range(12))
    assert 1 < server.busiest <= 3


def test_many_files_keep_a_distance(server, tmp_path):
    jobs = [Job(server.add(f"{number}", b"x"), tmp_path / str(number)) for number in range(5)]
    began = time.monotonic()
    download_all(jobs, workers=5, interval=0.05)
    assert time.monotonic() - began >= 4 * 0.05


def test_all_missing_files_are_named_together(server, tmp_path):
    jobs = [Job(f"{server.url}/{number}", tmp_path / str(number)) for number in range(3)]
    jobs.append(Job(server.add("there", b"x"), tmp_path / "there"))
    with pytest.raises(MissingError, match=r"/0, .*/1, .*/2: .*3 of 4 files"):
        download_all(jobs, interval=0)


def _fetch(url, target, barrier):
    barrier.wait()
    download(url, target, sha256=DIGEST)


def test_two_processes_want_the_same_file(server, target):
    url = server.add("file", CONTENT, slow(0.5))
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(2)
    workers = [spawn.Process(target=_fetch, args=(url, target, barrier)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1, "the second one waited and found the file"
    assert alone(target)


def test_a_killed_process_leaves_a_part_that_is_resumed(server, client, target):
    url = server.add("file", CONTENT, stall_after(100_000, 10))
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(1)
    worker = spawn.Process(target=_fetch, args=(url, target, barrier))
    worker.start()
    part = target.with_name("file.bin.part")
    while worker.is_alive() and not (part.exists() and part.stat().st_size):
        time.sleep(0.01)
    worker.kill()
    worker.join()
    assert not target.exists()
    held = part.stat().st_size
    assert held > 0
    download(url, target, sha256=DIGEST, client=client)
    assert target.read_bytes() == CONTENT
    assert server.asked("file")[-1] == f"bytes={held}-"


def test_many_threads_want_the_same_file(server, client, target):
    url = server.add("file", CONTENT, slow(0.2))
    threads = [
        threading.Thread(target=download, args=(url, target), kwargs={"client": client})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1
