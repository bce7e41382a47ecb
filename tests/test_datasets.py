"""The registry of raw data, mirrors, and records of first downloads."""

import hashlib
import json
import re

import pytest

from causeway.data import datasets
from causeway.data.datasets import Remote, find, jobs, listing, locate, registry
from causeway.data.download import download_all
from causeway.data.fetch import fetch
from causeway.data.verify import verify
from causeway.errors import InputError
from webserver import serving

HEADER = "name\tversion\turl\tfiles\tsha256\tbytes\tlicence\tcitation\n"
GOOD = "toy\t1\thttps://example.org/a/toy.txt\t\t\t\tMIT\tSomebody 2020\n"
TABLE = "path\turl\tbytes\tsha256\n"


@pytest.fixture
def project(tmp_path):
    """Write a registry, and tables of collections, and give the project's folder."""

    def write(registry, **tables):
        config = tmp_path / "project" / "config"
        (config / "data").mkdir(parents=True, exist_ok=True)
        (config / "data.tsv").write_text(registry)
        for name, text in tables.items():
            (config / "data" / f"{name}.tsv").write_text(text)
        return config.parent

    return write


def test_the_registry_of_the_project_is_good(root):
    rows = registry(root)
    assert rows["afdb-swissprot-v4"].version == "v4"
    for row in rows.values():
        files = listing(root, row)
        if row.files:
            assert all(file.sha256 and file.bytes is not None for file in files)
            assert row.bytes == sum(file.bytes for file in files)


def test_the_real_files_are_those_of_the_registry(root, shared_data):
    files = listing(root, find(root, "structures-sample"))
    assert len(files) == 41 + 148
    for file in files:
        path = locate(file, str(shared_data))
        assert file.promise.broken(path) is None
        assert re.search(r"/[0-9a-f]{40}/", file.url), "pinned to a commit"


def test_a_single_file_has_a_place_in_a_mirror(project):
    root = project(HEADER + GOOD)
    remote = find(root, "toy").remote
    assert remote.path == "toy/1/toy.txt"
    assert locate(remote, None) == "https://example.org/a/toy.txt"
    assert locate(remote, "https://mirror.org/m/") == "https://mirror.org/m/toy/1/toy.txt"
    assert listing(root, find(root, "toy")) == [remote]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: has columns none.*name, version"),
        (HEADER.replace("\t", ","), r"line 1: has columns name,version"),
        (HEADER + "toy\t1\n", r"line 2: has 2 fields"),
        (HEADER + GOOD.replace("toy\t", "Toy \t"), r"line 2, name: 'Toy '"),
        (HEADER + GOOD.replace("https", "ftp"), r"line 2, url: 'ftp"),
        (HEADER + GOOD + GOOD, r"line 3, name: 'toy' stands in line 2 already"),
        (HEADER + GOOD.replace("\t\t\t\tMIT", "\t\tabc\t\tMIT"), r"line 2, sha256: 'abc'"),
        (HEADER + GOOD.replace("\t\t\t\tMIT", "\t\t\t-1\tMIT"), r"line 2, bytes: '-1'"),
        (HEADER + GOOD.replace("MIT", ""), r"line 2, licence"),
        (HEADER + GOOD.replace("\t\t\t\tMIT", "\tx.tsv\t\t\tMIT"), r"either url or files"),
    ],
)
def test_a_bad_registry_names_line_and_field(project, text, message):
    root = project(text)
    with pytest.raises(InputError, match=message) as caught:
        registry(root)
    assert str(root / "config" / "data.tsv") in caught.value.where


def test_a_missing_registry_or_dataset(project, tmp_path):
    with pytest.raises(InputError, match="no such table"):
        registry(tmp_path)
    with pytest.raises(InputError, match="Did you mean 'toy'"):
        find(project(HEADER + GOOD), "toi")
    with pytest.raises(InputError, match="It has toy"):
        find(project(HEADER + GOOD), "something")


@pytest.mark.parametrize(
    ("path", "message"), [("../../etc/x", "out of the mirror"), ("/etc/x", "line 2, path")]
)
def test_paths_stay_in_the_mirror(project, path, message):
    row = "all\t1\t\tdata/all.tsv\t\t\tMIT\tSomebody 2020\n"
    root = project(HEADER + row, all=f"{TABLE}{path}\thttps://example.org/x\t\t\n")
    with pytest.raises(InputError, match=message):
        listing(root, find(root, "all"))
    with pytest.raises(InputError, match="collection"):
        _ = find(root, "all").remote


def test_a_mirror_without_the_file_says_what_to_put_where(tmp_path):
    remote = Remote(path="a/b.txt", url="https://example.org/b.txt")
    with pytest.raises(InputError, match="is not a folder"):
        locate(remote, str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"has no a/b.txt.*https://example.org/b.txt"):
        locate(remote, str(tmp_path))


def test_a_collection_comes_alike_from_publisher_and_both_kinds_of_mirror(project, tmp_path):
    contents = {f"part/{number}.txt": f"text {number}".encode() for number in range(3)}
    with serving() as server:
        lines = [
            f"{path}\t{server.add('pub/' + path, content)}\t{len(content)}\t"
            f"{hashlib.sha256(content).hexdigest()}\n"
            for path, content in contents.items()
        ]
        row = "all\t1\t\tdata/all.tsv\t\t\tMIT\tSomebody 2020\n"
        root = project(HEADER + row, all=TABLE + "".join(lines))
        files = listing(root, find(root, "all"))
        mirrors = {"publisher": None, "server": f"{server.url}/pub", "folder": tmp_path / "folder"}
        for name, mirror in mirrors.items():
            place = tmp_path / name
            download_all(jobs(files, place, mirror and str(mirror)), interval=0)
            if name == "publisher":
                place.rename(tmp_path / "folder")
                place = tmp_path / "folder"
            assert {path: (place / path).read_bytes() for path in contents} == contents


@pytest.fixture
def toy(tmp_path):
    """A published file, and the arguments to fetch it."""
    with serving() as server:
        remote = Remote(path="toy/1/toy.txt", url=server.add("toy.txt", b"one"))
        given = {
            "file": tmp_path / "toy.txt",
            "receipt": tmp_path / "toy.txt.receipt.json",
            "remote": remote,
            "mirror": None,
            "resume": tmp_path / "resume",
        }
        yield server, given


def test_the_first_download_is_recorded_and_later_ones_are_held_to_it(toy):
    server, given = toy
    fetch(**given)
    record = json.loads(given["receipt"].read_text())
    assert record["sha256"] == hashlib.sha256(b"one").hexdigest()
    assert (record["bytes"], record["etag"], record["url"]) == (3, '"one"', given["remote"].url)
    given["file"].unlink()
    fetch(**given)
    assert given["file"].read_bytes() == b"one"
    server.add("toy.txt", b"two", etag='"two"')
    given["file"].unlink()
    with pytest.raises(InputError, match=r"first download on 20..-.*delete .*receipt.json"):
        fetch(**given)
    assert not given["file"].exists()
    given["receipt"].unlink()
    fetch(**given)
    assert given["file"].read_bytes() == b"two"


def test_a_file_is_verified_by_its_record(toy, tmp_path):
    _, given = toy
    file = tmp_path / given["remote"].path
    file.parent.mkdir(parents=True)
    assert verify(given["remote"], tmp_path) == "is not there"
    fetch(**given | {"file": file, "receipt": file.with_name("toy.txt.receipt.json")})
    assert verify(given["remote"], tmp_path) is None
    file.write_bytes(b"two")
    assert "first download" in verify(given["remote"], tmp_path)


def test_a_spoilt_record_is_told(toy):
    _, given = toy
    given["receipt"].write_text("{}")
    with pytest.raises(InputError, match="not a receipt"):
        fetch(**given)


def test_only_the_file_of_the_row_is_fetched(toy, tmp_path):
    _, given = toy
    with pytest.raises(InputError, match=r"Ask for toy.txt"):
        fetch(**given | {"file": tmp_path / "other.txt"})


def test_the_registry_lies_where_the_documents_say(root):
    assert (root / datasets.REGISTRY).is_file()
