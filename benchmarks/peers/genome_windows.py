"""One reader of genome windows in a process of its own, told by lines of JSON what to do.

Imports nothing of the project but for the project's own readers, so that peers can run in an
environment of theirs. Letters are turned into codes outside the clock where a reader gives letters
as an array, and inside it where it gives one string per window.
"""

import json
import os
import sys
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import perf_counter

import numpy as np

TABLE = bytes({65: 0, 67: 1, 71: 2, 84: 3}.get(letter & 0xDF, 4) for letter in range(256))


def codes(text: bytes) -> np.ndarray:
    """Codes of letters by one pass in C, as quick as it gets in Python."""
    return np.frombuffer(text.translate(TABLE), dtype=np.uint8)


class Strings:
    """Readers that give one string per window."""

    def choose(self, windows: list, width: int) -> None:
        """Take the windows that rows will name."""
        self.windows, self.width = windows, width

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read a batch."""
        return np.stack([codes(self.letters(*self.windows[row])) for row in rows])

    def codes(self, found: np.ndarray) -> np.ndarray:
        """Codes of what was read."""
        return found


class Pyfaidx(Strings):
    """FASTA by pyfaidx."""

    def __init__(self, folder: Path) -> None:
        module = import_module("pyfaidx")
        self.file = module.Fasta(str(folder / "genome.fa"), as_raw=True, rebuild=False)
        self.disk = ("genome.fa", "genome.fa.fai")

    def letters(self, contig: str, start: int) -> bytes:
        """Letters of one window."""
        return self.file[contig][start : start + self.width].encode()


class Pysam(Strings):
    """FASTA by htslib."""

    def __init__(self, folder: Path) -> None:
        self.file = import_module("pysam").FastaFile(str(folder / "genome.fa"))
        self.disk = ("genome.fa", "genome.fa.fai")

    def letters(self, contig: str, start: int) -> bytes:
        """Letters of one window."""
        return self.file.fetch(contig, start, start + self.width).encode()


class Kipoiseq(Strings):
    """FASTA by kipoiseq."""

    def __init__(self, folder: Path) -> None:
        self.interval = import_module("kipoiseq").Interval
        extractors = import_module("kipoiseq.extractors")
        self.file = extractors.FastaStringExtractor(str(folder / "genome.fa"), use_strand=False)
        self.disk = ("genome.fa", "genome.fa.fai")

    def letters(self, contig: str, start: int) -> bytes:
        """Letters of one window."""
        return self.file.extract(self.interval(contig, start, start + self.width)).encode()


class Genvarloader:
    """Windows as an array of letters, all of a batch in one call."""

    disk: tuple[str, ...] = ("genome.fa", "genome.fa.fai", "genome.fa.gvlfa")

    def __init__(self, folder: Path) -> None:
        self.module, self.polars = import_module("genvarloader"), import_module("polars")
        self.reference = self.module.Reference.from_path(folder / "genome.fa", in_memory=True)
        self.folder = folder

    def bed(self, windows: list, width: int) -> object:
        """Windows as genvarloader wants them."""
        contigs, starts = zip(*windows, strict=True)
        ends = [start + width for start in starts]
        columns = {"chrom": contigs, "chromStart": starts, "chromEnd": ends}
        return self.polars.DataFrame(columns | {"strand": ["+"] * len(starts)})

    def choose(self, windows: list, width: int) -> None:
        """Take the windows that rows will name."""
        bed = self.bed(windows, width)
        self.set = self.module.RefDataset(self.reference, bed, output_length=width)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read a batch."""
        return self.set[rows]

    def codes(self, found: np.ndarray) -> np.ndarray:
        """Codes of what was read."""
        return codes(np.ascontiguousarray(found).tobytes()).reshape(found.shape)


class GenvarloaderHaplotypes(Genvarloader):
    """Both haplotypes of a person per window; rows are pairs of window and person."""

    disk = (*Genvarloader.disk, "windows.gvl")

    def choose(self, windows: list, width: int) -> None:
        """Take the windows that rows will name."""
        path = self.folder / "windows.gvl"
        variants = str(self.folder / "people.vcf.gz")
        self.module.write(path, self.bed(windows, width), variants=variants, overwrite=True)
        opened = self.module.Dataset.open(path, reference=self.reference)
        self.set = opened.with_seqs("haplotypes").with_len(width)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read a batch."""
        return self.set[rows[:, 0], rows[:, 1]]


class Ours:
    """The store of the project, a byte or two bits per base."""

    def __init__(self, folder: Path, packing: str) -> None:
        store = import_module("causeway.genomes.store")
        self.windows, self.pandas = (
            import_module(name) for name in ("causeway.genomes.windows", "pandas")
        )
        self.genome = store.open_store(folder / packing)
        self.disk: tuple[str, ...] = (packing,)

    def table(self, windows: list, width: int) -> object:
        """Windows as the project wants them."""
        contigs, starts = zip(*windows, strict=True)
        table = self.pandas.DataFrame({"contig": contigs, "start": starts, "strand": "+"})
        return table.assign(end=table["start"] + width, tss=table["start"])

    def choose(self, windows: list, width: int) -> None:
        """Take the windows that rows will name."""
        self.set = self.windows.Windows(self.genome, self.table(windows, width))

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read a batch."""
        return self.set.read(rows)

    def codes(self, found: np.ndarray) -> np.ndarray:
        """Codes of what was read."""
        return found


class OurHaplotypes(Ours):
    """Both haplotypes of a person per window; rows are pairs of window and person."""

    def __init__(self, folder: Path, packing: str) -> None:
        super().__init__(folder, packing)
        haplotypes = import_module("causeway.genomes.haplotypes")
        self.personal = import_module("causeway.genomes.personal")
        self.people = haplotypes.open_haplotypes(folder / "people")
        self.disk = (packing, "people")

    def choose(self, windows: list, width: int) -> None:
        """Take the windows that rows will name."""
        table = self.table(windows, width)
        self.set = self.personal.PersonalWindows(self.genome, self.people, table)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Read a batch."""
        haplotypes = (2 * rows[:, 1:] + np.arange(2)).reshape(-1)
        found = self.set.read(np.repeat(rows[:, 0], 2), haplotypes)
        return found.reshape(len(rows), 2, -1)


READERS = {
    "pyfaidx": Pyfaidx,
    "pysam": Pysam,
    "kipoiseq": Kipoiseq,
    "genvarloader": Genvarloader,
    "genvarloader haplotypes": GenvarloaderHaplotypes,
    "causeway byte": lambda folder: Ours(folder, "byte"),
    "causeway two-bit": lambda folder: Ours(folder, "two-bit"),
    "causeway haplotypes": lambda folder: OurHaplotypes(folder, "byte"),
    "causeway haplotypes two-bit": lambda folder: OurHaplotypes(folder, "two-bit"),
}


def size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def peak() -> int:
    # Not by getrusage, whose peak begins with that of the parent process.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def timed(reader, batches: list, least: float) -> tuple[int, float]:
    """Windows and seconds of batches one after the other, until time is up."""
    done, start = 0, perf_counter()
    while True:
        for rows in batches:
            reader.read(rows)
            done += len(rows)
            if perf_counter() - start > least:
                return done, perf_counter() - start


def answer(reader, folder: Path, task: dict) -> dict:
    """Do what a line says: choose windows and read the first batch, or time batches."""
    if "windows" in task:
        start = perf_counter()
        reader.choose([tuple(window) for window in task["windows"]], task["width"])
        found = reader.read(np.array(task["first"]))
        seconds = perf_counter() - start
        rows = np.ascontiguousarray(reader.codes(found)).reshape(-1, task["width"])
        digests = [sha256(row.tobytes()).hexdigest() for row in rows]
        disk = sum(size(folder / name) for name in reader.disk)
        return {"first_seconds": seconds, "digests": digests, "disk_bytes": disk}
    batches = [np.array(rows) for rows in task["batches"]]
    windows, seconds = timed(reader, batches, task["least"])
    return {"windows": windows, "seconds": seconds, "peak_bytes": peak()}


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    # What libraries print must not mix with answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    try:
        reader = READERS[name](folder)
    except ImportError as error:
        say({"skipped": str(error)})
        return
    say({"import_bytes": peak()})
    for line in sys.stdin:
        say(answer(reader, folder, json.loads(line)))


if __name__ == "__main__":
    main()
