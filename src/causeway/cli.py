"""The ``causeway`` command: look at what there is. Snakemake runs it."""

import json
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from typer.core import TyperGroup

from causeway import __version__, verification
from causeway.claims import definition, table, wording
from causeway.config import merge, resolve
from causeway.config_documents import documents
from causeway.cost import measured
from causeway.cost import records as records_of_jobs
from causeway.cost import report as cost
from causeway.cost import table as table_of_cost
from causeway.cost.cluster import load as load_cluster
from causeway.cost.graph import plan as ask_snakemake
from causeway.data.audit import audit
from causeway.data.datasets import registry
from causeway.errors import InputError
from causeway.numerals import interval, size
from causeway.systems import domain
from causeway.systems import systems as all_systems


class _Commands(TyperGroup):
    """Commands that end on bad input with one line and status 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            typer.echo(f"causeway: {error}", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    # Markup would swallow words in brackets.
    rich_markup_mode=None,
    help="See what causeway holds and what its runs found. To run it: snakemake --cores 4",
)

Root = Annotated[
    Path | None,
    typer.Option(help="Folder that holds config/; found from the current folder upwards."),
]
ScaleName = Annotated[str, typer.Option(help="demo, small or full.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="As for snakemake --config, e.g. scale=small 'systems=[rigidssl]'."),
]


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version, if asked; everything else is a command."""
    if version:
        typer.echo(f"causeway {__version__}")
        raise typer.Exit


@app.command()
def systems() -> None:
    """List the systems: one per paper."""
    rows = [[name, domain(name), kind.arxiv, kind.title] for name, kind in all_systems().items()]
    _print(["system", "domain", "arXiv", "title"], rows)


@app.command()
def datasets(root: Root = None) -> None:
    """List the registered raw data with size and licence."""
    rows = [
        [row.name, row.version, size(row.bytes) if row.bytes else "–", row.licence]
        for row in registry(_project(root)).values()
    ]
    _print(["dataset", "version", "size", "licence"], rows)


@app.command()
def claims(
    scale: ScaleName = "demo",
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    definitions: Annotated[
        bool, typer.Option("--definitions", help="What is claimed and how it is decided.")
    ] = False,
    root: Root = None,
) -> None:
    """Show what is claimed and, where a run has judged it, the verdicts."""
    folder = _project(root)
    resolve(folder, {"scale": scale})
    for name in [_known(system)] if system else all_systems():
        judged = folder / "results" / scale / name / "claims.tsv"
        if judged.is_file() and not definitions:
            _verdicts(name, judged)
        else:
            _definitions(name, folder / "config" / "claims" / f"{name}.yaml")
            if not definitions:
                typer.echo(f"\nNot judged yet at scale {scale}: there is no {judged}.")


@app.command()
def config(
    overrides: Overrides = None,
    scale: Annotated[str | None, typer.Option(help="Short for scale=….")] = None,
    configfile: Annotated[
        list[Path] | None,
        typer.Option(help="As for snakemake; may be repeated, later files winning."),
    ] = None,
    root: Root = None,
) -> None:
    """Print the complete configuration that a run would use."""
    words = ([f"scale={scale}"] if scale else []) + (overrides or [])
    complete = resolve(_project(root), _merged(words), configfile or [])
    typer.echo(yaml.safe_dump(complete, sort_keys=False, allow_unicode=True), nl=False)


@app.command()
def plan(
    overrides: Overrides = None,
    scale: ScaleName = "full",
    cluster: Annotated[
        Path | None,
        typer.Option(help="YAML with the keys of the options below."),
    ] = None,
    nodes: Annotated[int | None, typer.Option(help="Machines.")] = None,
    cores: Annotated[int | None, typer.Option(help="Processor cores of each.")] = None,
    memory: Annotated[float | None, typer.Option(help="GB of each.")] = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs of each.")] = None,
    gpu_memory: Annotated[float | None, typer.Option(help="GB of a GPU.")] = None,
    flops: Annotated[float | None, typer.Option(help="Peak operations a second of a GPU.")] = None,
    utilisation: Annotated[
        float | None, typer.Option(help="Share of that peak that you expect.")
    ] = None,
    bandwidth: Annotated[
        float | None, typer.Option(help="Bits a second from publishers of data.")
    ] = None,
    records: Annotated[
        str | None,
        typer.Option(
            help="Scale of a run whose records to read; config/measured.tsv if not given."
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="As for snakemake --workflow-profile: what jobs ask by it is held against "
            "what they need."
        ),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep those records in config/measured.tsv.")
    ] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Every rule, with its sources.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables in Markdown.")] = False,
    root: Root = None,
) -> None:
    """Tell what a run will cost, before it is started.

    Example: causeway plan --cluster config/clusters/eight-h100.yaml --rules
    """
    folder = _project(root)
    words = [f"scale={scale}", *(overrides or [])]
    machines = load_cluster(
        cluster,
        {
            "nodes": nodes,
            "cores": cores,
            "memory": memory,
            "gpus": gpus,
            "gpu_memory": gpu_memory,
            "flops": flops,
            "utilisation": utilisation,
            "bandwidth": bandwidth,
        },
    )
    complete = resolve(folder, _merged(words))
    if records:
        names = [*resolve(folder, {"scale": records})["systems"], *cost.PARTS]
        recorded = records_of_jobs.read(folder / "results" / records, names)
    else:
        recorded = measured.read(folder, complete["scale"])
    if save:
        if not records:
            raise InputError("--save", "there are no records to keep", "Name a scale by --records")
        typer.echo(f"kept in {measured.keep(folder, recorded.values())}", err=True)
    graph = ask_snakemake(folder, [_without_dots(word) for word in words], profile)
    made = cost.make(folder, complete, graph, machines, recorded)
    if as_json:
        typer.echo(json.dumps(made.plain(), indent=1))
        return
    _costs(made, rules, markdown)


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration."""
    typer.echo(documents()["schema.json"], nl=False)


@app.command()
def verify(
    scale: Annotated[
        str | None, typer.Option(help="demo, small or full; demo if not given.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of raw data, results/data if not given. Without --scale it may be "
            "checked where there are no results."
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Folder that holds results/, as for snakemake; the project's if not given."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail also where code has changed since a job ran.")
    ] = False,
    root: Root = None,
) -> None:
    """Check results against their records, their verdicts and the raw data; 1 on any change."""
    folder = _project(root)
    chosen = scale or "demo"
    resolve(folder, {"scale": chosen})
    base = directory or folder
    raw, results = data or base / "results" / "data", base / "results" / chosen
    if data and not raw.is_dir():
        raise InputError(raw, "there is no raw data", "Name the folder that holds them")
    alone = data is not None and scale is None and not results.is_dir()
    if not alone and not results.is_dir():
        raise InputError(
            results,
            f"there are no results at scale {chosen}",
            "Run snakemake first, name where it ran by --directory, or name raw data by --data to "
            "check them alone",
        )
    sound = _raw_data_is_sound(folder, raw, asked=data is not None) if raw.is_dir() else True
    if alone:
        typer.echo(f"{results}: no results at scale {chosen}, raw data alone were checked")
    else:
        sound &= _results_are_sound(results, base, folder, strict)
    if not sound:
        raise typer.Exit(1)


def _raw_data_is_sound(root: Path, data: Path, *, asked: bool) -> bool:
    broken = total = 0
    for path, problem, checked in audit(root, data):
        total += 1
        broken += problem is not None
        typer.echo(f"{path}: {f'BROKEN: {problem}' if problem else f'good ({checked})'}")
    if asked and not total:
        raise InputError(
            data,
            "holds no file of the registry and no shard, so that nothing can be checked",
            "Name the folder that holds them, e.g. results/data",
        )
    typer.echo(f"{data}: {total} files checked, {broken} broken")
    if broken:
        typer.echo("Remove the broken files and run snakemake again to fetch them.", err=True)
    return not broken


def _results_are_sound(results: Path, directory: Path, root: Path, strict: bool) -> bool:
    found = verification.examine(results, directory, root)
    for problem in found.problems:
        typer.echo(str(problem))
    for step, count in sorted(found.outdated.items()):
        typer.echo(f"{step}: its code has changed since {count} jobs ran; see snakemake -n")
    ways = ", ".join(f"{count} by {how}" for how, count in sorted(found.files.items()))
    typer.echo(f"{results}: {found.jobs} jobs; files checked: {ways or 'none'}")
    typer.echo(
        f"{found.listed} files and folders held to the list of the run's crate"
        if found.listed
        else "no crate, which a whole run leaves: only what has a record was compared"
    )
    typer.echo(f"claims of {found.judged} of {found.systems} systems were judged again")
    typer.echo(
        f"{len(found.problems)} problems; {found.outdated.total()} jobs ran with code of before"
    )
    return not found.problems and not (strict and found.outdated)


def _verdicts(system: str, path: Path) -> None:
    rows = []
    for row in table.read(path).to_dict("records"):
        place = row["dataset"] + (" (SYNTHETIC)" if row["synthetic"] else "")
        estimate = interval(row["estimate"], row["low"], row["high"])
        rows.append([row["verdict"], row["claim"], place, estimate, row["published"]])
    typer.echo(f"{system}, by {path}")
    _print(["verdict", "claim", "dataset", "estimate", "published"], rows)


def _definitions(system: str, path: Path) -> None:
    rows = [
        [name, claim.origin, wording.sentence(claim), wording.published(claim)]
        for name, claim in definition.load(path).items()
    ]
    typer.echo(f"{system}, by {path}")
    _print(["claim", "origin", "test", "published"], rows)


def _costs(made: cost.Report, rules: bool, markdown: bool) -> None:
    """Print a plan: systems, and rules if asked for."""
    every = [one for found in made.costs.values() for one in found]
    tables = [(table_of_cost.HEADER, [table_of_cost.row(one) for one in made.rows])]
    if rules:
        counted = [table_of_cost.rule_row(one) for one in every if one.known]
        tables.append((table_of_cost.RULES, counted))
    for header, rows in tables:
        if markdown:
            typer.echo(table_of_cost.markdown(header, rows))
        else:
            _print(header, rows)
        typer.echo()
    if rules and (left := table_of_cost.uncounted(every)):
        typer.echo(f"{left}\n")
    for line in table_of_cost.LEGEND:
        typer.echo(f"- {line.replace('*', chr(92) + '*')}" if markdown else line)


def _project(root: Path | None) -> Path:
    """Folder of the project: the one given, or the nearest upwards that looks like one."""
    here = Path.cwd()
    candidates = [here, *here.parents] if root is None else [root]
    for folder in candidates:
        if (folder / "config" / "config.yaml").is_file():
            return folder
    raise InputError(
        root or here,
        "no config/config.yaml here" + ("" if root else " or above"),
        "Change to the folder of the workflow, or name it by --root",
    )


def _known(system: str) -> str:
    if system not in all_systems():
        raise InputError(
            "--system", f"there is no system {system!r}", f"Use one of {', '.join(all_systems())}"
        )
    return system


def _merged(words: Sequence[str]) -> dict[str, Any]:
    """Join overrides, later ones winning."""
    return reduce(merge, map(_override, words), {})


def _override(text: str) -> dict[str, Any]:
    """Split ``key=value``, the value being YAML; dots in the key go into sections."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise InputError(f"override {text!r}", "is not of the form key=value", "Write key=value")
    try:
        content = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise InputError(f"override {text!r}", "its value is no YAML", "Correct it") from error
    for part in reversed(name.split(".")):
        content = {part: content}
    return content


def _without_dots(text: str) -> str:
    """Write an override as ``snakemake --config`` takes it, whose keys have no sections."""
    if "." not in text.partition("=")[0]:
        return text
    ((name, content),) = _override(text).items()
    return f"{name}={json.dumps(content)}"


def _print(header: list[str], rows: list[list[str]]) -> None:
    """Print a table with aligned columns."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in [header, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
