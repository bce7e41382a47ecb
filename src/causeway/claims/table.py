"""The table of judged claims: one row per claim and dataset, as TSV for people and programs."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from causeway.claims import wording
from causeway.claims.definition import Claim
from causeway.errors import InputError

if TYPE_CHECKING:  # judging needs scipy, which takes longer to load than tables take to read
    from causeway.claims.judging import Judgement

NUMBERS = ["estimate", "low", "high", "from", "to"]
COLUMNS = [
    "system",
    "claim",
    "says",
    "origin",
    "dataset",
    "synthetic",
    "variants",
    "metric",
    "test",
    "published",
    "mark",
    *NUMBERS,
    "n",
    "unit",
    "verdict",
    "reason",
    "arxiv",
    "where",
    "scale",
]


def rows(
    judged: Iterable[tuple[str, Claim, "Judgement"]],
    *,
    system: str,
    scale: str,
    synthetic: Iterable[str],
) -> pd.DataFrame:
    """Make the table of one system's judged claims.

    Parameters
    ----------
    judged
        Triples of a claim's name, the claim and its judgement.
    system, scale
        Where and at what scale they were judged.
    synthetic
        Names of datasets that are made up.
    """
    made_up = set(synthetic)
    records = []
    for name, claim, found in judged:
        places = found.dataset.split(", ")
        sides = claim.sides()
        records.append(
            {
                "system": system,
                "claim": name,
                "says": " ".join(claim.says.split()),
                "origin": claim.origin,
                "dataset": found.dataset,
                "synthetic": bool(made_up & set(places)),
                "variants": ", ".join(dict.fromkeys(side.variant for side in sides)),
                "metric": ", ".join(dict.fromkeys(str(claim.metric_of(side)) for side in sides))
                or claim.metric
                or "",
                "test": wording.sentence(claim),
                "published": wording.published(claim),
                "mark": ", ".join(dict.fromkeys(number.mark for number in claim.published)),
                **found.evidence.interval._asdict(),
                "from": found.region.low,
                "to": found.region.high,
                "unit": found.evidence.unit,
                "verdict": str(found.verdict),
                "reason": " ".join(found.reason.split()),
                "arxiv": claim.paper.arxiv,
                "where": claim.paper.where,
                "scale": scale,
            }
        )
    return pd.DataFrame(records, columns=COLUMNS)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write the table as TSV; unknown numbers are empty."""
    table.to_csv(path, sep="\t", index=False, lineterminator="\n")


def read(path: Path) -> pd.DataFrame:
    """Read a table written by :func:`write`, unchanged.

    Raises
    ------
    InputError
        If the file is no table of judged claims.
    """
    kinds = dict.fromkeys(NUMBERS, "float") | {"synthetic": "bool", "n": "int"}
    try:
        table = pd.read_csv(
            path,
            sep="\t",
            dtype={name: kinds.get(name, "str") for name in COLUMNS},
            keep_default_na=False,
            na_values=dict.fromkeys(NUMBERS, ""),
        )
        return table[COLUMNS]
    except (KeyError, ValueError) as error:
        raise InputError(
            path, f"not a table of judged claims ({error})", "Remove it and run the workflow again"
        ) from error
