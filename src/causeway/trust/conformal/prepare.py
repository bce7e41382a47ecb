"""Write the scores of a pool."""

from pathlib import Path

from causeway.trust.conformal.pools import pool
from causeway.trust.conformal.sources import Source


def prepare(*, source: Source, scores: Path, seed: int) -> None:
    """Rate every example that the classifier did not learn from, or check a table of scores.

    Parameters
    ----------
    source
        Where the data come from.
    scores
        Parquet table to write; its columns stand in ``causeway.trust.conformal.scores``.
    seed
        Decides which examples the classifier learns from.
    """
    pool(source, seed).to_parquet(scores, index=False)
