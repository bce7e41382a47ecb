"""What reruns a step and what does not."""

import pytest

from causeway import fingerprint as module
from causeway.fingerprint import closure, digest, fingerprint, imports

STEP = '''
"""A step."""
from causeway.island import loss

def step():
    """Do it."""
    return loss.value()
'''
LOSS = "def value():\n    return 1\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Stand-in package with two modules, one importing the other, and an unrelated third."""
    (tmp_path / "island").mkdir()
    (tmp_path / "__init__.py").touch()
    (tmp_path / "island" / "__init__.py").touch()
    (tmp_path / "island" / "step.py").write_text(STEP)
    (tmp_path / "island" / "loss.py").write_text(LOSS)
    (tmp_path / "island" / "other.py").write_text("import torch\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    module._parsed.cache_clear()
    yield tmp_path / "island"
    module._parsed.cache_clear()


def again(name="causeway.island.step"):
    module._parsed.cache_clear()
    return digest(name)


@pytest.mark.parametrize(
    ("file", "text", "same"),
    [
        ("loss.py", "# why\ndef value():\n    return 1\n", True),
        ("loss.py", '"""Prose."""\n\ndef value():\n    """Prose."""\n    return  1\n', True),
        ("other.py", "import torch, sys\n", True),
        ("loss.py", "def value():\n    return 2\n", False),
        ("step.py", STEP.replace("loss.value()", "-loss.value()"), False),
    ],
)
def test_only_code_that_is_used_counts(package, file, text, same):
    before = again()
    (package / file).write_text(text)
    assert (again() == before) is same


def test_closure_follows_imports_and_parents(package):
    assert closure("causeway.island.step") == [
        "causeway",
        "causeway.island",
        "causeway.island.loss",
        "causeway.island.step",
    ]


def test_foreign_imports_are_told(package):
    (package / "loss.py").write_text("import numpy.linalg\nfrom scipy import stats\n")
    module._parsed.cache_clear()
    assert imports("causeway.island.step") == {"numpy", "scipy"}


def test_an_unknown_module_is_refused(package):
    with pytest.raises(ModuleNotFoundError, match=r"causeway\.island\.absent"):
        fingerprint("causeway.island.absent")


def test_a_package_can_be_left_out(package):
    (package / "loss.py").write_text("from causeway.transport import move\n")
    (package.parent / "transport.py").write_text("def move():\n    return 1\n")
    module._parsed.cache_clear()
    whole, part = (
        digest("causeway.island.step", apart=name) for name in (None, "causeway.transport")
    )
    (package.parent / "transport.py").write_text("def move():\n    return 2\n")
    module._parsed.cache_clear()
    assert digest("causeway.island.step") != whole
    assert digest("causeway.island.step", apart="causeway.transport") == part


def test_a_rule_is_given_the_digest_when_its_job_is_planned(package):
    parameter = fingerprint("causeway.island.step")
    (package / "loss.py").write_text("def value():\n    return 2\n")
    assert parameter({}) == digest("causeway.island.step")
