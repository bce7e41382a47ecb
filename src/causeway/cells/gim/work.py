"""What GIM has to do: its training on worlds, whose cells are known."""

from collections.abc import Iterator

from causeway.cells.gim.config import GIMConfig, Network, Training, Variant
from causeway.cells.worlds.hill_settings import HillWorld
from causeway.cost.counts import Counts
from causeway.cost.work import FLOP, Work

PASSES, PER_PRODUCT = 2, 2
"""Of a training step: forward, and as much backward, since cells need no gradient; a product and
a sum."""


def contexts(world: HillWorld) -> int:
    """Training contexts: each training drug at each training dose, and the controls."""
    return world.drugs * len(world.doses) + 1


def mechanism_flops(
    world: HillWorld, variant: Variant, network: Network, training: Training
) -> float:
    """Operations of the mechanisms in a step of one seed, without what has no cells in it.

    Linear ones read the moments of each context, two products of d by d matrices per draw;
    networks read every cell.
    """
    d, draws = world.genes, training.draws
    if variant.mechanisms == "linear":
        return float(PASSES * draws * contexts(world) * PER_PRODUCT * d**3)
    cells = world.controls + world.drugs * len(world.doses) * world.cells
    return float(PASSES * draws * cells * PER_PRODUCT * d**2 * network.mechanism)


def work(config: GIMConfig, counts: Counts) -> Iterator[Work]:
    """Count operations of training, per dataset."""
    del counts
    seeds, training = len(config.run.seeds), config.training
    for dataset in config.run.datasets:
        source = config.sources[dataset]
        for name in config.run.variants:
            if not isinstance(source, HillWorld):
                lacking = f"how many cells of {dataset} train shows when it is split"
                yield Work("train", None, FLOP, 1, missing=lacking)
                continue
            step = mechanism_flops(source, config.variants[name], config.network, training)
            yield Work(
                "train",
                seeds * training.steps * step,
                FLOP,
                1,
                accelerated=config.hardware.accelerator != "cpu",
                note="mechanisms alone",
            )
