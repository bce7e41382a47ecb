from causeway.cluster.requests import to_train
from causeway.data.file_state import file_state
from causeway.fingerprint import fingerprint

run = config["run"]
known_targets = any(
    config["variants"][variant]["targets"] == "known" for variant in run["variants"]
)
states = {
    dataset: file_state(config["sources"][dataset].get("path"))
    for dataset in run["datasets"]
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=["effects", "structure", "predictions"],
        ),


rule prepare:
    output:
        environments=directory("<results>/{dataset}/environments"),
        perturbations="<results>/{dataset}/perturbations.tsv",
    log:
        "<logs>/prepare_{dataset}.log",
    benchmark:
        "<benchmarks>/prepare_{dataset}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="1h",
        mem="8GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        split=config["split"],
        seeds=run["seeds"],
        known_targets=known_targets,
        state=lookup(within=states, dpath="{dataset}"),
        code=fingerprint("causeway.cells.stadion.prepare"),
    script:
        "scripts/stadion_prepare.py"


rule train:
    input:
        environments="<results>/{dataset}/environments",
    output:
        checkpoint="<results>/{dataset}/{variant}/model.ckpt",
        history="<results>/{dataset}/{variant}/history.parquet",
    log:
        "<logs>/train_{dataset}_{variant}.log",
    benchmark:
        "<benchmarks>/train_{dataset}_{variant}.tsv"
    retries: 2
    conda:
        "../envs/cells.yaml"
    resources:
        **to_train(config["hardware"]),
        runtime="6h",
        mem="8GB",
    params:
        settings=lookup(within=config["variants"], dpath="{variant}"),
        training=config["training"],
        hardware=config["hardware"],
        seeds=run["seeds"],
        code=fingerprint("causeway.cells.stadion.train"),
    script:
        "scripts/stadion_train.py"


rule evaluate:
    input:
        environments="<results>/{dataset}/environments",
        checkpoint="<results>/{dataset}/{variant}/model.ckpt",
    output:
        metrics="<results>/{dataset}/{variant}/metrics.parquet",
        scores="<results>/{dataset}/{variant}/scores.parquet",
        effects="<results>/{dataset}/{variant}/effects.parquet",
        predictions="<results>/{dataset}/{variant}/predictions.h5ad",
    log:
        "<logs>/evaluate_{dataset}_{variant}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{variant}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="4h",
        mem="8GB",
    params:
        simulation=config["simulation"],
        code=fingerprint("causeway.cells.stadion.evaluate"),
    script:
        "scripts/stadion_evaluate.py"


rule draw:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{variant}/metrics.parquet", variant=run["variants"]
        ),
        scores=collect(
            "<results>/{{dataset}}/{variant}/scores.parquet", variant=run["variants"]
        ),
        matrices=collect(
            "<results>/{{dataset}}/{variant}/effects.parquet", variant=run["variants"]
        ),
    output:
        effects=report(
            "<results>/{dataset}/figure-effects.svg",
            caption="report/stadion_effects.rst",
            category="Stationary diffusions",
            labels={"dataset": "{dataset}", "figure": "effects"},
        ),
        structure=report(
            "<results>/{dataset}/figure-structure.svg",
            caption="report/stadion_structure.rst",
            category="Stationary diffusions",
            labels={"dataset": "{dataset}", "figure": "recovery of effects"},
        ),
        predictions=report(
            "<results>/{dataset}/figure-predictions.svg",
            caption="report/stadion_predictions.rst",
            category="Stationary diffusions",
            labels={"dataset": "{dataset}", "figure": "held-out interventions"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="20m",
        mem="2GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        variants=list(config["variants"]),
        code=fingerprint("causeway.cells.stadion.draw"),
    script:
        "scripts/stadion_draw.py"


judged_metrics = collect(
    "<results>/{dataset}/{variant}/metrics.parquet",
    dataset=run["datasets"],
    variant=run["variants"],
)
synthetic = [
    name for name, source in config["sources"].items() if source["kind"] != "screen"
]
redrawn = synthetic


include: "claims.smk"
