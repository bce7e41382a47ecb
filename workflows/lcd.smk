from causeway.cluster.requests import to_predict, to_train
from causeway.data.file_state import file_state
from causeway.fingerprint import fingerprint

run = config["run"]
studies = {dataset: config["studies"][dataset] for dataset in run["datasets"]}
sources = {dataset: config["sources"][dataset] for dataset in run["datasets"]}
marks = {dataset: file_state(source.get("path")) for dataset, source in sources.items()}
synthetic = [
    *(name for name, source in sources.items() if source["kind"].endswith("-world")),
    "algebra",
]
made_up = {dataset: dataset in synthetic for dataset in run["datasets"]}
folds = {
    dataset: [f"fold{fold}" for fold in range(study["holdout"]["folds"])]
    for dataset, study in studies.items()
}
variants = {
    dataset: [name for name in run["variants"] if name in study["variants"]]
    for dataset, study in studies.items()
}
seeds = {dataset: run["seeds"][: study["seeds"]] for dataset, study in studies.items()}
# Worlds whose states are observed have no first stage.
counted = [
    dataset
    for dataset, source in sources.items()
    if dataset not in synthetic or source["counts"]
]
stage1_states = {
    dataset: ["states.npz"] if dataset in counted else [] for dataset in run["datasets"]
}
stage1_history = {
    dataset: ["noise-history.parquet"] if dataset in counted else []
    for dataset in run["datasets"]
}
shown = f"{run['variants'][0]}/seed{run['seeds'][0]}"
predicted = [dataset for dataset, study in studies.items() if study["predict"]]
causal = [dataset for dataset, study in studies.items() if study["causal"]]
# Numbers of one model are judged where there is one, pooled ones where sources are held out.
read_once = [dataset for dataset in causal if len(folds[dataset]) == 1]
pooled = [
    dataset for dataset in causal if studies[dataset]["holdout"]["kind"] == "singles"
]


containerized: config["container"]


wildcard_constraints:
    dataset=r"[a-z0-9-]+",
    split=r"fold\d+",
    variant=r"[a-z0-9-]+",
    seed=r"\d+",


rule all:
    input:
        "<results>/claims.tsv",
        "<results>/algebra/table.tsv",
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=predicted,
            figure=["cells", "strips", "curves"],
        ),
        collect(
            "<results>/{dataset}/figure-{figure}.svg",
            dataset=causal,
            figure=["effects", "calibration"],
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
        code=fingerprint("causeway.cells.lcd.fetch", apart="causeway.data"),
    script:
        "scripts/lcd_fetch.py"


rule prepare:
    input:
        raw="<results>/{dataset}/raw",
    output:
        screen="<results>/{dataset}/seed{seed}/screen.h5ad",
        refused="<results>/{dataset}/seed{seed}/refused.tsv",
    log:
        "<logs>/prepare_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/prepare_{dataset}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="4h",
        mem="24GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        quality=lookup(within=studies, dpath="{dataset}/quality"),
        state=lookup(within=marks, dpath="{dataset}"),
        code=fingerprint("causeway.cells.lcd.prepare"),
    script:
        "scripts/lcd_prepare.py"


rule split:
    input:
        screen="<results>/{dataset}/seed{seed}/screen.h5ad",
    output:
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    log:
        "<logs>/split_{dataset}_{seed}.log",
    benchmark:
        "<benchmarks>/split_{dataset}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="20m",
        mem="4GB",
    params:
        holdout=lookup(within=studies, dpath="{dataset}/holdout"),
        code=fingerprint("causeway.cells.lcd.split"),
    script:
        "scripts/lcd_split.py"


rule panel:
    input:
        screen="<results>/{dataset}/seed{seed}/screen.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
    log:
        "<logs>/panel_{dataset}_{split}_{seed}.log",
    benchmark:
        "<benchmarks>/panel_{dataset}_{split}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="4h",
        mem="24GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/panel"),
        code=fingerprint("causeway.cells.lcd.panel"),
    script:
        "scripts/lcd_panel.py"


rule denoise:
    input:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        states="<results>/{dataset}/{split}/{variant}/seed{seed}/states.npz",
        checkpoint="<results>/{dataset}/{split}/{variant}/seed{seed}/noise.ckpt",
        history="<results>/{dataset}/{split}/{variant}/seed{seed}/noise-history.parquet",
    log:
        "<logs>/denoise_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/denoise_{dataset}_{split}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/cells.yaml"
    threads: config["hardware"]["devices"]
    resources:
        **to_train(config["hardware"]),
        runtime="3d",
        mem="32GB",
    params:
        noise=lookup(within=studies, dpath="{dataset}/noise"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.cells.lcd.denoise"),
    script:
        "scripts/lcd_denoise.py"


rule examine:
    input:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        states="<results>/{dataset}/{split}/{variant}/seed{seed}/states.npz",
        checkpoint="<results>/{dataset}/{split}/{variant}/seed{seed}/noise.ckpt",
    output:
        metrics="<results>/{dataset}/{split}/{variant}/seed{seed}/noise-metrics.parquet",
    log:
        "<logs>/examine_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/examine_{dataset}_{split}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="4h",
        mem="16GB",
    params:
        source=lookup(within=sources, dpath="{dataset}"),
        noise=lookup(within=studies, dpath="{dataset}/noise"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        settings=lookup(within=studies, dpath="{dataset}/evaluation"),
        code=fingerprint("causeway.cells.lcd.examine"),
    script:
        "scripts/lcd_examine.py"


rule train:
    input:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        states=collect(
            "<results>/{{dataset}}/{{split}}/{{variant}}/seed{{seed}}/{file}",
            file=lookup(within=stage1_states, dpath="{dataset}"),
        ),
    output:
        checkpoint="<results>/{dataset}/{split}/{variant}/seed{seed}/model.ckpt",
        history="<results>/{dataset}/{split}/{variant}/seed{seed}/history.parquet",
    log:
        "<logs>/train_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/train_{dataset}_{split}_{variant}_{seed}.tsv"
    retries: 2
    conda:
        "../envs/cells.yaml"
    threads: config["hardware"]["devices"]
    resources:
        **to_train(config["hardware"]),
        runtime="1d",
        mem="32GB",
    params:
        network=lookup(within=studies, dpath="{dataset}/network"),
        training=lookup(within=studies, dpath="{dataset}/training"),
        ablation=lookup(within=config["variants"], dpath="{variant}"),
        hardware=config["hardware"],
        code=fingerprint("causeway.cells.lcd.train"),
    script:
        "scripts/lcd_train.py"


rule sample:
    input:
        checkpoint="<results>/{dataset}/{split}/{variant}/seed{seed}/model.ckpt",
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
    output:
        predictions="<results>/{dataset}/{split}/{variant}/seed{seed}/predictions.h5ad",
    log:
        "<logs>/sample_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/sample_{dataset}_{split}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="12h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/sampling"),
        hardware=config["hardware"],
        code=fingerprint("causeway.cells.lcd.sample"),
    script:
        "scripts/lcd_sample.py"


rule evaluate:
    input:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        predictions="<results>/{dataset}/{split}/{variant}/seed{seed}/predictions.h5ad",
    output:
        perturbations="<results>/{dataset}/{split}/{variant}/seed{seed}/perturbations.parquet",
    log:
        "<logs>/evaluate_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_{dataset}_{split}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="12h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/evaluation"),
        code=fingerprint("causeway.cells.lcd.evaluate"),
    script:
        "scripts/lcd_evaluate.py"


rule summarise:
    input:
        perturbations=collect(
            "<results>/{{dataset}}/{split}/{{variant}}/seed{{seed}}/perturbations.parquet",
            split=lookup(within=folds, dpath="{dataset}"),
        ),
    output:
        metrics="<results>/{dataset}/{variant}/seed{seed}/metrics.parquet",
    log:
        "<logs>/summarise_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/summarise_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="20m",
        mem="2GB",
    params:
        code=fingerprint("causeway.cells.lcd.summarise"),
    script:
        "scripts/lcd_summarise.py"


rule clipr:
    input:
        panel="<results>/{dataset}/seed{seed}/{split}/panel.h5ad",
        splits="<results>/{dataset}/seed{seed}/splits.tsv",
        states=collect(
            "<results>/{{dataset}}/{{split}}/{{variant}}/seed{{seed}}/{file}",
            file=lookup(within=stage1_states, dpath="{dataset}"),
        ),
        checkpoint="<results>/{dataset}/{split}/{variant}/seed{seed}/model.ckpt",
    output:
        matrix="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/matrix.npz",
        edges="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/edges.parquet",
        modules="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/modules.tsv",
        sets="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/sets.tsv",
        sources="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/sources.parquet",
        implication="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/implication.tsv",
        metrics="<results>/{dataset}/{split}/{variant}/seed{seed}/causal/metrics.parquet",
    log:
        "<logs>/clipr_{dataset}_{split}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/clipr_{dataset}_{split}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        **to_predict(config["hardware"]),
        runtime="12h",
        mem="16GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/readout"),
        sampling=lookup(within=studies, dpath="{dataset}/sampling"),
        hardware=config["hardware"],
        code=fingerprint("causeway.cells.lcd.clipr"),
    script:
        "scripts/lcd_clipr.py"


rule implicate:
    input:
        sources=collect(
            "<results>/{{dataset}}/{split}/{{variant}}/seed{{seed}}/causal/sources.parquet",
            split=lookup(within=folds, dpath="{dataset}"),
        ),
    output:
        implication="<results>/{dataset}/{variant}/seed{seed}/implication.tsv",
        metrics="<results>/{dataset}/{variant}/seed{seed}/implication.parquet",
    log:
        "<logs>/implicate_{dataset}_{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/implicate_{dataset}_{variant}_{seed}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/readout"),
        code=fingerprint("causeway.cells.lcd.implicate"),
    script:
        "scripts/lcd_implicate.py"


rule algebra:
    output:
        metrics="<results>/algebra/metrics.parquet",
        table="<results>/algebra/table.tsv",
    log:
        "<logs>/algebra.log",
    benchmark:
        "<benchmarks>/algebra.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="2h",
        mem="4GB",
    params:
        settings=config["algebra"],
        code=fingerprint("causeway.cells.lcd.algebra"),
    script:
        "scripts/lcd_algebra.py"


rule draw:
    input:
        panels=collect(
            f"<results>/{{{{dataset}}}}/seed{run['seeds'][0]}/{{split}}/panel.h5ad",
            split=lookup(within=folds, dpath="{dataset}"),
        ),
        splits=f"<results>/{{dataset}}/seed{run['seeds'][0]}/splits.tsv",
        predictions=collect(
            f"<results>/{{{{dataset}}}}/{{split}}/{shown}/predictions.h5ad",
            split=lookup(within=folds, dpath="{dataset}"),
        ),
        perturbations=collect(
            "<results>/{{dataset}}/{split}/{variant}/seed{seed}/perturbations.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
            variant=lookup(within=variants, dpath="{dataset}"),
            split=lookup(within=folds, dpath="{dataset}"),
        ),
        noise_histories=collect(
            "<results>/{{dataset}}/{split}/{variant}/seed{seed}/{file}",
            seed=lookup(within=seeds, dpath="{dataset}"),
            variant=lookup(within=variants, dpath="{dataset}"),
            split=lookup(within=folds, dpath="{dataset}"),
            file=lookup(within=stage1_history, dpath="{dataset}"),
        ),
        histories=collect(
            "<results>/{{dataset}}/{split}/{variant}/seed{seed}/history.parquet",
            seed=lookup(within=seeds, dpath="{dataset}"),
            variant=lookup(within=variants, dpath="{dataset}"),
            split=lookup(within=folds, dpath="{dataset}"),
        ),
    output:
        cells=report(
            "<results>/{dataset}/figure-cells.svg",
            caption="report/lcd_cells.rst",
            category="LCD",
            labels={"dataset": "{dataset}", "figure": "predicted cells"},
        ),
        strips=report(
            "<results>/{dataset}/figure-strips.svg",
            caption="report/lcd_strips.rst",
            category="LCD",
            labels={"dataset": "{dataset}", "figure": "metrics by perturbation"},
        ),
        curves=report(
            "<results>/{dataset}/figure-curves.svg",
            caption="report/lcd_curves.rst",
            category="LCD",
            labels={"dataset": "{dataset}", "figure": "learning curves"},
        ),
    log:
        "<logs>/draw_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_{dataset}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="1h",
        mem="8GB",
    params:
        settings=lookup(within=studies, dpath="{dataset}/evaluation"),
        held_out=lookup(within=folds, dpath="{dataset}"),
        variants=list(config["variants"]),
        synthetic=lookup(within=made_up, dpath="{dataset}"),
        code=fingerprint("causeway.cells.lcd.draw"),
    script:
        "scripts/lcd_draw.py"


rule draw_causal:
    input:
        matrix=f"<results>/{{dataset}}/fold0/{shown}/causal/matrix.npz",
        implication=f"<results>/{{dataset}}/fold0/{shown}/causal/implication.tsv",
    output:
        effects=report(
            "<results>/{dataset}/figure-effects.svg",
            caption="report/lcd_effects.rst",
            category="LCD",
            labels={"dataset": "{dataset}", "figure": "causal matrix"},
        ),
        calibration=report(
            "<results>/{dataset}/figure-calibration.svg",
            caption="report/lcd_calibration.rst",
            category="LCD",
            labels={"dataset": "{dataset}", "figure": "implication test"},
        ),
    log:
        "<logs>/draw_causal_{dataset}.log",
    benchmark:
        "<benchmarks>/draw_causal_{dataset}.tsv"
    conda:
        "../envs/cells.yaml"
    resources:
        runtime="1h",
        mem="4GB",
    params:
        synthetic=lookup(within=made_up, dpath="{dataset}"),
        code=fingerprint("causeway.cells.lcd.draw_causal"),
    script:
        "scripts/lcd_draw_causal.py"


# Stage 1 is judged by the first split: all train on nearly the same cells.
judged_metrics = [
    "<results>/algebra/metrics.parquet",
    *(
        f"<results>/{dataset}/fold0/{variant}/seed{seed}/noise-metrics.parquet"
        for dataset in counted
        for variant in variants[dataset]
        for seed in seeds[dataset]
    ),
    *(
        f"<results>/{dataset}/{variant}/seed{seed}/metrics.parquet"
        for dataset in predicted
        for variant in variants[dataset]
        for seed in seeds[dataset]
    ),
    *(
        f"<results>/{dataset}/fold0/{variant}/seed{seed}/causal/metrics.parquet"
        for dataset in read_once
        for variant in variants[dataset]
        for seed in seeds[dataset]
    ),
    *(
        f"<results>/{dataset}/{variant}/seed{seed}/implication.parquet"
        for dataset in pooled
        for variant in variants[dataset]
        for seed in seeds[dataset]
    ),
]
redrawn = [dataset for dataset in synthetic if dataset != "algebra"]


include: "claims.smk"
