"""Rules: each is a query in a file, with the problem and the solution in its header.

A query selects ?focus, ?path (a predicate) and ?value. To validate only some nodes, the line `#
focus` is replaced by `VALUES ?focus`. The header may use further variables of the query, as in
`?city lies in ?country.`; each solution then has its own message.

To validate all nodes, lines `# everywhere: ...` are added to the query: they give its start. Lines
`# screen: ...` are a pattern that scans for every ?focus that may break the rule and few others;
the rule is then evaluated for these, as `urbansdg.shapes.engine.screening_queries` does for shapes.
The line after `# screen the next line` belongs to the pattern too. Rules with the same screen share
it. Both kinds of lines may contain `$paths`, the predicates in the graph; a screen may be
`$misplaced`, the pattern of `misplaced_properties`. `$languages` is the pattern of the first subtag
of a language, `$disjoint` the classes of `disjoint_classes`, and `$precedence(?graph)` the place of
a graph in the published order. `$personal(?text)` is what a text seems to hold of a person, by the
patterns of `urbansdg.ontology.personal_data`, `$personaltrace` their trace, and `$contacts` the
properties of contact data. `$unknown` stands for the predicates and classes that their
vocabulary lacks (`known_vocabularies`).

Some rules concern single texts: the header's `Trace: ...` is a regular expression on the bytes of
literals in N-Triples, as our loaders write them, each between two ends of lines. It matches
wherever the rule is broken, and rarely elsewhere.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Self

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.ontology import personal_data
from urbansdg.ontology.graph_precedence import ORDER, OTHERS
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.ontology.personal_data import CONTACTS, TEXT_PATTERNS, TEXT_TRACE
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.engine.focus_nodes import portions, values
from urbansdg.shapes.engine.solutions import solutions
from urbansdg.shapes.model.lexical_spaces import LANGUAGES
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.validation_report import Result
from urbansdg.shapes.rules.disjoint_classes import disjoint_classes
from urbansdg.shapes.rules.known_vocabularies import unknown_terms
from urbansdg.shapes.rules.misplaced_properties import misplaced_pattern

MOST = 100
"""The largest number of problems reported for one rule."""

NAMED = 1_000
"""Nodes of a screen that are named in a query; with more, the whole graph is queried."""

_PLACEHOLDER = "# focus"
_PATHS = "$paths"
_UNKNOWN = "$unknown"
_EVERYWHERE = re.compile(r"^( *)# everywhere: ", re.MULTILINE)
_MISPLACED = "$misplaced"
_DISJOINT = "$disjoint"
_PRECEDENCE = re.compile(r"\$precedence\((\?\w+)\)")
_CONTACTS = "$contacts"
_PERSONAL = re.compile(r"\$personal\((\?\w+)\)")
_PERSONAL_TRACE = "$personaltrace"
_SCREEN = re.compile(r"^ *# screen(?:: | the next line\n)(.*)$", re.MULTILINE)


RuleSolutions = list[ox.QuerySolution]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, the problem, the solution, and its query.

    Its problems are violations, unless the header has `Severity: warning`. The screen is a query
    for ?focus, the trace a pattern of bytes; each is None if the rule has none.
    """

    name: str
    problem: str
    solution: str
    text: str
    severity: Severity = Severity.VIOLATION
    screen: str | None = None
    trace: str | None = None

    def query(self, focus: Collection[str] | None, paths: str = "", unknown: str = "") -> str:
        """Return the query on all nodes of a graph with these predicates, or on some nodes.

        `unknown` are the predicates and classes there that their vocabulary lacks.
        """
        if focus is None:
            everywhere = _EVERYWHERE.sub(r"\1", self.text).replace(_PATHS, paths)
            return f"{everywhere.replace(_UNKNOWN, unknown)}\nLIMIT {MOST}"
        bound = values("focus", sorted(focus))
        text = self.text.replace(_PLACEHOLDER, bound).replace(_UNKNOWN, unknown)
        return f"{text}\nLIMIT {MOST}"


@dataclass(frozen=True, slots=True)
class GraphTerms:
    """What the predicates and classes in a graph fill in in the queries of rules, as SPARQL."""

    paths: str
    unknown: str
    misplaced: str

    @classmethod
    def of(cls, store: RdfDataset) -> Self:
        """Read the terms that a graph uses; the slowest step reads every predicate once."""
        predicates = _terms(store, "?any ?term ?thing")
        unknown = _of_no_vocabulary((*predicates, *_terms(store, "?any a ?term")))
        return cls(" ".join(map(str, predicates)), unknown, misplaced_pattern(store, predicates))

    def fill_in(self, screen: str) -> str:
        """Return a screening query for the graph."""
        return screen.replace(_PATHS, self.paths).replace(_MISPLACED, self.misplaced)


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, sorted by name."""
    paths = (path for path in files(__package__ or "").iterdir() if path.name.endswith(".rq"))
    ordered = sorted(paths, key=lambda path: path.name)
    return tuple(_read(path.name.removesuffix(".rq"), path.read_text("utf-8")) for path in ordered)


def traces() -> dict[str, str]:
    """Return the byte patterns that indicate a broken rule, by the name of the rule.

    The recognition of persons has such a pattern too, by its code.
    """
    by_rule = {rule.name: rule.trace for rule in rules() if rule.trace}
    return by_rule | {personal_data.CODE: personal_data.TRACE}


def rule_problems(
    store: RdfDataset,
    focus: Collection[str] | None = None,
    suspects: Collection[str] | None = None,
) -> Iterator[tuple[Problem, Result]]:
    """Yield the problems in the union of the store's graphs, for the focus or all nodes.

    Rules with a trace are evaluated only if they are in `suspects`, unless that is None.
    """
    every = [
        rule for rule in rules() if suspects is None or not rule.trace or rule.name in suspects
    ]
    named = None if focus is None else portions(store, focus)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if named is None:
            solutions_by_rule = _evaluate_with_screens(store, every, pool.map)
        else:
            solutions_by_rule = pool.map(partial(_for_portions, store, named), every)
        for rule, rows in zip(every, solutions_by_rule, strict=True):
            some = rows if focus is None or named else _for_focus(store, rule, rows, focus)
            yield from (_rule_problem(rule, row) for row in some)


def _for_portions(store: RdfDataset, named: Iterable[Collection[str]], rule: Rule) -> RuleSolutions:
    """Return the solutions of a rule for the nodes of some portions."""
    distinct: RuleSolutions = []
    for portion in named:
        unknown = unknown_in(store, portion) if _UNKNOWN in rule.text else ""
        if unknown or _UNKNOWN not in rule.text:
            distinct += solutions(store, rule.query(portion, unknown=unknown))
        if len(distinct) >= MOST:
            break
    return distinct[:MOST]


def _for_focus(
    store: RdfDataset, rule: Rule, rows: RuleSolutions, focus: Collection[str]
) -> RuleSolutions:
    """Return the solutions for some nodes; if the list was cut at `MOST`, query these nodes."""
    if len(rows) == MOST:
        unknown = unknown_in(store, focus) if _UNKNOWN in rule.text else ""
        return solutions(store, rule.query(focus, unknown=unknown))
    return [row for row in rows if row["focus"].value in focus]


_Map = Callable[..., Iterator[RuleSolutions]]


def _evaluate_with_screens(
    store: RdfDataset, every: Sequence[Rule], run: _Map
) -> Iterable[RuleSolutions]:
    """Evaluate the rules for what their screens leave, or for all nodes if there is no screen."""
    terms = GraphTerms.of(store)
    screens = {rule.screen for rule in every if rule.screen}
    ordered = sorted(screens, key=lambda text: "$" not in text)  # the slowest first
    solutions_by_screen = run(lambda screen: solutions(store, terms.fill_in(screen)), ordered)
    left = {screen: _names(rows) for screen, rows in zip(ordered, solutions_by_screen, strict=True)}
    return run(partial(_rows, store, left, terms), every)


def _terms(store: RdfDataset, pattern: str) -> list[ox.NamedNode]:
    """Return the IRIs that match ?term in a pattern."""
    rows = solutions(store, f"SELECT DISTINCT ?term {{ {pattern} }}")
    return [row["term"] for row in rows if isinstance(row["term"], ox.NamedNode)]


def _names(rows: RuleSolutions) -> list[str] | None:
    """Return the nodes that a screen found, in order, or None if one is a blank node."""
    nodes = [row["focus"] for row in rows]
    named = [node.value for node in nodes if isinstance(node, ox.NamedNode)]
    return named if len(named) == len(nodes) else None


def _rows(
    store: RdfDataset,
    left: Mapping[str, list[str] | None],
    terms: GraphTerms,
    rule: Rule,
) -> RuleSolutions:
    """Return the solutions of a rule; they are sorted by node, so the first nodes may be enough."""
    nodes = left.get(rule.screen or "")
    if nodes is not None:
        rows = solutions(store, rule.query(nodes[:NAMED])) if nodes else []
        if len(nodes) <= NAMED or len(rows) == MOST:
            return rows
    return whole_graph_solutions(store, rule, terms)


def whole_graph_solutions(store: RdfDataset, rule: Rule, terms: GraphTerms) -> RuleSolutions:
    """Return the solutions of a rule for all nodes of a graph with these terms, up to `MOST`."""
    if _UNKNOWN in rule.text and not terms.unknown:
        return []  # Oxigraph takes an empty VALUES for any value
    return solutions(store, rule.query(None, terms.paths, terms.unknown))


def unknown_in(store: RdfDataset, focus: Collection[str]) -> str:
    """Return the predicates and classes of some nodes that a vocabulary lacks, in SPARQL syntax."""
    bound = values("focus", sorted(focus))
    pattern = f"{bound} {{ ?focus ?term ?value }} UNION {{ {bound} ?focus a ?term }}"
    return _of_no_vocabulary(_terms(store, pattern))


def _of_no_vocabulary(terms: Iterable[ox.NamedNode]) -> str:
    return " ".join(f"<{iri}>" for iri in sorted(set(unknown_terms(term.value for term in terms))))


def _read(name: str, text: str) -> Rule:
    text = _PRECEDENCE.sub(_place_of_graph, text.replace("$languages", LANGUAGES))
    if _CONTACTS in text:
        text = text.replace(_CONTACTS, ", ".join(f"<{iri}>" for iri in sorted(CONTACTS)))
        text = _PERSONAL.sub(_personal_data_in, text.replace(_PERSONAL_TRACE, TEXT_TRACE))
    if _DISJOINT in text:
        text = text.replace(_DISJOINT, " ".join(disjoint_classes()))
    lines = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    severity = Severity(fields.get("Severity", Severity.VIOLATION))
    screen = _screen(text)
    return Rule(
        name, fields["Problem"], fields["Solution"], text, severity, screen, fields.get("Trace")
    )


def _place_of_graph(macro: re.Match[str]) -> str:
    """Return the expression for the place of a graph in the order (`graph_precedence`)."""
    expression = str(OTHERS)
    for place, names in enumerate(ORDER, 1):
        if names:
            listed = ", ".join(f'"{name}"' for name in names)
            key = f'REPLACE(STR({macro[1]}), "^.*/graph/", "")'
            expression = f"IF({key} IN ({listed}), {place}, {expression})"
    return expression


def _personal_data_in(macro: re.Match[str]) -> str:
    """Return the expression for what a text seems to hold of a person, unbound for nothing."""
    expression = "?nothing"
    for known in reversed(TEXT_PATTERNS):
        condition = f'REGEX({macro[1]}, "{known.pattern}")'
        if known.unless:
            condition += f' && !REGEX({macro[1]}, "{known.unless}")'
        expression = f'IF({condition}, "{known.what}", {expression})'
    return expression


def _screen(text: str) -> str | None:
    """Return the screening query of a rule; its limit is one node more than can be named."""
    pattern = "\n".join(_SCREEN.findall(text))
    if not pattern:
        return None
    prefixes = "\n".join(line for line in text.splitlines() if line.startswith("PREFIX "))
    limit = f"ORDER BY ?focus LIMIT {NAMED + 1}"
    return f"{prefixes}\nSELECT DISTINCT ?focus {{\n{pattern}\n}} {limit}"


def _fill_in(text: str, row: ox.QuerySolution) -> str:
    """Replace variables in a text by their values in a solution."""
    return re.sub(r"\?([a-z]+)", lambda name: getattr(row[name[1]], "value", name[1]), text)


def _rule_problem(rule: Rule, row: ox.QuerySolution) -> tuple[Problem, Result]:
    focus, path, value = row["focus"], row["path"], row["value"]
    if not isinstance(focus, ox.NamedNode | ox.BlankNode) or not isinstance(path, ox.NamedNode):
        raise TypeError(f"invalid solution of the rule {rule.name}: focus {focus}, path {path}")
    term = value if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal) else None
    place = Place(focus=focus.value, path=curie(path.value))
    text = None if term is None else term.value
    problem, solution = (_fill_in(message, row) for message in (rule.problem, rule.solution))
    broken = Problem(f"rule.{rule.name}", problem, solution, place, rule.severity, text)
    return broken, Result(USDGSH[rule.name], rule.name, focus, term, place.path)
