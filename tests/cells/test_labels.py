"""Labels in canonical form and in the dialects of published screens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.cells.dialects import parse
from causeway.cells.labels import CONTROL, canonical, targets
from causeway.errors import InputError

GENE = st.from_regex(r"[A-Z][A-Z0-9]{1,6}(-[0-9])?", fullmatch=True)

CASES = [
    # GEARS
    ("plus", "ctrl", "ctrl", CONTROL),
    ("plus", "ctrl", "KLF1+ctrl", "KLF1"),
    ("plus", "ctrl", "ctrl+KLF1", "KLF1"),
    ("plus", "ctrl", "MAP2K6+KLF1", "KLF1+MAP2K6"),
    # PerturBench
    ("plus", "control", "SET+KLF1", "KLF1+SET"),
    # scPerturb, combinations
    ("underscore", "control", "KLF1_MAP2K6", "KLF1+MAP2K6"),
    ("underscore", "control", "control", CONTROL),
    # Wessels
    ("underscore", "NT", "NT_NT", CONTROL),
    ("underscore", "NT", "KLF1_NT", "KLF1"),
    ("underscore", "NT", "NT5E_NT", "NT5E"),
    # LCD: guide ids of Norman
    ("comma", "", "", CONTROL),
    ("comma", "", "MAP2K6,KLF1", "KLF1+MAP2K6"),
    ("comma", "", "KLF1", "KLF1"),
    ("comma", "ctrl", "KLF1, MAP2K6", "KLF1+MAP2K6"),
    # Norman, guides of both positions
    ("guide-pair", "NegCtrl", "NegCtrl10_NegCtrl0__NegCtrl10_NegCtrl0", CONTROL),
    ("guide-pair", "NegCtrl", "KLF1_NegCtrl0__KLF1_NegCtrl0", "KLF1"),
    ("guide-pair", "NegCtrl", "NegCtrl0_KLF1__NegCtrl0_KLF1", "KLF1"),
    ("guide-pair", "NegCtrl", "TGFBR2_KLF1__TGFBR2_KLF1", "KLF1+TGFBR2"),
    ("guide-pair", "NegCtrl", "KLF1_KLF1__KLF1_KLF1", "KLF1"),
    # scPerturb, two guides per target
    ("guide", "control", "ZAP70_1", "ZAP70"),
    ("guide", "control", "NKX3-1_2", "NKX3-1"),
    ("guide", "control", "NKX3-1", "NKX3-1"),
    ("guide", "control", "LCK_sg2", "LCK"),
    ("guide", "control", "control", CONTROL),
    # Replogle
    ("single", "non-targeting", "non-targeting", CONTROL),
    ("single", "non-targeting", "HLA-A", "HLA-A"),
    ("single", "control", "A_B", "A_B"),
]


@pytest.mark.parametrize(("dialect", "control", "label", "expected"), CASES)
def test_dialects(dialect, control, label, expected):
    assert parse(label, dialect, control) == expected


@given(st.sets(GENE, min_size=1, max_size=3))
def test_every_joining_dialect_reads_what_it_writes(genes):
    for dialect, joint in (("plus", "+"), ("comma", ","), ("underscore", "_")):
        assert parse(joint.join(genes), dialect, "ctrl") == canonical(genes)


@given(st.sets(GENE, max_size=3))
def test_targets_undo_the_label(genes):
    label = canonical(genes)
    assert set(targets(label)) == genes
    assert canonical(targets(label)) == label


def test_nothing_is_the_control():
    assert canonical([]) == CONTROL
    assert targets(CONTROL) == ()


@pytest.mark.parametrize(
    ("label", "dialect"), [("A++B", "plus"), ("A_", "underscore"), (",A", "comma"), ("", "single")]
)
def test_empty_targets_are_refused(label, dialect):
    with pytest.raises(InputError, match="empty target"):
        parse(label, dialect, "control")


def test_a_label_of_another_dialect_is_refused():
    with pytest.raises(InputError, match=r"target 'A\+B' as dialect 'comma'"):
        parse("A+B", "comma", "control")


@pytest.mark.parametrize("name", ["", "control", "A+B"])
def test_names_that_cannot_be_targets(name):
    with pytest.raises(InputError, match="cannot be the name"):
        canonical([name])
