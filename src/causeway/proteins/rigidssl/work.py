"""What RigidSSL has to do, from its configuration and the numbers of files and chains."""

from collections.abc import Iterator

from causeway.cost.counts import Counts
from causeway.cost.work import FLOP, Rate, Work
from causeway.proteins.rigidssl.config import Network, RigidSSLConfig
from causeway.proteins.sources import Archive, Source, Synthetic

DIRECTIONS, PASSES, PER_PRODUCT = 2, 3, 2
"""Of a step: there and back; forward, and twice as much backward; a product and a sum."""
PARSING = Rate(
    "parsing",
    "files parsed, without decompression",
    lambda report: 1e3 / report["pdb"]["parsers"]["causeway"]["milliseconds"],
)
TRUNK = Rate(
    "trunk",
    "steps of the trunk at 256 residues",
    lambda report: (
        1e9
        * next(row for row in report["rows"] if row["length"] == 256)["causeway_gflop_per_second"]
        / report["threads"]
    ),
)
RESIDUE_BYTES = 3 * 3 * 4 + 1 + 1 + 4 + 1
"""Of a residue in a shard, by columns (:data:`causeway.proteins.shards.SCHEMA`): backbone, plddt,
residue type, residue number, insertion."""


def step_flops(network: Network, length: int) -> float:
    """Operations of a training step on one chain, in both directions.

    Counted from the shapes of the products as the mathematics is written, ours saves a quarter
    of them; normalisations and nonlinearities are left out.

    Parameters
    ----------
    network
        Widths.
    length
        Residues.
    """
    c, half = network, network.node // 2
    wide, h = c.node + c.skip, c.edge + 2 * half
    H, C, P, V = c.heads, c.hidden, c.query_points, c.value_points
    features = H * (C + 4 * V + c.edge // 4)
    attention = c.node * (3 * H * C + 3 * H * (2 * P + V)) + features * c.node
    sequence = c.transformer_layers * 6 * wide**2 + c.node * c.skip + wide * c.node
    node = c.blocks * (attention + sequence + 3 * c.node**2) + 4 * c.node**2
    pair = (
        c.edge * (3 * c.features + 2 + c.bins + 2 * c.edge)
        + c.blocks * (c.edge * (H + c.edge // 4) + H * (2 * C + 3 * P + 3 * V + c.edge // 4))
        + c.blocks * c.transformer_layers * 2 * wide
        + (c.blocks - 1) * (2 * h**2 + h * c.edge)
    )
    return float(DIRECTIONS * PASSES * PER_PRODUCT * (length * node + length**2 * pair))


def work(config: RigidSSLConfig, counts: Counts) -> Iterator[Work]:
    """Count files to parse and operations of training, per dataset.

    Lengths of chains are known only after ``prepare``, so that a training is bounded: every
    chain is taken to be as long as the filter allows.
    """
    runs = len(config.run.variants) * len(config.run.seeds)
    for dataset in config.run.datasets:
        source = config.sources[dataset]
        lacking = f"how many files {dataset} has shows when it is surveyed"
        files = _count(source, "files", counts)
        chains = _count(source, "chains", counts)
        longest = config.filters.max_length
        yield Work(
            "prepare",
            files,
            "files",
            source.shards,
            PARSING,
            written=None if chains is None else chains * longest * RESIDUE_BYTES,
            at_most=frozenset({"written"}),
            note=f"all chains taken to have {longest} residues",
            missing=lacking,
        )
        if chains is None:
            yield Work("pretrain", None, FLOP, runs, TRUNK, missing=lacking)
            continue
        kept = 1 - config.split.validation - config.split.test
        steps = chains * kept * config.training.epochs
        yield Work(
            "pretrain",
            runs * steps * step_flops(config.network, longest),
            FLOP,
            runs,
            TRUNK,
            accelerated=config.hardware.accelerator != "cpu",
            at_most=frozenset({"amount"}),
            note=f"all chains taken to have {longest} residues",
        )


def _count(source: Source, quantity: str, counts: Counts) -> float | None:
    if isinstance(source, Synthetic):
        return source.entries
    if isinstance(source, Archive) and source.only == "*":
        return counts.get((source.name, quantity))
    return None
