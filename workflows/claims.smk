# The last rule of every system, which includes this file after it has said what is judged:
# `judged_metrics`, its metrics files, `synthetic`, the names of its made-up datasets, and `redrawn`,
# those of datasets that are drawn anew with each seed, or `<dataset>/<first part of the metric>`.

from causeway.fingerprint import fingerprint


rule claims:
    input:
        metrics=judged_metrics,
        claims=f"{workflow.basedir}/config/claims/{config['system']}.yaml",
    output:
        judged="<results>/claims.tsv",
    log:
        "<logs>/claims.log",
    benchmark:
        "<benchmarks>/claims.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        scale=config["scale"],
        system=config["system"],
        synthetic=synthetic,
        redrawn=redrawn,
        code=fingerprint("causeway.claims.claims"),
    script:
        "scripts/claims.py"
