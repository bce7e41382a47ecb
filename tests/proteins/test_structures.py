import gzip
import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from Bio.PDB import MMCIFParser, PDBParser
from Bio.PDB.Structure import Structure
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.proteins.chain import Chain
from causeway.proteins.fields import decimals, integers, windows
from causeway.proteins.reasons import Reason, StructureError
from causeway.proteins.residues import LETTERS, NAMES, code, modified
from causeway.proteins.structures import read_structure

DATA = Path(__file__).parents[1] / "data"


def read(data: bytes) -> list[Chain]:
    return read_structure(data, entry="e", where="e.pdb")


def atom(
    name: str,
    xyz: tuple[float, float, float],
    *,
    number: int = 1,
    residue: str = "ALA",
    chain: str = "A",
    alternate: str = " ",
    insertion: str = " ",
    occupancy: float = 1.0,
    temperature: float = 90.0,
    record: str = "ATOM",
) -> str:
    x, y, z = xyz
    return (
        f"{record:<6}{1:>5} {name:^4}{alternate}{residue:>3} {chain}{number:>4}{insertion}   "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{temperature:6.2f}          {name[0]:>2}\n"
    )


def residue(number: int, at: float | None = None, **rest) -> str:
    x = 3.8 * number if at is None else at
    places = ((x + 0.5, 1.0, 0.5), (x + 1.5, 1.0, 0.5), (x + 2.5, 1.0, 0.5))
    pairs = zip(("N", "CA", "C"), places, strict=True)
    return "".join(atom(name, place, number=number, **rest) for name, place in pairs)


def as_mmcif(pdb: str) -> str:
    """The atoms of our own PDB lines as an mmCIF, columns not aligned."""
    spans = {
        "group_PDB": (0, 6),
        "label_atom_id": (12, 16),
        "label_alt_id": (16, 17),
        "label_comp_id": (17, 20),
        "auth_asym_id": (21, 22),
        "auth_seq_id": (22, 26),
        "pdbx_PDB_ins_code": (26, 27),
        "Cartn_x": (30, 38),
        "Cartn_y": (38, 46),
        "Cartn_z": (46, 54),
        "occupancy": (54, 60),
        "B_iso_or_equiv": (60, 66),
    }

    rows = [
        " ".join(line[a:b].strip() or "?" for a, b in spans.values()) for line in pdb.splitlines()
    ]
    header = [f"_atom_site.{name}" for name in spans]
    return "\n".join(["data_e", "loop_", *header, *rows, "#", ""])


def biopython(data: bytes) -> Structure:
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    parser = MMCIFParser if text.startswith(b"data_") else PDBParser
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parser(QUIET=True).get_structure("e", io.StringIO(text.decode("latin-1")))


def reference(structure: Structure) -> dict[str, list[tuple]]:
    """The stated rules over Biopython's objects, one residue and one atom at a time."""
    chains: dict[str, list[tuple]] = {}
    for chain in next(iter(structure)):
        for site in chain:
            variants = site.disordered_get_list() if site.is_disordered() == 2 else [site]
            found = []
            for order, variant in enumerate(variants):
                hetero, number, insertion = variant.id
                name = variant.get_resname().strip()
                if hetero.strip() and not modified(code([name]))[0]:
                    continue
                for member in variant.get_unpacked_list():
                    if member.get_name() in ("N", "CA", "C") and member.coord.any():
                        found.append((member, name, order))
            labels = {}
            for member, name, _ in found:
                if (label := member.get_altloc()) != " ":
                    labels.setdefault(label, []).append((member, name))
            chosen = min(
                labels,
                key=lambda label: (
                    -len({member.get_name() for member, _ in labels[label]}),
                    -round(np.mean([m.get_occupancy() for m, _ in labels[label]]), 6),
                    label,
                ),
                default=" ",
            )
            atoms = {}
            for member, name, _ in found:
                if member.get_altloc() in (" ", chosen):
                    atoms.setdefault(member.get_name(), (member.coord, name, member.bfactor))
            if len(atoms) == 3:
                number, insertion = site.id[1], site.id[2]
                xyz = np.stack([atoms[key][0] for key in ("N", "CA", "C")])
                row = (number, insertion.strip(), atoms["CA"][1], xyz, atoms["CA"][2])
                chains.setdefault(chain.id.strip() or "-", []).append(row)
    return chains


def assert_same(ours: list[Chain], theirs: dict[str, list[tuple]]) -> None:
    assert {chain.chain for chain in ours} == set(theirs)
    for chain in ours:
        rows = theirs[chain.chain]
        # Biopython sorts modified residues as the file does, so the order agrees as well.
        insertions = [chr(letter) if letter else "" for letter in chain.insertion]
        assert [(row[0], row[1]) for row in rows] == list(
            zip(chain.residue_number.tolist(), insertions, strict=True)
        )
        np.testing.assert_allclose(chain.backbone, [row[3] for row in rows], atol=1e-3)
        np.testing.assert_allclose(chain.plddt, [row[4] for row in rows], atol=1e-2)
        for letter, row in zip(chain.sequence, rows, strict=True):
            if row[2] in NAMES:
                assert letter == LETTERS[NAMES.index(row[2])]


@pytest.mark.parametrize("folder", ["afdb", "experimental", "predicted_other"])
def test_real_files_agree_with_biopython(shared_data: Path, folder: str) -> None:
    compared = 0
    for path in sorted((shared_data / "proteins" / folder).rglob("*")):
        if path.is_dir() or path.suffix == ".bcif" or path.stat().st_size > 300_000:
            continue
        data = path.read_bytes()
        assert_same(read(data), reference(biopython(data)))
        compared += 1
    assert compared >= 15


def test_stored_files_agree_with_biopython() -> None:
    paths = sorted((DATA / "structures").glob("*.gz"))
    assert len(paths) == 2
    for path in paths:
        data = path.read_bytes()
        assert_same(read(data), reference(biopython(data)))


def test_real_files_agree_with_mdtraj(shared_data: Path) -> None:
    mdtraj = pytest.importorskip("mdtraj")
    for path in sorted((shared_data / "proteins" / "afdb").glob("*.pdb"))[:6]:
        (chain,) = read(path.read_bytes())
        trajectory = mdtraj.load(str(path))
        alpha = trajectory.top.select("name CA")
        np.testing.assert_allclose(chain.backbone[:, 1], trajectory.xyz[0, alpha] * 10, atol=1e-3)
        assert chain.sequence == trajectory.top.to_fasta(0)


coordinates = st.integers(-999_999, 9_999_999).map(lambda thousandths: thousandths / 1000)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_pdb_and_mmcif_round_trip(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 8))
    numbers = sorted(data.draw(st.sets(st.integers(-99, 9999), min_size=length, max_size=length)))
    point = st.tuples(coordinates, coordinates, coordinates).filter(any)
    places = data.draw(st.lists(point, min_size=3 * length, max_size=3 * length))
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=length, max_size=length))
    text = "".join(
        atom(name, places[3 * i + j], number=numbers[i], residue=names[i])
        for i in range(length)
        for j, name in enumerate(("N", "CA", "C"))
    )
    for written in (text, as_mmcif(text)):
        (chain,) = read(written.encode())
        expected = np.array(places, np.float32).reshape(-1, 3, 3)
        np.testing.assert_array_equal(chain.backbone, expected)
        assert chain.residue_number.tolist() == numbers
        assert [NAMES[kind] for kind in chain.residue_type] == names


@given(st.lists(st.floats(-1e11, 1e11).map(lambda x: f"{x:.4f}"), min_size=1))
def test_decimals_equal_float(texts: list[str]) -> None:
    width = max(map(len, texts))
    field = np.array([text.rjust(width).encode() for text in texts]).view(np.uint8)
    values = decimals(field.reshape(len(texts), width))
    assert values.tolist() == [float(text) for text in texts]


@given(st.lists(st.integers(-999, 9999), min_size=1), st.integers(0, 3))
def test_decimals_with_one_place_of_the_point(numbers: list[int], places: int) -> None:
    texts = [f"{number / 10**places:.{places}f}".rjust(9) for number in numbers]
    field = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), 9)
    assert decimals(field).tolist() == [float(text) for text in texts]


def test_windows_equal_slices() -> None:
    text = b"what is copied at once"
    found = windows(np.frombuffer(text, np.uint8), np.array([0, 5, 17, 3]), 5)
    assert [row.tobytes() for row in found] == [text[n : n + 5] for n in (0, 5, 17, 3)]


@pytest.mark.parametrize("text", ["1.5e3", "-1e-3", " nan", " inf", "12 ", "+.5", "5."])
def test_decimals_take_other_notations(text: str) -> None:
    (value,) = decimals(np.frombuffer(text.encode(), np.uint8)[None])
    np.testing.assert_equal(value, float(text))


@pytest.mark.parametrize("text", ["1.2.3", "1-2", "1 2", "   ", "-", ".", "abc"])
def test_decimals_refuse_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decimals(np.frombuffer(text.encode(), np.uint8)[None])


def test_integers_refuse_fractions() -> None:
    with pytest.raises(ValueError, match="whole"):
        integers(np.frombuffer(b"1.5", np.uint8)[None])


both = pytest.mark.parametrize("form", [str, as_mmcif], ids=["pdb", "mmcif"])


@both
def test_missing_atom_drops_the_residue_and_shows_the_gap(form) -> None:
    broken = "".join(residue(2).splitlines(keepends=True)[:2])
    (chain,) = read(form(residue(1) + broken + residue(3)).encode())
    assert chain.residue_number.tolist() == [1, 3]
    assert chain.breaks.tolist() == [True]


@both
def test_atom_at_the_origin_is_missing(form) -> None:
    text = residue(1) + residue(2).replace("   9.100   1.000   0.500", "   0.000" * 3)
    (chain,) = read(form(text).encode())
    assert chain.residue_number.tolist() == [1]


@both
def test_break_by_distance(form) -> None:
    (chain,) = read(form(residue(1, 0.0) + residue(2, 4.1) + residue(3, 8.4)).encode())
    assert chain.breaks.tolist() == [False, True]


@both
def test_insertion_codes_are_kept_and_are_no_gap(form) -> None:
    text = residue(1, 0.0) + residue(1, 3.8, insertion="A") + residue(2, 7.6)
    (chain,) = read(form(text).encode())
    assert chain.residue_number.tolist() == [1, 1, 2]
    assert chain.insertion.tolist() == [0, ord("A"), 0]
    assert not chain.breaks.any()


@both
@pytest.mark.parametrize(
    ("occupancies", "expected"), [((0.4, 0.6), 50.0), ((0.5, 0.5), 5.0), ((0.6, 0.4), 5.0)]
)
def test_alternate_location_by_occupancy_then_label(form, occupancies, expected) -> None:
    first = residue(1, 5.0, alternate="A", occupancy=occupancies[0])
    second = residue(1, 50.0, alternate="B", occupancy=occupancies[1], residue="SER")
    for text in (first + second, second + first):
        (chain,) = read(form(text).encode())
        assert chain.backbone[0, 0, 0] == expected + 0.5
        assert chain.sequence == ("A" if expected == 5.0 else "S")


@both
def test_alternate_location_is_whole(form) -> None:
    lone = atom("CA", (9.0, 9.0, 9.0), alternate="B", occupancy=0.9)
    (chain,) = read(form(residue(1, 5.0, alternate="A", occupancy=0.1) + lone).encode())
    assert chain.backbone[0, 1, 0] == 6.5


@both
def test_modified_residues(form) -> None:
    text = (
        residue(1, residue="MSE", record="HETATM")
        + residue(2, residue="SEP", record="HETATM")
        + residue(3, residue="ZZZ")
        + residue(4, residue="HSD")
        + residue(5, residue="GLU", record="HETATM")  # a free amino acid
        + atom("CA", (1, 1, 1), number=6, residue="CA", record="HETATM")
        + residue(7, residue="HOH", record="HETATM")
    )
    (chain,) = read(form(text).encode())
    assert chain.sequence == "MXXH"


@pytest.mark.parametrize("remarks", [0, 150_000], ids=["short", "long"])
def test_first_model_only(remarks: int) -> None:
    models = "".join(f"MODEL {n}\n{residue(1, 10.0 * n)}ENDMDL\n" for n in (1, 2))
    (chain,) = read((models + "REMARK\n" * remarks).encode())
    assert chain.backbone[0, 0, 0] == 10.5


def test_first_model_of_mmcif() -> None:
    text = as_mmcif(residue(1, 10.0) + residue(2, 20.0))
    head, rows = text.split("_atom_site.B_iso_or_equiv\n")
    lines = rows.splitlines()
    lines[:6] = [f"{line} {1 + place // 3}" for place, line in enumerate(lines[:6])]
    head += "_atom_site.B_iso_or_equiv\n_atom_site.pdbx_PDB_model_num\n"
    (chain,) = read((head + "\n".join(lines)).encode())
    assert chain.residue_number.tolist() == [1]


def test_chains_and_blank_chain() -> None:
    text = residue(1) + residue(1, chain="B") + residue(1, chain=" ")
    assert [chain.id for chain in read(text.encode())] == ["e_A", "e_B", "e_-"]


def test_windows_line_ends_and_short_lines() -> None:
    lines = [line[:54] for line in residue(1).splitlines()]
    (chain,) = read("\r\n".join(lines).encode())
    assert len(chain) == 1
    assert chain.plddt.tolist() == [0.0]


def test_mmcif_quotes_comments_and_what_follows() -> None:
    text = as_mmcif(residue(1) + residue(2))
    quoted = text.replace("ALA", "'ALA'")
    spaced = text.replace("_atom_site.occupancy", "_atom_site.note\n_atom_site.occupancy")
    rows = [line.split() for line in spaced.splitlines() if line.startswith("ATOM")]
    for row in rows:
        spaced = spaced.replace(" ".join(row), " ".join([*row[:10], '"O5\' and #"', *row[10:]]))
    followed = text.replace("\n#\n", "\nloop_\n_other.x\n1\n")
    item = text.replace("\n#\n", "\n_other.x 1\n")
    for variant in (quoted, spaced, followed, item, "# note\n\n" + text):
        assert len(read(variant.encode())[0]) == 2


def test_unknown_coordinate_of_mmcif_is_missing() -> None:
    text = as_mmcif(residue(1) + residue(2)).replace(" 9.100 ", " ? ")
    assert read(text.encode())[0].residue_number.tolist() == [1]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \n", Reason.EMPTY),
        (b"\x00\x01\x02" * 99, Reason.DAMAGED),
        (gzip.compress(residue(1).encode(), mtime=0)[:-12], Reason.DAMAGED),
        (b"\x1f\x8bnonsense", Reason.DAMAGED),
        (b"hello\n", Reason.NO_ATOMS),
        (b"<!doctype html><html>404 not found</html>", Reason.NO_ATOMS),
        (b"data_e\n_cell.length_a 1\n", Reason.NO_ATOMS),
        (b"data_e\nloop_\n_atom_site.id\n", Reason.NO_ATOMS),
        (as_mmcif(residue(1))[:-20].encode(), Reason.MALFORMED),
        (as_mmcif(residue(1)).replace("Cartn_x", "x").encode(), Reason.MALFORMED),
        (as_mmcif(residue(1)).replace("0.500", "0.5oo").encode(), Reason.MALFORMED),
        (residue(1).replace("0.500", "0.5oo").encode(), Reason.MALFORMED),
        (atom("P", (1, 2, 3), residue="DG").encode(), Reason.NO_BACKBONE),
        (as_mmcif(atom("P", (1, 2, 3), residue="DG")).encode(), Reason.NO_BACKBONE),
        (atom("CA", (1, 2, 3)).encode(), Reason.NO_BACKBONE),
        (b"\x83\xa7encoder\xa3abc\xaadataBlocks\x90", Reason.UNSUPPORTED),
    ],
)
def test_bad_input_names_file_problem_and_remedy(data: bytes, reason: Reason) -> None:
    with pytest.raises(StructureError) as caught:
        read(data)
    assert isinstance(caught.value, InputError)
    assert caught.value.reason is reason
    assert caught.value.where == "e.pdb"
    assert caught.value.problem
    assert caught.value.remedy


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.binary(max_size=8), st.booleans())
def test_damaged_text_never_crashes(begin: int, end: int, noise: bytes, cif: bool) -> None:
    text = (as_mmcif if cif else str)(residue(1) + residue(2)).encode()
    try:
        chains = read(text[:begin] + noise + text[end:])
    except StructureError:
        return
    assert all(len(chain) for chain in chains)
