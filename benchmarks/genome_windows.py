"""Bases per second from a genome on disk to batches of codes, against other readers.

Every reader runs in a process of its own and reads the same random windows, in turn, so that a
busy machine hurts all alike; what it gives is compared with the letters of the FASTA file, and
personal windows with `bcftools consensus`. One-hot channels are made from codes in memory: a
comparison broadcast over channels first, against indexing the rows of an identity matrix, which
puts channels last.

Peers may live in an environment of their own, `--peers` names its Python; readers that are not
installed there are left out, and the tables say so:

    uv venv peers
    uv pip install --python peers/bin/python genvarloader==0.43.1 pyfaidx pysam kipoiseq six \
        'setuptools<81'
    CAUSEWAY_MIRROR=DIR python benchmarks/genome_windows.py --peers peers/bin/python
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd
import pysam
import torch
from pysam import bcftools

from causeway.genomes.genotyped import genotyped
from causeway.genomes.haplotypes import write_haplotypes
from causeway.genomes.reading.sequences import read_sequences
from causeway.genomes.reading.variants import read_header, read_records, read_variants
from causeway.genomes.sequence import encode, host_one_hot, one_hot
from causeway.genomes.store import open_store, write_store

WORKER = Path(__file__).parent / "peers" / "genome_windows.py"
WIDTHS = (2_048, 16_384, 196_608)
BATCHES = (1, 32)
REFERENCE = ("causeway byte", "causeway two-bit", "genvarloader", "pysam", "kipoiseq", "pyfaidx")
PERSONAL = ("causeway haplotypes", "causeway haplotypes two-bit", "genvarloader haplotypes")
ENTRIES = 128
"""Windows that batches are taken from."""
PEOPLE = 16
LEAST = 0.1
"""Seconds of one measurement."""
CLEAR = 100
"""Bases before the start of a personal window without any carried site."""


class Worker:
    """A reader in its process."""

    def __init__(self, name: str, folder: Path, python: Path, threads: int) -> None:
        count = str(threads)
        names = ("GVL_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = os.environ | dict.fromkeys(names, count)
        self.name = name
        self._process = subprocess.Popen(
            [python, str(WORKER), name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.facts = self._answer()

    def ask(self, task: dict) -> dict:
        """Send a line and wait for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"skipped": "ended without an answer"}


@contextmanager
def workers(names: tuple[str, ...], folder: Path, chosen: argparse.Namespace) -> Iterator[dict]:
    """Readers by name; those that cannot run have only a reason."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            python = Path(sys.executable) if name.startswith("causeway") else chosen.peers
            found[name] = Worker(name, folder, python, chosen.threads)
            stack.callback(found[name].close)
        yield found


def measure(
    names: tuple[str, ...],
    folder: Path,
    windows: dict[int, list],
    rows: Callable[[int], list],
    expected: Callable[[int, list], list[str]],
    chosen: argparse.Namespace,
) -> list[dict]:
    """Rates of all readers for all widths and batches.

    Parameters
    ----------
    names
        Readers.
    folder
        Where their files are.
    windows
        Contig and start of windows, by width.
    rows
        Makes the rows of a batch of a size.
    expected
        Digests of the codes of rows of a width, in the order of their haplotypes.
    chosen
        Options.
    """
    table: list[dict] = []
    with workers(names, folder, chosen) as readers:
        # The peak of a process only grows, so small batches come first.
        for width, places in windows.items():
            for size in BATCHES:
                task = {"windows": places, "width": width, "first": rows(size)}
                wanted = expected(width, task["first"])
                kept = {}
                for name, worker in readers.items():
                    row = {"reader": name, "width": width, "batch": size}
                    if "skipped" not in worker.facts:
                        worker.facts |= worker.ask(task)
                    if "skipped" in worker.facts:
                        table.append(row | {"skipped": worker.facts["skipped"]})
                        continue
                    row |= worker.facts
                    same = sum(map(str.__eq__, row.pop("digests"), wanted)) / len(wanted)
                    kept[name] = row | {"correct": same, "rates": []}
                task = {"batches": [rows(size) for _ in range(16)], "least": chosen.least}
                for turn in range(chosen.rounds + 1):
                    for name, row in kept.items():
                        found = readers[name].ask(task)
                        if turn:
                            bases = found["windows"] * width * (2 if names is PERSONAL else 1)
                            row["rates"].append(bases / found["seconds"])
                        row["peak_bytes"] = found["peak_bytes"]
                table += [row | spread(row.pop("rates")) for row in kept.values()]
    return table


def spread(rates: list[float]) -> dict[str, float]:
    low, middle, high = np.percentile(rates, [25, 50, 75]) / 1e6
    return {"mbase_per_s": float(middle), "low": float(low), "high": float(high)}


def letters(path: Path) -> tuple[str, bytes]:
    """Name and letters of the first record of a FASTA file, without the project's reader."""
    whole = path.read_bytes()
    records = (gzip.decompress(whole) if path.suffix == ".gz" else whole).split(b">")
    header, _, body = records[1].partition(b"\n")
    return header.split()[0].decode(), body.replace(b"\n", b"")


def prepare(name: str, text: bytes, folder: Path) -> None:
    """A genome in the form of every reader."""
    folder.mkdir()
    lines = [text[start : start + 80] for start in range(0, len(text), 80)]
    fasta = folder / "genome.fa"
    fasta.write_bytes(f">{name}\n".encode() + b"\n".join(lines) + b"\n")
    pysam.faidx(str(fasta))
    for packing in ("byte", "two-bit"):
        write_store(read_sequences(fasta), folder / packing, packing)


def reference(path: Path | None, folder: Path, chosen: argparse.Namespace) -> list[dict]:
    """Windows of the reference."""
    rng = np.random.default_rng(0)
    if path is None:
        name, text = "made-up", np.frombuffer(b"ACGT", np.uint8)[rng.integers(0, 4, 4_641_652)]
        text = text.tobytes()
    else:
        name, text = letters(path)
    prepare(name, text, folder)
    windows = {
        width: [(name, int(start)) for start in rng.integers(0, len(text) - width, ENTRIES)]
        for width in sorted(chosen.widths)
    }

    def expected(width: int, rows: list) -> list[str]:
        starts = [windows[width][row][1] for row in rows]
        return [digest(text[start : start + width]) for start in starts]

    def rows(size: int) -> list:
        return rng.integers(0, ENTRIES, size).tolist()

    return measure(REFERENCE, folder, windows, rows, expected, chosen)


def personal(source: Path, kind: str, folder: Path, chosen: argparse.Namespace) -> list[dict]:
    """Windows of both haplotypes of people that are drawn from the frequencies of real sites."""
    rng = np.random.default_rng(1)
    name, text = letters(source / "z.fa")
    prepare(name, text, folder)
    draw(source / "z.vcf.gz", folder, kind, rng)
    vcf = folder / "people.vcf.gz"
    people = list(read_header(vcf).people)
    sites = [record.position for record in read_records(vcf)]
    windows = {width: clear(name, len(text), width, sites, rng) for width in sorted(chosen.widths)}

    def expected(width: int, rows: list) -> list[str]:
        found = []
        for window, person in rows:
            start = windows[width][window][1]
            # Further than the window, for what is deleted within.
            end = min(start + width + 4_000, len(text))
            stretch, made = folder / "stretch.fa", folder / "personal.fa"
            header = f">{name}:{start + 1}-{end}\n".encode()
            stretch.write_bytes(header + text[start:end] + b"\n")
            for haplotype in ("1", "2"):
                words = ["-s", people[person], "-H", haplotype, "-f", str(stretch)]
                bcftools.consensus(*words, "-o", str(made), str(vcf), catch_stdout=False)
                found.append(digest(letters(made)[1][:width]))
        return found

    def rows(size: int) -> list:
        pairs = rng.integers(0, (ENTRIES, PEOPLE), (size, 2))
        return pairs.tolist()

    return measure(PERSONAL, folder, windows, rows, expected, chosen)


def draw(sites: Path, folder: Path, kind: str, rng: np.random.Generator) -> None:
    """People as VCF and in the project's form: each site of each haplotype by its frequency."""
    table = read_variants(sites, frequencies=["AF"])
    plain = re.compile("[ACGT]+")
    rows = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">']
    contig, length = next(iter(open_store(folder / "byte").contigs.items()))
    names = "\t".join(f"p{number:02d}" for number in range(PEOPLE))
    rows.append(f"##contig=<ID={contig},length={length}>")
    rows.append(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}")
    for site in table.itertuples():
        if len(site.alts) != 1 or not plain.fullmatch(site.alts[0]):
            continue
        if kind == "SNV" and not len(site.ref) == len(site.alts[0]) == 1:
            continue
        carried = (rng.random((PEOPLE, 2)) < site.AF[0]).astype(int)
        if carried.any():
            calls = "\t".join(f"{one}|{two}" for one, two in carried)
            where = f"{site.contig}\t{site.position + 1}\t.\t{site.ref}\t{site.alts[0]}"
            rows.append(f"{where}\t.\tPASS\t.\tGT\t{calls}")
    drawn, normal = folder / "drawn.vcf", folder / "people.vcf.gz"
    drawn.write_text("\n".join(rows) + "\n")
    fasta = str(folder / "genome.fa")
    words = ["-f", fasta, "-m", "-any", "-Oz", "-o", str(normal), str(drawn)]
    bcftools.norm(*words, catch_stdout=False)
    bcftools.index("--tbi", str(normal))
    genome = open_store(folder / "byte")
    found = genotyped(read_records(normal, genotypes=True), genome, PEOPLE)
    people = read_header(normal).people
    table = pd.DataFrame({"person": people, "population": "drawn"})
    (folder / "people").mkdir()
    write_haplotypes(
        folder / "people", found.sites, table, found.indptr, found.indices, found.counts
    )


def clear(name: str, length: int, width: int, sites: list, rng: np.random.Generator) -> list:
    """Random windows before whose starts nobody carries a site, where rules of tools differ."""
    places, starts = np.array(sites), []
    while len(starts) < ENTRIES:
        start = int(rng.integers(CLEAR, length - width - 4_000))
        low, high = np.searchsorted(places, [start - CLEAR, start + 2])
        if low == high:
            starts.append((name, start))
    return starts


def digest(text: bytes) -> str:
    return sha256(encode(text).tobytes()).hexdigest()


def burst(make: Callable[[], object], seconds: float) -> float:
    """Calls a second, of one after another for a time, as a loader makes its batches."""
    make()
    calls, start = 0, perf_counter()
    while (taken := perf_counter() - start) < seconds:
        make()
        calls += 1
    return calls / taken


def channels(widths: list[int], chosen: argparse.Namespace) -> list[dict]:
    """One-hot channels of codes in memory."""
    table = []
    for dtype in ("uint8", "float32"):
        identity = np.eye(5, 4, dtype=dtype)
        for width in widths:
            for size in BATCHES:
                rng = np.random.default_rng(2)
                codes = rng.integers(0, 5, (size, width)).astype(np.uint8)
                tensor = torch.from_numpy(codes)
                ways = {
                    "channels first": (lambda codes=codes: host_one_hot(codes))
                    if dtype == "uint8"
                    else (lambda tensor=tensor: one_hot(tensor).numpy()),
                    "naive, channels last": lambda codes=codes, identity=identity: identity[codes],
                }
                if dtype == "uint8":
                    place = np.empty((size, 4, width), np.uint8)
                    ways["channels first, memory used again"] = lambda codes=codes, place=place: (
                        host_one_hot(codes, place)
                    )
                first, last, *_ = (way() for way in ways.values())
                rates: dict[str, list[float]] = {way: [] for way in ways}
                for _ in range(chosen.rounds):
                    for way, make in ways.items():
                        rates[way].append(size * width * burst(make, chosen.least))
                same = bool((first == np.moveaxis(last, -1, -2)).all())
                table += [
                    {"reader": way, "type": dtype, "width": width, "batch": size, "correct": same}
                    | spread(rates[way])
                    for way in ways
                ]
    return table


def ratio(rows: list[dict], row: dict, against: str) -> str:
    """How many times the rate of a reader, of the same width and batch."""
    keys = ("width", "batch", "type")
    for other in rows:
        if other["reader"] == against and all(other.get(key) == row.get(key) for key in keys):
            return f"{row['mbase_per_s'] / other['mbase_per_s']:.1f}" if "low" in other else "–"
    return "–"


def section(title: str, rows: list[dict], against: tuple[str, ...]) -> list[str]:
    extra = "".join(f" × {name} |" for name in against)
    lines = [
        f"## {title}",
        "",
        f"| bases | batch | reader | Mbase/s | quartiles |{extra} first batch, s | memory, MiB "
        "(imports) | disk, MiB | right |",
        "|---" * (9 + len(against)) + "|",
    ]
    for _, group in groupby(rows, lambda row: (row["width"], row["batch"])):
        for row in sorted(group, key=lambda row: -row.get("mbase_per_s", 0)):
            start = f"| {row['width']:,} | {row['batch']} | {row['reader']} |"
            if "skipped" in row:
                lines.append(f"{start} skipped: {row['skipped']} |" + " |" * (5 + len(against)))
                continue
            times = "".join(f" {ratio(rows, row, name)} |" for name in against)
            lines.append(
                f"{start} {row['mbase_per_s']:,.0f} | {row['low']:,.0f}–{row['high']:,.0f} |"
                f"{times} {row['first_seconds']:.3f} | {row['peak_bytes'] / 2**20:,.0f} "
                f"({row['import_bytes'] / 2**20:,.0f}) | {row['disk_bytes'] / 2**20:.2f} | "
                f"{row['correct']:.0%} |"
            )
    return [*lines, ""]


def channel_section(rows: list[dict]) -> list[str]:
    lines = [
        "## One-hot channels on the host",
        "",
        "| type | bases | batch | way | Mbase/s | quartiles | × naive |",
        "|---" * 7 + "|",
    ]
    for row in rows:
        if not row["correct"]:
            raise SystemExit(f"channels differ: {row}")
        lines.append(
            f"| {row['type']} | {row['width']:,} | {row['batch']} | {row['reader']} | "
            f"{row['mbase_per_s']:,.0f} | {row['low']:,.0f}–{row['high']:,.0f} | "
            f"{ratio(rows, row, 'naive, channels last')} |"
        )
    return [*lines, ""]


def markdown(report: dict) -> str:
    lines = [
        "# Windows of genomes",
        "",
        f"Medians and quartiles of {report['rounds']} rounds in turn after one warm-up, "
        f"{report['threads']} thread(s), at a load of {report['load']:.1f} on {os.cpu_count()} "
        f"cores. Reference: {report['reference_of']}. Columns with × tell how many times the rate "
        "of that reader. Right: windows of the first batch that are what the FASTA file, or "
        "`bcftools consensus`, has. Memory is resident, mapped pages included.",
        "",
        *section("Windows of the reference", report["reference"], ("genvarloader", "pyfaidx")),
    ]
    if not report["personal"]:
        lines += ["Personal windows: skipped, no CAUSEWAY_MIRROR with `genomes/chr20_1mb`.", ""]
    for kind, rows in report["personal"].items():
        title = f"Both haplotypes of {PEOPLE} people drawn from real site frequencies, {kind}"
        lines += section(title, rows, ("genvarloader haplotypes",))
    return "\n".join([*lines, *channel_section(report["channels"])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mirror = os.environ.get("CAUSEWAY_MIRROR")
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    parser.add_argument("--peers", type=Path, default=Path(sys.executable), help="their Python")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--least", type=float, default=LEAST, help="seconds of one measurement")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS, help="bases")
    parser.add_argument("--mirror", type=Path, default=Path(mirror) if mirror else None)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    report: dict = {"load": os.getloadavg()[0], "rounds": chosen.rounds, "threads": chosen.threads}
    genomes = chosen.mirror / "genomes" if chosen.mirror else None
    path = next(iter(sorted((genomes / "ecoli").glob("*.fna.gz"))), None) if genomes else None
    report["reference_of"] = "E. coli K-12 MG1655" if path else "random bases, as many as E. coli"
    with TemporaryDirectory() as name:
        folder = Path(name)
        report["reference"] = reference(path, folder / "reference", chosen)
        report["personal"] = {}
        if genomes and (genomes / "chr20_1mb").is_dir():
            for kind in ("SNV", "SNV and indels"):
                place = folder / kind.replace(" ", "-")
                report["personal"][kind] = personal(genomes / "chr20_1mb", kind, place, chosen)
    report["channels"] = channels(chosen.widths, chosen)
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "genome_windows.json").write_text(json.dumps(report, indent=2) + "\n")
    (chosen.output / "genome_windows.md").write_text(markdown(report))


if __name__ == "__main__":
    main()
