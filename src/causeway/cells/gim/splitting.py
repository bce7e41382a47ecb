"""Which contexts train, and which test what, as the domain's table of splits."""

from collections.abc import Collection

import pandas as pd

from causeway.cells.gim.contexts import Context
from causeway.cells.gim.held_out import UNSEEN_DOSE, UNSEEN_DRUG
from causeway.cells.labels import targets
from causeway.cells.splits import COLUMNS
from causeway.errors import InputError


def split(
    contexts: list[Context], drugs: Collection[str], doses: Collection[float], seed: int
) -> pd.DataFrame:
    """Hold out unseen drugs at all doses, and unseen doses of the other drugs.

    Both splits train on the same contexts, so that one model serves both.

    Parameters
    ----------
    contexts
        All of the screen but the control.
    drugs, doses
        What is held out.
    seed
        Recorded in the table; nothing is drawn.

    Returns
    -------
    DataFrame
        Columns of :mod:`causeway.cells.splits` and ``dose``; splits ``unseen-dose`` and
        ``unseen-drug``, a split without a test is left out.

    Raises
    ------
    InputError
        If a drug or dose is not in the screen, or nothing remains for training or for tests.
    """
    _known("drugs", drugs, {context.perturbation for context in contexts})
    _known("doses", doses, {context.dose for context in contexts})
    train = [c for c in contexts if c.perturbation not in drugs and c.dose not in doses]
    taught = {context.perturbation for context in train}
    tests = {
        UNSEEN_DOSE: [c for c in contexts if c.perturbation in taught and c.dose in doses],
        UNSEEN_DRUG: [c for c in contexts if c.perturbation in drugs],
    }
    if not train or not any(tests.values()):
        raise InputError(
            "held_out", "nothing remains for training or for tests", "Hold out fewer, or some"
        )
    known = {target for label in taught for target in targets(label)}
    rows = [
        (name, label, role, sum(t in known for t in targets(label)), seed, dose)
        for name, test in tests.items()
        if test
        for role, part in (("train", train), ("test", test))
        for label, dose in part
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "dose"])


def of(table: pd.DataFrame, name: str, role: str) -> list[Context]:
    """Contexts of one role in one split."""
    rows = table[(table["split"] == name) & (table["role"] == role)]
    return [
        Context(str(label), float(dose))
        for label, dose in zip(rows["perturbation"], rows["dose"], strict=True)
    ]


def training(table: pd.DataFrame) -> list[Context]:
    """Training contexts, which all splits share."""
    return of(table, str(table["split"].iloc[0]), "train")


def _known(noun: str, wanted: Collection, there: set) -> None:
    if unknown := sorted(set(wanted) - there):
        raise InputError(f"held_out {noun}", f"the screen has no {unknown[0]}", "Correct the name")
