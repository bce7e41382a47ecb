"""The generated files under ``config/``: each system's defaults with comments, and the schema."""

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from causeway.config import config_model
from causeway.section import Section
from causeway.systems import systems

WIDTH = 96


def documents() -> dict[str, str]:
    """Text of every generated file, by its path below ``config/``."""
    schema = json.dumps(config_model().model_json_schema(), indent=1, ensure_ascii=False)
    texts = {"schema.json": schema + "\n"}
    for name, kind in systems().items():
        texts[f"systems/{name}.yaml"] = "\n".join(
            [
                "# yaml-language-server: $schema=../schema.json",
                f"# {kind.title} (arXiv:{kind.arxiv})",
                "# Generated from the models in the package; the values are the published ones.",
                "# To change some for a run, pass a file of your own with --configfile.",
                f"{name}:",
                *_lines(kind.model_validate({}), indent=1),
                "",
            ]
        )
    return texts


def _lines(section: Section, indent: int) -> Iterator[str]:
    """YAML of a section, each field under a comment with its description."""
    margin = "  " * indent
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        words = " ".join(_description(field.description, value).replace("``", "`").split())
        for line in textwrap.wrap(words, WIDTH - len(margin)):
            yield f"{margin}# {line}"
        if isinstance(value, Section):
            yield f"{margin}{name}:"
            yield from _lines(value, indent + 1)
        else:
            yield from textwrap.indent(_plain(name, value), margin).splitlines()


def _description(words: str | None, value: Any) -> str:
    """A field's own description, or what the section in it says of itself."""
    return words or ((inspect.getdoc(value) or "") if isinstance(value, Section) else "")


def _plain(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        nested = {key: _json(item) for key, item in value.items()}
        return yaml.safe_dump({name: nested}, sort_keys=False)
    if isinstance(value, list) and any(isinstance(item, Section) for item in value):
        items = (
            yaml.safe_dump(_json(item), default_flow_style=True, width=WIDTH) for item in value
        )
        return "\n".join([f"{name}:", *(f"  - {item.strip()}" for item in items)])
    inline = yaml.safe_dump(_json(value), default_flow_style=True, width=WIDTH)
    return f"{name}: {inline.removesuffix('...' + chr(10)).strip()}"


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.model_dump(mode="json") if isinstance(value, Section) else value
