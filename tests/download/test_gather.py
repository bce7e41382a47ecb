"""Registered files are brought together, and it is told what they were."""

import hashlib

from causeway import provenance
from causeway.data.gather import gather


def test_what_a_publisher_tells_no_checksum_of_is_known_by_its_receipt(tmp_path, monkeypatch):
    registry, mirror, folder = (tmp_path / name for name in ("config", "mirror", "raw"))
    registry.mkdir()
    folder.mkdir()
    header = "name\tversion\turl\tfiles\tsha256\tbytes\tlicence\tcitation"
    row = "cells\t1\thttps://publisher.org/cells.h5ad\t\t\t\tCC0\tSomebody"
    (registry / "data.tsv").write_text(f"{header}\n{row}\n")
    (mirror / "cells/1").mkdir(parents=True)
    (mirror / "cells/1/cells.h5ad").write_bytes(b"counts")
    gather(["cells"], folder, root=tmp_path, mirror=str(mirror), resume=tmp_path / "unfinished")
    assert (folder / "cells.h5ad").read_bytes() == b"counts"
    monkeypatch.setattr(provenance, "SMALL", 5)
    found = provenance.identity(folder)
    assert found["received"] == {"cells.h5ad": hashlib.sha256(b"counts").hexdigest()}
    assert found["files"] == 2
