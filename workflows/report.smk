from causeway.fingerprint import fingerprint

scale = f"results/{config['scale']}"


containerized: config["container"]


rule all:
    input:
        "<results>/claims.html",
        "<results>/costs.html",
        "<results>/versions.yml",
        "<results>/claims.svg",
        f"{scale}/ro-crate-metadata.json",


rule claims:
    input:
        judged=collect(f"{scale}/{{system}}/claims.tsv", system=config["systems"]),
        template=f"{workflow.basedir}/workflows/report/claims.html.j2",
        style=f"{workflow.basedir}/workflows/report/page.css",
    output:
        table="<results>/claims.tsv",
        page=report(
            "<results>/claims.html",
            caption="report/claims.rst",
            category="Claims",
            labels={"page": "all claims"},
        ),
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
        records=subpath(output.page, ancestor=2),
        scale=config["scale"],
        code=fingerprint("causeway.report.claims"),
    script:
        "scripts/report_claims.py"


rule versions:
    input:
        judged=collect(f"{scale}/{{system}}/claims.tsv", system=config["systems"]),
    output:
        versions="<results>/versions.yml",
    log:
        "<logs>/versions.log",
    benchmark:
        "<benchmarks>/versions.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        records=subpath(output.versions, ancestor=2),
        scale=config["scale"],
        code=fingerprint("causeway.report.versions"),
    script:
        "scripts/report_versions.py"


rule costs:
    input:
        judged=collect(f"{scale}/{{system}}/claims.tsv", system=config["systems"]),
        template=f"{workflow.basedir}/workflows/report/costs.html.j2",
        style=f"{workflow.basedir}/workflows/report/page.css",
    output:
        page=report(
            "<results>/costs.html",
            caption="report/costs.rst",
            category="Claims",
            labels={"page": "costs"},
        ),
    log:
        "<logs>/costs.log",
    benchmark:
        "<benchmarks>/costs.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        records=subpath(output.page, ancestor=2),
        scale=config["scale"],
        code=fingerprint("causeway.report.costs"),
    script:
        "scripts/report_costs.py"


rule badge:
    input:
        table="<results>/claims.tsv",
    output:
        image="<results>/claims.svg",
    log:
        "<logs>/badge.log",
    benchmark:
        "<benchmarks>/badge.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="10m",
        mem="1GB",
    params:
        scale=config["scale"],
        code=fingerprint("causeway.report.badge"),
    script:
        "scripts/report_badge.py"


# Last, as it describes what the others made; a crate is a folder with its metadata at the top.
rule crate:
    input:
        judged=collect(f"{scale}/{{system}}/claims.tsv", system=config["systems"]),
        pages=[
            "<results>/claims.tsv",
            "<results>/claims.html",
            "<results>/costs.html",
            "<results>/versions.yml",
        ],
    output:
        metadata=f"{scale}/ro-crate-metadata.json",
        workflow=directory("<results>/workflow"),
        settings="<results>/config.yaml",
    log:
        "<logs>/crate.log",
    benchmark:
        "<benchmarks>/crate.tsv"
    conda:
        "../envs/report.yaml"
    resources:
        runtime="30m",
        mem="4GB",
    params:
        records=subpath(output.metadata, parent=True),
        config=config["resolved"],
        scale=config["scale"],
        code=fingerprint("causeway.report.crate.crate"),
    script:
        "scripts/report_crate.py"
