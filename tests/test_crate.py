"""The RO-Crate of a run says what the run profiles ask for, and nothing of the machine."""

import json
import time
from pathlib import Path, PurePosixPath

import pytest
import yaml

from causeway.config import load, resolve, section
from causeway.report.crate.crate import crate, describe
from causeway.report.crate.places import Places
from made_up_run import job, small_run, write

RUN_CRATE = {
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
}
CONFIG = load({"scale": "demo", "systems": ["conformal"]})


@pytest.fixture(scope="module")
def places():
    return Places(
        Path("results/demo"),
        PurePosixPath("report/workflow"),
        {"grch38/v1/f.gz": "https://publisher.org/f.gz"},
    )


@pytest.fixture(scope="module")
def entities(root, places):
    """Entities of the crate of a made-up run, by their identifiers."""
    graph = describe(small_run(), places, CONFIG, root, "demo").metadata.generate()["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)
    return {entity["@id"]: entity for entity in graph}


def references(content):
    """All identifiers that something refers to."""
    if isinstance(content, dict):
        if set(content) == {"@id"}:
            yield content["@id"]
        for value in content.values():
            yield from references(value)
    elif isinstance(content, list):
        for value in content:
            yield from references(value)


def ids(value):
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


def test_the_root_names_profiles_licence_date_and_workflow(entities):
    top = entities["./"]
    assert set(ids(top["conformsTo"])) == RUN_CRATE
    assert top["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert top["datePublished"] == "2026-01-01T10:01:00+00:00"
    assert {"name", "description"} <= top.keys()
    main = entities[top["mainEntity"]["@id"]]
    assert main["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert entities[main["programmingLanguage"]["@id"]]["name"] == "Snakemake"
    assert main["version"] == "0123456789abcdef"


def test_every_job_is_an_action_that_the_root_mentions(entities):
    actions = [entity for entity in entities.values() if entity["@type"] == "CreateAction"]
    assert len(actions) == len(small_run()) + 1, "the jobs and the run"
    assert {action["@id"] for action in actions} == set(ids(entities["./"]["mentions"]))
    for action in actions:
        assert {"name", "instrument", "object", "startTime", "endTime"} <= action.keys()
        assert "SoftwareSourceCode" in entities[action["instrument"]["@id"]]["@type"]
    whole = [action for action in actions if action["instrument"] == entities["./"]["mainEntity"]]
    assert [action["@id"] for action in whole] == ["#run"]


def test_a_job_leads_from_its_inputs_through_its_code_to_its_results(entities):
    found = entities["#job/conformal/evaluate_1"]
    assert ids(found["object"]) == ["conformal/digits/scores.parquet"]
    [result] = ids(found["result"])
    assert entities[result]["sha256"] == "1" * 64
    code = entities[found["instrument"]["@id"]]
    assert code["@id"] == "report/workflow/src/causeway/trust/conformal/evaluate.py"
    assert code["version"] == "0123456789ab", "its fingerprint"
    assert found["endTime"] == "2026-01-01T10:01:00+00:00"
    assert ids(found["subjectOf"]) == ["conformal/logs/evaluate_1.json"]


def test_a_record_that_names_no_step_leads_to_its_rule(root, places):
    run = small_run()
    del run[Path("results/demo/conformal/logs/claims.json")]["step"]
    found = describe(run, places, CONFIG, root, "demo")
    assert found.get("#job/conformal/claims")["instrument"].id == "#rule/conformal_claims"


def test_everything_that_is_referred_to_is_described_or_on_the_web(entities):
    missing = set(references(list(entities.values()))) - entities.keys()
    assert all(address.startswith("https://") for address in missing)


def test_files_and_folders_belong_to_the_root(entities):
    kinds = {"File", "Dataset"}
    data = {
        name
        for name, entity in entities.items()
        if kinds & set(ids_of_type(entity)) and name not in ("./", "ro-crate-metadata.json")
    }
    assert data == set(ids(entities["./"]["hasPart"]))
    assert not any(name.startswith(("/", "#", "..")) for name in data)


def ids_of_type(entity):
    return entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]]


def test_a_parameter_leads_to_the_configuration_and_back(entities):
    [parameter] = [one for one in entities.values() if one["@type"] == "FormalParameter"]
    assert entities["report/workflow/Snakefile"]["input"] == {"@id": parameter["@id"]}
    assert parameter["workExample"] == {"@id": "report/config.yaml"}
    assert entities["report/config.yaml"]["exampleOfWork"] == {"@id": parameter["@id"]}


def test_raw_data_come_with_licence_and_citation(entities):
    sample = entities["#dataset/structures-sample"]
    assert "CC0-1.0" in sample["license"]
    assert "https://doi.org/10.1038/s41586-021-03819-2" in ids(sample["citation"])
    grch38 = next(entity for entity in entities.values() if entity.get("name") == "grch38")
    assert grch38["@id"].startswith("https://ftp.ncbi.nlm.nih.gov/")
    assert entities["https://publisher.org/f.gz"]["sha256"] == "a" * 64


def test_software_and_hardware_are_named(entities):
    torch = entities["https://pypi.org/project/torch/2.13.0/#cpu"]
    assert torch["softwareVersion"] == "2.13.0+cpu"
    assert {"@id": torch["@id"]} in entities["report/workflow/Snakefile"]["softwareRequirements"]
    assert entities["#machine-1"]["value"] == "toy, 2 cores, 8.0 GB of memory"


def test_nothing_tells_where_on_a_machine_files_lie(root, places, entities):
    text = json.dumps(list(entities.values()))
    assert "/home" not in text
    assert "somebody" not in text
    assert str(root) not in text
    assert places.name("/a/x.tsv") != places.name("/b/x.tsv")
    assert places.name("results/data/own/shard0.tar") == "#data/own/shard0.tar"


def test_thousands_of_jobs_are_described_in_seconds(root, places):
    many = {}
    for number in range(3000):
        name = f"results/demo/conformal/{number}"
        record = job("evaluate", {f"{name}/a": {"bytes": 1}}, {f"{name}/b": {"bytes": 1}})
        many[Path(f"results/demo/conformal/logs/{number}.json")] = record
    before = time.process_time()
    found = describe(many, places, CONFIG, root, "demo")
    assert len(found.metadata.generate()["@graph"]) > 4 * 3000
    assert time.process_time() - before < 20


def test_the_step_writes_a_crate_whose_files_are_there(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(small_run())
    report = Path("results/demo/report")
    report.mkdir()
    asked = section(resolve(root, {"systems": ["conformal"], "mirror": "/mnt/raw"}), "report")
    crate(
        judged=[Path("results/demo/conformal/claims.tsv")],
        pages=[],
        metadata=Path("results/demo/ro-crate-metadata.json"),
        workflow=report / "workflow",
        settings=report / "config.yaml",
        records=Path("results/demo"),
        config=asked["resolved"],
        scale="demo",
        root=root,
    )
    text = Path("results/demo/ro-crate-metadata.json").read_text()
    for part in ids(json.loads(text)["@graph"][0]["hasPart"]):
        assert part.startswith("https://") or (Path("results/demo") / part).exists(), part
    assert str(tmp_path) not in text
    assert "/mnt/raw" not in (report / "config.yaml").read_text()


@pytest.mark.parametrize("scale", ["demo", "small", "full"])
def test_a_crates_configuration_gives_itself(root, tmp_path, scale):
    config = resolve(root, {"scale": scale})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    assert resolve(root, {}, [tmp_path / "config.yaml"]) == config
