"""A crate passes roc-validator, which needs packages of its own: see `make validate`.

The validator loads the context of RO-Crate 1.1 from the web. Here it gets the one that rocrate
brings, of version 1.3, with the terms of Bioschemas that version 1.1 used.
"""

import io
import urllib.request
import urllib.response
from email.message import Message
from pathlib import Path, PurePosixPath

import pytest
import requests
import rocrate

from causeway.config import load
from causeway.report.crate.crate import crate
from made_up_run import small_run, write

models = pytest.importorskip("rocrate_validator.models")
services = pytest.importorskip("rocrate_validator.services")
requests_cache = pytest.importorskip("requests_cache")

CONTEXT = "https://w3id.org/ro/crate/"
SHIPPED = Path(rocrate.__file__).parent / "data/ro-crate.jsonld"
TERMS = {
    "terms/ComputationalWorkflow": "ComputationalWorkflow",
    "terms/FormalParameter": "FormalParameter",
    "terms/input": "ComputationalWorkflow#input",
    "terms/output": "ComputationalWorkflow#output",
}


@pytest.fixture
def offline(monkeypatch):
    """Serve the context from the package; nothing else may be asked for."""
    text = SHIPPED.read_text()
    for new, old in TERMS.items():
        text = text.replace(f"https://bioschemas.org/{new}", f"https://bioschemas.org/{old}")

    def opened(self, address, *words, **named):
        address = getattr(address, "full_url", address)
        assert address.startswith(CONTEXT)
        headers = Message()
        headers["Content-Type"] = "application/ld+json"
        return urllib.response.addinfourl(io.BytesIO(text.encode()), headers, address, 200)

    def sent(self, request, **named):
        assert request.url.startswith(CONTEXT)
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = 200, text.encode(), request.url
        answer.headers["Content-Type"] = "application/ld+json"
        answer.from_cache = False
        return answer

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", opened)
    monkeypatch.setattr(requests.Session, "send", sent)
    monkeypatch.setattr(requests_cache.CachedSession, "send", sent)


@pytest.fixture
def written(root, tmp_path, monkeypatch):
    """The crate of a made-up run."""
    monkeypatch.chdir(tmp_path)
    write(small_run())
    folder = Path("results/demo")
    (folder / "report").mkdir()
    crate(
        judged=[folder / "conformal/claims.tsv"],
        pages=[],
        metadata=folder / "ro-crate-metadata.json",
        workflow=folder / PurePosixPath("report/workflow"),
        settings=folder / "report/config.yaml",
        records=folder,
        config=load({"systems": ["conformal"]}),
        scale="demo",
        root=root,
    )
    return tmp_path / folder


def issues(folder):
    settings = models.ValidationSettings(
        rocrate_uri=str(folder), profile_identifier="workflow-run-crate"
    )
    return [
        issue.message for issue in services.validate(settings).get_issues(models.Severity.REQUIRED)
    ]


def test_the_crate_of_a_run_is_a_workflow_run_crate(offline, written):
    assert issues(written) == []


def test_the_validator_would_tell(offline, written):
    path = written / "ro-crate-metadata.json"
    path.write_text(path.read_text().replace('"mainEntity"', '"about"'))
    assert issues(written) != []
