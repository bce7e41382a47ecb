import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from causeway.proteins.chain import Chain
from causeway.proteins.sources import Synthetic
from causeway.proteins.structures import read_structure
from causeway.proteins.synthetic import MIN_DISTANCE, backbone, carbonyl, chains, closest

SOURCE = Synthetic(entries=24, families=8)


@pytest.fixture(scope="module")
def parsed() -> list[Chain]:
    found = []
    for name, data in chains(SOURCE, 0):
        found += read_structure(data, entry=name.removesuffix("-model_v1.pdb"), where=name)
    return found


def dihedral(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Torsion in degrees about b-c by the usual formula, independent of the builder."""
    axis = (c - b) / np.linalg.norm(c - b, axis=-1, keepdims=True)
    first, second = np.cross(b - a, axis), np.cross(axis, d - c)
    sine = (np.cross(first, second) * axis).sum(-1)
    return np.rad2deg(np.arctan2(sine, (first * second).sum(-1)))


@settings(max_examples=20, deadline=None)
@given(arrays.arrays(float, (2, 5, 2), elements=st.floats(-179, 179)))
def test_backbone_has_the_wanted_torsions_bonds_and_angles(torsions: np.ndarray) -> None:
    atoms = backbone(torsions)
    N, CA, C = atoms[:, :, 0], atoms[:, :, 1], atoms[:, :, 2]
    phi = dihedral(C[:, :-1], N[:, 1:], CA[:, 1:], C[:, 1:])
    psi = dihedral(N[:, :-1], CA[:, :-1], C[:, :-1], N[:, 1:])
    omega = dihedral(CA[:, :-1], C[:, :-1], N[:, 1:], CA[:, 1:])
    np.testing.assert_allclose(phi, torsions[:, 1:, 0], atol=1e-6)
    np.testing.assert_allclose(psi, torsions[:, :-1, 1], atol=1e-6)
    np.testing.assert_allclose(np.abs(omega), 180, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(CA - N, axis=-1), 1.458)
    np.testing.assert_allclose(np.linalg.norm(C - CA, axis=-1), 1.525)
    np.testing.assert_allclose(np.linalg.norm(N[:, 1:] - C[:, :-1], axis=-1), 1.329)
    cosine = ((N - CA) * (C - CA)).sum(-1) / (1.458 * 1.525)
    np.testing.assert_allclose(np.rad2deg(np.arccos(cosine)), 111.0)
    oxygen = carbonyl(atoms[0], torsions[0, :, 1])
    np.testing.assert_allclose(np.linalg.norm(oxygen - C[0], axis=-1), 1.231)
    flat = dihedral(oxygen[:-1], C[0, :-1], N[0, 1:], CA[0, 1:])
    np.testing.assert_allclose(flat, 0, atol=1e-5)


def test_helix_rises_by_one_and_a_half_angstrom() -> None:
    alpha = backbone(np.tile((-63.0, -42.0), (1, 37, 1)))[0, :, 1]
    rise = np.linalg.norm(alpha[36] - alpha[0]) / 36
    assert 1.35 < rise < 1.65


def test_same_seed_same_bytes() -> None:
    assert list(chains(SOURCE, 3)) == list(chains(SOURCE, 3))
    assert dict(chains(SOURCE, 3)) != dict(chains(SOURCE, 4))


def test_chains_are_whole_and_do_not_clash(parsed: list[Chain]) -> None:
    assert len(parsed) == 24
    for chain in parsed:
        assert SOURCE.min_length <= len(chain) <= SOURCE.max_length
        assert not chain.breaks.any()
        assert closest(chain.backbone[None, :, 1])[0] >= MIN_DISTANCE - 2e-3
        spread = np.sqrt(chain.backbone[:, 1].var(0).sum())
        assert spread < 2.0 * 2.2 * len(chain) ** 0.38
        assert 20 <= chain.plddt.min() <= chain.plddt.max() <= 99


def test_families_share_sequence_and_shape(parsed: list[Chain]) -> None:
    def identity(a: Chain, b: Chain) -> float:
        length = min(len(a), len(b))
        return float(np.mean(a.residue_type[:length] == b.residue_type[:length]))

    def distances(chain: Chain) -> np.ndarray:
        alpha = chain.backbone[:, 1].astype(float)
        return np.linalg.norm(alpha[:, None] - alpha, axis=-1)

    for entry in range(8):
        sibling, stranger = parsed[entry + 8], parsed[(entry + 1) % 8]
        assert identity(parsed[entry], sibling) > 0.6
        assert identity(parsed[entry], stranger) < 0.4
        assert np.abs(distances(parsed[entry]) - distances(sibling)).mean() < 4
        assert not np.allclose(parsed[entry].backbone, sibling.backbone, atol=1)


def test_file_says_that_it_is_synthetic() -> None:
    name, data = next(chains(SOURCE, 0))
    assert name == "SYN-00001-F1"
    assert b"SYNTHETIC" in data
    assert {len(line) for line in data.decode("ascii").splitlines()} == {80}


@pytest.mark.parametrize("length", [1, 2, 300])
def test_odd_lengths(length: int) -> None:
    source = Synthetic(entries=2, families=1, min_length=length, max_length=length)
    for name, data in chains(source, 0):
        (chain,) = read_structure(data, entry="e", where=name)
        assert len(chain) == length
