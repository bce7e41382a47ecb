"""AlphaFold DB: its names, its prediction API and its index of archives.

Addresses come from the database's own records, never from a pattern. Field names are accepted as
they were until 2025 and as they are since version 6.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from causeway.data.web import MissingError
from causeway.errors import InputError

API = "https://alphafold.ebi.ac.uk/api/prediction"
FTP = "https://ftp.ebi.ac.uk/pub/databases/alphafold"
INDEX = f"{FTP}/download_metadata.json"

NAME = re.compile(r"(?P<entry>AF-[A-Za-z0-9]+(?:-\d+)?-F\d+)-model_(?P<version>v\d+)\.")


@dataclass(frozen=True)
class Prediction:
    """The model of one accession, as the prediction API describes it."""

    entry: str
    accession: str
    version: str
    sequence: str
    url: str


def entry_of(file: str) -> tuple[str, str] | None:
    """Entry and version in the name of a model file, e.g. ``AF-P12345-F1`` and ``v4``."""
    match = NAME.match(file.rpartition("/")[2])
    return (match["entry"], match["version"]) if match else None


def prediction(answer: bytes, accession: str, *, where: str) -> Prediction:
    """Pick the model of an accession from the answer of the prediction API.

    The answer lists the canonical sequence, isoforms and models of third parties.

    Parameters
    ----------
    answer
        JSON text.
    accession
        UniProt accession that was asked for.
    where
        Address of the answer, for errors.

    Raises
    ------
    MissingError
        If the answer has no model of just this accession.
    InputError
        If it is not as expected.
    """
    records = _loaded(answer, where)
    own = [
        record
        for record in records
        if record.get("uniprotAccession") == accession and not record.get("isComplex")
    ]
    if not own:
        others = ", ".join(sorted({str(record.get("uniprotAccession")) for record in records}))
        raise MissingError(
            where,
            f"has no model of {accession}" + (f", only of {others}" if others else ""),
            "Remove the accession from the list or name another one",
        )
    record = next((record for record in own if _entry(record) == f"AF-{accession}-F1"), own[0])
    try:
        return Prediction(
            entry=_entry(record),
            accession=accession,
            version=f"v{record['latestVersion']}",
            sequence=record.get("sequence") or record["uniprotSequence"],
            url=record["cifUrl"],
        )
    except KeyError as error:
        raise InputError(
            where, f"has no field {error}", "The API may have changed; update causeway"
        ) from error


def archive_name(index: bytes, proteome: str, version: str, *, where: str) -> tuple[str, int]:
    """Name and size in bytes of a proteome's archive, from the index of archives.

    Raises
    ------
    InputError
        If the index has no such proteome, or only in other versions.
    """
    found = [
        record
        for record in _loaded(index, where)
        if record.get("reference_proteome") == proteome
        or str(record.get("archive_name", "")).startswith(f"{proteome}_")
    ]
    if not found:
        raise InputError(
            where,
            f"lists no archive of proteome {proteome}",
            "Check the UniProt proteome; only the model organisms have archives of their own",
        )
    for record in found:
        if str(record["archive_name"]).endswith(f"_{version}.tar"):
            return str(record["archive_name"]), int(record["size_bytes"])
    names = ", ".join(str(record["archive_name"]) for record in found)
    raise InputError(
        where,
        f"lists {names}, but not version {version}",
        "Name the version listed, or register the older archive as a row of config/data.tsv",
    )


def sequence_in(mmcif: bytes) -> str | None:
    """One-letter sequence of the first polymer entity of an mmCIF file; None if it has none."""
    match = re.search(
        rb"^_entity_poly\.pdbx_seq_one_letter_code\s+(?:;(.*?)\n;|'?([A-Z]+)'?\s)",
        mmcif,
        re.DOTALL | re.MULTILINE,
    )
    if not match:
        return None
    return b"".join((match[1] or match[2]).split()).decode("ascii", "replace")


def _entry(record: dict[str, Any]) -> str:
    return str(record.get("modelEntityId") or record.get("entryId"))


def _loaded(text: bytes, where: str) -> list[dict[str, Any]]:
    try:
        records = json.loads(text)
    except ValueError as error:
        raise InputError(where, f"is not JSON ({error})", "Try again later") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(where, "is not a list of records", "Try again later")
    return records
