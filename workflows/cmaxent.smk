from causeway.fingerprint import fingerprint

run = config["run"]
directions = ["causal", "anticausal"]
kinds = {dataset: source["kind"] for dataset, source in config["sources"].items()}
files = {
    dataset: [source["path"]] if source["kind"] == "table" else []
    for dataset, source in config["sources"].items()
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=["boundaries", "scores"],
        ),


rule evaluate:
    input:
        printed=f"{workflow.basedir}/config/references/cmaxent/worked.tsv",
        rows=lookup(within=files, dpath="{dataset}"),
    output:
        causal="<results>/{dataset}/causal/seed{seed}/metrics.parquet",
        anticausal="<results>/{dataset}/anticausal/seed{seed}/metrics.parquet",
        predictors="<results>/{dataset}/predictors/seed{seed}.tsv",
        panels="<results>/{dataset}/predictors/seed{seed}.json",
    log:
        "<logs>/evaluate_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        code=fingerprint("causeway.causal.cmaxent.evaluate"),
    script:
        "scripts/cmaxent_evaluate.py"


rule draw:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/metrics.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
        panels=collect(
            "<results>/{{dataset}}/predictors/seed{seed}.json",
            seed=run["seeds"],
        ),
    output:
        boundaries=report(
            "<results>/{dataset}/figure-boundaries.svg",
            caption="report/cmaxent_boundaries.rst",
            category="CMAXENT",
            labels={"dataset": "{dataset}", "figure": "decision boundaries"},
        ),
        scores=report(
            "<results>/{dataset}/figure-scores.svg",
            caption="report/cmaxent_scores.rst",
            category="CMAXENT",
            labels={"dataset": "{dataset}", "figure": "scores"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        variants=directions,
        kind=lookup(within=kinds, dpath="{dataset}"),
        code=fingerprint("causeway.causal.cmaxent.draw"),
    script:
        "scripts/cmaxent_draw.py"


# A claim may only name metrics that a run has: those of the made-up worlds run along with any data.
judged_metrics = collect(
    "<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
    dataset=list(dict.fromkeys([*run["datasets"], "worked", "worlds"])),
    variant=directions,
    seed=run["seeds"],
)
synthetic = [name for name, kind in kinds.items() if kind in ("worked", "worlds")]
redrawn = []


include: "claims.smk"
