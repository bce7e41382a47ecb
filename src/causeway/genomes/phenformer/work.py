"""What Phenformer has to do: windows to learn from and to read, people to learn from."""

from collections.abc import Iterator, Sequence

from causeway.cost.counts import Counts
from causeway.cost.work import FLOP, Rate, Work
from causeway.genomes.phenformer.backbone_settings import OwnBackbone
from causeway.genomes.phenformer.config import PhenformerConfig
from causeway.genomes.phenformer.cost import training_memory, window_flops
from causeway.genomes.phenformer.settings import Study
from causeway.genomes.sources import Registered, Source

PASSES = 3
"""Of a training step: forward, and twice as much backward."""
HAPLOIDS = 2
READING = Rate(
    "haplotype",
    "windows of a haplotype through size base",
    lambda report: 1e9 * report["rows"][-1]["gflops"] / report["threads"],
)

LEARNING = Rate(
    "multiscale",
    "training steps at the widths of size tiny",
    lambda report: next(
        PASSES * 1e9 * row["forward_gflop"] / row["seconds"] / report["threads"]
        for row in report["rows"]
        if (row["windows"], row["network"], row["attention"]) == (448, "two-scale", "fused")
    ),
)


def work(config: PhenformerConfig, counts: Counts) -> Iterator[Work]:
    """Count operations of stage 1, and of reading people, per dataset."""
    accelerated = config.hardware.accelerator != "cpu"
    for dataset in config.run.datasets:
        study, source = config.studies[dataset], config.sources[dataset]
        seeds = len(config.run.seeds[: study.seeds])
        runs = seeds * sum(name in study.variants for name in config.run.variants)
        yield _learn(dataset, study, _count(source, "genes", counts), runs, accelerated)
        if not isinstance(source, Registered) or source.variants is None:
            continue
        people = _count(source, "people", counts)
        contexts = source.grammar.contexts if source.grammar else None
        yield _embed(dataset, study, people, contexts, runs, accelerated)
        lacking = "tokens of a person depend on contexts and genes of the data"
        yield Work("risk", None, FLOP, runs, missing=lacking)


def _learn(dataset: str, study: Study, genes: int | None, runs: int, accelerated: bool) -> Work:
    if genes is None or not isinstance(study.backbone, OwnBackbone):
        lacking = f"how many genes of {dataset} train shows when they are split"
        return Work("learn", None, FLOP, runs, missing=lacking)
    windows = genes * study.learning.epochs * runs
    return Work(
        "learn",
        PASSES * windows * window_flops(study.encoder),
        FLOP,
        runs,
        LEARNING,
        accelerated=accelerated,
        memory=study.learning.batch * training_memory(study.encoder),
        at_most=frozenset({"amount"}),
        note=f"all {genes:,} genes of the table train",
    )


def _embed(
    dataset: str,
    study: Study,
    people: int | None,
    contexts: int | None,
    runs: int,
    accelerated: bool,
) -> Work:
    if people is None or contexts is None or not isinstance(study.backbone, OwnBackbone):
        lacking = f"how many people {dataset} has shows when they are read"
        return Work("embed", None, FLOP, runs, missing=lacking)
    genes = study.screening.genes
    windows = people * HAPLOIDS * genes * runs
    person = 4.0 * (contexts + study.encoder.width)
    return Work(
        "embed",
        windows * window_flops(study.encoder),
        FLOP,
        runs,
        READING,
        accelerated=accelerated,
        memory=people * genes * person,
        written=runs * people * genes * person,
        at_most=frozenset({"amount"}),
        note="as if no window equalled another, which is read once",
    )


def _count(source: Source, quantity: str, counts: Counts) -> int | None:
    names: Sequence[str] = source.names if isinstance(source, Registered) else []
    return next((counts[name, quantity] for name in names if (name, quantity) in counts), None)
