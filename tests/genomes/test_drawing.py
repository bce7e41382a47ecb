"""Drawn people: frequencies, linkage and repeatability."""

import numpy as np
import pandas as pd
import pytest

from causeway.errors import InputError
from causeway.genomes.drawing import draw_people

SITES = pd.DataFrame(
    {
        "contig": ["one"] * 300 + ["two"] * 300,
        "position": np.tile(np.arange(300) * 10, 2),
        "EUR": np.random.default_rng(0).random(600),
        "AFR": [0.0, 1.0, np.nan] * 200,
    }
)


def dense(drawn):
    carried = np.zeros((len(drawn.indptr) - 1, len(SITES)))
    for row, low, high in zip(carried, drawn.indptr[:-1], drawn.indptr[1:], strict=True):
        sites = drawn.indices[low:high]
        assert (np.diff(sites) > 0).all()
        row[sites] = 1
    return carried


@pytest.mark.parametrize("founders", [0, 400])
def test_frequencies_of_populations(founders):
    drawn = draw_people(SITES, {"EUR": 400, "AFR": 30}, 1, founders=founders, block=50)
    assert drawn.people["population"].value_counts().to_dict() == {"EUR": 400, "AFR": 30}
    assert drawn.people["person"].is_unique
    carried = dense(drawn)
    error = carried[:800].mean(axis=0) - SITES["EUR"]
    assert abs(error).max() < 0.15
    assert abs(error.mean()) < 0.005
    np.testing.assert_array_equal(carried[800:].mean(axis=0), SITES["AFR"].fillna(0))


def test_founders_link_sites_within_blocks():
    alone = dense(draw_people(SITES, {"EUR": 300}, 2))
    linked = dense(draw_people(SITES, {"EUR": 300}, 2, founders=8, block=1000))

    def correlation(carried, one, other):
        both = zip(one, other, strict=True)
        pairs = [np.corrcoef(carried[:, a], carried[:, b])[0, 1] for a, b in both]
        return np.nanmean(np.square(pairs))

    with np.errstate(invalid="ignore"):
        near = np.arange(0, 90), np.arange(5, 95)
        far = np.arange(0, 90), np.arange(300, 390)
        assert correlation(linked, *near) > 0.08
        assert correlation(linked, *far) < 0.02
        assert correlation(alone, *near) < 0.02


def test_draws_are_repeatable_and_in_chunks(monkeypatch):
    one, two = (draw_people(SITES, {"EUR": 20}, seed) for seed in (3, 4))
    again = draw_people(SITES, {"EUR": 20}, 3)
    np.testing.assert_array_equal(one.indices, again.indices)
    assert one.indices.tolist() != two.indices.tolist()
    monkeypatch.setattr("causeway.genomes.drawing.CHUNK", 2000)
    np.testing.assert_array_equal(draw_people(SITES, {"EUR": 20}, 3).indices, one.indices)


def test_columns_may_have_other_names():
    sites = SITES.rename(columns={"EUR": "EUR_AF"})
    drawn = draw_people(sites, {"EUR": 5}, 0, columns={"EUR": "EUR_AF"})
    np.testing.assert_array_equal(drawn.indices, draw_people(SITES, {"EUR": 5}, 0).indices)
    with pytest.raises(InputError, match="no frequencies 'EUR'"):
        draw_people(sites, {"EUR": 5}, 0)
    with pytest.raises(InputError, match="between 0 and 1"):
        draw_people(SITES.assign(EUR=2.0), {"EUR": 5}, 0)
