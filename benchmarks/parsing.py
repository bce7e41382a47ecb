"""Time from the bytes of AlphaFold DB files to backbones, against Biopython and mdtraj.

Every program turns the same file into an array of N, CA and C positions, decompression included,
and must give the same array. Times are processor time, the least of several rounds taken in turn,
so that a busy machine hurts all alike; the ratios are the result, not the seconds.
"""

import argparse
import gzip
import io
import json
import math
import os
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import mdtraj
import numpy as np
from Bio.PDB import FastMMCIFParser, MMCIFParser, PDBParser

from causeway.proteins.sources import Synthetic
from causeway.proteins.structures import read_structure
from causeway.proteins.synthetic import chains

Parser = Callable[[Path], np.ndarray]
"""From a file to float (L, 3, 3): residue, atom N, CA or C, coordinate in Å."""

FORMATS = {"pdb": ".pdb", "cif.gz": ".cif.gz"}
TARGET = 15.0


def ours(path: Path) -> np.ndarray:
    found = read_structure(path.read_bytes(), entry=path.name, where=path.name)
    return np.concatenate([chain.backbone for chain in found])


def by_biopython(parser: type) -> Parser:
    def parse(path: Path) -> np.ndarray:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        model = parser(QUIET=True).get_structure("x", io.StringIO(text.decode()))[0]
        return np.array(
            [
                [residue[name].coord for name in ("N", "CA", "C")]
                for residue in model.get_residues()
            ]
        )

    return parse


def by_mdtraj(path: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".gz" and ".cif" in path.suffixes:
            # mdtraj only unpacks .pdb.gz by itself.
            with TemporaryDirectory() as folder:
                plain = Path(folder) / path.with_suffix("").name
                plain.write_bytes(gzip.decompress(path.read_bytes()))
                trajectory = mdtraj.load(str(plain))
        else:
            trajectory = mdtraj.load(str(path))
    rows = [trajectory.top.select(f"name {name}") for name in ("N", "CA", "C")]
    return trajectory.xyz[0][np.stack(rows, axis=1)] * 10


PARSERS: dict[str, dict[str, Parser]] = {
    "pdb": {
        "causeway": ours,
        "Biopython PDBParser": by_biopython(PDBParser),
        "mdtraj": by_mdtraj,
    },
    "cif.gz": {
        "causeway": ours,
        "Biopython MMCIFParser": by_biopython(MMCIFParser),
        "Biopython FastMMCIFParser": by_biopython(FastMMCIFParser),
        "mdtraj": by_mdtraj,
    },
}


def measure(structures: Path, rounds: int = 3, most: int = 12) -> dict:
    """Measure all parsers on the files of a folder.

    Parameters
    ----------
    structures
        Folder with .pdb and .cif.gz files of one chain each.
    rounds
        Repetitions of which the fastest counts.
    most
        Files per format at most, spread over the sizes.

    Returns
    -------
    dict
        By format: files, residues, and by parser the milliseconds per file, the times that
        causeway is faster (all files together, geometric mean over files, and least), and the
        peak of memory allocated for the largest file in MB.
    """
    result = {}
    for name, suffix in FORMATS.items():
        paths = sorted(
            (path for path in structures.rglob(f"*{suffix}")), key=lambda path: path.stat().st_size
        )
        if not paths:
            continue
        places = np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int)
        result[name] = _measure([paths[place] for place in places], PARSERS[name], rounds)
    return result


def _measure(paths: list[Path], parsers: dict[str, Parser], rounds: int) -> dict:
    seconds = {parser: np.full(len(paths), np.inf) for parser in parsers}
    residues = 0
    for number, path in enumerate(paths):
        wanted = ours(path)
        residues += len(wanted)
        for parser, parse in parsers.items():
            # Also the warm-up: imports and caches are not what is compared.
            np.testing.assert_allclose(parse(path), wanted, atol=1e-3, err_msg=f"{parser} {path}")
        for _ in range(rounds):
            for parser, parse in parsers.items():
                begin = time.process_time()
                parse(path)
                spent = time.process_time() - begin
                seconds[parser][number] = min(seconds[parser][number], spent)
    rows = {}
    for parser, parse in parsers.items():
        ratio = seconds[parser] / seconds["causeway"]
        rows[parser] = {
            "milliseconds": 1e3 * float(seconds[parser].mean()),
            "ratio": float(seconds[parser].sum() / seconds["causeway"].sum()),
            "mean_ratio": math.exp(np.log(ratio).mean()),
            "least_ratio": float(ratio.min()),
            "peak_mb": _peak(parse, paths[-1]),
        }
    return {"files": len(paths), "residues": residues, "parsers": rows}


def _peak(parse: Parser, path: Path) -> float:
    tracemalloc.start()
    parse(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def synthetic_files(folder: Path) -> None:
    """Write synthetic chains as .pdb and .cif.gz, in the layout of AlphaFold DB."""
    source = Synthetic(entries=6, families=6, min_length=100, max_length=400)
    for name, data in chains(source, seed=0):
        path = folder / f"{name}.pdb"
        path.write_bytes(data)
        cif = _mmcif(data.decode().splitlines())
        path.with_suffix(".cif.gz").write_bytes(gzip.compress(cif.encode(), mtime=0))


_ITEMS = (
    "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id "
    "label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy "
    "B_iso_or_equiv pdbx_formal_charge auth_seq_id auth_comp_id auth_asym_id auth_atom_id "
    "pdbx_PDB_model_num"
)


def _mmcif(lines: Iterable[str]) -> str:
    rows = []
    for line in lines:
        if line.startswith("ATOM"):
            serial, atom, residue, number = line[6:11], line[12:16], line[17:20], line[22:26]
            x, y, z, plddt = line[30:38], line[38:46], line[46:54], line[60:66]
            rows.append(
                f"ATOM {serial} {line[76:78]} {atom} . {residue} A 1 {number} ? {x} {y} {z} 1.0 "
                f"{plddt} ? {number} {residue} A {atom} 1"
            )
    header = [f"_atom_site.{item}" for item in _ITEMS.split()]
    return "\n".join(["data_SYNTHETIC", "#", "loop_", *header, *rows, "#", ""])


def markdown(result: dict, origin: str) -> str:
    """Lay the result out as a table."""
    lines = [
        "# Parsing structures to backbones",
        "",
        f"Files: {origin}. Ratio: how many times causeway is faster over all files, as geometric "
        f"mean of the files, and least; the aim is {TARGET:g} against Biopython's default parsers "
        "(its FastMMCIFParser, which reads one atom table only, comes nearer). Peak: memory "
        "allocated through Python for the largest file.",
        "",
        "| format | files | parser | ms per file | ratio | mean ratio | least ratio | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, part in result.items():
        for parser, row in part["parsers"].items():
            lines.append(
                f"| .{name} | {part['files']} | {parser} | {row['milliseconds']:.2f} | "
                f"{row['ratio']:.1f} | {row['mean_ratio']:.1f} | {row['least_ratio']:.1f} | "
                f"{row['peak_mb']:.1f} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and write parsing.json and parsing.md."""
    options = argparse.ArgumentParser(description=__doc__)
    mirror = os.environ.get("CAUSEWAY_MIRROR")
    options.add_argument(
        "--structures",
        type=Path,
        default=Path(mirror, "proteins/afdb") if mirror else None,
        help="folder of structures; by default those of CAUSEWAY_MIRROR, else synthetic ones",
    )
    options.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        if given.structures is None:
            synthetic_files(Path(folder))
        structures = given.structures or Path(folder)
        result = measure(structures, given.rounds)
    origin = "AlphaFold DB files" if given.structures else "synthetic chains, 4 atoms per residue"
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "parsing.json").write_text(json.dumps({"origin": origin, **result}, indent=2))
    text = markdown(result, origin)
    (given.output / "parsing.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
