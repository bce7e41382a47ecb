"""Baselines against slow and obvious ways."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge as SlowRidge

from causeway.genomes.baselines import features, linear
from causeway.genomes.baselines.elastic_net import fit_gene
from causeway.genomes.baselines.examples import Examples
from causeway.genomes.baselines.means import TrainMean
from causeway.genomes.baselines.ridge import PENALTIES, Ridge
from causeway.genomes.sequence import encode, reverse_complement

LETTERS = "ACGT"


def sequences(n, length=60, seed=0, unknown=0.02):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    codes[rng.random((n, length)) < unknown] = 4
    return codes


def slow_counts(row, k, bins=1):
    starts = len(row) - k + 1
    counts = np.zeros(bins * 4**k)
    for start in range(starts):
        word = row[start : start + k]
        if (word < 4).all():
            number = int("".join(map(str, word)), 4)
            counts[(start * bins // starts) * 4**k + number] += 1
    return counts


@pytest.mark.parametrize(("k", "bins"), [(1, 1), (2, 1), (3, 4), (5, 1), (2, 7)])
def test_words_are_counted(k, bins, monkeypatch):
    monkeypatch.setattr(features, "_BATCH", 200)
    windows = sequences(9)
    found = features.word_counts(windows, k, bins)
    assert found.tolist() == [slow_counts(row, k, bins).tolist() for row in windows]


def test_a_known_count():
    counts = features.word_counts(encode("ACACN")[None].copy(), 2)[0]
    assert {i: int(c) for i, c in enumerate(counts) if c} == {0b0001: 2, 0b0100: 1}


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_collapsed_counts_know_no_strand(k):
    windows = sequences(5)
    both = [
        features.collapsed(features.word_counts(one, k), k)
        for one in (windows, reverse_complement(windows))
    ]
    assert np.array_equal(*both)
    own = 0 if k % 2 else 4 ** (k // 2)  # words that are their own reverse complement
    assert both[0].shape == (5, (4**k + own) // 2)
    assert both[0].sum() == features.word_counts(windows, k).sum()


def test_codons_are_counted_in_their_frame():
    rng = np.random.default_rng(0)
    coding = [rng.integers(0, 5, n).astype(np.uint8) for n in (30, 4, 2, 301)]
    found = features.codon_shares(coding)
    for row, sequence in zip(found, coding, strict=True):
        counts = np.zeros(64)
        for start in range(0, len(sequence) // 3 * 3, 3):
            codon = sequence[start : start + 3].astype(int)
            if (codon < 4).all():
                counts[codon @ [16, 4, 1]] += 1
        assert row == pytest.approx(counts / max(1, counts.sum()))
    assert features.codon_shares([]).shape == (0, 64)


def test_composition():
    found = features.composition(np.stack([encode("CGCGAATT"), encode("AATTNNAA")]))
    assert found[0] == pytest.approx([0.5, 2 * 8 / (2 * 2)])
    assert found[1].tolist() == [0, 0]


@pytest.mark.parametrize("p", [5, 80])
def test_ridge_is_that_of_scikit_learn(p):
    rng = np.random.default_rng(0)
    x, new = rng.normal(2, 3, (40, p)), rng.normal(2, 3, (30, p))
    x[:, 1] = new[:, 1] = 7.0  # a feature that never varies
    weights = rng.normal(size=(p, 3))
    y, wanted = (one @ weights + rng.normal(0, 4, (len(one), 3)) for one in (x, new))
    ours = Ridge()
    ours.fit(x, y, new, wanted)
    center, spread = x.mean(0), np.where(x.std(0) > 0, x.std(0), 1)
    standard, other = (x - center) / spread, (new - center) / spread
    standard[:, 1] = other[:, 1] = 0
    scale = np.linalg.eigvalsh(standard.T @ standard if p <= 40 else standard @ standard.T).mean()
    losses = []
    for penalty in PENALTIES:
        slow = SlowRidge(alpha=penalty * scale).fit(standard, y)
        losses.append(((slow.predict(other) - wanted) ** 2).mean())
        if penalty == ours.penalty:
            assert ours.predict(new) == pytest.approx(slow.predict(other), abs=1e-6)
    assert ours.penalty == PENALTIES[np.argmin(losses)]
    assert ours.loss == pytest.approx(min(losses))


def planted(n, seed):
    """Expression that rises with a word of four letters."""
    windows = sequences(n, 400, seed)
    word = features.word_counts(windows, 4)[:, 27]
    noise = np.random.default_rng(seed).normal(0, 0.5, (n, 2))
    return Examples(windows, np.outer(word, [1.0, -1.0]) + noise)


def test_words_that_matter_are_found():
    train, valid, test = planted(600, 0), planted(200, 1), planted(200, 2)
    model = linear.kmers(longest=4)
    model.fit(train, valid)
    assert model.chosen == 3
    found = model.predict(test)
    assert np.corrcoef(found[:, 0], test.expression[:, 0])[0, 1] > 0.8
    mean = TrainMean()
    mean.fit(train, valid)
    assert (
        np.square(mean.predict(test) - test.expression).mean()
        > 2 * np.square(found - test.expression).mean()
    )
    assert (mean.predict(test) == mean.predict(test)[0]).all()


def test_regressions_on_both_strands_do_not_know_them():
    train, valid = planted(100, 0), planted(50, 1)
    other = Examples(reverse_complement(valid.windows).copy(), valid.expression)
    merged, apart = linear.kmers(3, both_strands=True), linear.kmers(3)
    for model in (merged, apart):
        model.fit(train, valid)
    assert np.array_equal(merged.predict(valid), merged.predict(other))
    assert not np.allclose(apart.predict(valid), apart.predict(other))


@pytest.mark.parametrize(
    "model", [linear.composition(), linear.binned_kmers(4, 2), linear.codons()]
)
def test_all_baselines_fit_and_predict(model):
    rng = np.random.default_rng(0)
    parts = [
        Examples(sequences(n, seed=n), rng.normal(size=(n, 3)), sequences(n, 90, n + 1))
        for n in (50, 20, 10)
    ]
    model.fit(parts[0], parts[1])
    assert model.predict(parts[2]).shape == (10, 3)
    assert np.isfinite(model.predict(parts[2])).all()


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit together"):
        Examples(sequences(3), np.zeros((4, 1)))
    with pytest.raises(ValueError, match="missing values"):
        Examples(sequences(1), np.full((1, 1), np.nan))
    with pytest.raises(ValueError, match="needs coding sequences"):
        linear.codons().fit(*[Examples(sequences(3), np.zeros((3, 1)))] * 2)
    with pytest.raises(ValueError, match="hold no word of 5"):
        features.word_counts(sequences(1, 4), 5)


def test_the_elastic_net_finds_the_variants_that_count():
    rng = np.random.default_rng(0)
    dosages = rng.binomial(2, 0.3, (300, 40)).astype(np.uint8)
    dosages[:, 5] = 1
    expression = 1.0 + dosages[:, 3] - 0.8 * dosages[:, 20] + rng.normal(0, 0.5, 300)
    weights = fit_gene(dosages[:200], expression[:200], seed=0)
    assert {3, 20} <= set(weights.sites.tolist())
    assert len(weights.sites) < 40
    found = weights.predict(dosages[200:])
    assert np.corrcoef(found, expression[200:])[0, 1] > 0.8
    again = fit_gene(dosages[:200], expression[:200], seed=0)
    assert np.array_equal(again.effects, weights.effects)


def test_the_elastic_net_without_variation_is_a_mean():
    for dosages in (np.ones((20, 3), np.uint8), np.zeros((20, 0), np.uint8)):
        weights = fit_gene(dosages, np.arange(20.0), seed=0)
        assert weights.predict(dosages).tolist() == [9.5] * 20
