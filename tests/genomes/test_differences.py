"""Differences of people from the reference, standards and controls."""

import numpy as np
import pytest

from causeway.genomes.phenformer.controls import (
    component_differences,
    genotype_differences,
    permuted_people,
    shuffled_contexts,
)
from causeway.genomes.phenformer.differences import (
    embedding_difference,
    expression_difference,
    merge_haplotypes,
)
from causeway.genomes.phenformer.standardise import ROWS, Standard


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def reference(rng) -> np.ndarray:
    """Expression of seven genes in five contexts, float32 as heads give it."""
    return (5 * rng.random((7, 5))).astype(np.float32)


def test_the_reference_person_differs_by_exactly_nothing(reference):
    haplotypes = np.broadcast_to(reference, (3, 2, 7, 5))
    assert (expression_difference(haplotypes, reference) == 0).all()
    assert (embedding_difference(haplotypes, reference) == 0).all()


def test_alleles_add_up_in_linear_space(rng, reference):
    haplotypes = reference + 0.3 * rng.standard_normal((4, 2, 7, 5))
    found = expression_difference(haplotypes, reference)
    for person, gene, context in np.ndindex(4, 7, 5):
        tpm = [np.expm1(haplotypes[person, h, gene, context]) for h in (0, 1)]
        expected = np.log1p((tpm[0] + tpm[1]) / 2) - reference[gene, context]
        assert found[person, gene, context] == pytest.approx(expected, abs=1e-12)
    merged = merge_haplotypes(haplotypes)
    assert found == pytest.approx(merged - reference, abs=1e-12)


def test_haplotypes_can_be_exchanged_and_lie_on_any_axis(rng, reference):
    haplotypes = reference + rng.standard_normal((4, 2, 7, 5)).astype(np.float32)
    found = expression_difference(haplotypes, reference)
    assert np.array_equal(found, expression_difference(haplotypes[:, ::-1], reference))
    last = expression_difference(np.moveaxis(haplotypes, 1, -1), reference, axis=-1)
    assert found == pytest.approx(last, abs=1e-6)
    one = embedding_difference(haplotypes[0], reference, axis=0)
    assert one == pytest.approx(haplotypes[0].mean(axis=0) - reference, abs=1e-6)


def test_small_differences_of_large_expressions_survive():
    reference = np.full((1, 1), 12.0, dtype=np.float32)
    haplotypes = np.float32(12.0) + np.array([1e-6, 3e-6], dtype=np.float32).reshape(1, 2, 1, 1)
    exact = np.log1p(np.expm1(haplotypes.astype(float) - 12).mean())
    assert expression_difference(haplotypes, reference).item() == pytest.approx(exact, rel=1e-3)


def test_shapes_that_do_not_fit_are_refused(reference):
    with pytest.raises(ValueError, match="do not fit a reference"):
        expression_difference(np.zeros((3, 2, 7, 4)), reference)


def test_standards_are_of_training_people_and_constants_become_zero(rng):
    people = (rng.standard_normal((ROWS + 50, 4, 3)) * [1, 1e-4, 1] + 7).astype(np.float32)
    people[:, :, 2] = 0.1
    standard = Standard.of(people)
    applied = standard.apply(people)
    assert applied.dtype == np.float32
    assert (applied[:, :, 2] == 0).all()
    assert applied[:, :, 0].mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-4)
    assert applied[:, :, 0].std(axis=0) == pytest.approx(np.ones(4), rel=1e-3)
    assert standard.spread == pytest.approx(
        np.where(np.arange(3) == 2, 0, people.std(axis=0, dtype=float)), rel=1e-3
    )
    assert (standard.apply(people[:1] + 5)[:, :, 2] == 0).all()


def test_standards_need_people_and_numbers():
    with pytest.raises(ValueError, match="needs people"):
        Standard.of(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="not finite"):
        Standard.of(np.array([[1.0], [np.nan]]))


def test_genotype_control_sees_only_its_window(rng):
    dosages = rng.integers(0, 3, (6, 10)).astype(np.int8)
    dosages[0] = 0
    indptr, sites = np.array([0, 4, 4, 7]), np.array([0, 1, 2, 3, 7, 8, 9])
    found = genotype_differences(dosages, indptr, sites, 5, np.random.default_rng(1))
    assert found.shape == (6, 3, 5)
    assert (found[0] == 0).all()
    assert (found[:, 1] == 0).all()
    changed = dosages.copy()
    changed[:, 4:7] = 2 - changed[:, 4:7]
    again = genotype_differences(changed, indptr, sites, 5, np.random.default_rng(1))
    assert np.array_equal(found, again)
    changed[:, 8] = 2 - changed[:, 8]
    again = genotype_differences(changed, indptr, sites, 5, np.random.default_rng(1))
    assert np.array_equal(found[:, 0], again[:, 0])
    assert not np.array_equal(found[:, 2], again[:, 2])
    assert np.linalg.matrix_rank(found[:, 2] - found[0, 2]) <= 3


def test_component_control_has_the_rank_of_the_components(rng):
    found = component_differences(rng.standard_normal((20, 3)), 4, 5, rng)
    assert found.shape == (20, 4, 5)
    assert np.linalg.matrix_rank(found.reshape(20, -1), tol=1e-4) == 3


def test_shuffled_contexts_keep_genes_and_are_the_same_for_all_people(rng):
    differences = rng.standard_normal((3, 40, 6))
    differences[1] = differences[0]
    found = shuffled_contexts(differences, rng)
    assert np.array_equal(np.sort(found, axis=2), np.sort(differences, axis=2))
    assert np.array_equal(found[1], found[0])
    assert len(np.unique(np.argmax(found[0] == differences[0, :, :1], axis=1))) == 6


def test_labels_move_within_part_and_population(rng):
    strata = np.repeat([0, 1, 2], 20)
    order = permuted_people(60, rng, strata)
    assert (strata[order] == strata).all()
    assert not np.array_equal(order, np.arange(60))
