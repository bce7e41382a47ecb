"""Small files in the public formats, written by their specifications."""

import gzip
import struct
from pathlib import Path

import pysam
from pysam import bcftools

HEADER = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=400>
##contig=<ID=chr2,length=300>
##FILTER=<ID=PASS,Description="passed">
##FILTER=<ID=low,Description="low">
##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">
##INFO=<ID=EUR_AF,Number=A,Type=Float,Description="frequency in Europe">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tann\tben
"""
RECORDS = (
    "chr1\t10\t.\tA\tC\t.\tPASS\tAF=0.25;EUR_AF=0.5\tGT\t0|1\t1/1",
    "chr1\t12\trs1\tg\tt,<DEL>\t.\tlow\tAF=0.1,0.2\tGT:DP\t2|0:7\t.|.:3",
    "chr1\t12\t.\tGA\tG\t.\t.\tAF=.\tGT\t.\t0",
    "chr1\t300\t.\tT\t.\t.\tPASS\t.\tGT\t0|0\t.|1",
    "chr2\t5\t.\tC\t*,G\t.\tPASS\tAF=1,0\tGT\t1|2\t2|2",
)


def write_vcf(path: Path, records: tuple[str, ...] = RECORDS, header: str = HEADER) -> Path:
    """Write VCF: as text, by bgzip for ``.gz`` and as BCF for ``.bcf``."""
    text = header + "".join(f"{record}\n" for record in records)
    plain = path.with_name("plain.vcf")
    plain.write_text(text)
    if path.suffix == ".bcf":
        bcftools.view("-Ob", "-o", str(path), str(plain), catch_stdout=False)
    elif path.suffix == ".gz":
        pysam.tabix_compress(str(plain), str(path), force=True)
    else:
        path.write_text(text)
    return path


def write_twobit(
    path: Path, sequences: dict[str, str], order: str = "<", version: int = 0
) -> Path:
    """Write the 2bit format of UCSC, base by base."""
    wide = "Q" if version else "I"
    index = sum(1 + len(name) + struct.calcsize(order + wide) for name in sequences)
    offset, table, bodies = 16 + index, b"", b""
    for name, text in sequences.items():
        body = struct.pack(order + "I", len(text))
        body += _runs(text, lambda letter: letter in "Nn", order)
        body += _runs(text, str.islower, order)
        body += struct.pack(order + "I", 0)
        bits = ["TCAG".find(letter) if letter in "TCAG" else 0 for letter in text.upper()]
        bits += [0] * (-len(bits) % 4)
        body += bytes(
            bits[k] << 6 | bits[k + 1] << 4 | bits[k + 2] << 2 | bits[k + 3]
            for k in range(0, len(bits), 4)
        )
        table += struct.pack("B", len(name)) + name.encode() + struct.pack(order + wide, offset)
        bodies += body
        offset += len(body)
    head = struct.pack(order + "4I", 0x1A412743, version, len(sequences), 0)
    path.write_bytes(head + table + bodies)
    return path


def _runs(text, is_in, order: str) -> bytes:
    flags = [False, *map(is_in, text), False]
    starts = [k for k in range(len(text)) if flags[k + 1] and not flags[k]]
    ends = [k for k in range(1, len(text) + 1) if flags[k] and not flags[k + 1]]
    sizes = [end - start for start, end in zip(starts, ends, strict=True)]
    return struct.pack(f"{order}I{2 * len(starts)}I", len(starts), *starts, *sizes)


def compress(path: Path, how: str) -> Path:
    """A compressed copy beside a file."""
    zipped = path.with_name(path.name + ".gz")
    if how == "bgzip":
        pysam.tabix_compress(str(path), str(zipped), force=True)
    else:
        zipped.write_bytes(gzip.compress(path.read_bytes()))
    return zipped
