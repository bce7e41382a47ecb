"""The world of Hill functions."""

import numpy as np
import pytest

from causeway.cells.gim.contexts import Screen
from causeway.cells.gim.graphs import topological
from causeway.cells.screens import check_screen
from causeway.cells.worlds.hill import draw_drugs, hill_world
from causeway.cells.worlds.hill_settings import HillWorld

SMALL = {"genes": 6, "drugs": 5, "unseen_drugs": 2, "cells": 10, "controls": 40}


def test_the_published_numbers_of_contexts():
    screen = hill_world(HillWorld(genes=5, cells=4, controls=8), 0)
    contexts = screen.obs[["perturbation", "dose"]].drop_duplicates()
    held = contexts["perturbation"].isin(screen.uns["held_out"])
    unseen = contexts["dose"].isin(screen.uns["held_out_doses"])
    assert (~held & ~unseen).sum() - 1 == 160
    assert (~held & unseen).sum() == 200
    assert held.sum() == 80


@pytest.mark.parametrize("graph", ["erdos-renyi", "scale-free"])
@pytest.mark.parametrize("mechanisms", ["linear", "network"])
def test_the_screen_is_canonical_and_its_graph_acyclic(graph, mechanisms):
    settings = HillWorld(**SMALL, graph=graph, mechanisms=mechanisms)
    screen = hill_world(settings, 3)
    check_screen(screen, "world")
    topological(screen.uns["truth"]["graph"])
    assert np.isfinite(screen.X).all()
    again = hill_world(settings, 3)
    assert (screen.X == again.X).all()
    assert len(Screen(screen, "world").contexts) == 5 * 9 + 2 * 4


def test_responses_are_hill_functions():
    drugs = draw_drugs(HillWorld(**SMALL), np.random.default_rng(0))
    number = np.arange(7)
    np.testing.assert_allclose(drugs.responses(number, drugs.half), drugs.maximum / 2)
    c = np.full(7, 1.7)
    expected = c**drugs.slope / (drugs.half**drugs.slope + c**drugs.slope)
    np.testing.assert_allclose(drugs.responses(number, c), drugs.maximum * expected[:, None])


def test_descriptors_determine_the_hill_functions():
    screen = hill_world(HillWorld(**SMALL), 1)
    values, truth = screen.uns["descriptors"]["values"], screen.uns["truth"]
    made_of = np.column_stack([truth["maximum"], np.log(truth["half"]), truth["slope"]])
    # A rotation keeps lengths and angles.
    np.testing.assert_allclose(values @ values.T, made_of @ made_of.T)


@pytest.mark.parametrize("intervention", ["shift", "hard"])
def test_interventions_move_targets_and_descendants_alone(intervention):
    settings = HillWorld(**SMALL | {"cells": 4000, "controls": 4000}, intervention=intervention)
    screen = hill_world(settings, 2)
    cells, truth = Screen(screen, "world"), screen.uns["truth"]
    reach = np.linalg.matrix_power(np.eye(6) + truth["graph"], 6) > 0
    for context in cells.contexts:
        drug = list(truth["perturbations"]).index(context.perturbation)
        affected = reach[truth["targets"][drug]].any(axis=0)
        shift = cells.cells(context).mean(axis=0) - cells.control.mean(axis=0)
        error = 6 * cells.control.std(axis=0) * np.sqrt(2 / 4000)
        assert (np.abs(shift)[~affected] < error[~affected]).all()
    if intervention == "hard":
        context = cells.contexts[0]
        hit = truth["targets"][0]
        assert cells.cells(context)[:, hit].std(axis=0) == pytest.approx(
            truth["noise"][hit], rel=0.1
        )


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match="degree"):
        HillWorld(genes=4)
    with pytest.raises(ValueError, match="unseen_doses"):
        HillWorld(unseen_doses=[0.5])
    with pytest.raises(ValueError, match="targets"):
        HillWorld(targets=(2, 30))
