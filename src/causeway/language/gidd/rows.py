"""Numbers of a sweep as rows of the table that claims are judged by.

Laws and best models join all runs of a type of noise, which is the variant. Their rows stand
under the first seed, with intervals over runs, sequences or samples.
"""

from collections.abc import Iterator, Mapping, Sequence

from causeway import metrics
from causeway.statistics import Interval


def rows(
    numbers: Mapping[str, Mapping[str, Interval]], dataset: str, seeds: Sequence[int]
) -> Iterator[metrics.Metric]:
    """Rows of numbers by type of noise and name.

    Parameters
    ----------
    numbers
        Intervals; ``n`` of 0 is written as 1, as a number that is not known still has a row.
    dataset
        Name of the text.
    seeds
        Of the sweep.
    """
    for variant, told in numbers.items():
        known = ((name, one._replace(n=max(1, one.n))) for name, one in told.items())
        yield from metrics.rows(
            known, system="gidd", dataset=dataset, variant=variant, seed=seeds[0]
        )
