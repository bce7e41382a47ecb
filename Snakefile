from snakemake.utils import min_version

from causeway.cluster.driver import Driver
from causeway.cluster.stop import stopping
from causeway.config import layers, load, results_folder, section

min_version("9.18")


configfile: f"{workflow.basedir}/config/config.yaml"


for layer in layers(config, workflow.basedir):

    configfile: layer


# Snakemake names the files of the command line first, though they win.
given = workflow.overwrite_configfiles
config = load(config, [*workflow.configfiles[len(given) :], *given])
results = results_folder(config["scale"])


report: "workflows/report/overview.rst"


for system in [*config["systems"], "data", "report"]:

    prefix = f"{system}_"

    module:
        name: prefix
        pathvars:
            data="results/data",
            results=f"{results}/{system}",
            logs=f"{results}/{system}/logs",
            benchmarks=f"{results}/{system}/benchmarks",
        snakefile:
            f"workflows/{system}.smk"
        config:
            section(config, system)

    use rule * from prefix as prefix*


rule all:
    default_target: True
    input:
        [
            getattr(rules, f"{module}_all").input
            for module in [*config["systems"], "report"]
        ],


driver = Driver(workflow)


onstart:
    with stopping():
        driver.start()


onerror:
    with stopping():
        driver.explain()
