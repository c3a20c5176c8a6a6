"""Screens: queries that scan for every node that may fail a constraint, and few others.

A check looks up each focus node, which costs an index search each time. Its screen reads the
triples of a path once, in order, and joins by hash: ten times faster on a large graph. A screen may
find nodes that are not focus nodes or do not fail, which the check then rejects; it never misses a
failure.
"""

import re
from collections.abc import Iterable
from typing import Final

from rdflib.namespace import SH
from rdflib.term import Node

_IRI: Final = re.compile(r"<[^>]*>")
ORDERED: Final[dict[Node, str]] = {SH.lessThan: "<", SH.lessThanOrEquals: "<="}
_REPEATS: Final = re.compile(r"[*+?]")


def of_values(path: str, failures: Iterable[str]) -> str:
    """Return the pattern of ?this with a ?value that fails in one of several ways.

    GROUP BY makes the engine filter each distinct value once and not each triple.
    """
    each_once = f"{{ SELECT ?value {{ ?any {path} ?value }} GROUP BY ?value }}"
    failing = " || ".join(f"({failure})" for failure in failures)
    return f"{{ {each_once} FILTER({failing}) }} ?this {path} ?value"


def of_class(path: str, instance: str) -> str:
    """Return the pattern of ?this with a ?value that does not match the pattern of an instance."""
    return f"?this {path} ?value MINUS {{ {instance} }}"


def of_set(parameter: Node, argument: Node, path: str, target: str) -> str | None:
    """Return the pattern of ?this whose set of values fails, or None if there is no screen."""
    if not scannable(path):
        return None
    if parameter == SH.minCount:
        return f"{target} MINUS {{ ?this {path} ?value }}" if str(argument) == "1" else None
    if parameter == SH.maxCount:
        return _groups(f"?this {path} ?value", "?this", int(str(argument)))
    if parameter == SH.uniqueLang:
        # Reading languages is the slowest step, so it is done only where there are several values.
        several = _groups(f"?this {path} ?any", "?this", 1)
        language = "BIND(LCASE(LANG(?value)) AS ?language)"
        return _groups(f"{several} ?this {path} ?value {language}", "?this ?language", 1)
    if parameter == SH.hasValue:
        return f"{target} MINUS {{ ?this {path} {argument.n3()} }}"
    return None


def of_choice(target: str, alternatives: Iterable[str]) -> str:
    """Return the pattern of focus nodes that match none of the alternatives."""
    return f"{target} {' '.join(f'MINUS {{ {alternative} }}' for alternative in alternatives)}"


def of_pair(parameter: Node, path: str, other: str) -> str | None:
    """Return the pattern of ?this whose values along two paths fail together.

    Each path is a sub-select, which the engine reads once and joins by hash, without a look-up per
    node.
    """
    if not scannable(path):
        return None
    if parameter in ORDERED:
        sign = ORDERED[parameter]
        pairs = f"{_read(path, '?value')} {_read(other, '?value_than')}"
        return f"{pairs} FILTER(!COALESCE(?value {sign} ?value_than, false))"
    one, two = _read(path, "?value"), _read(other, "?value")
    if parameter == SH.disjoint:
        return f"{one} {two}"
    return f"{{ {one} MINUS {two} }} UNION {{ {two} MINUS {one} }}"


def _read(path: str, value: str) -> str:
    return f"{{ SELECT ?this {value} {{ ?this {path} {value} }} }}"


def _groups(pattern: str, by: str, most: int) -> str:
    """Return the pattern of groups with more rows than `most`; duplicate rows may count twice."""
    return f"{{ SELECT ?this {{ {pattern} }} GROUP BY {by} HAVING(COUNT(*) > {most}) }}"


def scannable(path: str) -> bool:
    """Return whether a path has a fixed length: other paths cannot be scanned without a start."""
    return _REPEATS.search(_IRI.sub("", path)) is None
