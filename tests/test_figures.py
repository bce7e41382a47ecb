"""Figures are the same bytes for the same numbers, and variants keep their looks."""

import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from causeway import figures


def draw(end=2.0):
    with figures.style():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], [0, end], label="a")
        axes.fill_between([0, 1], [0, 1], [0, 3], alpha=0.2)
        axes.legend()
        figure.suptitle("Loss of training")
    return figure


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_bytes_repeat(tmp_path, suffix):
    first, second, other = (tmp_path / f"{name}.{suffix}" for name in "abc")
    figures.save(draw(), first)
    figures.save(draw(), second)
    figures.save(draw(end=2.5), other)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_svg_is_well_formed_and_carries_its_title(tmp_path):
    path = tmp_path / "figure.svg"
    figures.save(draw(), path)
    root = ElementTree.parse(path).getroot()
    titles = [element.text for element in root.iter() if element.tag.endswith("}title")]
    assert "Loss of training" in titles
    figures.save(draw(), path, title="Another")
    assert "Another" in path.read_text()


def test_style_leaves_nothing_behind():
    before = dict(mpl.rcParams)
    with figures.style():
        assert mpl.rcParams["svg.hashsalt"] == "causeway"
    assert dict(mpl.rcParams) == before


def test_a_variant_keeps_its_look_and_shares_it_with_none():
    names = ["paper", "released", "fixed", "d", "e", "f", "g"]
    looks = figures.looks(names)
    assert figures.looks(names[:2])["released"] == looks["released"]
    assert len({look.color for look in looks.values()}) == len(names)
    assert len({look.marker for look in looks.values()}) == len(names)
    assert len(figures.looks([str(i) for i in range(20)])) == 20
