"""A synthetic genome with people so small that every step of the workflow takes moments."""

from pathlib import Path

from causeway.genomes.phenformer.backbone_settings import OwnBackbone
from causeway.genomes.phenformer.index import index
from causeway.genomes.phenformer.learn import learn
from causeway.genomes.phenformer.people import people
from causeway.genomes.phenformer.settings import Holdout, Learning, Screening, Variant
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize
from causeway.genomes.phenformer.split import split
from causeway.genomes.phenformer.synthesise import synthesise
from causeway.genomes.sources import GenomeFiles, World
from causeway.hardware import Hardware

WORLD = World.model_validate(
    {
        "grammar": {"contexts": 4, "organs": 2, "motifs": 4},
        "genome": {"genes": 40, "contigs": 4},
        "population": {"people": {"EUR": 60, "AFR": 40}},
        "liability": {"genes": 4, "diseases": 3, "polygenic_sites": 30, "spread": 0.01},
    }
)
HOLDOUT = Holdout(kind="contigs", valid_contigs=["contig2"], test_contigs=["contig3"], left_out=[])
ENCODER = EncoderSize(window=512, anchor=0.8, halvings=4, stem=16, width=16, layers=1, heads=2)
GENOME = GenomeSize(width=16, layers=1, heads=2, seeds=2, dropout=0.1)
SCREENING = Screening(genes=20, chunk=8)
HARDWARE = Hardware(accelerator="cpu")
RUN = {"dataset": "tiny", "variant": "phenformer", "seed": 0}


def first_stage(folder: Path) -> None:
    """Run the steps up to a trained first stage, and draw people; all files go to a folder."""
    synthesise(raw=folder / "raw", source=WORLD, seed=0)
    files = {name: folder / name for name in ("genome", "genes.parquet", "expression.h5ad")}
    genome, genes, expression = files.values()
    index(
        raw=folder / "raw",
        genome=genome,
        genes=genes,
        expression=expression,
        truth=folder / "truth",
        source=WORLD,
        encoder=ENCODER,
        seed=0,
    )
    split(
        genome=genome,
        genes=genes,
        splits=folder / "splits.tsv",
        leakage=folder / "leakage.tsv",
        holdout=HOLDOUT,
        encoder=ENCODER,
        seed=0,
    )
    learn(
        genome=genome,
        genes=genes,
        expression=expression,
        splits=folder / "splits.tsv",
        checkpoint=folder / "expression.ckpt",
        history=folder / "history.parquet",
        backbone=OwnBackbone(),
        encoder=ENCODER,
        learning=Learning(epochs=3, batch=8, learning_rate=3e-3, warmup=2),
        ablation=Variant(),
        hardware=HARDWARE,
        seed=0,
        threads=1,
        resume=folder / "r1",
    )
    people_of_source(folder, folder, WORLD)


def people_of_source(study: Path, folder: Path, source: GenomeFiles | World) -> None:
    """Read or draw the people of a source on the genome of a study; files go to a folder."""
    people(
        raw=study / "raw",
        genome=study / "genome",
        genes=study / "genes.parquet",
        expression=study / "expression.h5ad",
        truth=study / "truth",
        cohort=folder / "people",
        diseases=folder / "diseases",
        splits=folder / "people.tsv",
        refused=folder / "refused.tsv",
        encoder=ENCODER,
        source=source,
        screening=SCREENING,
        holdout=HOLDOUT,
        seed=0,
    )
