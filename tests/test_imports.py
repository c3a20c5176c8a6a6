"""The direction of imports."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

_ALLOWED = {
    "problems": set[str](),
    "settings": {"problems"},
    "data": set[str](),
    "ontology": {"problems"},
    "audit": {"ontology"},
    "shapes": {"ontology"},
    "store": {"shapes"},
    "loaders": {"store", "data"},
    "queries": {"ontology"},
    "endpoint": {"queries", "shapes", "store"},
    "cli": {"loaders", "endpoint", "audit"},
}


def _reachable(package: str) -> set[str]:
    below = set(_ALLOWED[package])
    return below.union(*(_reachable(lower) for lower in below)) | {"problems", "settings"}


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("package", _ALLOWED)
def test_a_package_imports_only_what_is_below_it(root: Path, package: str) -> None:
    """A package imports only itself and the packages below it."""
    allowed = _reachable(package) - ({"settings"} if package == "problems" else set()) | {package}
    wrong = {
        f"{module.relative_to(root)}: {name}"
        for module in (root / package).rglob("*.py")
        for name in _imported(module)
        if name.startswith("urbansdg") and name.split(".")[1] not in allowed
    }
    assert not wrong


def test_every_package_is_shipped(root: Path) -> None:
    """Every folder with an `__init__.py`, nested ones too, is named in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    named = set(project["tool"]["setuptools"]["packages"])
    found = {
        ".".join(("urbansdg", *init.parent.relative_to(root).parts))
        for package in _ALLOWED
        for init in (root / package).rglob("__init__.py")
    }
    assert found == named


def test_every_package_has_its_place_in_the_order(root: Path) -> None:
    """Every package at the root has its place in the order of imports."""
    tops = {init.parent.name for init in root.glob("*/__init__.py")}
    assert tops == set(_ALLOWED)
