from causeway.causal.codelength.config import CodelengthConfig
from causeway.fingerprint import fingerprint

run = config["run"]
sources = config["sources"]
references = f"{workflow.basedir}/config/references/codelength"
kinds = {
    kind: [name for name in run["datasets"] if sources[name]["kind"] == kind]
    for kind in ("gaussian", "table", "worlds", "counts")
}
pairs = kinds["gaussian"] + kinds["table"]
sections = {
    name: value
    for name, value in config.items()
    if name in CodelengthConfig.model_fields
}
settings = CodelengthConfig.model_validate(sections)
coded = {name: settings.variants_of(name) for name in run["datasets"]}
tables = {
    name: [source["path"]] if source["kind"] == "table" else []
    for name, source in sources.items()
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect("<results>/{dataset}/figure-codes.svg", dataset=run["datasets"]),


rule discover:
    input:
        samples=lookup(within=tables, dpath="{dataset}"),
        printed=f"{references}/discovery.tsv",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        codes="<results>/{dataset}/{variant}/seed{seed}/codes.parquet",
    log:
        "<logs>/discover_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/discover_{dataset}_{variant}_{seed}.tsv"
    wildcard_constraints:
        dataset="|".join(pairs) or "none",
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="10m",
        mem="4GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        coding=lookup(within=config["variants"], dpath="{variant}"),
        code=fingerprint("causeway.causal.codelength.discover"),
    script:
        "scripts/codelength_discover.py"


rule contest:
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        codes="<results>/{dataset}/{variant}/seed{seed}/codes.parquet",
    log:
        "<logs>/contest_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/contest_{dataset}_{variant}_{seed}.tsv"
    wildcard_constraints:
        dataset="|".join(kinds["worlds"]) or "none",
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="1h",
        mem="2GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        coding=lookup(within=config["variants"], dpath="{variant}"),
        code=fingerprint("causeway.causal.codelength.contest"),
    script:
        "scripts/codelength_contest.py"


rule recover:
    input:
        printed=f"{references}/shift.tsv",
        penalties=f"{references}/penalty.tsv",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        codes="<results>/{dataset}/{variant}/seed{seed}/codes.parquet",
    log:
        "<logs>/recover_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/recover_{dataset}_{variant}_{seed}.tsv"
    wildcard_constraints:
        dataset="|".join(kinds["counts"]) or "none",
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        code=fingerprint("causeway.causal.codelength.recover"),
    script:
        "scripts/codelength_recover.py"


rule draw:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/metrics.parquet",
            variant=lookup(within=coded, dpath="{dataset}"),
            seed=run["seeds"],
        ),
        codes=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/codes.parquet",
            variant=lookup(within=coded, dpath="{dataset}"),
            seed=run["seeds"],
        ),
    output:
        figure=report(
            "<results>/{dataset}/figure-codes.svg",
            caption="report/codelength_codes.rst",
            category="Code length",
            labels={"dataset": "{dataset}", "figure": "code lengths"},
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
        code=fingerprint("causeway.causal.codelength.draw"),
    script:
        "scripts/codelength_draw.py"


judged_metrics = [
    f"<results>/{dataset}/{variant}/seed{seed}/metrics.parquet"
    for dataset in run["datasets"]
    for variant in coded[dataset]
    for seed in run["seeds"]
]
synthetic = [name for name, source in sources.items() if source["kind"] != "table"]
redrawn = []


include: "claims.smk"
