"""Ranked contexts and regulators against known ones."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from causeway.errors import InputError
from causeway.genomes.phenformer.literature import (
    METRICS,
    literature_match,
    random_scores,
    read_truth,
)
from causeway.genomes.phenformer.regulons import profile_scores, read_network, regulon_match
from causeway.genomes.phenformer.shuffling import shuffled_networks
from causeway.genomes.phenformer.specificity import specificity_scores, tau

DISEASES, CONTEXTS = ["asthma", "gout"], ["lung", "kidney", "blood", "liver"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def table(tmp_path):
    def written(*rows: str, header: str = "disease\tcontext\tsource"):
        path = tmp_path / "truth.tsv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return written


def test_truth_is_read_with_its_citations(table):
    path = table("gout\tkidney\tA 2001", "asthma\tlung\tB 2002", "ague\tspleen\tC 2003")
    truth = read_truth(path, DISEASES, CONTEXTS)
    assert np.argwhere(truth.mask).tolist() == [[0, 0], [1, 1]]
    assert truth.sources == {("gout", "kidney"): "A 2001", ("asthma", "lung"): "B 2002"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["ague\tlung\tA"], "none of the diseases occurs"),
        (["gout\tlugn\tA"], "unknown context 'lugn'"),
        (["gout\tlung\t "], "no source for 'gout' in 'lung'"),
        (["gout\tlung\tA", "gout\tlung\tB"], "'gout' in 'lung' twice"),
    ],
)
def test_a_truth_that_cannot_be_used_is_refused(table, rows, message):
    with pytest.raises(InputError, match=message):
        read_truth(table(*rows), DISEASES, CONTEXTS)


def test_a_truth_without_its_columns_is_refused(table, tmp_path):
    with pytest.raises(InputError, match="no column source"):
        read_truth(table("gout\tlung", header="disease\tcontext"), DISEASES, CONTEXTS)
    with pytest.raises(InputError, match="cannot be read"):
        read_truth(tmp_path / "none.tsv", DISEASES, CONTEXTS)


def planted(rng, signal, diseases=6, contexts=30):
    truth = np.zeros((diseases, contexts), dtype=bool)
    for row in truth:
        row[rng.choice(contexts, 3, replace=False)] = True
    return rng.standard_normal(truth.shape) + signal * truth, truth


def named(truth):
    return [f"disease{row}" for row in range(len(truth))]


def test_known_contexts_are_recovered_and_noise_is_not(rng):
    for signal in (3.0, 0.0):
        scores, truth = planted(rng, signal)
        found = literature_match(scores, truth, named(truth), rng=rng, permutations=999)
        mean = found[found["disease"] == "mean"].set_index("metric")
        assert (mean["n"] == 6).all()
        assert mean.loc["auroc", "chance"] == pytest.approx(0.5, abs=0.02)
        if signal:
            assert (mean["p"] == 0.001).all()
            assert mean.loc["auroc", "low"] > 0.8
        else:
            assert (mean["p"] > 0.02).all()
    assert len(found) == 7 * len(METRICS)


def test_p_is_uniform_where_scores_know_nothing(rng):
    ps = []
    for _ in range(60):
        truth = planted(rng, 0.0)[1]
        scores = random_scores(*truth.shape, rng)
        found = literature_match(scores, truth, named(truth), rng=rng, permutations=99)
        ps.append(found[(found["disease"] == "mean") & (found["metric"] == "auroc")]["p"].item())
    assert stats.kstest(ps, "uniform").pvalue > 0.01


def test_finding_the_organ_alone_is_not_enough(rng):
    groups, organs = np.repeat(np.arange(5), 6), np.arange(4)[:, None]
    truth = np.isin(np.arange(30) - 6 * organs, [0, 3])
    scores = rng.standard_normal((4, 30)) + 5.0 * (groups == organs)
    free = literature_match(scores, truth, named(truth), rng=rng, permutations=999)
    within = literature_match(
        scores, truth, named(truth), rng=rng, groups=groups, permutations=999
    )
    table = pd.concat([free, within], keys=["free", "within"]).reset_index(level=0, names="way")
    table = table[(table["disease"] == "mean") & (table["metric"] == "auroc")].to_dict("records")
    assert table[0]["value"] == table[1]["value"] > 0.85
    assert table[0]["p"] <= 0.002
    assert table[1]["p"] > 0.02
    assert table[1]["chance"] > 0.85


def test_diseases_without_a_contrast_are_left_out(rng):
    scores, truth = planted(rng, 1.0, diseases=3)
    truth[1] = False
    found = literature_match(scores, truth, named(truth), rng=rng, permutations=9)
    assert set(found["disease"]) == {"disease0", "disease2", "mean"}
    with pytest.raises(InputError, match="no disease has known and other"):
        literature_match(scores, np.zeros_like(truth), named(truth), rng=rng)


def test_tau_tells_housekeeping_from_specific_genes():
    expression = np.array([[3.0, 3, 3], [0, 5, 0], [4, 2, 0], [0, 0, 0]])
    assert tau(expression) == pytest.approx([0, 1, 0.75, 0])
    with pytest.raises(ValueError, match="two contexts"):
        tau(expression[:, :1])
    with pytest.raises(ValueError, match="negative"):
        tau(-expression)


def test_specific_genes_point_to_their_context(rng):
    expression = rng.gamma(2.0, 1.0, (200, 8))
    genes = np.zeros((3, 200), dtype=bool)
    genes[0, :15], genes[1, 15:30] = True, True
    expression[:15, 2] += 8
    expression[15:30, 6] += 8
    scores = specificity_scores(expression, genes)
    assert scores.argmax(axis=1)[:2].tolist() == [2, 6]
    assert (scores[2] == 0).all()
    assert scores[0, 2] > 4
    null = specificity_scores(rng.gamma(2.0, 1.0, (2000, 8)), rng.random((200, 2000)) < 0.02)
    assert null.std() == pytest.approx(1.0, abs=0.1)


def test_shuffled_networks_keep_all_degrees_and_forget_the_edges(rng):
    edges = rng.random((12, 30)) < rng.random((12, 1)) * 0.6
    found = shuffled_networks(edges, 60, rng)
    assert (found.sum(axis=2) == edges.sum(axis=1)).all()
    assert (found.sum(axis=1) == edges.sum(axis=0)).all()
    # By chance, an edge comes again about as often as its degrees say.
    again = (found & edges).sum(axis=(1, 2)) / edges.sum()
    expected = np.outer(edges.sum(axis=1), edges.sum(axis=0)) / edges.sum()
    assert again.mean() == pytest.approx(np.minimum(expected, 1)[edges].mean(), abs=0.1)
    assert again.max() < 1


def test_all_networks_of_a_small_degree_sequence_come_equally_often(rng):
    found = shuffled_networks(np.eye(3, dtype=bool), 3000, rng)
    kinds, counts = np.unique(found.reshape(3000, -1), axis=0, return_counts=True)
    assert len(kinds) == 6
    assert stats.chisquare(counts).pvalue > 0.001


def test_networks_that_allow_no_trade_stay(rng):
    edges = np.array([[True, True], [False, False]])
    assert (shuffled_networks(edges, 3, rng) == edges).all()


def test_regulons_are_recovered_beyond_their_degrees(rng):
    degree = rng.random(8) * 0.4 + 0.05
    edges = rng.random((150, 8)) < degree
    known = regulon_match(edges + rng.standard_normal(edges.shape), edges, rng=rng, shuffles=49)
    assert (known["p"] <= 0.02).all()
    assert (known["low"] > known["chance"]).all()
    assert known[known["ranked"] == "genes"]["n"].tolist() == [8, 8, 8]
    # Degrees alone rank regulators of a gene well, and that is what chance gives too.
    degrees = degree + 0.01 * rng.standard_normal(edges.shape)
    blind = regulon_match(degrees, edges, rng=rng, shuffles=49).set_index(["ranked", "metric"])
    assert blind.loc[("regulators", "auroc"), "value"] > 0.6
    assert blind.loc[("regulators", "auroc"), "chance"] > 0.6
    assert (blind["p"] > 0.02).all()


def test_regulon_table_as_published_is_read(tmp_path):
    path = tmp_path / "TRN.csv"
    path.write_text(
        ",regulator,gene_name,gene_id,effect,ev_level,source\n"
        "0,MetJ,metB,b3939,-,0.0,RegulonDB_TF\n"
        "1,MetJ,metL,b3940,-,0.0,RegulonDB_TF\n"
        "2,MetJ,metL,b3940,-,0.0,RegulonDB_TF\n"
        "3,MarA,tolC,b3035,+,0.0,RegulonDB_TF\n"
        "4,Other,xyz,b9999,+,0.0,RegulonDB_TF\n"
    )
    genes = ["b3940", "b3035", "b3939"]
    network = read_network(path, genes, least=2)
    assert network.regulators == ["MetJ"]
    assert network.edges[:, 0].tolist() == [True, False, True]
    assert read_network(path, genes, least=1).regulators == ["MarA", "MetJ"]
    with pytest.raises(InputError, match="no regulator of 3 genes, the most have 2"):
        read_network(path, genes, least=3)
    with pytest.raises(InputError, match="Use identifiers like 'thrL', not 'b3939'"):
        read_network(path, ["thrL"])
    path.write_text("regulator,gene\nMetJ,metB\n")
    with pytest.raises(InputError, match="no column gene_id"):
        read_network(path, genes)
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "none.csv", genes)


def test_matches_of_other_shapes_are_refused(rng):
    with pytest.raises(ValueError, match="differ"):
        regulon_match(np.zeros((3, 2)), np.zeros((2, 3)), rng=rng)
    with pytest.raises(InputError, match="no list of genes"):
        regulon_match(np.zeros((3, 2)), np.zeros((3, 2)), rng=rng)
    with pytest.raises(ValueError, match="differ"):
        literature_match(np.zeros((3, 2)), np.zeros((2, 3)), ["a", "b"], rng=rng)


def test_profiles_are_correlated_over_conditions(rng):
    genes, regulators = rng.standard_normal((5, 20)), rng.standard_normal((3, 20))
    genes[4] = 1.0
    found = profile_scores(genes, regulators)
    assert found[1, 2] == pytest.approx(abs(np.corrcoef(genes[1], regulators[2])[0, 1]))
    assert (found[4] == 0).all()
