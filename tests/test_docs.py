"""Documents name what exists."""

import re
import shutil
import subprocess
import sys

import pytest

from causeway.systems import systems
from rules import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "config" / "README.md"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    local = [target for target in targets if not target.startswith(("http://", "https://"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("system", sorted(systems()))
def test_rule_graphs_show_the_rules(system, regenerate):
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "dot", f"{system}_all"]
    done = subprocess.run(
        [*command, "--forceall"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    graph = done.stdout[done.stdout.index("digraph") :]
    file = ROOT / "docs" / "rulegraphs" / f"{system}.dot"
    if regenerate:
        file.write_text(graph)
        picture = file.with_suffix(".svg")
        dot = shutil.which("dot")
        assert dot, "install graphviz to draw the rule graphs"
        subprocess.run([dot, "-Tsvg", str(file), "-o", str(picture)], check=True)
    wanted, kept = (
        set(re.findall(r'label = "(\w+)"', text)) for text in (graph, file.read_text())
    )
    assert kept == wanted


def test_commands_of_the_readme_name_existing_files():
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"--profile (\S+)", text):
        assert (ROOT / path / "config.yaml").is_file()
