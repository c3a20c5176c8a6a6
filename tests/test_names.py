"""Names of variables, functions and fields: nouns, not participles and pronouns."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.syntax_trees import nodes_of

_NO_NAMES = {
    *("asked", "begun", "each", "found", "given", "held", "kept", "made", "many", "said", "shown"),
    *("told", "wanted", "whom"),
}
"""Words that do not say what a thing is."""


def _names(module: Path) -> Iterator[str]:
    """Yield the names that a module gives to variables, parameters, fields and functions."""
    for name in nodes_of(module, ast.Name):
        if isinstance(name.ctx, ast.Store):
            yield name.id
    for attribute in nodes_of(module, ast.Attribute):
        if isinstance(attribute.ctx, ast.Store):
            yield attribute.attr
    yield from (parameter.arg for parameter in nodes_of(module, ast.arg))
    definitions = nodes_of(module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    yield from (node.name for node in definitions)


def _modules(root: Path) -> list[Path]:
    """Return all modules of the checkout, each where it stands."""
    folders = [init.parent for init in root.glob("*/__init__.py")]
    modules = [module for folder in folders for module in folder.glob("*.py")]
    for folder in (*(f for f in folders if f.name != "urbansdg"), root / "benchmarks"):
        modules += folder.rglob("*.py")
    return sorted({*modules, *(root / "tests").rglob("*.py")})


@pytest.fixture(scope="module")
def names(root: Path) -> dict[str, set[str]]:
    """Return the names of each module, without underscores around them."""
    return {
        str(module.relative_to(root)): {name.strip("_").lower() for name in _names(module)}
        for module in _modules(root)
    }


@pytest.mark.parametrize("name", sorted(_NO_NAMES))
def test_a_name_says_what_a_thing_is(names: dict[str, set[str]], name: str) -> None:
    """No variable, parameter, field or function has a participle or a pronoun as its name."""
    wrong = {module for module, in_module in names.items() if name in in_module}
    assert wrong == set()
