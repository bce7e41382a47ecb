"""What docs/scale.md says of planning and starting is what the benchmarks measured."""

import json
import re
from importlib import import_module

import pytest

PAGE = "docs/scale.md"


@pytest.fixture(
    params=[("planning", "planning"), ("workflow", "starting")], ids=lambda pair: pair[0]
)
def measured(request, root, monkeypatch):
    name, mark = request.param
    monkeypatch.syspath_prepend(root / "benchmarks")
    report = json.loads((root / "docs" / "benchmarks" / f"{name}.json").read_text())
    return import_module(name), report, root / "docs" / "benchmarks" / f"{name}.md", mark


def words(module, report):
    return module.summary(report.get("rows", report))


def test_the_table_is_of_the_numbers_beside_it_and_names_its_command(measured, regenerate):
    module, report, path, _ = measured
    if regenerate:
        path.write_text(module.page(report))
    assert path.read_text() == module.page(report)
    assert f"`{module.COMMAND}`" in path.read_text()


def test_the_page_says_what_was_measured(measured, root, regenerate):
    module, report, _, mark = measured
    page = root / PAGE
    between = re.compile(rf"(?<=<!-- {mark} -->\n).*(?=<!-- end of {mark} -->)", re.DOTALL)
    if regenerate:
        text = f"{words(module, report)}\n"
        page.write_text(between.sub(lambda match: text, page.read_text()))
    found = between.search(page.read_text())
    assert found
    assert found[0].strip() == words(module, report), "run: pytest tests/cost --regenerate"
    assert module.COMMAND in page.read_text()
