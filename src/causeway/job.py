"""The bridge from a Snakemake rule to a function: the only code that knows both."""

import errno
import hashlib
import inspect
import json
import logging
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError, validate_call

from causeway import provenance, resume
from causeway.cluster import spread
from causeway.environment import environment
from causeway.errors import InputError
from causeway.history import history, previous
from causeway.locks import alone

log = logging.getLogger(__name__)

STEERING = {"code", "state", "run_seed"}
"""Parameters that tell Snakemake when to run a job again, and nothing to the step."""


def call(function: Callable[..., None], job: Any) -> None:
    """Run ``function`` as the body of a Snakemake rule.

    Named inputs, outputs and parameters become keyword arguments, coerced to the annotated
    types; parameters that only steer reruns (:data:`STEERING`) are left out. A signature may also
    name

    - wildcards of the rule, such as ``seed`` or ``dataset``,
    - ``threads``, the cores that Snakemake grants,
    - ``seed``: the wildcard, else a number derived from the run's seed, rule and wildcards,
    - ``root``: the folder of the Snakefile,
    - ``mirror``: where raw files are taken from; no parameter, as it does not change the files,
    - ``resume``: a folder outside the declared outputs, keyed by parameters and inputs, that
      survives a failure or kill and is removed on success.

    A job that asks several ``nodes`` of SLURM runs the step on all of them at once; the first
    publishes the results.

    A killed driver leaves its jobs running. One that is started again waits here until the
    orphan has ended, so that two processes never write to the same places.

    Outputs are written to drafts and renamed together on success. A JSON record of what the job
    ran on, with and from goes beside its log.

    Parameters
    ----------
    function
        A step: keyword-only arguments, no return value.
    job
        The ``snakemake`` object of the script.
    """
    log_file = Path(job.log[0])
    outputs = {name: Path(path) for name, path in job.output.items()}
    part = spread.is_part()
    helper = _is_helper_process()
    _start_logging(log_file, helper)
    place = next(iter(outputs.values()))
    with _told(job, outputs), nullcontext() if helper or part else alone(place):
        nodes = job.resources.get("nodes", 1)
        if nodes > 1 and not part:
            spread.run_on(nodes, job.threads)
            return
        clock = provenance.Clock()
        given = arguments(function, job)
        inputs = provenance.identities(map(Path, job.input), _root(job))
        _prepare_libraries(job.threads, int(given.get("seed", _derived_seed(job))))
        if "resume" in inspect.signature(function).parameters:
            given["resume"] = _resume_folder(job, inputs, outputs)
        if helper:
            _run_without_results(function, given, outputs)
            return
        resumed = "resume" in given and any(given["resume"].glob("*"))
        with resume.kept(given.get("resume")), drafts(outputs) as unfinished:
            validate_call(function)(**given, **unfinished)
        record = {
            "rule": job.rule,
            "step": f"{function.__module__}.{function.__name__}",
            "wildcards": dict(job.wildcards.items()),
            "params": dict(job.params.items()),
            "seed": given.get("seed", _derived_seed(job)),
            "threads": job.threads,
            **clock.read(),
            "resumed": resumed,
            "hardware": provenance.hardware(),
            "workers": provenance.workers(nodes),
            "environment": environment(_root(job)),
            "git": provenance.git_state(Path(__file__).parent),
            "versions": provenance.versions(),
            "inputs": inputs,
            "outputs": provenance.identities(outputs.values()),
        }
        place = log_file.with_suffix(".json")
        provenance.write_record(place, record | {"history": history(previous(place), record)})


def arguments(function: Callable[..., None], job: Any) -> dict[str, Any]:
    """Keyword arguments for ``function`` other than its outputs and ``resume``."""
    wanted = inspect.signature(function).parameters
    context = {
        "threads": job.threads,
        "seed": _derived_seed(job),
        "root": _root(job),
        "mirror": job.config.get("mirror"),
        **dict(job.wildcards.items()),
    }
    free = wanted.keys() - job.output.keys()
    given = {name: value for name, value in context.items() if name in free}
    given |= {name: value for name, value in job.params.items() if name not in STEERING}
    return given | {name: _paths(value) for name, value in job.input.items()}


@contextmanager
def drafts(outputs: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Give a draft path per output, in a hidden folder beside it; rename all on success.

    The file name is kept, since some writers choose the format by it. On failure the drafts are
    removed and no output has changed.

    Raises
    ------
    FileNotFoundError
        If a draft was not written.
    """
    unfinished = {
        name: path.parent / f".{path.name}.part" / path.name for name, path in outputs.items()
    }
    try:
        for draft in unfinished.values():
            shutil.rmtree(draft.parent, ignore_errors=True)
            draft.parent.mkdir(parents=True)
        yield unfinished
        missing = [str(outputs[name]) for name, draft in unfinished.items() if not draft.exists()]
        if missing:
            raise FileNotFoundError(errno.ENOENT, "the step did not write it", ", ".join(missing))
        for name, draft in unfinished.items():
            if outputs[name].is_dir():
                shutil.rmtree(outputs[name])
            draft.replace(outputs[name])
    finally:
        for draft in unfinished.values():
            shutil.rmtree(draft.parent, ignore_errors=True)


def _root(job: Any) -> Path:
    """Folder of the Snakefile."""
    return Path(job.scriptdir).parents[1]


def _paths(value: Any) -> Path | list[Path]:
    return Path(value) if isinstance(value, str) else [Path(path) for path in value]


@contextmanager
def _told(job: Any, outputs: Mapping[str, Path]) -> Iterator[None]:
    """Turn what a user can mend into one clear line, and put every failure into the log."""
    try:
        yield
    except InputError as error:
        message = str(error)
    except ValidationError as error:
        message = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        )
    except OSError as error:
        log.exception("a file operation failed")
        place = error.filename or next(iter(outputs.values())).parent
        message = f"{place}: {error.strerror or error}. {_remedy(error)}."
    except Exception:
        log.exception("the step failed")
        raise
    else:
        return
    log.error("%s", message)
    sys.exit(f"{job.rule}: {message}")


def _remedy(error: OSError) -> str:
    remedies = {
        errno.ENOSPC: "Free space there or run with --directory on another disk, then run again",
        errno.EDQUOT: "Your quota is used up there: free space, then run again",
        errno.EACCES: "Make it readable and writable for you, or use --directory elsewhere",
        errno.EROFS: "The disk is read-only: use --directory elsewhere",
    }
    return remedies.get(error.errno or 0, "The log of the job has the details")


def _start_logging(path: Path, helper: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not helper:
        # An orphan of a killed driver may still write to the old file.
        path.unlink(missing_ok=True)
    handlers: list[logging.Handler] = [logging.FileHandler(path, encoding="utf-8")]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        level=logging.WARNING if helper else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)


def _prepare_libraries(threads: int, seed: int) -> None:
    """Seed the global generators and keep torch and tokenizers to the cores granted."""
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)


def _derived_seed(job: Any) -> int:
    text = json.dumps([job.config.get("seed", 0), job.rule, sorted(job.wildcards.items())])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _resume_folder(job: Any, inputs: Mapping[str, Any], outputs: Mapping[str, Path]) -> Path:
    """Folder for unfinished work, named after all that determines it; hardware does not."""
    settings = sorted((name, value) for name, value in job.params.items() if name != "hardware")
    place = next(iter(outputs.values())).parent
    return resume.folder(place, job.rule, dict(job.wildcards.items()), [settings, inputs])


def _is_helper_process() -> bool:
    """Whether a distributed strategy started this process beside the job's own."""
    return any(int(os.environ.get(name, 0)) > 0 for name in ("LOCAL_RANK", "NODE_RANK"))


def _run_without_results(
    function: Callable[..., None], given: Mapping[str, Any], outputs: Mapping[str, Path]
) -> None:
    """Take part in the work of the job's own process, which alone publishes results."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = {name: Path(folder) / path.name for name, path in outputs.items()}
        validate_call(function)(**given, **scratch)
