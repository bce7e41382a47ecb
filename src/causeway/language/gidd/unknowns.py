"""Numbers that runs tell, or the reason why they do not."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, ParamSpec, TypeVar

from causeway.errors import InputError
from causeway.statistics import Interval

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Found = TypeVar("Found")


class Unknown(NamedTuple):
    """What stands for a number that the runs do not determine."""

    reason: str


Number = Interval | Unknown
Numbers = dict[str, Number]


def attempted(
    function: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
) -> Found | Unknown:
    """Result of a fit, or why the runs do not allow it."""
    try:
        return function(*args, **kwargs)
    except InputError as error:
        return Unknown(str(error))


def known(found: Interval, reason: str) -> Number:
    """An interval, or the reason if its estimate is no number."""
    return Unknown(reason) if math.isnan(found.estimate) else found


def all_unknown(names: Iterable[str], why: Unknown) -> Numbers:
    """Several numbers that are not known for one reason."""
    return dict.fromkeys(names, why)


def exactly(value: float, n: int) -> Interval:
    """A number that was counted, from n units."""
    return Interval(value, value, value, n)


def settled(noise: str, numbers: Mapping[str, Number]) -> dict[str, Interval]:
    """Write why numbers of a type of noise are not known, a line each; they become NaN."""
    for name, number in numbers.items():
        if isinstance(number, Unknown):
            log.warning("%s: %s is not known: %s", noise, name, number.reason)
    nothing = Interval(math.nan, math.nan, math.nan, 1)
    return {
        name: nothing if isinstance(number, Unknown) else number
        for name, number in numbers.items()
    }
