"""What a source points to, as far as it decides whether a dataset is made again."""

import pytest

from causeway.errors import InputError
from causeway.proteins.supply.state import state

HEAD = "name\tversion\turl\tfiles\tsha256\tbytes\tlicence\tcitation\n"
ROW = "{}\tv1\thttps://example.org/{}.tar\t\t\t\tCC0\tnobody\n"


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "config/data.tsv"
    path.parent.mkdir()
    path.write_text(HEAD + ROW.format("models", "models"))
    return path


def test_only_its_own_row_of_the_registry_counts(registry, tmp_path):
    named = {"kind": "archive", "name": "models"}
    before = state(named, tmp_path)
    registry.write_text(registry.read_text() + ROW.format("cells", "cells"))
    assert state(named, tmp_path) == before
    registry.write_text(HEAD + ROW.format("models", "other"))
    assert state(named, tmp_path) != before


def test_a_source_without_files_never_changes(registry, tmp_path):
    made_up = {"kind": "synthetic"}
    before = state(made_up, tmp_path)
    registry.unlink()
    assert state(made_up, tmp_path) == before


def test_a_folder_counts_with_all_that_it_holds(tmp_path):
    folder = tmp_path / "structures/deep"
    folder.mkdir(parents=True)
    source = {"kind": "folder", "path": str(folder.parent)}
    before = state(source, tmp_path)
    (folder / "1ubq.pdb").touch()
    assert state(source, tmp_path) != before


def test_an_unknown_dataset_is_refused(registry, tmp_path):
    with pytest.raises(InputError, match="has no dataset 'model'"):
        state({"kind": "archive", "name": "model"}, tmp_path)
