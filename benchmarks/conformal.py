"""Seconds to plan a calibration set, by the planner and by looking at every size.

The peer computes the binomial form of the risk at each size up to a limit; both must give the same
answer wherever the peer can look.
"""

import argparse
import json
import os
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from scipy import stats

from causeway.trust.conformal import plan
from causeway.trust.conformal.planner import Plan

ALPHA, DELTA = 0.1, 0.05
SCANNED = {0.05: 2_000, 0.02: 10_000, 0.01: 40_000}
"""Slack, and the size up to which the peer looks."""
LONG = {0.002: None, 0.001: None, 0.00049: None}
ROUNDS = 3


def scan(slack: float, most: int) -> Plan:
    """First and lasting size, one size after the other."""
    exact = Fraction(str(ALPHA))
    first, last_bad = 0, 0
    for m in range(1, most + 1):
        allowed = (m + 1) * exact.numerator // exact.denominator
        if not allowed or stats.binom.cdf(allowed - 1, m, ALPHA + slack) > DELTA:
            last_bad = m
        else:
            first = first or m
    return Plan(first, last_bad + 1)


def timed(function, *arguments) -> tuple[float, Plan]:
    start = perf_counter()
    found = function(*arguments)
    return perf_counter() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    output = parser.parse_args().output
    rows = []
    for slack, most in (SCANNED | LONG).items():
        seconds, found = min(timed(plan, ALPHA, slack, DELTA) for _ in range(ROUNDS))
        row = {"slack": slack, **found._asdict(), "planner_seconds": seconds}
        if most:
            peer_seconds, peer = timed(scan, slack, most)
            if peer != found:
                raise SystemExit(f"the planner says {found}, the scan {peer}")
            row |= {"scanned": most, "scan_seconds": peer_seconds}
        rows.append(row)
    output.mkdir(parents=True, exist_ok=True)
    report = {"load": os.getloadavg()[0], "alpha": ALPHA, "delta": DELTA, "rows": rows}
    (output / "conformal.json").write_text(json.dumps(report, indent=2) + "\n")
    lines = [
        "# Planning a calibration set, one process",
        "",
        f"alpha {ALPHA}, delta {DELTA}; the scan looks at every size up to the given one.",
        "",
        "| slack | size | planner, s | scan, s | sizes scanned |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        scan_seconds = f"{row['scan_seconds']:.2f}" if "scanned" in row else "–"
        lines.append(
            f"| {row['slack']} | {row['size']:,} | {row['planner_seconds']:.4f} | {scan_seconds} "
            f"| {row.get('scanned', '–')} |"
        )
    (output / "conformal.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
