"""Tables and genotypes of people, as a study of one's own would bring them, for tests."""

import numpy as np
import pandas as pd

from causeway.genomes.haplotypes import open_haplotypes
from causeway.genomes.sources import GenomeFiles

UNKNOWN = 12
"""People of whom one disease is not known."""


def write_people(study, folder):
    """Write the drawn people of a study as files; their diseases get names, and gaps.

    People are called 000 to 098 and NA; one more person stands in the tables alone.
    """
    folder.mkdir()
    read = open_haplotypes(study / "people")
    names = [f"{number:03}" for number in range(len(read.people) - 1)] + ["NA"]
    _write_genotypes(read, names, folder / "people.vcf")
    cases = pd.read_csv(study / "diseases" / "planted" / "cases.tsv", sep="\t")
    table = pd.DataFrame({"person": names}).assign(
        asthma=cases["disease0"].astype("Int8"), gout=cases["disease1"].astype("Int8")
    )
    table.loc[np.random.default_rng(0).permutation(len(table))[:UNKNOWN], "asthma"] = pd.NA
    absent = pd.DataFrame({"person": ["absent"], "asthma": [1], "gout": [0]})
    # Order is not that of the genotypes.
    pd.concat([absent, table[::-1]]).to_csv(folder / "diseases.tsv", sep="\t", index=False)
    told = read.people.assign(person=names, bmi=np.linspace(18, 35, len(names)))
    told["population"] = told["population"].map({"EUR": "1", "AFR": "2"})
    told.to_csv(folder / "covariates.csv", index=False)
    (folder / "literature.tsv").write_text(
        "disease\tcontext\tsource\n"
        "asthma\tcontext01\tdoi:10.1000/example\n"
        "flu\tnowhere\tdoi:10.1000/example\n"
    )
    for name in ("genome.fa.gz", "genes.gff3", "expression.csv"):
        (folder / name).write_bytes((study / "raw" / name).read_bytes())


def source_of(folder, **changed):
    """The source that names them."""
    given = {
        "path": folder,
        "sequence": "genome.fa.gz",
        "annotation": "genes.gff3",
        "expression": "expression.csv",
        "units": "log1p",
        "variants": "people.vcf",
        "diseases": "diseases.tsv",
        "covariates": "covariates.csv",
        "literature": "literature.tsv",
    }
    return GenomeFiles.model_validate(given | changed)


def _write_genotypes(read, names, path):
    """Phased genotypes at the sites of single bases."""
    sites = read.sites
    carried = np.zeros((len(read), len(sites)), dtype=bool)
    carried[np.repeat(np.arange(len(read)), np.diff(read.indptr)), read.indices] = True
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={name}>" for name in dict.fromkeys(sites["contig"])]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">']
    head = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]
    lines.append("\t".join(head))
    single = (sites["ref"].str.len() == 1) & (sites["alt"].str.len() == 1)
    for site in np.flatnonzero(single):
        row = sites.iloc[site]
        alleles = carried[:, site].astype(int).reshape(-1, 2)
        calls = [f"{one}|{other}" for one, other in alleles]
        place = [row["contig"], str(row["position"] + 1), ".", row["ref"], row["alt"]]
        lines.append("\t".join([*place, ".", "PASS", ".", "GT", *calls]))
    path.write_text("\n".join(lines) + "\n")
