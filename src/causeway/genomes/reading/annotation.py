"""Genes by GTF and GFF3."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.genes import gene_table
from causeway.genomes.reading.streams import read_lines

FEATURES = ("gene", "pseudogene", "ncRNA_gene")
"""Kinds of rows that are genes; Ensembl's GFF3 has the last one."""
TRANSCRIPTS = ("transcript", "mRNA")
"""Kinds of rows whose spans make genes where no row is a gene, as in the GTF of UCSC."""
KEYS = ("locus_tag", "gene_id", "ID")
"""Attributes that name a gene, the first that is there."""
NAMES = ("gene_name", "Name", "gene")
BIOTYPES = ("gene_type", "gene_biotype", "biotype")

_FIELDS = 9
_GTF = re.compile(r'\s*([^\s;]+) +(?:"([^"]*)"|([^;]*))\s*(?:;|$)')
_GFF = re.compile(r"\s*([^=;\s]+)=([^;]*)(?:;|$)")


def read_annotation(
    path: Path,
    *,
    features: Collection[str] = FEATURES,
    keys: Sequence[str] = KEYS,
) -> pd.DataFrame:
    """Genes of a file, in the form of :mod:`causeway.genomes.genes`.

    A gene that is written in parts, as GFF3 allows and bacteria's interrupted genes are, reaches
    from its first to its last part.

    Parameters
    ----------
    path
        GTF or GFF3, plain or compressed.
    features
        Kinds of rows that are genes (column 3).
    keys
        Attributes that may name a gene, in order of preference.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If the file is damaged, has no genes, or two genes have one name.
    """
    seen: Counter[str] = Counter()
    found: list[_Row] = []
    spans: list[_Row] = []
    for number, fields in _rows(path):
        kind = fields[2]
        seen[kind] += 1
        if kind in features:
            found.append(_row(path, number, fields, keys))
        elif not found and kind in TRANSCRIPTS:
            spans.append(_row(path, number, fields, keys))
    if not found and not spans:
        kinds = ", ".join(kind for kind, _ in seen.most_common(8)) or "nothing"
        raise InputError(
            path,
            f"has no genes: of {', '.join(sorted(features))} no row, only {kinds}",
            "Give a whole annotation, with 'gene' in column 3 of rows that are genes",
        )
    parts = found or [row | {"id": row["gene"]} for row in spans]
    return gene_table(_whole(parts, path), path)


def circular_contigs(path: Path) -> set[str]:
    """Contigs that a GFF3 file says to be circles."""
    return {fields[0] for _, fields in _rows(path) if "Is_circular=true" in fields[8]}


_Row = dict[str, object]


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in read_lines(path):
        if line.startswith("##FASTA"):
            return
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != _FIELDS or not (fields[3].isdecimal() and fields[4].isdecimal()):
            raise InputError(
                f"{path}, line {number}", f"is no row of GTF or GFF3: {line[:40]!r}", "Correct it"
            )
        yield number, fields


def _row(path: Path, number: int, fields: list[str], keys: Sequence[str]) -> _Row:
    attributes = _attributes(fields[8])
    gene = next((attributes[key] for key in keys if key in attributes), "")
    if not gene:
        raise InputError(
            f"{path}, line {number}",
            f"has none of the attributes {', '.join(keys)}",
            "Give each gene one of them in column 9",
        )
    return {
        "gene": gene,
        "id": attributes.get("ID", f"line {number}"),
        "name": next((attributes[key] for key in NAMES if key in attributes), ""),
        "contig": fields[0],
        "start": int(fields[3]) - 1,
        "end": int(fields[4]),
        "strand": fields[6],
        "biotype": next((attributes[key] for key in BIOTYPES if key in attributes), ""),
        "line": number,
    }


def _attributes(text: str) -> dict[str, str]:
    """Column 9: pairs with = in GFF3, with a blank in GTF; the first of equal keys."""
    if _GFF.match(text):
        pairs = [(key, unquote(value)) for key, value in _GFF.findall(text)]
    else:
        pairs = [(key, quoted or bare) for key, quoted, bare in _GTF.findall(text)]
    return dict(reversed(pairs))


def _whole(parts: list[_Row], path: Path) -> pd.DataFrame:
    """Genes by their parts: rows with one ID, contig and strand."""
    table = pd.DataFrame(parts)
    first = table.groupby("id", sort=False, as_index=False).agg(
        gene=("gene", "first"),
        name=("name", "first"),
        contig=("contig", "first"),
        start=("start", "min"),
        end=("end", "max"),
        strand=("strand", "first"),
        biotype=("biotype", "first"),
        line=("line", "first"),
        places=("contig", "nunique"),
        strands=("strand", "nunique"),
    )
    apart = (first["places"] > 1) | (first["strands"] > 1)
    if apart.any():
        gene = first.loc[apart, "gene"].iloc[0]
        raise InputError(path, f"parts of {gene!r} lie on several strands", "Leave the gene out")
    again = first[first["gene"].duplicated(keep=False) & ~first["gene"].str.endswith("_PAR_Y")]
    if len(again):
        gene = again["gene"].iloc[0]
        lines = ", ".join(map(str, again.loc[again["gene"] == gene, "line"]))
        raise InputError(
            path, f"gene {gene!r} occurs twice, in lines {lines}", "Keep one of the rows"
        )
    return first
