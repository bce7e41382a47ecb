from causeway.fingerprint import fingerprint

scale = f"results/{config['scale']}"


containerized: config["container"]


rule all:
    input:
        "<results>/claims.html",
        "<results>/versions.yml",


rule claims:
    input:
        judged=collect(f"{scale}/{{system}}/claims.tsv", system=config["systems"]),
        template=f"{workflow.basedir}/workflows/report/claims.html.j2",
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
