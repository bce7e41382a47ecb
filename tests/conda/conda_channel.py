"""A local channel of hand-made packages that bear the names and versions of real ones."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple


class Package(NamedTuple):
    """A package that depends on nothing and holds some programs, by their paths."""

    name: str
    version: str
    programs: Mapping[str, str]


def write_channel(folder: Path, packages: Iterable[Package]) -> None:
    """Write packages and the index by which a solver finds them."""
    (folder / "noarch").mkdir(parents=True)
    index = {}
    for package in packages:
        file = folder / "noarch" / f"{package.name}-{package.version}-0.tar.bz2"
        about = _write(package, file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        index[file.name] = about | {"sha256": digest, "size": file.stat().st_size}
    repodata = {"info": {"subdir": "noarch"}, "packages": index}
    (folder / "noarch" / "repodata.json").write_text(json.dumps(repodata))


def _write(package: Package, file: Path) -> dict[str, object]:
    about = {
        "name": package.name,
        "version": package.version,
        "build": "0",
        "build_number": 0,
        "depends": [],
        "subdir": "noarch",
        "noarch": "generic",
    }
    paths = [
        {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "size_in_bytes": len(text.encode()),
        }
        for path, text in package.programs.items()
    ]
    with tarfile.open(file, "w:bz2") as archive:
        _add(archive, "info/index.json", json.dumps(about), 0o644)
        _add(archive, "info/paths.json", json.dumps({"paths": paths, "paths_version": 1}), 0o644)
        for path, text in package.programs.items():
            _add(archive, path, text, 0o755)
    return about


def _add(archive: tarfile.TarFile, path: str, text: str, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size = len(text.encode())
    member.mode = mode
    archive.addfile(member, io.BytesIO(text.encode()))
