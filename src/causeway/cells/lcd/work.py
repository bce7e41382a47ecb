"""What LCD has to do: operations of its two trainings, and of sampling where worlds are known."""

from collections.abc import Iterator

from causeway.cells.lcd.config import LCDConfig, Network, Noise, Study
from causeway.cells.sources import Source
from causeway.cells.worlds.settings import LinearWorld, SaturatingWorld
from causeway.cost.counts import Counts
from causeway.cost.work import FLOP, Rate, Work

PASSES, PER_PRODUCT = 3, 2
"""Of a training step: forward, and twice as much backward; a product and a sum."""
SAMPLING = Rate(
    "lcd",
    "sampling of 20 genes at width 128",
    lambda report: (
        report["sampling"]["fused_cell_steps_per_s"]
        / report["threads"]
        * drift_flops(20, Network(hidden=128))
    ),
)


def generator_flops(genes: int, noise: Noise) -> float:
    """Operations of one state through a generator (:mod:`causeway.cells.lcd.generator`)."""
    narrow = noise.latent * noise.hidden + 2 * noise.blocks * noise.hidden**2
    wide = noise.hidden * genes + 2 * noise.wide_blocks * genes * noise.wide_hidden
    return float(PER_PRODUCT * (narrow + wide))


def noise_step_flops(genes: int, noise: Noise) -> float:
    """Operations of a step of stage 1: states, and two products with the counts of the cells.

    Noise and counts need no gradient, so that what reads them costs one product less.
    """
    states = PASSES * generator_flops(genes, noise) - PER_PRODUCT * noise.latent * noise.hidden
    likelihood = (PASSES - 1) * 2 * PER_PRODUCT * noise.batch * genes
    return noise.draws * (states + likelihood)


def drift_flops(genes: int, network: Network) -> float:
    """Operations of one state through the drift, whose time is looked up."""
    hidden = network.hidden
    return float(PER_PRODUCT * (2 * genes * hidden + hidden**2))


def drift_step_flops(genes: int, network: Network) -> float:
    """Operations of one state in a step of stage 2; states need no gradient."""
    return PASSES * drift_flops(genes, network) - PER_PRODUCT * genes * network.hidden


def work(config: LCDConfig, counts: Counts) -> Iterator[Work]:
    """Count operations, per dataset."""
    del counts
    accelerated = config.hardware.accelerator != "cpu"
    for dataset in config.run.datasets:
        study, source = config.studies[dataset], config.sources[dataset]
        seeds = len(config.run.seeds[: study.seeds])
        variants = sum(name in study.variants for name in config.run.variants)
        runs = study.holdout.folds * seeds * variants
        genes = _genes(study, source)
        if _counted(source):
            amount = runs * study.noise.steps * noise_step_flops(genes, study.noise)
            yield Work("denoise", amount, FLOP, runs, accelerated=accelerated)
        steps = runs * study.training.steps * study.training.batch
        amount = steps * drift_step_flops(genes, study.network)
        yield Work("train", amount, FLOP, runs, accelerated=accelerated)
        if study.predict:
            yield _sample(dataset, study, source, runs, accelerated)


def _sample(dataset: str, study: Study, source: Source, runs: int, accelerated: bool) -> Work:
    if not isinstance(source, SaturatingWorld) or study.holdout.kind != "random-doubles":
        lacking = f"how many perturbations of {dataset} are held out shows when it is split"
        return Work("sample", None, FLOP, runs, SAMPLING, missing=lacking)
    settings = study.sampling
    steps = study.network.levels.count * settings.steps * settings.samples
    doubles = source.train_doubles + source.test_doubles
    return Work(
        "sample",
        runs * steps * doubles * drift_flops(_genes(study, source), study.network),
        FLOP,
        runs,
        SAMPLING,
        accelerated=accelerated,
        at_most=frozenset({"amount"}),
        note="all doubles taken to be held out",
    )


def _genes(study: Study, source: Source) -> int:
    worlds = (LinearWorld, SaturatingWorld)
    return (
        min(study.panel.genes, source.genes) if isinstance(source, worlds) else study.panel.genes
    )


def _counted(source: Source) -> bool:
    """Worlds that show their states have no first stage."""
    return not isinstance(source, LinearWorld | SaturatingWorld) or source.counts is not None
