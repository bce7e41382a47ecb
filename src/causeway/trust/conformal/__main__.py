"""The command ``python -m causeway.trust.conformal``: audit scores, plan calibration sets."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from causeway.errors import InputError
from causeway.figures import save, style
from causeway.trust.conformal import plots
from causeway.trust.conformal.laws import CoverageLaw
from causeway.trust.conformal.observation import observe
from causeway.trust.conformal.planner import plan as planned
from causeway.trust.conformal.resampling import audit as audited
from causeway.trust.conformal.scores import GROUP, ROLE, read_scores

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Conformal prediction with small calibration sets (arXiv:2512.14727).",
)

Alpha = Annotated[float, typer.Option(help="Share of errors allowed on average.")]
Slack = Annotated[float, typer.Option(help="Coverage below 1 - alpha - slack is a shortfall.")]
Delta = Annotated[float, typer.Option(help="Probability of a bad calibration set to allow.")]


@app.command()
def audit(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="SCORES",
            help="CSV or Parquet, a row per example the model did not learn from. Column 'score': "
            "nonconformity of the true label. Optional: 'group'; 'score-<label>' for set sizes; "
            "'role' (calibration or test) for a check of the coverage you saw.",
        ),
    ],
    calibration: Annotated[list[int], typer.Option(help="Calibration points; may be repeated.")],
    alpha: Alpha = 0.1,
    slack: Slack = 0.05,
    delta: Delta = 0.1,
    per_group: Annotated[
        bool, typer.Option("--per-group", help="A threshold per group (Mondrian).")
    ] = False,
    draws: Annotated[int, typer.Option(min=1, help="Calibration sets to draw.")] = 2000,
    seed: Annotated[int, typer.Option(help="Makes the audit repeatable.")] = 0,
    output: Annotated[Path, typer.Option(help="Folder for audit.tsv and figures.")] = Path(
        "audit"
    ),
) -> None:
    """Show what calibration sets of a given size do with your scores."""
    scores = read_scores(path)
    summary, histograms = audited(
        scores,
        alpha=alpha,
        sizes=calibration,
        slack=slack,
        delta=delta,
        draws=draws,
        per_group=per_group,
        seed=seed,
    )
    if left_out := sorted(set(calibration) - set(summary["size"])):
        typer.echo(
            f"Left out: calibration sizes {', '.join(map(str, left_out))} leave no example of "
            + ("the smallest group" if per_group else "the file")
            + " to see coverage on",
            err=True,
        )
    output.mkdir(parents=True, exist_ok=True)
    summary.to_csv(output / "audit.tsv", sep="\t", index=False)
    named = {"variant": "per group" if per_group else "one threshold"}
    sized = summary["set_size"].notna().any()
    with style():
        bars = plots.coverages(histograms.assign(**named), summary.assign(**named), alpha, slack)
        save(bars, output / "coverage.svg")
        (output / "size.svg").unlink(missing_ok=True)  # an earlier audit may have left one
        if sized:
            save(plots.set_sizes(summary.assign(**named)), output / "size.svg")
    columns = ["size", "method", "mean", "shortfall", "law_shortfall", "ks", "tied", "threshold"]
    shown = summary[[*columns, "set_size", "set_size_spread"]].dropna(axis="columns", how="all")
    typer.echo(shown.to_string(index=False, float_format="{:.4f}".format))
    if ROLE in scores:
        parts = scores.groupby(GROUP) if per_group else [("", scores)]
        for group, part in parts:
            typer.echo(f"Group {group}: {_seen(part, alpha)}" if per_group else _seen(part, alpha))
    figures = "coverage.svg, size.svg" if sized else "coverage.svg"
    typer.echo(f"Wrote {output}/audit.tsv, {figures}")
    if not sized:
        typer.echo("No figure of set sizes: the file has no column 'score-<label>' per label")


@app.command()
def plan(alpha: Alpha = 0.1, slack: Slack = 0.05, delta: Delta = 0.1) -> None:
    """Say how many calibration points keep one set from falling short."""
    first, size = planned(alpha, slack, delta)
    law = CoverageLaw.of(size, alpha)
    typer.echo(f"P(coverage < {1 - alpha - slack:.6g}) <= {delta:g}:")
    if first < size:
        typer.echo(f"  first kept with {first} calibration points, but not by every larger set")
    typer.echo(f"  kept with {size} calibration points and any number above")
    typer.echo(
        f"  with {size}, coverage is {law.mean:.4f} on average, and between "
        f"{law.quantile(0.05):.4f} and {law.quantile(0.95):.4f} for 90 % of calibration sets"
    )


def _seen(scores: pd.DataFrame, alpha: float) -> str:
    """Say what one threshold did on the test examples; a group may lack one of the roles."""
    if missing := {"calibration", "test"} - set(scores[ROLE]):
        return f"No check of coverage: no example has the role {' or '.join(sorted(missing))}"
    seen = observe(scores, alpha)
    return (
        f"Seen on {seen.heldout} test examples after {seen.points} calibration examples: "
        f"coverage {seen.coverage:.4f}; 95 % of such sets give {seen.low:.4f} to "
        f"{seen.high:.4f} (p = {seen.p_value:.3g})"
    )


def main() -> None:
    """Run the command; bad input ends it with one line and status 2."""
    try:
        app(prog_name="python -m causeway.trust.conformal")
    except InputError as error:
        typer.echo(f"conformal: {error}", err=True)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
