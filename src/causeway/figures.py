"""One look for all figures, and files that are the same bytes for the same numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure
from matplotlib.typing import LineStyleType

# Okabe and Ito, "Color Universal Design" (2008), without yellow, which is too pale for lines.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES: tuple[LineStyleType, ...] = ("-", "--", ":", "-.")
INK = "#1f2933"
MUTED = "#7b8794"

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "figure.figsize": (6.4, 3.6),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.dpi": 200,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "legend.frameon": False,
    "image.cmap": "cividis",
    "svg.fonttype": "path",
    "svg.hashsalt": "causeway",
}


class Look(NamedTuple):
    """Colour, marker and line of one variant; any one of the three tells variants apart."""

    color: str
    marker: str
    linestyle: LineStyleType


@contextmanager
def style() -> Iterator[None]:
    """Draw in the look of the house inside this block; settings outside stay untouched."""
    with mpl.rc_context(STYLE):
        yield


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Give each name its own look.

    Call it with *all* variants of the configuration, in its order, in each figure: then a
    variant keeps its colour even in figures from which others are absent.

    Parameters
    ----------
    names
        Up to 7 names have colours and markers of their own; line styles repeat after 4.
    """
    return {
        name: Look(PALETTE[i % len(PALETTE)], MARKERS[i % len(MARKERS)], LINES[i % len(LINES)])
        for i, name in enumerate(names)
    }


def remark(figure: Figure, text: str) -> None:
    """Put a line below the title of a figure, for example what its data are."""
    figure.suptitle(f"{figure.get_suptitle()}\n{text}", x=0.01, ha="left")


def save(figure: Figure, path: Path, title: str | None = None) -> None:
    """Write a figure as SVG or PNG, by the suffix of ``path``, with its title as metadata.

    Equal figures give equal bytes: no date, no random identifiers.

    Parameters
    ----------
    figure
        Best made as ``matplotlib.figure.Figure()`` inside ``style()``, which needs neither
        pyplot nor a display and leaves nothing open.
    path
        Target; it is overwritten.
    title
        What the figure shows; its suptitle if not given.
    """
    metadata: dict[str, str | None] = {"Title": title or figure.get_suptitle()}
    if path.suffix == ".svg":
        metadata |= {"Creator": "causeway", "Date": None}
    else:
        metadata |= {"Software": "causeway"}
    with style():
        figure.savefig(path, metadata=metadata)
