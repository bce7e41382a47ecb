"""What the sweep has to do: the operations of its runs, the output matrix included."""

from collections.abc import Iterator

from causeway.cost.counts import Counts
from causeway.cost.work import FLOP, Work
from causeway.language.gidd.config import GIDDConfig
from causeway.language.gidd.settings import Plan, Sweep
from causeway.language.gidd.sweep import plans, shares
from causeway.language.scaling.flops import flops_per_token, parameters
from causeway.language.settings import Tokenisation

KEPT, TRAINED = 4, 16
"""Bytes of a parameter in a checkpoint (fp32), and in training: with its gradient and the two
means of the optimiser."""


def run_flops(run: Plan, length: int, vocabulary: int) -> float:
    """Operations of a run, without its annealed branches.

    Parameters
    ----------
    run
        What to train.
    length
        Tokens of a sequence.
    vocabulary
        Entries of the output matrix, which budgets of the study leave out.
    """
    size = run.size
    each = flops_per_token(size.layers, size.width, length, vocabulary)["flops_with_head"]
    return each * run.steps * run.batch * length


def run_parameters(run: Plan, vocabulary: int) -> float:
    """Parameters, with embedding and head."""
    size = run.size
    return float(parameters(size.layers, size.width) + 2 * vocabulary * size.width)


def work(config: GIDDConfig, counts: Counts) -> Iterator[Work]:
    """Count the operations of all runs, as they are shared among jobs."""
    del counts
    training = config.recipe.training
    chosen = {name: config.sizes[name] for name in config.sweep.sizes}
    sweep = Sweep.model_validate(
        config.sweep.model_dump()
        | {
            "noises": {name: config.variants[name] for name in config.run.variants},
            "seeds": config.run.seeds,
            "sizes": chosen,
        }
    )
    for dataset in config.run.datasets:
        vocabulary = _vocabulary(config.tokens)
        if vocabulary is None:
            lacking = f"characters of {dataset} are counted when it is read"
            yield Work("train", None, FLOP, config.jobs, missing=lacking)
            continue
        runs = plans(sweep, training)
        shared = [
            sum(run_flops(run, training.length, vocabulary) for run in share)
            for share in shares(runs, config.jobs, training.length)
        ]
        weights = [run_parameters(run, vocabulary) for run in runs]
        branched = any(run.annealed for run in runs)
        yield Work(
            "train",
            sum(shared),
            FLOP,
            len(shared),
            longest=max(shared),
            accelerated=config.recipe.hardware.accelerator != "cpu",
            memory=TRAINED * max(weights),
            # A training that is resumed reads weights and means of the optimiser into memory,
            # beside the weights that it was made with.
            host=TRAINED * max(weights),
            written=KEPT * sum(weights),
            note="without annealed branches" if branched else "",
        )


def _vocabulary(tokens: Tokenisation) -> int | None:
    """Entries of the vocabulary, as far as the configuration knows them."""
    return {"bytes": 256, "pieces": tokens.size}.get(tokens.kind)
