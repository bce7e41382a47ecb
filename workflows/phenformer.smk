from causeway.cluster.requests import to_predict, to_train
from causeway.data.file_state import file_state
from causeway.fingerprint import fingerprint

run = config["run"]
studies = {dataset: config["studies"][dataset] for dataset in run["datasets"]}
sources = {dataset: config["sources"][dataset] for dataset in run["datasets"]}
marks = {dataset: file_state(source.get("path")) for dataset, source in sources.items()}
weights = {
    dataset: file_state(study["backbone"].get("weights"))
    for dataset, study in studies.items()
}
seeds = {dataset: run["seeds"][: study["seeds"]] for dataset, study in studies.items()}
variants = {
    dataset: [name for name in run["variants"] if name in study["variants"]]
    for dataset, study in studies.items()
}
worlds = [name for name, source in sources.items() if source["kind"] == "genome-world"]
planted = [
    name for name, source in sources.items() if name in worlds or source["grammar"]
]
# People are read where there are variants; their diseases are given, or drawn.
peopled = [
    name
    for name, source in sources.items()
    if name in worlds or source["variants"] is not None
]
drawn = [name for name in peopled if name in planted]
judged = [name for name in peopled if name in drawn or sources[name]["literature"]]
controls = ["genotypes", "components", "shuffled", "permuted"]
inputs = {
    dataset: ["expression", *controls, *(["null"] if dataset in drawn else [])]
    for dataset in peopled
}
first = run["variants"][0]
shown = f"{first}/seed{run['seeds'][0]}"
remarks = {
    dataset: (
        "a synthetic genome; expression, people and diseases are drawn"
        if dataset in worlds
        else (
            f"a real genome; expression{', people' if sources[dataset]['people'] else ''} "
            "and diseases are drawn"
            if dataset in planted
            else ""
        )
    )
    for dataset in run["datasets"]
}


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    variant=r"[a-z0-9-]+",
    reads="|".join(["expression", *controls, "null"]),
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=run["datasets"],
            figure=["predicted", "strips", "tracks", "curves"],
        ),
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=peopled,
            figure=["hypotheses", "risks", "populations", "cost"],
        ),
        collect("<results>/{dataset}/figure-individuals.svg", dataset=drawn),


rule fetch:
    output:
        raw=directory("<results>/{dataset}/raw"),
    log:
        "<logs>/fetch_{dataset}.log",
    benchmark:
        "<benchmarks>/fetch_{dataset}.tsv"
    wildcard_constraints:
        dataset="|".join(name for name in sources if name not in worlds) or "none",
    retries: 2
    conda:
        "../envs/fetch.yaml"
    resources:
        runtime="12h",
        downloads=1,
        mem="1GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        code=fingerprint("causeway.genomes.phenformer.fetch", apart="causeway.data"),
    script:
        "scripts/phenformer_fetch.py"


rule synthesise:
    output:
        raw=directory("<results>/{dataset}/raw"),
    log:
        "<logs>/synthesise_{dataset}.log",
    benchmark:
        "<benchmarks>/synthesise_{dataset}.tsv"
    wildcard_constraints:
        dataset="|".join(worlds) or "none",
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="30m",
        mem="4GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        run_seed=config["seed"],
        code=fingerprint("causeway.genomes.phenformer.synthesise"),
    script:
        "scripts/phenformer_synthesise.py"


rule index:
    input:
        raw="<results>/{dataset}/raw",
    output:
        genome=directory("<results>/{dataset}/genome"),
        genes="<results>/{dataset}/genes.parquet",
        expression="<results>/{dataset}/expression.h5ad",
        truth=directory("<results>/{dataset}/truth"),
    log:
        "<logs>/index_{dataset}.log",
    benchmark:
        "<benchmarks>/index_{dataset}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="2h",
        mem="8GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        state=lookup(within=marks, dpath="{dataset}"),
        run_seed=config["seed"],
        code=fingerprint("causeway.genomes.phenformer.index"),
    script:
        "scripts/phenformer_index.py"


rule split:
    input:
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
    output:
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        leakage="<results>/{dataset}/seed{seed}/leakage.tsv",
    log:
        "<logs>/split_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/split_{dataset}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="1h",
        mem="16GB",
    params:
        holdout=lookup(within=studies, dpath="{dataset}/holdout"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        code=fingerprint("causeway.genomes.phenformer.split"),
    script:
        "scripts/phenformer_split.py"


rule contest:
    input:
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        expression="<results>/{dataset}/expression.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        predictions="<results>/{dataset}/seed{seed}/baselines.h5ad",
    log:
        "<logs>/contest_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/contest_{dataset}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/genomes.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="4h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/baselines"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.contest"),
    script:
        "scripts/phenformer_contest.py"


rule learn:
    input:
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        expression="<results>/{dataset}/expression.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/expression.ckpt",
        history="<results>/{dataset}/{variant}/seed{seed}/history.parquet",
    log:
        "<logs>/learn_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/learn_{dataset}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/genomes.yaml"
    threads: config["hardware"]["devices"]
    resources:
        **to_train(config["hardware"]),
        runtime="3d",
        mem="32GB",
    params:
        backbone=lookup(within=studies, dpath="{dataset}/backbone"),
        state=lookup(within=weights, dpath="{dataset}"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        learning=lookup(within=studies, dpath="{dataset}/learning"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.learn"),
    script:
        "scripts/phenformer_learn.py"


rule evaluate:
    input:
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        expression="<results>/{dataset}/expression.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/expression.ckpt",
        baselines="<results>/{dataset}/seed{seed}/baselines.h5ad",
        raw="<results>/{dataset}/raw",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
        predictions="<results>/{dataset}/{variant}/seed{seed}/predictions.h5ad",
        regulators="<results>/{dataset}/{variant}/seed{seed}/regulators.tsv",
    log:
        "<logs>/evaluate_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="2h",
        mem="16GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.evaluate"),
    script:
        "scripts/phenformer_evaluate.py"


rule people:
    input:
        raw="<results>/{dataset}/raw",
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        expression="<results>/{dataset}/expression.h5ad",
        truth="<results>/{dataset}/truth",
    output:
        cohort=directory("<results>/{dataset}/seed{seed}/people"),
        diseases=directory("<results>/{dataset}/seed{seed}/diseases"),
        splits="<results>/{dataset}/seed{seed}/people.tsv",
        refused="<results>/{dataset}/seed{seed}/refused.tsv",
    log:
        "<logs>/people_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/people_{dataset}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="12h",
        mem="32GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        screening=lookup(within=studies, dpath="{dataset}/screening"),
        holdout=lookup(within=studies, dpath="{dataset}/holdout"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        state=lookup(within=marks, dpath="{dataset}"),
        code=fingerprint("causeway.genomes.phenformer.people"),
    script:
        "scripts/phenformer_people.py"


rule embed:
    input:
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        cohort="<results>/{dataset}/seed{seed}/people",
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/expression.ckpt",
    output:
        embedded=directory("<results>/{dataset}/{variant}/seed{seed}/embedded"),
    log:
        "<logs>/embed_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/embed_{dataset}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/genomes.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="3d",
        mem="32GB",
    params:
        screening=lookup(within=studies, dpath="{dataset}/screening"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.embed"),
    script:
        "scripts/phenformer_embed.py"


rule risk:
    input:
        embedded="<results>/{dataset}/{variant}/seed{seed}/embedded",
        cohort="<results>/{dataset}/seed{seed}/people",
        diseases="<results>/{dataset}/seed{seed}/diseases",
        splits="<results>/{dataset}/seed{seed}/people.tsv",
    output:
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/{reads}/risk.ckpt",
        history="<results>/{dataset}/{variant}/seed{seed}/{reads}/history.parquet",
        risks="<results>/{dataset}/{variant}/seed{seed}/{reads}/risks.npz",
    log:
        "<logs>/risk_{dataset}_{variant}_{seed}_{reads}.log",
    benchmark:
        "<benchmarks>/risk_{dataset}_{variant}_{seed}_{reads}.tsv"
    retries: 2
    conda:
        "../envs/genomes.yaml"
    threads: config["hardware"]["devices"]
    resources:
        **to_train(config["hardware"]),
        runtime="1d",
        mem="32GB",
    params:
        size=lookup(within=studies, dpath="{dataset}/genome"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        learning=lookup(within=studies, dpath="{dataset}/risk"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.risk"),
    script:
        "scripts/phenformer_risk.py"


rule assess:
    input:
        risks=collect(
            "<results>/{{dataset}}/{{variant}}/seed{{seed}}/{reads}/risks.npz",
            reads=lookup(within=inputs, dpath="{dataset}"),
        ),
        embedded="<results>/{dataset}/{variant}/seed{seed}/embedded",
        cohort="<results>/{dataset}/seed{seed}/people",
        diseases="<results>/{dataset}/seed{seed}/diseases",
        splits="<results>/{dataset}/seed{seed}/people.tsv",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/risks.parquet",
        areas="<results>/{dataset}/{variant}/seed{seed}/areas.parquet",
        populations="<results>/{dataset}/{variant}/seed{seed}/populations.parquet",
    log:
        "<logs>/assess_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/assess_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="12h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/assessment"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        code=fingerprint("causeway.genomes.phenformer.assess"),
    script:
        "scripts/phenformer_assess.py"


rule follow:
    input:
        embedded="<results>/{dataset}/{variant}/seed{seed}/embedded",
        cohort="<results>/{dataset}/seed{seed}/people",
        diseases="<results>/{dataset}/seed{seed}/diseases",
        splits="<results>/{dataset}/seed{seed}/people.tsv",
        gene_splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/following.parquet",
        individuals="<results>/{dataset}/{variant}/seed{seed}/individuals.parquet",
    log:
        "<logs>/follow_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/follow_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="4h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/assessment"),
        code=fingerprint("causeway.genomes.phenformer.follow"),
    script:
        "scripts/phenformer_follow.py"


rule hypothesise:
    input:
        embedded="<results>/{dataset}/{variant}/seed{seed}/embedded",
        cohort="<results>/{dataset}/seed{seed}/people",
        diseases="<results>/{dataset}/seed{seed}/diseases",
        splits="<results>/{dataset}/seed{seed}/people.tsv",
        expression="<results>/{dataset}/expression.h5ad",
        checkpoint="<results>/{dataset}/{variant}/seed{seed}/expression/risk.ckpt",
        shuffled="<results>/{dataset}/{variant}/seed{seed}/shuffled/risk.ckpt",
    output:
        hypotheses="<results>/{dataset}/{variant}/seed{seed}/hypotheses.json",
        sentences="<results>/{dataset}/{variant}/seed{seed}/hypotheses.md",
        scores="<results>/{dataset}/{variant}/seed{seed}/scores.parquet",
        gene_scores="<results>/{dataset}/{variant}/seed{seed}/gene-scores.parquet",
    log:
        "<logs>/hypothesise_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/hypothesise_{dataset}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/genomes.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="1d",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/hypotheses"),
        size=lookup(within=studies, dpath="{dataset}/genome"),
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        learning=lookup(within=studies, dpath="{dataset}/risk"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.hypothesise"),
    script:
        "scripts/phenformer_hypothesise.py"


rule match:
    input:
        scores="<results>/{dataset}/{variant}/seed{seed}/scores.parquet",
        gene_scores="<results>/{dataset}/{variant}/seed{seed}/gene-scores.parquet",
        truth="<results>/{dataset}/truth",
    output:
        matches="<results>/{dataset}/{variant}/seed{seed}/matches.tsv",
        metrics="<results>/{dataset}/{variant}/seed{seed}/hypotheses.parquet",
    log:
        "<logs>/match_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/match_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/hypotheses"),
        code=fingerprint("causeway.genomes.phenformer.match"),
    script:
        "scripts/phenformer_match.py"


rule subtype:
    input:
        risks="<results>/{dataset}/{variant}/seed{seed}/expression/risks.npz",
        cohort="<results>/{dataset}/seed{seed}/people",
        diseases="<results>/{dataset}/seed{seed}/diseases",
        splits="<results>/{dataset}/seed{seed}/people.tsv",
    output:
        subtypes="<results>/{dataset}/{variant}/seed{seed}/subtypes.tsv",
        comorbidities="<results>/{dataset}/{variant}/seed{seed}/comorbidities.tsv",
        metrics="<results>/{dataset}/{variant}/seed{seed}/subtypes.parquet",
    log:
        "<logs>/subtype_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/subtype_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="2h",
        mem="8GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/subtyping"),
        code=fingerprint("causeway.genomes.phenformer.subtype"),
    script:
        "scripts/phenformer_subtype.py"


rule draw:
    input:
        predictions=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/predictions.h5ad",
            variant=lookup(within=variants, dpath="{dataset}"),
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
        metrics=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/metrics.parquet",
            variant=lookup(within=variants, dpath="{dataset}"),
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
        histories=collect(
            "<results>/{{dataset}}/{variant}/seed{seed}/history.parquet",
            variant=lookup(within=variants, dpath="{dataset}"),
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
        checkpoint=f"<results>/{{dataset}}/{shown}/expression.ckpt",
        genome="<results>/{dataset}/genome",
        genes="<results>/{dataset}/genes.parquet",
        truth="<results>/{dataset}/truth",
    output:
        predicted=report(
            "<results>/{dataset}/figure-predicted.svg",
            caption="report/phenformer_predicted.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "predicted expression"},
        ),
        strips=report(
            "<results>/{dataset}/figure-strips.svg",
            caption="report/phenformer_strips.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "correlations by context"},
        ),
        tracks=report(
            "<results>/{dataset}/figure-tracks.svg",
            caption="report/phenformer_tracks.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "effects of bases"},
        ),
        curves=report(
            "<results>/{dataset}/figure-curves.svg",
            caption="report/phenformer_curves.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "learning curves"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="1h",
        mem="8GB",
    params:
        holdout=lookup(within=studies, dpath="{dataset}/holdout"),
        synthetic=lookup(within=remarks, dpath="{dataset}"),
        variants=list(config["variants"]),
        hardware=config["hardware"],
        code=fingerprint("causeway.genomes.phenformer.draw"),
    script:
        "scripts/phenformer_draw.py"


rule draw_people:
    input:
        scores=collect(
            f"<results>/{{{{dataset}}}}/{first}/seed{{seed}}/scores.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
        areas=collect(
            f"<results>/{{{{dataset}}}}/{first}/seed{{seed}}/areas.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
        populations=collect(
            f"<results>/{{{{dataset}}}}/{first}/seed{{seed}}/populations.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
    output:
        hypotheses_figure=report(
            "<results>/{dataset}/figure-hypotheses.svg",
            caption="report/phenformer_hypotheses.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "ranked hypotheses"},
        ),
        risks_figure=report(
            "<results>/{dataset}/figure-risks.svg",
            caption="report/phenformer_risks.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "risks and controls"},
        ),
        populations_figure=report(
            "<results>/{dataset}/figure-populations.svg",
            caption="report/phenformer_populations.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "risks by population"},
        ),
    log:
        "<logs>/draw_people_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_people_{dataset}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        synthetic=lookup(within=remarks, dpath="{dataset}"),
        code=fingerprint("causeway.genomes.phenformer.draw_people"),
    script:
        "scripts/phenformer_draw_people.py"


rule draw_individuals:
    input:
        individuals=collect(
            f"<results>/{{{{dataset}}}}/{first}/seed{{seed}}/individuals.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
        ),
    output:
        figure=report(
            "<results>/{dataset}/figure-individuals.svg",
            caption="report/phenformer_individuals.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "expression of individuals"},
        ),
    log:
        "<logs>/draw_individuals_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_individuals_{dataset}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        synthetic=lookup(within=remarks, dpath="{dataset}"),
        code=fingerprint("causeway.genomes.phenformer.draw_individuals"),
    script:
        "scripts/phenformer_draw_individuals.py"


rule draw_cost:
    input:
        expression="<results>/{dataset}/expression.h5ad",
    output:
        cost=report(
            "<results>/{dataset}/figure-cost.svg",
            caption="report/phenformer_cost.rst",
            category="Phenformer",
            labels={"dataset": "{dataset}", "figure": "cost against windows"},
        ),
    log:
        "<logs>/draw_cost_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_cost_{dataset}.tsv"
    conda:
        "../envs/genomes.yaml"
    resources:
        runtime="10m",
        mem="2GB",
    params:
        encoder=lookup(within=studies, dpath="{dataset}/encoder"),
        size=lookup(within=studies, dpath="{dataset}/genome"),
        screening=lookup(within=studies, dpath="{dataset}/screening"),
        ablation=config["variants"][first],
        code=fingerprint("causeway.genomes.phenformer.draw_cost"),
    script:
        "scripts/phenformer_draw_cost.py"


judged_metrics = [
    f"<results>/{dataset}/{variant}/seed{seed}/{file}.parquet"
    for dataset in run["datasets"]
    for variant in variants[dataset]
    for seed in seeds[dataset]
    for file in [
        "metrics",
        *(["risks", "subtypes"] if dataset in peopled else []),
        *(["hypotheses"] if dataset in judged else []),
        *(["following"] if dataset in drawn else []),
    ]
]
synthetic = planted
# The genome stays, but each seed draws its own people and diseases.
redrawn = [
    f"{dataset}/{part}"
    for dataset in drawn
    for part in [*inputs[dataset], "hypotheses", "subtypes"]
]


include: "claims.smk"
