"""Classes of genetic interactions."""

from dataclasses import replace

import numpy as np
import pytest

from causeway.cells.interaction_classes import CLASSES, NEVER, calibrated, classes, read_classes
from causeway.cells.interactions import Interaction
from causeway.cells.lcd.class_metrics import class_metrics
from causeway.errors import InputError

PLAIN = Interaction(
    first=1.0,
    second=1.0,
    magnitude=1.4,
    dominance=0.0,
    fit=0.8,
    linear_fit=0.9,
    redundancy=0.3,
    balance=0.9,
)


def test_limits_are_tails_of_known_doubles():
    magnitudes = np.linspace(2, 3, 21)
    scores = {f"A{i:02}+B": replace(PLAIN, magnitude=m) for i, m in enumerate(magnitudes)}
    scores["C+D"] = replace(PLAIN, linear_fit=0.2)
    known = {"synergy": [*scores][:21], "additive": [*scores][:21], "neomorphism": ["C+D", "X+Y"]}
    limits = calibrated(scores, known)
    assert limits["synergy"] == pytest.approx((2.05, np.inf))
    assert limits["additive"] == pytest.approx((2.05, 2.95))
    assert limits["neomorphism"] == (-np.inf, 0.2)
    assert limits["suppression"] == NEVER
    assert set(limits) == set(CLASSES)


def test_a_double_may_be_of_several_classes_or_none():
    limits = dict.fromkeys(CLASSES, NEVER) | {
        "synergy": (1.5, np.inf),
        "epistasis": (-np.inf, 0.4),
        "redundancy": (0.95, np.inf),
    }
    limits = {name: type(NEVER)(*ends) for name, ends in limits.items()}
    found = classes(replace(PLAIN, magnitude=2.0, balance=0.3), limits)
    assert {name for name, there in found.items() if there} == {"synergy", "epistasis"}
    assert not any(classes(PLAIN, limits).values())
    undefined = Interaction(*[float("nan")] * 8)
    assert not any(classes(undefined, limits).values())


def test_the_published_table_can_be_read(root):
    found = read_classes(root / "config" / "references" / "lcd" / "norman-interactions.tsv")
    assert {name: len(labels) for name, labels in found.items()} == {
        "synergy": 30,
        "additive": 16,
        "suppression": 12,
        "neomorphism": 13,
        "epistasis": 9,
        "redundancy": 8,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("perturbation\tkind\nA+B\tsynergy\n", "class.*Write the columns"),
        ("perturbation\tclass\nA+B\tsynergies\n", "line 2, class: 'synergies' is none"),
        ("perturbation\tclass\nA+B\tsynergy\nB+A\tadditive\n", "line 3.*'B.A' is no canonical"),
        ("perturbation\tclass\nA\tsynergy\n", "no canonical label of two"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, text, message):
    path = tmp_path / "classes.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_classes(path)
    with pytest.raises(InputError, match="not a table"):
        read_classes(tmp_path / "none.tsv")


def test_precision_recall_and_f1():
    observed = np.array([1.0, 1, 1, 0, 0, 0, 0, 0])
    predicted = np.array([1.0, 0, 0, 1, 0, 0, 0, 0])
    found = dict(class_metrics(observed, predicted))
    assert found["precision"].estimate == pytest.approx(1 / 2)
    assert found["recall"].estimate == pytest.approx(1 / 3)
    assert found["f1"].estimate == pytest.approx(2 / 5)
    assert found["f1"].n == 8
    nothing = dict(class_metrics(observed, np.zeros(8)))
    assert [nothing[name].estimate for name in ("precision", "recall", "f1")] == [1, 0, 0]
