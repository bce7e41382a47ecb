"""What a claim is: the models of ``config/claims/<system>.yaml``."""

import math
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from causeway.config import Scale
from causeway.errors import InputError
from causeway.section import Section


class Paper(Section):
    """Where a claim stands."""

    arxiv: str = Field(pattern=r"^\d{4}\.\d{4,5}$")
    """arXiv identifier, e.g. ``2603.02406``."""
    where: str
    """Table, figure, section or equation."""


class Published(Section):
    """A number that a paper gives."""

    value: float | None = None
    """The number; null when it could not be found."""
    of: str = ""
    """What it belongs to when a claim has several, e.g. a variant."""
    mark: Literal["seen", "quoted", "derived", "unknown"]
    """``seen`` in the paper itself, ``quoted`` by a text about the paper, ``derived`` from such
    numbers, ``unknown``."""

    @model_validator(mode="after")
    def _unknown_has_no_value(self) -> Self:
        if (self.value is None) != (self.mark == "unknown"):
            raise ValueError("a published number has a value, or is marked unknown")
        return self


class Side(Section):
    """The runs that one side of a comparison is taken from."""

    variant: str
    """Name of the variant."""
    metric: str | None = None
    """Name of the metric; the claim's own if not given."""
    dataset: str | None = None
    """Name of the dataset; the one being judged if not given."""


class Point(Side):
    """One size of a scaling experiment."""

    x: float
    """Position on the axis, e.g. the number of parameters."""


class _Band(Section):
    relative: float | None = Field(None, gt=0)
    """Allowed deviation from the published number as a share of it."""
    absolute: float | None = Field(None, gt=0)
    """Allowed deviation from the published number in its own unit."""

    def around(self, centre: float) -> tuple[float, float]:
        """Ends of the band about a number."""
        half = self.absolute or abs(centre) * (self.relative or 0)
        return centre - half, centre + half

    @model_validator(mode="after")
    def _one_tolerance(self) -> Self:
        if (self.relative is None) == (self.absolute is None):
            raise ValueError("give either relative or absolute")
        return self


class Value(Side, _Band):
    """The metric lies within a tolerance of the first published number."""

    kind: Literal["value"]


class Bound(Side):
    """The metric is at least or at most a number, or strictly above or below it."""

    kind: Literal["bound"]
    at_least: float | None = None
    """Lower bound, itself allowed."""
    at_most: float | None = None
    """Upper bound, itself allowed."""
    above: float | None = None
    """Lower bound, itself not allowed."""
    below: float | None = None
    """Upper bound, itself not allowed."""

    @model_validator(mode="after")
    def _bounds_of_one_kind(self) -> Self:
        loose = (self.at_least, self.at_most) != (None, None)
        if loose == self.strict:
            raise ValueError("give at_least, at_most or both; or above, below or both")
        return self

    @property
    def strict(self) -> bool:
        """Whether the bounds themselves are not allowed."""
        return (self.above, self.below) != (None, None)

    @property
    def low(self) -> float:
        """Lower bound of either kind, infinite if there is none."""
        bound = self.above if self.strict else self.at_least
        return -math.inf if bound is None else bound

    @property
    def high(self) -> float:
        """Upper bound of either kind, infinite if there is none."""
        bound = self.below if self.strict else self.at_most
        return math.inf if bound is None else bound


class Order(Section):
    """One side has a greater mean than the other, compared seed by seed where both have them."""

    kind: Literal["order"]
    greater: Side
    """The side that the claim says is greater."""
    less: Side
    """The side that the claim says is less."""
    margin: float = Field(0.0, ge=0)
    """By how much at least, in the unit of the metric."""


class _Series(Section):
    points: Annotated[list[Point], Field(min_length=2)]
    """Sizes of the experiment."""

    @model_validator(mode="after")
    def _x_differ(self) -> Self:
        if len({point.x for point in self.points}) < len(self.points):
            raise ValueError("two points have the same x")
        return self


class Slope(_Series, _Band):
    """The metric follows a straight line with the first published number as its slope."""

    kind: Literal["slope"]
    axes: Literal["linear", "log"] = "log"
    """``log``: a power law, the slope being its exponent."""


class Trend(_Series):
    """The metric rises, or falls, with every step from one x to the next."""

    kind: Literal["trend"]
    direction: Literal["rising", "falling"]
    """Which way."""


class Unjudged(Section):
    """The claim is stated only: this pipeline has no way to measure it, for now or at all."""

    kind: Literal["none"]
    verdict: Literal["not attempted", "not reproducible"] = "not attempted"
    """``not reproducible`` when what it takes cannot be had."""


Test = Annotated[Value | Bound | Order | Slope | Trend | Unjudged, Field(discriminator="kind")]


class Claim(Section):
    """A statement and the test that decides it."""

    says: str
    """The statement, as one sentence."""
    origin: Literal["paper", "control"] = "paper"
    """``control``: a statement of our own that guards the reading of the others."""
    paper: Paper
    """Where the statement stands; for a control, what it checks."""
    metric: str | None = None
    """Metric that sides without one of their own use."""
    published: tuple[Published, ...] = ()
    """Numbers that the paper gives for it."""
    test: Test
    """How it is decided."""
    scale: tuple[Scale, ...] = ()
    """Scales at which a run can decide it."""
    datasets: list[str] | None = None
    """Datasets on which it can be decided; null for all."""
    because: str = ""
    """Why it is not judged, where it is not."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if isinstance(self.test, Unjudged):
            if not self.because:
                raise ValueError("a claim that is never judged needs 'because'")
        elif not self.scale:
            raise ValueError("give the scales at which the claim is judged")
        elif any(self.metric_of(side) is None for side in self.sides()):
            raise ValueError("give a metric")
        if isinstance(self.test, Value | Slope) and math.isnan(self.number):
            raise ValueError(f"a {self.test.kind} test needs a published number")
        return self

    @property
    def number(self) -> float:
        """The first published number, NaN if there is none."""
        value = self.published[0].value if self.published else None
        return math.nan if value is None else value

    def sides(self) -> Sequence[Side]:
        """Name the runs that the test reads: the greater one of an order first, series by x."""
        match self.test:
            case Value() | Bound():
                return [self.test]
            case Order():
                return [self.test.greater, self.test.less]
            case Slope() | Trend():
                return sorted(self.test.points, key=lambda point: point.x)
            case _:
                return []

    def metric_of(self, side: Side) -> str | None:
        """Name the metric that a side is read from."""
        return side.metric or self.metric


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a name given twice is an error: the first claim would be lost silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name!r} stands there twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def load(path: Path) -> dict[str, Claim]:
    """Read the claims of one system.

    Parameters
    ----------
    path
        YAML file: a mapping from a claim's name to its fields.

    Raises
    ------
    InputError
        If the file cannot be read or a claim does not fit; the message gives each field's path.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise InputError(path, f"cannot be read ({error})", "Write the claims as YAML") from error
    try:
        return TypeAdapter(dict[str, Claim]).validate_python(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        )
        raise InputError(path, problems, "Correct these fields of the claims") from None
