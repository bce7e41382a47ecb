"""Names, records and sequences of AlphaFold DB."""

import gzip
import hashlib
import json

import pytest

from causeway.errors import InputError
from causeway.proteins.afdb import archive_name, entry_of, prediction, sequence_in

NEW = {
    "modelEntityId": "AF-P12345-F1",
    "uniprotAccession": "P12345",
    "sequence": "MKV",
    "latestVersion": 6,
    "cifUrl": "https://alphafold.ebi.ac.uk/files/AF-P12345-F1-model_v6.cif",
}
OLD = {
    "entryId": "AF-P12345-F1",
    "uniprotAccession": "P12345",
    "uniprotSequence": "MKV",
    "latestVersion": 4,
    "cifUrl": "https://alphafold.ebi.ac.uk/files/AF-P12345-F1-model_v4.cif",
}
ISOFORM = NEW | {"modelEntityId": "AF-P12345-2-F1", "uniprotAccession": "P12345-2"}
COMPLEX = NEW | {"modelEntityId": "AF-0000001", "isComplex": True}
THIRD = NEW | {"modelEntityId": "XY-P12345"}


def picked(*records, accession="P12345"):
    return prediction(json.dumps(records).encode(), accession, where="answer")


@pytest.mark.parametrize(("record", "version"), [(NEW, "v6"), (OLD, "v4")])
def test_fields_by_their_new_and_old_names(record, version):
    model = picked(record)
    assert (model.entry, model.version, model.sequence) == ("AF-P12345-F1", version, "MKV")
    assert model.url == record["cifUrl"]


def test_the_record_of_just_this_accession_is_picked():
    assert picked(ISOFORM, COMPLEX, THIRD, NEW).entry == "AF-P12345-F1"
    assert picked(NEW, ISOFORM, accession="P12345-2").entry == "AF-P12345-2-F1"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (json.dumps([ISOFORM]), r"no model of P12345, only of P12345-2"),
        ("[]", r"no model of P12345"),
        ("<html>", "not JSON"),
        (json.dumps({"detail": "x"}), "not a list"),
        (json.dumps([{"uniprotAccession": "P12345", "latestVersion": 6}]), "no field"),
    ],
)
def test_answers_that_cannot_be_used(answer, message):
    with pytest.raises(InputError, match=message):
        prediction(answer.encode(), "P12345", where="answer")


@pytest.mark.parametrize(
    ("file", "entry"),
    [
        ("AF-P12345-F1-model_v4.cif.gz", ("AF-P12345-F1", "v4")),
        ("some/AF-A0A0B7P221-F12-model_v1.pdb", ("AF-A0A0B7P221-F12", "v1")),
        ("AF-P12345-2-F1-model_v6.cif", ("AF-P12345-2-F1", "v6")),
        ("1abc.cif.gz", None),
        ("AF-P12345-F1-confidence_v4.json", None),
    ],
)
def test_entry_and_version_stand_in_the_name(file, entry):
    assert entry_of(file) == entry


def test_archives_are_found_by_proteome_and_version():
    record = {
        "archive_name": "UP000000625_83333_ECOLI_v6.tar",
        "reference_proteome": "UP000000625",
        "size_bytes": 12,
    }
    index = json.dumps([{"archive_name": "swissprot_pdb_v6.tar"}, record]).encode()
    found = archive_name(index, "UP000000625", "v6", where="index")
    assert found == ("UP000000625_83333_ECOLI_v6.tar", 12)
    with pytest.raises(InputError, match=r"ECOLI_v6.tar, but not version v4"):
        archive_name(index, "UP000000625", "v4", where="index")
    with pytest.raises(InputError, match="no archive of proteome UP1"):
        archive_name(index, "UP1", "v6", where="index")


def test_sequences_of_real_models(shared_data):
    """The length is told a second time by the file itself, as the scheme of the polymer."""
    paths = sorted((shared_data / "proteins" / "afdb").glob("*.cif.gz"))
    assert len(paths) >= 15
    digests = set()
    for path in paths:
        text = gzip.decompress(path.read_bytes())
        sequence = sequence_in(text)
        assert sequence.isalpha()
        assert f" {len(sequence)} ".encode() in text
        digests.add(hashlib.md5(sequence.encode()).hexdigest())
    assert len(digests) == len(paths)


def test_short_sequences_stand_on_one_line():
    assert sequence_in(b"_entity_poly.pdbx_seq_one_letter_code MKV\n") == "MKV"
    assert sequence_in(b"data_x\n") is None
