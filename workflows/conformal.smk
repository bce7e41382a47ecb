from causeway.fingerprint import fingerprint
from causeway.data.file_state import file_state

run = config["run"]
references = f"{workflow.basedir}/config/references/conformal"
states = {
    dataset: file_state(config["sources"][dataset].get("path"))
    for dataset in run["datasets"]
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        "<results>/law/figure-guarantee.svg",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=["coverage", "size"],
        ),


rule tabulate:
    input:
        laws=f"{references}/coverage-law.tsv",
        first_sizes=f"{references}/first-sizes.tsv",
        audits=f"{references}/audits.tsv",
    output:
        metrics="<results>/law/exact/seed0/metrics.parquet",
        computed="<results>/law/coverage-law.tsv",
        guarantee=report(
            "<results>/law/figure-guarantee.svg",
            caption="report/conformal_guarantee.rst",
            category="Conformal",
            labels={"dataset": "law", "figure": "guarantee by size"},
        ),
    log:
        "<logs>/tabulate.log",
    benchmark:
        "<benchmarks>/tabulate.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        settings=config["audit"],
        code=fingerprint("causeway.trust.conformal.tabulate"),
    script:
        "scripts/conformal_tabulate.py"


rule prepare:
    output:
        scores="<results>/{dataset}/seed{seed}/scores.parquet",
    log:
        "<logs>/prepare_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/prepare_{dataset}_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="2h",
        mem="8GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        state=lookup(within=states, dpath="{dataset}"),
        code=fingerprint("causeway.trust.conformal.prepare"),
    script:
        "scripts/conformal_prepare.py"


rule evaluate:
    input:
        scores="<results>/{dataset}/seed{seed}/scores.parquet",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        audit="<results>/{dataset}/{variant}/seed{seed}/audit.tsv",
        coverages="<results>/{dataset}/{variant}/seed{seed}/coverages.parquet",
    log:
        "<logs>/evaluate_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        settings=config["audit"],
        calibration=lookup(within=config["variants"], dpath="{variant}"),
        code=fingerprint("causeway.trust.conformal.evaluate"),
    script:
        "scripts/conformal_evaluate.py"


rule draw:
    input:
        audits=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/audit.tsv",
            variant=run["variants"],
            seed=run["seeds"],
        ),
        histograms=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/coverages.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
    output:
        coverage=report(
            "<results>/{dataset}/figure-coverage.svg",
            caption="report/conformal_coverage.rst",
            category="Conformal",
            labels={"dataset": "{dataset}", "figure": "coverage"},
        ),
        size=report(
            "<results>/{dataset}/figure-size.svg",
            caption="report/conformal_size.rst",
            category="Conformal",
            labels={"dataset": "{dataset}", "figure": "set sizes"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        settings=config["audit"],
        code=fingerprint("causeway.trust.conformal.draw"),
    script:
        "scripts/conformal_draw.py"


judged_metrics = [
    "<results>/law/exact/seed0/metrics.parquet",
    *collect(
        "<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        dataset=run["datasets"],
        variant=run["variants"],
        seed=run["seeds"],
    ),
]
synthetic = []
redrawn = []


include: "claims.smk"
