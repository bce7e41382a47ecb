from causeway.cluster.requests import to_train
from causeway.data.file_state import file_state
from causeway.fingerprint import fingerprint
from causeway.language.gidd.settings import Recipe, Sweep
from causeway.language.gidd.sweep import of_shard, plans, shares

run = config["run"]
hardware = config["recipe"]["hardware"]
sources = {dataset: config["sources"][dataset] for dataset in run["datasets"]}
states = {
    dataset: file_state(source.get("path")) for dataset, source in sources.items()
}
raw = {
    dataset: (
        [workflow.pathvars.apply(f"<results>/{dataset}/raw")]
        if source["kind"] == "registered"
        else []
    )
    for dataset, source in sources.items()
}
sweep = config["sweep"] | {
    "noises": {noise: config["variants"][noise] for noise in run["variants"]},
    "seeds": run["seeds"],
    "sizes": {size: config["sizes"][size] for size in config["sweep"]["sizes"]},
}
training = Recipe.model_validate(config["recipe"]).training
listed = plans(Sweep.model_validate(sweep), training)
shared = {
    str(shard): [plan.model_dump(mode="json") for plan in share]
    for shard, share in enumerate(shares(listed, config["jobs"], training.length))
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    shard=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=[
                "compute",
                "isoflops",
                "exponents",
                "batches",
                "samples",
                "corrections",
            ],
        ),


rule fetch:
    output:
        raw=directory("<results>/{dataset}/raw"),
    log:
        "<logs>/fetch_{dataset}.log",
    benchmark:
        "<benchmarks>/fetch_{dataset}.tsv"
    retries: 2
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime="12h",
        downloads=1,
        mem="1GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        code=fingerprint("causeway.language.gidd.fetch", apart="causeway.data"),
    script:
        "scripts/gidd_fetch.py"


rule tokenise:
    input:
        raw=lookup(within=raw, dpath="{dataset}"),
    output:
        tokens=directory("<results>/{dataset}/tokens"),
    log:
        "<logs>/tokenise_{dataset}.log",
    benchmark:
        "<benchmarks>/tokenise_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    threads: config["threads"]
    resources:
        runtime="4h",
        mem="16GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        settings=config["tokens"],
        state=lookup(within=states, dpath="{dataset}"),
        code=fingerprint("causeway.language.gidd.tokenise"),
    script:
        "scripts/gidd_tokenise.py"


# A job trains its share of the runs one after another, as it takes some four seconds to import
# torch and Lightning. There are so many jobs that the runs of each take at least ten times as long.
rule train:
    input:
        tokens="<results>/{dataset}/tokens",
    output:
        runs=directory("<results>/{dataset}/runs/{shard}"),
    log:
        "<logs>/train_{dataset}_{shard}.log",
    benchmark:
        "<benchmarks>/train_{dataset}_{shard}.tsv"
    retries: 2
    conda:
        "../envs/language.yaml"
    threads: config["threads"]
    resources:
        **to_train(hardware),
        runtime="2d",
        mem="8GB",
    params:
        plans=of_shard(shared),
        recipe=config["recipe"],
        code=fingerprint("causeway.language.gidd.train"),
    script:
        "scripts/gidd_train.py"


rule gather:
    input:
        runs=collect("<results>/{{dataset}}/runs/{shard}", shard=shared),
    output:
        curves="<results>/{dataset}/curves.parquet",
    log:
        "<logs>/gather_{dataset}.log",
    benchmark:
        "<benchmarks>/gather_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    resources:
        runtime="30m",
        mem="2GB",
    params:
        sweep=sweep,
        recipe=config["recipe"],
        code=fingerprint("causeway.language.gidd.gather"),
    script:
        "scripts/gidd_gather.py"


rule fit:
    input:
        curves="<results>/{dataset}/curves.parquet",
        tokens="<results>/{dataset}/tokens",
    output:
        metrics="<results>/{dataset}/laws/metrics.parquet",
        points="<results>/{dataset}/laws/points.parquet",
        vertices="<results>/{dataset}/laws/vertices.parquet",
        tunings="<results>/{dataset}/laws/tunings.parquet",
        gaps="<results>/{dataset}/laws/gaps.parquet",
        transfers="<results>/{dataset}/laws/transfers.tsv",
        excluded="<results>/{dataset}/laws/excluded.tsv",
    log:
        "<logs>/fit_{dataset}.log",
    benchmark:
        "<benchmarks>/fit_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        sweep=sweep,
        fitting=config["fitting"],
        run_seed=config["seed"],
        code=fingerprint("causeway.language.gidd.fit"),
    script:
        "scripts/gidd_fit.py"


rule evaluate:
    input:
        tokens="<results>/{dataset}/tokens",
        runs=collect("<results>/{{dataset}}/runs/{shard}", shard=shared),
        curves="<results>/{dataset}/curves.parquet",
    output:
        metrics="<results>/{dataset}/bounds/metrics.parquet",
    log:
        "<logs>/evaluate_{dataset}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    resources:
        runtime="4h",
        mem="8GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        evaluation=config["evaluation"],
        sweep=sweep,
        reference=config["fitting"]["reference"],
        run_seed=config["seed"],
        code=fingerprint("causeway.language.gidd.evaluate"),
    script:
        "scripts/gidd_evaluate.py"


rule sample:
    input:
        tokens="<results>/{dataset}/tokens",
        runs=collect("<results>/{{dataset}}/runs/{shard}", shard=shared),
        curves="<results>/{dataset}/curves.parquet",
    output:
        metrics="<results>/{dataset}/samples/metrics.parquet",
        texts="<results>/{dataset}/samples/texts.parquet",
        corrections="<results>/{dataset}/samples/corrections.parquet",
    log:
        "<logs>/sample_{dataset}.log",
    benchmark:
        "<benchmarks>/sample_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    resources:
        runtime="4h",
        mem="8GB",
    params:
        sampling=config["sampling"],
        correction=config["correction"],
        sweep=sweep,
        run_seed=config["seed"],
        code=fingerprint("causeway.language.gidd.sample"),
    script:
        "scripts/gidd_sample.py"


rule draw:
    input:
        curves="<results>/{dataset}/curves.parquet",
        points="<results>/{dataset}/laws/points.parquet",
        vertices="<results>/{dataset}/laws/vertices.parquet",
        tunings="<results>/{dataset}/laws/tunings.parquet",
        laws="<results>/{dataset}/laws/metrics.parquet",
        texts="<results>/{dataset}/samples/texts.parquet",
        qualities="<results>/{dataset}/samples/metrics.parquet",
        corrections="<results>/{dataset}/samples/corrections.parquet",
        published=f"{workflow.basedir}/config/references/gidd/exponents.tsv",
    output:
        compute=report(
            "<results>/{dataset}/figure-compute.svg",
            caption="report/gidd_compute.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "loss against compute"},
        ),
        isoflops=report(
            "<results>/{dataset}/figure-isoflops.svg",
            caption="report/gidd_isoflops.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "loss at equal compute"},
        ),
        exponents=report(
            "<results>/{dataset}/figure-exponents.svg",
            caption="report/gidd_exponents.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "exponents"},
        ),
        batches=report(
            "<results>/{dataset}/figure-batches.svg",
            caption="report/gidd_batches.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "batch law"},
        ),
        samples=report(
            "<results>/{dataset}/figure-samples.svg",
            caption="report/gidd_samples.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "samples"},
        ),
        corrected=report(
            "<results>/{dataset}/figure-corrections.svg",
            caption="report/gidd_corrections.rst",
            category="GIDD",
            labels={"dataset": "{dataset}", "figure": "self-correction"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/language.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        sweep=sweep,
        noises=list(config["variants"]),
        code=fingerprint("causeway.language.gidd.draw"),
    script:
        "scripts/gidd_draw.py"


judged_metrics = collect(
    "<results>/{dataset}/{part}/metrics.parquet",
    dataset=run["datasets"],
    part=["laws", "bounds", "samples"],
)
synthetic = [name for name, source in sources.items() if source["kind"] == "artificial"]
redrawn = []


include: "claims.smk"
