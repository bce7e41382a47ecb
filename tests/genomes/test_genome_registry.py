"""The registered genomes are the files that are there, pinned to a commit."""

import re

import pytest

from causeway.data.datasets import find, listing, locate


@pytest.mark.parametrize(("name", "files"), [("ecoli-k12", 5), ("chr20-1mb", 4)])
def test_the_real_files_are_those_of_the_registry(root, shared_data, name, files):
    found = listing(root, find(root, name))
    assert len(found) == files
    for file in found:
        assert file.promise.broken(locate(file, str(shared_data))) is None
        assert re.search(r"/[0-9a-f]{40}/", file.url), "pinned to a commit"
