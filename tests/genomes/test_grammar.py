"""The grammar of expression: its formula, its reach and its files."""

import numpy as np
import pytest
from pydantic import ValidationError

from causeway.errors import InputError
from causeway.genomes.worlds.grammar import (
    diploid,
    draw_grammar,
    observed,
    read_grammar,
    write_grammar,
)
from causeway.genomes.worlds.settings import GenomeWorld, GrammarLaw, LiabilityLaw

LAW = GrammarLaw(motifs=5, width=(3, 5), contexts=6, upstream=40, downstream=10, centre=(-20, 0))


@pytest.fixture(scope="module")
def grammar():
    return draw_grammar(LAW, np.random.default_rng(0))


def slowly(grammar, window, start):
    """The formula of the module, base by base."""
    hits = np.zeros(len(grammar.matrices))
    for motif, matrix in enumerate(grammar.matrices):
        turned = [row[::-1] for row in matrix[::-1]]
        for place in range(-grammar.upstream, grammar.downstream):
            at = place + start
            if at < 0 or at + grammar.width > len(window):
                continue
            word = window[at : at + grammar.width]
            if (word > 3).any():
                continue
            affinity = max(
                np.prod([row[base] / max(row) for row, base in zip(rows, word, strict=False)])
                for rows in (matrix, turned)
            )
            bell = np.exp(-0.5 * ((place - grammar.centre[motif]) / grammar.spread[motif]) ** 2)
            hits[motif] += affinity * bell
    return np.maximum(np.tanh(grammar.gain * hits) @ grammar.weights + grammar.base, 0)


@pytest.mark.parametrize(("width", "start"), [(80, 50), (60, 20), (45, 40), (12, 0), (4, 2)])
def test_expression_is_the_formula(grammar, width, start):
    rng = np.random.default_rng(1)
    windows = rng.choice(5, (6, width), p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8)
    expected = [slowly(grammar, window, start) for window in windows]
    np.testing.assert_allclose(grammar.expression(windows, start), expected, rtol=1e-5)


def test_expression_depends_on_its_reach_alone(grammar):
    rng = np.random.default_rng(2)
    window = rng.integers(0, 4, (1, 200), dtype=np.uint8)
    upstream, downstream = grammar.reach
    other = rng.integers(0, 4, (1, 200), dtype=np.uint8)
    other[:, 100 - upstream : 100 + downstream] = window[:, 100 - upstream : 100 + downstream]
    np.testing.assert_array_equal(grammar.hits(window, 100), grammar.hits(other, 100))


def test_chunks_change_nothing(grammar, monkeypatch):
    windows = np.random.default_rng(3).integers(0, 4, (23, 80), dtype=np.uint8)
    whole = grammar.hits(windows, 50)
    monkeypatch.setattr("causeway.genomes.worlds.grammar.CHUNK", 100)
    np.testing.assert_array_equal(grammar.hits(windows, 50), whole)


def test_both_orientations_count_the_same(grammar):
    consensus = np.array(["ACGT".index(base) for base in grammar.consensus[0]], dtype=np.uint8)
    blank = np.full((2, 80), 4, dtype=np.uint8)
    blank[:, 30 : 30 + grammar.width] = 0
    blank[0, 30 : 30 + len(consensus)] = consensus
    blank[1, 30 : 30 + len(consensus)] = 3 - consensus[::-1]
    forward, backward = grammar.hits(blank, 50)[:, 0]
    assert forward == pytest.approx(backward)
    assert forward == pytest.approx(grammar.preference(np.array([-20]))[0, 0])


def test_every_context_and_motif_takes_part():
    law = GrammarLaw(motifs=4, contexts=30, active=0.01)
    weights = draw_grammar(law, np.random.default_rng(4)).weights
    assert (weights != 0).any(axis=0).all()
    assert (weights != 0).any(axis=1).all()
    sizes = np.abs(weights[weights != 0])
    assert sizes.min() >= law.weight[0]
    assert sizes.max() <= law.weight[1]


def test_alleles_add_up_in_linear_space():
    pair = np.log1p(np.array([[[10.0], [30.0]]]))
    assert np.expm1(diploid(pair)) == pytest.approx(20)


def test_noise_has_its_size():
    clean = np.full((4000, 3), 5.0)
    residue = observed(clean, LAW, np.random.default_rng(5)) - 5
    assert residue.mean(axis=1).var() == pytest.approx(0.3**2 + 0.2**2 / 3, rel=0.1)
    assert residue.std(axis=1, ddof=1).mean() == pytest.approx(0.2 * 0.886, rel=0.05)


def test_files_keep_everything(grammar, tmp_path):
    write_grammar(grammar, tmp_path)
    again = read_grammar(tmp_path)
    windows = np.random.default_rng(6).integers(0, 4, (9, 80), dtype=np.uint8)
    np.testing.assert_array_equal(again.hits(windows, 50), grammar.hits(windows, 50))
    np.testing.assert_array_equal(again.weights, grammar.weights)
    assert again.organs == grammar.organs
    (tmp_path / "grammar.json").write_text("{}")
    with pytest.raises(InputError, match="holds no grammar"):
        read_grammar(tmp_path)


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (GrammarLaw, {"width": (9, 12)}),
        (GrammarLaw, {"certainty": (0.2, 0.9)}),
        (GrammarLaw, {"centre": (-500, 0)}),
        (GrammarLaw, {"contexts": 2}),
        (LiabilityLaw, {"expressed": 0.9, "polygenic": 0.2}),
        (GenomeWorld, {"genome": {"spacing": 1000}}),
        (GenomeWorld, {"liability": {"contexts": (1, 40)}}),
    ],
)
def test_settings_that_make_no_sense_are_refused(model, wrong):
    with pytest.raises(ValidationError):
        model(**wrong)
