"""Locks between processes."""

import threading

from causeway.locks import alone, held


def test_those_who_wait_take_turns_though_each_removes_the_file(tmp_path):
    inside, most = 0, 0
    counting = threading.Lock()

    def work():
        nonlocal inside, most
        for _ in range(50):
            with alone(tmp_path / "target"):
                with counting:
                    inside += 1
                    most = max(most, inside)
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_held_keeps_its_content_and_grows(tmp_path):
    path = tmp_path / "part"
    path.write_bytes(b"ab")
    with held(path, "the file") as file:
        file.write(b"c")
    assert path.read_bytes() == b"abc"
