from causeway.fingerprint import fingerprint

run = config["run"]
references = f"{workflow.basedir}/config/references/wishart"


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{variant}.svg",
            dataset=run["datasets"],
            variant=run["variants"],
        ),


rule account:
    input:
        epsilon=f"{references}/epsilon.tsv",
        curve=f"{references}/curve.tsv",
        theorem=f"{references}/theorem.tsv",
        figure=f"{references}/figure.tsv",
        simulated=f"{references}/simulated.tsv",
    output:
        metrics="<results>/queries/vector/seed{seed}/metrics.parquet",
        points="<results>/queries/vector/seed{seed}/points.parquet",
    log:
        "<logs>/account_{seed}.log",
    benchmark:
        "<benchmarks>/account_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="20m",
        mem="2GB",
    params:
        account=config["account"],
        code=fingerprint("causeway.trust.wishart.account"),
    script:
        "scripts/wishart_account.py"


rule attack:
    input:
        areas=f"{references}/attack-{{dataset}}.tsv",
    output:
        metrics="<results>/{dataset}/matrix/seed{seed}/metrics.parquet",
        points="<results>/{dataset}/matrix/seed{seed}/points.parquet",
    log:
        "<logs>/attack_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/attack_{dataset}_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="20m",
        mem="2GB",
    params:
        attack=config["attack"],
        code=fingerprint("causeway.trust.wishart.attack"),
    script:
        "scripts/wishart_attack.py"


rule perturb:
    input:
        before=f"{references}/before.tsv",
        naive=f"{references}/naive.tsv",
        after=f"{references}/after.tsv",
    output:
        metrics="<results>/queries/noisy/seed{seed}/metrics.parquet",
        points="<results>/queries/noisy/seed{seed}/points.parquet",
    log:
        "<logs>/perturb_{seed}.log",
    benchmark:
        "<benchmarks>/perturb_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="30m",
        mem="4GB",
    params:
        perturb=config["perturb"],
        code=fingerprint("causeway.trust.wishart.perturb"),
    script:
        "scripts/wishart_perturb.py"


rule align:
    output:
        metrics="<results>/digits/vector/seed{seed}/metrics.parquet",
        points="<results>/digits/vector/seed{seed}/points.parquet",
    log:
        "<logs>/align_{seed}.log",
    benchmark:
        "<benchmarks>/align_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="20m",
        mem="2GB",
    params:
        align=config["align"],
        code=fingerprint("causeway.trust.wishart.align"),
    script:
        "scripts/wishart_align.py"


rule train:
    output:
        metrics="<results>/digits/noisy/seed{seed}/metrics.parquet",
        points="<results>/digits/noisy/seed{seed}/points.parquet",
    log:
        "<logs>/train_{seed}.log",
    benchmark:
        "<benchmarks>/train_{seed}.tsv"
    conda:
        "../envs/sklearn.yaml"
    resources:
        runtime="1h",
        mem="2GB",
    params:
        train=config["train"],
        code=fingerprint("causeway.trust.wishart.train"),
    script:
        "scripts/wishart_train.py"


rule draw:
    input:
        points=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/points.parquet",
            variant=run["variants"],
            seed=run["seeds"],
        ),
    output:
        vector=report(
            "<results>/{dataset}/figure-vector.svg",
            caption="report/wishart_vector.rst",
            category="Wishart",
            labels={"dataset": "{dataset}", "figure": "vector releases"},
        ),
        matrix=report(
            "<results>/{dataset}/figure-matrix.svg",
            caption="report/wishart_matrix.rst",
            category="Wishart",
            labels={"dataset": "{dataset}", "figure": "attacks on matrix releases"},
        ),
        noisy=report(
            "<results>/{dataset}/figure-noisy.svg",
            caption="report/wishart_noisy.rst",
            category="Wishart",
            labels={"dataset": "{dataset}", "figure": "noisy releases"},
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
        code=fingerprint("causeway.trust.wishart.draw"),
    script:
        "scripts/wishart_draw.py"


judged_metrics = collect(
    "<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
    dataset=run["datasets"],
    variant=run["variants"],
    seed=run["seeds"],
)
synthetic = ["queries"]
redrawn = []


include: "claims.smk"
