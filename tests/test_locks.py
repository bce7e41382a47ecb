"""Locks between processes."""

import threading

from causeway.locks import alone, held


def test_those_who_wait_take_turns_though_each_removes_the_file(tmp_path):
    inside, most, turns = 0, 0, 0
    counting = threading.Lock()

    def work():
        nonlocal inside, most, turns
        for _ in range(50):
            with alone(tmp_path / "target"):
                with counting:
                    inside += 1
                    most = max(most, inside)
                    turns += 1
                with counting:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 1
    assert turns == 8 * 50
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_goes_between_opening_and_looking_is_made_again(tmp_path, monkeypatch):
    path = tmp_path / "target"
    looked = []

    def vanished(self):
        looked.append(self)
        monkeypatch.undo()
        self.unlink()
        raise FileNotFoundError(self)

    monkeypatch.setattr(type(path), "stat", vanished)
    with held(path, "the file"):
        assert path.exists()
    assert looked == [path]


def test_what_is_held_keeps_its_content_and_grows(tmp_path):
    path = tmp_path / "part"
    path.write_bytes(b"ab")
    with held(path, "the file") as file:
        file.write(b"c")
    assert path.read_bytes() == b"abc"
