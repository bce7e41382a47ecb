"""Shards of structure files from every kind of source."""

import csv
import gzip
import hashlib
import io
import json
import tarfile

import pytest

from causeway.data.audit import audit
from causeway.data.datasets import find, listing
from causeway.errors import InputError
from causeway.proteins import afdb
from causeway.proteins.rigidssl.fetch import fetch
from causeway.proteins.rigidssl.survey import survey
from causeway.proteins.sources import (
    Accessions,
    Archive,
    Collection,
    Folder,
    Proteome,
    Synthetic,
)
from webserver import close_after, serving, status

HEADER = "name\tversion\turl\tfiles\tsha256\tbytes\tlicence\tcitation\n"
MODELS = {
    f"AF-P{number:05d}-F1-model_v6.{kind}.gz": gzip.compress(b"x" * 50 * number, mtime=0)
    for number in range(30)
    for kind in ("cif", "pdb")
}


def packed(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def road(tmp_path):
    """Survey a source and fetch all its shards; give the tables' rows and the tars' files."""

    def travel(source, *, root=tmp_path, mirror=None):
        plan = tmp_path / "plan.json"
        survey(plan=plan, source=source, mirror=mirror, root=root, seed=3)
        return fetched(source, plan, mirror)

    def fetched(source, plan, mirror=None):
        rows, files = [], []
        for shard in range(source.shards):
            archive, manifest = tmp_path / f"shard{shard}.tar", tmp_path / f"shard{shard}.tsv"
            resume = tmp_path / "resume" / str(shard)
            resume.mkdir(parents=True, exist_ok=True)
            fetch(
                plan=plan,
                archive=archive,
                manifest=manifest,
                source=source,
                shard=shard,
                mirror=mirror,
                resume=resume,
            )
            with manifest.open() as table:
                rows += list(csv.DictReader(table, delimiter="\t"))
            with tarfile.open(archive) as tar:
                files += [(item.name, tar.extractfile(item).read(), item.mtime) for item in tar]
        held = [row for row in rows if not row["problem"]]
        for row, (name, content, moment) in zip(held, files, strict=True):
            assert (row["file"], int(row["bytes"])) == (name, len(content))
            assert row["sha256"] == hashlib.sha256(content).hexdigest()
            assert moment == 0
        return rows, {name: content for name, content, _ in files}

    travel.fetched = fetched
    return travel


def registered(tmp_path, url):
    (tmp_path / "config").mkdir(exist_ok=True)
    row = f"toy\tv6\t{url}\t\t\t\tCC-BY-4.0\tSomebody 2020\n"
    (tmp_path / "config" / "data.tsv").write_text(HEADER + row)


@pytest.mark.parametrize("shards", [1, 4])
def test_an_archive_by_ranges(server, road, tmp_path, shards):
    url = server.add("toy.tar", packed(MODELS), status(503), close_after(100))
    registered(tmp_path, url)
    source = Archive(name="toy", shards=shards, only="*.pdb.gz")
    rows, files = road(source)
    assert files == {name: text for name, text in MODELS.items() if name.endswith("pdb.gz")}
    assert rows[0]["id"] == "AF-P00000-F1"
    assert {row["version"] for row in rows} == {"v6"}
    assert rows[0]["url"] == f"{url}#AF-P00000-F1-model_v6.pdb.gz"
    assert all(given for given in server.asked("toy.tar")), "never read as a whole"


def test_an_archive_in_a_mirror_and_again_to_the_same_bytes(server, road, tmp_path):
    registered(tmp_path, server.add("toy.tar", packed(MODELS)))
    place = tmp_path / "mirror" / "toy" / "v6" / "toy.tar"
    place.parent.mkdir(parents=True)
    place.write_bytes(packed(MODELS))
    source = Archive(name="toy", shards=3)
    tars = []
    for mirror in (str(tmp_path / "mirror"), None):
        assert road(source, mirror=mirror)[1] == MODELS
        tars.append([(tmp_path / f"shard{shard}.tar").read_bytes() for shard in range(3)])
    assert tars[0] == tars[1]


def test_an_archive_replaced_between_two_shards_is_refused(server, road, tmp_path):
    data = packed(MODELS)
    registered(tmp_path, server.add("toy.tar", data))
    source = Archive(name="toy", shards=2)
    plan = tmp_path / "plan.json"
    survey(plan=plan, source=source, mirror=None, root=tmp_path, seed=0)
    server.add("toy.tar", data, etag='"two"')
    with pytest.raises(InputError, match="changed since"):
        road.fetched(source, plan)


def test_a_killed_shard_reads_on(server, road, tmp_path):
    data = packed(MODELS)
    registered(tmp_path, server.add("toy.tar", data))
    source = Archive(name="toy")
    plan = tmp_path / "plan.json"
    survey(plan=plan, source=source, mirror=None, root=tmp_path, seed=0)
    server.troubles["toy.tar"] = [close_after(5000), status(403)]
    with pytest.raises(InputError, match="403"):
        road.fetched(source, plan)
    _, files = road.fetched(source, plan)
    assert files == MODELS
    assert server.asked("toy.tar")[-1] == f"bytes=5000-{len(data) - 1}"


def test_a_proteome_by_the_index_of_archives(road, tmp_path):
    name = "UP000000625_83333_ECOLI_v6.tar"
    data = packed(MODELS)
    record = {"archive_name": name, "reference_proteome": "UP000000625", "size_bytes": len(data)}
    (tmp_path / "afdb" / "v6").mkdir(parents=True)
    (tmp_path / "afdb" / "download_metadata.json").write_text(json.dumps([record]))
    (tmp_path / "afdb" / "v6" / name).write_bytes(data)
    source = Proteome(proteome="UP000000625", version="v6", shards=2)
    rows, files = road(source, mirror=str(tmp_path))
    assert files == {name: text for name, text in MODELS.items() if name.endswith("cif.gz")}
    assert rows[0]["url"].startswith(f"{afdb.FTP}/v6/{name}#")
    (tmp_path / "afdb" / "v6" / name).write_bytes(data[:-512])
    with pytest.raises(InputError, match=f"{len(data)} were announced"):
        road(source, mirror=str(tmp_path))


def model(sequence):
    return f"data_x\n_entity_poly.pdbx_seq_one_letter_code\n;{sequence}\n;\n#\n".encode()


@pytest.fixture
def predictions(server, tmp_path):
    """Publish models through an imitation of the prediction API, and list their accessions."""

    def publish(sequences, version=6, wrong=()):
        for accession, sequence in sequences.items():
            name = f"AF-{accession}-F1-model_v{version}.cif"
            record = {
                "modelEntityId": f"AF-{accession}-F1",
                "uniprotAccession": accession,
                "sequence": sequence,
                "latestVersion": version,
                "cifUrl": f"https://alphafold.ebi.ac.uk/files/{name}",
            }
            server.add(f"afdb/prediction/{accession}.json", json.dumps([record]).encode())
            server.add(f"afdb/files/{name}", model("WRONG" if accession in wrong else sequence))
        path = tmp_path / "accessions.txt"
        path.write_text("# mine\n" + "\n".join([*sequences, "", *sequences]) + "  # twice\n")
        return Accessions(path=path, shards=2)

    return publish


def test_accessions_by_the_prediction_api(server, road, predictions):
    source = predictions({"P12345": "MKV", "Q67890": "MAAA", "A0A0B7P221": "MG"})
    rows, files = road(source, mirror=server.url)
    assert [row["id"] for row in rows] == ["AF-P12345-F1", "AF-A0A0B7P221-F1", "AF-Q67890-F1"]
    assert files["AF-P12345-F1-model_v6.cif"] == model("MKV")
    assert rows[0]["url"] == "https://alphafold.ebi.ac.uk/files/AF-P12345-F1-model_v6.cif"


def test_a_model_of_another_sequence_is_refused(server, road, predictions):
    source = predictions({"P12345": "MKV"}, wrong={"P12345"})
    with pytest.raises(InputError, match="another sequence"):
        road(source, mirror=server.url)


def test_another_version_than_pinned_is_refused(server, road, predictions):
    source = predictions({"P12345": "MKV"}, version=7)
    with pytest.raises(InputError, match="serves v7 of P12345; v6 is asked for"):
        road(source, mirror=server.url)


def test_accessions_without_a_model_are_told_and_the_others_fetched(
    server, road, predictions, tmp_path
):
    source = predictions({"P12345": "MKV", "Q67890": "MAAA"})
    source.path.write_text("P00001\nP12345\nP00002\nQ67890\n")
    server.add("afdb/prediction/P00002.json", b"[]")
    del server.files["afdb/files/AF-Q67890-F1-model_v6.cif"]
    rows, files = road(source, mirror=server.url)
    assert list(files) == ["AF-P12345-F1-model_v6.cif"]
    assert {row["id"]: row["problem"] for row in rows} == {
        "P00001": "is not on the server",
        "P00002": "has no model of P00002",
        "AF-P12345-F1": "",
        "AF-Q67890-F1": "is not on the server",
    }
    registered(tmp_path, server.url + "/toy.tar")
    assert [finding.problem for finding in audit(tmp_path, tmp_path)] == [None, None]


def test_a_server_in_trouble_is_not_taken_for_a_missing_model(server, road, predictions):
    source = predictions({"P12345": "MKV"})
    server.troubles["afdb/prediction/P12345.json"] = [status(403)]
    with pytest.raises(InputError, match="403"):
        road(source, mirror=server.url)


@pytest.mark.parametrize(
    ("text", "message"), [("P12345\nnot one\n", "line 2: 'not one'"), ("# none\n", "no accession")]
)
def test_a_bad_list_of_accessions(road, tmp_path, text, message):
    path = tmp_path / "accessions.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        road(Accessions(path=path))


def test_a_folder_with_its_sub_folders(road, tmp_path):
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    contents = {"1abc.pdb": b"one", "deep/2abc.cif.gz": b"two", "deep/3ABC.ent": b"three"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("no structure")
    (folder / "4abc.bcif").write_bytes(b"a format that is not read")
    rows, files = road(Folder(path=folder, shards=2))
    assert files == {name.rpartition("/")[2]: content for name, content in contents.items()}
    assert sorted(row["id"] for row in rows) == ["1abc", "2abc", "3ABC"]
    assert {row["version"] for row in rows} == {"local"}
    rows, _ = road(Folder(path=folder, only="deep/*", version="mine"))
    assert [(row["id"], row["version"]) for row in rows] == [("2abc", "mine"), ("3ABC", "mine")]
    (folder / "1abc.cif").write_bytes(b"again")
    with pytest.raises(InputError, match=r"1abc.cif and 1abc.pdb are both entry 1abc"):
        road(Folder(path=folder))


def test_folders_that_cannot_be_used(road, tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        road(Folder(path=tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no structure file"):
        road(Folder(path=tmp_path / "empty"))


def test_the_real_collection_from_a_mirror(road, root, shared_data):
    source = Collection(name="structures-sample", only="proteins/afdb/*", shards=3)
    rows, files = road(source, root=root, mirror=str(shared_data))
    wanted = {
        file.name: file.sha256
        for file in listing(root, find(root, "structures-sample"))
        if file.path.startswith("proteins/afdb/")
    }
    assert len(rows) == 41
    assert {row["file"]: row["sha256"] for row in rows} == wanted
    assert {row["version"] for row in rows} == {"v1", "v4", "v6"}
    assert sorted(row["id"] for row in rows)[0] == "AF-A0A0B7P221-F1"
    assert all(row["url"].startswith("https://raw.githubusercontent.com/") for row in rows)
    assert sum(map(len, files.values())) == sum(int(row["bytes"]) for row in rows)


def test_synthetic_chains_do_not_depend_on_the_number_of_shards(road):
    one = road(Synthetic(entries=7, families=3))
    three = road(Synthetic(entries=7, families=3, shards=3))
    assert len(one[0]) == 7
    assert one[1] == three[1]
    assert {row["url"] for row in one[0]} == {"synthetic"}


def test_a_plan_of_another_making_is_told(road, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text("{}")
    with pytest.raises(InputError, match="not a plan"):
        road.fetched(Synthetic(), plan)
