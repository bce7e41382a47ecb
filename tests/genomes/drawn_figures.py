"""What figures say, for tests of them."""

import re

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def title_of(axes: Axes) -> str:
    """Title of a panel; the style of the house puts it to the left."""
    return axes.get_title(loc="left") or axes.get_title()


def legend_of(figure: Figure) -> list[str]:
    """Entries of the legend of a figure."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def told(svg: str) -> str:
    """Title and remark of a figure that was written."""
    found = re.search("<dc:title>(.*?)</dc:title>", svg, re.S)
    assert found is not None
    return found[1]
