"""Tars by byte ranges, against the standard library's reader of whole tars."""

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.proteins.archive import members, reach, stretch


def tar_of(files, form=tarfile.USTAR_FORMAT, extra=()):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for name, content in files:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
        for header in extra:
            tar.addfile(header)
    return buffer.getvalue()


def reader(data):
    return lambda start, stop: data[start:stop]


def shard_of(data, shard, shards):
    start, stop = stretch(len(data), shard, shards)
    found = members(reader(data), len(data), start, stop, where="tar")
    return [(member.name, data[member.start : member.start + member.size]) for member in found]


def whole(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return [(item.name, tar.extractfile(item).read()) for item in tar if item.isreg()]


def models(count, seed=0):
    source = random.Random(seed)
    return [
        (f"AF-P{number:05d}-F1-model_v4.pdb.gz", gzip.compress(source.randbytes(size), mtime=0))
        for number, size in enumerate(source.choices(range(6000), k=count))
    ]


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 64, 5000])
def test_shards_are_disjoint_and_complete(shards):
    data = tar_of(models(60))
    found = [item for shard in range(shards) for item in shard_of(data, shard, shards)]
    assert found == whole(data)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.sampled_from([0, 1, 511, 512, 513, 3000]), max_size=12),
    long=st.booleans(),
    form=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    shards=st.integers(1, 40),
)
def test_any_tar_and_any_number_of_shards(lengths, long, form, shards):
    prefix = "long" * 40 + "/" if long and form != tarfile.USTAR_FORMAT else ""
    files = [
        (f"{prefix}é{number}.gz", random.Random(number).randbytes(length))
        for number, length in enumerate(lengths)
    ]
    data = tar_of(files, form)
    found = [item for shard in range(shards) for item in shard_of(data, shard, shards)]
    assert found == whole(data) == files


def test_shards_within_one_large_member_are_empty():
    data = tar_of([*models(3), ("large", random.Random(0).randbytes(400_000))])
    found = [shard_of(data, shard, 9) for shard in range(9)]
    assert [item for shard in found for item in shard] == whole(data)
    assert [len(shard) for shard in found] == [4, 0, 0, 0, 0, 0, 0, 0, 0]


def test_folders_and_links_are_passed_over():
    folder, link = tarfile.TarInfo("folder"), tarfile.TarInfo("link")
    folder.type, link.type, link.linkname = tarfile.DIRTYPE, tarfile.SYMTYPE, "folder"
    data = tar_of(models(5), extra=[folder, link])
    assert shard_of(data, 0, 1) == whole(data) == models(5)


def test_a_shard_reads_little_beyond_its_stretch():
    data = tar_of(models(2000))
    start, stop = stretch(len(data), 5, 20)
    touched = []

    def read(begin, end):
        touched.append((begin, end))
        return data[begin:end]

    assert list(members(read, len(data), start, stop, where="tar"))
    assert min(begin for begin, _ in touched) >= reach(start)
    assert max(end for _, end in touched) <= stop + 2 * 512


def test_what_is_no_tar_is_told():
    with pytest.raises(InputError, match=r"x.tar: has no tar header at byte 0"):
        list(members(reader(b"no tar" * 500), 3000, 0, 3000, where="x.tar"))


def test_a_damaged_header_is_told_with_its_place():
    data = bytearray(tar_of(models(20)))
    (*_, last) = members(reader(bytes(data)), len(data), 0, len(data), where="tar")
    data[last.header] ^= 1
    with pytest.raises(InputError, match=f"at byte {last.header}"):
        shard_of(bytes(data), 0, 1)


@pytest.mark.parametrize("shards", [1, 5])
def test_a_tar_cut_off_is_told(shards):
    data = tar_of(models(20))
    (*_, last) = members(reader(data), len(data), 0, len(data), where="tar")
    for end, message in (
        (last.start + 1, f"cut off within {last.name}"),
        (last.start, f"cut off within {last.name}"),
        (last.header + 9, f"no tar header at byte {last.header}"),
        (last.end, "without the end mark"),
    ):
        with pytest.raises(InputError, match=message):
            shard_of(data[:end], shards - 1, shards)
