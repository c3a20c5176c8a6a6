"""The syntax trees of modules, which several tests of the whole checkout read: each once."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar, cast

_A = TypeVar("_A", bound=ast.AST)
_B = TypeVar("_B", bound=ast.AST)
_C = TypeVar("_C", bound=ast.AST)


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


def nodes_of(
    module: Path, a: type[_A], b: type[_B] | None = None, c: type[_C] | None = None
) -> Iterator[_A | _B | _C]:
    """Yield the nodes of up to three classes in a module, class by class."""
    nodes = _nodes(module)
    kinds = (kind for kind in (a, b, c) if kind is not None)
    chained = chain.from_iterable(nodes.get(kind, ()) for kind in kinds)
    return cast("Iterator[_A | _B | _C]", chained)
