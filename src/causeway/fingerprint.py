"""A hash of the source that a step really uses.

Snakemake watches the script of a rule, not the package behind it. Giving a rule the parameter
``code=fingerprint("causeway.<domain>.<system>.<step>")`` closes that gap: an edit to any of our
modules that the step imports changes the parameter and reruns the rule, while comments,
docstrings and formatting change nothing.
"""

import ast
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

PACKAGE = "causeway"
CONFIGURATION = ".config"
"""Ending of modules that are left out: their values reach a step as parameters."""
ROOT = Path(__file__).parent


def fingerprint(module: str, apart: str | None = None) -> Callable[[object], str]:
    """Parameter of a rule that is :func:`digest`, taken when a job of the rule is planned.

    A job on a cluster reads all rules of the platform and runs one of them: it need not hash the
    sources of the others.

    Raises
    ------
    ModuleNotFoundError
        If the package holds no such module.
    """
    if _origin(module) is None:
        raise ModuleNotFoundError(f"{PACKAGE} has no module {module}", name=module)

    def code(wildcards: object) -> str:
        return digest(module, apart)

    return code


def digest(module: str, apart: str | None = None) -> str:
    """Hash the syntax trees of a module and of all our modules that it imports.

    Parameters
    ----------
    module
        Dotted name of a step module, e.g. ``causeway.proteins.rigidssl.pretrain``.
    apart
        Package whose modules are left out, e.g. because they only move bytes.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    names = [
        name
        for name in closure(module)
        if not name.endswith(CONFIGURATION) and not (apart and f"{name}.".startswith(f"{apart}."))
    ]
    text = "".join(f"{name} {_parsed(name)[0]}\n" for name in names)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def closure(module: str) -> list[str]:
    """Names of the modules of this package that a module imports, itself included, sorted."""
    found: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name in found or _origin(name) is None:
            continue
        found.add(name)
        todo += _parsed(name)[1]
    return sorted(found)


def imports(module: str) -> set[str]:
    """Top-level names of the foreign packages that a module's closure imports."""
    return {
        name.partition(".")[0]
        for ours in closure(module)
        for name in _parsed(ours)[1]
        if not _ours(name)
    }


@cache
def _parsed(module: str) -> tuple[str, tuple[str, ...]]:
    """The dumped syntax tree of one module, without prose, and the names that it imports."""
    path = _origin(module)
    tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
    names: list[str] = []
    for node in ast.walk(tree):
        _drop_strings(node)
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    parents = [name.rpartition(".")[0] for name in names if _ours(name)]
    return ast.dump(tree), tuple(names + parents)


def _drop_strings(node: ast.AST) -> None:
    """Remove statements that are only a string: docstrings and field descriptions."""
    body = getattr(node, "body", None)
    if isinstance(body, list):
        node.body = [line for line in body if not _is_string(line)]  # type: ignore[attr-defined]


def _is_string(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


def _ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _origin(module: str) -> Path | None:
    """File of one of our modules; found by name, so that nothing gets imported."""
    if not _ours(module):
        return None
    path = ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None
