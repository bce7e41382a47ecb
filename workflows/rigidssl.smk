from pathlib import Path

from causeway.cluster.requests import to_predict, to_train
from causeway.fingerprint import fingerprint
from causeway.proteins.supply.state import state

run = config["run"]
shards = {
    dataset: list(range(source["shards"]))
    for dataset, source in config["sources"].items()
}

states = {
    dataset: state(config["sources"][dataset], Path(workflow.basedir))
    for dataset in run["datasets"]
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",
    shard=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=["curves", "losses", "errors", "invariance"],
        ),


rule survey:
    output:
        plan="<data>/{dataset}/plan.json",
    log:
        "<logs>/survey_{dataset}.log",
    benchmark:
        "<benchmarks>/survey_{dataset}.tsv"
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime="10m",
        mem="1GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        seed=config["seed"],
        state=lookup(within=states, dpath="{dataset}"),
        code=fingerprint("causeway.proteins.rigidssl.survey", apart="causeway.data"),
    script:
        "scripts/rigidssl_survey.py"


rule fetch:
    input:
        plan="<data>/{dataset}/plan.json",
    output:
        archive="<data>/{dataset}/shard{shard}.tar",
        manifest="<data>/{dataset}/shard{shard}.tsv",
    log:
        "<logs>/fetch_{dataset}_{shard}.log",
    benchmark:
        "<benchmarks>/fetch_{dataset}_{shard}.tsv"
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime="4h",
        downloads=1,
        mem="2GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        code=fingerprint("causeway.proteins.rigidssl.fetch", apart="causeway.data"),
    script:
        "scripts/rigidssl_fetch.py"


rule prepare:
    input:
        archive="<data>/{dataset}/shard{shard}.tar",
        manifest="<data>/{dataset}/shard{shard}.tsv",
    output:
        shard="<results>/{dataset}/shards/{shard}.arrow",
        index="<results>/{dataset}/shards/{shard}.parquet",
        refused="<results>/{dataset}/shards/{shard}-refused.tsv",
    log:
        "<logs>/prepare_{dataset}_{shard}.log",
    benchmark:
        "<benchmarks>/prepare_{dataset}_{shard}.tsv"
    conda:
        "../envs/proteins.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        filters=config["filters"],
        code=fingerprint("causeway.proteins.rigidssl.prepare"),
    script:
        "scripts/rigidssl_prepare.py"


rule split:
    input:
        indices=collect(
            "<results>/{{dataset}}/shards/{shard}.parquet",
            shard=lookup(within=shards, dpath="{dataset}"),
        ),
        refusals=collect(
            "<results>/{{dataset}}/shards/{shard}-refused.tsv",
            shard=lookup(within=shards, dpath="{dataset}"),
        ),
    output:
        index="<results>/{dataset}/index.parquet",
        leakage="<results>/{dataset}/leakage.tsv",
        refused="<results>/{dataset}/refused.tsv",
    log:
        "<logs>/split_{dataset}.log",
    benchmark:
        "<benchmarks>/split_{dataset}.tsv"
    conda:
        "../envs/proteins.yaml"
    threads: 2
    resources:
        runtime="4h",
        mem="16GB",
    params:
        split=config["split"],
        run_seed=config["seed"],
        code=fingerprint("causeway.proteins.rigidssl.split"),
    script:
        "scripts/rigidssl_split.py"


rule pretrain:
    input:
        index="<results>/{dataset}/index.parquet",
        shards=collect(
            "<results>/{{dataset}}/shards/{shard}.arrow",
            shard=lookup(within=shards, dpath="{dataset}"),
        ),
    output:
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/model.ckpt",
        history="<results>/{dataset}/{variant}/seed{seed}/history.parquet",
    log:
        "<logs>/pretrain_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/pretrain_{dataset}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/proteins.yaml"
    threads: config["hardware"]["devices"] * (1 + config["training"]["workers"])
    resources:
        **to_train(config["hardware"]),
        runtime="3d",
        mem="32GB",
    params:
        variant=lookup(within=config["variants"], dpath="{variant}"),
        network=config["network"],
        training=config["training"],
        hardware=config["hardware"],
        code=fingerprint("causeway.proteins.rigidssl.pretrain"),
    script:
        "scripts/rigidssl_pretrain.py"


rule evaluate:
    input:
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/model.ckpt",
        index="<results>/{dataset}/index.parquet",
        shards=collect(
            "<results>/{{dataset}}/shards/{shard}.arrow",
            shard=lookup(within=shards, dpath="{dataset}"),
        ),
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        residues="<results>/{dataset}/{variant}/seed{seed}/residues.parquet",
    log:
        "<logs>/evaluate_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/proteins.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="4h",
        mem="16GB",
    params:
        evaluation=config["evaluation"],
        hardware=config["hardware"],
        code=fingerprint("causeway.proteins.rigidssl.evaluate"),
    script:
        "scripts/rigidssl_evaluate.py"


rule draw:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/metrics.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
        histories=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/history.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
        residues=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/residues.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
    output:
        curves=report(
            "<results>/{dataset}/figure-curves.svg",
            caption="report/rigidssl_curves.rst",
            category="RigidSSL",
            labels={"dataset": "{dataset}", "figure": "learning curves"},
        ),
        losses=report(
            "<results>/{dataset}/figure-losses.svg",
            caption="report/rigidssl_losses.rst",
            category="RigidSSL",
            labels={"dataset": "{dataset}", "figure": "held-out losses"},
        ),
        errors=report(
            "<results>/{dataset}/figure-errors.svg",
            caption="report/rigidssl_errors.rst",
            category="RigidSSL",
            labels={"dataset": "{dataset}", "figure": "errors by residue"},
        ),
        invariance=report(
            "<results>/{dataset}/figure-invariance.svg",
            caption="report/rigidssl_invariance.rst",
            category="RigidSSL",
            labels={"dataset": "{dataset}", "figure": "invariance"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="20m",
        mem="4GB",
    params:
        source=lookup(within=config["sources"], dpath="{dataset}"),
        variants=list(config["variants"]),
        code=fingerprint("causeway.proteins.rigidssl.draw"),
    script:
        "scripts/rigidssl_draw.py"


judged_metrics = collect(
    "<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
    dataset=run["datasets"],
    variant=run["variants"],
    seed=run["seeds"],
)
synthetic = [
    name for name, source in config["sources"].items() if source["kind"] == "synthetic"
]
redrawn = []


include: "claims.smk"
