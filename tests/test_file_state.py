"""Marks of files that are not made here."""

from causeway.data.file_state import file_state


def test_changed_files_change_their_state(tmp_path):
    assert file_state(None) == file_state(str(tmp_path / "none")) == "no file"
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "matrix.mtx"
    path.write_text("a")
    before = file_state(str(tmp_path / "folder"))
    path.write_text("ab")
    assert before != file_state(str(tmp_path / "folder"))
