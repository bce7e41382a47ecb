"""Layers, errors and generated files of the configuration."""

import json
import os
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from causeway.config import (
    Platform,
    layers,
    load,
    merge,
    resolve,
    results_folder,
    section,
)
from causeway.config_documents import documents
from causeway.errors import InputError
from causeway.section import Section
from causeway.systems import domain, systems


@pytest.mark.parametrize("path", sorted(documents()))
def test_generated_files_are_in_step_with_the_models(root, path, regenerate):
    file = root / "config" / path
    text = documents()[path]
    if regenerate:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text, (
        "run: pytest tests/test_config.py --regenerate"
    )


def test_the_full_scale_is_the_defaults(root):
    assert resolve(root, {"scale": "full"}) == load({"scale": "full"})


@pytest.mark.parametrize("scale", ["demo", "small"])
def test_every_scale_resolves_and_survives_json(root, scale):
    config = resolve(root, {"scale": scale})
    assert load(json.loads(json.dumps(config))) == config


def fields(model: type[Section], path: str):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield f"{path}.{name}", kind.__doc__
            yield from fields(kind, f"{path}.{name}")
        else:
            yield f"{path}.{name}", field.description


@pytest.mark.parametrize(
    "model", [Platform, *systems().values()], ids=lambda model: model.__name__
)
def test_every_field_is_described(model):
    assert [path for path, words in fields(model, model.__name__) if not words] == []


def test_values_from_the_command_line_arrive_as_text():
    config = load({"rigidssl": {"training": {"epochs": "7", "learning_rate": "1e-3"}}})
    assert config["rigidssl"]["training"]["epochs"] == 7
    assert config["rigidssl"]["training"]["learning_rate"] == 1e-3


def test_unknown_keys_and_wrong_values_are_told_by_path():
    with pytest.raises(InputError) as caught:
        load({"sede": 1, "rigidssl": {"training": {"epoch": 3}, "network": {"node": "wide"}}})
    message = str(caught.value)
    assert "rigidssl.training.epoch: unknown key (did you mean 'epochs'?)" in message
    assert "rigidssl.network.node: Input should be a valid integer" in message
    assert "sede: unknown key (did you mean 'seed'?)" in message


def test_a_run_may_only_name_what_is_defined():
    with pytest.raises(InputError, match=r"run\.datasets names nowhere, but only swissprot-v4"):
        load({"rigidssl": {"run": {"datasets": ["nowhere"], "variants": ["fixed"], "seeds": [0]}}})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"scale": "tiny"}, "there is no scale 'tiny'. Use one of demo, small, full"),
        ({"systems": ["rigidsl"]}, r"there is no system 'rigidsl' \(did you mean 'rigidssl'\?\)"),
        ({"systems": "rigidsl"}, r"there is no system 'rigidsl' \(did you mean 'rigidssl'\?\)"),
        ({"systems": 3}, r"config: systems: 3 is no list of names\. Write e\.g\. --config"),
    ],
)
def test_unknown_names_are_refused_before_files_are_looked_for(root, config, words):
    with pytest.raises(InputError, match=words):
        layers(config, root)


@pytest.mark.parametrize(
    "place", [".", "results", "results/demo", "results/demo/rigidssl", "results/data/synthetic"]
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, place):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    closed = (tmp_path / place).resolve()
    monkeypatch.chdir(tmp_path)
    # The administrator may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != closed)
    with pytest.raises(InputError) as caught:
        results_folder("demo")
    assert str(caught.value).startswith(f"{closed}: results cannot be written there. Make it")


def test_one_system_needs_no_brackets(root):
    assert resolve(root, {"systems": "rigidssl"}) == resolve(root, {"systems": ["rigidssl"]})


def test_errors_name_the_layer(root, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("rigidssl: {training: {epoch: 3, workers: many}, network: {node: wide}}")
    given = {"rigidssl": {"network": {"node": "broad"}}, "systems": ["rigidssl"], "sede": 1}
    with pytest.raises(InputError) as caught:
        resolve(root, given, [mine])
    message = str(caught.value)
    assert f"training.epoch: unknown key (did you mean 'epochs'?), in {mine}" in message
    assert f"(got 'many'), in {mine}" in message
    assert "(got 'broad'), on the command line" in message
    assert "sede: unknown key (did you mean 'seed'?), on the command line" in message


def test_errors_about_sections_name_the_last_layer_with_a_part_in_them(root, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("rigidssl: {trainig: {epochs: 3}, sources: {mine: {kind: fodler}}}")
    other = {"rigidssl": {"sources": {"other": {"kind": "fodler"}}, "netwrk": {"node": 8}}}
    with pytest.raises(InputError) as caught:
        resolve(root, other | {"systems": ["rigidssl"]}, [mine])
    told = {line.split(":")[0].strip(): line for line in str(caught.value).splitlines()}
    assert told["rigidssl.trainig"].endswith(f"(did you mean 'training'?), in {mine}")
    assert told["rigidssl.sources.mine"].endswith(f", in {mine}")
    assert told["rigidssl.sources.other"].endswith(", on the command line")
    assert ", on the command line" in told["rigidssl.netwrk"]


def test_merging_joins_mappings_and_replaces_lists():
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merge(below, {"a": {"c": [3]}, "d": {"e": 2}}) == {
        "a": {"b": 1, "c": [3]},
        "d": {"e": 2},
    }
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 1}


def test_a_module_sees_its_section_and_the_platform(root):
    config = resolve(root, {"scale": "demo", "seed": 3})
    seen = section(config, "rigidssl")
    assert seen["seed"] == 3
    assert seen["run"]["datasets"] == ["synthetic"]
    assert "rigidssl" not in seen
    raw = section(config, "data")["raw"]
    assert {"synthetic/shard0.tar", "synthetic/shard1.tar"} <= set(raw)


def test_systems_are_found_by_their_folders():
    assert domain("rigidssl") == "proteins"


def test_config_yaml_holds_platform_keys_only(root):
    keys = yaml.safe_load((root / "config" / "config.yaml").read_text())
    assert set(keys) <= set(Platform.model_fields)


@pytest.mark.parametrize(
    ("system", "change", "problem"),
    [
        ("phenformer", {"studies": {}}, "run.datasets names chr22, gtex, which studies lacks"),
        ("phenformer", {"studies": {"gtex": {"variants": ["x"]}}}, "no variant x"),
        ("lcd", {"studies": {"norman": {"variants": ["simple-drift"]}}}, "lacks lcd, the first"),
    ],
)
def test_studies_have_to_fit_the_run(system, change, problem):
    kind = systems()[system]
    whole = kind.model_validate({}).model_dump()
    whole["studies"] = change["studies"] and whole["studies"] | change["studies"]
    with pytest.raises(ValidationError, match=problem):
        kind.model_validate(whole)
