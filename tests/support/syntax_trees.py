"""The syntax trees of modules, which several tests of the whole checkout read: each once."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

_Node = TypeVar("_Node", bound=ast.AST)


@cache
def tree_of(module: Path) -> ast.Module:
    """Return the syntax tree of a module; nobody changes it."""
    return ast.parse(module.read_text("utf-8"))


@cache
def _nodes(module: Path) -> dict[type[ast.AST], list[ast.AST]]:
    """Return the nodes of a module by their class: one walk serves all rules."""
    nodes = defaultdict[type[ast.AST], list[ast.AST]](list)
    for node in ast.walk(tree_of(module)):
        nodes[type(node)].append(node)
    return dict(nodes)


def nodes_of(module: Path, kind: type[_Node]) -> Iterator[_Node]:
    """Yield the nodes of a class in a module."""
    return cast("Iterator[_Node]", iter(_nodes(module).get(kind, ())))
