"""The badge counts the verdicts on claims of papers, and nothing else."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from causeway.claims import table
from causeway.report.badge import badge


def test_counts_are_those_of_the_table(tmp_path):
    verdicts = ["reproduced"] * 3 + ["not reproduced"] + ["not attempted at this scale"] * 2
    rows = [("paper", verdict) for verdict in verdicts] + [("control", "inconclusive")]
    empty = dict.fromkeys(table.COLUMNS, "")
    frame = pd.DataFrame([empty | {"system": "gidd", "origin": o, "verdict": v} for o, v in rows])
    table.write(frame.assign(synthetic=False, n=1), tmp_path / "claims.tsv")
    badge(table=tmp_path / "claims.tsv", image=tmp_path / "claims.svg", scale="small")
    image = ElementTree.parse(tmp_path / "claims.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert image.find(f"{space}title").text == (
        "claims of gidd at scale small: 3 reproduced, 0 inconclusive, 1 not reproduced"
    )
    fields = [text.text for text in image.iter(f"{space}text")]
    assert fields[1:] == ["3 reproduced", "0 inconclusive", "1 not reproduced"]
    boxes = [rect for rect in image.iter(f"{space}rect") if rect.get("fill")]
    ends = [float(box.get("x")) + float(box.get("width")) for box in boxes]
    assert ends[:-1] == pytest.approx([float(box.get("x")) for box in boxes[1:]]), "side by side"
    assert float(image.get("width")) == pytest.approx(ends[-1])
    frame.loc[0, "system"] = "lcd"
    table.write(frame.assign(synthetic=False, n=1), tmp_path / "claims.tsv")
    badge(table=tmp_path / "claims.tsv", image=tmp_path / "both.svg", scale="small")
    assert "claims of 2 systems at scale small: 3" in (tmp_path / "both.svg").read_text()
    assert not re.findall(r"href|url\((?!#)", (tmp_path / "claims.svg").read_text())
