from pathlib import Path

from causeway.data.datasets import registry
from causeway.fingerprint import fingerprint

remotes = {
    dataset.name: {dataset.version: dataset.remote.model_dump(mode="json")}
    for dataset in registry(Path(workflow.basedir)).values()
    if dataset.url
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    version=r"[A-Za-z0-9.-]+",
    name=r"[^/]+",


rule all:
    input:
        collect("<data>/{path}", path=config["raw"]),
        collect(f"results/{config['scale']}/{{path}}", path=config["fetched"]),


rule fetch:
    output:
        file="<data>/{dataset}/{version}/{name}",
    log:
        "<logs>/fetch_{dataset}_{version}_{name}.log",
    benchmark:
        "<benchmarks>/fetch_{dataset}_{version}_{name}.tsv"
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime="12h",
        downloads=1,
        mem="1GB",
    params:
        remote=lookup(within=remotes, dpath="{dataset}/{version}"),
        receipt=workflow.pathvars.apply(
            "<data>/{dataset}/{version}/{name}.receipt.json"
        ),
        code=fingerprint("causeway.data.fetch", apart="causeway.data"),
    script:
        "scripts/data_fetch.py"
