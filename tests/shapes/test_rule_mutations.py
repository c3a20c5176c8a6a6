"""Mutations of the rules: a condition that no golden case misses is not tested."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.shapes.test_rules import CASES, expected, stored
from urbansdg.shapes.engine.solutions import solutions
from urbansdg.shapes.rules import Rule, rules
from urbansdg.shapes.rules.sparql_rules import GraphTerms, unknown_in, whole_graph_solutions

_WORD = re.compile(r"\b(FILTER NOT EXISTS|FILTER EXISTS|FILTER|MINUS|VALUES)\b\s*")


def _end(text: str, start: int) -> int:
    """Return the offset after the bracket that closes the one at an offset, strings left out."""
    pairs, depth, at = {"(": ")", "{": "}"}, 0, start
    opened = text[start]
    while at < len(text):
        char = text[at]
        if char == '"':
            at = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, at).end()  # type: ignore[union-attr]
            continue
        if char == "<" and (iri := re.compile(r"<[^<>\s]*>").match(text, at)):
            at = iri.end()
            continue
        depth += (char == opened) - (char == pairs[opened])
        at += 1
        if not depth:
            return at
    raise ValueError(f"{text[start:]} has no end")


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Yield the query with each one of its conditions left out, and the condition."""
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for word in _WORD.finditer(text):
        line = text[text.rfind("\n", 0, word.start()) + 1 : word.start()]
        if line.lstrip().startswith("#") or word[0].strip() not in body:
            continue
        start = word.end()
        if word[1] == "VALUES":
            start = text.index("{", start)
        elif text[start] not in "({":
            start = text.index("(", start)
        end = _end(text, start)
        yield text[: word.start()] + text[end:], " ".join(text[word.start() : end].split())


@cache
def _stored(file: Path) -> ox.Store:
    return stored(file)


@cache
def _terms(file: Path) -> GraphTerms:
    return GraphTerms.of(_stored(file))


def _is_missed(rule: Rule, mutant: str) -> bool:
    """Return whether a mutant of a rule finds something else in a golden case, its own first."""
    ordered = sorted(CASES, key=lambda file: file.parent.name != rule.name)
    changed = replace(rule, text=mutant)
    return any(_problem_codes(rule, file) != _problem_codes(changed, file) for file in ordered)


@cache
def _problem_codes(rule: Rule, file: Path) -> tuple[str, ...]:
    """Return what a rule finds in a golden case; a mutant may be no query."""
    store = _stored(file)
    terms = _terms(file)
    named = {quad.subject.value for quad in store if isinstance(quad.subject, ox.NamedNode)}
    unknown = unknown_in(store, named) if "$unknown" in rule.text else ""
    try:
        rows = [
            *whole_graph_solutions(store, rule, terms),
            *solutions(store, rule.query(named, unknown=unknown)),
        ]
    except (SyntaxError, ValueError):
        return ("not a query",)
    return tuple(sorted(str(row) for row in rows))


_FASTER = {
    ("amount-not-as-stated", "FILTER(REGEX("),
    ("amount-not-as-stated", "FILTER(BOUND("),
    ("geometry-against-coordinates", "FILTER(REGEX("),
    ("geometry-outside-country", "FILTER(REGEX("),
    ("text-too-long", "FILTER(isLiteral("),
    ("text-with-controls", "FILTER(isLiteral("),
    ("text-with-invisible-characters", "FILTER(isLiteral("),
    ("two-kinds", "FILTER(?value != ?other)"),
}
"""Conditions that change no result: what they leave out early, a later expression leaves out."""

_MUTANTS = [
    pytest.param(rule.name, mutant, id=f"{rule.name}: {condition[:60]}")
    for rule in rules()
    for mutant, condition in mutants(rule.text)
    if (rule.name, re.sub(r"^(FILTER\(\w+\().*", r"\1", condition)) not in _FASTER
]


@pytest.mark.parametrize(("name", "mutant"), _MUTANTS)
def test_a_golden_case_misses_every_condition_that_is_dropped(name: str, mutant: str) -> None:
    """Drop any one condition of a rule, and what it finds in its golden cases changes."""
    rule = next(rule for rule in rules() if rule.name == name)
    assert _is_missed(rule, mutant)


def test_a_golden_case_misses_every_rule_that_is_dropped() -> None:
    """Every rule reports something in a golden case of its own."""
    for rule in rules():
        codes = {
            problem["code"]
            for file in CASES
            if file.parent.name == rule.name
            for problem in expected(file)
        }
        assert f"rule.{rule.name}" in codes
