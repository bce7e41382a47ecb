"""What a record says of the software behind a result."""

import sys
from importlib.metadata import packages_distributions, version

import pandas  # noqa: F401  # one that declares its packages nowhere
import yaml  # noqa: F401  # and one that has another name

from causeway import provenance


def test_versions_are_those_of_the_owners_of_all_imported_modules():
    owners = packages_distributions()
    loaded = {name.partition(".")[0] for name in sys.modules}
    expected = {owner: version(owner) for name in loaded for owner in owners.get(name, [])}
    found = provenance.versions()
    assert found.pop("python")
    assert found == expected
    assert {"PyYAML", "pandas", "numpy"} <= found.keys()
