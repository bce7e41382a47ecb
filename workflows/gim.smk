from causeway.cluster.requests import to_train
from causeway.data.file_state import file_state
from causeway.fingerprint import fingerprint

run = config["run"]
sources = config["sources"]
states = {
    dataset: file_state(sources[dataset].get("path")) for dataset in run["datasets"]
}
published = [
    dataset for dataset, source in sources.items() if source["kind"] == "sciplex"
]
raw_cells = {
    dataset: (
        [workflow.pathvars.apply(f"<data>/{source['cells_file']}")]
        if dataset in published
        else []
    )
    for dataset, source in sources.items()
}
raw_smiles = {
    dataset: workflow.pathvars.apply(f"<data>/{sources[dataset]['smiles_file']}")
    for dataset in published
}
described = {
    dataset: (
        [workflow.pathvars.apply(f"<results>/{dataset}/drugs.parquet")]
        if dataset in published
        else []
    )
    for dataset in sources
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
            figure=["posteriors", "distances", "curves"],
        ),


rule fingerprints:
    input:
        smiles=lookup(within=raw_smiles, dpath="{dataset}"),
    output:
        drugs="<results>/{dataset}/drugs.parquet",
    log:
        "<logs>/fingerprints_{dataset}.log",
    benchmark:
        "<benchmarks>/fingerprints_{dataset}.tsv"
    conda:
        "../envs/chemistry.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        code=fingerprint("causeway.cells.gim.fingerprints"),
    script:
        "scripts/gim_fingerprints.py"


rule prepare:
    input:
        cells=lookup(within=raw_cells, dpath="{dataset}"),
        drugs=lookup(within=described, dpath="{dataset}"),
    output:
        screens=directory("<results>/{dataset}/screens"),
    log:
        "<logs>/prepare_{dataset}.log",
    benchmark:
        "<benchmarks>/prepare_{dataset}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="2h",
        mem="16GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        seeds=run["seeds"],
        state=lookup(within=states, dpath="{dataset}"),
        code=fingerprint("causeway.cells.gim.prepare"),
    script:
        "scripts/gim_prepare.py"


rule train:
    input:
        screens="<results>/{dataset}/screens",
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
        runtime="1d",
        mem="16GB",
    params:
        settings=lookup(within=config["variants"], dpath="{variant}"),
        network=config["network"],
        priors=config["priors"],
        training=config["training"],
        hardware=config["hardware"],
        seeds=run["seeds"],
        code=fingerprint("causeway.cells.gim.train"),
    script:
        "scripts/gim_train.py"


rule evaluate:
    input:
        checkpoint="<results>/{dataset}/{variant}/model.ckpt",
        screens="<results>/{dataset}/screens",
    output:
        metrics="<results>/{dataset}/{variant}/metrics.parquet",
        scores="<results>/{dataset}/{variant}/scores.parquet",
        targets="<results>/{dataset}/{variant}/targets.parquet",
        predictions="<results>/{dataset}/{variant}/predictions.h5ad",
    log:
        "<logs>/evaluate_{dataset}_{variant}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{variant}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="4h",
        mem="16GB",
    params:
        evaluation=config["evaluation"],
        seeds=run["seeds"],
        code=fingerprint("causeway.cells.gim.evaluate"),
    script:
        "scripts/gim_evaluate.py"


rule draw:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{variant}/metrics.parquet", variant=run["variants"]
        ),
        histories=collect(
            "<results>/{{dataset}}/{variant}/history.parquet", variant=run["variants"]
        ),
        targets=collect(
            "<results>/{{dataset}}/{variant}/targets.parquet", variant=run["variants"]
        ),
    output:
        posteriors=report(
            "<results>/{dataset}/figure-posteriors.svg",
            caption="report/gim_posteriors.rst",
            category="GIM",
            labels={"dataset": "{dataset}", "figure": "target posteriors"},
        ),
        distances=report(
            "<results>/{dataset}/figure-distances.svg",
            caption="report/gim_distances.rst",
            category="GIM",
            labels={"dataset": "{dataset}", "figure": "energy distances"},
        ),
        curves=report(
            "<results>/{dataset}/figure-curves.svg",
            caption="report/gim_curves.rst",
            category="GIM",
            labels={"dataset": "{dataset}", "figure": "learning curves"},
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
        source=lookup(within=sources, dpath="{dataset}"),
        variants=list(config["variants"]),
        code=fingerprint("causeway.cells.gim.draw"),
    script:
        "scripts/gim_draw.py"


judged_metrics = collect(
    "<results>/{dataset}/{variant}/metrics.parquet",
    dataset=run["datasets"],
    variant=run["variants"],
)
synthetic = [name for name, source in sources.items() if source["kind"] == "hill-world"]
redrawn = synthetic


include: "claims.smk"
