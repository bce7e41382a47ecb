"""A made-up run of a system: records and files, as jobs leave them."""

import json
from pathlib import Path

from causeway.provenance import identities

STEPS = {
    "prepare": "causeway.trust.conformal.prepare.prepare",
    "evaluate": "causeway.trust.conformal.evaluate.evaluate",
    "claims": "causeway.claims.claims.claims",
}


def job(verb, inputs, outputs, *, wildcards=None, params=None, seconds=60.0):
    """Record of one job that took so long on one core and a half."""
    return {
        "rule": f"conformal_{verb}",
        "step": STEPS[verb],
        "wildcards": wildcards or {},
        "params": {"code": "0123456789ab", **(params or {})},
        "seed": 0,
        "started": "2026-01-01T10:00:00+00:00",
        "seconds": seconds,
        "cpu_seconds": 1.5 * seconds,
        "peak_rss_bytes": int(seconds * 1e7),
        "resumed": False,
        "hardware": {"cpu": "toy", "cores": 2, "memory_bytes": 8 * 10**9, "gpus": []},
        "git": {"commit": "0123456789abcdef", "dirty": False},
        "versions": {"python": "3.11.7", "torch": "2.13.0+cpu"},
        "inputs": inputs,
        "outputs": outputs,
        "history": {"runs": 1, "changed": []},
    }


def small_run():
    """Records by the file that holds them: one preparation, two evaluations, one judging."""
    here = "results/demo/conformal"
    raw = {"results/data/grch38/v1/f.gz": {"bytes": 9, "sha256": "a" * 64}}
    own = {"/home/somebody/scores.tsv": {"bytes": 3, "sha256": "b" * 64}}
    scores = {f"{here}/digits/scores.parquet": {"bytes": 5, "sha256": "c" * 64}}
    evaluated = [
        {f"{here}/digits/plain/seed{seed}/metrics.parquet": {"bytes": 7, "sha256": f"{seed}" * 64}}
        for seed in range(2)
    ]
    definitions = {"<project>/config/claims/conformal.yaml": {"bytes": 2, "sha256": "d" * 64}}
    judged = {f"{here}/claims.tsv": {"bytes": 4, "sha256": "e" * 64}}
    found = {"prepare": job("prepare", raw | own, scores, params={"source": "structures-sample"})}
    for seed, metrics in enumerate(evaluated):
        wildcards = {"dataset": "digits", "variant": "plain", "seed": str(seed)}
        found[f"evaluate_{seed}"] = job("evaluate", scores, metrics, wildcards=wildcards)
    found["claims"] = job("claims", evaluated[0] | evaluated[1] | definitions, judged)
    return {Path(f"{here}/logs/{name}.json"): record for name, record in found.items()}


def write(records):
    """Write the records, and stand-ins for the results that they name."""
    for path, record in records.items():
        for file in record["outputs"]:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            if not Path(file).exists():
                Path(file).write_text("stand-in")
        record["outputs"] = identities(map(Path, record["outputs"]))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))


def leave(path, rule, **changed):
    """Write the record of one job of any rule: three seconds, seven bytes."""
    record = job("evaluate", {}, {"a": {"bytes": 7}}, seconds=3.0) | {"rule": rule} | changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
