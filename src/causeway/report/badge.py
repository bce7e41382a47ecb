"""The step that draws how many claims of papers held: a small image for a README."""

from pathlib import Path
from xml.sax.saxutils import escape

from causeway.claims import table as tables
from causeway.claims.judging import Verdict

SHORT = {
    Verdict.REPRODUCED: "reproduced",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_REPRODUCED: "not reproduced",
}
"""Verdicts that are counted, in the order of the page; claims that nothing judged are left out."""
COLOURS = {
    Verdict.REPRODUCED: "#00664d",
    Verdict.INCONCLUSIVE: "#7a5200",
    Verdict.NOT_REPRODUCED: "#a33c00",
}
HEIGHT, PADDING = 20, 8
ADVANCE = 6.6
"""Width of a letter of 11 px, on average and at most; `textLength` sets the rest."""


def badge(*, table: Path, image: Path, scale: str) -> None:
    """Count the verdicts on claims of papers, controls of ours left out, as SVG.

    Parameters
    ----------
    table
        Judged claims of all systems.
    image
        SVG file to write; it needs no font nor service.
    scale
        Scale of the run, which stands on the badge.
    """
    found = tables.read(table)
    judged = found.loc[found["origin"] == "paper", "verdict"]
    counts = {verdict: int((judged == verdict).sum()) for verdict in SHORT}
    systems = found["system"].unique()
    whose = systems[0] if len(systems) == 1 else f"{len(systems)} systems"
    image.write_text(draw(f"claims of {whose} at scale {scale}", counts), encoding="utf-8")


def draw(subject: str, counts: dict[Verdict, int]) -> str:
    """Draw the counts as one line of coloured fields.

    Parameters
    ----------
    subject
        What was counted; the first field.
    counts
        Number of claims by verdict.
    """
    fields = [(subject, "#4a5561")]
    fields += [
        (f"{count} {SHORT[verdict]}", COLOURS[verdict]) for verdict, count in counts.items()
    ]
    title = ", ".join(text for text, _ in fields).replace(",", ":", 1)
    parts, x = [], 0.0
    for text, colour in fields:
        width = len(text) * ADVANCE
        parts.append(
            f'<rect x="{x:.1f}" width="{width + 2 * PADDING:.1f}" height="{HEIGHT}" '
            f'fill="{colour}"/><text x="{x + PADDING:.1f}" y="14" textLength="{width:.1f}">'
            f"{escape(text)}</text>"
        )
        x += width + 2 * PADDING
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x:.1f}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<clipPath id="r"><rect width="{x:.1f}" height="{HEIGHT}" rx="3"/></clipPath>'
        '<g clip-path="url(#r)" fill="#fff" font-size="11" '
        f'font-family="Verdana, DejaVu Sans, sans-serif">{"".join(parts)}</g></svg>\n'
    )
